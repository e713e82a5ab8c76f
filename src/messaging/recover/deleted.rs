//! Deleted items: which nodes of older pages are deleted ones, and, where they are asked for, all that is left of others.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::marks::{Marks, OF_MESSAGE};
use super::messages::free_nids;
use super::orphans::Orphans;
use super::{DELETED, put};
use crate::damage::{Effect, Findings};
use crate::ltp::{PropertyContext, TableContext};
use crate::mapi::Value;
use crate::ndb::{Arena, Bid, Database, Nid, NidType, Node, Recover, Scope, index::Doubt};

/// Takes out the messages that only damaged or older pages name and that the table of their folder, which can be read, does not list.
/// With [`Recover::Deleted`] they are kept as what they are.
pub(super) fn drop_unlisted(db: &mut Database<'_>, recover: Recover) {
    let mut doubtful: BTreeMap<(Nid, NidType), BTreeSet<Nid>> = BTreeMap::new();
    for node in db.index().into_iter().flat_map(|i| i.doubtful()) {
        if let Some(table) = table_of(node.nid.typ()) {
            doubtful.entry((node.parent, table)).or_default().insert(node.nid);
        }
    }
    for ((folder, table), mut nids) in doubtful {
        if !strike_listed(db, folder.with_type(table), &mut nids) {
            continue;
        }
        for nid in nids {
            let node = db.node(nid, &Findings::new()).ok().flatten();
            if let Some(index) = db.index_mut() {
                index.remove(nid);
            }
            if let Some(node) = node.filter(|_| recover == Recover::Deleted && nid.typ() == NidType::NORMAL_MESSAGE) {
                put(db, nid, node.data, node.sub, DELETED, Doubt::Deleted);
            }
        }
    }
}

fn table_of(message: NidType) -> Option<NidType> {
    match message {
        NidType::NORMAL_MESSAGE => Some(NidType::CONTENTS_TABLE),
        NidType::ASSOC_MESSAGE => Some(NidType::ASSOC_CONTENTS_TABLE),
        _ => None,
    }
}

/// Takes out of `nids` what the table in node `table` lists. Says whether the table can be trusted: it is not damaged.
fn strike_listed(db: &Database<'_>, table: Nid, nids: &mut BTreeSet<Nid>) -> bool {
    let (arena, findings) = (Arena::new(), Findings::new());
    let scope = Scope { db, arena: &arena, findings: &findings };
    let Ok(Some(node)) = db.node(table, &findings) else { return false };
    let read = TableContext::open(scope, node.data, node.sub).and_then(|table| {
        table.row_ids(|row| {
            nids.remove(&Nid(row.id));
        })
    });
    read.is_ok() && findings.worst() <= Some(Effect::Notice)
}

/// Puts what is left of deleted messages into a folder of their own, each once and none that is there as a live one: the messages that
/// older pages name, then those that nothing but their blocks tells of, the newest first.
pub(super) fn restore(db: &mut Database<'_>, orphans: &mut Orphans) {
    let quiet = Findings::new();
    let messages = db.nodes(&quiet).filter(|n| n.nid.typ() == NidType::NORMAL_MESSAGE);
    let mut known: HashSet<u64> = messages.filter_map(|n| identity(db, n.data, n.sub)).collect();
    let named: Vec<Node> = db.index().map(|i| i.deleted().to_vec()).unwrap_or_default();
    let mut gone: Vec<(Option<Nid>, Bid, Bid)> = named.iter().map(|n| (Some(n.nid), n.data, n.sub)).collect();
    let with_node: HashSet<Bid> = named.iter().map(|n| n.data).collect();
    orphans.gone.sort_by_key(|(data, _)| std::cmp::Reverse(*data));
    gone.extend(orphans.gone.iter().filter(|(data, _)| !with_node.contains(data)).map(|(data, sub)| (None, *data, *sub)));
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
