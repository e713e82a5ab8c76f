//! The index that takes the place of damaged trees: what the sound pages of the current trees hold, and for the keys of the
//! others the newest consistent version of each entry that the file still has.
//!
//! Blocks never change under one id, so a block that is found is the block. Nodes do change, and old pages name deleted ones.
//! What keeps those out: an entry counts only where a current page is lost; its data must be in a block that the index has, and
//! of blocks the index has only those that the current block B-tree names, but for the keys where that is damaged, too; and what a
//! newer page does not name in the range of its keys, no older page brings back.

use std::collections::{BTreeMap, HashSet};

use super::btree::{BTree, BlockRef, Entry, Node};
use super::header::Bref;
use super::index::{Doubt, Index, Kept, is_in_use, report};
use super::page::PageType;
use super::scan::{self, TreePage};
use super::survey::{Leaf, Ranges, Survey, survey};
use super::{Bid, Ib, Layout, NidType, amap};
use crate::damage::Findings;

/// How hard a file is searched for what its trees don't reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Recover {
    /// Only where pages of a tree are damaged, and only for what they held.
    #[default]
    Auto,
    /// In any case.
    Always,
    /// In any case, and for deleted items, too.
    Deleted,
}

/// The index of the file `data` with the trees `nbt` and `bbt`; `None` where all their pages are sound and nothing more is asked for.
/// Each page that is not goes to `findings`.
pub(super) fn index(
    data: &[u8],
    nbt: &BTree<'_>,
    bbt: &BTree<'_>,
    recover: Recover,
    findings: &Findings,
) -> Option<Index> {
    let sound = |survey: &Survey| survey.bad.is_empty();
    let damaged = !sound(&survey::<Node>(nbt, &mut |_| ())) || !sound(&survey::<BlockRef>(bbt, &mut |_| ()));
    if !damaged && recover == Recover::Auto {
        return None;
    }
    let pages = Pages::sweep(data, nbt.layout());
    let (blocks, bad_blocks) = gather_blocks(data, bbt, &pages, recover);
    let (nodes, bad_nodes, deleted) = gather_nodes(nbt, &pages, &blocks, recover);
    let index = Index::new(nodes, blocks, bad_nodes.lost.clone(), deleted);
    report("NBT", &bad_nodes, findings);
    report("BBT", &bad_blocks, findings);
    if damaged {
        index.sum_up(findings);
    }
    Some(index)
}

/// The tree pages that the sweep has found.
struct Pages {
    /// The sound ones, newest first.
    sound: Vec<TreePage>,
    /// The others.
    damaged: Vec<TreePage>,
}

impl Pages {
    fn sweep(data: &[u8], layout: &Layout) -> Self {
        let (mut sound, damaged): (Vec<_>, Vec<_>) = scan::tree_pages(data, layout).partition(|p| p.sound);
        sound.sort_by_key(|p| std::cmp::Reverse((p.bref.bid, p.bref.ib)));
        Self { sound, damaged }
    }

    /// The leaves of `tree` that it does not reach itself, in the order in which they are believed: what is left of its damaged
    /// pages (`bad`), then sound pages, the newest first, then other damaged pages.
    fn leaves<E: Entry>(&self, tree: &BTree<'_>, bad: &Survey, live: &HashSet<u64>) -> Vec<Candidate<E>> {
        let of_type = |p: &&TreePage| p.ptype == E::PAGE && !live.contains(&p.bref.ib.0);
        let sound: HashSet<u64> = self.sound.iter().map(|p| p.bref.ib.0).collect();
        let read = |bref: Bref| tree.page::<E>(bref, Some(0), &Findings::new()).ok();
        let leaf = |bref: Bref| read(bref).map(|page| page.leaf_entries(tree.layout()));
        // A sound page in the place of another has other keys: it has its turn later.
        let current = bad.bad.iter().filter(|b| !sound.contains(&b.bref.ib.0)).map(|b| {
            let loose = tree.loose::<E>(b.bref.ib);
            let Some(entries) = leaf(b.bref) else {
                return Candidate { ib: b.bref.ib, sound: false, current: true, keys: None, entries: loose };
            };
            // The count of a damaged page proves no end.
            let after = entries.last().map_or(b.keys.0, E::key) + 1..=b.keys.1;
            let goes_on = loose.get(entries.len()).is_some_and(|e| after.contains(&e.key()));
            let entries = if goes_on { loose } else { entries };
            Candidate { ib: b.bref.ib, sound: false, current: true, keys: Some(b.keys), entries }
        });
        let swept = self.sound.iter().chain(&self.damaged).filter(of_type).filter_map(|p| {
            leaf(p.bref).map(|entries| Candidate { ib: p.bref.ib, sound: p.sound, current: false, keys: None, entries })
        });
        current.chain(swept).collect()
    }
}

