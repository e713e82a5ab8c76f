//! The nodes of the index: those of sound pages, then what damaged and older pages name whose blocks are there.

use std::collections::{BTreeMap, HashSet};

use super::super::Bid;
use super::super::NidType;
use super::super::btree::{BTree, BlockRef, Entry, Node};
use super::super::index::{Doubt, Kept, is_in_use};
use super::super::survey::{Ranges, Survey};
use super::{Candidate, Live, Pages, Recover, claim};

/// What is known of nodes, what is wrong with the node B-tree, and the messages that only older pages name.
pub(super) fn gather(
    nbt: &BTree<'_>,
    pages: &Pages,
    blocks: &BTreeMap<u64, Kept<BlockRef>>,
    recover: Recover,
) -> (BTreeMap<u64, Kept<Node>>, Survey, Vec<Node>) {
    let Live { entries, pages: live, claims, survey } = Live::<Node>::of(nbt);
    if survey.lost.is_empty() && recover < Recover::Deleted {
        return (entries, survey, Vec::new());
    }
    let candidates = pages.leaves::<Node>(nbt, &survey, &live);
    let owned = entries.values().filter_map(|k| owned(&k.entry)).collect();
    let mut nodes = Nodes { entries, lost: &survey.lost, blocks, owned };
    // Entries that are right in every way first, of all pages: a damaged page must not keep out what an older one tells better.
    nodes.fill(&candidates, claims.clone(), |node, blocks| {
        reads(node.data, blocks) && (node.sub.is_none() || reads(node.sub, blocks)) && has_fitting_parent(node)
    });
    nodes.fill(&candidates, claims, |node, blocks| reads(node.data, blocks));
    nodes.fill_misplaced(&candidates);
    let deleted = if recover == Recover::Deleted { nodes.deleted(&candidates) } else { Vec::new() };
    (nodes.entries, survey, deleted)
}

/// The nodes that are known so far.
struct Nodes<'n> {
    entries: BTreeMap<u64, Kept<Node>>,
    lost: &'n Ranges,
    blocks: &'n BTreeMap<u64, Kept<BlockRef>>,
    /// Data that messages have.
    owned: HashSet<u64>,
}

impl Nodes<'_> {
    /// Takes from `pages` the nodes that are missing, in their place, and `fit`. What a sound page does not name in the range of its
    /// keys (`claims`), no later one brings back.
    fn fill(
        &mut self,
        pages: &[Candidate<Node>],
        mut claims: Ranges,
        fit: impl Fn(&Node, &BTreeMap<u64, Kept<BlockRef>>) -> bool,
    ) {
        for page in pages {
            let mut good = Vec::new();
            for i in ascending(&page.entries) {
                let node = &page.entries[i];
                let key = node.key();
                let in_place = page.keys.is_none_or(|(low, high)| (low..=high).contains(&key));
                if !in_place || !fit(node, self.blocks) {
                    continue;
                }
                good.push((i, key));
                if self.lost.contains(key) && !claims.contains(key) && !self.entries.contains_key(&key) {
                    self.take(*node, page);
                }
            }
            if let Some(keys) = page.keys {
                claim_between(&mut claims, &good, keys, page.entries.len());
            }
            if page.sound {
                claim(&mut claims, &page.entries);
            }
        }
    }

    /// Takes from pages that are damaged or out of order the messages whose id is not in its place: those that nothing else has brought.
    fn fill_misplaced(&mut self, pages: &[Candidate<Node>]) {
        for page in pages.iter().filter(|p| !p.sound || !p.entries.is_sorted_by_key(Node::key)) {
            for node in page.entries.iter().filter(|n| reads(n.data, self.blocks)) {
                if owned(node).is_some_and(|data| !self.owned.contains(&data))
                    && !self.entries.contains_key(&node.key())
                {
                    self.take(*node, page);
                }
            }
        }
    }

    /// The messages that sound older pages name and that are in the index neither by their id nor by their data: the newest state of each.
    fn deleted(&self, pages: &[Candidate<Node>]) -> Vec<Node> {
        let mut seen = HashSet::new();
        let older = pages.iter().filter(|p| p.sound).flat_map(|p| &p.entries);
        let gone = |n: &&Node| {
            owned(n).is_some_and(|data| !self.owned.contains(&data)) && !self.entries.contains_key(&n.key())
        };
        older
            .filter(gone)
            .filter(|n| self.blocks.contains_key(&n.data.key()) && seen.insert(n.key()))
            .copied()
            .collect()
    }

    fn take(&mut self, node: Node, page: &Candidate<Node>) {
        // A block that copies share stays in use when one of them is deleted: more references than that of one node and of the tree.
        let own = |k: &Kept<BlockRef>| is_in_use(k) && k.entry.refs <= 2;
        let current = |bid: Bid| bid.is_none() || self.blocks.get(&bid.key()).is_some_and(own);
        let doubt = match (page.current, page.sound) {
            (true, _) => Some(Doubt::Damaged(page.ib)),
            // A change gives a node new blocks, and the old ones leave the block B-tree: this is its last state.
            (false, true) if current(node.data) && current(node.sub) => None,
            (false, _) => Some(Doubt::Unreached(page.ib)),
        };
        self.owned.extend(owned(&node));
        self.entries.insert(node.key(), Kept { entry: node, doubt });
    }
}

