//! One item, rendered.

use std::io::{self, Write};

use zip::write::PreparedZipFile;

use super::Options;
use super::archive::pack;
use super::draft::{Body, Bytes, Draft};
use super::item::{Attachments, Item};
use super::layout::{Format, Target};
use super::tree::Tree;
use crate::damage::{Effect, Findings};
use crate::mime::address::AddressBook;
use crate::mime::ics::{self, Component};
use crate::mime::mbox::Mbox;
use crate::mime::{Context, Names, View, eml, other, vcf};
use crate::mt::object::Message;
use crate::{Error, Result};

/// How a mail is written.
type WriteMail = fn(eml::Item<'_>, &eml::Options<'_>, &Findings, &mut dyn Write) -> io::Result<eml::Head>;

/// What is to be done to an item besides rendering it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// It is made a file.
    Save,
    /// It is compressed for a zip file, where it is small enough to be in memory.
    Pack,
}

/// What is left for the thread that writes in order.
pub(super) enum Rendered {
    Saved,
    /// Of as many bytes before.
    Packed(Box<PreparedZipFile>, u64),
    Bytes(Bytes),
}

/// An item that is rendered.
pub(super) struct Written {
    pub target: Target,
    pub time: Option<i64>,
    pub rendered: Result<Rendered>,
    /// A mail with the attachments that the format has no place for.
    pub beside: Result<Option<Bytes>>,
}

impl Written {
    /// About how many bytes of memory it holds.
    pub fn held(&self) -> u64 {
        let rendered = match &self.rendered {
            Ok(Rendered::Packed(_, size)) => *size,
            Ok(Rendered::Bytes(bytes)) => bytes.held(),
            Ok(Rendered::Saved) | Err(_) => 0,
        };
        let beside = self.beside.as_ref().ok().and_then(Option::as_ref);
        rendered + beside.map_or(0, Bytes::held)
    }
}

/// A message, and what is known of it by those before it.
#[derive(Clone, Copy)]
pub(super) struct Source<'m> {
    pub message: &'m Message<'m>,
    pub names: &'m Names,
    pub book: &'m AddressBook,
    pub options: &'m Options,
}

impl<'m> Source<'m> {
    /// What the writers of formats want to know.
    pub fn context(self, findings: &'m Findings) -> Context<'m> {
        Context { names: self.names, book: self.book, findings }
    }

    /// Renders the message for `target`; `component` is what it is in the calendar that it is added to. Where it is nothing that the
    /// format has a form for, it becomes a mail, and `target` the file of one. What is wrong with it goes to `findings`.
    pub fn body(
        self,
        target: &mut Target,
        item: &mut Item,
        component: Option<Component<'_>>,
        findings: &Findings,
        tree: &Tree,
    ) -> Result<Bytes> {
        let mut draft = Draft::new(tree.root());
        let written = match component {
            Some(component) => component.write(&mut draft).map(|()| true),
            None => self.write(target, item, findings, &mut draft),
        };
        if !written.map_err(Error::of_output)? {
            target.become_mail();
            // What was lost by the other format is in the mail.
            findings.take();
            draft = Draft::new(tree.root());
            self.write(target, item, findings, &mut draft).map_err(Error::of_output)?;
        }
        let Body { bytes, size, sha256 } = draft.finish().map_err(Error::of_output)?;
        (item.size, item.sha256) = (size, sha256);
        Ok(bytes)
    }

    /// Renders the message as mail, too, where it is a contact with attachments that `target` has no place for.
    pub fn beside(self, target: &Target, item: &mut Item, tree: &Tree) -> Result<Option<Bytes>> {
        let findings = Findings::new();
        let is_whole = match target.format {
            Format::Vcf(_) => vcf::has_place_for_all(self.message, self.context(&findings)),
            Format::Csv(_) => self.message.attachments.is_empty(),
            Format::Eml | Format::Mbox | Format::Ics => true,
        };
        if is_whole {
            return Ok(None);
        }
        let mut draft = Draft::new(tree.root());
        self.mail(eml::write, &findings, &mut draft).map_err(Error::of_output)?;
        let body = draft.finish().map_err(Error::of_output)?;
        item.attached_in = Some(Attachments { path: target.mail.clone(), size: body.size, sha256: body.sha256 });
        item.findings.extend(findings.take().into_iter().filter(|finding| finding.effect != Effect::Notice));
        Ok(Some(body.bytes.at_rest()))
    }

    /// Writes the message for `target` and tells `item` what its header says; `false` where it is nothing that the format has a form for.
    fn write(self, target: &Target, item: &mut Item, findings: &Findings, out: &mut dyn Write) -> io::Result<bool> {
        let context = self.context(findings);
        match target.format {
            Format::Eml => {
                item.take(self.mail(eml::write, findings, out)?);
                Ok(true)
            }
            Format::Mbox => {
                let (sender, time) = self.item().envelope(self.book);
                let mut mbox = Mbox::begin(out, sender.as_deref(), time)?;
                item.take(self.mail(eml::write_for_mbox, findings, &mut mbox)?);
                mbox.end().map(|()| true)
            }
            // In a calendar of many it would be a component.
            Format::Ics if target.is_entry => Ok(false),
            Format::Ics => ics::write(self.message, context, None, out),
            Format::Vcf(version) => vcf::write(self.message, context, version, out),
            Format::Csv(dialect) => dialect.write(self.message, context, out),
        }
    }

    fn mail(self, write: WriteMail, findings: &Findings, out: &mut dyn Write) -> io::Result<eml::Head> {
        let Options { keep_rtf, unwrap_tnef, .. } = *self.options;
        let options = eml::Options { book: self.book, keep_rtf, unwrap_tnef, other: Some(other) };
        write(self.item(), &options, findings, out)
    }

    /// Its properties.
    pub fn view(self) -> View<'m> {
        View::new(&self.message.props, self.names)
    }

    /// The message as the writer of mail wants it.
    pub fn item(self) -> eml::Item<'m> {
        eml::Item { message: self.message, names: self.names }
    }
}

/// What is done with the bytes of an item on the thread that has rendered it.
pub(super) fn store(bytes: Bytes, target: &Target, time: Option<i64>, tree: &Tree, work: Work) -> Result<Rendered> {
    match (work, bytes) {
        (_, bytes) if target.is_entry => Ok(Rendered::Bytes(bytes.at_rest())),
        (Work::Save, bytes) => tree.save(&target.path, bytes, time).map(|()| Rendered::Saved),
        (Work::Pack, Bytes::Memory(bytes)) => {
            let packed = pack(&target.path, &bytes, time).map_err(Error::of_output)?;
            Ok(Rendered::Packed(Box::new(packed), bytes.len() as u64))
        }
        (Work::Pack, bytes) => Ok(Rendered::Bytes(bytes)),
    }
}

/// Writes what stands before the items of a collection of `format`.
pub(super) fn begin(format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Ics => ics::begin(out),
        Format::Csv(dialect) => dialect.write_header(out),
        Format::Eml | Format::Mbox | Format::Vcf(_) => Ok(()),
    }
}

/// Writes what stands behind the items of a collection of `format`.
pub(super) fn end(format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Ics => ics::end(out),
        _ => Ok(()),
    }
}
