//! Property values ([MS-OXCDATA] 2.11.1).

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use super::restriction::{Actions, Restriction};
use super::{Guid, PropType};

/// The value of a property. The [`PropType`] of its tag says how a value of a storage class is meant:
/// CURRENCY, I8 and SYSTIME are all `I64`, DOUBLE and APPTIME are `F64`, LONG and ERROR are `I32`,
/// BINARY and OBJECT are `Bin` or, where they are not held in memory, `Stream`.
#[derive(Debug, Clone)]
pub enum Value<'a> {
    /// NULL.
    Null,
    /// SHORT.
    I16(i16),
    /// LONG, ERROR.
    I32(i32),
    /// CURRENCY, I8, SYSTIME.
    I64(i64),
    /// FLOAT.
    F32(f32),
    /// DOUBLE, APPTIME.
    F64(f64),
    /// BOOLEAN; the byte as it is stored.
    Bool(u8),
    /// UNICODE, without NUL.
    Str(Cow<'a, str>),
    /// STRING8, without NUL, in a code page that the value does not tell.
    Str8(Cow<'a, [u8]>),
    /// CLSID.
    Guid(Guid),
    /// BINARY, OBJECT.
    Bin(Cow<'a, [u8]>),
    /// BINARY, OBJECT whose bytes are fetched in pieces when they are needed.
    Stream(Stream<'a>),
    /// SVREID: the byte that tells "ours" and what follows it, without the length before them.
    SvrEid(Cow<'a, [u8]>),
    /// SRESTRICTION.
    Restriction(Box<Restriction>),
    /// ACTIONS.
    Actions(Box<Actions>),
    /// MV_SHORT.
    MvI16(Vec<i16>),
    /// MV_LONG.
    MvI32(Vec<i32>),
    /// MV_CURRENCY, MV_I8, MV_SYSTIME.
    MvI64(Vec<i64>),
    /// MV_FLOAT.
    MvF32(Vec<f32>),
    /// MV_DOUBLE, MV_APPTIME.
    MvF64(Vec<f64>),
    /// MV_UNICODE.
    MvStr(Vec<Cow<'a, str>>),
    /// MV_STRING8.
    MvStr8(Vec<Cow<'a, [u8]>>),
    /// MV_CLSID.
    MvGuid(Vec<Guid>),
    /// MV_BINARY.
    MvBin(Vec<Cow<'a, [u8]>>),
}

impl<'a> Value<'a> {
    /// The bytes of memory that it takes beside its own.
    pub fn held(&self) -> u64 {
        let len = match self {
            Self::Str(text) => text.len(),
            Self::Str8(bytes) | Self::Bin(bytes) | Self::SvrEid(bytes) => bytes.len(),
            Self::MvStr(list) => list.iter().map(|text| size_of_val(text) + text.len()).sum(),
            Self::MvStr8(list) | Self::MvBin(list) => list.iter().map(|bytes| size_of_val(bytes) + bytes.len()).sum(),
            Self::MvI16(list) => size_of_val(list.as_slice()),
            Self::MvI32(list) => size_of_val(list.as_slice()),
            Self::MvF32(list) => size_of_val(list.as_slice()),
            Self::MvI64(list) => size_of_val(list.as_slice()),
            Self::MvF64(list) => size_of_val(list.as_slice()),
            Self::MvGuid(list) => size_of_val(list.as_slice()),
            // The others are small, or not in memory.
            _ => 0,
        };
        len as u64
    }

    /// A string value.
    pub fn str(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Str(text.into())
    }

    /// A binary value.
    pub fn bin(bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        Self::Bin(bytes.into())
    }

    /// The text of a UNICODE value.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(s) => Some(s),
            _ => None,
        }
    }

    /// The number of a SHORT, LONG, I8, SYSTIME, CURRENCY or BOOLEAN value.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::I16(v) => Some(i64::from(*v)),
            Self::I32(v) => Some(i64::from(*v)),
            Self::I64(v) => Some(*v),
            Self::Bool(v) => Some(i64::from(*v)),
            _ => None,
        }
    }

    /// The bytes of a BINARY or OBJECT value that is held in memory.
    pub fn as_bin(&self) -> Option<&[u8]> {
        match self {
            Self::Bin(b) => Some(b),
            _ => None,
        }
    }

    /// Whether this storage class is the one of `typ`.
    pub fn fits(&self, typ: PropType) -> bool {
        match self {
            Self::Null => typ == PropType::NULL,
            Self::I16(_) => typ == PropType::SHORT,
            Self::I32(_) => matches!(typ, PropType::LONG | PropType::ERROR),
            Self::I64(_) => matches!(typ, PropType::CURRENCY | PropType::I8 | PropType::SYSTIME),
            Self::F32(_) => typ == PropType::FLOAT,
            Self::F64(_) => matches!(typ, PropType::DOUBLE | PropType::APPTIME),
            Self::Bool(_) => typ == PropType::BOOLEAN,
            Self::Str(_) => typ == PropType::UNICODE,
            Self::Str8(_) => typ == PropType::STRING8,
            Self::Guid(_) => typ == PropType::CLSID,
            Self::Bin(_) | Self::Stream(_) => matches!(typ, PropType::BINARY | PropType::OBJECT),
            Self::SvrEid(_) => typ == PropType::SVREID,
            Self::Restriction(_) => typ == PropType::SRESTRICTION,
            Self::Actions(_) => typ == PropType::ACTIONS,
            Self::MvI16(_) => typ == PropType::MV_SHORT,
            Self::MvI32(_) => typ == PropType::MV_LONG,
            Self::MvI64(_) => matches!(typ, PropType::MV_CURRENCY | PropType::MV_I8 | PropType::MV_SYSTIME),
            Self::MvF32(_) => typ == PropType::MV_FLOAT,
            Self::MvF64(_) => matches!(typ, PropType::MV_DOUBLE | PropType::MV_APPTIME),
            Self::MvStr(_) => typ == PropType::MV_UNICODE,
            Self::MvStr8(_) => typ == PropType::MV_STRING8,
            Self::MvGuid(_) => typ == PropType::MV_CLSID,
            Self::MvBin(_) => typ == PropType::MV_BINARY,
        }
    }
}

/// Bytes that are fetched when they are needed, in pieces, and never gathered.
pub trait Content: Send + Sync {
    /// How many bytes [`Content::copy_to`] writes, known beforehand.
    fn len(&self) -> u64;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes all of the bytes to `out`, exactly [`Content::len`] of them; may be called again.
    ///
    /// # Errors
    /// Only those of `out` and of the medium: damage is recorded where the content was made, and filled up.
    fn copy_to(&self, out: &mut dyn Write) -> io::Result<()>;
}

/// A shared handle on [`Content`].
#[derive(Clone)]
pub struct Stream<'a>(Arc<dyn Content + 'a>);

impl<'a> Stream<'a> {
    /// A handle on `content`.
    pub fn new(content: impl Content + 'a) -> Self {
        Self(Arc::new(content))
    }

    /// How many bytes there are.
    pub fn len(&self) -> u64 {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes all of the bytes to `out`.
    ///
    /// # Errors
    /// As [`Content::copy_to`].
    pub fn copy_to(&self, out: &mut dyn Write) -> io::Result<()> {
        self.0.copy_to(out)
    }

    /// All of the bytes, gathered: for contents that are known to be small.
    ///
    /// # Errors
    /// As [`Content::copy_to`].
    pub fn to_vec(&self) -> io::Result<Vec<u8>> {
        let mut out = Vec::with_capacity(usize::try_from(self.len().min(1 << 20)).unwrap_or(0));
        self.copy_to(&mut out)?;
        Ok(out)
    }
}

impl fmt::Debug for Stream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stream({} bytes)", self.len())
    }
}
