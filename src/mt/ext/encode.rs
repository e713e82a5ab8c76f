//! Values to bytes.

use memchr::memchr;

use super::{Flags, RESTRICTION_DEPTH, encoded_as, malformed, too_large};
use crate::mapi::{Guid, Name, PropName, PropTag, PropType, Props, Stream, Value};
use crate::{Error, Result};

/// The longest string name of a property, in bytes of UTF-8: its size with the NUL is one byte.
const NAME_BYTES: usize = 254;

/// Bytes, and the streams that belong between them: contents that are fetched only when they are written.
pub(crate) struct Encoder<'a> {
    pub bytes: Vec<u8>,
    /// Each stream and the place in `bytes` before which it belongs, in order.
    pub splices: Vec<(usize, Stream<'a>)>,
    flags: Flags,
    depth: usize,
}

impl<'a> Encoder<'a> {
    pub fn new(flags: Flags) -> Self {
        Self { bytes: Vec::new(), splices: Vec::new(), flags, depth: 0 }
    }

    /// Bytes in all, those of the streams included.
    pub fn len(&self) -> u64 {
        self.splices.iter().fold(self.bytes.len() as u64, |sum, (_, stream)| sum.saturating_add(stream.len()))
    }

    /// All of the bytes.
    pub fn gather(self) -> Result<Vec<u8>> {
        if self.splices.is_empty() {
            return Ok(self.bytes);
        }
        let mut out = Vec::new();
        let mut done = 0;
        for (at, stream) in &self.splices {
            out.extend_from_slice(&self.bytes[done..*at]);
            stream.copy_to(&mut out)?;
            done = *at;
        }
        out.extend_from_slice(&self.bytes[done..]);
        Ok(out)
    }

    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub fn u8(&mut self, v: u8) {
        self.bytes.push(v);
    }

    pub fn u16(&mut self, v: u16) {
        self.raw(&v.to_le_bytes());
    }

    pub fn u32(&mut self, v: u32) {
        self.raw(&v.to_le_bytes());
    }

    pub fn u64(&mut self, v: u64) {
        self.raw(&v.to_le_bytes());
    }

    pub fn tag(&mut self, tag: PropTag) {
        self.u32(tag.0);
    }

    pub fn guid(&mut self, guid: &Guid) {
        self.raw(&guid.0);
    }

    /// A 16-bit count of `what`.
    pub fn count16(&mut self, n: usize, what: &str) -> Result<()> {
        let n = u16::try_from(n).map_err(|_| too_large(format!("{n} {what}, a stream holds at most 65535")))?;
        self.u16(n);
        Ok(())
    }

    /// A 32-bit count of `what`.
    pub fn count32(&mut self, n: usize, what: &str) -> Result<()> {
        let n = u32::try_from(n).map_err(|_| too_large(format!("{n} {what}, a stream holds at most 4294967295")))?;
        self.u32(n);
        Ok(())
    }

    /// A length or count whose width the flags decide.
    pub fn count(&mut self, n: u64, what: &str) -> Result<()> {
        let max = if self.flags.wide { u64::from(u32::MAX) } else { u64::from(u16::MAX) };
        let checked = u32::try_from(n).ok().filter(|_| n <= max);
        match (checked, self.flags.wide) {
            (Some(n), true) => self.u32(n),
            (Some(n), false) => self.raw(&n.to_le_bytes()[..2]),
            (None, _) => return Err(too_large(format!("{n} {what}, at most {max} can be stored"))),
        }
        Ok(())
    }

    /// A string and its NUL.
    pub fn string(&mut self, text: &[u8]) -> Result<()> {
        if memchr(0, text).is_some() {
            return Err(malformed("a string holds a NUL, which would end it early"));
        }
        self.raw(text);
        self.u8(0);
        Ok(())
    }

    pub fn binary(&mut self, bytes: &[u8]) -> Result<()> {
        self.count(bytes.len() as u64, "bytes in one value")?;
        self.raw(bytes);
        Ok(())
    }

    fn stream(&mut self, stream: &Stream<'a>) -> Result<()> {
        self.count(stream.len(), "bytes in one value")?;
        if !stream.is_empty() {
            self.splices.push((self.bytes.len(), stream.clone()));
        }
        Ok(())
    }

    /// The content of an SVREID behind its length: whether it is ours, then the ids or bytes.
    pub fn svreid(&mut self, content: &[u8]) -> Result<()> {
        match content {
            [1, ids @ ..] if ids.len() == 20 => {}
            [0, ..] => {}
            _ => return Err(malformed("an SVREID is neither 1 and 20 bytes of ids, nor 0 and other bytes")),
        }
        self.count16(content.len(), "bytes in an SVREID")?;
        self.raw(content);
        Ok(())
    }

