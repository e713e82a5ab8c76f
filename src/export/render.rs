//! One item, rendered: what the threads do.

use std::io::{self, Write};
use std::sync::Arc;

use zip::write::PreparedZipFile;

use super::archive::pack;
use super::draft::{Body, Bytes, Draft, MEMORY, MEMORY_OF_ONE};
use super::item::{Attachments, Item};
use super::layout::{Format, Target};
use super::tree::Tree;
use crate::damage::{Effect, Findings};
use crate::mime::address::AddressBook;
use crate::mime::ics::Calendar;
use crate::mime::mbox::Mbox;
use crate::mime::{Context, Names, Zones, eml, ics, other, vcf};
use crate::mt::object::Message;
use crate::{Error, Result};

/// What is to be done to an item besides rendering it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// It is made a file.
    Save,
    /// It is compressed for a zip file, where it is small enough to be in memory.
    Pack,
    /// Nothing.
    Render,
}

/// What is left for the thread that writes in order.
pub(super) enum Rendered {
    Saved,
    Packed(Box<PreparedZipFile>),
    Bytes(Bytes),
    /// All: what it looks like depends on the items before it.
    Waiting(Box<Source>),
}

/// An item that is to be rendered.
pub(super) struct Job {
    pub item: Item,
    pub source: Source,
    pub target: Target,
    pub time: Option<i64>,
    pub tree: Arc<Tree>,
    pub work: Work,
}

/// A message, and what its stream had said before it.
pub(super) struct Source {
    pub message: Message<'static>,
    pub names: Arc<Names>,
    pub book: AddressBook,
    /// Whether RTF bodies of mail are attached, and TNEF streams in it taken apart: see [`eml::Options`].
    pub keep_rtf: bool,
    pub unwrap_tnef: bool,
}

/// An item that is done.
pub(super) struct Done {
    pub item: Item,
    /// `None` where there was nothing to write.
    pub written: Option<Written>,
}

/// An item that is rendered.
pub(super) struct Written {
    pub target: Target,
    pub time: Option<i64>,
    pub rendered: Result<Rendered>,
    /// A mail with the attachments that the format has no place for.
    pub beside: Result<Option<Bytes>>,
}

impl Job {
    /// Does the work.
    pub fn run(self) -> Done {
        let Self { mut item, source, mut target, time, tree, work } = self;
        item.describe(&source);
        let beside = source.beside(&target, &mut item, &tree);
        let rendered = if target.format == Format::Ics && target.is_entry {
            Ok(Rendered::Waiting(Box::new(source)))
        } else {
            let body = source.body(&mut target, &mut item, None, &tree);
            body.and_then(|bytes| store(bytes, &target, time, &tree, work))
        };
        Done { item, written: Some(Written { target, time, rendered, beside }) }
    }
}

fn store(bytes: Bytes, target: &Target, time: Option<i64>, tree: &Tree, work: Work) -> Result<Rendered> {
    match (work, bytes) {
        (Work::Save, bytes) => tree.save(&target.path, bytes, time).map(|()| Rendered::Saved),
        (Work::Pack, Bytes::Memory(bytes)) => {
            let packed = pack(&target.path, &bytes, time).map_err(Error::of_output)?;
            Ok(Rendered::Packed(Box::new(packed)))
        }
        (_, bytes) => Ok(Rendered::Bytes(bytes)),
    }
}

