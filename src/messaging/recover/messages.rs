//! Messages that the contents tables list, or whose blocks are in use, and that no page has.

use super::RECOVERED;
use super::marks::{Marks, Matcher, OF_MESSAGE};
use super::orphans::{Orphan, Orphans};
use super::put;
use super::tables::Table;
use crate::damage::Findings;
use crate::ltp::PropertyContext;
use crate::ndb::{Arena, Bid, Database, Nid, NidType, Node, Scope, index::Doubt};

/// Gives them their nodes back.
pub(super) fn restore(db: &mut Database<'_>, orphans: &mut Orphans, tables: &[Table]) {
    let mut rows: Vec<(Nid, Nid, Marks)> = Vec::new();
    for table in tables {
        let owner = table.owner.unwrap_or(RECOVERED);
        rows.extend(table.missing.iter().map(|(nid, marks, _)| (*nid, owner, *marks)));
    }
    rows.sort_by_key(|(nid, ..)| *nid);
    rows.dedup_by_key(|(nid, ..)| *nid);
    // Those that refer to subnodes choose first: they can tell which are theirs.
    let messages = std::mem::take(&mut orphans.messages);
    let mut subs = vec![Bid(0); messages.len()];
    let choose_first = |m: &Orphan| !m.want.needs.is_empty();
    for first in [true, false] {
        for (message, sub) in messages.iter().zip(&mut subs).filter(|(m, _)| choose_first(m) == first) {
            *sub = orphans.subs.take(message.data, &message.want);
        }
    }
    let of_orphans: Vec<(Bid, Bid)> = messages.iter().map(|m| m.data).zip(subs).collect();
    let mut known = of_orphans.clone();
    let mut marks: Vec<Marks> = messages.iter().map(|m| m.marks).collect();
    if !rows.is_empty() {
        for (node, m) in shared(db) {
            known.push((node.data, node.sub));
            marks.push(m);
        }
    }
    let mut matcher = Matcher::new(marks);
    let own = of_orphans.len();
    for (nid, owner, marks) in &rows {
        if let Some(i) = matcher.find(marks, |_| true) {
            put(db, *nid, known[i].0, known[i].1, *owner, Doubt::Orphan);
        }
    }
    let left: Vec<usize> = matcher.left().filter(|i| *i < own).collect();
    let in_use = |data: Bid| db.index().is_some_and(|index| index.is_in_use(data));
    let (live, gone): (Vec<usize>, Vec<usize>) = left.into_iter().partition(|i| in_use(known[*i].0));
    let mut free = free_nids(db);
    for i in live {
        if let Some(nid) = free.next() {
            put(db, nid, known[i].0, known[i].1, RECOVERED, Doubt::Orphan);
        }
    }
    orphans.gone = gone.iter().map(|i| known[*i]).collect();
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
