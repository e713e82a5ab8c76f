//! The objects that a stream carries. Ids are those of the source.

use std::borrow::Cow;

use crate::mapi::tag::pr;
use crate::mapi::{PropName, PropTag, Props, Value};

/// The parent id that stands for the folder which the import names (`-B`).
pub const UNANCHORED: u64 = u64::MAX;

/// MAPI object type of a store.
pub const MAPI_STORE: u32 = 1;
/// MAPI object type of a folder.
pub const MAPI_FOLDER: u32 = 3;
/// MAPI object type of a message.
pub const MAPI_MESSAGE: u32 = 5;
/// Frame type of a named property.
pub const NAMED_PROPERTY: u32 = 250;

/// What stands before the frames.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// Whether the folder map maps onto existing special folders.
    pub splice: bool,
    /// Whether the source is a public store.
    pub public: bool,
    /// Where folders of the source belong in the target.
    pub folder_map: Vec<FolderMapEntry>,
    /// Named properties that are known beforehand.
    pub name_map: Vec<NamedProperty>,
}

/// One entry of the folder map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderMapEntry {
    /// The folder in the source.
    pub nid: u64,
    /// Whether a folder `name` is to be created below `target`; else `nid` is `target`.
    pub create: bool,
    /// A folder number of the target, or [`UNANCHORED`].
    pub target: u64,
    /// The name of the folder.
    pub name: String,
}

/// What a property id of the source means from here on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedProperty {
    /// The tag; type 0 stands for every type.
    pub tag: PropTag,
    /// Its name.
    pub name: PropName,
}

/// The parent of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parent {
    /// [`MAPI_FOLDER`], or [`MAPI_STORE`] for the top folder.
    pub kind: u32,
    /// Its id in the source, or [`UNANCHORED`].
    pub nid: u64,
}

/// One frame.
#[derive(Debug, Clone)]
pub enum Frame<'a> {
    /// A folder.
    Folder(Folder<'a>),
    /// A message with all that belongs to it.
    Message(MessageFrame<'a>),
    /// A named property.
    NamedProperty(NamedProperty),
}

/// A folder.
#[derive(Debug, Clone)]
pub struct Folder<'a> {
    /// Its id in the source.
    pub nid: u64,
    /// Its parent.
    pub parent: Parent,
    /// Its properties.
    pub props: Props<'a>,
    /// Who may do what: rows to add.
    pub acl: Vec<Permission<'a>>,
}

/// One row of an access list.
#[derive(Debug, Clone)]
pub struct Permission<'a> {
    /// 1 add, 2 modify, 4 remove.
    pub row_flags: u8,
    /// Member and rights.
    pub props: Props<'a>,
}

/// A message in a folder.
#[derive(Debug, Clone)]
pub struct MessageFrame<'a> {
    /// Its id in the source.
    pub nid: u64,
    /// Its folder.
    pub parent: Parent,
    /// The message.
    pub message: Message<'a>,
    /// The RFC 5322 text of the message, mostly empty.
    pub rfc822: Cow<'a, [u8]>,
}

/// A message, top-level or embedded.
#[derive(Debug, Clone, Default)]
pub struct Message<'a> {
    /// Its properties.
    pub props: Props<'a>,
    /// Its recipients, in order.
    pub recipients: Vec<Props<'a>>,
    /// Its attachments, in order.
    pub attachments: Vec<Attachment<'a>>,
}

/// PidTagAssociated.
const ASSOCIATED: PropTag = PropTag(0x67AA_000B);
/// The flag of PidTagMessageFlags that says the same ([MS-OXCMSG] 2.2.1.6).
const ASSOCIATED_FLAG: i64 = 0x40;

impl Message<'_> {
    /// Whether its properties say that it is an associated one (FAI).
    pub fn is_associated(&self) -> bool {
        self.props.int(pr::MESSAGE_FLAGS).is_some_and(|flags| flags & ASSOCIATED_FLAG != 0)
            || self.props.int(ASSOCIATED).is_some_and(|v| v != 0)
    }

    /// Lets its properties say that it is an associated one.
    pub(crate) fn set_associated(&mut self) {
        if !self.is_associated() {
            self.props.set(ASSOCIATED, Value::Bool(1));
        }
    }

    /// About how many bytes of memory it holds, with all that is in it.
    pub(crate) fn held(&self) -> u64 {
        let value = |value: &Value<'_>| size_of::<Value<'_>>() as u64 + value.held();
        let props = |props: &Props<'_>| props.iter().map(|(_, v)| value(v)).sum::<u64>();
        let attachment = |a: &Attachment<'_>| props(&a.props) + a.embedded.as_deref().map_or(0, Message::held);
        props(&self.props)
            + self.recipients.iter().map(props).sum::<u64>()
            + self.attachments.iter().map(attachment).sum::<u64>()
    }
}

/// An attachment.
#[derive(Debug, Clone, Default)]
pub struct Attachment<'a> {
    /// Its properties.
    pub props: Props<'a>,
    /// The message that it holds.
    pub embedded: Option<Box<Message<'a>>>,
}
