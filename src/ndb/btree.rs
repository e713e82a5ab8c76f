//! The two B-trees of a file: nodes by [`Nid`], blocks by [`Bid`] ([MS-PST] 2.2.2.7.7).

use super::header::Bref;
use super::page::{PageType, check_page, page_at, page_bytes};
use super::{Bid, Format, Ib, Layout, Nid};
use crate::bytes::{u8_at, u16_at, u32_at};
use crate::damage::{Effect, Finding, Findings};
use crate::limits::Limits;
use crate::{Error, Result};

/// An entry of a leaf page.
pub trait Entry: Sized + Copy {
    /// The type of the tree's pages.
    const PAGE: PageType;
    /// The name of the entry's structure.
    const NAME: &'static str;
    /// The size of an entry in `layout`, in bytes.
    fn size(layout: &Layout) -> usize;
    /// Reads an entry from exactly [`Entry::size`] bytes.
    fn parse(layout: &Layout, bytes: &[u8]) -> Option<Self>;
    /// The number that the tree is ordered by, from the first field of an entry as it is stored.
    fn order(stored: u64) -> u64;
    /// The same of this entry.
    fn key(&self) -> u64;
}

/// NBTENTRY ([MS-PST] 2.2.2.7.7.4): a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// Its id.
    pub nid: Nid,
    /// The block or data tree with its data.
    pub data: Bid,
    /// The block with its subnodes; none for most tables.
    pub sub: Bid,
    /// The node that it belongs to: the folder of a message or folder.
    pub parent: Nid,
}

impl Entry for Node {
    const PAGE: PageType = PageType::NBT;
    const NAME: &'static str = "NBTENTRY";

    fn size(layout: &Layout) -> usize {
        layout.nbt_entry
    }

    fn parse(layout: &Layout, bytes: &[u8]) -> Option<Self> {
        let id = |i: usize| bytes.get(i * layout.id..).map(|b| layout.read_id(b));
        Some(Self {
            nid: Nid(u32_at(bytes, 0)?),
            data: Bid(id(1)?),
            sub: Bid(id(2)?),
            parent: Nid(u32_at(bytes, 3 * layout.id)?),
        })
    }

    fn order(stored: u64) -> u64 {
        // Only the low 32 bits of a 64-bit field are the nid.
        stored & u64::from(u32::MAX)
    }

    fn key(&self) -> u64 {
        u64::from(self.nid.0)
    }
}

/// BBTENTRY ([MS-PST] 2.2.2.7.7.3): where a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockRef {
    /// Its id.
    pub bid: Bid,
    /// Its offset.
    pub ib: Ib,
    /// Its stored bytes, without trailer and padding.
    pub cb: u16,
    /// How many bytes it has when it is inflated; 0 where the tree does not tell, or it is stored as it is.
    pub inflated: u16,
    /// How many refer to it, the tree included.
    pub refs: u16,
}

impl Entry for BlockRef {
    const PAGE: PageType = PageType::BBT;
    const NAME: &'static str = "BBTENTRY";

    fn size(layout: &Layout) -> usize {
        layout.bbt_entry
    }

    fn parse(layout: &Layout, bytes: &[u8]) -> Option<Self> {
        Some(Self {
            bid: Bid(layout.read_id(bytes)),
            ib: Ib(layout.read_id(bytes.get(layout.id..)?)),
            cb: u16_at(bytes, 2 * layout.id)?,
            inflated: match layout.format {
                Format::Unicode4k => u16_at(bytes, layout.bbt_refs - 2)?,
                Format::Ansi | Format::Unicode => 0,
            },
            refs: u16_at(bytes, layout.bbt_refs)?,
        })
    }

    fn order(stored: u64) -> u64 {
        Bid(stored).key()
    }

    fn key(&self) -> u64 {
        self.bid.key()
    }
}

/// What a B-tree is read from.
#[derive(Debug, Clone, Copy)]
pub struct BTree<'a> {
    data: &'a [u8],
    layout: &'static Layout,
    root: Bref,
    limits: &'a Limits,
    /// Whether each page is known to be sound.
    verified: bool,
}

