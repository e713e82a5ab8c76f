//! Files that get their name when they are whole.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::{Error, ErrorKind, Result};

/// A file in the making. It waits beside its place under another name, and goes away unless it is given its own.
#[derive(Debug)]
pub struct Unnamed {
    file: NamedTempFile,
    path: PathBuf,
    force: bool,
}

impl Unnamed {
    /// A file that `tool` makes and that is to be `path`; with `force`, it replaces what is there.
    ///
    /// # Errors
    /// The directory of `path` can't be written; without `force`, `path` is there already; it is no regular file
    /// ([`ErrorKind::Target`]).
    pub fn create(tool: &str, path: &Path, force: bool) -> Result<Self> {
        if !force && path.exists() {
            let message = "the file is there already; --force replaces it";
            return Err(Error::new(ErrorKind::Target, message).in_file(path));
        }
        let path = place(path)?;
        let file = temporary(tool, directory(&path)).map_err(|e| Error::of_output(e).in_file(&path))?;
        Ok(Self { file, path, force })
    }

    /// The file.
    pub fn file(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// The system refuses it; without `force`, `path` has come to be there ([`ErrorKind::Target`]).
    pub fn name(self) -> Result<()> {
        let Self { file, path, force } = self;
        let named = if force { file.persist(&path) } else { file.persist_noclobber(&path) };
        named.map(drop).map_err(|e| Error::of_output(e.error).in_file(path))
    }
}

impl Write for Unnamed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file().flush()
    }
}

impl Seek for Unnamed {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file().seek(to)
    }
}

/// Where the file that is called `path` lies: links are followed. Devices and pipes would be replaced, not written to.
fn place(path: &Path) -> Result<PathBuf> {
    let failed = |e| Error::of_output(e).in_file(path);
    match path.metadata() {
        Ok(meta) if meta.is_file() => path.canonicalize().map_err(failed),
        Ok(_) => {
            let message = "this is a directory, a device or a pipe, and only a file can be replaced; give another name";
            Err(Error::new(ErrorKind::Target, message).in_file(path))
        }
        Err(_) => Ok(path.to_owned()),
    }
}

/// The directory that `path` is in.
pub(crate) fn directory(path: &Path) -> &Path {
    path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file of `tool` in `dir` that goes away unless it is given a name.
pub(crate) fn temporary(tool: &str, dir: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    let prefix = format!(".{tool}-");
    builder.prefix(&prefix).suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any other new file: what the umask leaves.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(dir)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_is_there_when_it_has_its_name_and_what_is_there_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let unnamed = |force| Unnamed::create("tool", &path, force);
        drop(unnamed(false).unwrap());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        let (mut first, second) = (unnamed(false).unwrap(), unnamed(false).unwrap());
        first.write_all(b"first").unwrap();
        assert!(!path.exists());
        first.name().unwrap();
        assert_eq!(second.name().unwrap_err().kind(), ErrorKind::Target);
        assert_eq!(unnamed(false).unwrap_err().kind(), ErrorKind::Target);
        assert_eq!(fs::read(&path).unwrap(), b"first");
        unnamed(true).unwrap().name().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"");
    }

    #[cfg(unix)]
    #[test]
    fn whoever_may_read_other_new_files_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let [path, other] = ["file", "other"].map(|name| dir.path().join(name));
        Unnamed::create("tool", &path, false).unwrap().name().unwrap();
        fs::write(&other, b"").unwrap();
        let mode = |path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&path), mode(&other));
    }
}
