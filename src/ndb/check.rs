//! The two checks that pages and blocks carry: CRC-32 and signature.

pub use crate::bytes::crc32;

/// The signature of a page or block with id `bid` at offset `ib` ([MS-PST] 5.5).
pub const fn signature(ib: u64, bid: u64) -> u16 {
    let x = (ib ^ bid) as u32;
    (x >> 16) as u16 ^ x as u16
}
