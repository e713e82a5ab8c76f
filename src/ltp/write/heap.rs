//! The heap on a node ([MS-PST] 2.3.1).

use crate::ltp::Hid;
use crate::ltp::heap::{BITMAP_HEADER, BITMAP_SPAN, FIRST_BITMAP, fill_level, header_size, is_bitmap};
use crate::ndb::write::Writer;
use crate::ndb::{Bid, Layout};
use crate::{Error, ErrorKind, Result};

/// The most bytes that one item has; what is larger goes to a subnode.
pub(super) const MAX_ITEM: usize = 3580;

/// One block of a heap that is not written yet.
struct Block {
    index: usize,
    bytes: Vec<u8>,
    /// Where each item starts.
    items: Vec<u16>,
}

impl Block {
    fn new(index: usize) -> Self {
        Self { index, bytes: vec![0; header_size(index)], items: Vec::new() }
    }

    /// Bytes that are left when it is closed now.
    fn free(&self, layout: &Layout) -> usize {
        layout.max_data().saturating_sub(Fill::of(self).closed())
    }

    /// Appends the map of the items and says in the header where it is.
    fn close(&mut self) {
        let end = self.bytes.len() as u16;
        self.bytes.resize(self.bytes.len().next_multiple_of(2), 0);
        let map = self.bytes.len() as u16;
        self.bytes[..2].copy_from_slice(&map.to_le_bytes());
        self.bytes.extend((self.items.len() as u16).to_le_bytes());
        self.bytes.extend(0u16.to_le_bytes()); // cFree
        self.items.iter().chain([&end]).for_each(|i| self.bytes.extend(i.to_le_bytes()));
    }
}

/// How full a block is: its bytes so far, and its items.
struct Fill {
    bytes: usize,
    items: usize,
}

impl Fill {
    fn of(block: &Block) -> Self {
        Self { bytes: block.bytes.len(), items: block.items.len() }
    }

    /// How many bytes the block has with the HNPAGEMAP (2.3.1.5) of all items.
    fn closed(&self) -> usize {
        self.bytes.next_multiple_of(2) + 4 + 2 * (self.items + 1)
    }

    /// Whether there is room for another item of `len` bytes.
    fn takes(&self, len: usize, layout: &Layout) -> bool {
        let after = Self { bytes: self.bytes + len, items: self.items + 1 };
        after.items < 1 << layout.hid_index_bits && after.closed() <= layout.max_data()
    }
}

/// Fills a heap. Blocks are written as they fill; those whose header tells of later ones are held back until these are there.
pub struct HeapWriter {
    layout: &'static Layout,
    client: u8,
    current: Block,
    first: Option<Block>,
    bitmap: Option<Block>,
    written: Vec<Bid>,
    fill: Vec<u8>,
    total: u64,
}

impl HeapWriter {
    /// An empty heap for the structure `client` (`bClientSig`).
    pub fn new(layout: &'static Layout, client: u8) -> Self {
        Self {
            layout,
            client,
            current: Block::new(0),
            first: None,
            bitmap: None,
            written: Vec::new(),
            fill: Vec::new(),
            total: 0,
        }
    }

    /// How many bytes the heap has when items of the lengths `lens` have been added and it is finished.
    pub(super) fn len_with(&self, lens: impl IntoIterator<Item = usize>) -> u64 {
        let mut total = self.total;
        let (mut index, mut fill) = (self.current.index, Fill::of(&self.current));
        for len in lens.into_iter().filter(|len| *len > 0) {
            if !fill.takes(len, self.layout) {
                total += self.layout.max_data() as u64;
                index += 1;
                fill = Fill { bytes: header_size(index), items: 0 };
            }
            fill = Fill { bytes: fill.bytes + len, items: fill.items + 1 };
        }
        total + fill.closed() as u64
    }

    /// Adds `item`.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] when it has more than 3580 bytes, [`ErrorKind::Target`] when the heap is full; else those of
    /// the output.
    pub fn add(&mut self, ndb: &mut Writer<'_>, item: &[u8]) -> Result<Hid> {
        if item.is_empty() {
            return Ok(Hid(0));
        }
        if item.len() > MAX_ITEM {
            return Err(Error::new(ErrorKind::Usage, format!("a heap item can't have {} bytes", item.len())));
        }
        let bits = self.layout.hid_index_bits;
        if !Fill::of(&self.current).takes(item.len(), self.layout) {
            let next = self.current.index + 1;
            if next >= 1 << (32 - 5 - bits) {
                return Err(Error::new(ErrorKind::Target, "a heap is full: the table or property list is too large"));
            }
            let full = std::mem::replace(&mut self.current, Block::new(next));
            self.seal(ndb, full, true)?;
        }
        let block = &mut self.current;
        block.items.push(block.bytes.len() as u16);
        block.bytes.extend(item);
        Ok(Hid((block.index as u32) << (5 + bits) | (block.items.len() as u32) << 5))
    }

    /// Writes what is left; `root` is the item from which all others are found (`hidUserRoot`).
    ///
    /// # Errors
    /// Those of the output.
    pub fn finish(mut self, ndb: &mut Writer<'_>, root: Hid) -> Result<Bid> {
        let last = std::mem::replace(&mut self.current, Block::new(0));
        self.seal(ndb, last, false)?;
        if let Some(bitmap) = self.bitmap.take() {
            self.write_bitmap(ndb, bitmap)?;
        }
        if let Some(mut first) = self.first.take() {
            first.bytes[2..4].copy_from_slice(&[0xEC, self.client]);
            first.bytes[4..8].copy_from_slice(&root.0.to_le_bytes());
            self.fill_levels(0, FIRST_BITMAP, &mut first.bytes[8..12]);
            self.written[0] = ndb.put_block(&first.bytes)?;
        }
        ndb.join_blocks(&self.written, self.total)
    }

    /// Closes `block` and writes it, or holds it back. A block before another is as long as a block can be.
    fn seal(&mut self, ndb: &mut Writer<'_>, mut block: Block, more_follow: bool) -> Result<()> {
        self.fill.push(fill_level(block.free(self.layout)));
        block.close();
        if more_follow {
            block.bytes.resize(self.layout.max_data(), 0);
        }
        self.total += block.bytes.len() as u64;
        if block.index == 0 || is_bitmap(block.index) {
            self.written.push(Bid::default());
            if block.index == 0 {
                self.first = Some(block);
            } else if let Some(done) = self.bitmap.replace(block) {
                self.write_bitmap(ndb, done)?;
            }
        } else {
            self.written.push(ndb.put_block(&block.bytes)?);
        }
        Ok(())
    }

    fn write_bitmap(&mut self, ndb: &mut Writer<'_>, mut block: Block) -> Result<()> {
        self.fill_levels(block.index, BITMAP_SPAN, &mut block.bytes[2..BITMAP_HEADER]);
        self.written[block.index] = ndb.put_block(&block.bytes)?;
        Ok(())
    }

    /// Puts the levels of `count` blocks from `from` on into `out`, two in a byte, the lower half first.
    fn fill_levels(&self, from: usize, count: usize, out: &mut [u8]) {
        for (i, level) in self.fill.iter().skip(from).take(count).enumerate() {
            out[i / 2] |= level << (4 * (i % 2));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_those_of_the_specification() {
        let levels = [(8176, 0), (3584, 0), (3583, 1), (2048, 2), (255, 10), (8, 14), (7, 15), (0, 15)];
        for (free, level) in levels {
            assert_eq!(fill_level(free), level, "{free} bytes free");
        }
    }
}
