//! BTree-on-Heap ([MS-PST] 2.3.2): records of any key and value size, ordered by key.

use std::borrow::Cow;

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

    /// Calls `each` with the key and the value of every record, in their order. What can't be read is a finding.
    pub fn for_each(&self, mut each: impl FnMut(&[u8], &[u8])) {
        // All pages together can't be larger than the heap: this ends trees that refer to one page many times.
        let mut bytes_left = self.heap.capacity();
        let mut stack = Vec::new();
        self.descend(self.root, self.levels, &mut bytes_left, &mut stack);
        while let Some(page) = stack.last_mut() {
            let size = if page.level == 0 { self.record } else { self.key + 4 };
            let Some(bytes) = page.bytes.get(page.next..page.next + size) else {
                stack.pop();
                continue;
            };
            page.next += size;
            if page.level == 0 {
                let (key, value) = bytes.split_at(self.key);
                each(key, value);
                continue;
            }
            let (hid, level) = (Hid(u32_at(bytes, self.key).unwrap_or(0)), page.level - 1);
            self.descend(hid, level, &mut bytes_left, &mut stack);
        }
    }

    /// The value of `key`, a number of four bytes, where there is such a record.
    ///
    /// # Errors
    /// A page on the way can't be read.
    pub(super) fn find(&self, key: u32) -> Result<Option<Vec<u8>>> {
        let mut hid = self.root;
        for level in (0..=self.levels).rev() {
            let size = if level == 0 { self.record } else { self.key + 4 };
            let page = if hid.is_empty() { Cow::default() } else { self.heap.item_passing(hid)? };
            let at_most = |entry: &&[u8]| u32_at(entry, 0).is_some_and(|first| first <= key);
            let Some(entry) = page.chunks_exact(size).take_while(at_most).last() else { return Ok(None) };
            if level == 0 {
                return Ok(Some(entry[self.key..].to_vec()).filter(|_| u32_at(entry, 0) == Some(key)));
            }
            hid = Hid(u32_at(entry, self.key).unwrap_or(0));
        }
        Ok(None)
    }

    /// The pages whose first key is not the one that the page above has for them: both keys.
    pub(super) fn misplaced(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut bytes_left = self.heap.capacity();
        // Pages above the leaves, with their level.
        let mut todo = vec![(self.root, self.levels)];
        todo.retain(|(_, level)| *level > 0);
        let mut wrong = Vec::new();
        while let Some((hid, level)) = todo.pop() {
            // What can't be read, the walk over all records has told.
            let page = self.heap.item_passing(hid).unwrap_or_default();
            let Some(left) = bytes_left.checked_sub(page.len()) else { break };
            bytes_left = left;
            for entry in page.chunks_exact(self.key + 4) {
                let (key, child) = (&entry[..self.key], Hid(u32_at(entry, self.key).unwrap_or(0)));
                let first = self.heap.item_passing(child).unwrap_or_default();
                if first.get(..self.key).is_some_and(|first| first != key) {
                    wrong.push((key.to_vec(), first[..self.key].to_vec()));
                }
                if level > 1 {
                    todo.push((child, level - 1));
                }
            }
        }
        wrong
    }

    /// Puts the page in allocation `hid` on top of `stack`.
    fn descend(&self, hid: Hid, level: u8, bytes_left: &mut usize, stack: &mut Vec<Page<'m>>) {
        if hid.is_empty() {
            return;
        }
        let page = self.heap.item_passing(hid).and_then(|bytes| {
            let left = bytes_left.checked_sub(bytes.len());
            *bytes_left =
                left.ok_or_else(|| Error::mismatch("BTH", 0, "each page once", "more than the heap holds"))?;
            Ok(Page { bytes, next: 0, level })
        });
        match page {
            Ok(page) => stack.push(page),
            Err(e) => self.heap.lost("BTH", "a readable page", &e),
        }
    }

    /// Whether there is anything in it.
    pub(super) fn has_pages(&self) -> bool {
        !self.root.is_empty()
    }

    /// Bytes of one value.
    pub fn value_size(&self) -> usize {
        self.record - self.key
    }
}

/// A page of the tree that is being walked.
struct Page<'m> {
    bytes: Cow<'m, [u8]>,
    next: usize,
    level: u8,
}
