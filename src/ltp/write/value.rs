//! Property values as property and table contexts store them ([MS-PST] 2.3.3.4, 2.3.4.4.2).

use std::borrow::Cow;

use crate::ltp::tc::cell_size;
use crate::mapi::codepage::encode;
use crate::mapi::{PropTag, PropType, Stream, Value};
use crate::{Error, ErrorKind, Result};

/// How text is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextEncoding {
    /// As UNICODE, in UTF-16.
    Unicode,
    /// As STRING8, in a Windows code page: ANSI files.
    CodePage(u32),
}

/// A value, ready to be stored.
pub(super) enum Stored<'v> {
    /// What fits into 4 bytes.
    Inline(u32),
    /// What a property context keeps in its heap and a table in its row.
    Fixed8([u8; 8]),
    /// What is kept in a heap or, where it is large, in a subnode.
    Bytes(Cow<'v, [u8]>),
    /// The same, not in memory.
    Stream(&'v Stream<'v>),
}

impl TextEncoding {
    /// The type under which a value of type `typ` is stored.
    pub(super) fn stored_type(self, typ: PropType) -> PropType {
        match (self, typ) {
            (Self::CodePage(_), PropType::UNICODE) => PropType::STRING8,
            (Self::CodePage(_), PropType::MV_UNICODE) => PropType::MV_STRING8,
            _ => typ,
        }
    }

    /// `value` of `tag`, ready to be stored. A binary value goes under a tag of any variable-size type as it is.
    ///
    /// # Errors
    /// [`ErrorKind::Target`] when the value has no form in a file: text that the code page lacks, a stored restriction.
    pub(super) fn store<'v>(self, tag: PropTag, value: &'v Value<'v>) -> Result<Stored<'v>> {
        let long = |v: i64| Stored::Fixed8(v.to_le_bytes());
        Ok(match value {
            Value::Null => Stored::Inline(0),
            Value::I16(v) => Stored::Inline(u32::from(*v as u16)),
            Value::I32(v) => Stored::Inline(*v as u32),
            Value::F32(v) => Stored::Inline(v.to_bits()),
            Value::Bool(v) => Stored::Inline(u32::from(*v)),
            Value::I64(v) => long(*v),
            Value::F64(v) => long(v.to_bits() as i64),
            Value::Guid(v) => Stored::Bytes(Cow::Borrowed(&v.0)),
            Value::Str(v) => Stored::Bytes(self.encode(tag, v)?.into()),
            Value::Str8(v) | Value::Bin(v) | Value::SvrEid(v) => Stored::Bytes(Cow::Borrowed(v)),
            Value::Stream(v) => Stored::Stream(v),
            Value::MvI16(v) => fixed(v, |v| v.to_le_bytes()),
            Value::MvI32(v) => fixed(v, |v| v.to_le_bytes()),
            Value::MvI64(v) => fixed(v, |v| v.to_le_bytes()),
            Value::MvF32(v) => fixed(v, |v| v.to_le_bytes()),
            Value::MvF64(v) => fixed(v, |v| v.to_le_bytes()),
            Value::MvGuid(v) => fixed(v, |v| v.0),
            Value::MvStr(v) => {
                let items: Vec<Vec<u8>> = v.iter().map(|s| self.encode(tag, s)).collect::<Result<_>>()?;
                variable(tag, &items)?
            }
            Value::MvStr8(v) | Value::MvBin(v) => variable(tag, v)?,
            Value::Restriction(_) | Value::Actions(_) => {
                return Err(Error::new(
                    ErrorKind::Target,
                    format!("property {tag} is a structure that this writer has no form for"),
                ));
            }
        })
    }

    /// How many bytes `value` of `tag` has in a file.
    ///
    /// # Errors
    /// The value has no form in a file: text that the code page lacks, a stored restriction ([`ErrorKind::Target`]).
    pub fn stored_len(self, tag: PropTag, value: &Value<'_>) -> Result<u64> {
        Ok(match self.store(tag, value)? {
            Stored::Inline(_) => cell_size(tag.typ()) as u64,
            Stored::Fixed8(bytes) => bytes.len() as u64,
            Stored::Bytes(bytes) => bytes.len() as u64,
            Stored::Stream(stream) => stream.len(),
        })
    }

    /// The bytes of `text`.
    fn encode(self, tag: PropTag, text: &str) -> Result<Vec<u8>> {
        match self {
            Self::Unicode => {
                // Half of all the time went into this as a chain of iterators, which don't know how long they are.
                let mut bytes = Vec::with_capacity(2 * text.len());
                text.encode_utf16().for_each(|unit| bytes.extend_from_slice(&unit.to_le_bytes()));
                Ok(bytes)
            }
            Self::CodePage(codepage) => encode(codepage, text).ok_or_else(|| {
                let message = format!("the text of property {tag} can't be written in code page {codepage}");
                Error::new(ErrorKind::Target, message)
            }),
        }
    }
}

/// A list of values of one size: one after the other.
fn fixed<'v, T, const N: usize>(values: &[T], bytes: impl Fn(&T) -> [u8; N]) -> Stored<'v> {
    Stored::Bytes(values.iter().flat_map(bytes).collect())
}

/// A list of values of any size: their count, their offsets, the values (2.3.3.4.2).
fn variable<'v>(tag: PropTag, values: &[impl AsRef<[u8]>]) -> Result<Stored<'v>> {
    let mut at = 4 + 4 * values.len();
    let mut out = (values.len() as u32).to_le_bytes().to_vec();
    for value in values {
        let offset = u32::try_from(at)
            .map_err(|_| Error::new(ErrorKind::Target, format!("property {tag} is larger than 4 GiB")))?;
        out.extend(offset.to_le_bytes());
        at += value.as_ref().len();
    }
    values.iter().for_each(|v| out.extend(v.as_ref()));
    Ok(Stored::Bytes(out.into()))
}
