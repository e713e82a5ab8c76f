//! BTree-on-Heap ([MS-PST] 2.3.2): records of any key and value size, ordered by key.

use nom::Parser;
use nom::number::complete::{le_u8, le_u32};

use super::heap::{ClientSig, Heap, Hid};
use crate::bytes::u32_at;
use crate::{Error, Result};

/// A B-tree on a heap.
pub struct Bth<'h, 'm> {
    heap: &'h Heap<'m>,
    key: usize,
    record: usize,
    levels: u8,
    root: Hid,
}

/// Levels above the leaves that a tree may have: 8 levels of 3580 bytes reach more records than a heap has.
const MOST_LEVELS: u8 = 8;

impl<'h, 'm> Bth<'h, 'm> {
    /// The tree whose BTHHEADER is allocation `hid` ([MS-PST] 2.3.2.1).
    ///
    /// # Errors
    /// There is no BTHHEADER, or it names sizes that can't be.
    pub fn open(heap: &'h Heap<'m>, hid: Hid) -> Result<Self> {
        let header = heap.item(hid)?;
        let parsed: nom::IResult<&[u8], (u8, u8, u8, u8, u32)> = (le_u8, le_u8, le_u8, le_u8, le_u32).parse(header);
        let found = |what: String| Error::mismatch("BTHHEADER", 0, "bType 0xb5 and sizes that fit", what);
        let (_, (btype, key, entry, levels, root)) =
            parsed.map_err(|_| found(format!("{} bytes at {hid:?}", header.len())))?;
        if btype != ClientSig::BTH.0 || key == 0 || levels > MOST_LEVELS {
            return Err(found(format!("bType {btype:#04x}, cbKey {key}, bIdxLevels {levels} at {hid:?}")));
        }
        let key = usize::from(key);
        Ok(Self { heap, key, record: key + usize::from(entry), levels, root: Hid(root) })
    }

    /// All records in their order, each as key and value. What can't be read is a finding.
    pub fn records(&self) -> Records<'_, 'm> {
        let mut records = Records { bth: self, stack: Vec::new(), pages_left: MOST_PAGES };
        if !self.root.is_empty() {
            records.descend(self.root, self.levels);
        }
        records
    }

    /// Bytes of one value.
    pub fn value_size(&self) -> usize {
        self.record - self.key
    }
}

/// More pages than the heap of one node can hold.
const MOST_PAGES: usize = 1 << 22;

/// The records of a [`Bth`].
pub struct Records<'b, 'm> {
    bth: &'b Bth<'b, 'm>,
    stack: Vec<Page>,
    pages_left: usize,
}

struct Page {
    bytes: Vec<u8>,
    next: usize,
    level: u8,
}

/// A key and its value: both are at most a few bytes.
pub struct Record {
    bytes: [u8; 32],
    key: usize,
    len: usize,
}

impl Record {
    /// The key, as it is stored.
    pub fn key(&self) -> &[u8] {
        &self.bytes[..self.key]
    }

    /// The value, as it is stored.
    pub fn value(&self) -> &[u8] {
        &self.bytes[self.key..self.len]
    }
}

impl Records<'_, '_> {
    fn descend(&mut self, hid: Hid, level: u8) {
        self.pages_left = self.pages_left.saturating_sub(1);
        if self.pages_left == 0 {
            let e = Error::mismatch("BTH", 0, "each page once", "more pages than a heap can hold");
            self.bth.heap.lost("BTH", "a tree", &e);
            return self.stack.clear();
        }
        match self.bth.heap.item_copied(hid) {
            Ok(bytes) => self.stack.push(Page { bytes, next: 0, level }),
            Err(e) => self.bth.heap.lost("BTH", "a readable page", &e),
        }
    }
}

impl Iterator for Records<'_, '_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        loop {
            let page = self.stack.last_mut()?;
            let size = if page.level == 0 { self.bth.record } else { self.bth.key + 4 };
            let Some(bytes) = page.bytes.get(page.next..page.next + size) else {
                self.stack.pop();
                continue;
            };
            page.next += size;
            if page.level == 0 {
                let mut record = Record { bytes: [0; 32], key: self.bth.key.min(32), len: size.min(32) };
                let len = record.len;
                record.bytes[..len].copy_from_slice(&bytes[..len]);
                return Some(record);
            }
            let (hid, level) = (Hid(u32_at(bytes, self.bth.key).unwrap_or(0)), page.level - 1);
            self.descend(hid, level);
        }
    }
}
