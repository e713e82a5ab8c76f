//! Messages that the contents tables list, or whose blocks are in use, and that no page has.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::RECOVERED;
use super::marks::{Marks, Matcher, OF_MESSAGE};
use super::orphans::Orphans;
use super::put;
use super::tables::Table;
use crate::damage::Findings;
use crate::ltp::PropertyContext;
use crate::ndb::{Arena, Bid, Database, Nid, NidType, Node, Scope, index::Doubt};

/// Gives them their nodes back. Those that nothing speaks for stay with the orphans.
pub(super) fn restore(db: &mut Database<'_>, orphans: &mut Orphans, tables: &[Table]) {
    let rows = rows(tables);
    let mut messages = std::mem::take(&mut orphans.messages);
    // Of two that a row may stand for, the one that is in use is it.
    let in_use = |db: &Database<'_>, data: Bid| db.index().is_some_and(|index| index.is_in_use(data));
    messages.sort_by_key(|m| (!in_use(db, m.data), m.data));
    let mut candidates: Vec<(Bid, Bid)> = messages.iter().map(|m| (m.data, m.sub)).collect();
    let mut marks: Vec<Marks> = messages.iter().map(|m| m.marks).collect();
    if !rows.is_empty() {
        for (node, of_node) in shared(db) {
            candidates.push((node.data, node.sub));
            marks.push(of_node);
        }
    }
    let mut matcher = Matcher::new(marks);
    let mut unmatched = Vec::new();
    for (nid, (owner, marks)) in &rows {
        match matcher.find(marks) {
            Some(i) => put(db, *nid, candidates[i].0, candidates[i].1, *owner, Doubt::Orphan),
            None => unmatched.push((*nid, *owner)),
        }
    }
    by_references(db, &candidates, unmatched);
    let left: HashSet<usize> = matcher.left().collect();
    let mut free = free_nids(db);
    for (_, message) in messages.into_iter().enumerate().filter(|(i, _)| left.contains(i)) {
        let typ = if message.associated { NidType::ASSOC_MESSAGE } else { NidType::NORMAL_MESSAGE };
        if !in_use(db, message.data) {
            orphans.gone.push(message);
        } else if let Some(nid) = free.next() {
            put(db, nid.with_type(typ), message.data, message.sub, RECOVERED, Doubt::Orphan);
        }
    }
}

/// Gives the nodes `rows`, of whose rows nothing but the id can be read, to the one message that more nodes refer to than are known,
/// by its blocks' counts of references. Where there are several such messages nothing tells which it is. The counts of the current
/// tree come first; those of older pages say at least which messages had copies.
fn by_references(db: &mut Database<'_>, candidates: &[(Bid, Bid)], mut rows: Vec<(Nid, Nid)>) {
    for older in [false, true] {
        let found = if rows.is_empty() { None } else { with_unknown_nodes(db, candidates, older) };
        let Some(((data, sub), count)) = found else { continue };
        for (nid, owner) in rows.drain(..count.min(rows.len())) {
            put(db, nid, data, sub, owner, Doubt::Orphan);
        }
    }
}

/// The only one of `candidates` that more nodes have than are known, and how many more; by the counts of the current tree or by `older` ones.
fn with_unknown_nodes(db: &Database<'_>, candidates: &[(Bid, Bid)], older: bool) -> Option<((Bid, Bid), usize)> {
    let quiet = Findings::new();
    let mut known: HashMap<Bid, usize> = HashMap::new();
    db.nodes(&quiet).for_each(|n| *known.entry(n.data).or_default() += 1);
    let refs = |data: Bid| match older {
        false => db.block_ref(data, &quiet).ok().flatten().map_or(0, |b| usize::from(b.refs)),
        true => db.index().and_then(|index| index.older_count(data)).filter(|refs| *refs > 2).unwrap_or(0),
    };
    // One reference is that of the tree.
    let unknown = |data: Bid| refs(data).saturating_sub(1).saturating_sub(known.get(&data).copied().unwrap_or(0));
    let missed: BTreeMap<Bid, Bid> = candidates.iter().copied().filter(|(data, _)| unknown(*data) > 0).collect();
    let (data, sub) = missed.first_key_value().filter(|_| missed.len() == 1)?;
    Some(((*data, *sub), unknown(*data)))
}

/// The rows of all tables whose nodes are missing, with their folders.
fn rows(tables: &[Table]) -> BTreeMap<Nid, (Nid, Marks)> {
    let mut rows = BTreeMap::new();
    for table in tables {
        let owner = table.owner.unwrap_or(RECOVERED);
        for (nid, marks) in &table.missing {
            rows.entry(*nid).or_insert((owner, *marks));
        }
    }
    rows
}

/// Ids that no node has, from the highest down.
pub(super) fn free_nids(db: &Database<'_>) -> impl Iterator<Item = Nid> + use<> {
    let quiet = Findings::new();
    let messages = db.nodes(&quiet).map(|n| n.nid).filter(|nid| nid.typ() == NidType::NORMAL_MESSAGE);
    let highest = messages.map(Nid::index).filter(|i| *i < MADE_UP).max().unwrap_or(0);
    (highest.max(MADE_UP)..0x07FF_FFF0).map(|i| Nid::new(NidType::NORMAL_MESSAGE, i))
}

/// Outlook counts from 0x10000 on and does not get here.
const MADE_UP: u32 = 0x0600_0000;

/// The messages whose blocks more than one node may have: copies of a message share them.
fn shared(db: &Database<'_>) -> Vec<(Node, Marks)> {
    let quiet = Findings::new();
    let messages = db.nodes(&quiet).filter(|n| n.nid.typ() == NidType::NORMAL_MESSAGE);
    // One reference is that of the tree. Where the tree is lost the number is not known (0).
    let is_shared = |bid: Bid| db.block_ref(bid, &quiet).ok().flatten().is_some_and(|b| b.refs == 0 || b.refs > 2);
    messages
        .filter(|n| is_shared(n.data))
        .filter_map(|n| {
            let (arena, findings) = (Arena::new(), Findings::new());
            let scope = Scope { db, arena: &arena, findings: &findings };
            let pc = PropertyContext::open(scope, n.data, n.sub).ok()?;
            Some((n, Marks::of_object(&pc, &OF_MESSAGE)))
        })
        .collect()
}