/// The positions of the longest series of entries with ascending keys: where a key is damaged it is the one that falls out.
fn ascending<E: Entry>(entries: &[E]) -> Vec<usize> {
    // For each entry the length of the best series that ends with it, and the entry before it there.
    let mut best: Vec<(usize, Option<usize>)> = Vec::with_capacity(entries.len());
    for (i, entry) in entries.iter().enumerate() {
        let before = |j: &usize| entries.get(*j).is_some_and(|e| e.key() < entry.key());
        let longest = (0..i).filter(before).max_by_key(|j| best.get(*j).map(|b| b.0));
        let length = longest.and_then(|j| best.get(j)).map_or(0, |b| b.0) + 1;
        best.push((length, longest));
    }
    let mut at = (0..best.len()).max_by_key(|i| best.get(*i).map(|b| b.0));
    let mut series = Vec::new();
    while let Some(i) = at {
        series.push(i);
        at = best.get(i).and_then(|b| b.1);
    }
    series.reverse();
    series
}

/// Whether block `bid` is there and may be in use.
fn reads(bid: Bid, blocks: &BTreeMap<u64, Kept<BlockRef>>) -> bool {
    blocks.get(&bid.key()).is_some_and(|k| k.doubt != Some(Doubt::Freed))
}

fn is_message(node: &Node) -> bool {
    [NidType::NORMAL_MESSAGE, NidType::ASSOC_MESSAGE].contains(&node.nid.typ())
}

/// The data of a message. Copies of one message may share it.
fn owned(node: &Node) -> Option<u64> {
    is_message(node).then_some(node.data.key())
}

/// Messages and folders are in folders.
fn has_fitting_parent(node: &Node) -> bool {
    let needs_one = is_message(node) || node.nid.typ() == NidType::NORMAL_FOLDER;
    !needs_one || node.parent.typ() == NidType::NORMAL_FOLDER
}

/// Claims what would be between neighbours among the `count` entries of a damaged page that stands for `keys`, of which the `good` ones
/// (position, key) can be read: nothing has been there.
fn claim_between(claims: &mut Ranges, good: &[(usize, u64)], keys: (u64, u64), count: usize) {
    if good.is_empty() {
        return;
    }
    let (start, end) = ((0, keys.0), (count + 1, keys.1));
    let good = good.iter().map(|(i, key)| (i + 1, *key));
    let all: Vec<(usize, u64)> = std::iter::once(start).chain(good).chain([end]).collect();
    for ((i, low), (j, high)) in all.iter().zip(all.iter().skip(1)) {
        if i + 1 == *j {
            claims.insert(*low, *high);
        }
    }
}
