//! A zip file in place of the directory.

use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::TempDir;
use zip::result::ZipError;
use zip::write::{PreparedZipFile, SimpleFileOptions, ZipFileBuilder};
use zip::{DateTime, ZipWriter};

use super::TOOL;
use super::draft::Bytes;
use crate::mapi::time::filetime_to_civil;
use crate::unnamed::{Unnamed, directory};
use crate::{Error, Result};

/// Entries that are smaller have a 32-bit length, whatever becomes of them by compression.
const SMALL: u64 = 4_000_000_000;

/// A zip file in the making. It gets its name when it is whole.
pub(super) struct Archive {
    /// It is dropped before the writer.
    given_up: GivenUp,
    zip: ZipWriter<Out>,
    path: PathBuf,
    /// Where that waits which grows until the end of the run.
    scratch: TempDir,
}

impl Archive {
    /// An archive that is to be `path`.
    ///
    /// # Errors
    /// The directory of `path` can't be written; without `force`, `path` is there already ([`ErrorKind::Target`]).
    pub fn create(path: &Path, force: bool) -> Result<Self> {
        let file = Unnamed::create(TOOL, path, force)?;
        let scratch = tempfile::Builder::new().prefix(&format!(".{TOOL}-")).tempdir_in(directory(path));
        let scratch = scratch.map_err(|e| Error::of_output(e).in_file(path))?;
        let given_up = GivenUp::default();
        let out = Out { file: BufWriter::new(file), given_up: Arc::clone(&given_up.0) };
        Ok(Self { given_up, zip: ZipWriter::new(out), path: path.to_owned(), scratch })
    }

    /// The directory of what can't be added yet.
    pub fn scratch(&self) -> &Path {
        self.scratch.path()
    }

    /// Adds the entry `path`, which is `bytes` and has the FILETIME `time`.
    pub fn add(&mut self, path: &str, bytes: Bytes, size: u64, time: Option<i64>) -> Result<()> {
        self.start(path, size, time).and_then(|()| bytes.copy_to(&mut self.zip)).map_err(|e| self.failed(e))
    }

    /// Adds the entry `path`, which is what `content` reads.
    pub fn add_file(&mut self, path: &str, mut content: impl Read, size: u64, time: Option<i64>) -> Result<()> {
        let copied = self.start(path, size, time).and_then(|()| io::copy(&mut content, &mut self.zip));
        copied.map(drop).map_err(|e| self.failed(e))
    }

    /// Adds an entry that [`pack`] has made.
    pub fn add_packed(&mut self, packed: PreparedZipFile) -> Result<()> {
        self.zip.add_prepared_file(packed).map_err(|e| self.failed(io_error(e)))
    }

    /// Writes what comes last and gives the file its name.
    pub fn finish(self) -> Result<()> {
        let Self { zip, given_up, path, scratch: _kept } = self;
        let finished = zip.finish().map_err(io_error).and_then(|out| out.file.into_inner().map_err(|e| e.into_error()));
        // A writer that has failed takes all that comes behind.
        let failed =
            || given_up.0.load(Ordering::Relaxed).then(|| io::Error::other("what was written before is not whole"));
        let finished = finished.and_then(|file| failed().map_or(Ok(file), Err));
        finished.map_err(|e| Error::of_output(e).in_file(path))?.name()
    }

    fn start(&mut self, path: &str, size: u64, time: Option<i64>) -> io::Result<()> {
        self.zip.start_file(path, options(time).large_file(size >= SMALL)).map_err(io_error)
    }

    fn failed(&self, e: io::Error) -> Error {
        Error::of_output(e).in_file(&self.path)
    }
}

/// Whether nothing more is to be written: it is so from when this is dropped.
#[derive(Default)]
struct GivenUp(Arc<AtomicBool>);

impl Drop for GivenUp {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Where the bytes go. The writer of an archive that is dropped ends it, and tells the terminal what fails then; so nothing does once
/// something has failed, or the archive is given up.
struct Out {
    file: BufWriter<Unnamed>,
    given_up: Arc<AtomicBool>,
}

impl Out {
    /// What `act` does to the file, or, where nothing more is to be written, `idle`.
    fn unless_given_up<T>(
        &mut self,
        idle: T,
        act: impl FnOnce(&mut BufWriter<Unnamed>) -> io::Result<T>,
    ) -> io::Result<T> {
        if self.given_up.load(Ordering::Relaxed) {
            return Ok(idle);
        }
        act(&mut self.file).inspect_err(|_| self.given_up.store(true, Ordering::Relaxed))
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.unless_given_up(bytes.len(), |file| file.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.unless_given_up((), Write::flush)
    }
}

impl Seek for Out {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.unless_given_up(0, |file| file.seek(to))
    }
}

/// The entry `path`, compressed: work that needs no archive.
pub(super) fn pack(path: &str, bytes: &[u8], time: Option<i64>) -> io::Result<PreparedZipFile> {
    let mut entry = ZipFileBuilder::new(path, options(time)).map_err(io_error)?;
    entry.write_all(bytes)?;
    entry.finish().map_err(io_error)
}

fn options(time: Option<i64>) -> SimpleFileOptions {
    SimpleFileOptions::default().last_modified_time(time.and_then(dos_time).unwrap_or_default())
}

/// The FILETIME `time`, where a zip file can hold it: from 1980 to 2107, in UTC, as a local time would depend on the machine.
fn dos_time(time: i64) -> Option<DateTime> {
    let [year, month, day, hour, minute, second] = filetime_to_civil(time);
    let small = |n: i64| u8::try_from(n).ok();
    let year = u16::try_from(year).ok()?;
    DateTime::from_date_and_time(year, small(month)?, small(day)?, small(hour)?, small(minute)?, small(second)?).ok()
}

fn io_error(e: ZipError) -> io::Error {
    match e {
        ZipError::Io(e) => e,
        other => io::Error::other(other),
    }
}
