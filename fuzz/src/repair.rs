//! Checksums and signatures of a changed file made right again, so that a fuzzer gets past them.

use pffkit::damage::Findings;
use pffkit::ndb::check::{crc32, signature};
use pffkit::ndb::page::{PageTrailer, PageType};
use pffkit::ndb::{Format, Header, Layout};

/// Repairs the header, every page of a tree, and every block that an entry of such a page names. What is no PFF file stays as it is.
pub fn all(data: &mut [u8]) {
    header(data);
    let Ok(header) = Header::parse(data, &Findings::new()) else { return };
    let layout = header.layout;
    // Pages start at multiples of 512 in every format.
    for ib in (0..data.len().saturating_sub(layout.page - 1)).step_by(512) {
        let page = &data[ib..ib + layout.page];
        let Some(trailer) = PageTrailer::parse(layout, page).filter(|t| t.ptype.0 == t.repeat) else { continue };
        if trailer.ptype == PageType::BBT {
            blocks(layout, page).into_iter().for_each(|named| block(data, layout, named));
        }
        if [PageType::BBT, PageType::NBT].contains(&trailer.ptype) {
            page_trailer(&mut data[ib..ib + layout.page], layout, ib as u64, trailer.bid.0);
        }
    }
}

/// `dwCRCPartial` and `dwCRCFull` ([MS-PST] 2.2.2.6). ANSI files have only the first; in the place of the second there are no fields.
fn header(data: &mut [u8]) {
    for (len, at) in [(471, 4), (516, 524)] {
        let crc = data.get(8..8 + len).map(crc32);
        if let (Some(crc), Some(field)) = (crc, data.get_mut(at..at + 4)) {
            field.copy_from_slice(&crc.to_le_bytes());
        }
    }
}

/// Where the CRC and the id are in the trailer of a page or block ([MS-PST] 2.2.2.7.1, 2.2.2.8.1).
fn fields(layout: &Layout) -> (usize, usize) {
    if layout.format == Format::Ansi { (8, 4) } else { (4, 8) }
}

fn page_trailer(page: &mut [u8], layout: &Layout, ib: u64, bid: u64) {
    let (body, trailer) = page.split_at_mut(layout.page - layout.page_trailer);
    let (crc_at, _) = fields(layout);
    trailer[2..4].copy_from_slice(&signature(ib, bid).to_le_bytes());
    trailer[crc_at..crc_at + 4].copy_from_slice(&crc32(body).to_le_bytes());
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
    let crc = crc32(&block[..usize::from(cb)]);
    let (crc_at, bid_at) = fields(layout);
    let trailer = &mut block[size - layout.block_trailer..];
    trailer[..2].copy_from_slice(&cb.to_le_bytes());
    trailer[2..4].copy_from_slice(&signature(ib as u64, bid).to_le_bytes());
    trailer[crc_at..crc_at + 4].copy_from_slice(&crc.to_le_bytes());
    trailer[bid_at..bid_at + layout.id].copy_from_slice(&bid.to_le_bytes()[..layout.id]);
}
