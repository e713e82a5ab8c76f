//! Files that hold many items, and grow as the items come.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::sync::Arc;

use super::draft::{Bytes, set_time};
use super::layout::Format;
use super::render;
use super::tree::Tree;
use crate::{Error, Result};

/// The collections of a run. One is open at a time.
pub(super) struct Collections {
    tree: Arc<Tree>,
    open: Option<(String, BufWriter<File>)>,
    all: BTreeMap<String, Collection>,
}

/// A file of many items.
#[derive(Debug, Clone, Copy)]
pub(super) struct Collection {
    format: Format,
    /// Bytes so far.
    pub size: u64,
    /// The FILETIME of the latest item.
    pub time: Option<i64>,
}

impl Collections {
    /// None, yet to be made in `tree`.
    pub fn new(tree: Arc<Tree>) -> Self {
        Self { tree, open: None, all: BTreeMap::new() }
    }

    /// Adds an item to the collection `path`, which is of `format`; returns where in the file it begins.
    pub fn add(&mut self, path: &str, format: Format, bytes: Bytes, size: u64, time: Option<i64>) -> Result<u64> {
        let mut collection = self.all.get(path).copied().unwrap_or(Collection { format, size: 0, time: None });
        let failed = |e| Error::of_output(e).in_file(path);
        let out = self.open(path)?;
        if collection.size == 0 {
            let start = render::before(format);
            out.write_all(start).map_err(failed)?;
            collection.size = start.len() as u64;
        }
        bytes.copy_to(out).map_err(failed)?;
        let offset = collection.size;
        collection.size += size;
        collection.time = collection.time.max(time);
        self.all.insert(path.to_owned(), collection);
        Ok(offset)
    }

    /// Ends all of them, and returns each with its path.
    pub fn finish(mut self) -> Result<BTreeMap<String, Collection>> {
        self.close()?;
        for (path, collection) in &mut self.all {
            let end = render::after(collection.format);
            let mut file = self.tree.append_to(path)?;
            let ended = file.write_all(end).and_then(|()| set_time(&file, collection.time));
            ended.map_err(|e| Error::of_output(e).in_file(path))?;
            collection.size += end.len() as u64;
        }
        Ok(self.all)
    }

    fn open(&mut self, path: &str) -> Result<&mut BufWriter<File>> {
        if self.open.as_ref().is_none_or(|(open, _)| open != path) {
            self.close()?;
        }
        let (_, out) = match self.open.take() {
            Some(open) => self.open.insert(open),
            None => {
                let is_new = !self.all.contains_key(path);
                let file = if is_new { self.tree.create_file(path) } else { self.tree.append_to(path) }?;
                self.open.insert((path.to_owned(), BufWriter::new(file)))
            }
        };
        Ok(out)
    }

    fn close(&mut self) -> Result<()> {
        let Some((path, mut out)) = self.open.take() else { return Ok(()) };
        out.flush().map_err(|e| Error::of_output(e).in_file(path))
    }
}
