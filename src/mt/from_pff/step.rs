//! What comes next in the stream, and how it is written by whoever has it to himself.

use std::io::Write;

use super::message::{Prepared, Task, Unread};
use super::output::Output;
use super::report::Item;
use super::sink::{News, Place, Sink};
use crate::Result;
use crate::damage::Findings;
use crate::mt::frame::Encoded;
use crate::mt::object::{Folder, Frame, NamedProperty};
use crate::ndb::{Arena, Nid, Scope};

/// What comes next in the stream.
pub(super) enum Step {
    Folder(Box<FolderFrame>),
    /// A message, which is still to be read.
    Message(Place, Nid),
    News(Box<Item>, News),
}

/// The frame of a folder, encoded.
pub(super) struct FolderFrame {
    pub(super) place: Place,
    pub(super) names: Vec<NamedProperty>,
    pub(super) bytes: Vec<u8>,
}

impl FolderFrame {
    pub(super) fn write<W: Write>(&self, out: &mut Output<'_, W>) -> Result<()> {
        out.folder(&self.place, &self.names)?;
        out.frame(&self.bytes)
    }
}

impl Step {
    /// Writes it to `out`.
    pub(super) fn write<W: Write>(self, task: Task<'_>, out: &mut Output<'_, W>) -> Result<()> {
        match self {
            Self::Folder(folder) => folder.write(out),
            Self::Message(place, nid) => write_message(task, out, &place, nid),
            Self::News(item, news) => out.tell(*item, news),
        }
    }
}

fn write_message<W: Write>(task: Task<'_>, out: &mut Output<'_, W>, place: &Place, nid: Nid) -> Result<()> {
    let (arena, findings) = (Arena::new(), Findings::new());
    let scope = Scope { db: task.store.db, arena: &arena, findings: &findings };
    let show = out.observer.wants_objects();
    let Prepared { item, head, frame } = task.prepare(scope, nid, place, &mut |frame| {
        if show {
            out.observer.object(place.depth + 1, frame);
        }
    });
    out.begin(&head, 0)?;
    frame.map_or(Ok(()), |frame| frame.copy_to(&mut out.bytes()))?;
    out.end(&head, item.with(findings.take()).notable())
}

/// Writes each step as it comes.
pub(super) struct Alone<'s, 'o, W: Write> {
    pub(super) task: Task<'s>,
    pub(super) out: Output<'o, W>,
}

impl<W: Write> Sink<'_> for Alone<'_, '_, W> {
    fn begin(&mut self, items: u64) {
        self.out.observer.begin(items);
    }

    fn folder(&mut self, place: &Place, folder: Folder<'_>, names: Vec<NamedProperty>) -> Result<()> {
        let frame = Frame::Folder(folder);
        if self.out.observer.wants_objects() {
            self.out.observer.object(place.depth, &frame);
        }
        let encoded = Encoded::frame(&frame)?;
        self.out.folder(place, &names)?;
        self.out.write(&encoded)
    }

    fn message(&mut self, message: Unread<'_>) -> Result<()> {
        write_message(self.task, &mut self.out, &message.place, message.nid)
    }

    fn tell(&mut self, item: Item, news: News) -> Result<()> {
        self.out.tell(item, news)
    }
}
