//! An empty mailbox: its directories, and a database with the folders that every mailbox has.

use std::cmp::Ordering;
use std::path::Path;

use rusqlite::{Connection, ErrorCode, OptionalExtension, TransactionBehavior};
use uuid::Uuid;

use super::disk::Owner;
use super::ids;
use super::prepare::{CHANGE_KEY, unix_now};
use super::schema::{BUILT_IN, BuiltIn, CALENDAR, Config, FREEBUSY, INBOX, ROOT, TABLES, VERSION};
use crate::mapi::time::unix_to_filetime;
use crate::{Error, ErrorKind, Result};

/// The directories of a mailbox, in the order in which they are made.
pub const DIRECTORIES: [&str; 7] = ["config", "cid", "eml", "exmdb", "ext", "tmp", "tmp/imap.rfc822"];

/// The place of the database in the directory of a mailbox.
pub const DATABASE: &str = "exmdb/exchange.sqlite3";

/// Makes the directories of a mailbox in `dir` and an empty database file, as far as they are not there.
///
/// # Errors
/// Something can't be created.
pub fn directories(dir: &Path, owner: Owner) -> Result<()> {
    let failed = |e: std::io::Error| {
        Error::new(ErrorKind::Target, format!("the mailbox can't be created: {e}")).in_file(dir).caused_by(e)
    };
    if let Some(parent) = dir.parent() {
        std::fs::create_dir_all(parent).map_err(failed)?;
    }
    owner.create_dir(dir).map_err(failed)?;
    let database = dir.join(DATABASE);
    if !database.is_file() {
        owner.adopt(dir).map_err(failed)?;
    }
    for name in DIRECTORIES {
        owner.create_dir(&dir.join(name)).map_err(failed)?;
    }
    match owner.create_file(&database) {
        Err(_) if database.is_file() => Ok(()),
        Err(e) => Err(failed(e)),
        Ok(_) => Ok(()),
    }
}

/// Fills an empty database; leaves one alone that is a mailbox already. All of it is one transaction: a mailbox is there as a
/// whole or not at all. Gives back the number of the user whose it is: `user_id` where that is given.
///
/// # Errors
/// The database fails, is something else than a mailbox of a version that is known, or belongs to another user.
pub fn fill(db: &mut Connection, user_id: Option<u32>) -> Result<u32> {
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let tables: i64 = transaction.query_row("SELECT COUNT(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables == 0 {
        let user_id = user_id.unwrap_or(1);
        transaction.execute_batch(TABLES)?;
        contents(&transaction, user_id, unix_now())?;
        transaction.commit()?;
        return Ok(user_id);
    }
    check_version(&transaction)?;
    user(&transaction, user_id)
}

/// The number of the user whose the mailbox is, by the change key of its root; `wanted` where that does not tell.
fn user(db: &Connection, wanted: Option<u32>) -> Result<u32> {
    let mut query = db.prepare("SELECT propval FROM folder_properties WHERE folder_id=? AND proptag=?")?;
    let key: Option<Vec<u8>> =
        query.query_row((ROOT.cast_signed(), i64::from(CHANGE_KEY.0)), |row| row.get(0)).optional()?;
    match (key.and_then(|key| ids::user_of(&key)), wanted) {
        (Some(told), Some(wanted)) if told != wanted => {
            let message =
                format!("the mailbox belongs to the user with the number {told}, not {wanted}; leave --user-id out");
            Err(Error::new(ErrorKind::Usage, message))
        }
        (Some(user), _) | (None, Some(user)) => Ok(user),
        (None, None) => {
            let message = "the mailbox does not tell the number of the user whose it is; give it with --user-id";
            Err(Error::new(ErrorKind::Usage, message))
        }
    }
}

/// Whether the database is a mailbox of the version that this crate writes.
///
/// # Errors
/// It is not.
pub fn check_version(db: &Connection) -> Result<()> {
    let version: Option<i64> = db
        .query_row("SELECT config_value FROM configurations WHERE config_id=?", [Config::SchemaVersion as i64], |row| {
            row.get(0)
        })
        .optional()
        .map_err(|e| match e.sqlite_error_code() {
            // It is no database, or has no such table.
            Some(ErrorCode::NotADatabase | ErrorCode::Unknown) => {
                Error::new(ErrorKind::Target, "this database is not a mailbox").caused_by(e)
            }
            _ => e.into(),
        })?;
    let version = version.unwrap_or(0);
    let remedy = match version.cmp(&VERSION) {
        Ordering::Equal => return Ok(()),
        Ordering::Less => "let a server of today open it once, which brings it up to date",
        Ordering::Greater => "a newer version of this program is needed",
    };
    let message =
        format!("the mailbox has the schema version {version}, this program knows version {VERSION}; {remedy}");
    Err(Error::new(ErrorKind::Target, message))
}

