//! Data trees: a node's data in one block, or in many below an XBLOCK or XXBLOCK ([MS-PST] 2.2.2.8.3.2).

use std::borrow::Cow;
use std::io::{self, Write};
use std::ops::Range;

use super::database::{Database, Scope};
use super::{Bid, BlockRef, Format};
use crate::bytes::{u8_at, u16_at, u32_at};
use crate::damage::{Effect, Finding, Findings};
use crate::mapi::Content;
use crate::{Error, Result};

/// XBLOCK or XXBLOCK.
struct XBlock<'a> {
    bytes: Cow<'a, [u8]>,
    level: u8,
    count: usize,
    next: usize,
    total: u64,
}

/// The first byte of an XBLOCK.
const BTYPE: u8 = 1;
/// Bytes before the first id.
pub(super) const HEADER: usize = 8;

impl<'a> XBlock<'a> {
    fn read(db: &'a Database<'a>, bid: Bid, below: u8, findings: &Findings) -> Result<Self> {
        let bytes = db.block(bid, findings)?;
        let (btype, level) = (u8_at(&bytes, 0).unwrap_or(0), u8_at(&bytes, 1).unwrap_or(0));
        if btype != BTYPE || level == 0 || level >= below {
            let expected = format!("btype 1, cLevel 1 to {}", below - 1);
            return Err(Error::mismatch(
                "XBLOCK",
                0,
                expected,
                format!("btype {btype}, cLevel {level} in block {bid}"),
            ));
        }
        let room = bytes.len().saturating_sub(HEADER) / db.header().layout.id;
        let mut count = usize::from(u16_at(&bytes, 2).unwrap_or(0));
        if count > room {
            findings.add(Finding::new(Effect::Lost, "XBLOCK.cEnt", format!("at most {room}"), count).bid(bid.0));
            count = room;
        }
        let total = u64::from(u32_at(&bytes, 4).unwrap_or(0));
        Ok(Self { bytes, level, count, next: 0, total })
    }
}

/// The data blocks of a data tree, in order. An XBLOCK that can't be read is a finding, and what is below it is left out.
pub struct Leaves<'a> {
    db: &'a Database<'a>,
    findings: &'a Findings,
    single: Option<Bid>,
    stack: Vec<XBlock<'a>>,
    total: Option<u64>,
    /// Blocks that the tree may still name: each block of the file once.
    left: usize,
}

/// XXBLOCKs have level 2; nothing may be above them.
const ABOVE_XXBLOCK: u8 = 3;

impl<'a> Leaves<'a> {
    fn new(db: &'a Database<'a>, root: Bid, findings: &'a Findings) -> Self {
        let left = db.data.len() / db.header().layout.block_align;
        let mut leaves = Self { db, findings, single: None, stack: Vec::new(), total: None, left };
        if root.is_internal() {
            leaves.descend(root, ABOVE_XXBLOCK);
            leaves.total = leaves.stack.first().map(|x| x.total);
        } else if !root.is_none() {
            leaves.single = Some(root);
        }
        leaves
    }

    fn descend(&mut self, bid: Bid, below: u8) {
        match XBlock::read(self.db, bid, below, self.findings) {
            Ok(block) => self.stack.push(block),
            Err(e) => self.findings.add(Finding::new(Effect::Lost, "XBLOCK", "a readable block", e).bid(bid.0)),
        }
    }
}

impl Iterator for Leaves<'_> {
    type Item = Bid;

    fn next(&mut self) -> Option<Bid> {
        if let Some(bid) = self.single.take() {
            return Some(bid);
        }
        loop {
            let id = self.db.header().layout.id;
            let top = self.stack.last_mut()?;
            if top.next == top.count {
                self.stack.pop();
                continue;
            }
            let bid = Bid(self.db.header().layout.read_id(top.bytes.get(HEADER + top.next * id..).unwrap_or_default()));
            top.next += 1;
            let Some(left) = self.left.checked_sub(1) else {
                let found = "more blocks than the file has; the rest is left out";
                self.findings.add(Finding::new(Effect::Lost, "XBLOCK", "each block named once", found));
                self.stack.clear();
                return None;
            };
            self.left = left;
            let level = top.level;
            if !bid.is_internal() {
                return Some(bid);
            }
            self.descend(bid, level);
        }
    }
}

impl<'a> Database<'a> {
    /// The data blocks of the data tree below `root`.
    pub fn leaves<'d>(&'d self, root: Bid, findings: &'d Findings) -> Leaves<'d> {
        Leaves::new(self, root, findings)
    }

    /// Bytes in the data tree below `root`, by what its top block says; 0 where that can't be read.
    pub fn data_len(&self, root: Bid) -> u64 {
        let findings = Findings::new();
        let of_block = || self.located(root, &findings).map_or(0, |at| self.block_len(&at) as u64);
        self.leaves(root, &findings).total.unwrap_or_else(of_block)
    }
}

/// The bytes of a data tree, fetched block by block.
pub struct DataStream<'a> {
    db: &'a Database<'a>,
    root: Bid,
    extent: Extent,
    findings: Findings,
}

impl<'a> DataStream<'a> {
    /// The bytes below `root`. Their number is the sum of the blocks'; where it differs from what the tree says that is a finding.
    /// Every block is checked now, so that all that is wrong is known before the first byte is copied.
    pub fn new(db: &'a Database<'a>, root: Bid, findings: &Findings) -> Self {
        let mut scratch = Vec::new();
        let extent = walk(db, root, findings, |at, _| db.check_block(at, &mut scratch, findings));
        Self { db, root, extent, findings: findings.clone() }
    }
}

