//! The B-tree on a heap ([MS-PST] 2.3.2).

use super::heap::{HeapWriter, MAX_ITEM};
use super::usage;
use crate::Result;
use crate::ltp::Hid;
use crate::ndb::write::Writer;

/// `bType` of a BTHHEADER.
const BTH: u8 = 0xB5;
/// Bytes of a BTHHEADER, and of the id of an item.
const HEADER: usize = 8;
const HID: usize = 4;

/// Builds a B-tree in a heap from its bottom up. Records are written into the heap as an item fills; one item is kept for
/// each level.
pub struct BthWriter {
    key: usize,
    value: usize,
    levels: Vec<Vec<u8>>,
    last_key: Option<u64>,
}

impl BthWriter {
    /// An empty tree with keys of `key` bytes (2, 4 or 8) and values of `value` bytes.
    pub fn new(key: usize, value: usize) -> Self {
        Self { key, value, levels: vec![Vec::new()], last_key: None }
    }

    /// The lengths of the items that a tree of `count` records of `record` bytes with keys of `key` bytes adds to its heap, in their order.
    pub(super) fn item_lens(record: usize, key: usize, count: usize) -> Vec<usize> {
        let (mut lens, mut record, mut count) = (Vec::new(), record, count);
        loop {
            let most = MAX_ITEM / record;
            let items = count.div_ceil(most).max(1);
            lens.extend((0..items).map(|i| record * most.min(count - i * most)));
            if items == 1 {
                break;
            }
            (record, count) = (key + HID, items);
        }
        lens.push(HEADER);
        lens
    }

    /// Adds `value` under `key`. Keys are to rise.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) when the key doesn't rise or the value has another size; else as
    /// [`HeapWriter::add`].
    pub fn push(&mut self, ndb: &mut Writer<'_>, heap: &mut HeapWriter, key: u64, value: &[u8]) -> Result<()> {
        if self.last_key.is_some_and(|last| key <= last) || value.len() != self.value {
            return Err(usage(format!("a heap B-tree can't take key {key:#x} with {} bytes here", value.len())));
        }
        self.last_key = Some(key);
        self.push_at(0, ndb, heap, &key.to_le_bytes()[..self.key], value)
    }

    /// Writes what is left and the BTHHEADER, whose id it gives.
    ///
    /// # Errors
    /// As [`HeapWriter::add`].
    pub fn finish(mut self, ndb: &mut Writer<'_>, heap: &mut HeapWriter) -> Result<Hid> {
        let mut level = 0;
        let root = loop {
            let item = std::mem::take(&mut self.levels[level]);
            let hid = heap.add(ndb, &item)?;
            if level + 1 == self.levels.len() {
                break hid;
            }
            level += 1;
            self.push_at(level, ndb, heap, &item[..self.key], &hid.0.to_le_bytes())?;
        };
        let mut header = vec![BTH, self.key as u8, self.value as u8, level as u8];
        header.extend(root.0.to_le_bytes());
        heap.add(ndb, &header)
    }

    fn push_at(
        &mut self,
        level: usize,
        ndb: &mut Writer<'_>,
        heap: &mut HeapWriter,
        key: &[u8],
        value: &[u8],
    ) -> Result<()> {
        if self.levels.len() == level {
            self.levels.push(Vec::new());
        }
        if self.levels[level].len() + key.len() + value.len() > MAX_ITEM {
            let item = std::mem::take(&mut self.levels[level]);
            let hid = heap.add(ndb, &item)?;
            self.push_at(level + 1, ndb, heap, &item[..self.key], &hid.0.to_le_bytes())?;
        }
        self.levels[level].extend(key);
        self.levels[level].extend(value);
        Ok(())
    }
}