fn contents(db: &Connection, user_id: u32, now: i64) -> Result<()> {
    let time = unix_to_filetime(now);
    for (position, folder) in (1u64..).zip(&BUILT_IN) {
        built_in_folder(db, folder, position, user_id, now)?;
    }
    let mut receive = db.prepare("INSERT INTO receive_table VALUES (?, ?, ?)")?;
    for (class, folder) in [("", INBOX), ("IPC", ROOT), ("IPM", INBOX), ("REPORT.IPM", INBOX)] {
        receive.execute((class, folder.cast_signed(), time))?;
    }
    let mut property = db.prepare("INSERT INTO store_properties VALUES (?, ?)")?;
    for (tag, value) in [(0x3007_0040i64, time), (0x661D_000B, 0), (0x0E08_0014, 0), (0x66B4_0014, 0), (0x66B3_0014, 0)]
    {
        property.execute((tag, value))?;
    }
    let mut permission =
        db.prepare("INSERT INTO permissions (folder_id, username, permission) VALUES (?, 'default', ?)")?;
    for (folder, rights) in [(CALENDAR, 0xC00), (FREEBUSY, 0x800)] {
        permission.execute((folder.cast_signed(), rights))?;
    }
    let mut config = db.prepare("INSERT INTO configurations VALUES (?, ?)")?;
    let folders = BUILT_IN.len() as i64;
    for key in [Config::MailboxGuid, Config::MappingSignature] {
        config.execute((key as i64, Uuid::new_v4().hyphenated().to_string()))?;
    }
    for (key, value) in [
        (Config::CurrentEid, 0x100),
        (Config::MaximumEid, 0xFFFF),
        (Config::LastChange, folders),
        (Config::LastContentId, 0),
        (Config::LastArticle, folders),
        (Config::SearchState, 0),
        (Config::DefaultPermission, 0),
        (Config::AnonymousPermission, 0),
        (Config::SchemaVersion, VERSION),
    ] {
        config.execute((key as i64, value))?;
    }
    ids::reserve(db, 1, ids::RANGE - 1, now)
}

fn built_in_folder(db: &Connection, folder: &BuiltIn, position: u64, user_id: u32, now: i64) -> Result<()> {
    let begin = position * ids::RANGE;
    let end = begin + ids::RANGE - 1;
    let (current, maximum) = if folder.search { (0, 0) } else { (begin, end) };
    let id = folder.id.cast_signed();
    let parent = (folder.parent != 0).then_some(folder.parent.cast_signed());
    db.prepare_cached(
        "INSERT INTO folders (folder_id, parent_id, change_number, is_search, cur_eid, max_eid) VALUES (?, ?, ?, ?, ?, ?)",
    )?
    .execute((id, parent, position.cast_signed(), folder.search, current.cast_signed(), maximum.cast_signed()))?;
    if !folder.search {
        ids::reserve(db, begin, end, now)?;
    }
    let mut property = db.prepare_cached("INSERT INTO folder_properties VALUES (?, ?, ?)")?;
    for tag in [0x670B_0003i64, 0x6641_0003, 0x663E_0003] {
        property.execute((id, tag, 0))?;
    }
    property.execute((id, 0x0E23_0003, position.cast_signed()))?;
    if !folder.search {
        property.execute((id, 0x6751_0003, 1))?;
    }
    property.execute((id, 0x3001_001F, folder.name))?;
    property.execute((id, 0x3004_001F, ""))?;
    if !folder.class.is_empty() {
        property.execute((id, 0x3613_001F, folder.class))?;
    }
    for tag in [0x3007_0040i64, 0x3008_0040, 0x4082_0040, 0x670A_0040] {
        property.execute((id, tag, unix_to_filetime(now)))?;
    }
    let key = ids::change_key(user_id, position);
    property.execute((id, 0x65E2_0102, &key))?;
    property.execute((id, 0x65E3_0102i64, ids::predecessors(&key)))?;
    if folder.hidden {
        property.execute((id, 0x10F4_000B, 1))?;
    }
    Ok(())
}
