//! Bytes to values.

use std::io::BufRead;

use super::input::Input;
use super::spool::Spool;
use super::{Flags, RESTRICTION_DEPTH, encoded_as};
use crate::damage::{Effect, Finding, Findings};
use crate::limits::Limits;
use crate::mapi::{Name, PropName, PropTag, PropType, Props, Stream, Value};
use crate::{Error, ErrorKind, Result};

/// How many times smaller values are spooled, too, where a frame has filled [`Limits::frame_bytes`].
const SPOOL_STEP: u64 = 64;
/// How many elements most lists have at the most.
const USUAL: usize = 128;

/// Takes values from an input.
pub(crate) struct Decoder<B> {
    pub input: Input<B>,
    pub limits: Limits,
    flags: Flags,
    findings: Findings,
    /// The object and property that findings belong to.
    nid: Option<u32>,
    tag: Option<PropTag>,
    /// Bytes of memory that the values of this frame take.
    held: u64,
    spool: Option<Spool>,
    depth: usize,
}

impl<B: BufRead> Decoder<B> {
    pub fn new(bytes: B, flags: Flags, limits: Limits, findings: Findings) -> Self {
        let input = Input::new(bytes);
        Self { input, limits, flags, findings, nid: None, tag: None, held: 0, spool: None, depth: 0 }
    }

    /// Forgets what belonged to the former frame.
    pub fn reset(&mut self) {
        self.nid = None;
        self.tag = None;
        self.held = 0;
        self.spool = None;
        self.depth = 0;
    }

    /// Names the object that findings belong to.
    pub fn set_nid(&mut self, nid: u64) {
        self.nid = u32::try_from(nid).ok();
    }

    /// Records `finding`, with the object that it belongs to.
    pub fn record(&self, mut finding: Finding) {
        finding.nid = self.nid;
        self.findings.add(finding);
    }

    /// Accounts for `n` bytes of memory.
    pub fn charge(&mut self, n: u64) -> Result<()> {
        self.held = self.held.saturating_add(n);
        if self.held <= self.limits.value_bytes {
            return Ok(());
        }
        let max = self.limits.value_bytes;
        Err(self.input.limit(format!("its values take more than {max} bytes of memory; that is the limit")))
    }

    /// `n` things of at least `min` bytes each.
    pub fn list<T>(&mut self, n: u64, min: u64, mut decode: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        self.input.check_count(n, min)?;
        let mut out = Vec::with_capacity(usize::try_from(n).map_or(USUAL, |n| n.min(USUAL)));
        for _ in 0..n {
            self.charge(size_of::<T>() as u64)?;
            out.push(decode(self)?);
        }
        Ok(out)
    }

    /// A length or count whose width the flags decide.
    pub fn count(&mut self) -> Result<u64> {
        if self.flags.wide { self.input.u32().map(u64::from) } else { self.input.u16().map(u64::from) }
    }

    /// `n` bytes, in memory.
    pub fn bytes(&mut self, n: u64) -> Result<Vec<u8>> {
        self.charge(n)?;
        self.input.bytes(n)
    }

    /// A length and as many bytes, in memory.
    pub fn binary(&mut self) -> Result<Vec<u8>> {
        let n = self.count()?;
        self.bytes(n)
    }

    /// The bytes of a string.
    pub fn string8(&mut self) -> Result<Vec<u8>> {
        let text = self.input.until_nul(self.limits.value_bytes.saturating_sub(self.held))?;
        self.charge(text.len() as u64)?;
        Ok(text)
    }

    /// The text of a string. What is not UTF-8 is replaced, with a finding.
    pub fn string(&mut self) -> Result<String> {
        let start = self.input.offset();
        let bytes = self.string8()?;
        Ok(String::from_utf8(bytes).unwrap_or_else(|e| {
            let place = self.place();
            let at = start.saturating_add(e.utf8_error().valid_up_to() as u64);
            self.record(Finding::new(Effect::Altered, place, "text in UTF-8", "other bytes, replaced").at(at));
            String::from_utf8_lossy(e.as_bytes()).into_owned()
        }))
    }

    /// What is being decoded, for people.
    fn place(&self) -> String {
        self.tag.map_or_else(|| "string".to_owned(), |tag| format!("property {tag}"))
    }

    /// Decodes something inside a restriction.
    pub fn nested<T>(&mut self, decode: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= RESTRICTION_DEPTH {
            let message = format!("a restriction is nested more than {RESTRICTION_DEPTH} levels deep");
            return Err(self.input.limit(message));
        }
        self.depth += 1;
        let result = decode(self);
        self.depth -= 1;
        result
    }

