//! Files and streams that are made to do harm: each is read to an end, within its limits, and what is left out is told. The files are
//! fixtures, but for those of 4 KiB pages, which are never small.

mod blocks;
mod contexts;
mod embedded;
mod streams;

use pffkit::damage::{Effect, Finding, Findings};
use pffkit::limits::{Limit, Limits};
use pffkit::messaging::{Store, audit};
use pffkit::mt::from_pff::{Item, Observer, Options, Totals, export};
use pffkit::ndb::{Database, Nid, NidType};

use crate::recipes::FIXTURES;
use crate::support::diff::Stream;
use crate::support::fixture;

/// The bytes of the fixture `damaged/{name}.pst`.
fn damaged(name: &str) -> Vec<u8> {
    std::fs::read(fixture(&format!("damaged/{name}.pst"))).unwrap()
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

/// What is checked beyond what reading needs comes to an end, too.
#[test]
fn a_check_of_each_comes_to_an_end() {
    let mut checked = 0;
    for (name, _) in FIXTURES.iter().filter(|(name, _)| name.starts_with("damaged/")) {
        let data = std::fs::read(fixture(name)).unwrap();
        let findings = Findings::new();
        let Ok(db) = Database::open(&data, Limits::default(), &findings) else { continue };
        audit::audit(&Store::open(&db, None, &findings));
        checked += 1;
    }
    assert_eq!(checked, 28, "all but those that are cut or empty");
}
