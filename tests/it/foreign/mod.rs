//! Files as other programs leave them, and with damage to a byte or two: what is there comes out, and what is odd is told.

mod ltp;
mod messaging;
mod ndb;
mod tree;

use pffkit::damage::{Effect, Finding, Findings};
use pffkit::limits::Limits;
use pffkit::mapi::{PropTag, Value};
use pffkit::messaging::Store;
use pffkit::mt::from_pff::{Item, Observer, Options, Totals, export};
use pffkit::mt::object::Message;
use pffkit::ndb::crypt::CryptMethod;
use pffkit::ndb::{Arena, Bid, Database, Format, Nid, Scope, Subnode, Subnodes};

use crate::recipes::build::{self, file};
use crate::recipes::patch::Patch;
use crate::support::diff::Stream;

/// The only message of a file.
const MESSAGE: u32 = 0x20_0024;

/// A file of 512-byte pages that is not obscured.
fn sound(fill: impl FnOnce(&mut build::Store<'_>)) -> Patch {
    Patch(file(Format::Unicode, CryptMethod::None, fill))
}

/// Subnode `nid` of a node or subnode with the subnodes `sub`.
fn subnode(file: &Patch, sub: Bid, nid: Nid) -> Subnode {
    file.with(|db| {
        let (arena, findings) = (Arena::new(), Findings::new());
        let scope = Scope { db, arena: &arena, findings: &findings };
        let found = Subnodes::new(scope, sub).find(nid);
        found.unwrap()
    })
}

/// What an export came to, and all that is told of the file and of what is in it.
struct Read {
    stream: Stream,
    totals: Totals,
    findings: Vec<Finding>,
}

struct Collect(Vec<Finding>);

impl Observer for Collect {
    fn item(&mut self, item: &Item) {
        self.0.extend(item.findings.iter().cloned());
    }
    fn notice(&mut self, item: &Item) {
        self.item(item);
    }
}

/// What comes out of `data`, where the user names the code page `charset`.
fn read(data: &[u8], charset: Option<u32>) -> Read {
    let findings = Findings::new();
    let db = Database::open(data, Limits::default(), &findings).unwrap();
    let store = Store::open(&db, charset, &findings);
    let mut collect = Collect(findings.take());
    let (stream, totals) = export(&store, &Options::new("root"), &findings, Vec::new(), &mut collect).unwrap();
    assert_eq!(totals.found, totals.whole + totals.part + totals.missing);
    Read { stream: Stream::read(&stream), totals, findings: collect.0 }
}

impl Read {
    /// The message.
    fn message(&self) -> &Message<'static> {
        &self.stream.messages[&u64::from(MESSAGE)].message
    }

    /// The only finding of `structure`.
    #[track_caller]
    fn one(&self, structure: &str) -> &Finding {
        let found: Vec<_> = self.findings.iter().filter(|f| f.structure == structure).collect();
        assert_eq!(found.len(), 1, "{structure}: {:#?}", self.findings);
        found[0]
    }

    /// The value of `tag` of the message, as text.
    fn value(&self, tag: u32) -> Option<String> {
        let value = self.message().props.get(PropTag(tag))?;
        Some(value.as_str().map_or_else(|| format!("{value:?}"), str::to_owned))
    }

    /// What is told: effects and structures.
    fn told(&self) -> Vec<(Effect, &str)> {
        self.findings.iter().map(|f| (f.effect, &*f.structure)).collect()
    }
}

/// What comes out of `file`.
fn out(file: &Patch) -> Read {
    read(&file.0, None)
}

/// The bytes of a value that is kept as such.
fn bytes_of(value: Option<&Value<'_>>) -> Vec<u8> {
    match value {
        Some(Value::Bin(bytes)) => bytes.to_vec(),
        Some(Value::Stream(stream)) => stream.to_vec().unwrap(),
        other => panic!("{other:?}"),
    }
}
