//! Heap-on-Node ([MS-PST] 2.3.1): small allocations in the data blocks of one node.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;

use nom::Parser;
use nom::number::complete::{le_u8, le_u16, le_u32};

use crate::bytes::{slice_at, u16_at};
use crate::damage::{Effect, Finding};
use crate::ndb::{Bid, Layout, Nid, NidType, Scope, Subnodes};
use crate::{Error, Result};

/// A heap id ([MS-PST] 2.3.1.1): which allocation of which block.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Hid(pub u32);

impl Hid {
    /// Whether it stands for an empty allocation.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The block, counted from 0.
    fn block(self, layout: &Layout) -> usize {
        (self.0 >> (5 + layout.hid_index_bits)) as usize
    }

    /// The allocation in the block, counted from 1.
    fn index(self, layout: &Layout) -> usize {
        (self.0 >> 5) as usize & ((1 << layout.hid_index_bits) - 1)
    }
}

impl fmt::Debug for Hid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

/// What a heap is used for (`bClientSig`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientSig(pub u8);

#[allow(missing_docs)]
impl ClientSig {
    pub const TABLE_CONTEXT: Self = Self(0x7C);
    pub const BTH: Self = Self(0xB5);
    /// What Outlook 2007 and later keep some search tables in; no document tells more than that the number is reserved.
    pub const UNDESCRIBED_TABLE: Self = Self(0xAC);
    pub const PROPERTY_CONTEXT: Self = Self(0xBC);
}

/// A heap. Its blocks are read when an allocation in them is asked for.
pub struct Heap<'m> {
    /// Where it is read.
    pub scope: Scope<'m>,
    /// The subnodes of the same node, which large values are in.
    pub subnodes: Subnodes<'m>,
    /// `bClientSig`.
    pub client: ClientSig,
    /// `hidUserRoot`: the allocation that everything else is found from.
    pub user_root: Hid,
    leaves: Vec<Bid>,
    loaded: RefCell<Vec<Option<&'m [u8]>>>,
    /// The block of a large heap that was read last, and its place.
    last: RefCell<Option<(usize, Cow<'m, [u8]>)>>,
}

/// `bSig` of HNHDR.
const SIG: u8 = 0xEC;
/// The most blocks of one heap: `hidBlockIndex` has 16 bits.
const MOST_BLOCKS: usize = 1 << 16;
/// Heaps of up to this many blocks stay decoded in the scope's arena while they are used.
const KEPT_BLOCKS: usize = 64;

/// Bytes of HNHDR (2.3.1.2), HNPAGEHDR (2.3.1.3), HNBITMAPHDR (2.3.1.4).
pub(super) const FIRST_HEADER: usize = 12;
const PAGE_HEADER: usize = 2;
pub(super) const BITMAP_HEADER: usize = 66;
/// Block 8 and every 128th from there tells how full the 128 blocks from itself on are; HNHDR tells it of the 8 before.
pub(super) const FIRST_BITMAP: usize = 8;
pub(super) const BITMAP_SPAN: usize = 128;

/// Whether block `index` of a heap starts with a HNBITMAPHDR.
pub(super) const fn is_bitmap(index: usize) -> bool {
    index >= FIRST_BITMAP && (index - FIRST_BITMAP).is_multiple_of(BITMAP_SPAN)
}

/// The bytes before the first allocation of block `index` of a heap.
pub(super) const fn header_size(index: usize) -> usize {
    match index {
        0 => FIRST_HEADER,
        i if is_bitmap(i) => BITMAP_HEADER,
        _ => PAGE_HEADER,
    }
}

/// How full a block with `free` bytes is, 0 to 15 (2.3.1.2, `rgbFillLevel`).
pub(super) fn fill_level(free: usize) -> u8 {
    const AT_LEAST: [usize; 15] = [3584, 2560, 2048, 1792, 1536, 1280, 1024, 768, 512, 256, 128, 64, 32, 16, 8];
    AT_LEAST.iter().position(|least| free >= *least).unwrap_or(AT_LEAST.len()) as u8
}

