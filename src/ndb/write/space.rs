//! The space of a file, handed out from front to back, and the maps that tell which of it is taken ([MS-PST] 2.2.2.7.2 to 6).

use std::io::{BufWriter, Seek, SeekFrom, Write};

use super::super::check::{crc32, signature};
use super::{Bid, Format, Ib, Layout, Sink};
use crate::{Error, ErrorKind, Result};

/// Types of pages ([MS-PST] 2.2.2.7.1, `ptype`).
pub(super) mod ptype {
    pub const BBT: u8 = 0x80;
    pub const NBT: u8 = 0x81;
    const FMAP: u8 = 0x82;
    const PMAP: u8 = 0x83;
    pub const AMAP: u8 = 0x84;
    const FPMAP: u8 = 0x85;
    pub const DLIST: u8 = 0x86;

    /// The maps that follow the allocation map of region `n` of a file with 512-byte pages. None of them is in use any
    /// more (2.2.2.7.3 to 5: "deprecated"), but their places are taken.
    pub fn legacy_maps(n: u64) -> impl Iterator<Item = u8> {
        let pmap = n.is_multiple_of(8).then_some(PMAP);
        let fmap = n.checked_sub(128).is_some_and(|n| n.is_multiple_of(496)).then_some(FMAP);
        let fpmap = n.checked_sub(128 * 64).is_some_and(|n| n.is_multiple_of(496 * 64)).then_some(FPMAP);
        [pmap, fmap, fpmap].into_iter().flatten()
    }
}

/// What the header says about the space ([MS-PST] 2.2.2.5).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Extent {
    pub eof: u64,
    pub last_amap: u64,
    pub free: u64,
}

/// The largest file of 32-bit offsets: Outlook refuses more than 2 GiB.
const ANSI_LIMIT: u64 = (1 << 31) - 1;

pub(super) struct Space<'o> {
    out: BufWriter<Box<dyn Sink + 'o>>,
    layout: &'static Layout,
    /// Where the output's cursor is.
    at: u64,
    /// The end of what is allocated.
    end: u64,
    /// The region that `end` is in: its number, its first byte, its bits.
    region: u64,
    start: u64,
    bits: Vec<u8>,
    /// Free bytes of the regions before it.
    free: u64,
}

impl<'o> Space<'o> {
    pub fn new(out: Box<dyn Sink + 'o>, layout: &'static Layout) -> Result<Self> {
        let mut space = Self {
            out: BufWriter::with_capacity(1 << 16, out),
            layout,
            at: 0,
            end: layout.first_amap,
            region: 0,
            start: layout.first_amap,
            bits: Vec::new(),
            free: 0,
        };
        space.open_region()?;
        Ok(space)
    }

    /// Space for `len` bytes at a multiple of `align`.
    pub fn alloc(&mut self, len: usize, align: usize) -> Result<Ib> {
        let (len, align) = (len as u64, align as u64);
        let mut ib = self.end.next_multiple_of(align);
        if ib + len > self.region_end() {
            self.check_next_region()?;
            self.close_region()?;
            self.region += 1;
            self.start = self.region_end_of(self.start);
            self.open_region()?;
            ib = self.end.next_multiple_of(align);
        }
        self.mark(ib, ib + len);
        self.end = ib + len;
        Ok(Ib(ib))
    }

    /// The file ends with a region: one that can't be whole is not begun.
    fn check_next_region(&self) -> Result<()> {
        if self.layout.format == Format::Ansi && self.region_end_of(self.region_end()) > ANSI_LIMIT {
            return Err(Error::new(
                ErrorKind::Target,
                "a file of the ANSI format can't be larger than 2 GiB; write a Unicode file",
            ));
        }
        Ok(())
    }

    /// Writes `bytes` at `ib`, which [`Space::alloc`] gave.
    pub fn write_at(&mut self, ib: Ib, bytes: &[u8]) -> Result<()> {
        if self.at != ib.0 {
            self.out.seek(SeekFrom::Start(ib.0))?;
        }
        self.out.write_all(bytes)?;
        self.at = ib.0 + bytes.len() as u64;
        Ok(())
    }

