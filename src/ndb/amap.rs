//! Map pages (AMAPPAGE and its kin, [MS-PST] 2.2.2.7.2 to 5): when one is sound, and which parts of the file are in use. Recovery asks
//! the allocation maps whether what it has found is live or was given up.

use super::check::crc32;
use super::page::{PageTrailer, PageType, page_bytes};
use super::{Ib, Layout};

/// What is wrong with the map page of type `ptype` at `ib`; `None` where it is sound.
pub(super) fn fault(data: &[u8], layout: &Layout, ib: Ib, ptype: PageType) -> Option<String> {
    let page = page_bytes(data, layout, ib).and_then(|page| Some((page, PageTrailer::parse(layout, page)?)));
    let Some((page, trailer)) = page else { return Some("the end of the file".to_owned()) };
    if [trailer.ptype.0, trailer.repeat] != [ptype.0; 2] {
        return Some(format!("ptype {:#04x}, ptypeRepeat {:#04x}", trailer.ptype.0, trailer.repeat));
    }
    let crc = crc32(page.get(..layout.page - layout.page_trailer)?);
    if trailer.crc != crc {
        return Some(format!("CRC {:#010x} stored, {crc:#010x} computed", trailer.crc));
    }
    let right = (trailer.sig, trailer.bid.0) == (0, ib.0);
    (!right).then(|| format!("wSig {:#06x}, bid {}", trailer.sig, trailer.bid))
}

/// The bits of the map page of type `ptype` at `ib`, where it is sound.
pub(super) fn bits<'a>(data: &'a [u8], layout: &Layout, ib: Ib, ptype: PageType) -> Option<&'a [u8]> {
    let page = page_bytes(data, layout, ib).filter(|_| fault(data, layout, ib, ptype).is_none())?;
    page.get(layout.map_bits..layout.map_bits + layout.map_bytes)
}

/// Whether all of the `len` bytes at `ib` are in use, by a sound map; `None` where there is none.
pub(super) fn is_allocated(data: &[u8], layout: &Layout, ib: Ib, len: usize) -> Option<bool> {
    let from = ib.0.checked_sub(layout.first_amap)?;
    let map_at = layout.first_amap + from / layout.region() * layout.region();
    let bits = bits(data, layout, Ib(map_at), PageType::AMAP)?;
    let bit = |i: u64| bits.get(usize::try_from(i / 8).ok()?).map(|b| b & (0x80 >> (i % 8)) != 0);
    let first = (ib.0 - map_at) / layout.amap_unit;
    let last = (ib.0 - map_at + (len as u64).max(1) - 1) / layout.amap_unit;
    Some((first..=last).all(|i| bit(i) == Some(true)))
}
