//! Nodes whose parent field and the tables of folders disagree.

use pffkit::damage::Effect::{Altered, Notice};
use pffkit::damage::Findings;
use pffkit::limits::Limits;
use pffkit::messaging::write::nid::IPM_SUBTREE;
use pffkit::messaging::{Census, Store};
use pffkit::mt::from_pff::{Options, export};
use pffkit::ndb::page::PageType;
use pffkit::ndb::{Database, Nid, NidType};

use super::{Collect, Read, out, sound};
use crate::recipes::build::{Item, MONDAY, folder};
use crate::recipes::patch::{Patch, put};

/// The folders of a file, and its messages: two in the first folder, two in the second, one in the folder below that.
const INBOX: Nid = Nid(0x8082);
const SENT: Nid = Nid(0x80A2);
const BELOW: Nid = Nid(0x80C2);
const MAIL: [Nid; 5] = [Nid(0x20_0024), Nid(0x20_0044), Nid(0x20_0064), Nid(0x20_0084), Nid(0x20_00A4)];
/// A folder that is nowhere.
const NOWHERE: Nid = Nid(0x0F_0002);

fn five_mails() -> Patch {
    sound(|store| {
        let inbox = folder(store, IPM_SUBTREE, "Inbox", "IPF.Note");
        let sent = folder(store, IPM_SUBTREE, "Sent", "IPF.Note");
        let below = folder(store, sent, "Below", "IPF.Note");
        assert_eq!([inbox, sent, below], [INBOX, SENT, BELOW]);
        let folders = [inbox, inbox, sent, sent, below];
        let put = |(i, folder): (usize, Nid)| Item::mail(&format!("{i}"), MONDAY).body("Mail.").put(store, folder);
        assert_eq!(folders.into_iter().enumerate().map(put).collect::<Vec<_>>(), MAIL);
    })
}

/// `file` with `parent` in the parent field of `nid`.
fn named(file: Patch, nid: Nid, parent: Nid) -> Patch {
    file.entry(PageType::NBT, u64::from(nid.0), |entry| put(entry, 24, parent.0.to_le_bytes()))
}

/// The row of `row` in the table of `folder` names `other` instead.
fn listed(file: Patch, folder: Nid, row: Nid, other: Nid) -> Patch {
    let table = file.node(folder.with_type(NidType::CONTENTS_TABLE).0).data;
    file.block(table, |h| {
        while let Some(at) = h.windows(4).position(|w| w == row.0.to_le_bytes()) {
            put(h, at, other.0.to_le_bytes());
        }
    })
}

impl Read {
    /// The folders of the messages.
    fn folders(&self) -> Vec<Nid> {
        MAIL.iter().map(|nid| Nid(self.stream.messages[&u64::from(nid.0)].parent.nid as u32)).collect()
    }
}

const RIGHT: [Nid; 5] = [INBOX, INBOX, SENT, SENT, BELOW];

#[test]
fn messages_are_where_the_only_table_lists_them() {
    for parent in [Nid(0), NOWHERE, SENT, BELOW, Nid(0x61)] {
        let read = out(&named(five_mails(), MAIL[0], parent));
        assert_eq!((read.folders(), read.totals.found, read.totals.part), (RIGHT.to_vec(), 5, 1), "{parent}");
        assert_eq!(read.told(), [(Altered, "NBTENTRY.nidParent")], "{parent}");
        assert_eq!(read.one("NBTENTRY.nidParent").nid, Some(MAIL[0].0));
    }
    let file = MAIL.into_iter().fold(five_mails(), |file, nid| named(file, nid, Nid(0)));
    let read = out(&file);
    assert_eq!((read.folders(), read.totals.found, read.totals.part), (RIGHT.to_vec(), 5, 5));
    // Two that name each other's folder.
    let read = out(&named(named(five_mails(), MAIL[0], SENT), MAIL[2], INBOX));
    assert_eq!((read.folders(), read.totals.part), (RIGHT.to_vec(), 2));
}

/// Where more than one table lists a message, or none that can be read, its parent field says where it is.
#[test]
fn messages_are_where_they_say_unless_one_table_knows_better() {
    let read = out(&listed(five_mails(), SENT, MAIL[2], MAIL[0]));
    assert_eq!((read.folders(), read.totals.found, read.totals.whole), (RIGHT.to_vec(), 5, 5));
    assert!(read.told().iter().all(|told| *told == (Notice, "contents table")) && !read.told().is_empty());
    // Two tables list it, and it names neither folder.
    let read = out(&named(listed(five_mails(), SENT, MAIL[2], MAIL[0]), MAIL[0], BELOW));
    assert_eq!((read.folders()[0], read.totals.found, read.totals.whole), (BELOW, 5, 5));
    // The folder that it names has no table.
    let table = u64::from(BELOW.with_type(NidType::CONTENTS_TABLE).0);
    let read = out(&named(five_mails(), MAIL[0], BELOW).without(PageType::NBT, table));
    assert_eq!((read.folders()[0], read.totals.found, read.totals.whole), (BELOW, 5, 5));
}

#[test]
fn folders_are_where_the_only_table_lists_them() {
    for parent in [Nid(0), NOWHERE, INBOX] {
        let file = named(five_mails(), BELOW, parent);
        let read = out(&file);
        assert_eq!(read.stream.folders[&u64::from(BELOW.0)].parent.nid, u64::from(SENT.0), "{parent}");
        assert_eq!((read.folders(), read.totals.whole), (RIGHT.to_vec(), 5));
        assert_eq!(read.told(), [(Altered, "NBTENTRY.nidParent")]);
        let census = file.with(|db| Census::take(db, &Findings::new()));
        assert_eq!((census.of(SENT).folders, census.of(parent).folders), (1, 0));
    }
    // Not below itself.
    let read = out(&named(named(five_mails(), BELOW, NOWHERE), SENT, BELOW));
    assert_eq!((read.folders(), read.totals.found), (RIGHT.to_vec(), 5));
}

/// What hidden folders hold is counted by the folder that lists it.
#[test]
fn messages_of_hidden_folders() {
    let hidden = || {
        sound(|store| {
            let inbox = folder(store, IPM_SUBTREE, "Inbox", "IPF.Note");
            let hidden = folder(store, IPM_SUBTREE, "Hidden", "IPF.Note");
            store.folder_props(hidden).unwrap().set(pffkit::mapi::PropTag(0x10F4_000B), pffkit::mapi::Value::Bool(1));
            for to in [inbox, hidden] {
                Item::mail("One", MONDAY).body("Mail.").put(store, to);
            }
        })
    };
    let counts = |file: Patch| {
        let findings = Findings::new();
        let db = Database::open(&file.0, Limits::default(), &findings).unwrap();
        let store = Store::open(&db, None, &findings);
        let options = Options { hidden: false, ..Options::new("root") };
        let (_, totals) = export(&store, &options, &findings, Vec::new(), &mut Collect(Vec::new())).unwrap();
        (totals.found, totals.hidden_messages + totals.hidden_fai)
    };
    assert_eq!(counts(hidden()), (1, 1));
    for (nid, parent) in [(MAIL[0], SENT), (MAIL[1], INBOX), (MAIL[0], Nid(0)), (MAIL[1], Nid(0))] {
        assert_eq!(counts(named(hidden(), nid, parent)), (1, 1), "{nid} {parent}");
    }
}
