//! Deleted items: which nodes of older pages are deleted ones, and, where they are asked for, all that is left of others.

use std::collections::{BTreeMap, HashSet};

use super::marks::{Marks, OF_MESSAGE};
use super::messages::free_nids;
use super::orphans::Orphans;
use super::{DELETED, is_missing, put};
use crate::damage::{Effect, Findings};
use crate::ltp::{PropertyContext, TableContext};
use crate::mapi::Value;
use crate::ndb::{Arena, Bid, Database, Nid, NidType, Node, Recover, Scope, index::Doubt};

/// Takes out the messages that only damaged or older pages name and that the table of their folder does not list.
/// With [`Recover::Deleted`] they are kept as what they are.
pub(super) fn drop_unlisted(db: &mut Database<'_>, recover: Recover) {
    let mut doubtful: BTreeMap<(Nid, NidType), BTreeMap<Nid, Doubt>> = BTreeMap::new();
    for (node, doubt) in db.index().into_iter().flat_map(|i| i.doubtful()) {
        if let Some(table) = table_of(node.nid.typ()) {
            doubtful.entry((node.parent, table)).or_default().insert(node.nid, doubt);
        }
    }
    for ((folder, table), nids) in doubtful {
        for nid in unlisted(db, folder.with_type(table), nids) {
            give_up(db, nid, recover);
        }
    }
}

/// Takes out message `nid`, which is a deleted one. With [`Recover::Deleted`] it is kept as what it is.
pub(super) fn give_up(db: &mut Database<'_>, nid: Nid, recover: Recover) {
    let node = db.node(nid, &Findings::new()).ok().flatten();
    if let Some(index) = db.index_mut() {
        index.remove(nid);
    }
    if let Some(node) = node.filter(|_| recover == Recover::Deleted && nid.typ() == NidType::NORMAL_MESSAGE) {
        put(db, nid, node.data, node.sub, DELETED, Doubt::Deleted);
    }
}

fn table_of(message: NidType) -> Option<NidType> {
    match message {
        NidType::NORMAL_MESSAGE => Some(NidType::CONTENTS_TABLE),
        NidType::ASSOC_MESSAGE => Some(NidType::ASSOC_CONTENTS_TABLE),
        _ => None,
    }
}

/// Those of `nids` that the table in node `table` proves to be deleted: it is in use, all of it can be read, and it does not list them.
/// A table with a wrong CRC may have lost rows. So it proves nothing of what the current tree names, nor of a node that a row without
/// one may have named before a byte of it was changed.
fn unlisted(db: &Database<'_>, table: Nid, mut nids: BTreeMap<Nid, Doubt>) -> Vec<Nid> {
    let (arena, findings) = (Arena::new(), Findings::new());
    let scope = Scope { db, arena: &arena, findings: &findings };
    let in_use = |n: &Node| db.index().is_some_and(|index| index.is_in_use(n.data));
    let Some(node) = db.node(table, &Findings::new()).ok().flatten().filter(in_use) else { return Vec::new() };
    let mut strange = Vec::new();
    let read = TableContext::open(scope, node.data, node.sub).and_then(|table| {
        table.row_ids(|row| {
            if nids.remove(&Nid(row.id)).is_none() && is_missing(db, Nid(row.id)) {
                strange.push(row.id);
            }
        })
    });
    if read.is_err() || findings.worst() == Some(Effect::Lost) {
        return Vec::new();
    }
    let whole = findings.worst() < Some(Effect::Altered);
    nids.retain(|nid, doubt| {
        let was_row = strange.iter().any(|row| differ_in_one_byte(*row, nid.0));
        whole || !(was_row || matches!(doubt, Doubt::Damaged(_)))
    });
    nids.into_keys().collect()
}

fn differ_in_one_byte(a: u32, b: u32) -> bool {
    a.to_le_bytes().iter().zip(b.to_le_bytes()).filter(|(a, b)| **a != *b).count() == 1
}

/// Puts what is left of deleted messages into a folder of their own, each once and none that is there as a live one: the messages that
/// older pages name, then those that nothing but their blocks tells of, the newest first.
pub(super) fn restore(db: &mut Database<'_>, orphans: &Orphans) {
    let quiet = Findings::new();
    let messages = db.nodes(&quiet).filter(|n| n.nid.typ() == NidType::NORMAL_MESSAGE);
    let mut known: HashSet<u64> = messages.filter_map(|n| identity(db, n.data, n.sub)).collect();
    let named: Vec<Node> = db.index().map(|i| i.deleted().to_vec()).unwrap_or_default();
    let with_node: HashSet<Bid> = named.iter().map(|n| n.data).collect();
    let without =
        orphans.gone.iter().filter(|o| !o.associated && !with_node.contains(&o.data)).map(|o| (None, o.data, o.sub));
    let gone: Vec<_> = named.iter().map(|n| (Some(n.nid), n.data, n.sub)).chain(without).collect();
    let mut free = free_nids(db);
    for (nid, data, sub) in gone {
        if !identity(db, data, sub).is_some_and(|id| known.insert(id)) {
            continue;
        }
        if let Some(nid) = nid.or_else(|| free.next()) {
            put(db, nid, data, sub, DELETED, Doubt::Deleted);
        }
    }
}

/// PidTagSearchKey and PidTagCreationTime: a message keeps both when it is changed.
const IDENTITY: [u16; 2] = [0x300B, 0x3007];

/// A number that is the same for all states of one message; `None` where there is no message.
fn identity(db: &Database<'_>, data: Bid, sub: Bid) -> Option<u64> {
    let (arena, findings) = (Arena::new(), Findings::new());
    let scope = Scope { db, arena: &arena, findings: &findings };
    let pc = PropertyContext::open(scope, data, sub).ok()?;
    let of = |id| pc.find(id).and_then(|p| pc.value(p).ok());
    match IDENTITY.map(of) {
        [Some(Value::Bin(key)), created] => {
            Some(xxhash_rust::xxh3::xxh3_64(&[&key, format!("{created:?}").as_bytes()].concat()))
        }
        _ => Some(Marks::of_object(&pc, &OF_MESSAGE).identity()),
    }
}
