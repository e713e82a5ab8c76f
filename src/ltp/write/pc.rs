//! The property context ([MS-PST] 2.3.3).

use super::bth::BthWriter;
use super::heap::{HeapWriter, MAX_ITEM};
use super::value::{Stored, TextEncoding};
use super::{LargeValues, NodeContent};
use crate::ltp::Hid;
use crate::mapi::{PropTag, PropType, Value};
use crate::ndb::Nid;
use crate::ndb::write::Writer;
use crate::{Error, ErrorKind, Result};

/// `bClientSig` of a property context.
const PC: u8 = 0xBC;
/// The largest size that a number of type LONG tells.
const MOST: u32 = i32::MAX as u32;

/// Writes `props`, in any order, as a property context. `object` is the subnode that a property of type OBJECT without a
/// value of its own stands for: an embedded message, with its size in bytes.
///
/// # Errors
/// [`ErrorKind::Usage`] when an id is there under two types, [`ErrorKind::Target`] when a value has no form in a file;
/// else those of the output.
pub fn write_properties<'v>(
    ndb: &mut Writer<'_>,
    encoding: TextEncoding,
    props: impl IntoIterator<Item = &'v (PropTag, Value<'v>)>,
    object: Option<(Nid, u32)>,
) -> Result<NodeContent> {
    write(ndb, encoding, props, object, None)
}

/// Writes `props`, as [`write_properties`] does, and a property `tag` besides them that tells how many bytes of data the content has
/// with `others`, those of subnodes that are to be added.
///
/// # Errors
/// As [`write_properties`].
pub fn write_sized_properties<'v>(
    ndb: &mut Writer<'_>,
    encoding: TextEncoding,
    props: impl IntoIterator<Item = &'v (PropTag, Value<'v>)>,
    (tag, others): (PropTag, u64),
) -> Result<NodeContent> {
    write(ndb, encoding, props, None, Some((tag, others)))
}

fn write<'v>(
    ndb: &mut Writer<'_>,
    encoding: TextEncoding,
    props: impl IntoIterator<Item = &'v (PropTag, Value<'v>)>,
    object: Option<(Nid, u32)>,
    size: Option<(PropTag, u64)>,
) -> Result<NodeContent> {
    let mut props: Vec<_> = props.into_iter().collect();
    props.sort_by_key(|(tag, _)| tag.id());
    if let Some([(a, _), (b, _)]) = props.array_windows().find(|[(a, _), (b, _)]| a.id() == b.id()) {
        let message = format!("properties {a} and {b} have the same id: a property context holds one of them");
        return Err(Error::new(ErrorKind::Usage, message));
    }
    let mut pc = PcWriter { heap: HeapWriter::new(ndb.layout(), PC), large: LargeValues::default() };
    let mut records = Vec::with_capacity(props.len() + 1);
    for (tag, value) in props {
        let value = match object {
            Some((nid, size)) if tag.typ() == PropType::OBJECT => pc.object(ndb, nid, size)?,
            _ if tag.typ() == PropType::OBJECT => pc.bytes_as_object(ndb, value)?,
            _ => pc.value(ndb, encoding.store(*tag, value)?)?,
        };
        records.push((tag.with_type(encoding.stored_type(tag.typ())), value));
    }
    if let Some((tag, others)) = size {
        let tree = BthWriter::item_lens(2 + 6, 2, records.len() + 1);
        let bytes = pc.heap.len_with(tree) + pc.large.bytes + others;
        let at = records.partition_point(|(other, _)| other.id() < tag.id());
        records.insert(at, (tag, u32::try_from(bytes).unwrap_or(u32::MAX).min(MOST)));
    }
    let mut tree = BthWriter::new(2, 6);
    for (tag, value) in records {
        let [low, high] = tag.typ().0.to_le_bytes();
        let [a, b, c, d] = value.to_le_bytes();
        tree.push(ndb, &mut pc.heap, u64::from(tag.id()), &[low, high, a, b, c, d])?;
    }
    let root = tree.finish(ndb, &mut pc.heap)?;
    let bytes = pc.heap.len_with([]) + pc.large.bytes;
    let data = pc.heap.finish(ndb, root)?;
    Ok(NodeContent { data, subnodes: pc.large.entries, bytes })
}

struct PcWriter {
    heap: HeapWriter,
    large: LargeValues,
}

impl PcWriter {
    /// Stores `value` and gives `dwValueHnid` (2.3.3.3).
    fn value(&mut self, ndb: &mut Writer<'_>, value: Stored<'_>) -> Result<u32> {
        let Hid(hid) = match value {
            Stored::Inline(value) => return Ok(value),
            Stored::Fixed8(bytes) => self.heap.add(ndb, &bytes)?,
            Stored::Bytes(bytes) if bytes.len() <= MAX_ITEM => self.heap.add(ndb, &bytes)?,
            Stored::Bytes(bytes) => return Ok(self.large.add(ndb.put_data(&bytes)?, bytes.len() as u64).0),
            Stored::Stream(stream) if stream.len() <= MAX_ITEM as u64 => self.heap.add(ndb, &stream.to_vec()?)?,
            Stored::Stream(stream) => return Ok(self.large.add(ndb.put_stream(stream)?, stream.len()).0),
        };
        Ok(hid)
    }

    /// The value of a property of type OBJECT: the subnode and the size of what is in it (2.3.3.5).
    fn object(&mut self, ndb: &mut Writer<'_>, nid: Nid, size: u32) -> Result<u32> {
        let value = [nid.0.to_le_bytes(), size.to_le_bytes()].concat();
        Ok(self.heap.add(ndb, &value)?.0)
    }

    /// The bytes of an OBJECT, in a subnode however few they are.
    fn bytes_as_object(&mut self, ndb: &mut Writer<'_>, value: &Value<'_>) -> Result<u32> {
        let (data, len) = match value {
            Value::Bin(bytes) => (ndb.put_data(bytes)?, bytes.len() as u64),
            Value::Stream(stream) => (ndb.put_stream(stream)?, stream.len()),
            _ => return Err(Error::new(ErrorKind::Usage, "a property of type OBJECT is bytes or an embedded message")),
        };
        let size = u32::try_from(len).map_err(|_| Error::new(ErrorKind::Target, "an object is larger than 4 GiB"))?;
        let nid = self.large.add(data, len);
        self.object(ndb, nid, size)
    }
}
