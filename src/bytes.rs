//! Little-endian numbers out of untrusted bytes: `None` where the bytes end.

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
