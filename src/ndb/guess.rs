//! What a destroyed header would have said, from the pages and blocks of the file.

use super::header::{Client, Header, Root};
use super::page::PageType;
use super::{Bid, CryptMethod, Format, Layout, recover, scan};
use crate::bytes::{slice_at, u16_at};

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
        crypt: crypt(data, layout).unwrap_or_default(),
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
    let methods = [CryptMethod::None, CryptMethod::Permute, CryptMethod::Cyclic];
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
