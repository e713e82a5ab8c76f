//! The encoding of property values: in the frames of a stream, and in the blobs of a mailbox database.
//!
//! Everything is little-endian; strings are UTF-8 with a NUL behind them; lists have a 32-bit count. What differs between
//! the two uses is the width of a few counts: [`Flags`].

mod decode;
mod encode;
mod input;
mod rules;
mod spool;

pub(crate) use decode::Decoder;
pub(crate) use encode::Encoder;

use crate::damage::Findings;
use crate::limits::Limits;
use crate::mapi::{PropType, Value};
use crate::{Error, ErrorKind, Result};

/// How deep restrictions may be nested in restrictions. Clients build a dozen levels.
const RESTRICTION_DEPTH: usize = 64;

/// How wide the lengths of BINARY values and the counts of AND and OR restrictions are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flags {
    wide: bool,
}

impl Flags {
    /// 32 bits: in streams.
    pub const WIDE: Self = Self { wide: true };
    /// 16 bits: in the blobs of a mailbox database.
    pub const NARROW: Self = Self { wide: false };
}

/// The bytes of `value`, which is of type `typ`.
///
/// # Errors
/// `value` is not of `typ`, or can't be encoded: it holds a string with a NUL, has no encoding (NULL), or is too long
/// for the counts of `flags`.
pub fn encode_value(value: &Value<'_>, typ: PropType, flags: Flags) -> Result<Vec<u8>> {
    let mut encoder = Encoder::new(flags);
    encoder.value(value, typ)?;
    encoder.gather()
}

/// The value of type `typ` that `bytes` encode; bytes behind it are ignored, invalid UTF-8 is replaced by U+FFFD.
///
/// # Errors
/// `bytes` end too early, or `typ` has no encoding.
pub fn decode_value(typ: PropType, bytes: &[u8], flags: Flags) -> Result<Value<'static>> {
    // The bytes are in memory as it is, so nothing is gained by spooling.
    let limits = Limits { spool_bytes: u64::MAX, ..Limits::default() };
    let mut decoder = Decoder::new(bytes, flags, limits, Findings::new());
    decoder.input.enter("value", bytes.len() as u64);
    decoder.value(typ).map(|(_, value)| value)
}

/// The type that says how values of `typ` are encoded: an instance of a multi-value property (0x3xxx) is encoded like a
/// single value.
pub(crate) fn encoded_as(typ: PropType) -> PropType {
    if typ.0 & 0x3000 == 0x3000 { PropType(typ.0 & !0x3000) } else { typ }
}

/// The error of bytes or values that break a rule of the format.
fn malformed(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Stream, message)
}

/// The error of something too large.
fn too_large(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Limit, message)
}
