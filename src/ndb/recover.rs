//! The index that takes the place of damaged trees: what the sound pages of the current trees hold, and for the keys of the
//! others the newest consistent version of each entry that the file still has.
//!
//! Blocks never change under one id, so a block that is found is the block. Nodes do change, and old pages name deleted ones.
//! What keeps those out: an entry counts only where a current page is lost; its data must be in a block that the index has, and
//! of blocks the index has only those that the current block B-tree names, but for the keys where that is damaged, too; and what a
//! newer page does not name in the range of its keys, no older page brings back.

mod blocks;
mod nodes;

use std::collections::{BTreeMap, HashSet};

use super::btree::{BTree, BlockRef, Entry, Node};
use super::header::Bref;
use super::index::{Index, Kept, report};
use super::page::PageType;
use super::scan::{self, TreePage};
use super::survey::{Ranges, Survey, is_sound, survey};
use super::{Ib, Layout};
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
/// Each page that is not goes to `findings`. `threads` look at the pages.
pub(super) fn index(
    data: &[u8],
    nbt: &BTree<'_>,
    bbt: &BTree<'_>,
    recover: Recover,
    threads: usize,
    findings: &Findings,
) -> Option<Index> {
    let damaged = !is_sound::<Node>(nbt, threads) || !is_sound::<BlockRef>(bbt, threads);
    if !damaged && recover == Recover::Auto {
        return None;
    }
    let pages = Pages::sweep(data, nbt.layout());
    let (blocks, bad_blocks, older_counts) = blocks::gather(data, bbt, &pages, recover);
    let (nodes, bad_nodes, deleted) = nodes::gather(nbt, &pages, &blocks, recover);
    let index = Index::new(nodes, blocks, older_counts, bad_nodes.lost.clone(), deleted);
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
        let leaf = |bref: Bref| read(bref).map(|page| page.leaf_entries(tree.layout()).collect::<Vec<_>>());
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
        let survey = survey::<E>(tree, &mut |ib, page| {
            pages.insert(ib.0);
            let of_page: Vec<E> = page.leaf_entries(tree.layout()).collect();
            claim(&mut claims, &of_page);
            for entry in of_page {
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

/// The newest page of the highest level of a tree, by the sweep: its root, where the header does not tell.
pub(super) fn newest_root(data: &[u8], layout: &Layout, ptype: PageType) -> Option<Bref> {
    scan::tree_pages(data, layout)
        .filter(|p| p.sound && p.ptype == ptype)
        .max_by_key(|p| (scan::level(data, layout, p.bref.ib), p.bref.bid))
        .map(|p| p.bref)
}
