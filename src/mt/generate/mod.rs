//! Streams of made-up mailboxes of any size, for measuring and testing. The same [`Shape`] and seed give the same bytes.

mod item;
mod random;

use std::io::Write;

use super::object::{
    Folder, FolderMapEntry, Frame, Header, MAPI_FOLDER, MAPI_STORE, MessageFrame, NamedProperty, Parent, UNANCHORED,
};
use super::{Encoded, Writer};
use crate::mapi::tag::pr;
use crate::mapi::{PropTag, Props, Value};
use crate::{Error, ErrorKind, Result};
use item::Items;

/// What a mailbox is like.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Where the random numbers begin.
    pub seed: u64,
    /// How many messages there are.
    pub messages: u32,
    /// How many folders there are, besides the two above them.
    pub folders: u32,
    /// What sort of messages.
    pub shape: Shape,
    /// Bytes of all attachments together; `None`: every sixth message has one.
    pub size: Option<u64>,
}

/// What sort of messages a mailbox holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Shape {
    /// Mail.
    Mail,
    /// Appointments.
    Calendar,
    /// Contacts.
    Contacts,
    /// Mostly mail, some of the others.
    Mixed,
}

/// The most folders and messages: their ids are to be those of a PST file.
pub const MOST: u32 = 1 << 25;
/// The most bytes of attachments of one message.
pub const MOST_ATTACHED: u64 = 1 << 30;

/// The ids of the folders on top, as PST files have them, and of the first ones below and the first message.
const ROOT: u64 = 0x122;
const TOP: u64 = 0x8022;
const FIRST_FOLDER: u64 = 0x8082;
const FIRST_MESSAGE: u64 = 0x20_0024;
const STEP: u64 = 0x20;

/// Writes the stream to `out`. Memory does not grow with it.
///
/// # Errors
/// [`ErrorKind::Usage`] when there are messages but no folders, more than [`MOST`] of either, or more than [`MOST_ATTACHED`] bytes
/// for each message; else those of `out`.
pub fn generate<W: Write>(options: &Options, out: W) -> Result<W> {
    let Options { messages, folders, .. } = *options;
    let usage = |message: &str| Err(Error::new(ErrorKind::Usage, message));
    if folders == 0 && messages > 0 {
        return usage("messages need a folder: ask for one at least");
    }
    if messages > MOST || folders > MOST {
        return usage("at most 33554432 messages and folders fit into a file");
    }
    if options.size.is_some_and(|size| size > MOST_ATTACHED * u64::from(messages)) {
        return usage("at most 1 GiB for each message: ask for more messages");
    }
    let name = "Generated mailbox".to_owned();
    let top = FolderMapEntry { nid: ROOT, create: true, target: UNANCHORED, name };
    let mut writer = Writer::new(out, &Header { folder_map: vec![top], ..Header::default() })?;
    for (index, name) in (0x8000..).zip(item::names()) {
        let tag = PropTag(index << 16);
        writer.write(&Encoded::named_property(&NamedProperty { tag, name })?)?;
    }
    writer.write(&folder(ROOT, Parent { kind: MAPI_STORE, nid: 0 }, "Root", None)?)?;
    writer.write(&folder(TOP, parent(ROOT), "Top of Outlook data file", None)?)?;
    let mut items = Items::new(options);
    for n in 0..u64::from(folders) {
        let nid = FIRST_FOLDER + STEP * n;
        let class = item::container_class(options.shape);
        writer.write(&folder(nid, parent(TOP), &format!("Folder {}", n + 1), Some(class))?)?;
        let part = |n: u64| u64::from(messages) * n / u64::from(folders);
        for m in part(n)..part(n + 1) {
            let (nid, parent, message) = (FIRST_MESSAGE + STEP * m, parent(nid), items.item(m));
            let frame = Frame::Message(MessageFrame { nid, parent, message, rfc822: Vec::new().into() });
            writer.write(&Encoded::frame(&frame)?)?;
        }
    }
    writer.finish()
}

fn parent(nid: u64) -> Parent {
    Parent { kind: MAPI_FOLDER, nid }
}

fn folder(nid: u64, parent: Parent, name: &str, class: Option<&'static str>) -> Result<Encoded<'static>> {
    let mut props = Props::new();
    props.push(pr::DISPLAY_NAME, Value::str(name.to_owned()));
    if let Some(class) = class {
        props.push(pr::CONTAINER_CLASS, Value::str(class));
    }
    Encoded::frame(&Frame::Folder(Folder { nid, parent, props, acl: Vec::new() }))
}
