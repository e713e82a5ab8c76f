//! The sweep: finds tree pages and blocks by what they say of themselves, without any tree.
//!
//! A page ends with its type (twice), a signature made from its offset and id, and a CRC ([MS-PST] 2.2.2.7.1); a block with its
//! size, the same signature, a CRC and its id (2.2.2.8.1). Both start at multiples of a unit, so all places where one can be are tried.

use super::check::{crc32, signature};
use super::header::Bref;
use super::page::{PageTrailer, PageType, page_bytes};
use super::{Bid, BlockRef, Format, Ib, Layout};
use crate::bytes::{slice_at, u8_at, u16_at, u32_at};

/// A page of one of the two trees, wherever it belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreePage {
    /// [`PageType::NBT`] or [`PageType::BBT`].
    pub ptype: PageType,
    /// Its id, from its trailer, and its offset. Ids of pages grow: of two versions the newer has the higher one.
    pub bref: Bref,
    /// Whether signature and CRC are right.
    pub sound: bool,
}

/// All tree pages of `layout` in `data`, by ascending offset. Those with a wrong CRC or signature (but not both) are among them.
pub fn tree_pages<'a>(data: &'a [u8], layout: &'a Layout) -> impl Iterator<Item = TreePage> + 'a {
    (0..data.len() / layout.page).filter_map(|i| tree_page(data, layout, Ib((i * layout.page) as u64)))
}

fn tree_page(data: &[u8], layout: &Layout, ib: Ib) -> Option<TreePage> {
    let page = page_bytes(data, layout, ib)?;
    let trailer = PageTrailer::parse(layout, page)?;
    let ptype = trailer.ptype;
    if ![PageType::NBT, PageType::BBT].contains(&ptype) || trailer.repeat != ptype.0 {
        return None;
    }
    let crc = crc32(page.get(..layout.page - layout.page_trailer)?) == trailer.crc;
    let sig = signature(ib.0, trailer.bid.0) == trailer.sig;
    (crc || sig).then_some(TreePage { ptype, bref: Bref { bid: trailer.bid, ib }, sound: crc && sig })
}

/// A block that its own trailer tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoundBlock {
    /// Where it is; how many refer to it is not known (0).
    pub at: BlockRef,
    /// Whether its CRC is right.
    pub sound: bool,
}

/// All blocks of `layout` in `data` whose signature fits their place, by ascending offset of their ends.
pub fn blocks<'a>(data: &'a [u8], layout: &'a Layout) -> impl Iterator<Item = FoundBlock> + 'a {
    (1..=data.len() / layout.block_align).filter_map(|i| block_ending_at(data, layout, i * layout.block_align))
}

fn block_ending_at(data: &[u8], layout: &Layout, end: usize) -> Option<FoundBlock> {
    let trailer = BlockTrailer::ending_at(data, layout, end)?;
    let cb = usize::from(trailer.cb);
    if trailer.bid.is_none() || cb == 0 || cb > layout.max_data() {
        return None;
    }
    let start = end.checked_sub(layout.block_on_disk(cb))?;
    if signature(start as u64, trailer.bid.0) != trailer.sig {
        return None;
    }
    let sound = crc32(slice_at(data, start, cb)?) == trailer.crc;
    let at = BlockRef { bid: trailer.bid, ib: Ib(start as u64), cb: trailer.cb, inflated: 0, refs: 0 };
    Some(FoundBlock { at, sound })
}

/// Whether the block that a tree has at `at` is there: its trailer or its CRC say so.
pub fn confirms(data: &[u8], layout: &Layout, at: &BlockRef) -> bool {
    let cb = usize::from(at.cb);
    let found = usize::try_from(at.ib.0).ok().and_then(|start| {
        let trailer = BlockTrailer::ending_at(data, layout, start.checked_add(layout.block_on_disk(cb))?)?;
        Some((trailer, slice_at(data, start, cb)?))
    });
    cb > 0 && found.is_some_and(|(t, bytes)| t.bid.key() == at.bid.key() || crc32(bytes) == t.crc)
}

/// BLOCKTRAILER ([MS-PST] 2.2.2.8.1).
struct BlockTrailer {
    cb: u16,
    sig: u16,
    crc: u32,
    bid: Bid,
}

impl BlockTrailer {
    fn ending_at(data: &[u8], layout: &Layout, end: usize) -> Option<Self> {
        let trailer = slice_at(data, end.checked_sub(layout.block_trailer)?, layout.block_trailer)?;
        // The ANSI trailer has the id before the CRC, the others after it.
        let (crc_at, bid_at) = if layout.format == Format::Ansi { (8, 4) } else { (4, 8) };
        Some(Self {
            cb: u16_at(trailer, 0)?,
            sig: u16_at(trailer, 2)?,
            crc: u32_at(trailer, crc_at)?,
            bid: Bid(layout.read_id(trailer.get(bid_at..)?)),
        })
    }
}

/// `cLevel` of the B-tree page at `ib` ([MS-PST] 2.2.2.7.7.1).
pub(super) fn level(data: &[u8], layout: &Layout, ib: Ib) -> Option<u8> {
    let after_counts = if layout.page > 512 { 5 } else { 3 };
    u8_at(page_bytes(data, layout, ib)?, layout.btree_meta + after_counts)
}
