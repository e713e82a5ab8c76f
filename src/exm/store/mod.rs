//! The embedded mailbox: a directory with a SQLite database and content files, laid out as a Gromox server lays out the
//! mailbox of a user (schema version 27), so that such a server can take it for one of its own.
//!
//! ```text
//! config/ eml/ ext/ tmp/       kept by a server
//! cid/Y-xx/…                   content files: bodies, headers, attachment data (content)
//! exmdb/exchange.sqlite3       everything else (schema)
//! ```
//!
//! Messages are written in batches, each one transaction: content files first, then the rows that refer to them. Whatever stops a
//! process, the mailbox holds whole messages only.
//!
//! Where a server would replace a value that a message came with (modification time, message status, conversation), this writer keeps it.

mod bag;
mod check;
mod content;
mod create;
mod disk;
mod folder;
mod ids;
mod kept;
mod list;
mod message;
mod names;
mod open;
mod pack;
mod prepare;
mod read;
mod rows;
pub mod schema;
mod subject;
mod value;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

use self::content::Contents;
use self::disk::Owner;
use self::folder::Children;
use self::ids::Counters;
use self::names::Names;
use super::{FolderId, MessageId, Target};
use crate::damage::Findings;
use crate::mt::NameMap;
use crate::mt::object::{Folder, MessageFrame, Permission};
use crate::{Error, ErrorKind, Result};

pub use check::Problem;
pub use list::{FolderInfo, MessageInfo, Totals};
pub use read::{Mailbox, Object, StoredFolder, StoredMessage};

/// Messages of one batch.
const BATCH_MESSAGES: u64 = 1000;
/// Bytes of content of one batch.
const BATCH_BYTES: u64 = 64 << 20;
/// How long a batch may take.
const BATCH_TIME: Duration = Duration::from_secs(2);

/// How the database is written. A commit is on the disk when it returns. The cache (KiB) holds the inner pages of the indices and what a
/// batch changes. A checkpoint (every so many pages of the log) is for many batches, which change the same pages again and again. What
/// undoes a folder that fails is small: in memory, as it would cost half a thousand writes elsewhere.
pub const PRAGMAS: &str = "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; \
                           PRAGMA cache_size=-16384; PRAGMA wal_autocheckpoint=16384";

/// Statements that are kept ready.
const STATEMENTS: usize = 64;

/// How long to wait for another process that writes.
const BUSY: Duration = Duration::from_secs(60);

/// What the keys and addresses that are made up for objects say about the mailbox's owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The number by which a server knows the user (`users.id`); it is part of every change key. `None` is the one that the mailbox has
    /// already, and 1 in a new one.
    pub user_id: Option<u32>,
    /// The part of the owner's address behind the `@`.
    pub domain: String,
}

impl Default for Options {
    fn default() -> Self {
        Self { user_id: None, domain: "localhost".to_owned() }
    }
}

/// A mailbox that is being written.
pub struct Store {
    dir: PathBuf,
    /// The number of the user.
    user_id: u32,
    /// The part of the owner's address behind the `@`.
    domain: String,
    parts: Parts,
    batch: Option<Batch>,
    /// Why a batch was lost, so that nothing may follow.
    broken: Option<String>,
    commits: u64,
}

/// What is borrowed side by side.
struct Parts {
    db: Connection,
    names: Names,
    contents: Contents,
    counters: Counters,
    children: Children,
    /// A message whose row is written, but perhaps not all that belongs to it.
    unfinished: Option<u64>,
}

impl Parts {
    /// Forgets what is known of the database, because something was undone in it.
    fn forget(&mut self) {
        self.names.forget();
        self.counters.forget();
        self.children.forget();
    }
}

struct Batch {
    messages: u64,
    started: Instant,
}

impl Store {
    /// Opens the mailbox in `dir` for writing; creates it where it is not there.
    ///
    /// # Errors
    /// The directory holds something else, is not writable, or the database is of a version that is not known
    /// ([`ErrorKind::Target`]); the mailbox belongs to another user than `options` say ([`ErrorKind::Usage`]).
    pub fn open(dir: &Path, options: Options) -> Result<Self> {
        refuse_foreign(dir)?;
        let owner = Owner::of(dir, !Self::is_there(dir));
        create::directories(dir, owner).map_err(of_target)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let within = |e: Error| e.in_file(dir.join(create::DATABASE));
        let mut db = Connection::open_with_flags(dir.join(create::DATABASE), flags).map_err(|e| within(e.into()))?;
        let user_id = set_up(&mut db, options.user_id).map_err(within)?;
        let contents = Contents::new(dir, owner).map_err(of_target)?;
        let parts = Parts {
            db,
            names: Names::default(),
            contents,
            counters: Counters::default(),
            children: Children::default(),
            unfinished: None,
        };
        Ok(Self { dir: dir.to_owned(), user_id, domain: options.domain, parts, batch: None, broken: None, commits: 0 })
    }

    /// Whether there is a mailbox in `dir` already.
    pub fn is_there(dir: &Path) -> bool {
        dir.join(create::DATABASE).is_file()
    }

