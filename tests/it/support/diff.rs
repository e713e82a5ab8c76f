//! Two streams compared by meaning: objects by their ids, named properties by their names, embedded messages by their place.

use std::collections::{BTreeMap, BTreeSet};

use pffkit::mapi::{PropTag, Props, Value};
use pffkit::mt::object::{Attachment, Folder, Frame, Header, Message, MessageFrame};
use pffkit::mt::{NameMap, Reader};

/// A stream, decoded.
pub struct Stream {
    pub header: Header,
    pub names: NameMap,
    pub folders: BTreeMap<u64, Folder<'static>>,
    pub messages: BTreeMap<u64, MessageFrame<'static>>,
}

impl Stream {
    pub fn read(bytes: &[u8]) -> Self {
        let mut reader = Reader::new(bytes).unwrap();
        let mut stream = Self {
            header: reader.header().clone(),
            names: NameMap::new(reader.header()),
            folders: BTreeMap::new(),
            messages: BTreeMap::new(),
        };
        while let Some(frame) = reader.next_frame().unwrap() {
            match frame {
                Frame::Folder(f) => assert!(stream.folders.insert(f.nid, f).is_none(), "a folder twice"),
                Frame::Message(m) => assert!(stream.messages.insert(m.nid, m).is_none(), "a message twice"),
                Frame::NamedProperty(p) => stream.names.define(p),
            }
        }
        stream
    }
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// `header`, `folder map`, `folder`, `message`, `embedded`, `recipient`, `attachment`.
    pub kind: &'static str,
    /// The object, and the place in it.
    pub place: String,
    /// The property (`0037001f`, `{set}/{name}:001f`), or `#` and what else is compared.
    pub prop: String,
    /// What is in ours, and in theirs.
    pub ours: Option<String>,
    pub theirs: Option<String>,
}

/// Everything in which `ours` differs from `theirs`.
pub fn diff(ours: &Stream, theirs: &Stream) -> Vec<Row> {
    let mut d = Diff { a: ours, b: theirs, rows: Vec::new() };
    d.value("header", "", "#splice", &ours.header.splice, &theirs.header.splice);
    d.value("header", "", "#public", &ours.header.public, &theirs.header.public);
    let map = |s: &Stream| -> BTreeMap<u64, String> {
        let entry = |e: &pffkit::mt::object::FolderMapEntry| format!("{} {:#x} {}", e.create, e.target, e.name);
        s.header.folder_map.iter().map(|e| (e.nid, entry(e))).collect()
    };
    d.maps("folder map", "#entry", &map(ours), &map(theirs));
    for (nid, pair) in pairs(&ours.folders, &theirs.folders) {
        let place = format!("{nid:#x}");
        if let Some((f, g)) = d.both("folder", &place, pair) {
            d.value("folder", &place, "#parent", &f.parent, &g.parent);
            d.props("folder", &place, &f.props, &g.props);
        }
    }
    for (nid, pair) in pairs(&ours.messages, &theirs.messages) {
        let place = format!("{nid:#x}");
        if let Some((m, n)) = d.both("message", &place, pair) {
            d.value("message", &place, "#parent", &m.parent, &n.parent);
            d.message("message", &place, &m.message, &n.message);
        }
    }
    d.rows
}

struct Diff<'s> {
    a: &'s Stream,
    b: &'s Stream,
    rows: Vec<Row>,
}

type Pair<'s, T> = (Option<&'s T>, Option<&'s T>);

fn pairs<'s, T>(a: &'s BTreeMap<u64, T>, b: &'s BTreeMap<u64, T>) -> Vec<(u64, Pair<'s, T>)> {
    let keys: BTreeSet<u64> = a.keys().chain(b.keys()).copied().collect();
    keys.into_iter().map(|k| (k, (a.get(&k), b.get(&k)))).collect()
}

