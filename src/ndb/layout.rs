//! The sizes in which the three file formats differ. Above this module and the page and block readers nobody asks which it is.

/// The three formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// 32-bit ids, pages of 512 bytes (`wVer` 14, 15; Outlook 97 to 2002).
    Ansi,
    /// 64-bit ids, pages of 512 bytes (`wVer` 23 and its neighbours; Outlook 2003 and later).
    Unicode,
    /// 64-bit ids, pages of 4096 bytes, compressed blocks (`wVer` 36, 37; OST of Outlook 2013 and later).
    Unicode4k,
}

/// Where things are in the pages and blocks of one format; all sizes and offsets in bytes.
#[derive(Debug, PartialEq, Eq)]
pub struct Layout {
    /// The format.
    pub format: Format,
    /// A page.
    pub page: usize,
    /// The trailer of a page (PAGETRAILER, [MS-PST] 2.2.2.7.1); what is before it is covered by its CRC.
    pub page_trailer: usize,
    /// Offset of `cEnt` in a B-tree page (BTPAGE, 2.2.2.7.7.1); the entries are before it.
    pub btree_meta: usize,
    /// An entry of the node B-tree (NBTENTRY).
    pub nbt_entry: usize,
    /// An entry of the block B-tree (BBTENTRY).
    pub bbt_entry: usize,
    /// An entry of an intermediate page of both (BTENTRY).
    pub bt_entry: usize,
    /// Offset of `cRef` in a BBTENTRY; with 4 KiB pages the inflated size of the block stands before it.
    pub bbt_refs: usize,
    /// A `Bid` or `Ib`.
    pub id: usize,
    /// The trailer of a block (BLOCKTRAILER, 2.2.2.8.1).
    pub block_trailer: usize,
    /// Blocks start and end at multiples of this.
    pub block_align: usize,
    /// The largest block, with its trailer.
    pub max_block: usize,
    /// Bytes before the first entry of a SLBLOCK or SIBLOCK (2.2.2.8.3.3).
    pub subnode_header: usize,
    /// Bits of `hidIndex` in a heap id (2.3.1.1), above the 5 bits of its type.
    pub hid_index_bits: u32,
    /// The number of a row in the index of a table (TCROWID, 2.3.4.3.1).
    pub row_number: usize,
    /// Whether text is Unicode: in ANSI files it is in a code page.
    pub unicode_text: bool,
    /// Whether it is known what the fill levels of a heap (`rgbFillLevel`, 2.3.1.2) stand for.
    pub known_fill_levels: bool,
    /// The first AMap page (2.2.2.7.2); from here the file is divided into regions.
    pub first_amap: u64,
    /// How many bytes one bit of an AMap stands for.
    pub amap_unit: u64,
    /// Where the bits start in a page of an AMap or PMap.
    pub map_bits: usize,
    /// How many bytes of bits such a page has.
    pub map_bytes: usize,
}

/// Offset of the first AMap page in 512-byte formats.
const FIRST_AMAP: u64 = 0x4400;

/// [`Format::Ansi`].
pub const ANSI: Layout = Layout {
    format: Format::Ansi,
    page: 512,
    page_trailer: 12,
    btree_meta: 496,
    nbt_entry: 16,
    bbt_entry: 12,
    bt_entry: 12,
    bbt_refs: 10,
    id: 4,
    block_trailer: 12,
    block_align: 64,
    max_block: 8192,
    subnode_header: 4,
    hid_index_bits: 11,
    row_number: 2,
    unicode_text: false,
    known_fill_levels: true,
    first_amap: FIRST_AMAP,
    amap_unit: 64,
    map_bits: 4,
    map_bytes: 496,
};

/// [`Format::Unicode`].
pub const UNICODE: Layout = Layout {
    format: Format::Unicode,
    page: 512,
    page_trailer: 16,
    btree_meta: 488,
    nbt_entry: 32,
    bbt_entry: 24,
    bt_entry: 24,
    bbt_refs: 18,
    id: 8,
    block_trailer: 16,
    block_align: 64,
    max_block: 8192,
    subnode_header: 8,
    hid_index_bits: 11,
    row_number: 4,
    unicode_text: true,
    known_fill_levels: true,
    first_amap: FIRST_AMAP,
    amap_unit: 64,
    map_bits: 0,
    map_bytes: 496,
};

/// [`Format::Unicode4k`]. [MS-PST] does not describe it; ARCHITECTURE.md tells what is known.
pub const UNICODE_4K: Layout = Layout {
    format: Format::Unicode4k,
    page: 4096,
    page_trailer: 24,
    btree_meta: 4056,
    nbt_entry: 32,
    bbt_entry: 24,
    bt_entry: 24,
    bbt_refs: 20,
    id: 8,
    block_trailer: 24,
    block_align: 512,
    max_block: 65_536,
    subnode_header: 8,
    hid_index_bits: 14,
    row_number: 4,
    unicode_text: true,
    known_fill_levels: false,
    first_amap: 0x22000,
    amap_unit: 512,
    map_bits: 0,
    map_bytes: 4072,
};

impl Layout {
    /// The layout of `format`.
    pub const fn of(format: Format) -> &'static Self {
        match format {
            Format::Ansi => &ANSI,
            Format::Unicode => &UNICODE,
            Format::Unicode4k => &UNICODE_4K,
        }
    }

    /// The bytes that one AMap stands for, itself among them.
    pub const fn region(&self) -> u64 {
        self.map_bytes as u64 * 8 * self.amap_unit
    }

    /// The most bytes of data that one block holds.
    pub const fn max_data(&self) -> usize {
        self.max_block - self.block_trailer
    }

    /// The space that a block with `cb` stored bytes takes in the file, with its trailer and padding.
    pub const fn block_on_disk(&self, cb: usize) -> usize {
        (cb + self.block_trailer).next_multiple_of(self.block_align)
    }

    /// Reads an id at the start of `bytes`; 0 when there are too few.
    pub fn read_id(&self, bytes: &[u8]) -> u64 {
        if self.id == 4 {
            bytes.first_chunk::<4>().map_or(0, |b| u64::from(u32::from_le_bytes(*b)))
        } else {
            bytes.first_chunk::<8>().map_or(0, |b| u64::from_le_bytes(*b))
        }
    }
}
