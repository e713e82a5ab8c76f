//! The import: a stream into a target.

use std::cell::RefCell;
use std::fmt;
use std::io::Read;

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
    /// Its id in the source, as `0x…`.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "hex")]
    pub nid: Option<u64>,
    /// The path of its folder in the target.
    pub folder: String,
    /// Its message or container class.
    pub class: String,
    /// Its subject or name.
    pub subject: String,
    /// Its id in the target, as `0x…`; nothing where it was not written.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "hex")]
    pub id: Option<u64>,
    /// What is not as it was.
    pub findings: Vec<Finding>,
}

fn hex<S: serde::Serializer>(id: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{:#x}", id.unwrap_or_default()))
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match (self.kind, self.id) {
            (ItemKind::Header, _) => return f.write_str("the maps of the stream"),
            (_, Some(_)) => "not whole",
            (_, None) => "not written",
        };
        match self.nid {
            Some(nid) => write!(f, "{what}: {nid:#x} \"{}\" in {}", self.subject, self.folder),
            None => f.write_str(what),
        }
    }
}

/// What became of a stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
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
    /// Items that the stream had: folders and messages, and frames that can't be read.
    pub found: u64,
    /// Items that are in the target as they were in the stream.
    pub whole: u64,
    /// Items that were written, but not as they were in the stream.
    pub part: u64,
    /// Items that were not written.
    pub missing: u64,
}

impl Totals {
    /// Whether all is in the target as it was in the stream.
    pub fn is_whole(&self) -> bool {
        self.part + self.missing == 0
    }
}

/// How an import ended.
#[derive(Debug)]
pub struct Outcome {
    /// What is in the target.
    pub totals: Totals,
    /// Whether it was told to stop before the end of the stream.
    pub interrupted: bool,
    /// What ended it before the end of the stream. What is in the totals is in the target all the same.
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

    /// So many bytes of the stream are done.
    fn progress(&mut self, bytes: u64) {
        let _ = bytes;
    }

    /// `item` is not whole.
    fn item(&mut self, item: &Item) {
        let _ = item;
    }
}

/// An import.
pub struct Import<'i> {
    target: &'i RefCell<dyn Target + 'i>,
    options: ImportOptions,
    observer: &'i mut dyn Observer,
    names: NameMap,
    totals: Totals,
    /// What the totals were at the last commit.
    committed: Totals,
    /// How many commits there were then.
    commits: u64,
}

impl<'i> Import<'i> {
    /// An import into `target`. While it waits for the stream others may use the target, to commit what was done so far.
    pub fn new(target: &'i RefCell<dyn Target + 'i>, options: ImportOptions, observer: &'i mut dyn Observer) -> Self {
        Self {
            target,
            options,
            observer,
            names: NameMap::default(),
            totals: Totals::default(),
            committed: Totals::default(),
            commits: target.borrow().commits(),
        }
    }

    /// Puts all that `reader` yields into the target, until `stop` says so.
    ///
    /// A frame that is malformed is reported as missing, and reading goes on behind it. When the stream is cut or the target fails, what
    /// was complete before is kept; but when a folder can't be created and no message was written before, nothing is.
    pub fn run<R: Read>(mut self, reader: &mut Reader<R>, stop: &dyn Fn() -> bool) -> Outcome {
        let (interrupted, mut error) = match self.frames(reader, stop) {
            Ok(interrupted) => (interrupted, None),
            Err(e) => (false, Some(e)),
        };
        if error.as_ref().is_some_and(|e| e.kind() == ErrorKind::Target) && self.written() == 0 {
            self.target.borrow_mut().roll_back();
            self.totals = self.committed;
        } else if let Err(e) = self.commit() {
            error = Some(error.unwrap_or(e));
        }
        self.totals.bytes = reader.offset();
        Outcome { totals: self.totals, interrupted, error }
    }

    /// Commits; when that fails, the totals are what they were at the last commit, as the target is.
    fn commit(&mut self) -> Result<()> {
        let done = self.target.borrow_mut().commit();
        match done {
            Ok(()) => self.committed = self.totals,
            Err(_) => self.totals = self.committed,
        }
        self.commits = self.target.borrow().commits();
        done
    }

