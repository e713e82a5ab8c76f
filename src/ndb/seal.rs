//! Makes the checks of changed pages, blocks and headers right again, so that what was changed is all that is wrong with them.

use super::check::crc32;
use super::header::{CRC_FULL, CRC_FULL_AT, CRC_PARTIAL, CRC_START};
use super::{Format, Layout};

/// Offsets of `dwCRC` in the trailer of a page and of a block.
const fn crc_at(layout: &Layout) -> usize {
    // The ANSI trailer has the id before the CRC, the others after it.
    if matches!(layout.format, Format::Ansi) { 8 } else { 4 }
}

/// Puts the CRC of `page`, a whole page, into its trailer ([MS-PST] 2.2.2.7.1).
pub fn page(layout: &Layout, page: &mut [u8]) {
    let trailer = layout.page - layout.page_trailer;
    set(page, trailer + crc_at(layout), trailer, 0);
}

/// Puts the CRC of the first `cb` bytes of `block`, a whole block with its trailer, into that (2.2.2.8.1).
pub fn block(layout: &Layout, block: &mut [u8], cb: usize) {
    let Some(trailer) = block.len().checked_sub(layout.block_trailer) else { return };
    set(block, trailer + crc_at(layout), cb, 0);
}

/// Puts both CRCs into `header`, at least the first 564 bytes of a file (2.2.2.6). That of ANSI files has one.
pub fn header(layout: &Layout, header: &mut [u8]) {
    if layout.format != Format::Ansi {
        set(header, CRC_FULL_AT, CRC_START + CRC_FULL, CRC_START);
    }
    set(header, 4, CRC_START + CRC_PARTIAL, CRC_START);
}

/// Puts the CRC of `bytes[from..end]` at `at`, where all of it is there.
fn set(bytes: &mut [u8], at: usize, end: usize, from: usize) {
    let Some(crc) = bytes.get(from..end).map(crc32) else { return };
    if let Some(place) = bytes.get_mut(at..at + 4) {
        place.copy_from_slice(&crc.to_le_bytes());
    }
}
