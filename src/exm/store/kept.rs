//! What has no place of its own in the store, so that nothing is lost by that.
//!
//! The values of an object that the database can't hold under their tags (a type that it does not store, NaN, a name that does not
//! fit its table) are gathered in one BINARY property of the object, `pffkit:kept` in PS_PUBLIC_STRINGS. A server hands it on as it is;
//! the reader of this crate puts the values back. Its bytes are entries, one behind the other, little-endian:
//!
//! ```text
//! u8 kind      0 numeric name, 1 string name, 0xFF no name
//! kind 0       16 bytes property set, u32 number
//! kind 1       16 bytes property set, u32 length, the name in UTF-8
//! u32 tag      with the id of the source, where the property has a name
//! u64 length   of the value
//! value        strings, BINARY and OBJECT as they are; other types in the encoding of the GXMT stream
//! ```

use std::io::{self, Write};

use crate::mapi::{Content, Guid, Name, PropName, PropTag, PropType, Stream, Value};
use crate::mt::ext::{Flags, decode_value, encode_value, encoded_as};
use crate::{Error, ErrorKind, Result};

/// One value.
#[derive(Debug, Clone)]
pub struct Kept<'a> {
    /// The name of the property, where it has one.
    pub name: Option<PropName>,
    /// The tag in the source.
    pub tag: PropTag,
    /// The value.
    pub value: Value<'a>,
}

/// The values of one object that are to be kept.
#[derive(Default)]
pub struct Keep<'a>(Vec<(Vec<u8>, Tail<'a>)>);

impl<'a> Keep<'a> {
    /// Adds a value.
    ///
    /// # Errors
    /// The value has no encoding either: it is not of its tag's type.
    pub fn add(&mut self, entry: Kept<'a>) -> Result<()> {
        self.0.push(part(entry)?);
        Ok(())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// All of them as one BINARY value.
    pub fn into_value(self) -> Value<'a> {
        Value::Stream(Stream::new(self))
    }
}

fn part<'a>(entry: Kept<'a>) -> Result<(Vec<u8>, Tail<'a>)> {
    let mut head = Vec::new();
    match &entry.name {
        None => head.push(0xFF),
        Some(PropName { guid, name: Name::Lid(lid) }) => {
            head.push(0);
            head.extend_from_slice(&guid.0);
            head.extend_from_slice(&lid.to_le_bytes());
        }
        Some(PropName { guid, name: Name::String(name) }) => {
            head.push(1);
            head.extend_from_slice(&guid.0);
            head.extend_from_slice(&(name.len() as u32).to_le_bytes());
            head.extend_from_slice(name.as_bytes());
        }
    }
    let tail = match entry.value {
        Value::Null => Tail::Bytes(Vec::new()),
        Value::Str(v) => Tail::Bytes(v.into_owned().into_bytes()),
        Value::Str8(v) | Value::Bin(v) => Tail::Bytes(v.into_owned()),
        Value::Stream(v) => Tail::Stream(v),
        value => Tail::Bytes(encode_value(&value, entry.tag.typ(), Flags::WIDE)?),
    };
    head.extend_from_slice(&entry.tag.0.to_le_bytes());
    head.extend_from_slice(&tail.len().to_le_bytes());
    Ok((head, tail))
}

enum Tail<'a> {
    Bytes(Vec<u8>),
    Stream(Stream<'a>),
}

impl Tail<'_> {
    fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Stream(stream) => stream.len(),
        }
    }
}

impl Content for Keep<'_> {
    fn len(&self) -> u64 {
        self.0.iter().map(|(head, tail)| head.len() as u64 + tail.len()).sum()
    }

    fn copy_to(&self, out: &mut dyn Write) -> io::Result<()> {
        self.0.iter().try_for_each(|(head, tail)| {
            out.write_all(head)?;
            match tail {
                Tail::Bytes(bytes) => out.write_all(bytes),
                Tail::Stream(stream) => stream.copy_to(out),
            }
        })
    }
}

/// The entries that `bytes` hold. What is wrong with one of them is told to `bad`, and the others are there all the same; only where one ends is
/// not known, none behind it are.
pub fn decode(mut bytes: &[u8], bad: &mut dyn FnMut(Error)) -> Vec<Kept<'static>> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        match entry(&mut bytes).and_then(|(name, tag, value)| Ok(Kept { name, tag, value: value_of(tag, value)? })) {
            Ok(entry) => entries.push(entry),
            Err(e) => bad(e),
        }
    }
    entries
}

/// Name, tag and bytes of the value of the next entry. Where it has no form nothing is left of `bytes`.
fn entry<'b>(bytes: &mut &'b [u8]) -> Result<(Option<PropName>, PropTag, &'b [u8])> {
    let mut rest = std::mem::take(bytes);
    let entry = parts(&mut rest)?;
    *bytes = rest;
    Ok(entry)
}