    /// The directory of the mailbox.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    fn begin(&mut self) -> Result<()> {
        self.usable()?;
        if self.batch.is_none() {
            self.parts.db.execute_batch("BEGIN IMMEDIATE")?;
            self.batch = Some(Batch { messages: 0, started: Instant::now() });
            // The lock is ours now, so what lies in tmp/ belongs to nobody who is alive.
            self.parts.contents.clear()?;
        }
        Ok(())
    }

    /// Does `write` as a whole or not at all. What a savepoint has to keep costs so much that messages do without
    /// ([`Store::remove_unfinished`]).
    fn whole<T>(&mut self, write: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.begin()?;
        let begun = self.parts.counters.write_back(&self.parts.db);
        begun.and_then(|()| Ok(self.parts.db.execute_batch("SAVEPOINT object")?)).map_err(|e| self.failed(e, false))?;
        match write(self) {
            Ok(done) => {
                self.parts.db.execute_batch("RELEASE object")?;
                Ok(done)
            }
            Err(e) => {
                self.parts.forget();
                let undone = self.parts.db.execute_batch("ROLLBACK TO object; RELEASE object").is_ok();
                Err(self.failed(e, undone))
            }
        }
    }

    /// The error `e` of something that was written. Where it is not undone, the whole batch is.
    fn failed(&mut self, e: Error, undone: bool) -> Error {
        // The database may have given up the transaction by itself.
        if !undone || self.parts.db.is_autocommit() {
            self.lose(&e);
        }
        of_target(e)
    }

    /// Undoes the batch, because of `e`.
    fn lose(&mut self, e: &Error) {
        self.roll_back();
        self.broken = Some(e.message().to_owned());
    }

    fn usable(&self) -> Result<()> {
        let Some(why) = &self.broken else { return Ok(()) };
        let message = format!("what was not committed is undone ({why}); what went before is in the mailbox");
        Err(Error::new(ErrorKind::Target, message).in_file(&self.dir))
    }
}

impl Target for Store {
    fn is_folder(&mut self, id: FolderId) -> Result<bool> {
        self.is_ordinary_folder(id.0)
    }

    fn subfolder(&mut self, parent: FolderId, name: &str) -> Result<Option<FolderId>> {
        Ok(self.find_folder(parent.0, name)?.map(FolderId))
    }

    fn create_folder(
        &mut self,
        parent: FolderId,
        name: &str,
        folder: &Folder<'_>,
        names: &NameMap,
        findings: &Findings,
    ) -> Result<FolderId> {
        self.whole(|store| store.insert_folder(parent.0, name, folder, names, findings)).map(FolderId)
    }

    fn grant(&mut self, folder: FolderId, acl: &[Permission<'_>], findings: &Findings) -> Result<()> {
        self.whole(|store| store.insert_permissions(folder.0, acl, findings))
    }

    fn write_message(
        &mut self,
        folder: FolderId,
        message: MessageFrame<'_>,
        names: &NameMap,
        findings: &Findings,
    ) -> Result<MessageId> {
        self.begin()?;
        let id = self.insert_message(folder.0, message, names, findings).map_err(|e| {
            let undone = self.remove_unfinished().is_ok();
            self.failed(e, undone)
        })?;
        if let Some(batch) = &mut self.batch {
            batch.messages += 1;
        }
        Ok(MessageId(id))
    }

    fn is_batch_full(&self) -> bool {
        self.batch.as_ref().is_some_and(|batch| {
            batch.messages >= BATCH_MESSAGES
                || self.parts.contents.staged_bytes() >= BATCH_BYTES
                || batch.started.elapsed() >= BATCH_TIME
        })
    }

    fn commit(&mut self) -> Result<()> {
        self.usable()?;
        if self.batch.is_none() {
            return Ok(());
        }
        let Parts { db, contents, counters, .. } = &mut self.parts;
        let done =
            counters.write_back(db).and_then(|()| contents.publish()).and_then(|()| Ok(db.execute_batch("COMMIT")?));
        match &done {
            Ok(()) => self.commits += 1,
            Err(e) => self.lose(e),
        }
        self.batch = None;
        done.map_err(of_target)
    }

    fn commits(&self) -> u64 {
        self.commits
    }

    fn roll_back(&mut self) {
        if self.batch.take().is_some() && !self.parts.db.is_autocommit() {
            // When even this fails, closing the database does it.
            let _ = self.parts.db.execute_batch("ROLLBACK");
        }
        self.parts.forget();
        self.parts.contents.discard();
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.roll_back();
    }
}

/// Refuses a directory that holds other things than a mailbox.
fn refuse_foreign(dir: &Path) -> Result<()> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(Error::new(ErrorKind::Target, format!("the directory can't be read: {e}")).in_file(dir)),
    };
    if Store::is_there(dir) {
        return Ok(());
    }
    for entry in entries {
        let name = entry?.file_name();
        if !create::DIRECTORIES.iter().any(|ours| name == *ours) {
            let message = format!(
                "the directory is no mailbox and not empty ({} is in it); give an empty or a new one",
                name.display()
            );
            return Err(Error::new(ErrorKind::Target, message).in_file(dir));
        }
    }
    Ok(())
}

/// Makes `db` ready to be written, and a mailbox if it is empty; gives back the number of its user.
fn set_up(db: &mut Connection, user_id: Option<u32>) -> Result<u32> {
    db.busy_timeout(BUSY)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    let mode: String = db.query_row("PRAGMA journal_mode=WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        let message = format!("the file system allows the journal mode {mode} only; a mailbox needs WAL");
        return Err(Error::new(ErrorKind::Target, message));
    }
    db.execute_batch(PRAGMAS)?;
    create::fill(db, user_id)
}

/// The error, as one of the mailbox: the tools tell those of the input and those of the target apart.
fn of_target(e: Error) -> Error {
    match e.kind() {
        ErrorKind::Io => Error::new(ErrorKind::Target, format!("the mailbox can't be written: {e}")).caused_by(e),
        _ => e,
    }
}

impl From<rusqlite::Error> for Error {
    fn from(e: rusqlite::Error) -> Self {
        Self::new(ErrorKind::Target, format!("the mailbox's database refused: {e}")).caused_by(e)
    }
}