/// All allocations that the HNPAGEMAP of `block` has ([MS-PST] 2.3.1.5). One that can't be is left out.
pub(super) fn allocations(block: &[u8]) -> impl Iterator<Item = &[u8]> {
    let map = usize::from(u16_at(block, 0).unwrap_or(0));
    let at = move |i: usize| u16_at(block, map + 4 + 2 * i).map(usize::from);
    (0..usize::from(u16_at(block, map).unwrap_or(0))).filter_map(move |i| {
        let (start, end) = (at(i)?, at(i + 1)?);
        slice_at(block, start, end.checked_sub(start)?)
    })
}

impl<'m> Heap<'m> {
    /// The heap in the data tree `data` of a node with the subnodes `sub`.
    ///
    /// # Errors
    /// The first block can't be read or does not start with a HNHDR.
    pub fn open(scope: Scope<'m>, data: Bid, sub: Bid) -> Result<Self> {
        let (heap, sig) = Self::read(scope, data, sub)?;
        if sig != SIG {
            return Err(heap.wrong_header("HNHDR.bSig", 2, SIG, sig));
        }
        Ok(heap)
    }

    /// As [`Heap::open`], where the heap is to be one for `client`. A HNHDR that says otherwise is a finding where the allocation that
    /// it leads to is one that `is_root`.
    ///
    /// # Errors
    /// As [`Heap::open`]; it is for another client.
    pub(super) fn open_for(
        scope: Scope<'m>,
        data: Bid,
        sub: Bid,
        client: ClientSig,
        is_root: impl Fn(&[u8]) -> bool,
    ) -> Result<Self> {
        let (mut heap, sig) = Self::read(scope, data, sub)?;
        let (field, at, expected, found) = match (sig, heap.client) {
            (SIG, found) if found == client => return Ok(heap),
            (SIG, found) => ("HNHDR.bClientSig", 3, client.0, found.0),
            _ => ("HNHDR.bSig", 2, SIG, sig),
        };
        if heap.client == ClientSig::UNDESCRIBED_TABLE || !heap.item(heap.user_root).is_ok_and(is_root) {
            return Err(heap.wrong_header(field, at, expected, found));
        }
        let found = format!("{found:#04x}; what it leads to is as it should be, and read");
        let finding = Finding::new(Effect::Altered, field, format!("{expected:#04x}"), found);
        scope.findings.add(finding.bid(heap.leaves[0].0));
        heap.client = client;
        Ok(heap)
    }

    fn wrong_header(&self, field: &'static str, at: u64, expected: u8, found: u8) -> Error {
        let found = format!("{found:#04x} in block {}", self.leaves[0]);
        Error::mismatch(field, at, format!("{expected:#04x}"), found)
    }

    /// The heap, and `bSig` of its HNHDR.
    fn read(scope: Scope<'m>, data: Bid, sub: Bid) -> Result<(Self, u8)> {
        let leaves: Vec<Bid> = scope.db.leaves(data, scope.findings).take(MOST_BLOCKS).collect();
        let first =
            *leaves.first().ok_or_else(|| Error::mismatch("HNHDR", 0, "a heap", format!("no data (block {data})")))?;
        let block = scope.block(first)?;
        // HNHDR ([MS-PST] 2.3.1.2).
        let parsed: nom::IResult<&[u8], (u16, u8, u8, u32)> = (le_u16, le_u8, le_u8, le_u32).parse(block);
        let (_, (_, sig, client, root)) =
            parsed.map_err(|_| Error::mismatch("HNHDR", 0, "12 bytes", format!("{} in block {first}", block.len())))?;
        let mut loaded = vec![None; leaves.len()];
        loaded[0] = Some(block);
        let heap = Self {
            scope,
            subnodes: Subnodes::new(scope, sub),
            client: ClientSig(client),
            user_root: Hid(root),
            leaves,
            loaded: RefCell::new(loaded),
            last: RefCell::new(None),
        };
        Ok((heap, sig))
    }

