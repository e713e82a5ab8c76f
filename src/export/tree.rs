//! The directory that all is written in.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::draft::Bytes;
use crate::{Error, ErrorKind, Result};

/// A directory, and what is made below it. Paths are relative to it and made of safe names, so that nothing gets out of it.
#[derive(Debug)]
pub(super) struct Tree {
    root: PathBuf,
    /// Whether files that are there are replaced.
    force: bool,
    /// Directories that are there.
    made: Mutex<HashSet<String>>,
}

impl Tree {
    /// The directory `root`, which is made where it is not there.
    ///
    /// # Errors
    /// It can't be made or read; without `force`, there is something in it ([`ErrorKind::Target`]).
    pub fn create(root: &Path, force: bool) -> Result<Self> {
        let failed = |e: io::Error| Error::of_output(e).in_file(root);
        fs::create_dir_all(root).map_err(failed)?;
        if !force && fs::read_dir(root).map_err(failed)?.next().is_some() {
            let message =
                "the directory is not empty; name another one, or replace the files of an earlier run with --force";
            return Err(Error::new(ErrorKind::Target, message).in_file(root));
        }
        Ok(Self { root: root.to_owned(), force, made: Mutex::default() })
    }

    /// Where the directory is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Makes the directory `dir`, and those that it is in.
    pub fn make_dirs(&self, dir: &str) -> Result<()> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        self.make_dirs_but(&mut made, dir)
    }

    /// Makes the directory `dir`, and those that it is in, but for those that are `made`.
    fn make_dirs_but(&self, made: &mut HashSet<String>, dir: &str) -> Result<()> {
        if dir.is_empty() || made.contains(dir) {
            return Ok(());
        }
        self.make_dirs_but(made, above(dir))?;
        let path = self.root.join(dir);
        let result = fs::create_dir(&path).or_else(|e| match fs::symlink_metadata(&path) {
            // A link could lead out of the tree.
            Ok(meta) if meta.is_dir() => Ok(()),
            _ => Err(e),
        });
        result.map_err(|e| Error::of_output(e).in_file(path))?;
        made.insert(dir.to_owned());
        Ok(())
    }

    /// Makes the file `path` of `bytes`, with the FILETIME `time`, and the directories that it is in.
    pub fn save(&self, path: &str, bytes: Bytes, time: Option<i64>) -> Result<()> {
        self.make_dirs(above(path))?;
        self.replace(path, |path| bytes.save(path, time))
    }

    /// Makes the empty file `path`, and the directories that it is in.
    pub fn create_file(&self, path: &str) -> Result<File> {
        self.make_dirs(above(path))?;
        self.replace(path, |path| OpenOptions::new().read(true).write(true).create_new(true).open(path))
    }

    /// Opens the file `path` to write at its end.
    pub fn append_to(&self, path: &str) -> Result<File> {
        let path = self.root.join(path);
        OpenOptions::new().append(true).open(&path).map_err(|e| Error::of_output(e).in_file(path))
    }

    /// Opens the file `path` to read it.
    pub fn open(&self, path: &str) -> Result<File> {
        let path = self.root.join(path);
        File::open(&path).map_err(|e| Error::of_output(e).in_file(path))
    }

    /// Does `make`, which makes a new file, in place of one that may be there already. What is there is never written through, as it may
    /// be a link.
    fn replace<T>(&self, path: &str, make: impl FnOnce(&Path) -> io::Result<T>) -> Result<T> {
        let path = self.root.join(path);
        let removed = if self.force { fs::remove_file(&path) } else { Ok(()) };
        let made = match removed {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            _ => make(&path),
        };
        made.map_err(|e| Error::of_output(e).in_file(path))
    }
}

/// The directory that `path` is in.
pub(super) fn above(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(above, _)| above)
}
