//! Files that a run writes: never over one that it reads, or that it writes already.

use std::fs::{self, File};
use std::path::Path;

use crate::{Error, ErrorKind, Result};

/// A file at `path`, to be written from its beginning; what was there is gone. `others` are the files that the run reads or writes besides;
/// `-` among them is standard input.
///
/// # Errors
/// `path` is one of `others`, by this name or another one ([`ErrorKind::Usage`]): nothing has happened to it then. It can't be written
/// ([`ErrorKind::Target`]).
pub fn create(path: &Path, others: &[&Path]) -> Result<File> {
    keep(path, others)?;
    File::create(path).map_err(|e| Error::of_output(e).in_file(path))
}

/// Refuses to write to `path` where that is one of `others`.
///
/// # Errors
/// It is ([`ErrorKind::Usage`]).
pub fn keep(path: &Path, others: &[&Path]) -> Result<()> {
    let Some(id) = identity(path) else { return Ok(()) };
    match others.iter().find(|other| identity(other).as_ref() == Some(&id)) {
        None => Ok(()),
        Some(other) => {
            let other = if *other == Path::new("-") { Path::new("standard input") } else { other };
            let message = format!(
                "this is the same file as {}, which would be destroyed; give the output another name",
                other.display()
            );
            Err(Error::new(ErrorKind::Usage, message).in_file(path))
        }
    }
}

/// What a file has in common with itself under another name; `None` for what is no file, or not there.
#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    let path = if path == Path::new("-") { Path::new("/dev/stdin") } else { path };
    let meta = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    Some((meta.dev(), meta.ino()))
}

/// The same, where the system has no numbers for files.
#[cfg(not(unix))]
fn identity(path: &Path) -> Option<std::path::PathBuf> {
    fs::canonicalize(path).ok().filter(|path| path.is_file())
}
