//! Blocks, and the trees that join them ([MS-PST] 2.2.2.8).

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::super::check::{crc32, signature};
use super::space::push_crc_and_bid;
use super::{Bid, Format, Nid, Writer};
use crate::mapi::Stream;
use crate::{Error, ErrorKind, Result};

/// A subnode ([MS-PST] 2.2.2.8.3.3.1.1, SLENTRY).
#[derive(Debug, Clone, Copy)]
pub struct SubnodeEntry {
    /// Its id, unique among the subnodes of its node.
    pub nid: Nid,
    /// Its data.
    pub data: Bid,
    /// Its own subnodes.
    pub subnodes: Bid,
}

/// `btype` of XBLOCK and XXBLOCK, and of SLBLOCK and SIBLOCK.
const DATA_TREE: u8 = 1;
const SUBNODE_TREE: u8 = 2;

impl Writer<'_> {
    /// Writes `data`, at most [`Layout::max_data`](super::Layout::max_data) bytes, as one data block.
    ///
    /// # Errors
    /// Those of the output, and [`ErrorKind::Target`] when the file gets too large for its format.
    pub fn put_block(&mut self, data: &[u8]) -> Result<Bid> {
        let bid = Bid(self.next_block);
        let mut data = data.to_vec();
        self.options.crypt.encode(bid, &mut data);
        self.store(bid, data)
    }

    /// Joins the data blocks `blocks`, `total` bytes, all but the last of which are full: no block at all for none, the
    /// block itself for one, else an XBLOCK or XXBLOCK.
    ///
    /// # Errors
    /// [`ErrorKind::Target`] when there are more bytes than a tree can tell (4 GiB); else as [`Writer::put_block`].
    pub fn join_blocks(&mut self, blocks: &[Bid], total: u64) -> Result<Bid> {
        let most = (self.layout.max_data() - 8) / self.layout.id;
        let full = self.layout.max_data() as u64;
        let size = |n: usize, of: u64| u32::try_from(of.min(full * n as u64)).map_err(|_| too_large(total));
        match blocks {
            [] => Ok(Bid::default()),
            [one] => Ok(*one),
            _ if blocks.len() <= most => self.put_tree(DATA_TREE, 1, blocks, size(blocks.len(), total)?),
            _ => {
                let (mut left, mut parts) = (total, Vec::new());
                for part in blocks.chunks(most) {
                    let bytes = size(part.len(), left)?;
                    left -= u64::from(bytes);
                    parts.push(self.put_tree(DATA_TREE, 1, part, bytes)?);
                }
                if parts.len() > most {
                    return Err(too_large(total));
                }
                self.put_tree(DATA_TREE, 2, &parts, u32::try_from(total).map_err(|_| too_large(total))?)
            }
        }
    }

    /// Writes `data` as as many blocks as it takes, and joins them.
    ///
    /// # Errors
    /// As [`Writer::join_blocks`].
    pub fn put_data(&mut self, data: &[u8]) -> Result<Bid> {
        let blocks: Vec<Bid> = data.chunks(self.layout.max_data()).map(|c| self.put_block(c)).collect::<Result<_>>()?;
        self.join_blocks(&blocks, data.len() as u64)
    }

    /// Writes the bytes of `stream`, a block at a time, and joins them.
    ///
    /// # Errors
    /// As [`Writer::join_blocks`], and those of `stream`.
    pub fn put_stream(&mut self, stream: &Stream<'_>) -> Result<Bid> {
        let mut out = DataWriter::new(self);
        stream.copy_to(&mut out)?;
        out.finish()
    }

    /// Writes `entries`, in any order, as a tree of subnodes: no block at all for none. Their ids are reserved: the counters of the
    /// header (`rgnid`, [MS-PST] 2.2.2.6) are those of subnodes, too.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] when two have the same id, [`ErrorKind::Target`] when there are more than a tree of two levels
    /// holds; else as [`Writer::put_block`].
    pub fn put_subnodes(&mut self, entries: &[SubnodeEntry]) -> Result<Bid> {
        let mut entries = entries.to_vec();
        entries.sort_by_key(|e| e.nid);
        if let Some([twice, _]) = entries.array_windows().find(|[a, b]| a.nid == b.nid) {
            return Err(Error::new(ErrorKind::Usage, format!("two subnodes of one node have the id {}", twice.nid)));
        }
        entries.iter().for_each(|e| self.reserve(e.nid));
        let room = self.layout.max_data() - self.layout.subnode_header;
        let mut leaves = Vec::new();
        for part in entries.chunks(room / (3 * self.layout.id)) {
            let words = part.iter().flat_map(|e| [u64::from(e.nid.0), e.data.0, e.subnodes.0]).collect();
            leaves.push((part[0].nid, self.put_subnode_block(0, part.len(), words)?));
        }
        match leaves.as_slice() {
            [] => Ok(Bid::default()),
            [(_, one)] => Ok(*one),
            _ if leaves.len() > room / (2 * self.layout.id) => {
                Err(Error::new(ErrorKind::Target, format!("a node can't have {} subnodes", entries.len())))
            }
            _ => {
                let words = leaves.iter().flat_map(|(nid, bid)| [u64::from(nid.0), bid.0]).collect();
                self.put_subnode_block(1, leaves.len(), words)
            }
        }
    }

    fn put_subnode_block(&mut self, level: u8, count: usize, words: Vec<u64>) -> Result<Bid> {
        let mut body = vec![SUBNODE_TREE, level];
        body.extend((count as u16).to_le_bytes());
        body.resize(self.layout.subnode_header, 0);
        words.iter().for_each(|w| body.extend(self.id_bytes(*w)));
        self.store(Bid(self.next_block | 2), body)
    }

    fn put_tree(&mut self, btype: u8, level: u8, blocks: &[Bid], total: u32) -> Result<Bid> {
        let mut body = vec![btype, level];
        body.extend((blocks.len() as u16).to_le_bytes());
        body.extend(total.to_le_bytes());
        blocks.iter().for_each(|b| body.extend(self.id_bytes(b.0)));
        self.store(Bid(self.next_block | 2), body)
    }

    /// Writes a block with its trailer ([MS-PST] 2.2.2.8.1) and enters it in the block B-tree (BBTENTRY, 2.2.2.7.7.3).
    fn store(&mut self, bid: Bid, plain: Vec<u8>) -> Result<Bid> {
        let layout = self.layout;
        if plain.len() > layout.max_data() {
            return Err(Error::new(ErrorKind::Usage, format!("a block can't hold {} bytes", plain.len())));
        }
        self.next_block += 4;
        let inflated = plain.len();
        let mut block = if self.options.compress { smaller(plain)? } else { plain };
        let stored = block.len();
        let len = layout.block_on_disk(stored);
        let ib = self.space.alloc(len, layout.block_align)?;
        let crc = crc32(&block).to_le_bytes();
        block.resize(len - layout.block_trailer, 0);
        block.extend((stored as u16).to_le_bytes());
        block.extend(signature(ib.0, bid.0).to_le_bytes());
        push_crc_and_bid(layout, &mut block, crc, bid);
        if layout.format == Format::Unicode4k {
            block.extend(2u16.to_le_bytes());
            block.extend((inflated as u16).to_le_bytes());
            block.extend([0; 4]);
        }
        self.space.write_at(ib, &block)?;

        let mut entry = [self.id_bytes(bid.0), self.id_bytes(ib.0)].concat();
        entry.extend((stored as u16).to_le_bytes());
        if layout.format == Format::Unicode4k {
            entry.extend((inflated as u16).to_le_bytes());
        }
        entry.extend(2u16.to_le_bytes()); // cRef: one reference, and the entry itself
        entry.resize(layout.bbt_entry, 0);
        self.blocks.push(bid.key(), &entry, &mut self.space, &mut self.next_page)?;
        Ok(bid)
    }
}

