//! The blocks of the index: those of sound pages, then those that their own trailers tell of, then those that damaged and older pages
//! have right.

use std::collections::BTreeMap;

use super::super::btree::{BTree, BlockRef, Entry};
use super::super::index::{Doubt, Kept};
use super::super::survey::{Ranges, Survey};
use super::super::{Layout, amap, scan};
use super::{Candidate, Live, Pages, Recover};

/// What is known of blocks, what is wrong with the block B-tree, and the counts of references that only older pages tell.
pub(super) fn gather(
    data: &[u8],
    bbt: &BTree<'_>,
    pages: &Pages,
    recover: Recover,
) -> (BTreeMap<u64, Kept<BlockRef>>, Survey, BTreeMap<u64, u16>) {
    let layout = bbt.layout();
    let Live { entries, pages: live, survey, .. } = Live::<BlockRef>::of(bbt);
    // Deleted items are in blocks that the tree has given up.
    let every = recover == Recover::Deleted;
    if survey.lost.is_empty() && !every {
        return (entries, survey, BTreeMap::new());
    }
    let mut blocks = Blocks { data, layout, entries, older_counts: BTreeMap::new(), lost: &survey.lost, every };
    let damaged = blocks.sweep();
    let told = pages.leaves::<BlockRef>(bbt, &survey, &live);
    let confirmed = told.iter().flat_map(|page| &page.entries).copied();
    let confirmed: Vec<_> = confirmed.filter(|at| blocks.is_lost(at) && scan::confirms(data, layout, at)).collect();
    confirmed.into_iter().chain(damaged).for_each(|at| blocks.take(at));
    blocks.count_references(&told);
    let Blocks { entries, older_counts, .. } = blocks;
    (entries, survey, older_counts)
}

/// The blocks that are known so far.
struct Blocks<'b> {
    data: &'b [u8],
    layout: &'b Layout,
    entries: BTreeMap<u64, Kept<BlockRef>>,
    /// Counts of references on sound pages that the tree does not reach.
    older_counts: BTreeMap<u64, u16>,
    lost: &'b Ranges,
    /// Whether those that the tree has given up are wanted, too.
    every: bool,
}

impl Blocks<'_> {
    fn is_lost(&self, at: &BlockRef) -> bool {
        self.lost.contains(at.key())
    }

    /// Takes the blocks whose trailers are right. Gives those whose CRC is wrong.
    fn sweep(&mut self) -> Vec<BlockRef> {
        let mut damaged = Vec::new();
        for block in scan::blocks(self.data, self.layout) {
            match (block.sound, self.is_lost(&block.at)) {
                (true, lost) if lost || self.every => self.take(block.at),
                (false, true) => damaged.push(block.at),
                _ => {}
            }
        }
        damaged
    }

    /// Takes the block at `at`, unless it is known or its place is free. How many refer to it neither trailers nor older pages tell.
    fn take(&mut self, at: BlockRef) {
        let size = self.layout.block_on_disk(usize::from(at.cb));
        let doubt = match amap::is_allocated(self.data, self.layout, at.ib, size) {
            // Where the tree is sound it would name the block, whatever a map says that was not brought up to date.
            _ if !self.is_lost(&at) => Doubt::Freed,
            Some(true) => Doubt::Allocated,
            Some(false) => Doubt::Freed,
            None => Doubt::Swept,
        };
        if doubt != Doubt::Freed || self.every {
            let entry = BlockRef { refs: 0, ..at };
            self.entries.entry(at.key()).or_insert(Kept { entry, doubt: Some(doubt) });
        }
    }

    /// Takes the counts of references that the damaged pages of the current tree still tell. Those of the newest other page are kept
    /// apart: they may have changed since.
    fn count_references(&mut self, told: &[Candidate<BlockRef>]) {
        for (page, at) in told.iter().flat_map(|page| page.entries.iter().map(move |at| (page, at))) {
            let kept = self.entries.get_mut(&at.key()).filter(|_| self.lost.contains(at.key()));
            let Some(kept) = kept.filter(|kept| kept.entry.ib == at.ib) else { continue };
            if page.current {
                kept.entry.refs = at.refs;
            } else if page.sound {
                self.older_counts.entry(at.key()).or_insert(at.refs);
            }
        }
    }
}
