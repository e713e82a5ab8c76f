//! The map of named properties ([MS-PST] 2.4.7).

use std::collections::{BTreeMap, HashMap};

use crate::ltp::write::{TextEncoding, write_properties};
use crate::mapi::guid::{PS_MAPI, PS_PUBLIC_STRINGS, PSETID_COMMON};
use crate::mapi::{Guid, Name, PropName, PropTag, PropType, Props, Value};
use crate::ndb::Nid;
use crate::ndb::check::crc32;
use crate::ndb::write::Writer;
use crate::{Error, ErrorKind, Result};

/// How many hash buckets there are (`PidTagNameidBucketCount`).
const BUCKETS: u32 = 251;
/// The first id that can have a name, and how many can.
const FIRST_ID: u16 = 0x8000;
const MOST: usize = 0x7FFF;

/// Which id stands for which name in a file.
#[derive(Debug, Default)]
pub struct Names {
    entries: Vec<(u16, PropName)>,
    ids: HashMap<PropName, u16>,
}

impl Names {
    /// The id of `name`, a new one when it has none yet.
    ///
    /// # Errors
    /// [`ErrorKind::Target`] when all 32,767 ids are taken.
    pub fn id(&mut self, name: &PropName) -> Result<u16> {
        if let Some(id) = self.ids.get(name) {
            return Ok(*id);
        }
        if self.entries.len() >= MOST {
            return Err(Error::new(ErrorKind::Target, "the file can't hold more than 32,767 named properties"));
        }
        let id = FIRST_ID + self.entries.len() as u16;
        self.ids.insert(name.clone(), id);
        self.entries.push((id, name.clone()));
        Ok(id)
    }

    /// Gives `name` another id, however many it has: a defect that files in the wild have.
    ///
    /// # Errors
    /// As [`Names::id`].
    pub fn id_once_more(&mut self, name: &PropName) -> Result<u16> {
        self.ids.remove(name);
        self.id(name)
    }

    /// Writes the map as node [`Nid::NAME_TO_ID_MAP`]. None of its streams is empty: libpff refuses files in which one is. A name of
    /// each kind that every Outlook file has is added where there is no other.
    ///
    /// # Errors
    /// Those of the output.
    pub(super) fn write(&mut self, ndb: &mut Writer<'_>) -> Result<()> {
        if !self.entries.iter().any(|(_, name)| ![PS_MAPI, PS_PUBLIC_STRINGS].contains(&name.guid)) {
            self.id(&PropName::lid(PSETID_COMMON, 0x8501))?;
        }
        if !self.entries.iter().any(|(_, name)| matches!(name.name, Name::String(_))) {
            self.id(&PropName::string(PS_PUBLIC_STRINGS, "Keywords"))?;
        }
        let mut streams = Streams::default();
        self.entries.iter().for_each(|(id, name)| streams.add(*id, name));
        let binary = |id| PropTag::new(id, PropType::BINARY);
        let mut props = Props::new();
        props.push(PropTag::new(1, PropType::LONG), Value::I32(BUCKETS as i32));
        props.push(binary(2), Value::bin(streams.guids.concat()));
        props.push(binary(3), Value::bin(streams.entries));
        props.push(binary(4), Value::bin(streams.strings));
        for (bucket, entries) in streams.buckets {
            props.push(binary(0x1000 + bucket as u16), Value::bin(entries));
        }
        write_properties(ndb, TextEncoding::Unicode, &props, None)?.put(ndb, Nid::NAME_TO_ID_MAP, Nid(0))
    }
}

/// The streams of the map (2.4.7.1 to 5).
#[derive(Default)]
struct Streams {
    guids: Vec<[u8; 16]>,
    entries: Vec<u8>,
    strings: Vec<u8>,
    buckets: BTreeMap<u32, Vec<u8>>,
}

impl Streams {
    fn add(&mut self, id: u16, name: &PropName) {
        let guid = self.guid_index(name.guid) << 1;
        let index = (id - FIRST_ID).to_le_bytes();
        let (value, hash, guid) = match &name.name {
            Name::Lid(lid) => (*lid, *lid, guid),
            Name::String(text) => {
                let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
                let offset = self.strings.len() as u32;
                self.strings.extend((bytes.len() as u32).to_le_bytes());
                self.strings.extend(&bytes);
                self.strings.resize(self.strings.len().next_multiple_of(4), 0);
                (offset, crc32(&bytes), guid | 1)
            }
        };
        let entry = |value: u32| [&value.to_le_bytes()[..], &guid.to_le_bytes(), &index].concat();
        self.entries.extend(entry(value));
        self.buckets.entry((hash ^ u32::from(guid)) % BUCKETS).or_default().extend(entry(hash));
    }

    /// Two property sets have numbers of their own, the others are numbered from 3 on as they come.
    fn guid_index(&mut self, guid: Guid) -> u16 {
        match guid {
            PS_MAPI => 1,
            PS_PUBLIC_STRINGS => 2,
            Guid(bytes) => {
                let known = self.guids.iter().position(|g| *g == bytes);
                let index = known.unwrap_or_else(|| {
                    self.guids.push(bytes);
                    self.guids.len() - 1
                });
                index as u16 + 3
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapi::guid::PSETID_APPOINTMENT;

    /// The values are those of a map that Outlook wrote.
    #[test]
    fn a_number_and_a_string_as_outlook_hashes_them() {
        let mut streams = Streams::default();
        streams.add(0x8000, &PropName::lid(PSETID_APPOINTMENT, 0x8205));
        streams.add(0x8001, &PropName::string(Guid::new(0x0002_0386, 0, 0, *b"\xC0\0\0\0\0\0\0F"), "content-class"));
        assert_eq!(streams.buckets[&0x97], [0x05, 0x82, 0, 0, 6, 0, 0, 0]);
        assert_eq!(streams.buckets[&0xCE], [0x65, 0x8F, 0, 0xE6, 9, 0, 1, 0]);
        assert_eq!(streams.strings[..8], [26, 0, 0, 0, b'c', 0, b'o', 0]);
        assert_eq!(streams.strings.len(), 32);
    }
}
