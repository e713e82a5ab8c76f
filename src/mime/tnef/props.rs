//! The properties in a TNEF attribute ([MS-OXTNEF] 2.1.3.4).

use crate::bytes::{slice_at, u32_at};
use crate::mapi::{PropTag, PropType, Value, codepage};

/// Reads a MsgPropertyList: a count, then the properties.
pub(super) struct Properties<'a> {
    data: &'a [u8],
    at: usize,
    left: u32,
    codepage: u32,
}

impl<'a> Properties<'a> {
    pub(super) fn new(data: &'a [u8], codepage: u32) -> Self {
        Self { data, at: 4, left: u32_at(data, 0).unwrap_or(1), codepage }
    }

    /// Whether there were fewer than the count says, or one that can't be read, behind which nothing can be found.
    pub(super) fn is_cut(&self) -> bool {
        self.left > 0
    }

    fn u32(&mut self) -> Option<u32> {
        let value = u32_at(self.data, self.at)?;
        self.at += 4;
        Some(value)
    }

    /// `len` bytes, and past what pads them to four.
    fn bytes(&mut self, len: usize) -> Option<&'a [u8]> {
        let bytes = slice_at(self.data, self.at, len)?;
        self.at += len.next_multiple_of(4);
        Some(bytes)
    }

    /// Bytes with their length before them.
    fn counted(&mut self) -> Option<&'a [u8]> {
        let len = usize::try_from(self.u32()?).ok()?;
        self.bytes(len)
    }

    /// Past the name of a named property: the set, the kind, a number or a string.
    fn skip_name(&mut self) -> Option<()> {
        self.bytes(16)?;
        match self.u32()? {
            0 => self.u32().map(|_| ()),
            _ => self.counted().map(|_| ()),
        }
    }

    /// The next property; a value that has no place here is NULL.
    fn property(&mut self) -> Option<(PropTag, Value<'static>)> {
        let tag = PropTag(self.u32()?);
        if tag.is_named() {
            self.skip_name()?;
        }
        let typ = tag.typ();
        let is_single_and_fixed = !typ.is_multi() && typ.fixed_size().is_some();
        let count = if is_single_and_fixed { 1 } else { self.u32()? };
        // There are values that take no bytes.
        if usize::try_from(count).is_ok_and(|count| count > self.data.len()) {
            return None;
        }
        let mut first = None;
        for _ in 0..count {
            let value = self.value(typ.element())?;
            first.get_or_insert(value);
        }
        // Lists are nothing that a body or an attachment needs.
        Some((tag, first.filter(|_| !typ.is_multi()).unwrap_or(Value::Null)))
    }

    fn value(&mut self, typ: PropType) -> Option<Value<'static>> {
        if let Some(size) = typ.fixed_size() {
            let bytes = self.bytes(size)?;
            return Some(fixed(typ, bytes));
        }
        let bytes = self.counted()?;
        Some(match typ {
            PropType::UNICODE => {
                let text = codepage::utf16(bytes).text;
                Value::str(text.split('\0').next().unwrap_or_default().to_owned())
            }
            PropType::STRING8 => {
                let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
                Value::str(codepage::decode(self.codepage, &bytes[..end]).text.into_owned())
            }
            PropType::BINARY | PropType::OBJECT => Value::bin(bytes.to_vec()),
            _ => return None,
        })
    }
}

/// A value of a fixed size; of types that no body or attachment has, NULL.
fn fixed(typ: PropType, bytes: &[u8]) -> Value<'static> {
    match (typ, bytes) {
        (PropType::BOOLEAN, [byte]) => Value::Bool(*byte),
        (PropType::SHORT, [a, b]) => Value::I16(i16::from_le_bytes([*a, *b])),
        (PropType::LONG, [a, b, c, d]) => Value::I32(i32::from_le_bytes([*a, *b, *c, *d])),
        (PropType::SYSTIME | PropType::I8, bytes) => {
            bytes.first_chunk().map_or(Value::Null, |bytes| Value::I64(i64::from_le_bytes(*bytes)))
        }
        _ => Value::Null,
    }
}

impl Iterator for Properties<'_> {
    type Item = (PropTag, Value<'static>);

    fn next(&mut self) -> Option<Self::Item> {
        self.left.checked_sub(1)?;
        let (tag, value) = self.property()?;
        self.left -= 1;
        // 8-bit strings have become Unicode ones.
        let tag = if tag.typ() == PropType::STRING8 { tag.with_type(PropType::UNICODE) } else { tag };
        Some((tag, value))
    }
}
