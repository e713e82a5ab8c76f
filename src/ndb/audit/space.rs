//! What is where in the file, and what is in one place twice.

use serde::Serialize;

use super::cells::Cells;
use super::maps;
use crate::damage::{Effect, Finding, Findings};
use crate::limits::Limits;
use crate::ndb::btree::{BTree, Entry, Node};
use crate::ndb::page::PageType;
use crate::ndb::{Bid, BlockRef, Database, Layout};

/// What a stretch of a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Use {
    /// The header, and the density list behind it.
    Header,
    /// AMap, PMap, FMap, FPMap.
    Map,
    /// A page of the node B-tree.
    Nbt,
    /// A page of the block B-tree.
    Bbt,
    /// A data block.
    Data,
    /// A block that holds a tree: XBLOCK, XXBLOCK, SLBLOCK, SIBLOCK.
    Internal,
    /// A block that nothing refers to.
    Unreferenced,
    /// A page or block that can't be trusted.
    Damaged,
    /// Nothing; the maps say so.
    Free,
    /// Nothing that is known, though the maps keep it: pages in reserve for the trees, or leaked space.
    Kept,
}

/// A stretch of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Its offset.
    pub ib: u64,
    /// Its bytes.
    pub len: u64,
    /// What it holds.
    pub holds: Use,
    /// The page or block, where it is one.
    pub bid: Bid,
}

impl Extent {
    /// Whether `other` is another page or block on some of the same bytes.
    fn meets(&self, other: &Self) -> bool {
        let same = (self.ib, self.bid) == (other.ib, other.bid);
        !same && self.ib < other.ib.saturating_add(other.len) && other.ib < self.ib.saturating_add(self.len)
    }

    fn name(&self) -> String {
        let what = match self.holds {
            Use::Header => "the header",
            Use::Map => "a map of free space",
            Use::Nbt | Use::Bbt => "a page of a tree",
            _ => "block",
        };
        if self.bid.is_none() { what.to_owned() } else { format!("{what} {}", self.bid) }
    }
}

/// Overlaps whose other side is looked for; more are only counted.
const NAMED: usize = 64;

/// The space of a file as it is used.
pub(super) struct Space<'w> {
    layout: &'static Layout,
    cells: Cells,
    watch: &'w mut dyn FnMut(Extent),
    overlaps: Vec<Extent>,
    more_overlaps: u64,
    /// The highest id of a page and of a block.
    pub last_page: Bid,
    pub last_block: Bid,
}

impl<'w> Space<'w> {
    pub fn new(db: &Database<'_>, watch: &'w mut dyn FnMut(Extent)) -> Self {
        let layout = db.header().layout;
        let mut space = Self {
            layout,
            cells: Cells::new(layout, db.len()),
            watch,
            overlaps: Vec::new(),
            more_overlaps: 0,
            last_page: Bid::default(),
            last_block: Bid::default(),
        };
        let len = layout.first_amap.min(db.len());
        space.add(Extent { ib: 0, len, holds: Use::Header, bid: Bid::default() }, true);
        for map in maps::places(db) {
            let sound = maps::is_sound(db, map);
            space.add(Extent { ib: map.ib.0, len: layout.page as u64, holds: Use::Map, bid: Bid::default() }, sound);
        }
        space
    }

    fn add(&mut self, extent: Extent, sound: bool) {
        if self.cells.mark(extent.ib, extent.len) {
            if self.overlaps.len() < NAMED { self.overlaps.push(extent) } else { self.more_overlaps += 1 }
        }
        (self.watch)(if sound { extent } else { Extent { holds: Use::Damaged, ..extent } });
    }

    /// Adds the pages of both trees.
    pub fn add_pages(&mut self, db: &Database<'_>) {
        pages(db, &mut |extent, sound| {
            self.last_page = self.last_page.max(if sound { extent.bid } else { Bid::default() });
            self.add(extent, sound);
        });
    }