impl Source {
    /// Renders the message for `target`. Where it is nothing that the format has a form for, it becomes a mail, and `target` the file of
    /// one. `zones` are those of the calendar that it is added to; whoever has them renders one item at a time.
    pub fn body(&self, target: &mut Target, item: &mut Item, zones: Option<&mut Zones>, tree: &Tree) -> Result<Bytes> {
        let findings = Findings::new();
        let memory = if zones.is_some() { MEMORY_OF_ONE } else { MEMORY };
        let mut draft = Draft::new(tree.root(), memory);
        let written = self.write(target.format, zones, &findings, &mut draft).map_err(Error::of_output)?;
        if !written {
            target.become_mail();
            // What was lost by the other format is in the mail.
            findings.take();
            draft = Draft::new(tree.root(), memory);
            self.write(target.format, None, &findings, &mut draft).map_err(Error::of_output)?;
        }
        let Body { bytes, size, sha256 } = draft.finish().map_err(Error::of_output)?;
        (item.size, item.sha256) = (size, sha256);
        item.findings.extend(findings.take());
        Ok(bytes)
    }

    /// Renders the message as mail, too, where it is a contact with attachments that `target` has no place for.
    fn beside(&self, target: &Target, item: &mut Item, tree: &Tree) -> Result<Option<Bytes>> {
        let findings = Findings::new();
        let context = Context { names: &self.names, book: &self.book, findings: &findings };
        let is_whole = match target.format {
            Format::Vcf(_) => vcf::has_place_for_all(&self.message, context),
            Format::Csv(_) => self.message.attachments.is_empty(),
            Format::Eml | Format::Mbox | Format::Ics => true,
        };
        if is_whole {
            return Ok(None);
        }
        let mut draft = Draft::new(tree.root(), MEMORY);
        self.mail(&findings, &mut draft).map_err(Error::of_output)?;
        let body = draft.finish().map_err(Error::of_output)?;
        item.attached_in = Some(Attachments { path: target.mail.clone(), size: body.size, sha256: body.sha256 });
        item.findings.extend(findings.take().into_iter().filter(|finding| finding.effect != Effect::Notice));
        Ok(Some(body.bytes))
    }

    /// Writes the message in `format`; `false` where it is nothing that the format has a form for.
    fn write(
        &self,
        format: Format,
        zones: Option<&mut Zones>,
        findings: &Findings,
        out: &mut dyn Write,
    ) -> io::Result<bool> {
        let context = Context { names: &self.names, book: &self.book, findings };
        match (format, zones) {
            (Format::Eml, _) => self.mail(findings, out).map(|()| true),
            (Format::Mbox, _) => {
                let (sender, time) = self.item().envelope(&self.book);
                let mut mbox = Mbox::begin(out, sender.as_deref(), time)?;
                self.mail(findings, &mut mbox)?;
                mbox.end().map(|()| true)
            }
            (Format::Ics, Some(zones)) => {
                let mut calendar = Calendar::resume(out, std::mem::take(zones));
                let written = calendar.add(&self.message, context)?;
                *zones = calendar.pause()?;
                Ok(written)
            }
            (Format::Ics, None) => ics::write(&self.message, context, None, out),
            (Format::Vcf(version), _) => vcf::write(&self.message, context, version, out),
            (Format::Csv(dialect), _) => dialect.write(&self.message, context, out),
        }
    }

    fn mail(&self, findings: &Findings, out: &mut dyn Write) -> io::Result<()> {
        let Self { book, keep_rtf, unwrap_tnef, .. } = self;
        let options = eml::Options { book, keep_rtf: *keep_rtf, unwrap_tnef: *unwrap_tnef, other: Some(other) };
        eml::write(self.item(), &options, findings, out)
    }

    /// The message as the writer of mail wants it.
    pub fn item(&self) -> eml::Item<'_> {
        eml::Item { message: &self.message, names: &self.names }
    }
}

/// Writes what stands before the items of a collection of `format`.
pub(super) fn begin(format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Ics => Calendar::begin(out, None)?.pause().map(drop),
        Format::Csv(dialect) => dialect.write_header(out),
        Format::Eml | Format::Mbox | Format::Vcf(_) => Ok(()),
    }
}

/// Writes what stands behind the items of a collection of `format`.
pub(super) fn end(format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Ics => Calendar::resume(out, Zones::default()).finish(),
        _ => Ok(()),
    }
}
