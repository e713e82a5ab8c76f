//! The index in memory that takes the place of damaged trees: nodes and blocks by their keys, each with what speaks against it.

use std::collections::BTreeMap;

use super::btree::{BlockRef, Entry, Node};
use super::survey::{Ranges, Survey};
use super::{Bid, Ib, Nid, NidType};
use crate::damage::{Effect, Finding, Findings};

/// Why an entry may not be what the file last held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// It is from the page of the current tree at this offset, whose CRC, signature or id is wrong.
    Damaged(Ib),
    /// It is from the page at this offset, which the current tree does not reach.
    Unreached(Ib),
    /// It is of a block that only the sweep has found; nothing tells whether it is in use.
    Swept,
    /// It is of a block that only the sweep has found, at a place that is in use.
    Allocated,
    /// It is of a block that only the sweep has found, at a place that is free, or one that a sound page would name.
    Freed,
    /// No page has it: it is put together from blocks that belong together.
    Orphan,
    /// It is of a deleted item.
    Deleted,
}

/// An entry of the index.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept<E> {
    pub(super) entry: E,
    pub(super) doubt: Option<Doubt>,
}

/// Nodes and blocks by their keys. Its memory grows with their number.
#[derive(Debug)]
pub struct Index {
    nodes: BTreeMap<u64, Kept<Node>>,
    blocks: BTreeMap<u64, Kept<BlockRef>>,
    /// How many refer to a block, by the newest page that the tree does not reach.
    older_counts: BTreeMap<u64, u16>,
    /// The keys of nodes whose page is not sound.
    lost: Ranges,
    /// Messages that only older pages name.
    deleted: Vec<Node>,
}

impl Index {
    pub(super) fn new(
        nodes: BTreeMap<u64, Kept<Node>>,
        blocks: BTreeMap<u64, Kept<BlockRef>>,
        older_counts: BTreeMap<u64, u16>,
        lost: Ranges,
        deleted: Vec<Node>,
    ) -> Self {
        Self { nodes, blocks, older_counts, lost, deleted }
    }

    /// The node with `key`. A doubt about it is a finding.
    pub(super) fn node(&self, key: u64, findings: &Findings) -> Option<Node> {
        let kept = self.nodes.get(&key)?;
        if let Some(doubt) = kept.doubt {
            findings.add(doubt_finding(doubt).nid(kept.entry.nid.0));
        }
        Some(kept.entry)
    }

    /// The block with `key`.
    pub(super) fn block(&self, key: u64) -> Option<BlockRef> {
        self.blocks.get(&key).map(|k| k.entry)
    }

    /// All nodes, by ascending id.
    pub(super) fn nodes(&self) -> impl Iterator<Item = Node> {
        self.nodes.values().map(|k| k.entry)
    }

    /// All blocks, by ascending id.
    pub(super) fn blocks(&self) -> impl Iterator<Item = BlockRef> {
        self.blocks.values().map(|k| k.entry)
    }

    /// Whether there is a message in it.
    pub(super) fn has_messages(&self) -> bool {
        self.nodes().any(|n| n.nid.typ() == NidType::NORMAL_MESSAGE)
    }

    /// Whether node `nid` was on a page of the current tree that is not sound.
    pub fn is_lost(&self, nid: Nid) -> bool {
        self.lost.contains(u64::from(nid.0))
    }

    /// Whether any page of the node B-tree is not sound.
    pub fn has_lost_nodes(&self) -> bool {
        !self.lost.is_empty()
    }

    /// Whether block `bid` belongs to something that is not deleted: a sound page of the current block B-tree names it, or its place
    /// is in use.
    pub fn is_in_use(&self, bid: Bid) -> bool {
        self.blocks.get(&bid.key()).is_some_and(is_in_use)
    }

    /// How many nodes have the blocks of `node`, by the counts of references (`cRef`, one of which is that of the tree). A count on a sound
    /// page of the current tree is believed; one on a damaged page where those of data and subnodes agree.
    pub fn copies(&self, node: &Node) -> Option<usize> {
        let block = |bid: Bid| self.blocks.get(&bid.key());
        let count = |kept: &Kept<BlockRef>| usize::from(kept.entry.refs).checked_sub(1);
        let of_data = block(node.data)?;
        let agreed = |n: &usize| of_data.doubt.is_none() || block(node.sub).and_then(count) == Some(*n);
        count(of_data).filter(agreed)
    }

    /// How many refer to block `bid` (`cRef`, one of which is the tree) by the newest page that the tree does not reach. It may have changed
    /// since.
    pub fn older_count(&self, bid: Bid) -> Option<usize> {
        self.older_counts.get(&bid.key()).map(|count| usize::from(*count))
    }

    /// Whether block `bid` was given up: its place is free, or a sound page would name it.
    pub fn is_freed(&self, bid: Bid) -> bool {
        self.blocks.get(&bid.key()).is_some_and(|k| k.doubt == Some(Doubt::Freed))
    }

    /// The nodes that no sound page of the current tree names, and what speaks against each.
    pub fn doubtful(&self) -> impl Iterator<Item = (Node, Doubt)> {
        self.nodes.values().filter_map(|k| Some((k.entry, k.doubt?)))
    }

    /// The messages that only older pages name, with the folders that they were in. Empty but where deleted items are asked for.
    pub fn deleted(&self) -> &[Node] {
        &self.deleted
    }

    /// Takes `node` in, in place of another with its id.
    pub fn put(&mut self, node: Node, doubt: Doubt) {
        self.nodes.insert(node.key(), Kept { entry: node, doubt: Some(doubt) });
    }

    /// Takes node `nid` out.
    pub fn remove(&mut self, nid: Nid) {
        self.nodes.remove(&u64::from(nid.0));
    }

    pub(super) fn sum_up(&self, findings: &Findings) {
        let doubtful = self.doubtful().count();
        let swept = self.blocks.values().filter(|k| k.doubt.is_some()).count();
        let found = format!(
            "damaged ones; what they held was looked for in the whole file: {} nodes are known now ({doubtful} of them from \
             damaged or older pages), {} blocks ({swept} of them found by their trailers)",
            self.nodes.len(),
            self.blocks.len()
        );
        findings.add(Finding::new(Effect::Altered, "BTPAGE", "sound pages of the two trees", found));
    }
}

/// Whether `block` belongs to something that is not deleted.
pub(super) fn is_in_use(block: &Kept<BlockRef>) -> bool {
    matches!(block.doubt, None | Some(Doubt::Allocated))
}

/// Tells of the pages of `tree` that are not sound.
pub(super) fn report(tree: &str, survey: &Survey, findings: &Findings) {
    for page in &survey.bad {
        let expected = format!("a sound page of the {tree} tree");
        findings
            .add(Finding::new(Effect::Altered, "BTPAGE", expected, &page.why).at(page.bref.ib.0).bid(page.bref.bid.0));
    }
}

fn doubt_finding(doubt: Doubt) -> Finding {
    let finding =
        |found: &str| Finding::new(Effect::Altered, "NBTENTRY", "an entry in a sound page of the tree", found);
    match doubt {
        Doubt::Damaged(ib) => finding("one in a damaged page; it may be wrong").at(ib.0),
        Doubt::Unreached(ib) => {
            finding("one in a page that the tree does not reach; it may be an older state").at(ib.0)
        }
        Doubt::Swept | Doubt::Allocated | Doubt::Freed => finding("none"),
        Doubt::Orphan => finding(
            "none in any page; the node was put together from blocks that fit each other, and its place may be another",
        ),
        Doubt::Deleted => finding("none: the item was deleted; its blocks were still in the file"),
    }
}
