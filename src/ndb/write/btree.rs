//! B-trees built from the bottom up, out of entries that come in the order of their keys ([MS-PST] 2.2.2.7.7).

use super::space::{Space, ptype};
use super::{Bid, Format, Layout, PageRef};
use crate::Result;

/// Which of the two B-trees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageKind {
    Nodes,
    Blocks,
}

/// A B-tree that is being built. It keeps one unfinished page for each level.
pub(super) struct BTreeBuilder {
    layout: &'static Layout,
    kind: PageKind,
    levels: Vec<Level>,
}

/// The page that is being filled.
#[derive(Default)]
struct Level {
    first_key: u64,
    entries: Vec<u8>,
    count: usize,
}

impl BTreeBuilder {
    pub fn new(layout: &'static Layout, kind: PageKind) -> Self {
        Self { layout, kind, levels: vec![Level::default()] }
    }

    /// Adds the leaf entry `entry`. Keys are to rise.
    pub fn push(&mut self, key: u64, entry: &[u8], space: &mut Space<'_>, next_page: &mut u64) -> Result<()> {
        self.push_at(0, key, entry, space, next_page)
    }

    /// Writes the pages that are not full. An empty tree is one empty leaf.
    pub fn finish(mut self, space: &mut Space<'_>, next_page: &mut u64) -> Result<PageRef> {
        let mut level = 0;
        loop {
            let key = self.levels[level].first_key;
            let page = self.flush(level, space, next_page)?;
            if level + 1 == self.levels.len() {
                return Ok(page);
            }
            level += 1;
            let entry = self.reference(key, page);
            self.push_at(level, key, &entry, space, next_page)?;
        }
    }

    fn push_at(&mut self, level: usize, key: u64, entry: &[u8], space: &mut Space<'_>, next: &mut u64) -> Result<()> {
        if self.levels.len() == level {
            self.levels.push(Level::default());
        }
        if self.levels[level].count == self.capacity(level) {
            let first = self.levels[level].first_key;
            let page = self.flush(level, space, next)?;
            let reference = self.reference(first, page);
            self.push_at(level + 1, first, &reference, space, next)?;
        }
        let page = &mut self.levels[level];
        if page.count == 0 {
            page.first_key = key;
        }
        page.entries.extend(entry);
        page.count += 1;
        Ok(())
    }

    /// Writes the page of `level` and starts a new one.
    fn flush(&mut self, level: usize, space: &mut Space<'_>, next_page: &mut u64) -> Result<PageRef> {
        let full = std::mem::take(&mut self.levels[level]);
        let mut body = full.entries;
        body.resize(self.layout.btree_meta, 0);
        let (count, most, size) = (full.count, self.capacity(level), self.entry_len(level) as u8);
        if self.layout.format == Format::Unicode4k {
            body.extend((count as u16).to_le_bytes());
            body.extend((most as u16).to_le_bytes());
            body.extend([size, level as u8]);
        } else {
            body.extend([count as u8, most as u8, size, level as u8]);
        }
        let bid = Bid(*next_page);
        *next_page += 1;
        let ib = space.alloc(self.layout.page, self.layout.page)?;
        let ptype = if self.kind == PageKind::Nodes { ptype::NBT } else { ptype::BBT };
        space.write_page(ib, bid, ptype, &body)?;
        Ok(PageRef { bid, ib })
    }

    /// The BTENTRY (2.2.2.7.7.2) of `page`.
    fn reference(&self, key: u64, page: PageRef) -> Vec<u8> {
        [key, page.bid.0, page.ib.0].iter().flat_map(|w| w.to_le_bytes()[..self.layout.id].to_vec()).collect()
    }

    fn entry_len(&self, level: usize) -> usize {
        match (level, self.kind) {
            (0, PageKind::Nodes) => self.layout.nbt_entry,
            (0, PageKind::Blocks) => self.layout.bbt_entry,
            _ => self.layout.bt_entry,
        }
    }

    fn capacity(&self, level: usize) -> usize {
        self.layout.btree_meta / self.entry_len(level)
    }
}
