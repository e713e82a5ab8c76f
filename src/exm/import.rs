//! The import: a stream into a target.

use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

use super::folders::Placement;
use super::{FolderId, MessageId, Target};
use crate::damage::{Effect, Finding, Findings};
use crate::mapi::tag::pr;
use crate::mapi::{PropTag, Props};
use crate::mt::object::{Folder, Frame, Message, MessageFrame};
use crate::mt::{NameMap, Reader};
use crate::{Error, ErrorKind, Result};

/// How to import.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// Where to put what the stream gives no place; `None` is the top of the mailbox for folders, and the drafts for messages.
    pub anchor: Option<FolderId>,
    /// Whether folders that are there already are taken for those of the stream.
    pub accept_existing: bool,
    /// Whether to go on with the next message when one can't be written.
    pub keep_going: bool,
}

/// What an item of the stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ItemKind {
    /// The maps before the frames.
    Header,
    /// A folder.
    Folder,
    /// A message.
    Message,
    /// A frame that could not be read.
    Frame,
}

/// An item of the stream that is not in the target as it was in the stream.
#[derive(Debug, Clone, Serialize)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// Its id in the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nid: Option<u64>,
    /// The path of its folder in the target.
    pub folder: String,
    /// Its message or container class.
    pub class: String,
    /// Its subject or name.
    pub subject: String,
    /// Its id in the target; nothing where it was not written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// What is not as it was.
    pub findings: Vec<Finding>,
}

/// What became of a stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Folders that were created.
    pub folders: u64,
    /// Folders that were there already.
    pub existing_folders: u64,
    /// Messages that were written, but for associated ones.
    pub messages: u64,
    /// Associated messages (FAI) that were written.
    pub fai: u64,
    /// Attachments of these messages, and of the messages embedded in them.
    pub attachments: u64,
    /// Bytes of the stream.
    pub bytes: u64,
    /// Items that the stream had.
    pub found: u64,
    /// Items that were written, but not in full.
    pub partial: u64,
    /// Items that were not written.
    pub missing: u64,
}

/// How an import ended.
#[derive(Debug)]
pub struct Outcome {
    /// What is in the target.
    pub summary: Summary,
    /// Whether it was told to stop before the end of the stream.
    pub interrupted: bool,
    /// What ended it before the end of the stream. What is in the summary is in the target all the same.
    pub error: Option<Error>,
}

/// Is told what happens.
pub trait Observer {
    /// `frame` was read; `names` are those that the stream has given so far.
    fn frame(&mut self, frame: &Frame<'_>, names: &NameMap) {
        let _ = (frame, names);
    }

    /// The folder `path` was created.
    fn folder(&mut self, path: &str, id: FolderId) {
        let _ = (path, id);
    }

    /// A message was written.
    fn message(&mut self, folder: FolderId, id: MessageId) {
        let _ = (folder, id);
    }

    /// `item` is not whole.
    fn item(&mut self, item: &Item) {
        let _ = item;
    }
}

/// An import.
pub struct Import<'i> {
    target: &'i mut dyn Target,
    options: ImportOptions,
    observer: &'i mut dyn Observer,
    names: NameMap,
    summary: Summary,
    /// What the summary was at the last commit.
    committed: Summary,
}

impl<'i> Import<'i> {
    /// An import into `target`.
    pub fn new(target: &'i mut dyn Target, options: ImportOptions, observer: &'i mut dyn Observer) -> Self {
        Self {
            target,
            options,
            observer,
            names: NameMap::default(),
            summary: Summary::default(),
            committed: Summary::default(),
        }
    }

    /// Puts all that `reader` yields into the target, until `stop` is set.
    ///
    /// A frame that is malformed is reported as missing, and reading goes on behind it. When the stream is cut or the target fails, what
    /// was complete before is kept; but when a folder can't be created and no message was written before, nothing is.
    pub fn run<R: Read>(mut self, reader: &mut Reader<R>, stop: &AtomicBool) -> Outcome {
        let (interrupted, mut error) = match self.frames(reader, stop) {
            Ok(interrupted) => (interrupted, None),
            Err(e) => (false, Some(e)),
        };
        if error.as_ref().is_some_and(|e| e.kind() == ErrorKind::Target) && self.written() == 0 {
            self.target.roll_back();
            self.summary = Summary::default();
        } else if let Err(e) = self.target.commit() {
            error = Some(error.unwrap_or(e));
            self.summary = self.committed;
        }
        self.summary.bytes = reader.offset();
        Outcome { summary: self.summary, interrupted, error }
    }

    fn written(&self) -> u64 {
        self.summary.messages + self.summary.fai
    }

