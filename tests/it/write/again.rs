//! Every message of the corpus, written again and read again.

use std::collections::HashSet;
use std::io::Cursor;

use pffkit::damage::Findings;
use pffkit::limits::Limits;
use pffkit::mapi::tag::pr;
use pffkit::mapi::{Props, Value};
use pffkit::messaging::write::nid::IPM_SUBTREE;
use pffkit::messaging::write::{StoreOptions, StoreWriter};
use pffkit::messaging::{Attachment, Message, Store};
use pffkit::mt::object;
use pffkit::ndb::write::Options;
use pffkit::ndb::{Arena, Database, Format, NidType, Scope};

use crate::recipes::build::{options, store_options};
use crate::support::corpus;

/// What the format demands of every object: added where a message comes without.
const ADDED: [u16; 7] = [0x001A, 0x0E07, 0x0E08, 0x0E17, 0x300B, 0x0E20, 0x370B];

#[test]
fn messages_of_the_corpus_come_back() {
    let Some(corpus) = corpus() else { return };
    let (mut messages, mut files) = (0, 0);
    let mut paths: Vec<_> = std::fs::read_dir(corpus).unwrap().map(|e| e.unwrap().path()).collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "pst" || e == "ost"));
    paths.sort();
    for path in paths {
        let file = std::fs::read(&path).unwrap();
        let findings = Findings::new();
        let Ok(db) = Database::open(&file, Limits::default(), &findings) else { continue };
        let store = Store::open(&db, None, &findings);
        let mut out = Cursor::new(Vec::new());
        let mut writer = StoreWriter::new(&mut out, &options_of(files)).unwrap();
        let mut pairs = Vec::new();
        for node in db.nodes(&findings) {
            let arena = Arena::new();
            let scope = Scope { db: &db, arena: &arena, findings: &findings };
            let add = match node.nid.typ() {
                NidType::NORMAL_MESSAGE => StoreWriter::add_message,
                NidType::ASSOC_MESSAGE => StoreWriter::add_associated,
                _ => continue,
            };
            if let Ok(message) = store.message(scope, node.nid) {
                pairs.push((node.nid, add(&mut writer, IPM_SUBTREE, &object_of(message)).unwrap()));
            }
        }
        writer.finish().unwrap();
        let copy = out.into_inner();
        let complaints = Findings::new();
        let copy_db = Database::open(&copy, Limits::default(), &complaints).unwrap();
        let copy_store = Store::open(&copy_db, None, &complaints);
        for (old, new) in &pairs {
            let arena = Arena::new();
            let before = store.message(Scope { db: &db, arena: &arena, findings: &findings }, *old).unwrap();
            let scope = Scope { db: &copy_db, arena: &arena, findings: &complaints };
            compare(&before, &copy_store.message(scope, *new).unwrap(), &format!("{} {old}", path.display()));
        }
        assert_eq!(complaints.take(), [], "{}", path.display());
        messages += pairs.len();
        files += 1;
    }
    // As many as the node B-trees have: 1733 messages and 205 folder-associated ones, in all files that can be opened.
    assert_eq!((files, messages), (130, 1938));
}

/// Every other file is written with 4 KiB pages and compressed blocks.
fn options_of(file: usize) -> StoreOptions<'static> {
    let wide = Options { format: Format::Unicode4k, compress: true, ..options() };
    StoreOptions { file: if file.is_multiple_of(2) { options() } else { wide }, ..store_options() }
}

/// `message` as the writing side takes it. Ids of named properties stay what they are.
fn object_of(message: Message<'_>) -> object::Message<'_> {
    object::Message {
        props: message.props,
        recipients: message.recipients,
        attachments: message.attachments.into_iter().map(attachment_of).collect(),
    }
}

fn attachment_of(attachment: Attachment<'_>) -> object::Attachment<'_> {
    let embedded = attachment.embedded.map(|m| Box::new(object_of(*m)));
    object::Attachment { props: attachment.props, embedded }
}

fn compare(before: &Message<'_>, after: &Message<'_>, place: &str) {
    same_props(&before.props, &after.props, place);
    assert_eq!(before.recipients.len(), after.recipients.len(), "{place}");
    let mut rows = HashSet::new();
    for (before, after) in before.recipients.iter().zip(&after.recipients) {
        // The id of a row is that of the table that it stands in: other readers refuse a table whose index has other ids.
        assert!(after.int(pr::LTP_ROW_ID).is_some_and(|id| rows.insert(id)), "{place}");
        same_props(&without_number(before), &without_number(after), place);
    }
    assert_eq!(before.attachments.len(), after.attachments.len(), "{place}");
    for (before, after) in before.attachments.iter().zip(&after.attachments) {
        same_props(&before.props, &after.props, place);
        match (&before.embedded, &after.embedded) {
            (Some(before), Some(after)) => compare(before, after, place),
            (before, after) => assert_eq!(before.is_some(), after.is_some(), "{place}"),
        }
    }
}

/// `row` without its id and version.
fn without_number<'v>(row: &Props<'v>) -> Props<'v> {
    let mut row = row.clone();
    row.retain(|tag, _| tag != pr::LTP_ROW_ID && tag != pr::LTP_ROW_VER);
    row
}

fn same_props(before: &Props<'_>, after: &Props<'_>, place: &str) {
    // The number and version of a row say where it is in its table.
    for (tag, value) in before.iter().filter(|(tag, _)| ![0x67F2, 0x67F3].contains(&tag.id())) {
        let copy = after.get(*tag);
        assert!(copy.is_some_and(|copy| bytes(value) == bytes(copy)), "{place}: {tag} {value:?} came back as {copy:?}");
    }
    let more: Vec<_> = after.iter().filter(|(t, _)| !before.has_id(t.id()) && !ADDED.contains(&t.id())).collect();
    assert!(more.is_empty(), "{place}: {more:?} came from nowhere");
}

/// A value in a form that can be compared: a binary value is the same in memory and as a stream.
fn bytes(value: &Value<'_>) -> String {
    match value {
        Value::Stream(stream) => format!("{:?}", Value::bin(stream.to_vec().unwrap())),
        other => format!("{other:?}"),
    }
}
