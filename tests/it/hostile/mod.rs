//! Files and streams that are made to do harm: each is read to an end, within its limits, and what is left out is told.

mod blocks;
mod contexts;
mod embedded;
mod streams;

use std::io::Cursor;

use pffkit::damage::{Effect, Finding, Findings};
use pffkit::limits::{Limit, Limits};
use pffkit::ltp::write::{TextEncoding, write_properties};
use pffkit::mapi::{PropTag, Value};
use pffkit::messaging::Store;
use pffkit::mt::from_pff::{Item, Observer, Options, Totals, export};
use pffkit::ndb::crypt::CryptMethod;
use pffkit::ndb::write::{self, Writer};
use pffkit::ndb::{Bid, Database, Format, Nid, NidType};

use crate::support::diff::Stream;

/// The first message of a file.
const MESSAGE: Nid = Nid::new(NidType::NORMAL_MESSAGE, 0x8001);

/// A file of bare nodes. What no writer of whole stores would write, its blocks can be made to say.
fn file(format: Format, fill: impl FnOnce(&mut Writer<'_>)) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    let compress = format == Format::Unicode4k;
    let options = write::Options { format, crypt: CryptMethod::None, compress, ..write::Options::default() };
    let mut ndb = Writer::new(&mut out, options).unwrap();
    fill(&mut ndb);
    ndb.finish().unwrap();
    out.into_inner()
}

/// Writes a property context of message `subject` with `more`; its data and its subnodes, which are not written yet.
fn message(
    ndb: &mut Writer<'_>,
    subject: &str,
    more: Vec<(PropTag, Value<'static>)>,
) -> pffkit::ltp::write::NodeContent {
    let mut props =
        vec![(PropTag(0x001A_001F), Value::str("IPM.Note")), (PropTag(0x0037_001F), Value::str(subject.to_owned()))];
    props.extend(more);
    write_properties(ndb, TextEncoding::Unicode, &props, None).unwrap()
}

/// The id of the internal block that is the `n`th to be written after `last`.
fn internal_after(last: Bid, n: u64) -> Bid {
    Bid(((last.0 & !3) + 4 * n) | 2)
}

/// What an export came to.
struct Read {
    stream: Stream,
    totals: Totals,
    findings: Vec<Finding>,
}

impl Read {
    /// The only finding of `structure` in a message.
    #[track_caller]
    fn one(&self, structure: &str) -> &Finding {
        let found: Vec<_> = self.findings.iter().filter(|f| f.structure == structure).collect();
        assert_eq!(found.len(), 1, "{structure}: {:#?}", self.findings);
        found[0]
    }
}

/// The findings of messages. Of folders there are others: the files have none.
struct Collect(Vec<Finding>);

impl Observer for Collect {
    fn item(&mut self, item: &Item) {
        if Nid(item.nid).typ() == NidType::NORMAL_MESSAGE {
            self.0.extend(item.findings.iter().cloned());
        }
    }
    fn notice(&mut self, _: &Item) {}
}

/// Exports `data`, with the limits that `set` names.
fn read(data: &[u8], set: &[&str]) -> Read {
    let set: Vec<Limit> = set.iter().map(|limit| limit.parse().unwrap()).collect();
    let findings = Findings::new();
    let db = Database::open(data, Limits::with(&set), &findings).unwrap();
    let store = Store::open(&db, None, &findings);
    let mut collect = Collect(Vec::new());
    let (stream, totals) = export(&store, &Options::new("root"), &findings, Vec::new(), &mut collect).unwrap();
    assert_eq!(totals.found, totals.whole + totals.part + totals.missing);
    Read { stream: Stream::read(&stream), totals, findings: collect.0 }
}

/// `finding` is a loss whose texts are `expected` and `found`.
#[track_caller]
fn assert_lost(finding: &Finding, expected: &str, found: &str) {
    assert_eq!((finding.effect, finding.expected.as_str(), finding.found.as_str()), (Effect::Lost, expected, found));
}
