//! The blocks of a heap: HNPAGEMAP ([MS-PST] 2.3.1.5) and the fill levels of HNHDR and HNBITMAPHDR (2.3.1.2 and 2.3.1.4).

use crate::bytes::{slice_at, u16_at};
use crate::damage::{Effect, Finding, Findings};
use crate::ltp::Heap;
use crate::ltp::heap::{FIRST_HEADER, fill_level, header_size, is_bitmap};

/// Bytes before the fill levels of HNHDR and HNBITMAPHDR.
const LEVELS_OF_FIRST: usize = 8;
const LEVELS_OF_BITMAP: usize = 2;

/// Checks every block of `heap`. Blocks that can't be read are left to its reader.
pub(super) fn check(heap: &Heap<'_>) {
    let scope = heap.scope;
    let layout = scope.db.header().layout;
    // The levels that the last header has told, two in a byte, and the block that the first is of.
    let (mut levels, mut first) = (Vec::new(), 0);
    for (index, bid) in heap.leaves().iter().enumerate() {
        let Ok(block) = scope.db.block(*bid, &Findings::new()) else { continue };
        if index == 0 {
            (levels, first) = (block.get(LEVELS_OF_FIRST..FIRST_HEADER).unwrap_or_default().to_vec(), index);
        } else if is_bitmap(index) {
            (levels, first) = (block.get(LEVELS_OF_BITMAP..header_size(index)).unwrap_or_default().to_vec(), index);
        }
        let end = match page_map(index, &block) {
            Ok(end) => end,
            Err(finding) => {
                scope.findings.add(finding.bid(bid.0));
                continue;
            }
        };
        if !layout.known_fill_levels || index < first || index - first >= 2 * levels.len() {
            continue;
        }
        let told = levels[(index - first) / 2] >> (4 * ((index - first) % 2)) & 0xF;
        let level = fill_level(layout.max_data().saturating_sub(end.end));
        if told != level {
            let finding =
                Finding::new(Effect::Notice, "rgbFillLevel", format!("{level} for block {index} of the heap"), told);
            scope.findings.add(finding.bid(bid.0));
        }
        if end.empty != end.free {
            let expected = format!("{}, the empty allocations", end.empty);
            scope.findings.add(Finding::new(Effect::Notice, "HNPAGEMAP.cFree", expected, end.free).bid(bid.0));
        }
    }
}

/// A page map that can be: where it ends, its empty allocations, and how many it says there are.
struct PageMap {
    end: usize,
    empty: usize,
    free: usize,
}

fn page_map(index: usize, block: &[u8]) -> Result<PageMap, Finding> {
    let wrong = |expected: String, found: String| Err(Finding::new(Effect::Altered, "HNPAGEMAP", expected, found));
    let map = usize::from(u16_at(block, 0).unwrap_or(0));
    let (Some(count), Some(free)) = (u16_at(block, map), u16_at(block, map + 2)) else {
        return wrong(format!("a map in the {} bytes of the block", block.len()), format!("ibHnpm {map}"));
    };
    let (count, free) = (usize::from(count), usize::from(free));
    let Some(offsets) = slice_at(block, map + 4, 2 * (count + 1)) else {
        let room = block.len().saturating_sub(map + 6) / 2;
        return wrong(format!("at most {room} allocations (cAlloc)"), count.to_string());
    };
    let offsets: Vec<usize> = offsets.as_chunks::<2>().0.iter().map(|b| usize::from(u16::from_le_bytes(*b))).collect();
    let (first, last) = (offsets[0], offsets[count]);
    if first != header_size(index) {
        return wrong(format!("the first allocation behind the header, at {}", header_size(index)), first.to_string());
    }
    if let Some([a, b]) = offsets.array_windows().find(|[a, b]| a > b) {
        return wrong("allocations one behind the other".to_owned(), format!("one at {b} behind {a}"));
    }
    if last.next_multiple_of(2) != map {
        return wrong(format!("the end of the last allocation before the map at {map}"), last.to_string());
    }
    let empty = offsets.array_windows().filter(|[a, b]| a == b).count();
    Ok(PageMap { end: map + 4 + 2 * offsets.len(), empty, free })
}
