//! What a destroyed header would have said, from the pages and blocks of the file.

use super::database::Database;
use super::header::{Client, Header, Root};
use super::page::PageType;
use super::{Bid, CryptMethod, Format, Layout, Nid, recover, scan};
use crate::bytes::{slice_at, u16_at};
use crate::damage::{Effect, Finding, Findings};
use crate::{Error, ErrorKind, Result};

/// The ways in which data blocks can be obscured.
const METHODS: [CryptMethod; 3] = [CryptMethod::None, CryptMethod::Permute, CryptMethod::Cyclic];
/// Nodes that every file has, with property contexts.
const WELL_KNOWN: [Nid; 2] = [Nid::MESSAGE_STORE, Nid::ROOT_FOLDER];
/// `bSig` and `bClientSig` of HNHDR in them.
const PROPERTIES: [u8; 2] = [HEAP_SIGNATURE, 0xBC];
/// `bCryptMethod` of a file whose blocks Windows Information Protection has encrypted.
const PROTECTED: u8 = 0x10;
/// Data blocks that are asked how they are obscured.
const BLOCKS_ASKED: usize = 4096;
/// `bSig` of HNHDR ([MS-PST] 2.3.1.2), at offset 2: most nodes' data starts with one.
const HEAP_SIGNATURE: u8 = 0xEC;

/// The header that fits the sound tree pages of `data`; `None` where there are none of any layout.
pub(super) fn header(data: &[u8]) -> Option<Header> {
    let sound = |layout: &Layout| scan::tree_pages(data, layout).filter(|p| p.sound).count();
    let formats = [Format::Ansi, Format::Unicode, Format::Unicode4k].map(Layout::of);
    let (pages, layout) = formats.into_iter().map(|l| (sound(l), l)).max_by_key(|(n, _)| *n)?;
    if pages == 0 {
        return None;
    }
    let crypt = crypt(data, layout).unwrap_or_default();
    let root = |ptype| recover::newest_root(data, layout, ptype).unwrap_or_default();
    Some(Header {
        layout,
        client: Client::of(u16_at(data, 8).unwrap_or(0)),
        version: match layout.format {
            Format::Ansi => 15,
            Format::Unicode => 23,
            Format::Unicode4k => 36,
        },
        client_version: 0,
        crypt,
        crypt_method: crypt as u8,
        unique: 0,
        next_block: Bid::default(),
        next_page: Bid::default(),
        indexes: [0; 32],
        root: Root {
            file_eof: data.len() as u64,
            nbt: root(PageType::NBT),
            bbt: root(PageType::BBT),
            ..Root::default()
        },
        crc_right: false,
    })
}

/// The method by which most data blocks decode to a heap; `None` where none does by any.
pub(super) fn crypt(data: &[u8], layout: &Layout) -> Option<CryptMethod> {
    let methods = METHODS;
    let mut votes = [0usize; 3];
    let blocks = scan::blocks(data, layout).filter(|b| b.sound && !b.at.bid.is_internal());
    for block in blocks.take(BLOCKS_ASKED) {
        let start = usize::try_from(block.at.ib.0).ok().and_then(|at| slice_at(data, at, 3));
        for (method, votes) in methods.iter().zip(&mut votes) {
            let mut start = start.unwrap_or_default().to_vec();
            method.decode(block.at.bid, &mut start);
            *votes += usize::from(start.last() == Some(&HEAP_SIGNATURE));
        }
    }
    let (most, method) = votes.into_iter().zip(methods).rev().max_by_key(|(n, _)| *n)?;
    (most > 0).then_some(method)
}

/// How the data blocks of `db` are obscured: as the header says, unless well-known nodes can be read in another way only. That is a
/// finding.
///
/// # Errors
/// The header names a method that nobody knows, and no known one makes these nodes readable.
pub(super) fn crypt_of_nodes(db: &Database<'_>, findings: &Findings) -> Result<CryptMethod> {
    let header = db.header();
    let is_known = usize::from(header.crypt_method) < METHODS.len();
    let starts: Vec<_> = WELL_KNOWN.iter().filter_map(|nid| start_of(db, *nid)).collect();
    let fits = |method: &CryptMethod| {
        starts.iter().any(|(bid, start)| {
            let mut start = *start;
            method.decode(*bid, &mut start);
            start[2..] == PROPERTIES
        })
    };
    if is_known && (starts.is_empty() || fits(&header.crypt)) {
        return Ok(header.crypt);
    }
    let read_as = METHODS.into_iter().find(fits);
    let told = format!("{:#04x}", header.crypt_method);
    let (effect, method, found) = match read_as {
        Some(method) => (Effect::Notice, method, format!("{told}, but data blocks that are {method:?}; read as such")),
        None if is_known => return Ok(header.crypt),
        None if !starts.is_empty() => return Err(encrypted(header)),
        None => (Effect::Altered, header.crypt, format!("{told}: read as permute, which Outlook writes by default")),
    };
    let expected = "0 (none), 1 (permute) or 2 (cyclic), as the data blocks are";
    findings.add(Finding::new(effect, "HEADER.bCryptMethod", expected, found).at(header.crypt_at()));
    Ok(method)
}

/// The first block of the data of node `nid`, and how it starts as it is stored.
fn start_of(db: &Database<'_>, nid: Nid) -> Option<(Bid, [u8; 4])> {
    // What is wrong with them is told when they are read.
    let quiet = Findings::new();
    let node = db.node(nid, &quiet).ok()??;
    let first = db.leaves(node.data, &quiet).next()?;
    db.start_of_block(first)
}

fn encrypted(header: &Header) -> Error {
    let method = header.crypt_method;
    let by = if method == PROTECTED { "by Windows Information Protection" } else { "in a way that nobody knows" };
    let message = format!(
        "the data is encrypted {by} (bCryptMethod {method:#04x}), and the key is not in the file: nothing can be read; open it in \
         Outlook where it is not locked, and export it from there into a new file"
    );
    Error::new(ErrorKind::Unsupported, message).at("HEADER", header.crypt_at())
}
