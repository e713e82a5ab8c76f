//! What an export tells of each object, and what it adds up.

use serde::Serialize;

use crate::damage::{Effect, Finding};
use crate::mapi::{Props, tag::pr};
use crate::mt::object::{Frame, Message};
use crate::ndb::{Nid, NidType};

/// Listens to an export.
pub trait Observer {
    /// `items` messages are going to be looked at, as far as the node B-tree tells.
    fn begin(&mut self, _items: u64) {}

    /// The folder `path` begins.
    fn folder(&mut self, _path: &str) {}

    /// Whether [`Observer::object`] is to be called; messages are then prepared one by one.
    fn wants_objects(&self) -> bool {
        false
    }

    /// A folder or message, `depth` folders below the top, before it is written.
    fn object(&mut self, _depth: usize, _object: &Frame<'_>) {}

    /// An item that is not whole, or not in the stream at all.
    fn item(&mut self, item: &Item);

    /// Findings that cost nothing.
    fn notice(&mut self, item: &Item);

    /// Message `nid` is done: written or left out, and all of its findings are told.
    fn done(&mut self, _nid: Nid) {}
}

/// How much of a file is done, as far as that can be told: the share of its messages stands for that of its bytes.
#[derive(Debug, Clone, Copy)]
pub struct Share {
    size: u64,
    items: u64,
    done: u64,
}

impl Share {
    /// Nothing is done of a file of `size` bytes.
    pub fn new(size: u64) -> Self {
        Self { size, items: 0, done: 0 }
    }

    /// There are `items` messages in it, as far as the node B-tree tells.
    pub fn begin(&mut self, items: u64) {
        self.items = items;
    }

    /// One more message is done; the bytes that are done in all.
    pub fn one_more(&mut self) -> u64 {
        self.done += 1;
        (self.size as f64 * (self.done as f64 / self.items.max(self.done) as f64)) as u64
    }
}

/// What sort of thing an [`Item`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The file as a whole.
    File,
    /// A folder.
    Folder,
    /// A message.
    Message,
    /// An associated message.
    Fai,
}

/// One object and what is wrong with it: a line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// What it is.
    pub kind: Kind,
    /// Its node, as `0x…`; empty for the file.
    #[serde(serialize_with = "hex")]
    pub nid: u32,
    /// The path of its folder, or its own if it is one.
    pub folder: String,
    /// Its message class.
    pub class: String,
    /// Its subject, or its name if it is a folder.
    pub subject: String,
    /// Whether it is in the stream.
    pub emitted: bool,
    /// Whether it has another place or another name there than in the file.
    #[serde(skip)]
    pub elsewhere: bool,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
}

fn hex<S: serde::Serializer>(nid: &u32, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{nid:#x}"))
}

/// How much of an item is in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All of it.
    Whole,
    /// Something was lost or altered.
    Part,
    /// Nothing.
    Missing,
}

impl Item {
    fn new(kind: Kind, nid: Nid, folder: &str) -> Self {
        Self {
            kind,
            nid: nid.0,
            folder: folder.to_owned(),
            class: String::new(),
            subject: String::new(),
            emitted: true,
            elsewhere: false,
            findings: Vec::new(),
        }
    }

    pub(super) fn file() -> Self {
        Self::new(Kind::File, Nid(0), "")
    }

    pub(super) fn folder(nid: Nid, path: &str, name: &str) -> Self {
        Self { subject: name.to_owned(), ..Self::new(Kind::Folder, nid, path) }
    }

    pub(super) fn message(nid: Nid, folder: &str) -> Self {
        let kind = if nid.typ() == NidType::ASSOC_MESSAGE { Kind::Fai } else { Kind::Message };
        Self::new(kind, nid, folder)
    }

    /// A message that a table lists and that is nowhere.
    pub(super) fn missing(folder: Nid, path: &str, finding: &Finding) -> Self {
        Self { emitted: false, findings: vec![finding.clone()], ..Self::new(Kind::Message, folder, path) }
    }

    pub(super) fn describe(&mut self, props: &Props<'_>) {
        self.class = props.str(pr::MESSAGE_CLASS).unwrap_or_default().to_owned();
        let prefix = props.str(pr::SUBJECT_PREFIX).unwrap_or_default();
        self.subject = format!("{prefix}{}", props.str(pr::SUBJECT).unwrap_or_default());
    }

    /// The item with `findings`.
    pub fn with(self, findings: Vec<Finding>) -> Self {
        Self { findings, ..self }
    }

    /// The item, where there is anything to tell of it.
    pub(super) fn notable(self) -> Option<Self> {
        (!self.emitted || !self.findings.is_empty()).then_some(self)
    }

