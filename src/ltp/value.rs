//! From the bytes of a property to its value ([MS-PST] 2.3.3.4, [MS-OXCDATA] 2.11.1).

use std::borrow::Cow;

use super::heap::{Heap, Hid};
use crate::bytes::{slice_at, u32_at};
use crate::damage::{Effect, Finding, Findings};
use crate::mapi::{Guid, PropTag, PropType, Stream, Value, codepage};
use crate::ndb::{DataStream, Nid, NidType, Subnode};
use crate::{Error, ErrorKind, Result};

/// Where the bytes of a value are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Raw<'m> {
    /// In the record or cell itself.
    Inline([u8; 8], usize),
    /// In an allocation of the heap.
    Heap(&'m [u8]),
    /// In a subnode.
    Subnode(Subnode),
}

impl<'m> Heap<'m> {
    /// Follows an HNID ([MS-PST] 2.3.3.2): a heap allocation or a subnode.
    ///
    /// # Errors
    /// Neither is there.
    pub fn follow(&self, hnid: u32) -> Result<Raw<'m>> {
        let nid = Nid(hnid);
        if nid.typ() == NidType::HID {
            return self.item(Hid(hnid)).map(Raw::Heap);
        }
        self.subnodes.find(nid).map(Raw::Subnode).ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("subnode {nid} is not in the node's SLBLOCK")).within("HNID")
        })
    }

    /// The value of `tag` at `raw`. Binary values in subnodes are not read yet: they come as a [`Stream`]. Of a type that nobody knows
    /// the value is its bytes.
    ///
    /// # Errors
    /// The bytes can't be read or don't fit the type.
    pub fn value(&self, tag: PropTag, raw: Raw<'m>) -> Result<Value<'m>> {
        if let Raw::Subnode(s) = raw
            && (matches!(tag.typ(), PropType::BINARY | PropType::OBJECT) || !tag.typ().is_known())
        {
            return Ok(Value::Stream(Stream::new(DataStream::new(self.scope.db, s.data, self.scope.findings))));
        }
        match raw {
            Raw::Inline(bytes, len) => {
                let bytes = &bytes[..len.min(8)];
                let unknown = |e| if tag.typ().is_known() { Err(e) } else { Ok(Value::bin(bytes.to_vec())) };
                decode_fixed(tag.typ(), bytes).or_else(unknown)
            }
            Raw::Heap(bytes) => self.decode(tag, bytes),
            Raw::Subnode(s) => self.decode(tag, self.scope.data(s.data)?),
        }
    }

    /// The value of `tag` in `bytes`.
    ///
    /// # Errors
    /// The bytes don't fit the type.
    pub fn decode(&self, tag: PropTag, bytes: &'m [u8]) -> Result<Value<'m>> {
        let typ = tag.typ();
        match typ {
            PropType::UNICODE => Ok(Value::Str(self.unicode(tag, bytes))),
            PropType::STRING8 => Ok(Value::Str8(Cow::Borrowed(self.string8(tag, bytes)))),
            PropType::BINARY | PropType::OBJECT | PropType::SVREID | PropType::SRESTRICTION | PropType::ACTIONS => {
                Ok(Value::Bin(Cow::Borrowed(bytes)))
            }
            _ if !typ.is_known() => Ok(Value::Bin(Cow::Borrowed(bytes))),
            _ if typ.is_multi() => self.multi(tag, bytes),
            _ => decode_fixed(typ, bytes),
        }
    }

    fn unicode(&self, tag: PropTag, bytes: &[u8]) -> Cow<'m, str> {
        let decoded = codepage::utf16(bytes);
        if decoded.lossy {
            let expected = format!("UTF-16 text in property {tag}");
            let found = "an unpaired surrogate or odd byte, replaced by U+FFFD";
            self.scope.findings.add(Finding::new(Effect::Altered, "property", expected, found));
        }
        let mut text = decoded.text.into_owned();
        if let Some(nul) = text.find('\0') {
            self.cut_at_nul(tag, text[nul..].trim_end_matches('\0').len());
            text.truncate(nul);
        }
        Cow::Owned(text)
    }

    /// 8-bit text up to its first NUL, but all of one that is UTF-16 by its looks: whoever knows the code pages decodes that.
    fn string8<'b>(&self, tag: PropTag, bytes: &'b [u8]) -> &'b [u8] {
        let Some(nul) = bytes.iter().position(|b| *b == 0) else { return bytes };
        if codepage::utf16_by_looks(bytes).is_some() {
            return bytes;
        }
        let (text, rest) = bytes.split_at(nul);
        let end = rest.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1);
        self.cut_at_nul(tag, end);
        text
    }

    /// Text ends at its first NUL for every reader of MAPI; what is behind it is worth a word unless it is only NULs.
    fn cut_at_nul(&self, tag: PropTag, rest: usize) {
        if rest > 0 {
            let expected = format!("text without NUL in property {tag}");
            let found = format!("{rest} bytes behind a NUL, left out");
            self.scope.findings.add(Finding::new(Effect::Altered, "property", expected, found));
        }
    }

    /// Multi-value properties ([MS-PST] 2.3.3.4.2): elements one after the other, or a count, offsets and elements.
    fn multi(&self, tag: PropTag, bytes: &'m [u8]) -> Result<Value<'m>> {
        let typ = tag.typ();
        if let Some(size) = typ.fixed_size() {
            return fixed_list(typ, size, bytes);
        }
        let items = self.variable_items(tag, bytes)?;
        match typ {
            PropType::MV_UNICODE => Ok(Value::MvStr(items.into_iter().map(|b| self.unicode(tag, b)).collect())),
            PropType::MV_STRING8 => {
                Ok(Value::MvStr8(items.into_iter().map(|b| Cow::Borrowed(self.string8(tag, b))).collect()))
            }
            PropType::MV_BINARY => Ok(Value::MvBin(items.into_iter().map(Cow::Borrowed).collect())),
            _ => Err(unsupported(typ)),
        }
    }

    fn variable_items(&self, tag: PropTag, bytes: &'m [u8]) -> Result<Vec<&'m [u8]>> {
        let count = u32_at(bytes, 0).unwrap_or(0) as usize;
        let room = bytes.len().saturating_sub(4) / 4;
        if count > room {
            let expected = format!("at most {room} elements in {} bytes of property {tag}", bytes.len());
            return Err(Error::mismatch("ulCount", 0, expected, count));
        }
        let offset = |i: usize| u32_at(bytes, 4 + 4 * i).map_or(usize::MAX, |o| o as usize);
        let mut items = Vec::with_capacity(count);
        for i in 0..count {
            let end = if i + 1 < count { offset(i + 1) } else { bytes.len() };
            match end.checked_sub(offset(i)).and_then(|len| slice_at(bytes, offset(i), len)) {
                Some(item) => items.push(item),
                None => {
                    let expected = format!("element {i} of property {tag} inside its {} bytes", bytes.len());
                    let found = format!("offsets {} to {end}; it is left out", offset(i));
                    self.scope.findings.add(Finding::new(Effect::Lost, "rgulDataOffsets", expected, found));
                }
            }
        }
        Ok(items)
    }
}

/// MV_INSTANCE of MAPI: marks the rows of a table that shows each value of a list by itself. It says nothing of how a value is stored.
const MV_INSTANCE: u16 = 0x2000;

/// The tag of a property or column that names `tag`: without MV_INSTANCE where that makes its type one that is known, which is a finding.
pub(super) fn stored_tag(tag: PropTag, findings: &Findings) -> PropTag {
    let plain = PropType(tag.typ().0 & !MV_INSTANCE);
    if plain == tag.typ() || !plain.is_known() {
        return tag;
    }
    let expected = format!("type {plain:?} of property {tag}");
    let found = "the bit MV_INSTANCE (2000) in it, which is passed over";
    findings.add(Finding::new(Effect::Notice, "property type", expected, found));
    tag.with_type(plain)
}

/// `tag` as it is when its text is decoded.
pub(super) fn unicode_tag(tag: PropTag) -> PropTag {
    match tag.typ() {
        PropType::STRING8 => tag.with_type(PropType::UNICODE),
        PropType::MV_STRING8 => tag.with_type(PropType::MV_UNICODE),
        _ => tag,
    }
}

/// Whether a value of type `typ` with the HNID 0, which stands for no bytes, is none at all.
pub(super) fn is_empty(typ: PropType) -> bool {
    typ.is_known() && !typ.is_multi() && typ.fixed_size().is_some_and(|size| size > 4)
}

fn unsupported(typ: PropType) -> Error {
    Error::new(ErrorKind::Unsupported, format!("no reader knows property type {typ:?}")).within("property")
}

fn wrong_size(typ: PropType, len: usize) -> Error {
    let expected = typ.fixed_size().map_or_else(|| "another size".to_owned(), |n| format!("{n} bytes of type {typ:?}"));
    Error::mismatch("property", 0, expected, len)
}

/// A value of a fixed-size type. More bytes than it needs are ignored: cells of tables are padded.
fn decode_fixed(typ: PropType, bytes: &[u8]) -> Result<Value<'static>> {
    let size = typ.fixed_size().ok_or_else(|| unsupported(typ))?;
    let bytes = bytes.get(..size).ok_or_else(|| wrong_size(typ, bytes.len()))?;
    let wide = || {
        let mut b = [0; 8];
        b[..size.min(8)].copy_from_slice(&bytes[..size.min(8)]);
        u64::from_le_bytes(b)
    };
    Ok(match typ {
        PropType::NULL => Value::Null,
        PropType::BOOLEAN => Value::Bool(bytes[0]),
        PropType::SHORT => Value::I16(wide() as i16),
        PropType::LONG | PropType::ERROR => Value::I32(wide() as i32),
        PropType::FLOAT => Value::F32(f32::from_bits(wide() as u32)),
        PropType::DOUBLE | PropType::APPTIME => Value::F64(f64::from_bits(wide())),
        PropType::CURRENCY | PropType::I8 | PropType::SYSTIME => Value::I64(wide() as i64),
        PropType::CLSID => Value::Guid(Guid::from_slice(bytes).ok_or_else(|| wrong_size(typ, bytes.len()))?),
        _ => return Err(unsupported(typ)),
    })
}

fn fixed_list(typ: PropType, size: usize, bytes: &[u8]) -> Result<Value<'static>> {
    if size == 0 || !bytes.len().is_multiple_of(size) {
        return Err(wrong_size(typ, bytes.len()));
    }
    fn each<const N: usize, T>(bytes: &[u8], f: impl Fn([u8; N]) -> T) -> Vec<T> {
        bytes.as_chunks::<N>().0.iter().map(|b| f(*b)).collect()
    }
    Ok(match typ {
        PropType::MV_SHORT => Value::MvI16(each(bytes, i16::from_le_bytes)),
        PropType::MV_LONG => Value::MvI32(each(bytes, i32::from_le_bytes)),
        PropType::MV_FLOAT => Value::MvF32(each(bytes, f32::from_le_bytes)),
        PropType::MV_DOUBLE | PropType::MV_APPTIME => Value::MvF64(each(bytes, f64::from_le_bytes)),
        PropType::MV_CURRENCY | PropType::MV_I8 | PropType::MV_SYSTIME => Value::MvI64(each(bytes, i64::from_le_bytes)),
        PropType::MV_CLSID => Value::MvGuid(each(bytes, Guid)),
        _ => return Err(unsupported(typ)),
    })
}
