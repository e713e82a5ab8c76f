//! Named properties: the ids that this store gives to names.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};

use crate::Result;
use crate::mapi::guid::PS_PUBLIC_STRINGS;
use crate::mapi::{Guid, Name, PropName};

/// A server creates no names beyond this many.
const MOST: u64 = 0x7000;

/// A server takes no names of this many bytes or more.
const TOO_LONG: usize = 1024;

/// Gives ids to names, and remembers them.
#[derive(Debug, Default)]
pub struct Names {
    ids: HashMap<PropName, u16>,
    full: bool,
}

impl Names {
    /// Forgets all, because the transaction in which names were created was rolled back.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// The id of `name`, which is created where it is not there; `None` where the table is full or takes no such name. Names
    /// that differ in the case of ASCII letters only share an id.
    ///
    /// # Errors
    /// The database fails.
    pub fn id(&mut self, db: &Connection, name: &PropName) -> Result<Option<u16>> {
        if let Some(id) = self.ids.get(name) {
            return Ok(Some(*id));
        }
        let text = to_text(name);
        if text.len() >= TOO_LONG || text.contains('\0') {
            return Ok(None);
        }
        let id = match find(db, &text)? {
            Some(id) => id,
            None if self.full || is_full(db)? => {
                self.full = true;
                return Ok(None);
            }
            None => {
                db.prepare_cached("INSERT INTO named_properties (name_string) VALUES (?)")?.execute([&text])?;
                db.last_insert_rowid()
            }
        };
        let Ok(id) = u16::try_from(id) else { return Ok(None) };
        self.ids.insert(name.clone(), id);
        Ok(Some(id))
    }
}

fn find(db: &Connection, text: &str) -> Result<Option<i64>> {
    let mut query = db.prepare_cached("SELECT propid FROM named_properties WHERE name_string=?")?;
    Ok(query.query_row([text], |row| row.get(0)).optional()?)
}

fn is_full(db: &Connection) -> Result<bool> {
    let rows: i64 = db.prepare_cached("SELECT COUNT(*) FROM named_properties")?.query_row([], |row| row.get(0))?;
    Ok(rows.cast_unsigned() >= MOST)
}

/// The name of an id that a stream does not name.
pub fn unnamed(id: u16) -> PropName {
    PropName::string(PS_PUBLIC_STRINGS, format!("pffkit:unnamed-{id:04x}"))
}

/// The name of the property that keeps what has no place of its own: see [`super::kept`].
pub fn kept() -> PropName {
    PropName::string(PS_PUBLIC_STRINGS, "pffkit:kept")
}

/// The name of the property that keeps the RFC 5322 text that a message came with.
pub fn rfc822() -> PropName {
    PropName::string(PS_PUBLIC_STRINGS, "pffkit:rfc822")
}

/// `name` as the table has it.
pub fn to_text(name: &PropName) -> String {
    match &name.name {
        Name::Lid(lid) => format!("GUID={},LID={lid}", name.guid),
        Name::String(string) => format!("GUID={},NAME={string}", name.guid),
    }
}

/// The name that the table has as `text`; `None` where it is none.
pub fn from_text(text: &str) -> Option<PropName> {
    let (guid, name) = text.strip_prefix("GUID=")?.split_once(',')?;
    let guid = parse_guid(guid)?;
    if let Some(string) = name.strip_prefix("NAME=") {
        return Some(PropName::string(guid, string));
    }
    Some(PropName::lid(guid, name.strip_prefix("LID=")?.parse().ok()?))
}

fn parse_guid(text: &str) -> Option<Guid> {
    // As bytes in the order of the text, then in that of the packet.
    let [a, b, c, d, e, f, g, h, rest @ ..] = uuid::Uuid::try_parse(text).ok()?.into_bytes();
    Some(Guid::new(u32::from_be_bytes([a, b, c, d]), u16::from_be_bytes([e, f]), u16::from_be_bytes([g, h]), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapi::guid::PSETID_COMMON;

    #[test]
    fn text_and_back() {
        let lid = PropName::lid(PSETID_COMMON, 34_051);
        assert_eq!(to_text(&lid), "GUID=00062008-0000-0000-c000-000000000046,LID=34051");
        let string = PropName::string(PS_PUBLIC_STRINGS, "Keywords, NAME=odd");
        assert_eq!(to_text(&string), "GUID=00020329-0000-0000-c000-000000000046,NAME=Keywords, NAME=odd");
        for name in [lid, string] {
            assert_eq!(from_text(&to_text(&name)), Some(name));
        }
        for bad in ["", "GUID=x,LID=1", "GUID=00020329-0000-0000-c000-000000000046,LID=x"] {
            assert_eq!(from_text(bad), None);
        }
    }
}
