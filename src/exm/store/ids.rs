//! Ids, change numbers, article numbers and change keys. All of them are counted inside the transaction that uses them.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, OptionalExtension};

use super::message::{LOCAL_COMMIT_TIME_MAX, NEXT_ARTICLE};
use super::rows::{self, Table};
use super::schema::Config;
use super::value::Cell;
use crate::mapi::Guid;
use crate::mapi::time::unix_to_filetime;
use crate::{Error, ErrorKind, Result};

/// How many ids a range has.
pub const RANGE: u64 = 0x1_0000;

/// How many KiB the messages of the mailbox may have before no more are taken.
const STORAGE_QUOTA: i64 = 0x3FF5_0003;
const STORE_SIZE: i64 = 0x0E08_0014;
const STORE_SIZE_NORMAL: i64 = 0x66B3_0014;
const STORE_SIZE_ASSOCIATED: i64 = 0x66B4_0014;

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

/// The number of the user whose store made `key`; `None` where another replica made it.
pub fn user_of(key: &[u8]) -> Option<u32> {
    let (user, rest) = key.split_first_chunk()?;
    let user = u32::from_le_bytes(*user);
    (rest.len() == 18 && key.starts_with(&store_guid(user).0)).then_some(user)
}

/// The list of predecessors of an object with no history but its `change_key`: the key behind its length.
pub fn predecessors(change_key: &[u8]) -> Vec<u8> {
    let mut list = vec![change_key.len() as u8];
    list.extend_from_slice(change_key);
    list
}

/// The counters of a mailbox. While a transaction is open they are counted in memory: each is read when it is first used, and all are
/// written back before others may see or count them.
#[derive(Debug, Default)]
pub struct Counters {
    /// Values of `configurations`.
    config: BTreeMap<Config, u64>,
    /// The last id of all that are reserved.
    last: Option<u64>,
    folders: HashMap<u64, FolderCounters>,
    /// Sizes of the messages that were added: of ordinary and of associated ones.
    sizes: [i64; 2],
    space: Option<Space>,
}

/// The space of a mailbox, in bytes.
#[derive(Debug, Clone, Copy)]
struct Space {
    quota: i64,
    held: i64,
}

/// What is counted of a folder.
#[derive(Debug, Clone, Copy)]
struct FolderCounters {
    /// The id of the next message, and the last one of the range.
    current: u64,
    maximum: u64,
    /// The article number of the next message.
    article: i64,
    /// When a message was added last, as FILETIME.
    changed: i64,
}

impl Counters {
    fn config(&mut self, db: &Connection, key: Config) -> Result<u64> {
        if let Some(value) = self.config.get(&key) {
            return Ok(*value);
        }
        let mut query = db.prepare_cached("SELECT config_value FROM configurations WHERE config_id=?")?;
        let value = query.query_row([key as i64], |row| row.get::<_, i64>(0))?.cast_unsigned();
        self.config.insert(key, value);
        Ok(value)
    }

    fn count_up(&mut self, db: &Connection, key: Config) -> Result<u64> {
        let next = self.config(db, key)? + 1;
        self.config.insert(key, next);
        Ok(next)
    }

    /// A new change number.
    ///
    /// # Errors
    /// The database fails.
    pub fn next_change(&mut self, db: &Connection) -> Result<u64> {
        self.count_up(db, Config::LastChange)
    }

    /// A new folder article number.
    ///
    /// # Errors
    /// The database fails.
    pub fn next_folder_article(&mut self, db: &Connection) -> Result<u64> {
        self.count_up(db, Config::LastArticle)
    }

    /// Reserves the range behind all that are reserved; gives back its first id.
    ///
    /// # Errors
    /// The database fails.
    pub fn new_range(&mut self, db: &Connection, now: i64) -> Result<u64> {
        let last = match self.last {
            Some(last) => last,
            None => {
                let mut query = db.prepare_cached("SELECT MAX(range_end) FROM allocated_eids")?;
                query.query_row([], |row| row.get::<_, i64>(0))?.cast_unsigned()
            }
        };
        let begin = last + 1;
        reserve(db, begin, last + RANGE, now)?;
        self.last = Some(last + RANGE);
        Ok(begin)
    }

    /// An id for an object that belongs to no folder: an embedded message.
    ///
    /// # Errors
    /// The database fails.
    pub fn next_store_level(&mut self, db: &Connection, now: i64) -> Result<u64> {
        let mut id = self.config(db, Config::CurrentEid)?;
        if id >= self.config(db, Config::MaximumEid)? {
            id = self.new_range(db, now)?;
            self.config.insert(Config::MaximumEid, id + RANGE - 1);
        }
        self.config.insert(Config::CurrentEid, id + 1);
        Ok(id)
    }

    /// An id and an article number for a message that is added to `folder` at the Unix time `now`.
    ///
    /// # Errors
    /// The database fails, or there is no such folder.
    pub fn next_in_folder(&mut self, db: &Connection, folder: u64, now: i64) -> Result<(u64, i64)> {
        let mut counters = match self.folders.get(&folder) {
            Some(counters) => *counters,
            None => FolderCounters::read(db, folder)?,
        };
        if counters.current >= counters.maximum {
            counters.current = self.new_range(db, now)?;
            counters.maximum = counters.current + RANGE - 1;
        }
        let (id, article) = (counters.current, counters.article);
        counters.current += 1;
        counters.article += 1;
        counters.changed = unix_to_filetime(now);
        self.folders.insert(folder, counters);
        Ok((id, article))
    }