    /// Takes in whether all that was done has been committed meanwhile.
    fn look_for_commits(&mut self) {
        let commits = self.target.borrow().commits();
        if commits != self.commits {
            (self.commits, self.committed) = (commits, self.totals);
        }
    }

    fn written(&self) -> u64 {
        self.totals.messages + self.totals.fai
    }

    /// Whether it was told to stop.
    fn frames<R: Read>(&mut self, reader: &mut Reader<R>, stop: &dyn Fn() -> bool) -> Result<bool> {
        let header = reader.header();
        if header.splice && header.public {
            let message =
                "the stream maps the special folders of a public store; they have no counterpart in this mailbox";
            return Err(Error::new(ErrorKind::Target, message));
        }
        self.names = NameMap::new(header);
        let findings = reader.findings().clone();
        let options = &self.options;
        let mut placement =
            Placement::new(&mut *self.target.borrow_mut(), header, options.anchor, options.accept_existing, &findings)?;
        self.totals.found += u64::from(findings.worst() > Some(Effect::Notice));
        self.report(ItemKind::Header, None, Label::default(), Some(0), &findings);
        loop {
            let frame = reader.next_frame();
            self.look_for_commits();
            // An input that is told to stop may end anywhere.
            if stop() {
                return Ok(true);
            }
            match frame {
                Ok(Some(frame)) => {
                    self.frame(frame, &mut placement, &findings)?;
                    self.observer.progress(reader.offset());
                    if self.target.borrow().is_batch_full() {
                        self.commit()?;
                    }
                }
                Ok(None) => return Ok(false),
                Err(e) if matches!(e.kind(), ErrorKind::Stream | ErrorKind::Limit) => {
                    findings.add(Finding::new(Effect::Lost, "frame", "a frame that can be read", e));
                    self.totals.found += 1;
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
        self.totals.found += 1;
        let placed = placement.folder(&mut *self.target.borrow_mut(), folder, &self.names, findings)?;
        if !folder.acl.is_empty() && placed.unanchored {
            let found = "the one of a folder that has no place of its own in the mailbox; it is left out";
            findings.add(Finding::new(Effect::Notice, "access list", "one of a folder of the mailbox", found));
        } else if !folder.acl.is_empty() {
            self.target.borrow_mut().grant(placed.id, &folder.acl, findings)?;
        }
        let path = placement.path(placed.id);
        if placed.created {
            self.totals.folders += 1;
            self.observer.folder(path, placed.id);
        } else {
            self.totals.existing_folders += 1;
        }
        let label = Label::new(path, &folder.props, pr::CONTAINER_CLASS, &[pr::DISPLAY_NAME]);
        self.report(ItemKind::Folder, Some(folder.nid), label, Some(placed.id.0), findings);
        Ok(())
    }

    fn message(&mut self, frame: MessageFrame<'_>, placement: &Placement, findings: &Findings) -> Result<()> {
        self.totals.found += 1;
        let folder = placement.of_message(frame.parent, findings);
        let subject = [pr::SUBJECT, pr::NORMALIZED_SUBJECT];
        let label = Label::new(placement.path(folder), &frame.message.props, pr::MESSAGE_CLASS, &subject);
        let (nid, attachments, fai) = (frame.nid, attachments(&frame.message), frame.message.is_associated());
        let written = self.target.borrow_mut().write_message(folder, frame, &self.names, findings);
        let id = match written {
            Ok(id) => Some(id.0),
            Err(e) if self.options.keep_going => {
                findings.add(Finding::new(Effect::Lost, "message", "a message that the mailbox takes", e));
                None
            }
            Err(e) => return Err(e),
        };
        if let Some(id) = id {
            *(if fai { &mut self.totals.fai } else { &mut self.totals.messages }) += 1;
            self.totals.attachments += attachments;
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
            self.totals.whole += u64::from(kind != ItemKind::Header);
            return;
        }
        *(if id.is_some() { &mut self.totals.part } else { &mut self.totals.missing }) += 1;
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
