use std::io::Cursor;

use super::*;
use crate::damage::Findings;
use crate::limits::Limits;
use crate::ltp::{Heap, Hid, bth::Bth};
use crate::mapi::{PropTag, PropType, Value};
use crate::ndb::crypt::CryptMethod;
use crate::ndb::write::Options;
use crate::ndb::{Arena, Database, Format, Scope};
use crate::ndb::{Layout, Subnodes};

const NODE: Nid = Nid(0x21);

/// Writes one heap, made by `fill`, and reads it back.
fn heap(
    format: Format,
    fill: impl FnOnce(&mut Writer<'_>, &mut HeapWriter) -> Hid,
    read: impl FnOnce(&Heap<'_>, &[u8]),
) {
    let mut out = Cursor::new(Vec::new());
    let options = Options { format, crypt: CryptMethod::None, ..Options::default() };
    let mut ndb = Writer::new(&mut out, options).unwrap();
    let mut heap = HeapWriter::new(ndb.layout(), 0xBC);
    let root = fill(&mut ndb, &mut heap);
    let data = heap.finish(&mut ndb, root).unwrap();
    ndb.put_node(NODE, data, Bid::default(), Nid(0)).unwrap();
    ndb.finish().unwrap();
    let file = out.into_inner();
    let findings = Findings::new();
    let arena = Arena::new();
    let db = Database::open(&file, Limits::default(), &findings).unwrap();
    let scope = Scope { db: &db, arena: &arena, findings: &findings };
    let node = db.node(NODE, &findings).unwrap().unwrap();
    read(&Heap::open(scope, node.data, node.sub).unwrap(), &file);
    assert_eq!(findings.take(), [], "{format:?}");
}

/// Items of all sizes in a heap of some 150 blocks, so that two of them are bitmap blocks.
#[test]
fn heap_items_come_back() {
    for format in [Format::Ansi, Format::Unicode, Format::Unicode4k] {
        let items: Vec<Vec<u8>> = (0..600).map(|n: usize| vec![n as u8; 1 + n * 1237 % 3580]).collect();
        let mut hids = Vec::new();
        heap(
            format,
            |ndb, heap| {
                hids.extend(items.iter().map(|item| heap.add(ndb, item).unwrap()));
                hids[0]
            },
            |_, _| {},
        );
        let again = hids.clone();
        heap(
            format,
            |ndb, heap| items.iter().map(|item| heap.add(ndb, item).unwrap()).last().unwrap(),
            |heap, _| {
                for (item, hid) in items.iter().zip(&again) {
                    assert_eq!(heap.item(*hid).unwrap(), item, "{format:?} {hid:?}");
                }
            },
        );
        let blocks = hids.last().unwrap().0 >> (5 + Layout::of(format).hid_index_bits);
        assert!(if format == Format::Unicode4k { blocks > 12 } else { blocks > 136 }, "{format:?}: {blocks} blocks");
    }
}

/// Where the fill levels of the blocks are ([MS-PST] 2.3.1.2 and 2.3.1.4), and that an item is at most 3580 bytes.
#[test]
fn fill_levels_of_many_blocks() {
    let add = |ndb: &mut Writer<'_>, heap: &mut HeapWriter| {
        // Two items and 1160 bytes left in each block but the last, which has one and 4658 or more left.
        let hids: Vec<Hid> = (0..19).map(|_| heap.add(ndb, &[1; 3500]).unwrap()).collect();
        assert_eq!(heap.add(ndb, &[1; 3581]).unwrap_err().kind(), ErrorKind::Usage);
        hids[0]
    };
    heap(Format::Unicode, add, |_, file| {
        // Not obscured: block n starts with the offset of its map, then the header.
        let starts: Vec<usize> =
            (0x4400..file.len() - 66).step_by(64).filter(|at| file[*at + 2..*at + 4] == [0xEC, 0xBC]).collect();
        assert_eq!(starts.len(), 1);
        let first = &file[starts[0]..];
        assert_eq!(first[8..12], [0x66; 4], "1024 to 1279 bytes left in blocks 0 to 7");
        let bitmap = (0x4400..file.len() - 66).step_by(64).find(|at| {
            // Blocks 8 and 9: the first as full as the others, the second nearly empty.
            file[*at + 2] == 0x06 && file[*at + 3..*at + 66].iter().all(|b| *b == 0) && file[*at + 66] == 1
        });
        assert!(bitmap.is_some(), "block 8 tells how full blocks 8 and 9 are");
    });
}

/// 250,000 records: three levels.
#[test]
fn trees_of_several_levels_come_back() {
    let record = |n: u32| (u64::from(n) * 3, (n * 2).to_le_bytes());
    heap(
        Format::Unicode,
        |ndb, heap| {
            let mut tree = BthWriter::new(4, 4);
            for (key, value) in (1..=250_000).map(record) {
                tree.push(ndb, heap, key, &value).unwrap();
            }
            assert_eq!(tree.push(ndb, heap, 3, &[0; 4]).unwrap_err().kind(), ErrorKind::Usage);
            tree.finish(ndb, heap).unwrap()
        },
        |heap, _| {
            let header = heap.item(heap.user_root).unwrap();
            assert_eq!(header[..4], [0xB5, 4, 4, 2]);
            let tree = Bth::open(heap, heap.user_root).unwrap();
            let mut n = 0;
            tree.for_each(|found_key, found_value| {
                n += 1;
                let (key, value) = record(n);
                assert_eq!((found_key, found_value), (&key.to_le_bytes()[..4], &value[..]));
            });
            assert_eq!(n, 250_000);
        },
    );
}

/// Writes one node and hands its parts to `read`.
fn node(
    format: Format,
    fill: impl FnOnce(&mut Writer<'_>) -> NodeContent,
    read: impl FnOnce(Scope<'_>, crate::ndb::Node),
) {
    let mut out = Cursor::new(Vec::new());
    let options = Options { format, crypt: CryptMethod::None, ..Options::default() };
    let mut ndb = Writer::new(&mut out, options).unwrap();
    fill(&mut ndb).put(&mut ndb, NODE, Nid(0)).unwrap();
    ndb.finish().unwrap();
    let file = out.into_inner();
    let findings = Findings::new();
    let arena = Arena::new();
    let db = Database::open(&file, Limits::default(), &findings).unwrap();
    read(Scope { db: &db, arena: &arena, findings: &findings }, db.node(NODE, &findings).unwrap().unwrap());
    assert_eq!(findings.take(), [], "{format:?}");
}

/// Rows don't cross blocks, and each block of a row matrix but the last is as long as a block can be ([MS-PST] 2.3.4.4).
#[test]
fn a_row_matrix_fills_its_blocks() {
    let tag = |id: u16| PropTag::new(id, PropType::I8);
    let tags: Vec<_> = (0x6000..0x6010).map(tag).collect();
    let table = |ndb: &mut Writer<'_>| {
        let mut table = TableWriter::new(ndb, TextEncoding::Unicode, &tags).unwrap();
        for id in 1..=200 {
            // The id that the object has in another table is none of this one.
            let elsewhere = (PropTag(0x67F2_0003), Value::I32(9));
            table.push(ndb, id, &[(tag(0x6000), Value::I64(i64::from(id))), elsewhere]).unwrap();
        }
        table.finish(ndb).unwrap()
    };
    node(Format::Unicode, table, |scope, node| {
        // 8 bytes of row id and version, 16 cells of 8, 18 bits: 139 bytes, 58 rows in a block.
        let matrix = Subnodes::new(scope, node.sub).iter().next().unwrap();
        let blocks: Vec<_> = scope.db.leaves(matrix.data, scope.findings).collect();
        let sizes: Vec<_> = blocks.iter().map(|b| scope.block(*b).unwrap().len()).collect();
        assert_eq!(sizes, [8176, 8176, 8176, 26 * 139]);
        let last = scope.block(blocks[3]).unwrap();
        assert_eq!((last[0], last[8]), (175, 175), "the first row of the last block: its id and its first cell");
    });
}

/// An OBJECT is the id of its subnode and its size ([MS-PST] 2.3.3.5).
#[test]
fn an_object_tells_its_size() {
    let props = [(PropTag(0x3701_000D), Value::bin(vec![9; 100]))];
    let write = |ndb: &mut Writer<'_>| write_properties(ndb, TextEncoding::Unicode, &props, None).unwrap();
    node(Format::Unicode, write, |scope, node| {
        let heap = Heap::open(scope, node.data, node.sub).unwrap();
        let tree = Bth::open(&heap, heap.user_root).unwrap();
        let mut hid = 0;
        tree.for_each(|_, value| hid = u32::from_le_bytes(value[2..6].try_into().unwrap()));
        let subnode = Subnodes::new(scope, node.sub).iter().next().unwrap();
        assert_eq!(heap.item(Hid(hid)).unwrap(), [subnode.nid.0.to_le_bytes(), 100u32.to_le_bytes()].concat());
        assert_eq!(scope.block(subnode.data).unwrap(), [9; 100]);
    });
}
