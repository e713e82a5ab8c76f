//! Heaps, trees on them, and tables that claim what can't be.

use pffkit::damage::Findings;
use pffkit::limits::Limits;
use pffkit::ltp::write::{TableWriter, TextEncoding};
use pffkit::ltp::{Heap, Hid};
use pffkit::mapi::{PropTag, Value};
use pffkit::ndb::write::SubnodeEntry;
use pffkit::ndb::{Arena, Database, Format, Nid, Scope};

use super::{MESSAGE, file, message, read};
use crate::audit::patch::{Patch, put};

const RECIPIENTS: Nid = Nid::RECIPIENT_TABLE;

fn u16_at(bytes: &[u8], at: usize) -> usize {
    usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]))
}

/// Where allocation `n` of the first block of a heap starts, and where the page map has that.
fn item(heap: &[u8], n: usize) -> (usize, usize) {
    let at = u16_at(heap, 0) + 4 + 2 * (n - 1);
    (u16_at(heap, at), at)
}

/// A message with a table of three recipients.
fn with_recipients() -> (Patch, SubnodeEntry) {
    let mut table = None;
    let data = file(Format::Unicode, |ndb| {
        let mut content = message(ndb, "to many", Vec::new());
        let tags = [PropTag(0x67F2_0003), PropTag(0x67F3_0003), PropTag(0x0C15_0003), PropTag(0x3001_001F)];
        let mut rows = TableWriter::new(ndb, TextEncoding::Unicode, &tags).unwrap();
        for (id, name) in [(1, "Jane"), (2, "John"), (3, "Mary")] {
            let row = [(PropTag(0x0C15_0003), Value::I32(1)), (PropTag(0x3001_001F), Value::str(name))];
            rows.push(ndb, id, &row).unwrap();
        }
        let entry = rows.finish(ndb).unwrap().into_subnode(ndb, RECIPIENTS).unwrap();
        table = Some(entry);
        content.subnodes.push(entry);
        content.put(ndb, MESSAGE, Nid::ROOT_FOLDER).unwrap();
    });
    (Patch(data), table.unwrap())
}

fn recipients(file: &Patch) -> (usize, Vec<String>) {
    let read = read(&file.0, &[]);
    assert_eq!(read.totals.found, 1);
    let message = &read.stream.messages[&u64::from(MESSAGE.0)].message;
    (message.recipients.len(), read.findings.iter().map(|f| format!("{} {}", f.structure, f.found)).collect())
}

#[test]
fn a_table_of_four_thousand_million_rows() {
    let (file, table) = with_recipients();
    assert_eq!(recipients(&file), (3, vec![]));
    // The second row is at the last place that there is.
    let file = file.block(table.data, |heap| {
        let index = find_rows(heap);
        put(heap, index + 8 + 4, u32::MAX.to_le_bytes());
    });
    assert_eq!(recipients(&file), (2, vec!["TCROWID a matrix that ends before it".to_owned()]));
}

/// The records of the row index: the ids 1 to 3 at the places 0 to 2.
fn find_rows(heap: &[u8]) -> usize {
    let records: Vec<u8> = [1u32, 0, 2, 1, 3, 2].iter().flat_map(|n| n.to_le_bytes()).collect();
    heap.windows(24).position(|w| w == records).unwrap()
}

/// TCINFO ([MS-PST] 2.3.4.1) is the allocation that `hidUserRoot` names.
fn tcinfo(heap: &[u8]) -> usize {
    let root = u16_at(heap, 4) >> 5;
    item(heap, root).0
}

/// Rows of no bytes, and rows that are shorter than their cells.
#[test]
fn rows_of_impossible_sizes() {
    for (columns, ceb, row) in [(0u8, 0u16, 0u16), (4, 0, 0), (4, 0xFFFF, 0xFFFF), (255, 1, 33)] {
        let (file, table) = with_recipients();
        let file = file.block(table.data, |heap| {
            let info = tcinfo(heap);
            heap[info + 1] = columns;
            put(heap, info + 6, ceb.to_le_bytes());
            put(heap, info + 8, row.to_le_bytes());
        });
        let (count, told) = recipients(&file);
        assert!(count <= 3, "{columns} columns in {row} bytes: {count} rows");
        assert!(!told.is_empty(), "{columns} columns in {row} bytes");
    }
}

/// An allocation that starts before the one in front of it ends takes nothing away from the others.
#[test]
fn heap_items_that_overlap() {
    let (file, table) = with_recipients();
    let file = file.block(table.data, |heap| {
        let (_, third) = item(heap, 3);
        let (first, _) = item(heap, 1);
        put(heap, third, (first as u16).to_le_bytes());
    });
    let findings = Findings::new();
    let db = Database::open(&file.0, Limits::default(), &findings).unwrap();
    let arena = Arena::new();
    let scope = Scope { db: &db, arena: &arena, findings: &findings };
    let heap = Heap::open(scope, table.data, table.subnodes).unwrap();
    assert!(!heap.item(Hid(1 << 5)).unwrap().is_empty());
    let second = heap.item(Hid(2 << 5)).unwrap_err();
    assert!(second.to_string().contains("HNPAGEMAP"), "{second}");
    // It reaches over the first two: what is in it is bytes of the block, no more than that has.
    assert!(heap.item(Hid(3 << 5)).unwrap().len() < 8176);
    assert_eq!(read(&file.0, &[]).totals.found, 1);
}

/// A tree on a heap whose pages are one page.
#[test]
fn a_tree_on_a_heap_that_names_one_page_again_and_again() {
    let (file, table) = with_recipients();
    let file = file.block(table.data, |heap| {
        let rows = find_rows(heap);
        let item = (1..).find(|n| self::item(heap, *n).0 == rows).unwrap() as u32;
        // BTHHEADER before it: 4 bytes of sizes, then hidRoot, which stays; eight levels of it.
        let header = heap.windows(4).position(|w| w == [0xB5, 4, 4, 0]).unwrap();
        heap[header + 3] = 8;
        (0..3).for_each(|i| put(heap, rows + 8 * i + 4, (item << 5).to_le_bytes()));
    });
    let (count, told) = recipients(&file);
    assert!(count <= 3);
    assert!(told.iter().any(|text| text.starts_with("BTH ") && text.contains("more than the heap holds")), "{told:?}");
}
