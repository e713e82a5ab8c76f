//! Where items come from: a stream, or a file without one.

use std::io::Read;

use super::Export;
use super::job::Origin;
use crate::damage::Findings;
use crate::mapi::special::SpecialFolder;
use crate::mime::Names;
use crate::mt::Reader;
use crate::mt::from_pff::{self, News, Share, Sink, Unread};
use crate::mt::object::{Folder, Frame, NamedProperty};
use crate::{Error, ErrorKind, Result};

/// Where items come from.
pub(super) trait Input {
    /// The named properties that are known beforehand.
    fn names(&self) -> Names;

    /// The folder of deleted items, where the input tells it otherwise than by its name.
    fn wastebasket(&self) -> Option<u64>;

    /// Hands all items on.
    fn read<'w>(self, export: &mut Export<'_, '_, 'w>) -> Result<()>
    where
        Self: 'w;
}

pub(super) struct OfStream<'r, R> {
    pub reader: &'r mut Reader<R>,
}

impl<R: Read> Input for OfStream<'_, R> {
    fn names(&self) -> Names {
        Names::new(self.reader.header())
    }

    fn wastebasket(&self) -> Option<u64> {
        let map = &self.reader.header().folder_map;
        map.iter().find(|entry| entry.target == SpecialFolder::DeletedItems.id()).map(|entry| entry.nid)
    }

    fn read<'w>(self, export: &mut Export<'_, '_, 'w>) -> Result<()>
    where
        Self: 'w,
    {
        let reader = self.reader;
        let findings = reader.findings().clone();
        let mut names = Vec::new();
        loop {
            export.make_room()?;
            let start = reader.offset();
            let frame = reader.next_frame();
            // An input that is told to stop may end anywhere.
            if export.is_stopped() {
                return Ok(());
            }
            match frame {
                Ok(Some(Frame::Message(frame))) => {
                    let (parent, held) = (frame.parent, frame.message.held());
                    let (size, names) = (reader.offset() - start, std::mem::take(&mut names));
                    let origin = Origin::Stream { frame: Box::new(frame), size, names };
                    export.message(parent, held, &findings, origin);
                }
                Ok(Some(Frame::Folder(folder))) => export.folder(&folder, &findings),
                Ok(Some(Frame::NamedProperty(property))) => names.push(property),
                Ok(None) => return Ok(()),
                Err(e) if matches!(e.kind(), ErrorKind::Stream | ErrorKind::Limit) => export.unreadable(&e, &findings),
                Err(e) => return Err(e),
            }
            export.observer.progress(reader.offset());
        }
    }
}

impl Input for from_pff::File<'_> {
    fn names(&self) -> Names {
        Names::default()
    }

    fn wastebasket(&self) -> Option<u64> {
        let found = from_pff::plan(self.store).placed.into_iter().find(|p| p.folder == SpecialFolder::DeletedItems);
        found.map(|p| u64::from(p.nid.0))
    }

    fn read<'w>(self, export: &mut Export<'_, '_, 'w>) -> Result<()>
    where
        Self: 'w,
    {
        let options = from_pff::Options { assoc: export.workshop.options.filter.assoc, ..from_pff::Options::new("") };
        self.walk(&options, &mut Walked { export, done: Share::new(self.len()) }).map(drop)
    }
}

/// Hands on what the walk over a file comes to.
struct Walked<'x, 'e, 'q, 'w> {
    export: &'x mut Export<'e, 'q, 'w>,
    done: Share,
}

impl<'w> Sink<'w> for Walked<'_, '_, '_, 'w> {
    fn begin(&mut self, items: u64) {
        self.done.begin(items);
    }

    fn folder(&mut self, _: &from_pff::Place, folder: Folder<'_>, _: Vec<NamedProperty>) -> Result<()> {
        self.export.folder(&folder, &Findings::new());
        Ok(())
    }

    fn message(&mut self, message: Unread<'w>) -> Result<()> {
        self.export.make_room()?;
        if self.export.is_stopped() {
            return Err(Error::new(ErrorKind::Io, "interrupted"));
        }
        let parent = message.place.parent;
        // It holds nothing before it is read.
        self.export.message(parent, 0, &Findings::new(), Origin::File(message));
        let done = self.done.one_more();
        self.export.observer.progress(done);
        Ok(())
    }

    fn tell(&mut self, item: from_pff::Item, news: News) -> Result<()> {
        // The item itself comes, too, and is in the folder made for it.
        if item.elsewhere && news == News::Notice {
            return Ok(());
        }
        if !item.emitted || !item.findings.is_empty() {
            self.export.told_of(item.into());
        }
        Ok(())
    }
}
