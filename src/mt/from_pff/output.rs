//! What comes out of an export: the stream, the totals, and what the observer is told, all in order.

use std::collections::HashMap;
use std::io::Write;

use super::message::Head;
use super::report::{Item, Kind, Observer, Outcome, Totals};
use crate::damage::{Effect, Finding, Findings};
use crate::mapi::PropName;
use crate::mt::frame::Encoded;
use crate::mt::object::NamedProperty;
use crate::mt::write::Writer;
use crate::{Error, ErrorKind, Result};

pub(super) struct Output<'o, W: Write> {
    writer: Writer<W>,
    /// The names that have been written, by property id.
    announced: HashMap<u16, PropName>,
    pub(super) totals: Totals,
    strict: bool,
    pub(super) observer: &'o mut dyn Observer,
}

impl<'o, W: Write> Output<'o, W> {
    pub(super) fn new(writer: Writer<W>, strict: bool, observer: &'o mut dyn Observer) -> Self {
        Self { writer, announced: HashMap::new(), totals: Totals::default(), strict, observer }
    }

    /// Ends the stream.
    pub(super) fn finish(self) -> Result<(W, Totals)> {
        Ok((self.writer.finish()?, self.totals))
    }

    /// Writes the frame of a folder, and before it those of `names` that are new.
    pub(super) fn folder(&mut self, names: &[NamedProperty], frame: &Encoded<'_>) -> Result<()> {
        self.announce(names)?;
        self.writer.write(frame)?;
        self.totals.folders += 1;
        Ok(())
    }

    /// Whether [`Output::begin`] writes something before the message, or may end the run: all that is before must have been written.
    pub(super) fn has_news(&self, head: &Head) -> bool {
        !head.findings.is_empty() || head.names.iter().any(|name| self.is_new(name))
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

    fn is_new(&self, name: &NamedProperty) -> bool {
        self.announced.get(&name.tag.id()) != Some(&name.name)
    }

    fn announce(&mut self, names: &[NamedProperty]) -> Result<()> {
        for name in names {
            if self.is_new(name) {
                self.announced.insert(name.tag.id(), name.name.clone());
                self.writer.write(&Encoded::named_property(name)?)?;
            }
        }
        Ok(())
    }

    /// Tells of what is wrong with the file as a whole.
    pub(super) fn file_findings(&mut self, findings: &Findings) -> Result<()> {
        let mut item = Item::file();
        item.findings = findings.take();
        self.keep_strict(&item.findings)?;
        self.totals.file_damage = item.findings.iter().filter(|f| f.effect > Effect::Notice).count() as u64;
        if self.totals.file_damage > 0 {
            self.observer.item(&item);
        } else if !item.findings.is_empty() {
            self.observer.notice(&item);
        }
        Ok(())
    }

    /// With `strict`, the first finding ends the run.
    fn keep_strict(&self, findings: &[Finding]) -> Result<()> {
        let stop = |f: &Finding| Error::new(ErrorKind::Corrupt, format!("{f} (stopped here because of --strict)"));
        findings.first().filter(|_| self.strict).map_or(Ok(()), |f| Err(stop(f)))
    }

    /// Tells of `findings` that cost no item.
    pub(super) fn notices(&mut self, mut item: Item, findings: Vec<Finding>) -> Result<()> {
        self.keep_strict(&findings)?;
        if !findings.is_empty() {
            item.findings = findings;
            self.observer.notice(&item);
        }
        Ok(())
    }

    /// Counts `item` and tells of its findings.
    pub(super) fn report(&mut self, item: Item) -> Result<()> {
        self.keep_strict(&item.findings)?;
        let outcome = item.outcome();
        if item.kind != Kind::Folder {
            self.totals.count(outcome);
        } else if outcome != Outcome::Whole {
            self.totals.folders_in_part += 1;
        }
        if outcome != Outcome::Whole {
            self.observer.item(&item);
        } else if !item.findings.is_empty() {
            self.observer.notice(&item);
        }
        Ok(())
    }
}