/// BTPAGE ([MS-PST] 2.2.2.7.7.1), its counts checked against the page.
pub(super) struct Page<'a> {
    entries: &'a [u8],
    size: usize,
    level: u8,
}

impl<'a> Page<'a> {
    /// 0 for a leaf.
    pub(super) fn level(&self) -> u8 {
        self.level
    }

    /// The entries of a leaf.
    pub(super) fn leaf_entries<E: Entry>(&self, layout: &Layout) -> impl Iterator<Item = E> {
        (0..self.count()).filter_map(|i| E::parse(layout, self.entry(i)))
    }

    pub(super) fn count(&self) -> usize {
        self.entries.len() / self.size
    }

    fn entry(&self, i: usize) -> &'a [u8] {
        self.entries.get(i * self.size..(i + 1) * self.size).unwrap_or_default()
    }

    /// The first number of an entry, which all kinds are ordered by.
    pub(super) fn key(&self, layout: &Layout, i: usize) -> u64 {
        layout.read_id(self.entry(i))
    }

    /// What an entry of an intermediate page refers to.
    pub(super) fn child(&self, layout: &Layout, i: usize) -> Bref {
        let id = |k: usize| layout.read_id(self.entry(i).get(k * layout.id..).unwrap_or_default());
        Bref { bid: Bid(id(1)), ib: Ib(id(2)) }
    }
}

impl<'a> BTree<'a> {
    /// The tree below `root` in the file `data`. Where each of its pages is known to be sound (`verified`) none is checked again.
    pub(super) fn new(data: &'a [u8], layout: &'static Layout, root: Bref, limits: &'a Limits, verified: bool) -> Self {
        Self { data, layout, root, limits, verified }
    }

    pub(super) fn root(&self) -> Bref {
        self.root
    }

    pub(super) fn layout(&self) -> &'static Layout {
        self.layout
    }

    /// How many pages fit into the file, which no tree can have more than, or the limit.
    pub(super) fn pages(&self) -> u64 {
        self.limits.pages.min((self.data.len() / self.layout.page) as u64)
    }

    /// The page at `bref`, of `level` where that is known.
    ///
    /// # Errors
    /// As [`page_at`] and [`check_page`]; the level is another.
    pub(super) fn page<E: Entry>(&self, bref: Bref, level: Option<u8>, findings: &Findings) -> Result<Page<'a>> {
        let page = page_at(self.data, self.layout, bref)?;
        if !self.verified {
            check_page(self.layout, bref, page, E::PAGE, findings)?;
        }
        let meta = self.layout.btree_meta;
        // `cEnt` and `cEntMax` have two bytes each in pages of 4096 bytes.
        let wide = self.layout.page > 512;
        let count = if wide { u16_at(page, meta).unwrap_or(0) } else { u16::from(u8_at(page, meta).unwrap_or(0)) };
        let at = meta + if wide { 4 } else { 2 };
        let (size, found) = (u8_at(page, at).unwrap_or(0), u8_at(page, at + 1).unwrap_or(0));
        if level.is_some_and(|l| l != found) || found > self.limits.btree_levels {
            let expected = level.map_or_else(|| format!("at most {}", self.limits.btree_levels), |l| l.to_string());
            return Err(Error::mismatch("BTPAGE.cLevel", bref.ib.0, expected, found));
        }
        let expected = if found == 0 { E::size(self.layout) } else { self.layout.bt_entry };
        let mut size = usize::from(size);
        let mut count = usize::from(count);
        if size < expected {
            findings.add(Finding::new(Effect::Notice, "BTPAGE.cbEnt", expected, size).at(bref.ib.0).bid(bref.bid.0));
            size = expected;
        }
        if count * size > meta {
            let most = meta / size;
            findings.add(
                Finding::new(Effect::Lost, "BTPAGE.cEnt", format!("at most {most}"), count)
                    .at(bref.ib.0)
                    .bid(bref.bid.0),
            );
            count = most;
        }
        Ok(Page { entries: page.get(..count * size).unwrap_or_default(), size, level: found })
    }

    /// The entries of the page at `ib` read as those of a leaf, whatever its trailer says: what a damaged page may still tell.
    pub(super) fn loose<E: Entry>(&self, ib: Ib) -> Vec<E> {
        let page = page_bytes(self.data, self.layout, ib).unwrap_or_default();
        let entries = page.get(..self.layout.btree_meta).unwrap_or_default();
        entries.chunks_exact(E::size(self.layout)).filter_map(|bytes| E::parse(self.layout, bytes)).collect()
    }

    /// The entry with `key`.
    ///
    /// # Errors
    /// A page on the way to it can't be used.
    pub fn find<E: Entry>(&self, key: u64, findings: &Findings) -> Result<Option<E>> {
        let (mut bref, mut level) = (self.root, None);
        loop {
            let page = self.page::<E>(bref, level, findings)?;
            let after = partition(page.count(), |i| E::order(page.key(self.layout, i)) <= key);
            let Some(i) = after.checked_sub(1) else { return Ok(None) };
            if page.level == 0 {
                return Ok(E::parse(self.layout, page.entry(i)).filter(|e| e.key() == key));
            }
            (bref, level) = (page.child(self.layout, i), Some(page.level - 1));
        }
    }

    /// All entries in their order. Pages that can't be used are findings, and what is below them is left out.
    pub fn iter<E: Entry>(&self, findings: &'a Findings) -> Iter<'a, E> {
        let mut iter = Iter {
            tree: *self,
            findings,
            stack: Vec::new(),
            pages_left: self.pages(),
            last: None,
            _entry: std::marker::PhantomData,
        };
        iter.descend(self.root, None);
        iter
    }
}

