//! Heaps, property contexts and tables.

use pffkit::damage::Effect::{Altered, Lost, Notice};
use pffkit::mapi::{PropTag, Value};
use pffkit::messaging::write::nid::IPM_SUBTREE;
use pffkit::ndb::Nid;

use super::{MESSAGE, bytes_of, out, sound, subnode};
use crate::recipes::build::{Item, MONDAY, folder};
use crate::recipes::patch::{Patch, item, put, record, u32_at};

/// Properties of the one message: texts of two types, a number, a time.
const BODY: u16 = 0x1000;
const SUBJECT: u16 = 0x0037;
const NARROW: u16 = 0x6700;
const CREATED: u16 = 0x3007;

fn one_mail() -> Patch {
    sound(|store| {
        let inbox = folder(store, IPM_SUBTREE, "Inbox", "IPF.Note");
        Item::mail("Odd", MONDAY)
            .to("Jane", "jane@example.org")
            .to("John", "john@example.org")
            .body("The body.")
            .set(0x6700_001E, Value::Str8(b"narrow text"[..].into()))
            .set(0x6701_101E, Value::MvStr8(vec![b"one".as_slice().into(), b"two".as_slice().into()]))
            .put(store, inbox);
    })
}

/// The message with its heap changed.
fn heap(change: impl FnOnce(&mut [u8])) -> Patch {
    let file = one_mail();
    let bid = file.node(MESSAGE).data;
    file.block(bid, change)
}

fn retyped(id: u16, typ: u16) -> Patch {
    heap(|h| put(h, record(h, id) + 2, typ.to_le_bytes()))
}

#[test]
fn types_with_the_bit_of_instances() {
    let read = out(&retyped(BODY, 0x201F));
    assert_eq!(read.value(0x1000_001F).unwrap(), "The body.");
    assert_eq!(read.told(), [(Notice, "property type")]);
    let read = out(&retyped(0x6701, 0x301E));
    assert!(read.value(0x6701_101F).unwrap().contains("two"));
    assert_eq!(read.told()[0], (Notice, "property type"));
}

/// What it is nobody knows, but the bytes are there.
#[test]
fn types_that_nobody_knows() {
    for typ in [0x0052, 0x0000, 0x2052, 0x4003, 0x100B] {
        let read = out(&retyped(BODY, typ));
        let props = &read.message().props;
        let bytes = bytes_of(props.get(PropTag(0x1000_0102)));
        if typ == 0x4003 {
            // By its size it would be in the record itself.
            assert_eq!(bytes.len(), 4);
        } else {
            assert_eq!(bytes, "The body.".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>(), "{typ:#x}");
        }
        assert_eq!(read.told(), [(Altered, "property")], "{typ:#x}");
        assert!(read.one("property").found.contains("its bytes are kept"));
    }
    // A number is in the record.
    let read = out(&retyped(0x0017, 0x0052));
    let props = &read.message().props;
    assert_eq!(bytes_of(props.get(PropTag(0x0017_0102))), [1, 0, 0, 0]);
}

#[test]
fn narrow_text_that_ends_at_a_nul() {
    let file = heap(|h| {
        let at = item(h, u32_at(h, record(h, NARROW) + 4));
        h[at + 6] = 0;
    });
    let read = out(&file);
    assert_eq!(read.value(0x6700_001F).unwrap(), "narrow");
    assert_eq!(read.told(), [(Altered, "property")]);
    assert_eq!(read.one("property").found, "5 bytes behind a NUL, left out");
}

#[test]
fn a_time_without_a_value() {
    let read = out(&heap(|h| put(h, record(h, CREATED) + 4, [0; 4])));
    assert_eq!(read.value(0x3007_0040), None);
    assert_eq!((read.told(), read.totals.whole), (vec![(Notice, "property")], 1));
}

/// The later record has another value, then the same.
#[test]
fn a_property_that_is_there_twice() {
    let other = heap(|h| put(h, record(h, NARROW), SUBJECT.to_le_bytes()));
    let read = out(&other);
    assert_eq!(read.value(0x0037_001F).unwrap(), "Odd");
    assert_eq!(read.told(), [(Lost, "PC BTH record")]);
    let same = heap(|h| {
        let (subject, later) = (record(h, SUBJECT), record(h, NARROW));
        h.copy_within(subject..subject + 8, later);
    });
    let read = out(&same);
    assert_eq!((read.value(0x0037_001F).unwrap().as_str(), read.told()), ("Odd", vec![(Notice, "PC BTH record")]));
}

/// bSig and bClientSig of a message, then of the table of its recipients.
#[test]
fn a_heap_with_a_wrong_header() {
    for at in [2, 3] {
        let read = out(&heap(|h| h[at] ^= 0x21));
        assert_eq!(read.value(0x1000_001F).unwrap(), "The body.");
        assert_eq!(read.told()[0].0, Altered);
        let read = out(&recipients(|h| h[at] ^= 0x21));
        assert_eq!(read.message().recipients.len(), 2);
        assert_eq!(read.told()[0].0, Altered);
    }
    // Where the root is another, too, it is no property context.
    let read = out(&heap(|h| {
        h[3] = 0;
        let root = item(h, u32_at(h, 4));
        h[root + 1] = 4;
    }));
    assert!(read.value(0x1000_001F).is_none());
}

/// The message with the table of its recipients changed.
fn recipients(change: impl FnOnce(&mut [u8])) -> Patch {
    let file = one_mail();
    let table = subnode(&file, file.node(MESSAGE).sub, Nid::RECIPIENT_TABLE);
    file.block(table.data, change)
}

/// Columns whose types have the bit of instances, and are unknown.
#[test]
fn a_table_with_columns_of_odd_types() {
    let column = |tag: u32, typ: u16| {
        recipients(|h| {
            let info = item(h, u32_at(h, 4));
            let at = (info + 22..).step_by(8).find(|at| u32_at(h, *at) == tag).unwrap();
            put(h, at, typ.to_le_bytes());
        })
    };
    let name = |read: &super::Read, tag: u32| read.message().recipients[1].get(PropTag(tag)).cloned();
    let read = out(&column(0x3001_001F, 0x201F));
    assert_eq!(name(&read, 0x3001_001F).and_then(|v| v.as_str().map(str::to_owned)).unwrap(), "John");
    assert_eq!(read.told(), [(Notice, "property type")]);
    let read = out(&column(0x3001_001F, 0x0052));
    assert_eq!(bytes_of(name(&read, 0x3001_0102).as_ref()), b"J\0o\0h\0n\0");
    let read = out(&column(0x0C15_0003, 0x0052));
    assert_eq!(bytes_of(name(&read, 0x0C15_0102).as_ref()), [1, 0, 0, 0]);
    assert_eq!(read.told(), [(Altered, "property")]);
}

/// Without `hidRowIndex`, and with one that has no pages ([MS-PST] 2.3.4.1 and 2.3.2.1).
#[test]
fn a_table_without_its_row_index() {
    let info = |h: &[u8]| item(h, u32_at(h, 4));
    let none = recipients(|h| put(h, info(h) + 10, [0; 4]));
    let empty = recipients(|h| {
        let index = item(h, u32_at(h, info(h) + 10));
        put(h, index + 4, [0; 4]);
    });
    for file in [none, empty] {
        let read = out(&file);
        assert_eq!(read.message().recipients.len(), 2);
        assert_eq!(read.told(), [(Altered, "TCINFO.hidRowIndex")]);
        let told = crate::audit::told(&file.0);
        assert!(told.contains(&("heaps, properties, tables", Altered, "TCINFO.hidRowIndex".to_owned())), "{told:?}");
    }
}