    /// Adds a block.
    pub fn add_block(&mut self, block: &BlockRef, sound: bool, used: bool) {
        self.last_block = self.last_block.max(Bid(block.bid.key()));
        let extent = block_extent(self.layout, block);
        self.add(if used { extent } else { Extent { holds: Use::Unreferenced, ..extent } }, sound);
    }

    /// Names both sides of each overlap: this walks the trees once more, where there is one.
    pub fn report_overlaps(&self, db: &Database<'_>, findings: &Findings) {
        if self.overlaps.is_empty() {
            return;
        }
        let mut against = |other: Extent| {
            for one in self.overlaps.iter().filter(|one| one.meets(&other)) {
                let (first, second) = if one.bid <= other.bid { (one, &other) } else { (&other, one) };
                let found =
                    format!("{} at {:#x} on the same bytes: one has overwritten the other", second.name(), second.ib);
                let finding =
                    Finding::new(Effect::Altered, "overlap", format!("{} alone in its place", first.name()), found);
                findings.add(finding.at(first.ib));
            }
        };
        structures(db, &mut against);
        if self.more_overlaps > 0 {
            findings.add(Finding::new(Effect::Altered, "overlap", "none", format!("{} more", self.more_overlaps)));
        }
    }

    /// Compares the maps with what is used. Returns the bytes that are free and those that nothing uses, though they are kept.
    pub fn check_maps(&mut self, db: &Database<'_>, findings: &Findings) -> (u64, u64) {
        maps::check(db, &self.cells, self.watch, findings)
    }
}

/// Calls `each` with the header, all maps, all pages of the trees and all blocks.
pub(super) fn structures(db: &Database<'_>, each: &mut dyn FnMut(Extent)) {
    let layout = db.header().layout;
    let fixed = |ib, len, holds| Extent { ib, len, holds, bid: Bid::default() };
    each(fixed(0, layout.first_amap, Use::Header));
    maps::places(db).for_each(|map| each(fixed(map.ib.0, layout.page as u64, Use::Map)));
    pages(db, &mut |extent, _| each(extent));
    db.blocks(&Findings::new()).for_each(|b| each(block_extent(layout, &b)));
}

fn block_extent(layout: &Layout, block: &BlockRef) -> Extent {
    let holds = if block.bid.is_internal() { Use::Internal } else { Use::Data };
    let len = layout.block_on_disk(usize::from(block.cb)) as u64;
    Extent { ib: block.ib.0, len, holds, bid: Bid(block.bid.key()) }
}

/// Calls `each` with every page of both trees that is in the file, and whether it is sound.
fn pages(db: &Database<'_>, each: &mut dyn FnMut(Extent, bool)) {
    tree_pages::<Node>(&db.nbt(), db.limits(), each);
    tree_pages::<BlockRef>(&db.bbt(), db.limits(), each);
}

fn tree_pages<E: Entry>(tree: &BTree<'_>, limits: &Limits, each: &mut dyn FnMut(Extent, bool)) {
    let len = tree.layout().page as u64;
    let holds = if E::PAGE == PageType::NBT { Use::Nbt } else { Use::Bbt };
    let mut todo = vec![(tree.root(), None)];
    let mut pages_left = tree.pages();
    while let (Some((bref, level)), Some(left)) = (todo.pop(), pages_left.checked_sub(1)) {
        pages_left = left;
        let findings = Findings::new();
        let page = tree.page::<E>(bref, level, &findings).ok();
        let sound = page.is_some() && findings.is_empty();
        each(Extent { ib: bref.ib.0, len, holds, bid: bref.bid }, sound);
        // The children of a page that is not sound may be anything.
        let Some(page) = page.filter(|p| sound && p.level() > 0 && p.level() <= limits.btree_levels) else { continue };
        todo.extend((0..page.count()).rev().map(|i| (page.child(tree.layout(), i), Some(page.level() - 1))));
    }
}