    /// Whether it was told to stop.
    fn frames<R: Read>(&mut self, reader: &mut Reader<R>, stop: &AtomicBool) -> Result<bool> {
        let header = reader.header();
        if header.splice && header.public {
            let message =
                "the stream maps the special folders of a public store; they have no counterpart in this mailbox";
            return Err(Error::new(ErrorKind::Target, message));
        }
        self.names = NameMap::new(header);
        let findings = reader.findings().clone();
        let options = &self.options;
        let mut placement = Placement::new(self.target, header, options.anchor, options.accept_existing, &findings)?;
        self.summary.found += u64::from(findings.worst() > Some(Effect::Notice));
        self.report(ItemKind::Header, None, Label::default(), Some(0), &findings);
        loop {
            let frame = reader.next_frame();
            // An input that is told to stop may end anywhere.
            if stop.load(Ordering::Relaxed) {
                return Ok(true);
            }
            match frame {
                Ok(Some(frame)) => {
                    self.frame(frame, &mut placement, &findings)?;
                    if self.target.is_batch_full() {
                        self.target.commit()?;
                        self.committed = self.summary;
                    }
                }
                Ok(None) => return Ok(false),
                Err(e) if matches!(e.kind(), ErrorKind::Stream | ErrorKind::Limit) => {
                    findings.add(Finding::new(Effect::Lost, "frame", "a frame that can be read", e));
                    self.summary.found += 1;
                    self.report(ItemKind::Frame, None, Label::default(), None, &findings);
                }
                Err(e) => return Err(e),
            }
        }
    }

    fn frame(&mut self, frame: Frame<'_>, placement: &mut Placement, findings: &Findings) -> Result<()> {
        self.observer.frame(&frame, &self.names);
        match frame {
            Frame::NamedProperty(property) => {
                self.names.define(property);
                Ok(())
            }
            Frame::Folder(folder) => self.folder(&folder, placement, findings),
            Frame::Message(message) => self.message(message, placement, findings),
        }
    }

    fn folder(&mut self, folder: &Folder<'_>, placement: &mut Placement, findings: &Findings) -> Result<()> {
        self.summary.found += 1;
        let placed = placement.folder(self.target, folder, &self.names, findings)?;
        if !folder.acl.is_empty() {
            self.target.grant(placed.id, &folder.acl, findings)?;
        }
        let path = placement.path(placed.id);
        if placed.created {
            self.summary.folders += 1;
            self.observer.folder(path, placed.id);
        } else {
            self.summary.existing_folders += 1;
        }
        let label = Label::new(path, &folder.props, pr::CONTAINER_CLASS, &[pr::DISPLAY_NAME]);
        self.report(ItemKind::Folder, Some(folder.nid), label, Some(placed.id.0), findings);
        Ok(())
    }

    fn message(&mut self, frame: MessageFrame<'_>, placement: &Placement, findings: &Findings) -> Result<()> {
        self.summary.found += 1;
        let folder = placement.of_message(frame.parent, findings);
        let subject = [pr::SUBJECT, pr::NORMALIZED_SUBJECT];
        let label = Label::new(placement.path(folder), &frame.message.props, pr::MESSAGE_CLASS, &subject);
        let (nid, attachments, fai) = (frame.nid, attachments(&frame.message), is_associated(&frame.message.props));
        let written = self.target.write_message(folder, frame, &self.names, findings);
        let id = match written {
            Ok(id) => Some(id.0),
            Err(e) if self.options.keep_going => {
                findings.add(Finding::new(Effect::Lost, "message", "a message that the mailbox takes", e));
                None
            }
            Err(e) => return Err(e),
        };
        if let Some(id) = id {
            *(if fai { &mut self.summary.fai } else { &mut self.summary.messages }) += 1;
            self.summary.attachments += attachments;
            self.observer.message(folder, MessageId(id));
        }
        self.report(ItemKind::Message, Some(nid), label, id, findings);
        Ok(())
    }

    /// Says what `findings` hold of an item, if it is not whole.
    fn report(&mut self, kind: ItemKind, nid: Option<u64>, label: Label, id: Option<u64>, findings: &Findings) {
        let worst = findings.worst();
        let found = findings.take();
        if worst.is_none_or(|effect| effect == Effect::Notice) {
            return;
        }
        *(if id.is_some() { &mut self.summary.partial } else { &mut self.summary.missing }) += 1;
        let Label { folder, class, subject } = label;
        self.observer.item(&Item { kind, nid, folder, class, subject, id, findings: found });
    }
}

/// What tells people which item is meant.
#[derive(Default)]
struct Label {
    folder: String,
    class: String,
    subject: String,
}

impl Label {
    fn new(folder: &str, props: &Props<'_>, class: PropTag, subject: &[PropTag]) -> Self {
        let text = |tags: &[PropTag]| tags.iter().find_map(|tag| props.str(*tag)).unwrap_or_default().to_owned();
        Self { folder: folder.to_owned(), class: text(&[class]), subject: text(subject) }
    }
}

fn attachments(message: &Message<'_>) -> u64 {
    message.attachments.iter().map(|a| 1 + a.embedded.as_ref().map_or(0, |message| attachments(message))).sum()
}

fn is_associated(props: &Props<'_>) -> bool {
    props.int(pr::MESSAGE_FLAGS).is_some_and(|flags| flags & 0x40 != 0)
        || props.int(PropTag(0x67AA_000B)).is_some_and(|v| v != 0)
}
