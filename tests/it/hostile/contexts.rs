//! Heaps, trees on them, and tables that claim what can't be.

use pffkit::damage::Findings;
use pffkit::limits::Limits;
use pffkit::ltp::{Heap, Hid};
use pffkit::ndb::{Arena, Database, Nid, Scope, Subnodes};

use super::{damaged, read};
use crate::recipes::hostile::{MESSAGE, three_recipients};

/// How many recipients come out of `file`, and what is told.
fn recipients(file: &[u8]) -> (usize, Vec<String>) {
    let read = read(file, &[]);
    assert_eq!(read.totals.found, 1);
    let message = &read.stream.messages[&u64::from(MESSAGE.0)].message;
    (message.recipients.len(), read.findings.iter().map(|f| format!("{} {}", f.structure, f.found)).collect())
}

#[test]
fn a_table_of_four_thousand_million_rows() {
    assert_eq!(recipients(&three_recipients()), (3, vec![]));
    let file = damaged("table-of-2-32-rows");
    assert_eq!(recipients(&file), (2, vec!["TCROWID a matrix that ends before it".to_owned()]));
}

/// Rows of no bytes, and rows that are shorter than their cells.
#[test]
fn rows_of_impossible_sizes() {
    for sizes in ["no-columns", "no-row-size", "largest-row-size", "too-many-columns"] {
        let (count, told) = recipients(&damaged(&format!("table-of-{sizes}")));
        assert!(count <= 3, "{sizes}: {count} rows");
        assert!(!told.is_empty(), "{sizes}");
    }
}

/// An allocation that starts before the one in front of it ends takes nothing away from the others.
#[test]
fn heap_items_that_overlap() {
    let file = damaged("heap-items-overlap");
    let findings = Findings::new();
    let db = Database::open(&file, Limits::default(), &findings).unwrap();
    let arena = Arena::new();
    let scope = Scope { db: &db, arena: &arena, findings: &findings };
    let node = db.node(MESSAGE, &findings).unwrap().unwrap();
    let table = Subnodes::new(scope, node.sub).find(Nid::RECIPIENT_TABLE).unwrap();
    let heap = Heap::open(scope, table.data, table.sub).unwrap();
    assert!(!heap.item(Hid(1 << 5)).unwrap().is_empty());
    let second = heap.item(Hid(2 << 5)).unwrap_err();
    assert!(second.to_string().contains("HNPAGEMAP"), "{second}");
    // It reaches over the first two: what is in it is bytes of the block, no more than that has.
    assert!(heap.item(Hid(3 << 5)).unwrap().len() < 8176);
    assert_eq!(read(&file, &[]).totals.found, 1);
}

/// A tree on a heap whose pages are one page.
#[test]
fn a_tree_on_a_heap_that_names_one_page_again_and_again() {
    let (count, told) = recipients(&damaged("bth-page-names-itself"));
    assert!(count <= 3);
    assert!(told.iter().any(|text| text.starts_with("BTH ") && text.contains("more than the heap holds")), "{told:?}");
}
