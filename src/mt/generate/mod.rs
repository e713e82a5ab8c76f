//! Streams of made-up mailboxes of any size, for measuring and testing. The same [`Options`] give the same bytes.

mod attach;
mod item;
mod lzfu;
mod mail;
mod random;
#[cfg(test)]
mod tests;
mod text;

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
    /// What sort of messages, and how the folders lie.
    pub shape: Shape,
    /// How many messages have attachments, and of what size.
    pub attachments: Attachments,
    /// Bytes of the stream, which attachments make up; `None`: as many as it takes.
    pub size: Option<u64>,
}

/// What sort of messages a mailbox holds, and how its folders lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Mail, evenly in folders beside each other.
    Mail,
    /// Appointments.
    Calendar,
    /// Contacts.
    Contacts,
    /// Mostly mail, some of the others.
    Mixed,
    /// Mail in folders that are in one another, a hundred deep; every fourth message holds messages in one another.
    Deep,
    /// Mail, all of it in the first folder; some have more than a thousand recipients, some have 300 attachments.
    Wide,
}

/// How many messages have attachments besides embedded messages, and of what size those are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attachments {
    /// None.
    None,
    /// One message in six has one: half of them below 8 KiB, one in a thousand above 4 MiB.
    Few,
    /// Every second one has up to 20.
    Many,
    /// One message in fifty has one of 16 MiB to 1 GiB.
    Huge,
}

/// The most folders and messages: their ids are to be those of a PST file.
pub const MOST: u32 = 1 << 25;
/// The most bytes for each message.
pub const MOST_EACH: u64 = 1 << 30;

/// The ids of the folders on top, as PST files have them, and of the first ones below and the first message.
const ROOT: u64 = 0x122;
const TOP: u64 = 0x8022;
const FIRST_FOLDER: u64 = 0x8082;
const FIRST_MESSAGE: u64 = 0x20_0024;
const STEP: u64 = 0x20;
/// So many folders are in one another before the next one is at the top again.
const DEPTH: u64 = 100;

/// Writes the stream to `out`. Memory does not grow with it.
///
/// # Errors
/// [`ErrorKind::Usage`] when there are messages but no folders, more than [`MOST`] of either, more than [`MOST_EACH`] bytes
/// for each message, or a size and nothing to make it up with; else those of `out`.
pub fn generate<W: Write>(options: &Options, out: W) -> Result<W> {
    check(options)?;
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
    for n in 0..u64::from(options.folders) {
        let nid = FIRST_FOLDER + STEP * n;
        let above = if options.shape == Shape::Deep && n % DEPTH > 0 { nid - STEP } else { TOP };
        writer.write(&folder(
            nid,
            parent(above),
            &format!("Folder {}", n + 1),
            Some(container_class(options.shape)),
        )?)?;
        for m in messages_of(options, n) {
            let (id, message) = (FIRST_MESSAGE + STEP * m, items.item(m, writer.offset()));
            let frame = MessageFrame { nid: id, parent: parent(nid), message, rfc822: Vec::new().into() };
            writer.write(&Encoded::frame(&Frame::Message(frame))?)?;
        }
    }
    writer.finish()
}

fn check(options: &Options) -> Result<()> {
    let Options { messages, folders, size, attachments, .. } = *options;
    let usage = |message: &str| Err(Error::new(ErrorKind::Usage, message));
    if folders == 0 && messages > 0 {
        return usage("messages need a folder: ask for one at least");
    }
    if messages > MOST || folders > MOST {
        return usage("at most 33554432 messages and folders fit into a file");
    }
    if size.is_some_and(|size| size > MOST_EACH * u64::from(messages)) {
        return usage("at most 1 GiB for each message: ask for more messages");
    }
    if size.is_some() && attachments == Attachments::None {
        return usage("attachments make up the size: with none there can't be one");
    }
    Ok(())
}

/// The numbers of the messages in folder `n`.
fn messages_of(options: &Options, n: u64) -> std::ops::Range<u64> {
    let (messages, folders) = (u64::from(options.messages), u64::from(options.folders));
    match options.shape {
        Shape::Wide if n == 0 => 0..messages,
        Shape::Wide => 0..0,
        _ => messages * n / folders..messages * (n + 1) / folders,
    }
}

fn container_class(shape: Shape) -> &'static str {
    match shape {
        Shape::Calendar => "IPF.Appointment",
        Shape::Contacts => "IPF.Contact",
        Shape::Mail | Shape::Mixed | Shape::Deep | Shape::Wide => "IPF.Note",
    }
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
