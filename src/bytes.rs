//! Little-endian numbers out of untrusted bytes: `None` where the bytes end; and the checksum of bytes.

use byteorder::{ByteOrder, LittleEndian};

/// The byte at `at`.
pub(crate) fn u8_at(bytes: &[u8], at: usize) -> Option<u8> {
    bytes.get(at).copied()
}

/// The two bytes at `at`.
pub(crate) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    slice_at(bytes, at, 2).map(LittleEndian::read_u16)
}

/// The four bytes at `at`.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    slice_at(bytes, at, 4).map(LittleEndian::read_u32)
}

/// The `len` bytes at `at`.
pub(crate) fn slice_at(bytes: &[u8], at: usize, len: usize) -> Option<&[u8]> {
    bytes.get(at..at.checked_add(len)?)
}

/// The CRC-32 of `bytes` as PFF ([MS-PST] 5.3) and compressed RTF ([MS-OXRTFCP] 2.1.3.2) have it: the polynomial of zlib, but started
/// with 0 and not inverted.
pub fn crc32(bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(!0);
    hasher.update(bytes);
    !hasher.finalize()
}

/// A place in bytes that moves on as they are taken; `None` where they end, and then it stays.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Cursor<'b> {
    /// The beginning of `bytes`.
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// How many bytes have been taken.
    pub(crate) fn at(self) -> usize {
        self.at
    }

    /// How many bytes are left.
    pub(crate) fn left(self) -> usize {
        self.bytes.len() - self.at
    }

    /// The next `len` bytes.
    pub(crate) fn take(&mut self, len: usize) -> Option<&'b [u8]> {
        let taken = slice_at(self.bytes, self.at, len)?;
        self.at += len;
        Some(taken)
    }

    /// The next two bytes.
    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.take(2).map(LittleEndian::read_u16)
    }

    /// The next four bytes.
    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.take(4).map(LittleEndian::read_u32)
    }

    /// `count` numbers of four bytes; nothing is taken where so many are not left.
    pub(crate) fn u32s(&mut self, count: usize) -> Option<Vec<u32>> {
        Some(self.take(count.checked_mul(4)?)?.chunks_exact(4).map(LittleEndian::read_u32).collect())
    }

    /// A block with its length of four bytes before it.
    pub(crate) fn block(&mut self) -> Option<&'b [u8]> {
        let mut ahead = *self;
        let len = usize::try_from(ahead.u32()?).ok()?;
        let block = ahead.take(len)?;
        *self = ahead;
        Some(block)
    }
}

/// The byte that the two hexadecimal digits at `at` write; `None` where these are not two.
pub(crate) fn hex_byte(bytes: &[u8], at: usize) -> Option<u8> {
    let digit = |at| char::from(u8_at(bytes, at)?).to_digit(16);
    Some((digit(at)? << 4 | digit(at + 1)?) as u8)
}

/// `bytes` in hexadecimal, in lower case.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |n: u8| char::from(DIGITS[usize::from(n & 0xF)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}
