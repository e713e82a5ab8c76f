//! The output as a whole: a directory, or a zip file of the same contents.

use std::io::Seek;
use std::path::Path;
use std::sync::Arc;

use super::FREE_BUSY;
use super::archive::Archive;
use super::collection::Collections;
use super::draft::Bytes;
use super::index::{Index, IndexFormat};
use super::item::Item;
use super::layout::Target;
use super::render::{Rendered, Work, Written};
use super::tree::Tree;
use crate::mime::ics::{Calendar, FreeBusy, Method};
use crate::{Error, Result};

/// What is written.
pub struct Output {
    tree: Arc<Tree>,
    archive: Option<Archive>,
    collections: Collections,
    index: Index,
    format: IndexFormat,
}

impl Output {
    /// The directory `path`, which is made where it is not there, with an index of `format`. With `force`, there may be something in it,
    /// and files of the same name are replaced.
    ///
    /// # Errors
    /// It can't be written, or is not empty ([`crate::ErrorKind::Target`]).
    pub fn directory(path: &Path, force: bool, format: IndexFormat) -> Result<Self> {
        Self::new(Tree::create(path, force)?, None, format)
    }

    /// The zip file `path`. It is written beside its place under another name. With `force` it replaces what is there.
    ///
    /// # Errors
    /// It can't be written, or is there already ([`crate::ErrorKind::Target`]).
    pub fn zip(path: &Path, force: bool, format: IndexFormat) -> Result<Self> {
        let archive = Archive::create(path, force)?;
        Self::new(Tree::create(archive.scratch(), false)?, Some(archive), format)
    }

    fn new(tree: Tree, archive: Option<Archive>, format: IndexFormat) -> Result<Self> {
        let tree = Arc::new(tree);
        let file = tree.create_file(format.path())?;
        let index = Index::new(format, file).map_err(Error::of_output)?;
        Ok(Self { collections: Collections::new(Arc::clone(&tree)), tree, archive, index, format })
    }

    /// The directory that it is written in, and what is done with an item that gets a file of its own.
    pub(super) fn workshop(&self) -> (Arc<Tree>, Work) {
        let work = if self.archive.is_some() { Work::Pack } else { Work::Save };
        (Arc::clone(&self.tree), work)
    }

    /// Takes an item that is rendered and tells `item` where it is.
    pub(super) fn add(&mut self, written: Written, item: &mut Item) -> Result<()> {
        let Written { target, time, rendered, beside } = written;
        if let (Some(bytes), Some(mail)) = (beside?, &item.attached_in) {
            self.put_file(&mail.path, bytes, mail.size, time)?;
        }
        match (rendered?, &mut self.archive) {
            (Rendered::Packed(packed, _), Some(archive)) => archive.add_packed(*packed)?,
            (Rendered::Saved | Rendered::Packed(..), _) => {}
            (Rendered::Bytes(bytes), _) => item.offset = self.put(&target, bytes, item.size, time)?,
        }
        item.path = Some(target.path);
        Ok(())
    }

    /// Puts `bytes` where they belong; returns where in their file they begin, where that holds more than one item.
    fn put(&mut self, target: &Target, bytes: Bytes, size: u64, time: Option<i64>) -> Result<Option<u64>> {
        if target.is_entry {
            return self.collections.add(target, bytes, size, time).map(Some);
        }
        self.put_file(&target.path, bytes, size, time)?;
        Ok(None)
    }

    fn put_file(&mut self, path: &str, bytes: Bytes, size: u64, time: Option<i64>) -> Result<()> {
        match &mut self.archive {
            Some(archive) => archive.add(path, bytes, size, time),
            None => self.tree.save(path, bytes, time),
        }
    }

    /// Writes the file of busy times.
    pub(super) fn add_free_busy(&mut self, free_busy: &FreeBusy) -> Result<()> {
        let mut bytes = Vec::new();
        let mut calendar = Calendar::begin(&mut bytes, Some(Method::Publish)).map_err(Error::of_output)?;
        let added = calendar.add_free_busy(free_busy).and_then(|()| calendar.finish());
        added.map_err(Error::of_output)?;
        let size = bytes.len() as u64;
        self.put_file(FREE_BUSY, Bytes::Memory(bytes), size, None)
    }

    /// Adds a line to the index.
    pub(super) fn list(&mut self, item: &Item) -> Result<()> {
        self.index.add(item).map_err(|e| Error::of_output(e).in_file(self.format.path()))
    }

    /// Ends what can be ended where something can't be written: the index of a directory.
    pub(super) fn abandon(self) {
        // The first failure is the one that is told.
        let _ = self.index.finish();
    }

    /// Ends all files.
    pub(super) fn finish(self) -> Result<()> {
        let collections = self.collections.finish()?;
        let mut index = self.index.finish().map_err(Error::of_output)?;
        let Some(mut archive) = self.archive else { return Ok(()) };
        for (path, collection) in collections {
            archive.add_file(&path, self.tree.open(&path)?, collection.size, collection.time)?;
        }
        let size = index.stream_position().and_then(|size| index.rewind().map(|()| size)).map_err(Error::of_output)?;
        archive.add_file(self.format.path(), index, size, None)?;
        archive.finish()
    }
}
