//! Files that hold many items, and grow as the items come.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use super::draft::{Bytes, set_time};
use super::layout::{Format, Target};
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
#[derive(Debug)]
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

    /// Adds an item of `size` bytes to the collection that `target` names; returns where in the file it begins.
    pub fn add(&mut self, target: &Target, bytes: Bytes, size: u64, time: Option<i64>) -> Result<u64> {
        let path = &target.path;
        self.open(path)?;
        let collection = self.all.entry(path.clone()).or_insert_with(|| Collection::new(target.format));
        let Some((_, out)) = &mut self.open else { return Ok(collection.size) };
        collection.add(bytes, size, time, out).map_err(|e| Error::of_output(e).in_file(path))
    }

    /// Ends all of them, and returns each with its path.
    pub fn finish(mut self) -> Result<BTreeMap<String, Collection>> {
        self.close()?;
        for (path, collection) in &mut self.all {
            let mut end = Vec::new();
            let mut file = self.tree.append_to(path)?;
            let ended = render::end(collection.format, &mut end).and_then(|()| file.write_all(&end));
            ended.and_then(|()| set_time(&file, collection.time)).map_err(|e| Error::of_output(e).in_file(path))?;
            collection.size += end.len() as u64;
        }
        Ok(self.all)
    }

    fn open(&mut self, path: &str) -> Result<()> {
        if self.open.as_ref().is_some_and(|(open, _)| open == path) {
            return Ok(());
        }
        self.close()?;
        let is_known = self.all.contains_key(path);
        let file = if is_known { self.tree.append_to(path) } else { self.tree.create_file(path) }?;
        self.open = Some((path.to_owned(), BufWriter::new(file)));
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        let Some((path, mut out)) = self.open.take() else { return Ok(()) };
        out.flush().map_err(|e| Error::of_output(e).in_file(path))
    }
}

impl Collection {
    fn new(format: Format) -> Self {
        Self { format, size: 0, time: None }
    }

    fn add(&mut self, bytes: Bytes, size: u64, time: Option<i64>, out: &mut dyn Write) -> io::Result<u64> {
        if self.size == 0 {
            let mut start = Vec::new();
            render::begin(self.format, &mut start)?;
            out.write_all(&start)?;
            self.size = start.len() as u64;
        }
        bytes.copy_to(out)?;
        let offset = self.size;
        self.size += size;
        self.time = self.time.max(time);
        Ok(offset)
    }
}
