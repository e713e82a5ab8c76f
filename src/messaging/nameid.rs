//! The name-to-id map ([MS-PST] 2.4.7): what the property ids from 0x8000 on mean in this file.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use crate::Result;
use crate::bytes::{slice_at, u16_at, u32_at};
use crate::damage::{Effect, Finding, Findings};
use crate::ltp::PropertyContext;
use crate::mapi::guid::{PS_MAPI, PS_PUBLIC_STRINGS};
use crate::mapi::{Guid, PropName, Value, codepage};
use crate::ndb::check::crc32;
use crate::ndb::{Nid, Node, Scope};

/// The names of a file's named properties, by property id.
#[derive(Debug, Clone, Default)]
pub struct NameMap {
    names: BTreeMap<u16, PropName>,
    damaged: bool,
}

/// PidTagNameidBucketCount, -StreamGuid, -StreamEntry, -StreamString, -BucketBase.
const BUCKET_COUNT: u16 = 0x0001;
const GUIDS: u16 = 0x0002;
const ENTRIES: u16 = 0x0003;
const STRINGS: u16 = 0x0004;
const BUCKET_BASE: u16 = 0x1000;
/// The structure of findings in the hash buckets.
pub const HASH_BUCKET: &str = "hash bucket";
/// The id of the first entry.
const FIRST_ID: u16 = 0x8000;

/// NAMEID ([MS-PST] 2.4.7.1).
#[derive(Clone, Copy)]
struct NameId {
    /// The number, or the offset of the string; in a bucket the CRC of the string.
    id: u32,
    /// `N` in bit 0, `wGuid` above.
    guid: u16,
    index: u16,
}

impl NameId {
    fn list(bytes: &[u8]) -> impl Iterator<Item = Self> {
        bytes.as_chunks::<8>().0.iter().map(|b| Self {
            id: u32_at(b, 0).unwrap_or(0),
            guid: u16_at(b, 4).unwrap_or(0),
            index: u16_at(b, 6).unwrap_or(0),
        })
    }

    fn is_string(self) -> bool {
        self.guid & 1 != 0
    }
}

/// The streams of the map.
struct Streams {
    guids: Vec<u8>,
    entries: Vec<u8>,
    strings: Vec<u8>,
}

impl NameMap {
    /// Reads the map of a file. What can't be read of it is a finding; properties under ids without a name are for their reader to report.
    ///
    /// # Errors
    /// There is no readable node 0x61.
    pub fn read(scope: Scope<'_>) -> Result<Self> {
        let index = scope.db.index();
        let Some(node) = scope.db.node(Nid::NAME_TO_ID_MAP, scope.findings)? else {
            return Ok(Self { damaged: index.is_some_and(|i| i.is_lost(Nid::NAME_TO_ID_MAP)), ..Self::default() });
        };
        let findings = Findings::new();
        let read = Self::of_node(Scope { findings: &findings, ..scope }, node);
        let old = index.is_some_and(|i| !i.is_in_use(node.data));
        let damaged = old || findings.worst() > Some(Effect::Notice);
        findings.take().into_iter().for_each(|f| scope.findings.add(f));
        Ok(Self { damaged, ..read? })
    }

    /// A map without a name, in place of one that can't be read.
    pub fn unreadable() -> Self {
        Self { damaged: true, ..Self::default() }
    }

    fn of_node(scope: Scope<'_>, node: Node) -> Result<Self> {
        let pc = PropertyContext::open(scope, node.data, node.sub)?;
        let stream = |id| pc.get(id).map(bytes_of).unwrap_or_default();
        let streams = Streams { guids: stream(GUIDS), entries: stream(ENTRIES), strings: stream(STRINGS) };
        let mut map = Self::default();
        let mut hashes = HashMap::new();
        for entry in NameId::list(&streams.entries) {
            match streams.name(scope, entry) {
                Ok((name, hash)) => map.add(scope, entry, name, &mut hashes, hash),
                Err(found) => {
                    report(scope, Effect::Lost, "NAMEID", "a name", format!("{found} in entry {:#x}", entry.index))
                }
            }
        }
        check_buckets(scope, &pc, &hashes);
        Ok(map)
    }

    fn add(&mut self, scope: Scope<'_>, entry: NameId, name: PropName, hashes: &mut HashMap<u16, u32>, hash: u32) {
        let Some(id) = FIRST_ID.checked_add(entry.index).filter(|id| *id != u16::MAX) else {
            return report(scope, Effect::Lost, "NAMEID.wPropIdx", "an id below 0xffff", format!("{:#x}", entry.index));
        };
        hashes.insert(entry.index, hash);
        if let Some(other) = self.names.get(&id) {
            if *other != name {
                let found = format!("{other} and {name}; the first is used");
                report(scope, Effect::Altered, "NAMEID.wPropIdx", format!("one name for id {id:#x}"), found);
            }
            return;
        }
        self.names.insert(id, name);
    }

    /// Whether names may be wrong or missing because the map is damaged.
    pub fn is_damaged(&self) -> bool {
        self.damaged
    }

    /// The name of property `id`.
    pub fn get(&self, id: u16) -> Option<&PropName> {
        self.names.get(&id)
    }

