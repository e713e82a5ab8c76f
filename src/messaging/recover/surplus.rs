//! Messages that are too many. Copies of one message share its blocks, so when some of them are deleted nothing in their bytes tells
//! which: the blocks stay in use. But a block knows how many refer to it, and a folder how many messages it has.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use super::deleted::give_up;
use super::tables::Table;
use crate::damage::Findings;
use crate::ltp::PropertyContext;
use crate::mapi::tag::pr;
use crate::ndb::{Arena, Bid, Database, Nid, NidType, Node, Recover, Scope, index::Doubt};

/// Takes out as many messages as there are more than can be. They are among those that only pages name which the tree does not reach,
/// and no table; the lowest ids, which are the oldest, go first.
pub(super) fn drop(db: &mut Database<'_>, tables: &[Table], recover: Recover) {
    let listed: HashSet<Nid> = tables.iter().flat_map(|table| table.listed.iter().copied()).collect();
    let doubtful = db.index().into_iter().flat_map(|index| index.doubtful());
    let weak = doubtful.filter(|(node, doubt)| {
        let unreached = matches!(doubt, Doubt::Unreached(_));
        unreached && node.nid.typ() == NidType::NORMAL_MESSAGE && !listed.contains(&node.nid)
    });
    let weak: Vec<Node> = weak.map(|(node, _)| node).collect();
    let mut copies = excess(db, &weak, |node| node.data, |node| db.index()?.copies(node));
    let mut crowds = excess(db, &weak, |node| node.parent, |node| content_count(db, node.parent));
    for node in weak {
        // What the blocks tell is exact; the folder is asked where they don't.
        let (of_data, of_folder) = (copies.get_mut(&node.data), crowds.get_mut(&node.parent));
        if of_data.as_ref().or(of_folder.as_ref()).is_some_and(|n| **n > 0) {
            of_data.into_iter().chain(of_folder).for_each(|n| *n = n.saturating_sub(1));
            give_up(db, node.nid, recover);
        }
    }
}

/// For each key of a node that is among `weak`: how many messages have it beyond the `most` that may. What tells nothing is left out.
fn excess<K: Hash + Eq>(
    db: &Database<'_>,
    weak: &[Node],
    key: impl Fn(&Node) -> K,
    most: impl Fn(&Node) -> Option<usize>,
) -> HashMap<K, usize> {
    let mut counts: HashMap<K, (&Node, usize)> = weak.iter().map(|node| (key(node), (node, 0))).collect();
    let quiet = Findings::new();
    for node in db.nodes(&quiet).filter(|node| node.nid.typ() == NidType::NORMAL_MESSAGE) {
        if let Some((_, count)) = counts.get_mut(&key(&node)) {
            *count += 1;
        }
    }
    let beyond = |(key, (node, count)): (K, (&Node, usize))| Some((key, count.saturating_sub(most(node)?)));
    counts.into_iter().filter_map(beyond).collect()
}

/// PidTagContentCount of `folder`, where a sound page of the current tree has the folder and nothing is wrong with it.
fn content_count(db: &Database<'_>, folder: Nid) -> Option<usize> {
    let (arena, findings) = (Arena::new(), Findings::new());
    let node = db.node(folder, &findings).ok()??;
    let scope = Scope { db, arena: &arena, findings: &findings };
    let count = PropertyContext::open(scope, node.data, Bid(0)).ok()?.get(pr::CONTENT_COUNT.id())?.as_int()?;
    // A doubt about the node is a finding, too.
    usize::try_from(count).ok().filter(|_| findings.is_empty())
}
