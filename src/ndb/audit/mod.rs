//! Checks the node database beyond what reading needs ([MS-PST] 2.2.2.5 to 2.2.2.8 and 2.6.1): which bytes are in use against what
//! the maps say, who refers to which block against what the block B-tree says, the counters of the header against the ids in use.
//!
//! What it keeps grows with the file: a bit for each 64 bytes of it (512 with pages of 4 KiB), and 16 bytes for each block.

mod cells;
mod counters;
mod dlist;
mod keys;
mod maps;
mod references;
mod space;

use serde::Serialize;

use super::btree::{BTree, Entry, Node};
use super::scan;
use super::survey::survey;
use super::{Bid, BlockRef, Database, Format, Ib, NidType};
use crate::damage::{Effect, Finding, Findings};

use references::References;
use space::Space;
pub use space::{Extent, Use};

/// What is in the trees of a file, and what their check has found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Audit {
    /// What is in the trees.
    pub structure: Structure,
    /// What is wrong, by what was checked.
    pub parts: Vec<Part>,
}

/// What is wrong with one thing that was checked.
#[derive(Debug, Clone, Serialize)]
pub struct Part {
    /// What was checked.
    pub name: &'static str,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
}

impl Part {
    /// The part `name` with what `check` finds.
    pub fn of(name: &'static str, check: impl FnOnce(&Findings)) -> Self {
        let findings = Findings::new();
        check(&findings);
        Self { name, findings: findings.take() }
    }
}

/// What is in the trees of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Structure {
    /// Entries of the node B-tree.
    pub nodes: u64,
    /// Entries of the block B-tree.
    pub blocks: u64,
    /// Blocks that hold trees and not data.
    pub internal_blocks: u64,
    /// Blocks that are stored compressed.
    pub compressed_blocks: u64,
    /// Blocks that can't be read.
    pub unreadable_blocks: u64,
    /// Bytes of all blocks as they are stored, without trailers and padding.
    pub stored_bytes: u64,
    /// Blocks that nothing refers to.
    pub unreferenced_blocks: u64,
    /// Bytes that the maps keep and nothing uses.
    pub leaked_bytes: u64,
    /// Bytes that are free, as the maps tell.
    pub free_bytes: u64,
}

impl Database<'_> {
    /// Reads everything that the two trees of the file refer to, and checks it. `watch` is told what each used or free stretch of the
    /// file holds. Damage to the pages of the trees is not repeated: the opening of the file has told it.
    pub fn audit(&self, watch: &mut dyn FnMut(Extent)) -> Audit {
        let mut structure = Structure::default();
        let mut space = Space::new(self, watch);
        let mut parts = Vec::new();
        let mut references = References::of_blocks(self);
        parts.push(Part::of("nodes", |f| structure.nodes = references.count_nodes(self, f)));
        parts.push(Part::of("trees", |f| keys::check(self, f)));
        let mut highest = [0; 32];
        parts.push(Part::of("references to blocks", |f| {
            highest = references.count_internal(self, f);
            structure.unreferenced_blocks = references.compare(self, f);
        }));
        parts.push(Part::of("subnodes", |f| references::check_subnodes(self, &highest, f)));
        space.add_pages(self);
        parts.push(Part::of("blocks", |f| self.read_blocks(&references, &mut space, &mut structure, f)));
        parts.push(Part::of("overlaps", |f| space.report_overlaps(self, f)));
        parts.push(Part::of("maps of free space", |f| {
            (structure.free_bytes, structure.leaked_bytes) = space.check_maps(self, f);
        }));
        parts.push(Part::of("density list", |f| dlist::check(self, f)));
        parts.push(Part::of("header", |f| counters::check(self, &space, f)));
        parts.retain(|p| !p.findings.is_empty());
        Audit { structure, parts }
    }

    /// Calls `each` with the place of the header, of all maps, of all pages of the trees and of all blocks, as far as the trees tell.
    pub fn structures(&self, each: &mut dyn FnMut(Extent)) {
        space::structures(self, each);
    }

    /// The level of the page of a tree at `ib`, 0 for a leaf.
    pub fn page_level(&self, ib: Ib) -> Option<u8> {
        scan::level(self.data, self.header().layout, ib)
    }

    /// Reads every block, and adds to `space` where it is.
    fn read_blocks(&self, references: &References, space: &mut Space<'_>, s: &mut Structure, findings: &Findings) {
        let wide = self.header().layout.format == Format::Unicode4k;
        for block in self.blocks(&Findings::new()) {
            s.blocks += 1;
            s.stored_bytes += u64::from(block.cb);
            s.internal_blocks += u64::from(block.bid.is_internal());
            let own = Findings::new();
            let read = self.block(block.bid, &own);
            s.compressed_blocks += u64::from(wide && read.as_ref().is_ok_and(|b| b.len() != usize::from(block.cb)));
            if let Err(e) = &read {
                s.unreadable_blocks += 1;
                own.add(Finding::new(Effect::Lost, "block", "a readable block", e).at(block.ib.0).bid(block.bid.0));
            }
            let sound = read.is_ok() && own.worst() <= Some(Effect::Notice);
            own.take().into_iter().for_each(|f| findings.add(f));
            // What a damaged page of the trees tells is taken for true only where the place itself agrees.
            if !self.is_recovered() || scan::confirms(self.data, self.header().layout, &block) {
                space.add_block(&block, sound, references.is_used(block.bid));
            }
        }
    }

    /// Whether an index has taken the place of the trees, so that references and maps are known in part only.
    pub(super) fn is_recovered(&self) -> bool {
        self.index.is_some()
    }

    /// What the sound pages of the trees alone would give of a file whose trees are damaged, and what the recovery gives; `None` where they are sound.
    pub fn recovery(&self) -> Option<Recovery> {
        let index = self.index.as_ref()?;
        let mut recovery = Recovery::default();
        let (nodes, blocks) = (self.nbt(), self.bbt());
        let lost = survey::<BlockRef>(&blocks, &mut |_, _| ()).lost;
        let there = |bid: Bid| bid.is_none() || (!lost.contains(bid.key()) && found(&blocks, bid.key()));
        survey::<Node>(&nodes, &mut |_, page| {
            page.leaf_entries::<Node>(nodes.layout())
                .for_each(|n| recovery.by_trees.add(&n, there(n.data) && there(n.sub)));
        });
        for node in index.nodes() {
            let readable = [node.data, node.sub].iter().all(|b| b.is_none() || index.block(b.key()).is_some());
            recovery.recovered.add(&node, readable);
        }
        Some(recovery)
    }
}

fn found(blocks: &BTree<'_>, key: u64) -> bool {
    blocks.find::<BlockRef>(key, &Findings::new()).is_ok_and(|b| b.is_some())
}

/// What can be reached in a damaged file, in two ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Recovery {
    /// By the sound pages of the trees alone.
    pub by_trees: Reached,
    /// With what was recovered.
    pub recovered: Reached,
}

/// How much can be reached: nodes whose blocks are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Reached {
    /// Nodes of all types.
    pub nodes: u64,
    /// Folders.
    pub folders: u64,
    /// Messages, associated ones too.
    pub messages: u64,
}

impl Reached {
    fn add(&mut self, node: &Node, readable: bool) {
        let one = u64::from(readable && node.key() != 0);
        self.nodes += one;
        match node.nid.typ() {
            NidType::NORMAL_FOLDER | NidType::SEARCH_FOLDER => self.folders += one,
            NidType::NORMAL_MESSAGE | NidType::ASSOC_MESSAGE => self.messages += one,
            _ => {}
        }
    }
}
