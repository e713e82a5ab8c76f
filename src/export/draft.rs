//! What an item is rendered into: memory, or where it is large, a temporary file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Seek, Write};
use std::path::Path;
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::TOOL;
use crate::bytes::hex;
use crate::mapi::time::filetime_to_unix;
use crate::unnamed::temporary;

/// Bytes of an item that stay in memory.
const MEMORY: usize = 256 << 10;

/// Bytes that most items take less than.
const SMALL: usize = 32 << 10;

/// Bytes that are copied at a time.
const PIECE: usize = 128 << 10;

/// The bytes of an item in the making.
pub(super) struct Draft<'d> {
    dir: &'d Path,
    buffer: Vec<u8>,
    file: Option<NamedTempFile>,
    hash: Sha256,
    size: u64,
}

/// The bytes of an item.
#[derive(Debug)]
pub(super) struct Body {
    pub bytes: Bytes,
    pub size: u64,
    pub sha256: String,
}

/// Where the bytes of an item are.
#[derive(Debug)]
pub(super) enum Bytes {
    Memory(Vec<u8>),
    File(NamedTempFile),
}

impl<'d> Draft<'d> {
    /// A draft that has a temporary file in `dir` where it is larger than [`MEMORY`].
    pub fn new(dir: &'d Path) -> Self {
        Self { dir, buffer: Vec::with_capacity(SMALL), file: None, hash: Sha256::new(), size: 0 }
    }

    /// What has been written.
    ///
    /// # Errors
    /// The temporary file can't be written.
    pub fn finish(mut self) -> io::Result<Body> {
        let bytes = if self.file.is_some() {
            self.spill()?;
            self.file.take().map(Bytes::File)
        } else {
            self.hash.update(&self.buffer);
            None
        };
        let sha256 = hex(&self.hash.finalize());
        Ok(Body { bytes: bytes.unwrap_or(Bytes::Memory(self.buffer)), size: self.size, sha256 })
    }

    fn spill(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(temporary(TOOL, self.dir)?),
        };
        self.hash.update(&self.buffer);
        file.as_file_mut().write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}

impl Write for Draft<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = MEMORY - self.buffer.len();
        let taken = &bytes[..bytes.len().min(room)];
        self.buffer.extend_from_slice(taken);
        self.size += taken.len() as u64;
        if self.buffer.len() == MEMORY {
            self.spill()?;
        }
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Bytes {
    /// The same, in no more memory than it takes: it has to wait.
    pub fn at_rest(self) -> Self {
        match self {
            Self::Memory(mut bytes) => {
                bytes.shrink_to_fit();
                Self::Memory(bytes)
            }
            Self::File(file) => Self::File(file),
        }
    }

    /// How much it holds while it waits: bytes of memory; an open file counts as the most of these, since there may not be many either.
    pub fn held(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.capacity() as u64,
            Self::File(_) => MEMORY as u64,
        }
    }

    /// Makes the file `path`, which is not there yet.
    pub fn save(self, path: &Path, time: Option<i64>) -> io::Result<()> {
        match self {
            Self::Memory(bytes) => {
                let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
                file.write_all(&bytes).and_then(|()| set_time(&file, time)).inspect_err(|_| {
                    // Half of an item must not look like one. The first failure is the one that is told.
                    let _ = fs::remove_file(path);
                })
            }
            Self::File(file) => {
                set_time(file.as_file(), time)?;
                file.persist_noclobber(path).map(drop).map_err(|e| e.error)
            }
        }
    }

    /// Writes all of the bytes to `out`.
    pub fn copy_to(self, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Memory(bytes) => out.write_all(&bytes),
            Self::File(mut file) => {
                let file = file.as_file_mut();
                file.rewind()?;
                io::copy(&mut BufReader::with_capacity(PIECE, file), out).map(drop)
            }
        }
    }
}

/// Sets the time of `file` to the FILETIME `time`, where the system can hold it.
pub(super) fn set_time(file: &File, time: Option<i64>) -> io::Result<()> {
    let unix = time.and_then(|time| u64::try_from(filetime_to_unix(time)).ok());
    match unix.and_then(|unix| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(unix))) {
        Some(time) => file.set_modified(time),
        None => Ok(()),
    }
}
