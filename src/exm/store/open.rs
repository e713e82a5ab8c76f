//! Opening the database of a mailbox that is only read.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::BUSY;
use crate::{Error, ErrorKind, Result};

/// Looks whether there is a database `path`.
///
/// # Errors
/// There is none ([`ErrorKind::NotFound`]), or it may not be read ([`ErrorKind::Io`]).
pub fn look(path: &Path) -> Result<()> {
    let none = || Error::new(ErrorKind::NotFound, "there is no mailbox here");
    match File::open(path).and_then(|file| file.metadata()) {
        Ok(meta) if meta.is_file() => Ok(()),
        Ok(_) => Err(none()),
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Err(none()),
        Err(e) => Err(Error::new(ErrorKind::Io, format!("the mailbox can't be read: {e}")).caused_by(e)),
    }
}

/// A connection to the database `path`, for reading. SQLite writes beside a database even when it reads it. Where that can't be done, the
/// file alone is read, if it is all there is: where nobody has left a log, nobody has the mailbox open.
///
/// # Errors
/// The database can't be opened, or there is a log.
pub fn connect(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(BUSY)?;
    let first = db.query_row("SELECT COUNT(*) FROM sqlite_schema", [], |_| Ok(()));
    let code = first.err().and_then(|e| e.sqlite_error_code());
    if !matches!(code, Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly)) {
        // What else is wrong the next query says.
        return Ok(db);
    }
    let log = path.with_extension("sqlite3-wal");
    if !matches!(fs::metadata(&log), Err(e) if e.kind() == io::ErrorKind::NotFound) {
        let message = "nothing can be written in the directory of the database, and there is a log beside it, without which it \
                       can't be read; run this as the owner of the mailbox, or look at a copy";
        return Err(Error::new(ErrorKind::Io, message));
    }
    let uri = format!("file:{}?immutable=1", percent_encoded(path));
    Ok(Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)?)
}

/// `path` as a URI has it.
fn percent_encoded(path: &Path) -> String {
    let mut uri = String::new();
    for byte in path.as_os_str().as_encoded_bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"/._-~".contains(byte);
        if plain { uri.push(char::from(*byte)) } else { uri.push_str(&format!("%{byte:02X}")) }
    }
    uri
}
