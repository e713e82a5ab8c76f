//! Ids, change numbers, article numbers and change keys. All of them are counted inside the transaction that uses them.

use rusqlite::{Connection, OptionalExtension};

use super::schema::Config;
use crate::mapi::Guid;
use crate::{Error, ErrorKind, Result};

/// How many ids a range has.
pub const RANGE: u64 = 0x1_0000;

/// The GUID by which the private store of user number `user_id` names its changes.
pub const fn store_guid(user_id: u32) -> Guid {
    Guid::new(user_id, 0x18A5, 0x6F7B, [0xBC, 0xDC, 0xEA, 0x1E, 0xD0, 0x3C, 0x56, 0x57])
}

/// The change key of change number `cn`: the store and six bytes of the number, big-endian.
pub fn change_key(user_id: u32, cn: u64) -> Vec<u8> {
    let mut key = store_guid(user_id).0.to_vec();
    key.extend_from_slice(&cn.to_be_bytes()[2..]);
    key
}

/// The list of predecessors of an object with no history but its `change_key`: the key behind its length.
pub fn predecessors(change_key: &[u8]) -> Vec<u8> {
    let mut list = vec![change_key.len() as u8];
    list.extend_from_slice(change_key);
    list
}

/// The value of `key`.
///
/// # Errors
/// The database fails or has no such key.
pub fn config(db: &Connection, key: Config) -> Result<u64> {
    let mut query = db.prepare_cached("SELECT config_value FROM configurations WHERE config_id=?")?;
    let value: i64 = query.query_row([key as i64], |row| row.get(0))?;
    Ok(value.cast_unsigned())
}

fn set_config(db: &Connection, key: Config, value: u64) -> Result<()> {
    let mut update = db.prepare_cached("UPDATE configurations SET config_value=? WHERE config_id=?")?;
    update.execute((value.cast_signed(), key as i64))?;
    Ok(())
}

fn count_up(db: &Connection, key: Config) -> Result<u64> {
    let next = config(db, key)? + 1;
    set_config(db, key, next)?;
    Ok(next)
}

/// A new change number.
///
/// # Errors
/// The database fails.
pub fn next_change(db: &Connection) -> Result<u64> {
    count_up(db, Config::LastChange)
}

/// A new folder article number.
///
/// # Errors
/// The database fails.
pub fn next_folder_article(db: &Connection) -> Result<u64> {
    count_up(db, Config::LastArticle)
}

/// Reserves the ids from `begin` to `end`, both included.
///
/// # Errors
/// The database fails.
pub fn reserve(db: &Connection, begin: u64, end: u64, now: i64) -> Result<()> {
    let mut insert = db.prepare_cached("INSERT INTO allocated_eids VALUES (?, ?, ?, 1)")?;
    insert.execute((begin.cast_signed(), end.cast_signed(), now))?;
    Ok(())
}

/// Reserves the range behind all that are reserved; gives back its first id.
///
/// # Errors
/// The database fails.
pub fn new_range(db: &Connection, now: i64) -> Result<u64> {
    let last: i64 = db.prepare_cached("SELECT MAX(range_end) FROM allocated_eids")?.query_row([], |row| row.get(0))?;
    let begin = last.cast_unsigned() + 1;
    reserve(db, begin, begin + RANGE - 1, now)?;
    Ok(begin)
}

/// An id for an object that belongs to no folder: an embedded message.
///
/// # Errors
/// The database fails.
pub fn next_store_level(db: &Connection, now: i64) -> Result<u64> {
    let mut id = config(db, Config::CurrentEid)?;
    if id >= config(db, Config::MaximumEid)? {
        id = new_range(db, now)?;
        set_config(db, Config::MaximumEid, id + RANGE - 1)?;
    }
    set_config(db, Config::CurrentEid, id + 1)?;
    Ok(id)
}

/// An id for a message of `folder`.
///
/// # Errors
/// The database fails, or there is no such folder.
pub fn next_in_folder(db: &Connection, folder: u64, now: i64) -> Result<u64> {
    let mut query = db.prepare_cached("SELECT cur_eid, max_eid FROM folders WHERE folder_id=?")?;
    let range = query.query_row([folder.cast_signed()], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)));
    let (current, maximum) = range
        .optional()?
        .ok_or_else(|| Error::new(ErrorKind::Target, format!("there is no folder {folder:#x} in the mailbox")))?;
    let (id, maximum) = if current < maximum {
        (current.cast_unsigned(), maximum.cast_unsigned())
    } else {
        let begin = new_range(db, now)?;
        (begin, begin + RANGE - 1)
    };
    db.prepare_cached("UPDATE folders SET cur_eid=?, max_eid=? WHERE folder_id=?")?.execute((
        (id + 1).cast_signed(),
        maximum.cast_signed(),
        folder.cast_signed(),
    ))?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_user_5() {
        let key = change_key(5, 0x0102_0304_0506);
        assert_eq!(key[..16], [5, 0, 0, 0, 0xA5, 0x18, 0x7B, 0x6F, 0xBC, 0xDC, 0xEA, 0x1E, 0xD0, 0x3C, 0x56, 0x57]);
        assert_eq!(key[16..], [1, 2, 3, 4, 5, 6]);
        assert_eq!(store_guid(5).to_string(), "00000005-18a5-6f7b-bcdc-ea1ed03c5657");
        let list = predecessors(&key);
        assert_eq!((list.len(), list[0], &list[1..]), (23, 22, &key[..]));
    }
}