    /// The bytes of allocation `hid`.
    ///
    /// # Errors
    /// The block can't be read, or its page map does not have the allocation.
    pub fn item(&self, hid: Hid) -> Result<&'m [u8]> {
        if hid.is_empty() {
            return Ok(&[]);
        }
        let i = self.block_index(hid)?;
        let cached = self.loaded.borrow()[i];
        let block = match cached {
            Some(block) => block,
            None => self.scope.block(self.leaves[i])?,
        };
        if self.leaves.len() <= KEPT_BLOCKS {
            self.loaded.borrow_mut()[i] = Some(block);
        }
        self.allocation(block, hid)
    }

    /// The bytes of allocation `hid`, copied where the heap is large: what walks many allocations of it must not keep all of its blocks.
    pub(super) fn item_passing(&self, hid: Hid) -> Result<Cow<'m, [u8]>> {
        if self.leaves.len() <= KEPT_BLOCKS || hid.is_empty() {
            return self.item(hid).map(Cow::Borrowed);
        }
        let i = self.block_index(hid)?;
        let mut last = self.last.borrow_mut();
        let block = match last.take() {
            Some((at, block)) if at == i => block,
            _ => self.scope.db.block(self.leaves[i], self.scope.findings)?,
        };
        let (_, block) = last.insert((i, block));
        self.allocation(block, hid).map(|bytes| Cow::Owned(bytes.to_vec()))
    }

    /// Whether what `hnid` names is there. Nothing of it is kept where the heap is large.
    ///
    /// # Errors
    /// As those of [`Heap::follow`].
    pub(super) fn check(&self, hnid: u32) -> Result<()> {
        if Nid(hnid).typ() == NidType::HID {
            return self.item_passing(Hid(hnid)).map(drop);
        }
        self.follow(hnid).map(drop)
    }

    fn block_index(&self, hid: Hid) -> Result<usize> {
        let layout = self.scope.db.header().layout;
        let i = hid.block(layout);
        if i < self.leaves.len() && hid.0 & 0x1F == 0 {
            return Ok(i);
        }
        Err(Error::mismatch(
            "HID",
            0,
            format!("an allocation in one of {} blocks", self.leaves.len()),
            format!("{hid:?}"),
        ))
    }

    /// HNPAGEMAP ([MS-PST] 2.3.1.5): `cAlloc`, `cFree`, then the offsets of the allocations and of the end of the last.
    fn allocation<'b>(&self, block: &'b [u8], hid: Hid) -> Result<&'b [u8]> {
        let layout = self.scope.db.header().layout;
        let map = usize::from(u16_at(block, 0).unwrap_or(0));
        let count = usize::from(u16_at(block, map).unwrap_or(0));
        let index = hid.index(layout);
        let bad = |found: String| {
            let expected =
                format!("allocation {index} of {count} before offset {map} of a block of {} bytes", block.len());
            Err(Error::mismatch("HNPAGEMAP", map as u64, expected, found))
        };
        if index == 0 || index > count {
            return bad(format!("{hid:?}"));
        }
        let at = |i: usize| u16_at(block, map + 4 + 2 * i).map(usize::from);
        let (Some(start), Some(end)) = (at(index - 1), at(index)) else {
            return bad("a map that ends before it".to_owned());
        };
        if start > end || end > map {
            return bad(format!("offsets {start} to {end}"));
        }
        slice_at(block, start, end - start).map_or_else(|| bad("offsets outside the block".to_owned()), Ok)
    }

    /// Its blocks, in order.
    pub(super) fn leaves(&self) -> &[Bid] {
        &self.leaves
    }

    /// The most bytes that its blocks can hold.
    pub(super) fn capacity(&self) -> usize {
        self.leaves.len() * self.scope.db.header().layout.max_data()
    }

    /// Records that something of this heap could not be read.
    pub(super) fn lost(&self, structure: &'static str, expected: impl fmt::Display, e: &Error) {
        self.scope.findings.add(Finding::new(Effect::Lost, structure, expected, e));
    }
}
