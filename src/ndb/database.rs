//! A file's bytes with the header understood, and the scope in which things of it are read.

use super::btree::{BTree, BlockRef, Iter, Node};
use super::{Header, Nid};
use crate::Result;
use crate::damage::Findings;
use crate::limits::Limits;

/// A PFF file.
#[derive(Debug)]
pub struct Database<'a> {
    pub(super) data: &'a [u8],
    header: Header,
    limits: Limits,
}

/// Holds the decoded blocks that the values of one item borrow from; they live as long as it does.
pub type Arena = typed_arena::Arena<Vec<u8>>;

/// Where one item is read: the file, the memory that its values may borrow from, and the list that takes its findings.
#[derive(Clone, Copy)]
pub struct Scope<'m> {
    /// The file.
    pub db: &'m Database<'m>,
    /// Decoded blocks.
    pub arena: &'m Arena,
    /// What is wrong with the item.
    pub findings: &'m Findings,
}

impl<'a> Database<'a> {
    /// The file `data`. What is wrong with its header goes to `findings`.
    ///
    /// # Errors
    /// As [`Header::parse`].
    pub fn open(data: &'a [u8], limits: Limits, findings: &Findings) -> Result<Self> {
        Ok(Self { data, header: Header::parse(data, findings)?, limits })
    }

    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The limits that its reading keeps.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The size of the file in bytes.
    pub fn len(&self) -> u64 {
        self.data.len() as u64
    }

    /// Whether the file has no bytes; it never has none.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    fn nbt(&self) -> BTree<'_> {
        BTree::new(self.data, self.header.layout, self.header.root.nbt, &self.limits)
    }

    fn bbt(&self) -> BTree<'_> {
        BTree::new(self.data, self.header.layout, self.header.root.bbt, &self.limits)
    }

    /// The node `nid`, where there is one.
    ///
    /// # Errors
    /// A page on the way to it can't be used.
    pub fn node(&self, nid: Nid, findings: &Findings) -> Result<Option<Node>> {
        self.nbt().find(u64::from(nid.0), findings)
    }

    /// All nodes, by ascending id. What can't be read is a finding.
    pub fn nodes<'d>(&'d self, findings: &'d Findings) -> Iter<'d, Node> {
        self.nbt().iter(findings)
    }

    /// Where block `bid` is.
    ///
    /// # Errors
    /// A page on the way to it can't be used.
    pub fn block_ref(&self, bid: super::Bid, findings: &Findings) -> Result<Option<BlockRef>> {
        self.bbt().find(bid.key(), findings)
    }

    /// All blocks, by ascending id. What can't be read is a finding.
    pub fn blocks<'d>(&'d self, findings: &'d Findings) -> Iter<'d, BlockRef> {
        self.bbt().iter(findings)
    }
}
