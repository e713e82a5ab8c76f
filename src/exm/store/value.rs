//! Property values as the columns of the database hold them.

use std::borrow::Cow;

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};

use crate::mapi::{Guid, PropTag, PropType, Value};
use crate::mt::ext::{Flags, decode_value, encode_value};
use crate::{Error, ErrorKind, Result};

/// The most bytes that one column takes; SQLite's own cap is 10⁹ for the whole row.
const COLUMN_BYTES: u64 = 999_000_000;

/// What a column holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    /// INTEGER.
    Int(i64),
    /// REAL, not NaN.
    Real(f64),
    /// TEXT, without NUL.
    Text(Cow<'a, str>),
    /// BLOB.
    Blob(Cow<'a, [u8]>),
}

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Int(v) => ValueRef::Integer(*v),
            Self::Real(v) => ValueRef::Real(*v),
            Self::Text(v) => ValueRef::Text(v.as_bytes()),
            Self::Blob(v) => ValueRef::Blob(v),
        }))
    }
}

/// How `value` is stored under `tag`; `None` when a column has no place for it: a type that is not stored (NULL, ERROR,
/// OBJECT, unknown ones), a value that is not of its tag's type, NaN, text with a NUL, an element of MV_BINARY or a restriction
/// beyond the 16-bit counts of the blobs, more bytes than SQLite takes.
///
/// # Errors
/// The bytes of a streamed value can't be fetched.
pub fn to_cell<'v>(tag: PropTag, value: &'v Value<'_>) -> Result<Option<Cell<'v>>> {
    if tag.id() == 0 || !value.fits(tag.typ()) || tag.typ() == PropType::ERROR || tag.typ() == PropType::OBJECT {
        return Ok(None);
    }
    Ok(match value {
        Value::Null => None,
        // Unsigned, so that the bits of a negative number come back as they were.
        Value::I16(v) => Some(Cell::Int(i64::from(v.cast_unsigned()))),
        Value::I32(v) => Some(Cell::Int(i64::from(v.cast_unsigned()))),
        Value::I64(v) => Some(Cell::Int(*v)),
        Value::Bool(v) => Some(Cell::Int(i64::from(*v))),
        // SQLite makes NULL of NaN, which the columns refuse.
        Value::F32(v) => (!v.is_nan()).then_some(Cell::Real(f64::from(*v))),
        Value::F64(v) => (!v.is_nan()).then_some(Cell::Real(*v)),
        Value::Str(v) => text(v.as_bytes()),
        Value::Str8(v) => text(v),
        Value::Guid(v) => Some(Cell::Blob(v.0.as_slice().into())),
        Value::Bin(v) => fitting(v.len() as u64).then(|| Cell::Blob(v.as_ref().into())),
        Value::Stream(v) if fitting(v.len()) => Some(Cell::Blob(v.to_vec()?.into())),
        Value::Stream(_) => None,
        // All else is a blob, if its parts fit the narrow counts.
        _ => encode_value(value, tag.typ(), Flags::NARROW)
            .ok()
            .filter(|blob| fitting(blob.len() as u64))
            .map(|blob| Cell::Blob(blob.into())),
    })
}

fn text(bytes: &[u8]) -> Option<Cell<'_>> {
    let text = str::from_utf8(bytes).ok()?;
    (!text.contains('\0') && fitting(text.len() as u64)).then_some(Cell::Text(text.into()))
}

fn fitting(len: u64) -> bool {
    len <= COLUMN_BYTES
}

