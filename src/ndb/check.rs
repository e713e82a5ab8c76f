//! The two checks that pages and blocks carry: CRC-32 and signature.

/// The CRC-32 of `bytes` as PFF computes it ([MS-PST] 5.3): the polynomial of zlib, but started with 0 and not inverted.
pub fn crc32(bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(!0);
    hasher.update(bytes);
    !hasher.finalize()
}

/// The signature of a page or block with id `bid` at offset `ib` ([MS-PST] 5.5).
pub const fn signature(ib: u64, bid: u64) -> u16 {
    let x = (ib ^ bid) as u32;
    (x >> 16) as u16 ^ x as u16
}