    /// Whether the mailbox takes another message: a server refuses it where the quota is exceeded.
    ///
    /// # Errors
    /// The quota is exceeded ([`ErrorKind::Target`]), or the database fails.
    pub fn check_quota(&mut self, db: &Connection) -> Result<()> {
        let space = match self.space {
            Some(space) => space,
            None => *self.space.insert(Space::read(db)?),
        };
        let held = space.held.saturating_add(self.sizes.iter().sum());
        if held <= space.quota {
            return Ok(());
        }
        let message = format!(
            "the mailbox is full: its storage quota (store property 3FF50003) is {} KiB, and it holds {held} bytes; raise the quota or empty \
             the mailbox",
            space.quota >> 10
        );
        Err(Error::new(ErrorKind::Target, message))
    }

    /// Adds `size` bytes of a message to the size of the store.
    pub fn add_size(&mut self, size: u32, associated: bool) {
        self.sizes[usize::from(associated)] += i64::from(size);
    }

    /// Writes all back, and forgets it.
    ///
    /// # Errors
    /// The database fails; the transaction must be rolled back then.
    pub fn write_back(&mut self, db: &Connection) -> Result<()> {
        let Self { config, folders, sizes: [ordinary, associated], .. } = std::mem::take(self);
        let mut update = db.prepare_cached("UPDATE configurations SET config_value=? WHERE config_id=?")?;
        for (key, value) in config {
            update.execute((value.cast_signed(), key as i64))?;
        }
        for (folder, counters) in folders {
            counters.write_back(db, folder.cast_signed())?;
        }
        let mut add = db.prepare_cached("UPDATE store_properties SET propval=propval+? WHERE proptag=?")?;
        for (size, tag) in
            [(ordinary + associated, STORE_SIZE), (ordinary, STORE_SIZE_NORMAL), (associated, STORE_SIZE_ASSOCIATED)]
        {
            if size > 0 {
                add.execute((size, tag))?;
            }
        }
        Ok(())
    }

    /// Forgets all, because the transaction in which it was counted was rolled back.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

impl Space {
    fn read(db: &Connection) -> Result<Self> {
        let mut query = db.prepare_cached("SELECT propval FROM store_properties WHERE proptag=?")?;
        let mut value = |tag: i64| query.query_row([tag], |row| row.get::<_, i64>(0)).optional();
        let quota = value(STORAGE_QUOTA)?.map_or(i64::MAX, |kib| kib.saturating_mul(1 << 10));
        Ok(Self { quota, held: value(STORE_SIZE)?.unwrap_or(0) })
    }
}

impl FolderCounters {
    fn read(db: &Connection, folder: u64) -> Result<Self> {
        let mut query = db.prepare_cached(
            "SELECT cur_eid, max_eid, (SELECT propval FROM folder_properties p WHERE p.folder_id=f.folder_id AND proptag=?) \
             FROM folders f WHERE folder_id=?",
        )?;
        let counters = query.query_row((i64::from(NEXT_ARTICLE.0), folder.cast_signed()), |row| {
            Ok(Self {
                current: row.get::<_, i64>(0)?.cast_unsigned(),
                maximum: row.get::<_, i64>(1)?.cast_unsigned(),
                article: row.get::<_, Option<i64>>(2)?.unwrap_or(1),
                changed: 0,
            })
        });
        counters
            .optional()?
            .ok_or_else(|| Error::new(ErrorKind::Target, format!("there is no folder {folder:#x} in the mailbox")))
    }

    fn write_back(self, db: &Connection, folder: i64) -> Result<()> {
        db.prepare_cached("UPDATE folders SET cur_eid=?, max_eid=? WHERE folder_id=?")?.execute((
            self.current.cast_signed(),
            self.maximum.cast_signed(),
            folder,
        ))?;
        rows::set(db, Table::Folders, folder, NEXT_ARTICLE, &Cell::Int(self.article))?;
        rows::set(db, Table::Folders, folder, LOCAL_COMMIT_TIME_MAX, &Cell::Int(self.changed))
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_user_5() {
        let key = change_key(5, 0x0102_0304_0506);
        assert_eq!(key[..16], [5, 0, 0, 0, 0xA5, 0x18, 0x7B, 0x6F, 0xBC, 0xDC, 0xEA, 0x1E, 0xD0, 0x3C, 0x56, 0x57]);
        assert_eq!(key[16..], [1, 2, 3, 4, 5, 6]);
        assert_eq!(store_guid(5).to_string(), "00000005-18a5-6f7b-bcdc-ea1ed03c5657");
        assert_eq!((user_of(&key), user_of(&key[1..]), user_of(&[7; 22])), (Some(5), None, None));
        let list = predecessors(&key);
        assert_eq!((list.len(), list[0], &list[1..]), (23, 22, &key[..]));
    }
}