/// `plain` as a zlib stream, where that is smaller.
fn smaller(plain: Vec<u8>) -> Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&plain)?;
    let packed = encoder.finish()?;
    Ok(if packed.len() < plain.len() { packed } else { plain })
}

fn too_large(total: u64) -> Error {
    Error::new(ErrorKind::Target, format!("a value of {total} bytes is larger than a data tree can hold (4 GiB)"))
}

/// Takes bytes and writes them as blocks; see [`Writer::put_stream`].
pub struct DataWriter<'w, 'o> {
    writer: &'w mut Writer<'o>,
    buffer: Vec<u8>,
    blocks: Vec<Bid>,
    total: u64,
}

impl<'w, 'o> DataWriter<'w, 'o> {
    /// Starts a data tree.
    pub fn new(writer: &'w mut Writer<'o>) -> Self {
        Self { writer, buffer: Vec::new(), blocks: Vec::new(), total: 0 }
    }

    /// Writes what is left and joins the blocks.
    ///
    /// # Errors
    /// As [`Writer::join_blocks`].
    pub fn finish(mut self) -> Result<Bid> {
        self.put()?;
        self.writer.join_blocks(&self.blocks, self.total)
    }

    fn put(&mut self) -> Result<()> {
        if !self.buffer.is_empty() {
            self.blocks.push(self.writer.put_block(&self.buffer)?);
            self.buffer.clear();
        }
        Ok(())
    }
}

impl Write for DataWriter<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let most = self.writer.layout.max_data();
        let taken = bytes.len().min(most - self.buffer.len());
        self.buffer.extend(&bytes[..taken]);
        self.total += taken as u64;
        if self.buffer.len() == most {
            self.put().map_err(io::Error::other)?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