    /// How much of it is in the stream.
    pub fn outcome(&self) -> Outcome {
        let worst = self.findings.iter().map(|f| f.effect).max();
        match worst {
            _ if !self.emitted => Outcome::Missing,
            None | Some(Effect::Notice) => Outcome::Whole,
            Some(Effect::Altered | Effect::Lost) => Outcome::Part,
        }
    }
}

/// What belongs to one message, itself not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Whether it is an associated message.
    pub fai: bool,
    /// Recipients, those of embedded messages too.
    pub recipients: u64,
    /// Attachments, those of embedded messages too.
    pub attachments: u64,
    /// Embedded messages.
    pub embedded: u64,
}

impl Tally {
    pub(super) fn of(message: &Message<'_>, nid: Nid) -> Self {
        let mut tally = Self { fai: nid.typ() == NidType::ASSOC_MESSAGE, ..Self::default() };
        tally.add(message);
        tally
    }

    fn add(&mut self, message: &Message<'_>) {
        self.recipients += message.recipients.len() as u64;
        self.attachments += message.attachments.len() as u64;
        for embedded in message.attachments.iter().filter_map(|a| a.embedded.as_deref()) {
            self.embedded += 1;
            self.add(embedded);
        }
    }
}

/// What an export adds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Totals {
    /// Messages (FAI included, where they were asked for) that the node B-tree has.
    pub found: u64,
    /// Those that are in the stream with all that they have.
    pub whole: u64,
    /// Those that are in the stream, but with something lost or altered.
    pub part: u64,
    /// Those that are not in the stream.
    pub missing: u64,
    /// What is wrong with the file as a whole in such a way that items may be missing that nothing tells of.
    pub file_damage: u64,
    /// Rows of contents tables that no node belongs to: not counted as found.
    pub listed_only: u64,
    /// Folders in the stream.
    pub folders: u64,
    /// Folders whose properties or tables were damaged.
    pub folders_in_part: u64,
    /// Normal messages in the stream.
    pub messages: u64,
    /// Associated messages in the stream.
    pub fai: u64,
    /// Associated messages that were not asked for.
    pub fai_left_behind: u64,
    /// Recipients in the stream.
    pub recipients: u64,
    /// Attachments in the stream.
    pub attachments: u64,
    /// Embedded messages in the stream.
    pub embedded: u64,
    /// Search folders, which hold no messages of their own.
    pub search_folders: u64,
    /// Folders left out because they are hidden.
    pub hidden_folders: u64,
    /// Messages in them.
    pub hidden_messages: u64,
    /// Associated messages in them.
    pub hidden_fai: u64,
    /// Folders that are not where the file has them: their parent is gone, or above them are too many.
    pub moved_folders: u64,
    /// Messages, associated ones included, that are in a folder made for them, since their own is gone.
    pub moved_messages: u64,
    /// Folders that are called otherwise than in the file, since another has their name.
    pub renamed_folders: u64,
}

/// What a walk passes over, and what it puts elsewhere: see the fields of the same names of [`Totals`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Left {
    /// Associated messages that were not asked for.
    pub fai_left_behind: u64,
    /// Search folders.
    pub search_folders: u64,
    /// Hidden folders.
    pub hidden_folders: u64,
    /// Messages in them.
    pub hidden_messages: u64,
    /// Associated messages in them.
    pub hidden_fai: u64,
    /// Folders that are not where the file has them.
    pub moved_folders: u64,
    /// Messages whose folder is gone.
    pub moved_messages: u64,
    /// Folders that are called otherwise.
    pub renamed_folders: u64,
}

impl Totals {
    pub(super) fn add(&mut self, tally: Tally) {
        if tally.fai {
            self.fai += 1
        } else {
            self.messages += 1
        }
        self.recipients += tally.recipients;
        self.attachments += tally.attachments;
        self.embedded += tally.embedded;
    }

    pub(super) fn count(&mut self, outcome: Outcome) {
        self.found += 1;
        match outcome {
            Outcome::Whole => self.whole += 1,
            Outcome::Part => self.part += 1,
            Outcome::Missing => self.missing += 1,
        }
    }

    pub(super) fn with(self, left: Left) -> Self {
        Self {
            fai_left_behind: left.fai_left_behind,
            search_folders: left.search_folders,
            hidden_folders: left.hidden_folders,
            hidden_messages: left.hidden_messages,
            hidden_fai: left.hidden_fai,
            moved_folders: left.moved_folders,
            moved_messages: left.moved_messages,
            renamed_folders: left.renamed_folders,
            ..self
        }
    }

    /// Whether all that was found is in the stream as it was.
    pub fn is_whole(&self) -> bool {
        [self.part, self.missing, self.listed_only, self.folders_in_part, self.file_damage].iter().all(|n| *n == 0)
    }
}
