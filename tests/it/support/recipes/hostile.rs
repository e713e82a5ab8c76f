//! Fixtures that are made to do harm: each says one thing that can't be, and all its checksums are right.

use std::io::Cursor;

use pffkit::ltp::write::{NodeContent, TableWriter, TextEncoding, write_properties};
use pffkit::mapi::{PropTag, Value};
use pffkit::ndb::crypt::CryptMethod;
use pffkit::ndb::page::PageType;
use pffkit::ndb::write::{self, SubnodeEntry, Writer};
use pffkit::ndb::{Bid, Format, Nid, NidType};

use super::patch::{Patch, put, u16_at};

/// The first message of a file.
pub const MESSAGE: Nid = Nid::new(NidType::NORMAL_MESSAGE, 0x8001);
/// A subnode.
pub const LARGE: Nid = Nid::new(NidType::LTP, 0x401);
/// How many messages are in the files of many.
pub const MANY: u32 = 20;
/// How many texts a message has that are all the same bytes, and how many bytes these are.
pub const TEXTS: (u32, usize) = (8, 1 << 13);

const EMBEDDED: Nid = Nid::new(NidType::NORMAL_MESSAGE, 0x9001);
const BODY: PropTag = PropTag(0x1000_001F);
/// The data of a full block.
const FULL: [u8; 8176] = [b'x'; 8176];

/// A file of bare nodes. What no writer of whole stores would write, its blocks can be made to say.
pub fn file(format: Format, fill: impl FnOnce(&mut Writer<'_>)) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    let compress = format == Format::Unicode4k;
    let crypt = CryptMethod::None;
    let options = write::Options { format, crypt, compress, whole_regions: false, ..write::Options::default() };
    let mut ndb = Writer::new(&mut out, options).unwrap();
    fill(&mut ndb);
    ndb.finish().unwrap();
    out.into_inner()
}

/// Writes a property context of message `subject` with `more`; its data and its subnodes, which are not written yet.
pub fn message(ndb: &mut Writer<'_>, subject: &str, more: Vec<(PropTag, Value<'static>)>) -> NodeContent {
    let mut props =
        vec![(PropTag(0x001A_001F), Value::str("IPM.Note")), (PropTag(0x0037_001F), Value::str(subject.to_owned()))];
    props.extend(more);
    write_properties(ndb, TextEncoding::Unicode, &props, None).unwrap()
}

/// The id of the internal block that is the `n`th to be written after `last`.
fn internal_after(last: Bid, n: u64) -> Bid {
    Bid(((last.0 & !3) + 4 * n) | 2)
}