fn parts<'b>(bytes: &mut &'b [u8]) -> Result<(Option<PropName>, PropTag, &'b [u8])> {
    let name = match take::<1>(bytes)? {
        [0] => {
            let guid = Guid(take(bytes)?);
            Some(PropName::lid(guid, u32::from_le_bytes(take(bytes)?)))
        }
        [1] => {
            let guid = Guid(take(bytes)?);
            let len = u64::from(u32::from_le_bytes(take(bytes)?));
            let name = take_slice(bytes, len)?;
            Some(PropName::string(guid, String::from_utf8_lossy(name)))
        }
        [0xFF] => None,
        _ => return Err(malformed()),
    };
    let tag = PropTag(u32::from_le_bytes(take(bytes)?));
    let len = u64::from_le_bytes(take(bytes)?);
    Ok((name, tag, take_slice(bytes, len)?))
}

fn value_of(tag: PropTag, value: &[u8]) -> Result<Value<'static>> {
    Ok(match encoded_as(tag.typ()) {
        PropType::NULL => Value::Null,
        PropType::UNICODE => Value::Str(String::from_utf8_lossy(value).into_owned().into()),
        PropType::STRING8 => Value::Str8(value.to_vec().into()),
        PropType::BINARY | PropType::OBJECT => Value::Bin(value.to_vec().into()),
        typ => decode_value(typ, value, Flags::WIDE)?,
    })
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N]> {
    let (array, rest) = bytes.split_first_chunk::<N>().ok_or_else(malformed)?;
    *bytes = rest;
    Ok(*array)
}

fn take_slice<'b>(bytes: &mut &'b [u8], len: u64) -> Result<&'b [u8]> {
    let len = usize::try_from(len).map_err(|_| malformed())?;
    let (slice, rest) = bytes.split_at_checked(len).ok_or_else(malformed)?;
    *bytes = rest;
    Ok(slice)
}

fn malformed() -> Error {
    Error::new(ErrorKind::Corrupt, "the property pffkit:kept does not have the form that it is written in")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapi::guid::PS_PUBLIC_STRINGS;

    fn round(name: Option<PropName>, tag: u32, value: Value<'static>) -> Kept<'static> {
        let mut keep = Keep::default();
        keep.add(Kept { name, tag: PropTag(tag), value }).unwrap();
        let Value::Stream(stream) = keep.into_value() else { panic!("not a stream") };
        let bytes = stream.to_vec().unwrap();
        assert_eq!(bytes.len() as u64, stream.len());
        for cut in 1..bytes.len() {
            assert_eq!((read(&bytes[..cut]).0.len(), read(&bytes[..cut]).1), (0, 1), "cut at {cut}");
        }
        read(&bytes).0.pop().unwrap()
    }

    /// The entries of `bytes`, and how many can't be read.
    fn read(bytes: &[u8]) -> (Vec<Kept<'static>>, usize) {
        let mut bad = 0;
        (decode(bytes, &mut |_| bad += 1), bad)
    }

    #[test]
    fn an_entry_that_can_not_be_read_costs_only_itself() {
        let mut keep = Keep::default();
        let mut add = |tag, value| keep.add(Kept { name: None, tag: PropTag(tag), value }).unwrap();
        add(0x6001_301F, Value::str("one of several"));
        add(0x6002_3102, Value::Bin(vec![1, 2].into()));
        add(0x6003_3003, Value::I32(7));
        // Nobody knows this type.
        add(0x6004_7777, Value::Bin(vec![3].into()));
        add(0x6005_0005, Value::F64(f64::NAN));
        let Value::Stream(stream) = keep.into_value() else { panic!("not a stream") };
        let (entries, bad) = read(&stream.to_vec().unwrap());
        let tags: Vec<_> = entries.iter().map(|entry| entry.tag.0).collect();
        assert_eq!((tags, bad), (vec![0x6001_301F, 0x6002_3102, 0x6003_3003, 0x6005_0005], 1));
        assert_eq!(entries[0].value.as_str(), Some("one of several"));
        assert_eq!((entries[1].value.as_bin(), entries[2].value.as_int()), (Some(&[1, 2][..]), Some(7)));
    }

    #[test]
    fn values_come_back() {
        let nan = round(None, 0x6001_0005, Value::F64(f64::NAN));
        assert!(matches!(nan.value, Value::F64(v) if v.is_nan()));
        let name = PropName::string(PS_PUBLIC_STRINGS, "x".repeat(2000));
        let kept = round(Some(name.clone()), 0x8001_1102, Value::MvBin(vec![vec![7; 70_000].into()]));
        assert_eq!(kept.name, Some(name));
        assert!(matches!(&kept.value, Value::MvBin(v) if v.len() == 1 && v[0].len() == 70_000));
        let text = round(Some(PropName::lid(PS_PUBLIC_STRINGS, 9)), 0x8002_001F, Value::str("a\0b"));
        assert_eq!((text.name.unwrap().name, text.value.as_str()), (Name::Lid(9), Some("a\0b")));
    }
}
