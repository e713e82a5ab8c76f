//! Writing the LTP layer: properties and rows go in, the data and subnodes of one node come out.

mod bth;
mod heap;
mod pc;
mod row;
mod tc;
mod value;

use crate::ndb::write::{SubnodeEntry, Writer};
use crate::ndb::{Bid, Nid, NidType};
use crate::{Error, ErrorKind, Result};

pub use bth::BthWriter;
pub use heap::HeapWriter;
pub use pc::{write_properties, write_sized_properties};
pub use row::StoredRow;
pub use tc::{TableWriter, columns};
pub use value::TextEncoding;

/// The content of a node: what [`Writer::put_node`] or a [`SubnodeEntry`] takes, its subnodes not written yet, so that the
/// layer above can add its own.
#[derive(Debug, Default)]
pub struct NodeContent {
    /// The data.
    pub data: Bid,
    /// The subnodes.
    pub subnodes: Vec<SubnodeEntry>,
    /// How many bytes of data it has, those of the subnodes and of theirs included.
    pub bytes: u64,
}

impl NodeContent {
    /// Writes the tree of subnodes and gives what refers to data and subnodes.
    ///
    /// # Errors
    /// As [`Writer::put_subnodes`].
    pub fn close(self, ndb: &mut Writer<'_>) -> Result<(Bid, Bid)> {
        let subnodes = ndb.put_subnodes(&self.subnodes)?;
        Ok((self.data, subnodes))
    }

    /// Adds `content` as subnode `nid`.
    ///
    /// # Errors
    /// As [`Writer::put_subnodes`].
    pub fn push(&mut self, ndb: &mut Writer<'_>, nid: Nid, content: Self) -> Result<()> {
        self.bytes += content.bytes;
        self.subnodes.push(content.into_subnode(ndb, nid)?);
        Ok(())
    }

    /// Writes the content as node `nid` that belongs to `parent`.
    ///
    /// # Errors
    /// As [`Writer::put_subnodes`].
    pub fn put(self, ndb: &mut Writer<'_>, nid: Nid, parent: Nid) -> Result<()> {
        let (data, subnodes) = self.close(ndb)?;
        ndb.put_node(nid, data, subnodes, parent)
    }

    /// Writes the content as subnode `nid` of another node.
    ///
    /// # Errors
    /// As [`Writer::put_subnodes`].
    pub fn into_subnode(self, ndb: &mut Writer<'_>, nid: Nid) -> Result<SubnodeEntry> {
        let (data, subnodes) = self.close(ndb)?;
        Ok(SubnodeEntry { nid, data, subnodes })
    }
}

/// The subnodes in which a context keeps what its heap can't hold: ids of type [`NidType::LTP`], from the first free one on.
#[derive(Debug, Default)]
struct LargeValues {
    entries: Vec<SubnodeEntry>,
    /// How many bytes are in them.
    bytes: u64,
}

/// The last index that a file's counters count as taken when it is new.
const INDEX_BASE: u32 = 0x400;

impl LargeValues {
    /// An id for one more.
    fn next_nid(&self) -> Nid {
        Nid::new(NidType::LTP, INDEX_BASE + 1 + self.entries.len() as u32)
    }

    /// Adds `data`, which has `len` bytes, and gives the id that stands for it.
    fn add(&mut self, data: Bid, len: u64) -> Nid {
        let nid = self.next_nid();
        self.entries.push(SubnodeEntry { nid, data, subnodes: Bid::default() });
        self.bytes += len;
        nid
    }
}

fn usage(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Usage, message)
}

#[cfg(test)]
mod tests;