/// The value that `cell` holds under `tag`.
///
/// # Errors
/// The column is of another storage class than the type of `tag` is stored in, or its blob is malformed.
pub fn from_cell(tag: PropTag, cell: ValueRef<'_>) -> Result<Value<'static>> {
    let wrong = || {
        let found = cell.data_type();
        Error::new(ErrorKind::Target, format!("property {tag} is stored as {found}, which does not fit its type"))
    };
    Ok(match tag.typ() {
        PropType::SHORT => Value::I16(int(cell).ok_or_else(wrong)? as i16),
        PropType::LONG => Value::I32(int(cell).ok_or_else(wrong)? as i32),
        PropType::BOOLEAN => Value::Bool(int(cell).ok_or_else(wrong)? as u8),
        PropType::CURRENCY | PropType::I8 | PropType::SYSTIME => Value::I64(int(cell).ok_or_else(wrong)?),
        PropType::FLOAT => Value::F32(real(cell).ok_or_else(wrong)? as f32),
        PropType::DOUBLE | PropType::APPTIME => Value::F64(real(cell).ok_or_else(wrong)?),
        PropType::UNICODE => Value::Str(String::from_utf8_lossy(bytes(cell).ok_or_else(wrong)?).into_owned().into()),
        PropType::STRING8 => Value::Str8(bytes(cell).ok_or_else(wrong)?.to_vec().into()),
        PropType::CLSID => Value::Guid(bytes(cell).and_then(Guid::from_slice).ok_or_else(wrong)?),
        PropType::BINARY | PropType::OBJECT => Value::Bin(bytes(cell).ok_or_else(wrong)?.to_vec().into()),
        typ => decode_value(typ, bytes(cell).ok_or_else(wrong)?, Flags::NARROW)?,
    })
}

fn int(cell: ValueRef<'_>) -> Option<i64> {
    if let ValueRef::Integer(v) = cell { Some(v) } else { None }
}

fn real(cell: ValueRef<'_>) -> Option<f64> {
    match cell {
        ValueRef::Real(v) => Some(v),
        ValueRef::Integer(v) => Some(v as f64),
        _ => None,
    }
}

fn bytes(cell: ValueRef<'_>) -> Option<&[u8]> {
    match cell {
        ValueRef::Text(v) | ValueRef::Blob(v) => Some(v),
        _ => None,
    }
}

/// How many bytes `value` counts in the size of its message.
pub fn size(value: &Value<'_>) -> u64 {
    let sum = |lens: &mut dyn Iterator<Item = usize>| lens.map(|len| len as u64).sum();
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::I16(_) => 2,
        Value::I32(_) | Value::F32(_) => 4,
        Value::I64(_) | Value::F64(_) => 8,
        Value::Guid(_) => 16,
        Value::Str(v) => v.len() as u64,
        Value::Str8(v) => v.len() as u64,
        Value::Bin(v) | Value::SvrEid(v) => v.len() as u64,
        Value::Stream(v) => v.len(),
        Value::Restriction(_) => encoded(value, PropType::SRESTRICTION),
        Value::Actions(_) => encoded(value, PropType::ACTIONS),
        Value::MvI16(v) => 2 * v.len() as u64,
        Value::MvI32(v) => 4 * v.len() as u64,
        Value::MvF32(v) => 4 * v.len() as u64,
        Value::MvI64(v) => 8 * v.len() as u64,
        Value::MvF64(v) => 8 * v.len() as u64,
        Value::MvGuid(v) => 16 * v.len() as u64,
        Value::MvStr(v) => sum(&mut v.iter().map(|s| s.len())),
        Value::MvStr8(v) => sum(&mut v.iter().map(|s| s.len())),
        Value::MvBin(v) => sum(&mut v.iter().map(|s| s.len())),
    }
}

fn encoded(value: &Value<'_>, typ: PropType) -> u64 {
    encode_value(value, typ, Flags::NARROW).map_or(0, |bytes| bytes.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(tag: u32, value: Value<'_>) -> Option<Cell<'static>> {
        Some(match to_cell(PropTag(tag), &value).unwrap()? {
            Cell::Int(v) => Cell::Int(v),
            Cell::Real(v) => Cell::Real(v),
            Cell::Text(v) => Cell::Text(v.into_owned().into()),
            Cell::Blob(v) => Cell::Blob(v.into_owned().into()),
        })
    }

    #[test]
    fn integers_are_unsigned_but_times_are_not() {
        assert_eq!(cell(0x0001_0002, Value::I16(-1)), Some(Cell::Int(65_535)));
        assert_eq!(cell(0x0001_0003, Value::I32(-1)), Some(Cell::Int(4_294_967_295)));
        assert_eq!(cell(0x0001_0040, Value::I64(-1)), Some(Cell::Int(-1)));
        assert_eq!(cell(0x0001_000B, Value::Bool(255)), Some(Cell::Int(255)));
    }

    #[test]
    fn blobs_have_the_encoding_with_narrow_counts() {
        assert_eq!(cell(0x0001_0102, Value::bin(&b""[..])), Some(Cell::Blob([][..].into())));
        let mv = Value::MvBin(vec![b"ab"[..].into(), b""[..].into()]);
        assert_eq!(cell(0x0001_1102, mv), Some(Cell::Blob(b"\x02\0\0\0\x02\0ab\0\0"[..].into())));
        let svreid = Value::SvrEid(b"\0xy"[..].into());
        assert_eq!(cell(0x0001_00FB, svreid), Some(Cell::Blob(b"\x03\0\0xy"[..].into())));
        assert_eq!(
            cell(0x0001_101F, Value::MvStr(vec!["a".into(), "ü".into()])),
            Some(Cell::Blob(b"\x02\0\0\0a\0\xC3\xBC\0"[..].into()))
        );
    }

    #[test]
    fn what_a_column_has_no_place_for() {
        assert_eq!(cell(0x0001_0005, Value::F64(f64::NAN)), None);
        assert_eq!(cell(0x0001_001F, Value::str("a\0b")), None);
        assert_eq!(cell(0x0001_001E, Value::Str8(b"\xFF"[..].into())), None);
        assert_eq!(cell(0x0001_1102, Value::MvBin(vec![vec![0; 65_536].into()])), None);
        assert_eq!(cell(0x0001_000A, Value::I32(5)), None);
        assert_eq!(cell(0x0001_000D, Value::bin(&b"x"[..])), None);
        assert_eq!(cell(0x0001_0003, Value::I16(5)), None);
        assert_eq!(cell(0x0000_0003, Value::I32(5)), None);
        assert!(cell(0x0001_1102, Value::MvBin(vec![vec![0; 65_535].into()])).is_some());
    }
}