    /// A list of properties with its count. Of a tag that occurs twice, the later value counts.
    pub fn props(&mut self) -> Result<Props<'static>> {
        let n = self.input.u16()?;
        self.list(u64::from(n), 4 + 1, Self::tagged).map(Props::from)
    }

    /// A tag and its value. The tag of an UNSPECIFIED value gets the type that the value has.
    pub fn tagged(&mut self) -> Result<(PropTag, Value<'static>)> {
        let tag = PropTag(self.input.u32()?);
        let outer = self.tag;
        self.tag = outer.or(Some(tag));
        let (typ, value) = self.value(tag.typ())?;
        self.tag = outer;
        Ok((tag.with_type(typ), value))
    }

    /// The name of a property; `None` for the kind of name that names nothing.
    pub fn name(&mut self) -> Result<Option<PropName>> {
        let kind = self.input.u8()?;
        let guid = self.input.guid()?;
        match kind {
            0 => Ok(Some(PropName { guid, name: Name::Lid(self.input.u32()?) })),
            1 => {
                let size = self.input.u8()?;
                let outer = self.input.narrow(u64::from(size))?;
                let name = self.string()?;
                self.input.widen(outer)?;
                Ok(Some(PropName { guid, name: Name::String(name) }))
            }
            0xFF => Ok(None),
            _ => Err(self.input.error(format!("a property name of kind {kind:#04x}; 0, 1 and 0xff are known"))),
        }
    }

    /// The content of an SVREID, without its length.
    pub fn svreid(&mut self) -> Result<Vec<u8>> {
        let len = self.input.u16()?;
        let content = self.bytes(u64::from(len))?;
        match content.first() {
            Some(0) => Ok(content),
            Some(1) if len == 21 => Ok(content),
            _ => Err(self.input.error(format!("an SVREID of {len} bytes is neither of this store nor foreign"))),
        }
    }

    /// A value of type `typ`, and the type that it has (another one where `typ` is UNSPECIFIED).
    pub fn value(&mut self, typ: PropType) -> Result<(PropType, Value<'static>)> {
        if typ != PropType::UNSPECIFIED {
            return Ok((typ, self.specified(typ)?));
        }
        let typ = PropType(self.input.u16()?);
        Ok((typ, self.specified(typ)?))
    }

    fn specified(&mut self, typ: PropType) -> Result<Value<'static>> {
        Ok(match encoded_as(typ) {
            PropType::SHORT => Value::I16(self.input.array().map(i16::from_le_bytes)?),
            PropType::LONG | PropType::ERROR => Value::I32(self.input.array().map(i32::from_le_bytes)?),
            PropType::FLOAT => Value::F32(self.input.array().map(f32::from_le_bytes)?),
            PropType::DOUBLE | PropType::APPTIME => Value::F64(self.input.array().map(f64::from_le_bytes)?),
            PropType::CURRENCY | PropType::I8 | PropType::SYSTIME => {
                Value::I64(self.input.array().map(i64::from_le_bytes)?)
            }
            PropType::BOOLEAN => Value::Bool(self.input.u8()?),
            PropType::UNICODE => Value::Str(self.string()?.into()),
            PropType::STRING8 => Value::Str8(self.string8()?.into()),
            PropType::CLSID => Value::Guid(self.input.guid()?),
            PropType::BINARY | PropType::OBJECT => self.binary_value()?,
            PropType::SVREID => Value::SvrEid(self.svreid()?.into()),
            PropType::SRESTRICTION => Value::Restriction(Box::new(self.nested(Self::restriction)?)),
            PropType::ACTIONS => Value::Actions(Box::new(self.nested(Self::actions)?)),
            PropType::MV_SHORT => Value::MvI16(self.numbers(i16::from_le_bytes)?),
            PropType::MV_LONG => Value::MvI32(self.numbers(i32::from_le_bytes)?),
            PropType::MV_FLOAT => Value::MvF32(self.numbers(f32::from_le_bytes)?),
            PropType::MV_DOUBLE | PropType::MV_APPTIME => Value::MvF64(self.numbers(f64::from_le_bytes)?),
            PropType::MV_CURRENCY | PropType::MV_I8 | PropType::MV_SYSTIME => {
                Value::MvI64(self.numbers(i64::from_le_bytes)?)
            }
            PropType::MV_CLSID => Value::MvGuid(self.numbers(crate::mapi::Guid)?),
            PropType::MV_UNICODE => Value::MvStr(self.elements(1, |d| Ok(d.string()?.into()))?),
            PropType::MV_STRING8 => Value::MvStr8(self.elements(1, |d| Ok(d.string8()?.into()))?),
            PropType::MV_BINARY => Value::MvBin(self.elements(2, |d| Ok(d.binary()?.into()))?),
            _ => return Err(self.input.error(format!("{}: type {typ:?} has no encoding", self.place()))),
        })
    }

    fn elements<T>(&mut self, min: u64, decode: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let n = self.input.u32()?;
        self.list(u64::from(n), min, decode)
    }

    fn numbers<T, const N: usize>(&mut self, number: impl Fn([u8; N]) -> T) -> Result<Vec<T>> {
        self.elements(N as u64, |decoder| decoder.input.array().map(&number))
    }

    /// BINARY or OBJECT: in memory where it is small, else in the spool file.
    fn binary_value(&mut self) -> Result<Value<'static>> {
        let n = self.count()?;
        let most = self.limits.spool_bytes;
        let kept = if self.held > self.limits.frame_bytes { most / SPOOL_STEP } else { most };
        if n <= kept { Ok(Value::Bin(self.bytes(n)?.into())) } else { self.spooled(n) }
    }

    fn spooled(&mut self, n: u64) -> Result<Value<'static>> {
        let spool = match &mut self.spool {
            Some(spool) => spool,
            none => none.insert(Spool::new().map_err(unspoolable)?),
        };
        let start = spool.end();
        self.input.pieces(n, |piece| spool.append(piece).map_err(unspoolable))?;
        Ok(Value::Stream(Stream::new(spool.since(start))))
    }
}

fn unspoolable(e: std::io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("a large value can't be kept in a temporary file ($TMPDIR): {e}")).caused_by(e)
}
