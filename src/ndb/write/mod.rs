//! Writing the NDB layer: blocks, trees of blocks and nodes go in, a whole file comes out.
//!
//! A file is written from front to back, in one pass. Blocks are allocated in the order in which they come; the entries of
//! the block B-tree come in the order of their keys with them, so its pages are written as they fill. The node entries come in
//! any order: they are kept, mostly in a temporary file, until [`Writer::finish`] sorts them, writes the node B-tree and, last of
//! all, the header.

mod block;
mod btree;
mod header;
mod space;

use std::collections::BTreeSet;
use std::io::{Seek, Write};

use byteorder::{BigEndian, ByteOrder};

use super::crypt::CryptMethod;
use super::{Bid, Client, Format, Ib, Layout, Nid, NidType};
use crate::sort::Sorter;
use crate::{Error, ErrorKind, Result};

pub use block::{DataWriter, SubnodeEntry};
use btree::{BTreeBuilder, PageKind};
use space::Space;
pub(super) use space::ptype::legacy_maps;

/// Where a file is written to.
pub trait Sink: Write + Seek {}

impl<T: Write + Seek> Sink for T {}

/// How a file is written.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The format.
    pub format: Format,
    /// What the file is.
    pub client: Client,
    /// How data blocks are obscured.
    pub crypt: CryptMethod,
    /// Whether blocks are stored compressed where that saves space; only 4K files can be.
    pub compress: bool,
    /// Whether the file is extended to the end of its last allocation region, as Outlook does, or ends where its data ends.
    pub whole_regions: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            format: Format::Unicode,
            client: Client::Pst,
            crypt: CryptMethod::Permute,
            compress: false,
            whole_regions: true,
        }
    }
}

/// A node as the node B-tree has it ([MS-PST] 2.2.2.7.7.4).
#[derive(Debug, Clone, Copy)]
struct NodeEntry {
    nid: Nid,
    data: Bid,
    subnodes: Bid,
    parent: Nid,
}

/// Bytes of a [`NodeEntry`] as it is sorted.
const NODE_RECORD: usize = 24;

impl NodeEntry {
    /// The bytes by which nodes are in the order of their ids.
    fn to_record(self) -> [u8; NODE_RECORD] {
        let mut record = [0; NODE_RECORD];
        record[..4].copy_from_slice(&self.nid.0.to_be_bytes());
        record[4..12].copy_from_slice(&self.data.0.to_be_bytes());
        record[12..20].copy_from_slice(&self.subnodes.0.to_be_bytes());
        record[20..].copy_from_slice(&self.parent.0.to_be_bytes());
        record
    }

    fn from_record(record: [u8; NODE_RECORD]) -> Self {
        Self {
            nid: Nid(BigEndian::read_u32(&record)),
            data: Bid(BigEndian::read_u64(&record[4..])),
            subnodes: Bid(BigEndian::read_u64(&record[12..])),
            parent: Nid(BigEndian::read_u32(&record[20..])),
        }
    }
}

/// Writes one file. See the module.
pub struct Writer<'o> {
    options: Options,
    layout: &'static Layout,
    space: Space<'o>,
    blocks: BTreeBuilder,
    nodes: Sorter<NODE_RECORD>,
    left_out: BTreeSet<Nid>,
    next_block: u64,
    next_page: u64,
    counters: [u32; 32],
    unique: u32,
}

impl<'o> Writer<'o> {
    /// Starts a file in `out`, which is to be empty.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] when `options` contradict each other; else those of `out`.
    pub fn new(out: impl Sink + 'o, options: Options) -> Result<Self> {
        if options.compress && options.format != Format::Unicode4k {
            return Err(Error::new(ErrorKind::Usage, "only files of 4 KiB pages can hold compressed blocks"));
        }
        let layout = Layout::of(options.format);
        Ok(Self {
            options,
            layout,
            space: Space::new(Box::new(out), layout)?,
            blocks: BTreeBuilder::new(layout, PageKind::Blocks),
            nodes: Sorter::new(),
            left_out: BTreeSet::new(),
            next_block: 4,
            next_page: 1,
            counters: header::first_indexes(),
            unique: 0,
        })
    }