    /// A list of properties with its count.
    pub fn props(&mut self, props: &Props<'a>) -> Result<()> {
        self.count16(props.len(), "properties of one object")?;
        props.iter().try_for_each(|(tag, value)| self.tagged(*tag, value))
    }

    /// A tag and its value. An error names the tag.
    pub fn tagged(&mut self, tag: PropTag, value: &Value<'a>) -> Result<()> {
        self.tag(tag);
        self.value(value, tag.typ()).map_err(|e| of_property(e, tag))
    }

    /// The name of a property.
    pub fn name(&mut self, name: &PropName) -> Result<()> {
        match &name.name {
            Name::Lid(lid) => {
                self.u8(0);
                self.guid(&name.guid);
                self.u32(*lid);
            }
            Name::String(text) => {
                self.u8(1);
                self.guid(&name.guid);
                let size = u8::try_from(text.len() + 1).map_err(|_| {
                    let len = text.len();
                    too_large(format!("a property name of {len} bytes, a stream holds at most {NAME_BYTES}"))
                })?;
                self.u8(size);
                self.string(text.as_bytes())?;
            }
        }
        Ok(())
    }

    /// Encodes something inside a restriction.
    pub fn nested(&mut self, encode: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        if self.depth >= RESTRICTION_DEPTH {
            return Err(too_large(format!("a restriction is nested more than {RESTRICTION_DEPTH} levels deep")));
        }
        self.depth += 1;
        let result = encode(self);
        self.depth -= 1;
        result
    }

    fn list<T>(&mut self, items: &[T], mut encode: impl FnMut(&mut Self, &T) -> Result<()>) -> Result<()> {
        self.count32(items.len(), "elements of one value")?;
        items.iter().try_for_each(|item| encode(self, item))
    }

    fn numbers<T: Copy, const N: usize>(&mut self, items: &[T], bytes: impl Fn(T) -> [u8; N]) -> Result<()> {
        self.list(items, |encoder, item| {
            encoder.raw(&bytes(*item));
            Ok(())
        })
    }

    /// A value of type `typ`.
    pub fn value(&mut self, value: &Value<'a>, typ: PropType) -> Result<()> {
        if !value.fits(encoded_as(typ)) {
            return Err(malformed(format!("the value is not of the type that the tag says, {typ:?}")));
        }
        match value {
            Value::Null => return Err(malformed("a value of type NULL has no encoding")),
            Value::I16(v) => self.raw(&v.to_le_bytes()),
            Value::I32(v) => self.raw(&v.to_le_bytes()),
            Value::I64(v) => self.raw(&v.to_le_bytes()),
            Value::F32(v) => self.raw(&v.to_le_bytes()),
            Value::F64(v) => self.raw(&v.to_le_bytes()),
            Value::Bool(v) => self.u8(*v),
            Value::Str(v) => self.string(v.as_bytes())?,
            Value::Str8(v) => self.string(v)?,
            Value::Guid(v) => self.guid(v),
            Value::Bin(v) => self.binary(v)?,
            Value::Stream(v) => self.stream(v)?,
            Value::SvrEid(v) => self.svreid(v)?,
            Value::Restriction(v) => self.nested(|encoder| encoder.restriction(v))?,
            Value::Actions(v) => self.nested(|encoder| encoder.actions(v))?,
            Value::MvI16(v) => self.numbers(v, i16::to_le_bytes)?,
            Value::MvI32(v) => self.numbers(v, i32::to_le_bytes)?,
            Value::MvI64(v) => self.numbers(v, i64::to_le_bytes)?,
            Value::MvF32(v) => self.numbers(v, f32::to_le_bytes)?,
            Value::MvF64(v) => self.numbers(v, f64::to_le_bytes)?,
            Value::MvStr(v) => self.list(v, |encoder, text| encoder.string(text.as_bytes()))?,
            Value::MvStr8(v) => self.list(v, |encoder, text| encoder.string(text))?,
            Value::MvGuid(v) => self.numbers(v, |guid| guid.0)?,
            Value::MvBin(v) => self.list(v, |encoder, bytes| encoder.binary(bytes))?,
        }
        Ok(())
    }
}

/// The error, placed in the property that it is about.
fn of_property(e: Error, tag: PropTag) -> Error {
    e.within(format!("property {tag}"))
}
