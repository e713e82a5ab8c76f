//! Heaps, property contexts, tables, and what every store has: a change in one place, and what is told of it.

use pffkit::damage::Effect::{self, Altered, Notice};
use pffkit::mapi::{PropTag, Value};
use pffkit::messaging::write::nid::IPM_SUBTREE;
use pffkit::mt::object::{Attachment, Message};
use pffkit::ndb::crypt::CryptMethod;
use pffkit::ndb::{Format, Nid};

use super::{one, told};
use crate::recipes::build::{Store, file, props};
use crate::recipes::patch::{Patch, item, put, u16_at, u32_at};
use crate::recipes::special::{fill_small, small};

const HEAPS: &str = "heaps, properties, tables";
/// A node with a property context, and one with a table of two rows (the contents of the Inbox).
const STORE: u32 = 0x21;
const CONTENTS: u32 = 0x808E;

fn sound() -> Patch {
    Patch(small(CryptMethod::None))
}

/// The sound file with the heap of node `nid` changed; all is in its first block.
fn heap(nid: u32, change: impl FnOnce(&mut [u8])) -> Patch {
    let file = sound();
    let bid = file.node(nid).data;
    file.block(bid, change)
}

#[track_caller]
fn assert_told(file: &Patch, expected: &[(&'static str, Effect, &str)]) {
    let expected: Vec<_> = expected.iter().map(|(part, effect, s)| (*part, *effect, (*s).to_owned())).collect();
    assert_eq!(told(&file.0), expected);
}

#[test]
fn the_page_map_of_a_heap() {
    let file = heap(STORE, |h| {
        let map = u16_at(h, 0);
        put(h, map + 2, 1u16.to_le_bytes());
    });
    assert_told(&file, &[(HEAPS, Notice, "HNPAGEMAP.cFree")]);
    assert_eq!(one(&file.0, "HNPAGEMAP.cFree").nid, Some(STORE));
    let file = heap(STORE, |h| h[8] = 5);
    assert_told(&file, &[(HEAPS, Notice, "rgbFillLevel")]);
    assert_eq!(one(&file.0, "rgbFillLevel").found, "5");
    // The third allocation ends before it starts.
    let file = heap(STORE, |h| {
        let map = u16_at(h, 0);
        let start = u16_at(h, map + 8) as u16;
        put(h, map + 10, (start - 2).to_le_bytes());
    });
    assert_eq!(one(&file.0, "HNPAGEMAP").effect, Altered);
    assert!(one(&file.0, "HNPAGEMAP").expected.contains("one behind the other"));
}

#[test]
fn the_order_of_properties() {
    let file = heap(STORE, |h| {
        let header = item(h, u32_at(h, 4));
        let records = item(h, u32_at(h, header + 4));
        let (first, second) = h[records..records + 16].split_at(8);
        let swapped = [second, first].concat();
        h[records..records + 16].copy_from_slice(&swapped);
    });
    assert_told(&file, &[(HEAPS, Notice, "PC BTH")]);
}

/// A property whose value is in an allocation that the heap does not have.
#[test]
fn a_value_that_is_not_there() {
    let file = heap(STORE, |h| {
        let header = item(h, u32_at(h, 4));
        let records = item(h, u32_at(h, header + 4));
        let binary = (0..9).map(|i| records + 8 * i).find(|at| h[at + 2..at + 4] == [2, 1]).unwrap();
        put(h, binary + 4, 0x7FE0u32.to_le_bytes());
    });
    assert_eq!(told(&file.0).iter().filter(|(_, e, s)| (*e, s.as_str()) == (Effect::Lost, "PC BTH record")).count(), 1);
}

/// TCINFO: 4 ends at 2, the row index at 10, the row matrix at 14, the columns at 22.
#[test]
fn the_columns_of_a_table() {
    let info = |h: &[u8]| item(h, u32_at(h, 4));
    let file = heap(CONTENTS, |h| {
        let columns = info(h) + 22;
        let (first, second) = h[columns..columns + 16].split_at(8);
        let swapped = [second, first].concat();
        h[columns..columns + 16].copy_from_slice(&swapped);
    });
    assert_told(&file, &[(HEAPS, Notice, "TCOLDESC")]);
    let file = heap(CONTENTS, |h| {
        let columns = info(h) + 22;
        h[columns + 7] = h[columns + 15];
    });
    assert_told(&file, &[(HEAPS, Altered, "TCOLDESC.iBit")]);
    let file = heap(CONTENTS, |h| {
        let columns = info(h) + 22;
        let other = u16_at(h, columns + 12) as u16;
        put(h, columns + 4, other.to_le_bytes());
    });
    assert!(told(&file.0).contains(&(HEAPS, Altered, "TCOLDESC.ibData".to_owned())));
}

#[test]
fn the_rows_of_a_table() {
    let tree = |h: &[u8]| {
        let info = item(h, u32_at(h, 4));
        item(h, u32_at(h, item(h, u32_at(h, info + 10)) + 4))
    };
    // Both rows in the same place.
    let file = heap(CONTENTS, |h| {
        let records = tree(h);
        put(h, records + 12, 0u32.to_le_bytes());
    });
    assert_eq!(one(&file.0, "TCROWID.dwRowIndex").effect, Altered);
    assert_eq!(one(&file.0, "row matrix").found, "another one in 1");
    // The first column of the first row names another.
    let file = heap(CONTENTS, |h| {
        let info = item(h, u32_at(h, 4));
        let matrix = item(h, u32_at(h, info + 14));
        put(h, matrix, 0x21u32.to_le_bytes());
    });
    assert_told(&file, &[(HEAPS, Altered, "row matrix")]);
    // The keys of the row index in the wrong order.
    let file = heap(CONTENTS, |h| {
        let records = tree(h);
        let (first, second) = h[records..records + 16].split_at(8);
        let swapped = [second, first].concat();
        h[records..records + 16].copy_from_slice(&swapped);
    });
    assert_told(&file, &[(HEAPS, Notice, "TCROWID")]);
}

fn made(fill: impl FnOnce(&mut Store<'_>)) -> Patch {
    Patch(file(Format::Unicode, CryptMethod::None, |store| {
        fill_small(store);
        fill(store);
    }))
}

#[test]
fn what_every_store_has() {
    let part = "what every store has";
    for nid in [0x61, 0x60D, 0x60E, 0x60F, 0x610, 0x671, 0x692] {
        let file = made(|store| {
            store.defects.no_node.insert(Nid(nid));
        });
        let found = told(&file.0);
        assert!(found.contains(&(part, Notice, "NBT".to_owned())), "{nid:#x}: {found:?}");
        assert_eq!(one(&file.0, "NBT").nid, Some(nid));
    }
    let file = made(|store| store.props.retain(|tag, _| tag != PropTag(0x35E0_0102)));
    assert_told(&file, &[(part, Notice, "PC")]);
    assert_eq!(one(&file.0, "PC").expected, "the property PidTagIpmSubTreeEntryId");
}

/// A table is there, its folder is not.
#[test]
fn tables_without_a_folder() {
    let file = made(|store| {
        store.defects.no_node.insert(Nid(0x8082));
    });
    let tables = told(&file.0).into_iter().filter(|(part, ..)| *part == "folders").map(|(.., s)| s);
    let expected = ["hierarchy table", "contents table", "associated contents table"];
    assert_eq!(tables.collect::<Vec<_>>(), expected);
}

/// TCINFO: `rgib` is at 2.
#[test]
fn the_ends_of_the_cells() {
    for n in [1, 2, 4] {
        let file = heap(CONTENTS, |h| {
            let info = item(h, u32_at(h, 4));
            // The row itself can only be larger.
            h[info + 2 * n] = if n == 4 { h[info + 8] + 1 } else { h[info + 2 * n] ^ 4 };
        });
        let found = told(&file.0);
        assert!(found.contains(&(HEAPS, Altered, "TCINFO.rgib".to_owned())), "{n}: {found:?}");
    }
}

/// A row whose cell existence block says that nothing is in it.
#[test]
fn a_row_without_cells() {
    let file = heap(CONTENTS, |h| {
        let info = item(h, u32_at(h, 4));
        let (row, [bits, end]) = (item(h, u32_at(h, info + 14)), [6, 8].map(|at| u16_at(h, info + at)));
        h[row + bits..row + end].fill(0);
    });
    assert_told(&file, &[(HEAPS, Altered, "cell existence block")]);
}

#[test]
fn a_template_without_a_column() {
    let file = heap(0x60E, |h| {
        let info = item(h, u32_at(h, 4));
        assert_eq!(u32_at(h, info + 22), 0x0017_0003);
        h[info + 24] += 1;
    });
    assert_told(&file, &[("what every store has", Notice, "template table")]);
    assert_eq!(one(&file.0, "template table").expected, "a column of property 0017");
}

#[test]
fn entry_ids_of_the_store() {
    let part = "what every store has";
    for (nid, found) in [(0x9FE2, "0x9fe2, which is no node"), (0x21, "that of 0x21, which is none")] {
        let file = made(|store| {
            let id = store.entry_id(Nid(nid));
            store.props.set(PropTag(0x35E3_0102), Value::bin(id));
        });
        assert_told(&file, &[(part, Altered, "PidTagIpmWastebasketEntryId")]);
        assert_eq!(one(&file.0, "PidTagIpmWastebasketEntryId").found, found);
    }
    let file = made(|store| store.props.set(PropTag(0x35E7_0102), Value::bin(vec![1; 30])));
    assert_told(&file, &[(part, Notice, "PidTagFinderEntryId")]);
    let file = made(|store| store.props.set(PropTag(0x0FF9_0102), Value::bin(vec![1; 16])));
    assert_told(&file, &[(part, Altered, "PidTagRecordKey")]);
}

#[test]
fn a_message_that_hides_its_attachments() {
    let file = made(|store| {
        let attachments = vec![Attachment { props: props([(0x3701_0102, Value::bin(vec![1]))]), embedded: None }];
        let props = props([(0x0E07_0003, Value::I32(1))]);
        store.add_message(IPM_SUBTREE, &Message { props, attachments, ..Message::default() }).unwrap();
    });
    assert_told(&file, &[(HEAPS, Notice, "PidTagMessageFlags")]);
}