/// A file with one node, whose data is the tree below `root`.
fn with_data(root: impl FnOnce(&mut Writer<'_>) -> Bid) -> Vec<u8> {
    file(Format::Unicode, |ndb| {
        let data = root(ndb);
        ndb.put_node(MESSAGE, data, Bid::default(), Nid::ROOT_FOLDER).unwrap();
    })
}

/// A block that is named two thousand times.
pub fn data_tree_repeats() -> Vec<u8> {
    with_data(|ndb| {
        let block = ndb.put_block(&FULL).unwrap();
        ndb.join_blocks(&vec![block; 2000], 2000 * FULL.len() as u64).unwrap()
    })
}

/// An XBLOCK that has itself between two blocks.
pub fn xblock_names_itself() -> Vec<u8> {
    with_data(|ndb| {
        let block = ndb.put_block(&FULL).unwrap();
        let own = internal_after(block, 1);
        ndb.join_blocks(&[block, own, block], 3 * FULL.len() as u64).unwrap()
    })
}

/// An SLBLOCK whose only entry has that SLBLOCK as its subnodes.
pub fn slblock_names_itself() -> Vec<u8> {
    file(Format::Unicode, |ndb| {
        let data = ndb.put_block(b"data").unwrap();
        let own = internal_after(data, 1);
        let subnodes = ndb.put_subnodes(&[SubnodeEntry { nid: LARGE, data, subnodes: own }]).unwrap();
        assert_eq!(subnodes, own);
        ndb.put_node(MESSAGE, data, subnodes, Nid::ROOT_FOLDER).unwrap();
    })
}

/// An SIBLOCK whose only child is itself.
pub fn siblock_names_itself() -> Vec<u8> {
    let file = Patch(slblock_names_itself());
    let own = file.node(MESSAGE.0).sub;
    let looped = file.block(own, |block| {
        block[1] = 1;
        put(block, 16, own.0.to_le_bytes());
    });
    looped.0
}

/// A file of [`MANY`] messages, from [`MESSAGE`] on: more nodes than one page has room for.
fn many() -> Patch {
    Patch(file(Format::Unicode, |ndb| {
        for i in 0..MANY {
            let nid = Nid::new(NidType::NORMAL_MESSAGE, MESSAGE.index() + i);
            message(ndb, "one of many", Vec::new()).put(ndb, nid, Nid::ROOT_FOLDER).unwrap();
        }
    }))
}

/// Two entries of the root of the node B-tree lead to one page.
pub fn two_keys_one_page() -> Vec<u8> {
    let file = many();
    let (size, root) = (file.layout().bt_entry, file.with(|db| db.header().root.nbt));
    let doubled = file.page(root.ib.0, |page| {
        let (first, second) = page.split_at_mut(size);
        // Its key stays.
        second[8..size].copy_from_slice(&first[8..]);
    });
    doubled.0
}

/// The root of the node B-tree is its own first child.
pub fn page_names_itself() -> Vec<u8> {
    let file = many();
    let root = file.with(|db| db.header().root.nbt);
    let looped = file.page(root.ib.0, |page| {
        put(page, 8, root.bid.0.to_le_bytes());
        put(page, 16, root.ib.0.to_le_bytes());
    });
    looped.0
}

/// The second and the fifth message have changed their places in the leaf of the node B-tree.
pub fn keys_out_of_order() -> Vec<u8> {
    let file = many();
    let size = file.layout().nbt_entry;
    let second = Nid::new(NidType::NORMAL_MESSAGE, MESSAGE.index() + 1);
    let (ib, at) = file.leaf(PageType::NBT, u64::from(second.0));
    let mixed = file.page(ib, |page| {
        let (second, fifth) = page[at..at + 4 * size].split_at_mut(3 * size);
        second[..size].swap_with_slice(fifth);
    });
    mixed.0
}

/// A text whose data tree names one block fifty times: far more than the file has.
pub fn text_without_end() -> Vec<u8> {
    file(Format::Unicode, |ndb| {
        let block = ndb.put_block(&FULL).unwrap();
        let root = ndb.join_blocks(&[block; 50], 50 * FULL.len() as u64).unwrap();
        let mut content = message(ndb, "endless", vec![(BODY, Value::str("x".repeat(5000)))]);
        content.subnodes[0].data = root;
        content.put(ndb, MESSAGE, Nid::ROOT_FOLDER).unwrap();
    })
}

/// Where allocation `n` of the first block of a heap starts, and where the page map has that.
fn item(heap: &[u8], n: usize) -> (usize, usize) {
    let at = u16_at(heap, 0) + 4 + 2 * (n - 1);
    (u16_at(heap, at), at)
}

/// A message with a table of three recipients, whose heap `change` changes.
fn recipients(change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let mut table = Bid::default();
    let file = file(Format::Unicode, |ndb| {
        let mut content = message(ndb, "to many", Vec::new());
        let tags = [PropTag(0x67F2_0003), PropTag(0x67F3_0003), PropTag(0x0C15_0003), PropTag(0x3001_001F)];
        let mut rows = TableWriter::new(ndb, TextEncoding::Unicode, &tags).unwrap();
        for (id, name) in [(1, "Jane"), (2, "John"), (3, "Mary")] {
            let row = [(PropTag(0x0C15_0003), Value::I32(1)), (PropTag(0x3001_001F), Value::str(name))];
            rows.push(ndb, id, &row).unwrap();
        }
        let entry = rows.finish(ndb).unwrap().into_subnode(ndb, Nid::RECIPIENT_TABLE).unwrap();
        table = entry.data;
        content.subnodes.push(entry);
        content.put(ndb, MESSAGE, Nid::ROOT_FOLDER).unwrap();
    });
    Patch(file).block(table, change).0
}

/// Three recipients, as they should be.
pub fn three_recipients() -> Vec<u8> {
    recipients(|_| ())
}

/// The records of the row index: the ids 1 to 3 at the places 0 to 2.
fn find_rows(heap: &[u8]) -> usize {
    let records: Vec<u8> = [1u32, 0, 2, 1, 3, 2].iter().flat_map(|n| n.to_le_bytes()).collect();
    heap.windows(24).position(|w| w == records).unwrap()
}

/// The second row is at the last place that there is.
pub fn table_of_2_32_rows() -> Vec<u8> {
    recipients(|heap| put(heap, find_rows(heap) + 8 + 4, u32::MAX.to_le_bytes()))
}

/// TCINFO ([MS-PST] 2.3.4.1), the allocation that `hidUserRoot` names, has `columns` columns, whose bits end a row of `row` bytes from
/// byte `ceb` on.
pub fn table_of_sizes(columns: u8, ceb: u16, row: u16) -> Vec<u8> {
    recipients(|heap| {
        let info = item(heap, u16_at(heap, 4) >> 5).0;
        heap[info + 1] = columns;
        put(heap, info + 6, ceb.to_le_bytes());
        put(heap, info + 8, row.to_le_bytes());
    })
}

/// The third allocation of a heap starts where the first does.
pub fn heap_items_overlap() -> Vec<u8> {
    recipients(|heap| {
        let ((first, _), (_, third)) = (item(heap, 1), item(heap, 3));
        put(heap, third, (first as u16).to_le_bytes());
    })
}

/// A tree on a heap of eight levels, whose pages are one page that names itself three times.
pub fn bth_page_names_itself() -> Vec<u8> {
    recipients(|heap| {
        let rows = find_rows(heap);
        let item = (1..).find(|n| self::item(heap, *n).0 == rows).unwrap() as u32;
        // BTHHEADER before it: 4 bytes of sizes, then hidRoot, which stays.
        let header = heap.windows(4).position(|w| w == [0xB5, 4, 4, 0]).unwrap();
        heap[header + 3] = 8;
        (0..3).for_each(|i| put(heap, rows + 8 * i + 4, (item << 5).to_le_bytes()));
    })
}

/// Writes the attachment `n` of a message; the message that it holds is in the blocks `of`.
fn attachment(ndb: &mut Writer<'_>, n: u32, (data, subnodes): (Bid, Bid)) -> SubnodeEntry {
    let props = [(PropTag(0x3705_0003), Value::I32(5)), (PropTag(0x3701_000D), Value::Null)];
    let mut content = write_properties(ndb, TextEncoding::Unicode, &props, Some((EMBEDDED, 100))).unwrap();
    content.subnodes.push(SubnodeEntry { nid: EMBEDDED, data, subnodes });
    content.into_subnode(ndb, Nid::new(NidType::ATTACHMENT, 0x9000 + n)).unwrap()
}

/// A message with two attachments, each of which holds a message with the data and the subnodes of that message.
pub fn message_embeds_itself() -> Vec<u8> {
    file(Format::Unicode, |ndb| {
        let mut content = message(ndb, "snake", Vec::new());
        // Data and subnodes of two attachments come first, then the subnodes of the message.
        let own = internal_after(ndb.put_block(b"x").unwrap(), 5);
        let twice = [1, 2].map(|n| attachment(ndb, n, (content.data, own)));
        content.subnodes.extend(twice);
        let (data, subnodes) = content.close(ndb).unwrap();
        assert_eq!(subnodes, own);
        ndb.put_node(MESSAGE, data, subnodes, Nid::ROOT_FOLDER).unwrap();
    })
}

/// Forty levels, each of which embeds the one below it twice: a million million messages in a few blocks.
pub fn message_doubles() -> Vec<u8> {
    file(Format::Unicode, |ndb| {
        let mut below = message(ndb, "leaf", Vec::new()).close(ndb).unwrap();
        for level in 0..40 {
            let mut content = message(ndb, &format!("level {level}"), Vec::new());
            content.subnodes = [1, 2].map(|n| attachment(ndb, n, below)).to_vec();
            below = content.close(ndb).unwrap();
        }
        ndb.put_node(MESSAGE, below.0, below.1, Nid::ROOT_FOLDER).unwrap();
    })
}

/// Each of many texts is the same subnode.
pub fn texts_share_bytes() -> Vec<u8> {
    let (count, size) = TEXTS;
    file(Format::Unicode, |ndb| {
        let text = ndb.put_data(&vec![b'x'; size]).unwrap();
        // As short as a value can be that is not in the heap.
        let texts = (0..count).map(|i| (PropTag(0x6700_001F + (i << 16)), Value::str("x".repeat(1800))));
        let mut content = message(ndb, "chorus", texts.collect());
        content.subnodes.iter_mut().for_each(|subnode| subnode.data = text);
        content.put(ndb, MESSAGE, Nid::ROOT_FOLDER).unwrap();
    })
}