    /// All ids and their names, by ascending id. A name may occur twice: both ids then mean the same property.
    pub fn iter(&self) -> impl Iterator<Item = (u16, &PropName)> {
        self.names.iter().map(|(id, name)| (*id, name))
    }

    /// How many ids have a name.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether none has.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

impl Streams {
    /// The name of `entry` and the number that its hash bucket has instead of it, or what is wrong with it.
    fn name(&self, scope: Scope<'_>, entry: NameId) -> Result<(PropName, u32), String> {
        let guid = self.guid(entry.guid >> 1)?;
        if !entry.is_string() {
            return Ok((PropName::lid(guid, entry.id), entry.id));
        }
        let at = entry.id as usize;
        let length = u32_at(&self.strings, at).ok_or_else(|| format!("string offset {at:#x}"))? as usize;
        let bytes = slice_at(&self.strings, at + 4, length).ok_or_else(|| format!("a string of {length} bytes"))?;
        let text = match narrow(bytes) {
            Some(text) => {
                report(scope, Effect::Notice, "NAMEID", "a name in UTF-16", format!("\"{text}\", in 8-bit text"));
                text
            }
            None => codepage::utf16(bytes).text,
        };
        Ok((PropName::string(guid, text.trim_end_matches('\0')), crc32(bytes)))
    }

    fn guid(&self, index: u16) -> Result<Guid, String> {
        match index {
            0 => Ok(Guid::default()),
            1 => Ok(PS_MAPI),
            2 => Ok(PS_PUBLIC_STRINGS),
            _ => {
                let at = (usize::from(index) - 3) * 16;
                self.guids.get(at..).and_then(Guid::from_slice).ok_or_else(|| format!("GUID index {index}"))
            }
        }
    }
}

/// The text of a name where that is 8-bit: where it has an odd number of bytes and no NULs among them, or where all of it is ASCII.
fn narrow(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let end = bytes.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1);
    let text = &bytes[..end];
    // One character in UTF-16 has a NUL, too.
    let is_narrow = text.len() > 1 && !text.contains(&0) && (text.is_ascii() || !bytes.len().is_multiple_of(2));
    is_narrow.then(|| match std::str::from_utf8(text) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => codepage::decode(codepage::WESTERN, text).text,
    })
}

/// The hash buckets are only an index, so an error in them costs nothing: but it tells that the map was damaged.
fn check_buckets(scope: Scope<'_>, pc: &PropertyContext<'_>, hashes: &HashMap<u16, u32>) {
    let count = pc.get(BUCKET_COUNT).and_then(|v| v.as_int()).unwrap_or(0);
    let Ok(count @ 1..=0x7000) = u16::try_from(count) else {
        if !hashes.is_empty() {
            report(scope, Effect::Notice, "PidTagNameidBucketCount", "1 to 0x7000", count);
        }
        return;
    };
    let mut indexed = 0;
    for bucket in 0..count {
        let Some(bytes) = pc.get(BUCKET_BASE + bucket).map(bytes_of) else { continue };
        for entry in NameId::list(&bytes) {
            indexed += 1;
            if hashes.get(&entry.index) != Some(&entry.id) {
                let found = format!("id {:#x} in bucket {bucket}", entry.id);
                report(scope, Effect::Notice, HASH_BUCKET, format!("the hash of entry {:#x}", entry.index), found);
            } else if (entry.id ^ u32::from(entry.guid)) % u32::from(count) != u32::from(bucket) {
                let right = (entry.id ^ u32::from(entry.guid)) % u32::from(count);
                let found = format!("it in bucket {bucket}");
                report(
                    scope,
                    Effect::Notice,
                    HASH_BUCKET,
                    format!("entry {:#x} in bucket {right}", entry.index),
                    found,
                );
            }
        }
    }
    if indexed != hashes.len() {
        report(scope, Effect::Notice, HASH_BUCKET, format!("{} entries in all", hashes.len()), indexed);
    }
}

fn report(
    scope: Scope<'_>,
    effect: Effect,
    structure: &'static str,
    expected: impl std::fmt::Display,
    found: impl std::fmt::Display,
) {
    scope.findings.add(Finding::new(effect, structure, expected, found).nid(Nid::NAME_TO_ID_MAP.0));
}

fn bytes_of(value: Value<'_>) -> Vec<u8> {
    match value {
        Value::Bin(bytes) => bytes.into_owned(),
        // Writing into memory does not fail, and damage is recorded by the stream.
        Value::Stream(stream) => stream.to_vec().unwrap_or_default(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_names_are_8_bit() {
        let names = [
            (&b"Keywords"[..], Some("Keywords")),
            (b"x-mailer\0", Some("x-mailer")),
            (b"gr\xF6\xDFe", Some("gr\u{f6}\u{df}e")),
            (b"K\0e\0y\0", None),
            (b"K\0", None),
            // Two characters of Chinese, half a character behind a whole one.
            (b"\x4E\x2D\x65\x87", None),
            (b"K\0e", None),
            (b"", None),
        ];
        for (bytes, name) in names {
            assert_eq!(narrow(bytes).as_deref(), name, "{bytes:?}");
        }
    }
}
