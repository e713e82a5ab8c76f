//! What comes out of an export: the stream, the totals, and what the observer is told, all in order.

use std::io::Write;

use super::message::Head;
use super::report::{Item, Kind, Left, Observer, Outcome, Totals};
use super::sink::{News, Place};
use crate::damage::{Effect, Finding};
use crate::mt::Announced;
use crate::mt::frame::Encoded;
use crate::mt::object::NamedProperty;
use crate::mt::write::Writer;
use crate::{Error, ErrorKind, Result};

pub(super) struct Output<'o, W: Write> {
    writer: Writer<W>,
    announced: Announced,
    pub(super) totals: Totals,
    strict: bool,
    pub(super) observer: &'o mut (dyn Observer + Send),
}

impl<'o, W: Write> Output<'o, W> {
    pub(super) fn new(writer: Writer<W>, strict: bool, observer: &'o mut (dyn Observer + Send)) -> Self {
        Self { writer, announced: Announced::default(), totals: Totals::default(), strict, observer }
    }

    /// Ends the stream; `left` is what the options have left out.
    pub(super) fn finish(self, left: Left) -> Result<(W, Totals)> {
        Ok((self.writer.finish()?, self.totals.with(left)))
    }

    /// Begins a folder: writes those of its `names` that are new. Its frame comes next.
    pub(super) fn folder(&mut self, place: &Place, names: &[NamedProperty]) -> Result<()> {
        self.announce(names)?;
        self.totals.folders += 1;
        self.observer.folder(&place.path);
        Ok(())
    }

    /// Writes a frame.
    pub(super) fn write(&mut self, frame: &Encoded<'_>) -> Result<()> {
        self.writer.write(frame)
    }

    /// Writes a frame that is encoded already.
    pub(super) fn frame(&mut self, bytes: &[u8]) -> Result<()> {
        self.writer.begin(0)?;
        self.writer.body().write_all(bytes).map_err(Error::of_output)?;
        self.writer.end();
        Ok(())
    }

    /// Whether [`Output::begin`] writes something before the message, or may end the run: all that is before must have been written.
    pub(super) fn has_news(&self, head: &Head) -> bool {
        !head.findings.is_empty() || head.names.iter().any(|name| self.announced.is_new(name))
    }

    /// Begins a message: the bytes of its frame follow by [`Output::bytes`], where it has one, behind `ahead` bytes of messages before it
    /// that are still to come there. [`Output::end`] ends it.
    pub(super) fn begin(&mut self, head: &Head, ahead: usize) -> Result<()> {
        // An item that is not whole must not be in the stream before the run stops.
        self.keep_strict(&head.findings)?;
        if head.tally.is_none() {
            return Ok(());
        }
        self.announce(&head.names)?;
        self.writer.begin(ahead)
    }

    /// Where the bytes of a message's frame go.
    pub(super) fn bytes(&mut self) -> impl Write {
        self.writer.body()
    }

    /// Ends a message; `item` is there where there is something to tell of it.
    pub(super) fn end(&mut self, head: &Head, item: Option<Item>) -> Result<()> {
        if let Some(tally) = head.tally {
            self.writer.end();
            self.totals.add(tally);
        }
        match item {
            Some(item) => self.report(item)?,
            None => self.totals.count(Outcome::Whole),
        }
        self.observer.done(head.nid);
        Ok(())
    }

    fn announce(&mut self, names: &[NamedProperty]) -> Result<()> {
        for name in names {
            if self.announced.tell(name) {
                self.writer.write(&Encoded::named_property(name)?)?;
            }
        }
        Ok(())
    }

    /// With `strict`, the first finding ends the run.
    fn keep_strict(&self, findings: &[Finding]) -> Result<()> {
        let stop = |f: &Finding| Error::new(ErrorKind::Corrupt, format!("{f} (stopped here because of --strict)"));
        findings.first().filter(|_| self.strict).map_or(Ok(()), |f| Err(stop(f)))
    }

    /// Tells of `item`, and counts it where that is to be done.
    pub(super) fn tell(&mut self, item: Item, news: News) -> Result<()> {
        match news {
            News::Folder => self.report(item),
            News::File => {
                self.totals.file_damage = item.findings.iter().filter(|f| f.effect > Effect::Notice).count() as u64;
                self.report(item)
            }
            News::Missing => {
                self.totals.listed_only += 1;
                self.observer.item(&item);
                Ok(())
            }
            News::Notice => {
                self.keep_strict(&item.findings)?;
                self.observer.notice(&item);
                Ok(())
            }
        }
    }

    /// Counts `item` and tells of its findings.
    pub(super) fn report(&mut self, item: Item) -> Result<()> {
        self.keep_strict(&item.findings)?;
        let outcome = item.outcome();
        match item.kind {
            Kind::File => {}
            Kind::Folder => self.totals.folders_in_part += u64::from(outcome != Outcome::Whole),
            Kind::Message | Kind::Fai => self.totals.count(outcome),
        }
        if outcome != Outcome::Whole {
            self.observer.item(&item);
        } else if !item.findings.is_empty() {
            self.observer.notice(&item);
        }
        Ok(())
    }
}