impl<'s> Diff<'s> {
    fn row(&mut self, kind: &'static str, place: &str, prop: &str, ours: Option<String>, theirs: Option<String>) {
        self.rows.push(Row { kind, place: place.to_owned(), prop: prop.to_owned(), ours, theirs });
    }

    fn value<T: PartialEq + std::fmt::Debug>(&mut self, kind: &'static str, place: &str, prop: &str, a: &T, b: &T) {
        if a != b {
            self.row(kind, place, prop, Some(format!("{a:?}")), Some(format!("{b:?}")));
        }
    }

    fn both<T>(&mut self, kind: &'static str, place: &str, pair: Pair<'s, T>) -> Option<(&'s T, &'s T)> {
        let there = |o: Option<&T>| o.map(|_| "there".to_owned());
        match pair {
            (Some(a), Some(b)) => Some((a, b)),
            (a, b) => {
                self.row(kind, place, "#object", there(a), there(b));
                None
            }
        }
    }

    fn maps<K: Ord + std::fmt::Debug>(
        &mut self,
        kind: &'static str,
        prop: &str,
        a: &BTreeMap<K, String>,
        b: &BTreeMap<K, String>,
    ) {
        for key in a.keys().chain(b.keys()).collect::<BTreeSet<_>>() {
            if a.get(key) != b.get(key) {
                self.row(kind, &format!("{key:?}"), prop, a.get(key).cloned(), b.get(key).cloned());
            }
        }
    }

    fn props(&mut self, kind: &'static str, place: &str, a: &Props<'_>, b: &Props<'_>) {
        let (a, b) = (by_name(a, &self.a.names), by_name(b, &self.b.names));
        for key in a.keys().chain(b.keys()).collect::<BTreeSet<_>>() {
            if a.get(key) != b.get(key) {
                self.row(kind, place, key, a.get(key).cloned(), b.get(key).cloned());
            }
        }
    }

    fn message(&mut self, kind: &'static str, place: &str, a: &Message<'_>, b: &Message<'_>) {
        self.props(kind, place, &a.props, &b.props);
        self.value(kind, place, "#recipients", &a.recipients.len(), &b.recipients.len());
        for (i, (r, s)) in a.recipients.iter().zip(&b.recipients).enumerate() {
            self.props("recipient", &format!("{place}/to{i}"), r, s);
        }
        self.value(kind, place, "#attachments", &a.attachments.len(), &b.attachments.len());
        for (i, (x, y)) in a.attachments.iter().zip(&b.attachments).enumerate() {
            self.attachment(&format!("{place}/att{i}"), x, y);
        }
    }

    fn attachment(&mut self, place: &str, a: &Attachment<'_>, b: &Attachment<'_>) {
        self.props("attachment", place, &a.props, &b.props);
        match (&a.embedded, &b.embedded) {
            (Some(m), Some(n)) => self.message("embedded", place, m, n),
            (a, b) => self.value("attachment", place, "#embedded", &a.is_some(), &b.is_some()),
        }
    }
}

/// The properties by name, or by tag where they have none; values as text.
fn by_name(props: &Props<'_>, names: &NameMap) -> BTreeMap<String, String> {
    let key = |tag: PropTag| match names.get(tag).filter(|_| tag.is_named()) {
        Some(name) => format!("{name}:{:04x}", tag.typ().0),
        None => format!("{:08x}", tag.0),
    };
    props.iter().map(|(tag, value)| (key(*tag), text(value))).collect()
}

/// A value as text that is equal where the values are; long ones by their length and a checksum.
fn text(value: &Value<'_>) -> String {
    let bytes = |b: &[u8]| format!("{} bytes {:032x}", b.len(), xxhash_rust::xxh3::xxh3_128(b));
    match value {
        Value::Bin(b) => bytes(b),
        Value::Stream(s) => bytes(&s.to_vec().unwrap()),
        Value::Str(s) => format!("{s:?}"),
        other => format!("{other:?}"),
    }
}