/// A leaf page that may tell what the current tree has lost.
struct Candidate<E> {
    ib: Ib,
    sound: bool,
    /// Whether the current tree refers to it.
    current: bool,
    /// The first and last key that it stands for there, where it can be read as a leaf.
    keys: Option<(u64, u64)>,
    entries: Vec<E>,
}

/// What the sound leaves of a tree hold, where they are, and which keys each stands for.
struct Live<E> {
    entries: BTreeMap<u64, Kept<E>>,
    pages: HashSet<u64>,
    claims: Ranges,
    survey: Survey,
}

impl<E: Entry> Live<E> {
    fn of(tree: &BTree<'_>) -> Self {
        let (mut entries, mut pages, mut claims) = (BTreeMap::new(), HashSet::new(), Ranges::default());
        let survey = survey::<E>(tree, &mut |leaf: Leaf<E>| {
            pages.insert(leaf.ib);
            claim(&mut claims, &leaf.entries);
            for entry in leaf.entries {
                entries.entry(entry.key()).or_insert(Kept { entry, doubt: None });
            }
        });
        Self { entries, pages, claims, survey }
    }
}

fn claim<E: Entry>(claims: &mut Ranges, entries: &[E]) {
    if let (Some(first), Some(last)) = (entries.first(), entries.last()) {
        claims.insert(first.key(), last.key());
    }
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

fn gather_blocks(
    data: &[u8],
    bbt: &BTree<'_>,
    pages: &Pages,
    recover: Recover,
) -> (BTreeMap<u64, Kept<BlockRef>>, Survey) {
    let layout = bbt.layout();
    let Live { mut entries, pages: live, survey, .. } = Live::<BlockRef>::of(bbt);
    // Deleted items are in blocks that the tree has given up.
    let every = recover == Recover::Deleted;
    if survey.lost.is_empty() && !every {
        return (entries, survey);
    }
    let doubt = |at: &BlockRef| match amap::is_allocated(data, layout, at.ib, layout.block_on_disk(usize::from(at.cb)))
    {
        Some(true) => Doubt::Allocated,
        Some(false) => Doubt::Freed,
        None => Doubt::Swept,
    };
    let mut damaged = Vec::new();
    for block in scan::blocks(data, layout).filter(|b| every || survey.lost.contains(b.at.key())) {
        let doubt = doubt(&block.at);
        if doubt == Doubt::Freed && !every {
            continue;
        }
        if block.sound {
            entries.entry(block.at.key()).or_insert(Kept { entry: block.at, doubt: Some(doubt) });
        } else if survey.lost.contains(block.at.key()) {
            damaged.push(block.at);
        }
    }
    let told = pages.leaves::<BlockRef>(bbt, &survey, &live).into_iter().flat_map(|c| c.entries);
    let confirmed = told.filter(|at| survey.lost.contains(at.key()) && scan::confirms(data, layout, at));
    for at in confirmed.chain(damaged) {
        let doubt = doubt(&at);
        if doubt != Doubt::Freed || every {
            entries.entry(at.key()).or_insert(Kept { entry: at, doubt: Some(doubt) });
        }
    }
    (entries, survey)
}

fn gather_nodes(
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

    /// Takes from damaged pages the messages whose id is damaged, too: those that nothing else has brought.
    fn fill_misplaced(&mut self, pages: &[Candidate<Node>]) {
        for page in pages.iter().filter(|p| !p.sound) {
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

/// The newest page of the highest level of a tree, by the sweep: its root, where the header does not tell.
pub(super) fn newest_root(data: &[u8], layout: &Layout, ptype: PageType) -> Option<Bref> {
    scan::tree_pages(data, layout)
        .filter(|p| p.sound && p.ptype == ptype)
        .max_by_key(|p| (scan::level(data, layout, p.bref.ib), p.bref.bid))
        .map(|p| p.bref)
}