    /// Writes a page: `body` is put before its trailer.
    pub fn write_page(&mut self, ib: Ib, bid: Bid, ptype: u8, body: &[u8]) -> Result<()> {
        let page = page(self.layout, ib, bid, ptype, body);
        self.write_at(ib, &page)
    }

    /// Writes the maps of the last region and the density list (2.2.2.7.6.3), which lists no page.
    pub fn finish(&mut self, whole_region: bool, dlist: Bid) -> Result<Extent> {
        let eof = if whole_region { self.region_end() } else { self.end.next_multiple_of(self.layout.page as u64) };
        if self.end < eof {
            self.write_at(Ib(eof - 1), &[0])?;
        }
        // What is behind the end of the file is not there to be taken.
        self.mark(eof, self.region_end());
        self.close_region()?;
        if self.layout.format != Format::Ansi {
            let before = self.layout.first_amap - self.layout.page as u64;
            self.write_page(Ib(before), dlist, ptype::DLIST, &[])?;
        }
        Ok(Extent { eof, last_amap: self.start, free: self.free })
    }

    /// Writes the header: the last thing that is written.
    pub fn write_header(&mut self, header: &[u8]) -> Result<()> {
        self.write_at(Ib(0), header)?;
        Ok(self.out.flush()?)
    }

    fn region_end(&self) -> u64 {
        self.region_end_of(self.start)
    }

    fn region_end_of(&self, start: u64) -> u64 {
        start + self.layout.region()
    }

    /// Takes the places of the maps at the start of the region and writes those of them that never change.
    fn open_region(&mut self) -> Result<()> {
        self.bits = vec![0; self.layout.map_bytes];
        self.end = self.start + self.layout.page as u64;
        if self.layout.format != Format::Unicode4k {
            for ptype in ptype::legacy_maps(self.region) {
                let ib = Ib(self.end);
                self.write_page(ib, Bid(ib.0), ptype, &self.map_body(&[0xFF; 496]))?;
                self.end += self.layout.page as u64;
            }
        }
        self.mark(self.start, self.end);
        Ok(())
    }

    fn close_region(&mut self) -> Result<()> {
        let zeros: u64 = self.bits.iter().map(|b| u64::from(b.count_zeros())).sum();
        self.free += zeros * self.layout.amap_unit;
        let body = self.map_body(&self.bits);
        self.write_page(Ib(self.start), Bid(self.start), ptype::AMAP, &body)
    }

    /// A map as it stands in its page: ANSI pages have 4 bytes of padding before it.
    fn map_body(&self, bits: &[u8]) -> Vec<u8> {
        let padding = if self.layout.format == Format::Ansi { 4 } else { 0 };
        [&vec![0; padding], bits].concat()
    }

    /// Sets the bits of `from..to`, offsets in this region; the first bit of a byte is its highest.
    fn mark(&mut self, from: u64, to: u64) {
        let unit = self.layout.amap_unit;
        for slot in (from - self.start) / unit..(to - self.start).div_ceil(unit) {
            self.bits[(slot / 8) as usize] |= 0x80 >> (slot % 8);
        }
    }
}

/// A page of `layout` with its trailer ([MS-PST] 2.2.2.7.1).
pub(super) fn page(layout: &Layout, ib: Ib, bid: Bid, ptype: u8, body: &[u8]) -> Vec<u8> {
    let mut page = Vec::with_capacity(layout.page);
    page.extend(body);
    page.resize(layout.page - layout.page_trailer, 0);
    let crc = crc32(&page).to_le_bytes();
    let sig = match ptype {
        ptype::NBT | ptype::BBT | ptype::DLIST => signature(ib.0, bid.0),
        _ => 0,
    };
    page.extend([ptype, ptype]);
    page.extend(sig.to_le_bytes());
    push_crc_and_bid(layout, &mut page, crc, bid);
    if layout.format == Format::Unicode4k {
        page.extend(1u64.to_le_bytes());
    }
    page
}

/// The CRC and id of a page or block trailer: ANSI has them the other way round.
pub(super) fn push_crc_and_bid(layout: &Layout, out: &mut Vec<u8>, crc: [u8; 4], bid: Bid) {
    if layout.format == Format::Ansi {
        out.extend((bid.0 as u32).to_le_bytes());
        out.extend(crc);
    } else {
        out.extend(crc);
        out.extend(bid.0.to_le_bytes());
    }
}
