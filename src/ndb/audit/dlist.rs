//! The density list ([MS-PST] 2.2.2.7.4.2): which AMaps have most free space. A hint only, so nothing in it costs anything.

use super::maps;
use crate::bytes::{u8_at, u32_at};
use crate::damage::{Effect, Finding, Findings};
use crate::ndb::check::{crc32, signature};
use crate::ndb::page::{PageTrailer, PageType, page_bytes};
use crate::ndb::{Database, Format, Ib};

/// Bytes before the first entry, and the most entries of a page of 512 bytes.
const HEADER: usize = 8;
const MOST: usize = 119;
/// Bits of `dwPageNum` in an entry; `dwFreeSlots` is above.
const PAGE_BITS: u32 = 20;

/// Checks the page, where the file has one: ANSI files and Outlook's older versions have none.
pub(super) fn check(db: &Database<'_>, findings: &Findings) {
    let layout = db.header().layout;
    let ib = Ib(layout.first_amap - layout.page as u64);
    let Some(page) = page_bytes(db.data, layout, ib) else { return };
    if layout.format == Format::Ansi || page.iter().all(|b| *b == 0) {
        return;
    }
    let report = |expected: String, found: String| {
        findings.add(Finding::new(Effect::Notice, "DLIST", expected, found).at(ib.0));
    };
    let Some(trailer) = PageTrailer::parse(layout, page) else { return };
    let crc = crc32(&page[..layout.page - layout.page_trailer]);
    let found = (trailer.ptype, trailer.repeat, trailer.sig, trailer.crc);
    if found != (PageType::DLIST, PageType::DLIST.0, signature(ib.0, trailer.bid.0), crc) {
        let found = format!("ptype {:#04x}, wSig {:#06x}, CRC {:#010x}", trailer.ptype.0, trailer.sig, trailer.crc);
        return report(format!("a sealed page (ptype 0x86, CRC {crc:#010x}), or none"), found);
    }
    // What the entries of a page of 4096 bytes look like is nowhere told, and none has been seen.
    if layout.format == Format::Unicode {
        entries(db, page, &report);
    }
}

fn entries(db: &Database<'_>, page: &[u8], report: &dyn Fn(String, String)) {
    let count = usize::from(u8_at(page, 1).unwrap_or(0));
    if count > MOST {
        return report(format!("at most {MOST} entries (cEntDList)"), count.to_string());
    }
    let list: Vec<u32> = (0..count).filter_map(|i| u32_at(page, HEADER + 4 * i)).collect();
    let slots = |entry: &u32| entry >> PAGE_BITS;
    if !list.is_sorted_by_key(|e| std::cmp::Reverse(slots(e))) {
        report("entries by descending dwFreeSlots".to_owned(), "another order".to_owned());
    }
    let (mut missing, mut stale) = (0, 0);
    for entry in &list {
        let place = maps::amap_of(db, u64::from(entry & ((1 << PAGE_BITS) - 1)));
        let free = maps::bits(db, place).map(|bits| bits.iter().map(|b| b.count_zeros()).sum::<u32>());
        missing += u32::from(free.is_none());
        stale += u32::from(free.is_some_and(|f| f != slots(entry)));
    }
    if missing > 0 {
        report("entries of AMaps that are there".to_owned(), format!("{missing} of {count} of others"));
    }
    if stale > 0 {
        report("the free units of each AMap".to_owned(), format!("another number in {stale} of {count} entries"));
    }
}
