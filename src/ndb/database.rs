//! A file's bytes with the header understood, and the scope in which things of it are read.

use super::btree::{BTree, BlockRef, Node};
use super::index::Index;
use super::page::{PageType, looks_like};
use super::recover::{self, Recover};
use super::{Header, Nid, guess};
use crate::Result;
use crate::damage::{Effect, Finding, Findings};
use crate::limits::Limits;

/// A PFF file.
#[derive(Debug)]
pub struct Database<'a> {
    pub(super) data: &'a [u8],
    header: Header,
    limits: Limits,
    /// Takes the place of both trees where one of them is damaged.
    pub(super) index: Option<Index>,
    /// Whether the walk over both trees has found all of their pages sound.
    verified: bool,
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
    /// The file `data`. What is wrong with its header and its trees goes to `findings`. Where that costs anything the whole file is
    /// swept for what the damaged pages held.
    ///
    /// # Errors
    /// As [`Header::parse`], where the file has no tree pages that would tell the same; the file is cut, and no message is in what is
    /// left of it; its data is encrypted.
    pub fn open(data: &'a [u8], limits: Limits, findings: &Findings) -> Result<Self> {
        let db = Self::open_cut(data, limits, Recover::Auto, findings)?;
        db.check_cut()?;
        Ok(db)
    }

    /// As [`Database::open`], searching as hard as `recover` says. A file that is cut is no error yet: see [`Database::check_cut`].
    ///
    /// # Errors
    /// As [`Header::parse`], where the file has no tree pages that would tell the same; the data is encrypted.
    pub fn open_cut(data: &'a [u8], limits: Limits, recover: Recover, findings: &Findings) -> Result<Self> {
        let mut db = Self { data, header: header(data, findings)?, limits, index: None, verified: false };
        db.index = recover::index(data, &db.nbt(), &db.bbt(), recover, limits.threads, findings);
        db.verified = db.index.is_none();
        db.header.crypt = guess::crypt_of_nodes(&db, findings)?;
        Ok(db)
    }

    /// Whether there is anything to read.
    ///
    /// # Errors
    /// The file is cut, and no message is in what is left of it.
    pub fn check_cut(&self) -> Result<()> {
        let recovered = self.index.as_ref().is_some_and(Index::has_messages);
        self.header.without_roots(self.len()).filter(|_| !recovered).map_or(Ok(()), Err)
    }

    /// What takes the place of the trees, where something does.
    pub fn index(&self) -> Option<&Index> {
        self.index.as_ref()
    }

    /// [`Database::index`], to be completed by who can read what is in the blocks.
    pub fn index_mut(&mut self) -> Option<&mut Index> {
        self.index.as_mut()
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

    pub(super) fn nbt(&self) -> BTree<'_> {
        BTree::new(self.data, self.header.layout, self.header.root.nbt, &self.limits, self.verified)
    }

    pub(super) fn bbt(&self) -> BTree<'_> {
        BTree::new(self.data, self.header.layout, self.header.root.bbt, &self.limits, self.verified)
    }

    /// The node `nid`, where there is one.
    ///
    /// # Errors
    /// A page on the way to it can't be used.
    pub fn node(&self, nid: Nid, findings: &Findings) -> Result<Option<Node>> {
        match &self.index {
            Some(index) => Ok(index.node(u64::from(nid.0), findings)),
            None => self.nbt().find(u64::from(nid.0), findings),
        }
    }

    /// All nodes, by ascending id. What can't be read is a finding.
    pub fn nodes<'d>(&'d self, findings: &'d Findings) -> impl Iterator<Item = Node> + 'd {
        let tree = self.index.is_none().then(|| self.nbt().iter(findings));
        tree.into_iter().flatten().chain(self.index.iter().flat_map(Index::nodes))
    }

    /// Where block `bid` is.
    ///
    /// # Errors
    /// A page on the way to it can't be used.
    pub fn block_ref(&self, bid: super::Bid, findings: &Findings) -> Result<Option<BlockRef>> {
        match &self.index {
            Some(index) => Ok(index.block(bid.key())),
            None => self.bbt().find(bid.key(), findings),
        }
    }

    /// All blocks, by ascending id. What can't be read is a finding.
    pub fn blocks<'d>(&'d self, findings: &'d Findings) -> impl Iterator<Item = BlockRef> + 'd {
        let tree = self.index.is_none().then(|| self.bbt().iter(findings));
        tree.into_iter().flatten().chain(self.index.iter().flat_map(Index::blocks))
    }
}

/// The header of `data`; where it is destroyed, what the pages of the file say instead.
fn header(data: &[u8], findings: &Findings) -> Result<Header> {
    let guessed = |why: &str| {
        let header = guess::header(data)?;
        let found = format!("{why}; format, encoding and trees are taken from what is in the file");
        findings.add(Finding::new(Effect::Altered, "HEADER", "a readable header", found));
        Some(header)
    };
    match Header::parse(data, findings) {
        Err(e) => guessed(e.message()).ok_or(e),
        Ok(header) if header.crc_right => Ok(header),
        Ok(header) if roots_are_there(data, &header) => {
            Ok(Header { crypt: guess::crypt(data, header.layout).unwrap_or(header.crypt), ..header })
        }
        Ok(header) => Ok(guessed("a wrong CRC and no trees where it says").unwrap_or(header)),
    }
}

fn roots_are_there(data: &[u8], header: &Header) -> bool {
    let root = &header.root;
    [(root.nbt, PageType::NBT), (root.bbt, PageType::BBT)]
        .iter()
        .all(|(bref, ptype)| looks_like(data, header.layout, bref.ib, *ptype))
}
