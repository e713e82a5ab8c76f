//! The embedded mailbox, and the tools that write and show it.

mod crash;
mod fresh;
mod message;
mod peer;
mod placement;
mod roundtrip;
mod schema;
mod tools;

use std::cell::RefCell;
use std::path::Path;

use pffkit::exm::store::{Mailbox, Options, Store};
use pffkit::exm::{Import, ImportOptions, Item, Observer, Outcome};
use pffkit::mapi::{PropTag, Props, Value};
use pffkit::mt::object::{
    Folder, Frame, Header, MAPI_FOLDER, Message, MessageFrame, NamedProperty, Parent, UNANCHORED,
};
use pffkit::mt::{Encoded, Reader, Writer};
use rusqlite::Connection;

/// The database of the mailbox in `dir`.
pub fn database(dir: &Path) -> Connection {
    Connection::open(dir.join("exmdb/exchange.sqlite3")).unwrap()
}

/// The one number that `sql` gives.
pub fn number(db: &Connection, sql: &str) -> i64 {
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// The column of texts that `sql` gives.
pub fn texts(db: &Connection, sql: &str) -> Vec<String> {
    let mut query = db.prepare(sql).unwrap();
    query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// A stream of `frames`.
pub fn stream(header: &Header, frames: Vec<Frame<'_>>) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), header).unwrap();
    for frame in frames {
        writer.write(&Encoded::frame(&frame).unwrap()).unwrap();
    }
    writer.finish().unwrap()
}

pub fn props<'a>(list: impl IntoIterator<Item = (u32, Value<'a>)>) -> Props<'a> {
    list.into_iter().map(|(tag, value)| (PropTag(tag), value)).collect()
}

pub fn in_folder(nid: u64) -> Parent {
    Parent { kind: MAPI_FOLDER, nid }
}

pub fn folder(nid: u64, parent: u64, name: &str) -> Frame<'_> {
    let props = props([(0x3001_001F, Value::str(name))]);
    Frame::Folder(Folder { nid, parent: in_folder(parent), props, acl: Vec::new() })
}

pub fn message<'a>(nid: u64, parent: u64, list: impl IntoIterator<Item = (u32, Value<'a>)>) -> Frame<'a> {
    whole_message(nid, parent, Message { props: props(list), ..Message::default() })
}

pub fn whole_message(nid: u64, parent: u64, message: Message<'_>) -> Frame<'_> {
    Frame::Message(MessageFrame { nid, parent: in_folder(parent), message, rfc822: b""[..].into() })
}

pub fn named(tag: u32, name: pffkit::mapi::PropName) -> Frame<'static> {
    Frame::NamedProperty(NamedProperty { tag: PropTag(tag), name })
}

/// What was said about an import.
#[derive(Default)]
pub struct Log {
    pub items: Vec<Item>,
}

impl Observer for Log {
    fn item(&mut self, item: &Item) {
        self.items.push(item.clone());
    }
}

pub fn options() -> Options {
    Options { user_id: Some(5), domain: "example.com".to_owned() }
}

/// Imports `stream` into the mailbox in `dir`.
pub fn import(dir: &Path, stream: &[u8], options: ImportOptions) -> (Outcome, Vec<Item>) {
    let store = RefCell::new(Store::open(dir, self::options()).unwrap());
    let mut log = Log::default();
    let mut reader = Reader::new(stream).unwrap();
    let outcome = Import::new(&store, options, &mut log).run(&mut reader, &|| false);
    (outcome, log.items)
}

/// Imports `frames`, which must go without an error or a report.
pub fn import_frames(dir: &Path, frames: Vec<Frame<'_>>) {
    let (outcome, items) = import(dir, &stream(&Header::default(), frames), ImportOptions::default());
    assert!(outcome.error.is_none(), "{:?}", outcome.error);
    assert!(items.is_empty(), "{items:?}");
}

/// The mailbox in `dir` has no problem.
pub fn assert_sound(dir: &Path) {
    let problems = Mailbox::open(dir).unwrap().check().unwrap();
    assert!(problems.is_empty(), "{problems:?}");
}

/// No parent.
pub const NOWHERE: u64 = UNANCHORED;
