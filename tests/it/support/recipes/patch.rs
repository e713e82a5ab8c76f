//! Changes to the bytes of a file that are right in every other way: checks are computed anew, so that one thing is wrong.

use pffkit::damage::Findings;
use pffkit::limits::Limits;
use pffkit::ndb::page::{PageTrailer, PageType};
use pffkit::ndb::{Bid, BlockRef, Database, Layout, Nid, Node, seal};

/// A file of 512-byte pages whose blocks are not obscured.
pub struct Patch(pub Vec<u8>);

impl Patch {
    pub fn with<T>(&self, read: impl FnOnce(&Database<'_>) -> T) -> T {
        read(&Database::open(&self.0, Limits::default(), &Findings::new()).unwrap())
    }

    pub fn layout(&self) -> &'static Layout {
        self.with(|db| db.header().layout)
    }

    pub fn node(&self, nid: u32) -> Node {
        self.with(|db| db.node(Nid(nid), &Findings::new()).unwrap().unwrap())
    }

    pub fn block_ref(&self, bid: Bid) -> BlockRef {
        self.with(|db| db.block_ref(bid, &Findings::new()).unwrap().unwrap())
    }

    /// Changes the page at `ib`.
    pub fn page(mut self, ib: u64, change: impl FnOnce(&mut [u8])) -> Self {
        let layout = self.layout();
        let page = &mut self.0[ib as usize..][..layout.page];
        change(page);
        seal::page(layout, page);
        self
    }

    /// Changes the stored bytes of block `bid`.
    pub fn block(mut self, bid: Bid, change: impl FnOnce(&mut [u8])) -> Self {
        let (layout, at) = (self.layout(), self.block_ref(bid));
        let cb = usize::from(at.cb);
        let block = &mut self.0[at.ib.0 as usize..][..layout.block_on_disk(cb)];
        change(&mut block[..cb]);
        seal::block(layout, block, cb);
        self
    }

    /// Changes the header.
    pub fn header(mut self, change: impl FnOnce(&mut [u8])) -> Self {
        let layout = self.layout();
        change(&mut self.0[..564]);
        seal::header(layout, &mut self.0[..564]);
        self
    }

    /// Changes the entry with the id `key` in the leaf of the tree of `ptype` that has it.
    pub fn entry(self, ptype: PageType, key: u64, change: impl FnOnce(&mut [u8])) -> Self {
        let (ib, at) = self.leaf(ptype, key);
        let size = self.entry_size(ptype);
        self.page(ib, |page| change(&mut page[at..at + size]))
    }

    /// Takes that entry out.
    pub fn without(self, ptype: PageType, key: u64) -> Self {
        let (ib, at) = self.leaf(ptype, key);
        let (size, count) = (self.entry_size(ptype), self.layout().btree_meta);
        self.page(ib, |page| {
            page[count] -= 1;
            let end = usize::from(page[count]) * size;
            page.copy_within(at + size..end + size, at);
            page[end..end + size].fill(0);
        })
    }

    fn entry_size(&self, ptype: PageType) -> usize {
        let layout = self.layout();
        if ptype == PageType::NBT { layout.nbt_entry } else { layout.bbt_entry }
    }

    /// The offset of the leaf of the tree of `ptype` that has an entry with the id `key`, and where in it that is.
    pub fn leaf(&self, ptype: PageType, key: u64) -> (u64, usize) {
        let (layout, size) = (self.layout(), self.entry_size(ptype));
        let pages = (layout.first_amap as usize..self.0.len() - 511).step_by(512);
        let at = pages.flat_map(|ib| {
            let page = &self.0[ib..ib + 512];
            let leaf = PageTrailer::parse(layout, page).unwrap().ptype == ptype && page[layout.btree_meta + 3] == 0;
            let count = if leaf { usize::from(page[layout.btree_meta]) } else { 0 };
            (0..count).map(move |i| (ib as u64, i * size)).filter(|(_, at)| layout.read_id(&page[*at..]) == key)
        });
        at.collect::<Vec<_>>()[0]
    }
}

/// Writes `value` at `at`.
pub fn put<const N: usize>(bytes: &mut [u8], at: usize, value: [u8; N]) {
    bytes[at..at + N].copy_from_slice(&value);
}

/// The number at `at`.
pub fn u16_at(bytes: &[u8], at: usize) -> usize {
    usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]))
}

/// The number at `at`.
pub fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

/// Where allocation `hid` of the first block starts.
pub fn item(heap: &[u8], hid: u32) -> usize {
    let map = u16_at(heap, 0);
    u16_at(heap, map + 4 + 2 * (hid as usize / 32 - 1))
}

/// Where the PC BTH record ([MS-PST] 2.3.3.3) of property `id` is in a heap whose records are all in one page.
pub fn record(heap: &[u8], id: u16) -> usize {
    let header = item(heap, u32_at(heap, 4));
    let records = item(heap, u32_at(heap, header + 4));
    (records..).step_by(8).find(|at| u16_at(heap, *at) == usize::from(id)).unwrap()
}
