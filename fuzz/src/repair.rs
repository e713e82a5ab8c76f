//! Checksums and signatures of a changed file made right again, so that a fuzzer gets past them.

use pffkit::damage::Findings;
use pffkit::ndb::check::signature;
use pffkit::ndb::page::{PageTrailer, PageType};
use pffkit::ndb::{Format, Header, Layout, seal};

/// Repairs the header, every page of a tree, and every block that an entry of such a page names. What is no PFF file stays as it is.
pub fn all(data: &mut [u8]) {
    let Ok(header) = Header::parse(data, &Findings::new()) else { return };
    let layout = header.layout;
    seal::header(layout, data);
    // Pages start at multiples of 512 in every format.
    for ib in (0..data.len().saturating_sub(layout.page - 1)).step_by(512) {
        let page = &data[ib..ib + layout.page];
        let Some(trailer) = PageTrailer::parse(layout, page).filter(|t| t.ptype.0 == t.repeat) else { continue };
        if trailer.ptype == PageType::BBT {
            blocks(layout, page).into_iter().for_each(|named| block(data, layout, named));
        }
        if [PageType::BBT, PageType::NBT].contains(&trailer.ptype) {
            tree_page(&mut data[ib..ib + layout.page], layout, ib as u64, trailer.bid.0);
        }
    }
}

fn tree_page(page: &mut [u8], layout: &Layout, ib: u64, bid: u64) {
    sign(&mut page[layout.page - layout.page_trailer..], ib, bid);
    seal::page(layout, page);
}

/// `wSig`, which is at the same place in the trailers of pages and blocks ([MS-PST] 2.2.2.7.1, 2.2.2.8.1).
fn sign(trailer: &mut [u8], ib: u64, bid: u64) {
    trailer[2..4].copy_from_slice(&signature(ib, bid).to_le_bytes());
}

/// BBTENTRY ([MS-PST] 2.2.2.7.7.3), as far as it tells where a block is.
struct Named {
    bid: u64,
    ib: usize,
    cb: u16,
}

/// What a page names if it is a leaf of the block B-tree.
fn blocks(layout: &Layout, page: &[u8]) -> Vec<Named> {
    let entry = |e: &[u8]| Named {
        bid: layout.read_id(e),
        ib: layout.read_id(&e[layout.id..]) as usize,
        cb: u16::from_le_bytes([e[2 * layout.id], e[2 * layout.id + 1]]),
    };
    page[..layout.btree_meta].chunks_exact(layout.bbt_entry).map(entry).collect()
}

fn block(data: &mut [u8], layout: &Layout, Named { bid, ib, cb }: Named) {
    let size = layout.block_on_disk(usize::from(cb));
    let Some(block) = data.get_mut(ib..ib.saturating_add(size)) else { return };
    let bid_at = if layout.format == Format::Ansi { 4 } else { 8 };
    let trailer = &mut block[size - layout.block_trailer..];
    trailer[..2].copy_from_slice(&cb.to_le_bytes());
    sign(trailer, ib as u64, bid);
    trailer[bid_at..bid_at + layout.id].copy_from_slice(&bid.to_le_bytes()[..layout.id]);
    seal::block(layout, block, usize::from(cb));
}
