//! Allocation maps (AMAPPAGE, [MS-PST] 2.2.2.7.2): which parts of the file are in use. Recovery asks them whether what it has found
//! is live or was given up.

use super::check::crc32;
use super::page::{PageTrailer, PageType, page_bytes};
use super::{Ib, Layout};

/// Whether all of the `len` bytes at `ib` are in use, by a sound map; `None` where there is none.
pub(super) fn is_allocated(data: &[u8], layout: &Layout, ib: Ib, len: usize) -> Option<bool> {
    let from = ib.0.checked_sub(layout.first_amap)?;
    let map_at = layout.first_amap + from / layout.region() * layout.region();
    let page = page_bytes(data, layout, Ib(map_at))?;
    let trailer = PageTrailer::parse(layout, page)?;
    let sound = [trailer.ptype.0, trailer.repeat] == [PageType::AMAP.0; 2]
        && trailer.bid.0 == map_at
        && crc32(page.get(..layout.page - layout.page_trailer)?) == trailer.crc;
    let bit = |i: u64| page.get(layout.map_bits + usize::try_from(i / 8).ok()?).map(|b| b & (0x80 >> (i % 8)) != 0);
    let first = (ib.0 - map_at) / layout.amap_unit;
    let last = (ib.0 - map_at + (len as u64).max(1) - 1) / layout.amap_unit;
    sound.then(|| (first..=last).all(|i| bit(i) == Some(true)))
}