    /// The sizes of the format that is written.
    pub fn layout(&self) -> &'static Layout {
        self.layout
    }

    /// An id of type `typ` that no node has yet. Ids of one type rise.
    ///
    /// # Errors
    /// [`ErrorKind::Target`] when the 27 bits of the index are used up.
    pub fn new_nid(&mut self, typ: NidType) -> Result<Nid> {
        let counter = &mut self.counters[usize::from(typ.0 & 0x1F)];
        if *counter >= (1 << 27) - 1 {
            return Err(Error::new(
                ErrorKind::Target,
                format!("the file has no more ids for nodes of type {:#x}", typ.0),
            ));
        }
        *counter += 1;
        Ok(Nid::new(typ, *counter))
    }

    /// Keeps [`Writer::new_nid`] from giving `nid`, whose node comes later.
    pub fn reserve(&mut self, nid: Nid) {
        let counter = &mut self.counters[usize::from(nid.typ().0)];
        *counter = nid.index().max(*counter);
    }

    /// A number that nothing else in the file has: that of a row ([MS-PST] 2.4.4.4, `PidTagLtpRowVer`). Numbers rise, and the header
    /// has the last one (`dwUnique`).
    pub fn next_unique(&mut self) -> u32 {
        self.unique = self.unique.saturating_add(1);
        self.unique
    }

    /// Adds node `nid`: its data, its subnodes ([`Bid::default`] where there are none) and the node that it belongs to.
    ///
    /// # Errors
    /// Those of a temporary file.
    pub fn put_node(&mut self, nid: Nid, data: Bid, subnodes: Bid, parent: Nid) -> Result<()> {
        self.reserve(nid);
        Ok(self.nodes.push(NodeEntry { nid, data, subnodes, parent }.to_record())?)
    }

    /// Takes node `nid` out again; its blocks stay. For tests of readers.
    pub fn leave_out(&mut self, nid: Nid) {
        self.left_out.insert(nid);
    }

    /// Writes what is left: the B-trees, the allocation maps, the header. The output is flushed.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] when two nodes have the same id, [`ErrorKind::Target`] when the file gets too large for its
    /// format; else those of the output.
    pub fn finish(mut self) -> Result<()> {
        let nodes = self.put_nodes()?;
        let blocks = std::mem::replace(&mut self.blocks, BTreeBuilder::new(self.layout, PageKind::Blocks));
        let blocks = blocks.finish(&mut self.space, &mut self.next_page)?;
        let extent = self.space.finish(self.options.whole_regions, Bid(self.next_page))?;
        let header = header::Header {
            options: &self.options,
            nodes,
            blocks,
            extent,
            next_block: self.next_block,
            next_page: self.next_page,
            counters: &self.counters,
            unique: self.unique,
        };
        self.space.write_header(&header.to_bytes())
    }

    /// Writes the node B-tree.
    fn put_nodes(&mut self) -> Result<PageRef> {
        let mut tree = BTreeBuilder::new(self.layout, PageKind::Nodes);
        let mut last = None;
        for record in std::mem::replace(&mut self.nodes, Sorter::new()).sorted()? {
            let node = NodeEntry::from_record(record?);
            if last.replace(node.nid) == Some(node.nid) {
                return Err(Error::new(ErrorKind::Usage, format!("two nodes have the id {}", node.nid)));
            }
            if self.left_out.contains(&node.nid) {
                continue;
            }
            let words = [u64::from(node.nid.0), node.data.0, node.subnodes.0];
            let mut entry: Vec<u8> = words.iter().flat_map(|w| self.id_bytes(*w)).collect();
            entry.extend(node.parent.0.to_le_bytes());
            entry.resize(self.layout.nbt_entry, 0);
            tree.push(u64::from(node.nid.0), &entry, &mut self.space, &mut self.next_page)?;
        }
        tree.finish(&mut self.space, &mut self.next_page)
    }

    /// The bytes of an id or offset in this format.
    fn id_bytes(&self, id: u64) -> Vec<u8> {
        id.to_le_bytes()[..self.layout.id].to_vec()
    }
}

/// A reference to a page ([MS-PST] 2.2.2.4, BREF).
#[derive(Debug, Clone, Copy, Default)]
struct PageRef {
    bid: Bid,
    ib: Ib,
}

#[cfg(test)]
mod tests;