/// How much of a data tree there is.
struct Extent {
    len: u64,
    /// Whether the tree goes on behind `len`.
    goes_on: bool,
}

/// Calls `read` with each block of the data tree below `root` and the place of its bytes among those of the tree. What can't be found or
/// read leaves NUL bytes there, which is a finding.
fn walk(
    db: &Database<'_>,
    root: Bid,
    findings: &Findings,
    mut read: impl FnMut(BlockRef, Range<u64>) -> Result<()>,
) -> Extent {
    let mut leaves = db.leaves(root, findings);
    let mut plan = Plan { total: leaves.total, so_far: 0 };
    let most = most_bytes(db);
    let mut extent = Extent { len: 0, goes_on: false };
    for bid in leaves.by_ref() {
        let at = db.located(bid, findings);
        let size = plan.size_of(db, at.as_ref().ok());
        let place = extent.len..plan.so_far;
        extent.goes_on = place.end > most;
        if extent.goes_on {
            let found = format!("one that names blocks again; what is behind byte {} is left out", place.start);
            let expected = "a tree of no more bytes than the file";
            findings.add(Finding::new(Effect::Lost, "XBLOCK", expected, found).bid(root.0));
            break;
        }
        extent.len = place.end;
        if let Err(e) = at.and_then(|at| read(at, place)) {
            let found = format!("{e}; {size} NUL bytes are in its place");
            findings.add(Finding::new(Effect::Lost, "data block", "a readable block", found).bid(bid.0));
        }
    }
    if let Some(total) = leaves.total.filter(|total| !extent.goes_on && *total != extent.len) {
        findings.add(Finding::new(Effect::Notice, "XBLOCK.lcbTotal", extent.len, total).bid(root.0));
    }
    extent
}

/// The most bytes that a tree can have: those of the file, since each block belongs to it once. A compressed block takes at least the
/// unit of allocation.
fn most_bytes(db: &Database<'_>) -> u64 {
    let layout = db.header().layout;
    let inflation = match layout.format {
        Format::Unicode4k => (layout.max_block / layout.block_align) as u64,
        Format::Ansi | Format::Unicode => 1,
    };
    db.len().saturating_mul(inflation)
}

/// Gives each block of a tree its place, those that are missing too.
struct Plan {
    total: Option<u64>,
    so_far: u64,
}

impl Plan {
    /// The size of the block at `at`, the next one. One that can't be found is taken to be full, or to be what the tree's total leaves.
    fn size_of(&mut self, db: &Database<'_>, at: Option<&BlockRef>) -> usize {
        let size = at.map_or_else(
            || {
                let full = db.header().layout.max_data() as u64;
                let left = self.total.unwrap_or(0).saturating_sub(self.so_far);
                usize::try_from(left.min(full)).unwrap_or(0)
            },
            |at| db.block_len(at),
        );
        self.so_far += size as u64;
        size
    }
}

impl Content for DataStream<'_> {
    fn len(&self) -> u64 {
        self.extent.len
    }

    fn copy_to(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut leaves = self.db.leaves(self.root, &self.findings);
        let mut plan = Plan { total: leaves.total, so_far: 0 };
        let mut scratch = Vec::new();
        for bid in leaves.by_ref() {
            if self.extent.goes_on && plan.so_far == self.extent.len {
                // The rest has been left out, and told.
                break;
            }
            let at = self.db.located(bid, &self.findings);
            let size = plan.size_of(self.db, at.as_ref().ok());
            // What can't be read has been told; its length has been promised.
            let bytes = at.and_then(|at| self.db.block_at(at, &mut scratch)).unwrap_or_default();
            let bytes = &bytes[..bytes.len().min(size)];
            out.write_all(bytes)?;
            io::copy(&mut io::Read::take(io::repeat(0), (size - bytes.len()) as u64), out)?;
        }
        Ok(())
    }
}

impl<'m> Scope<'m> {
    /// All bytes of the data tree below `root`, gathered, at most `limits.value_bytes`.
    ///
    /// # Errors
    /// A single block that can't be read; more bytes than the limit. Blocks that are missing in a tree are filled up and recorded.
    pub fn data(self, root: Bid) -> Result<&'m [u8]> {
        if root.is_none() {
            return Ok(&[]);
        }
        if !root.is_internal() {
            return self.block(root);
        }
        let most = self.db.limits().value_bytes;
        let told = self.db.data_len(root).min(most).min(most_bytes(self.db));
        let (mut out, mut scratch) = (Vec::with_capacity(told as usize), Vec::new());
        let Extent { len, .. } = walk(self.db, root, self.findings, |at, place| {
            if place.end > most {
                return Ok(());
            }
            let size = (place.end - place.start) as usize;
            // Blocks before it may be missing.
            out.resize(place.start as usize, 0);
            let bytes = self.db.checked_block_at(at, &mut scratch, self.findings)?;
            out.extend_from_slice(&bytes[..bytes.len().min(size)]);
            Ok(())
        });
        if len > most {
            let message = format!("the value has {len} bytes, more than the limit of {most}");
            return Err(Error::new(crate::ErrorKind::Limit, message).within("XBLOCK"));
        }
        out.resize(len as usize, 0);
        Ok(self.arena.alloc(out))
    }
}