/// The number of leading indices below `count` for which `pred` holds.
fn partition(count: usize, pred: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, count);
    while low < high {
        let mid = low + (high - low) / 2;
        if pred(mid) { low = mid + 1 } else { high = mid }
    }
    low
}

/// The entries of a [`BTree`], in order.
pub struct Iter<'a, E> {
    tree: BTree<'a>,
    findings: &'a Findings,
    stack: Vec<(Page<'a>, usize)>,
    pages_left: u64,
    last: Option<u64>,
    _entry: std::marker::PhantomData<E>,
}

impl<E: Entry> Iter<'_, E> {
    fn descend(&mut self, bref: Bref, level: Option<u8>) {
        // A tree can't have more pages than the file: this ends trees that refer to one page many times.
        let Some(left) = self.pages_left.checked_sub(1) else {
            let expected = "each page of the tree referred to once";
            self.findings
                .add(Finding::new(Effect::Lost, "BTENTRY", expected, "more references than pages").at(bref.ib.0));
            return self.stack.clear();
        };
        self.pages_left = left;
        match self.tree.page::<E>(bref, level, self.findings) {
            Ok(page) => self.stack.push((page, 0)),
            Err(e) => {
                let offset = e.location().offset.unwrap_or(bref.ib.0);
                let expected = format!("a readable page of the {} tree", E::NAME.trim_end_matches("ENTRY"));
                self.findings
                    .add(Finding::new(Effect::Lost, "BTPAGE", expected, e.message()).at(offset).bid(bref.bid.0));
            }
        }
    }
}

impl<E: Entry> Iterator for Iter<'_, E> {
    type Item = E;

    fn next(&mut self) -> Option<E> {
        loop {
            let (page, next) = self.stack.last_mut()?;
            if *next == page.count() {
                self.stack.pop();
                continue;
            }
            let i = *next;
            *next += 1;
            if page.level > 0 {
                let (bref, level) = (page.child(self.tree.layout, i), page.level - 1);
                self.descend(bref, Some(level));
                continue;
            }
            let Some(entry) = E::parse(self.tree.layout, page.entry(i)) else { continue };
            if self.last.is_some_and(|last| entry.key() <= last) {
                let expected = format!("a key above {:#x}", self.last.unwrap_or(0));
                self.findings.add(Finding::new(Effect::Lost, E::NAME, expected, format!("{:#x}", entry.key())));
                continue;
            }
            self.last = Some(entry.key());
            return Some(entry);
        }
    }
}
