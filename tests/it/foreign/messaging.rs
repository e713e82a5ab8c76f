//! Messages, attachments, names, and the code pages of texts.

use encoding_rs::WINDOWS_1251;
use pffkit::damage::Effect::{Altered, Notice};
use pffkit::ltp::write::TextEncoding;
use pffkit::mapi::{PropTag, Value};
use pffkit::messaging::write::StoreOptions;
use pffkit::messaging::write::nid::IPM_SUBTREE;
use pffkit::mt::object::Attachment;
use pffkit::ndb::crypt::CryptMethod;
use pffkit::ndb::write::Options;
use pffkit::ndb::{Format, Nid, NidType, Subnode};

use super::{MESSAGE, Read, bytes_of, out, read, sound, subnode};
use crate::recipes::build::{Item, MONDAY, file_with, folder, noise, options, store_options};
use crate::recipes::patch::{Patch, item, put, record, u32_at};
use crate::recipes::sample::PRIVATE_SET;

/// The attachments of the message: a file, and a message.
const FILE: Nid = Nid(0x8025);
const HOLDER: Nid = Nid(0x8045);
const DATA: u16 = 0x3701;

fn with_attachments() -> Patch {
    sound(|store| {
        let inbox = folder(store, IPM_SUBTREE, "Inbox", "IPF.Note");
        let inner = Item::mail("Inside", MONDAY).body("Inside.").set(0x6700_001E, narrow("Привет, мир"));
        Item::mail("Outside", MONDAY)
            .set(0x3FFD_0003, Value::I32(1251))
            .attach("file.bin", "application/octet-stream", noise(31, 9_000))
            .embed("Inside", inner)
            .put(store, inbox);
    })
}

fn narrow(text: &str) -> Value<'static> {
    Value::Str8(WINDOWS_1251.encode(text).0.into_owned().into())
}

fn attachment(file: &Patch, nid: Nid) -> Subnode {
    subnode(file, file.node(MESSAGE).sub, nid)
}

/// The file with the properties of attachment `nid` changed.
fn changed(nid: Nid, change: impl FnOnce(&mut [u8])) -> Read {
    let file = with_attachments();
    let data = attachment(&file, nid).data;
    out(&file.block(data, change))
}

fn inside<'r>(a: &'r Attachment<'static>) -> Option<&'r str> {
    a.embedded.as_ref()?.props.str(PropTag(0x0037_001F))
}

/// The type of a content has the bit of instances, as some OST files have it.
#[test]
fn a_content_of_odd_type() {
    let read = changed(FILE, |h| put(h, record(h, DATA) + 2, 0x2102u16.to_le_bytes()));
    assert_eq!(bytes_of(read.message().attachments[0].props.get(PropTag(0x3701_0102))), noise(31, 9_000));
    assert_eq!(read.told(), [(Notice, "property type")]);
    let read = changed(FILE, |h| put(h, record(h, DATA) + 2, 0x0052u16.to_le_bytes()));
    assert_eq!(bytes_of(read.message().attachments[0].props.get(PropTag(0x3701_0102))), noise(31, 9_000));
    assert_eq!(read.told(), [(Altered, "property")]);
}

#[test]
fn an_embedded_message_that_its_property_does_not_lead_to() {
    // The property names another subnode.
    let elsewhere = changed(HOLDER, |h| {
        let at = item(h, u32_at(h, record(h, DATA) + 4));
        put(h, at, 0x0099_9924_u32.to_le_bytes());
    });
    // It has another id, so that there is none.
    let gone = changed(HOLDER, |h| put(h, record(h, DATA), 0x37FFu16.to_le_bytes()));
    for read in [elsewhere, gone] {
        assert_eq!(inside(&read.message().attachments[1]), Some("Inside"));
        assert!(read.told().contains(&(Altered, "PidTagAttachDataObject")), "{:?}", read.findings);
    }
    // It is of a type that nobody knows.
    let unknown = changed(HOLDER, |h| put(h, record(h, DATA) + 2, 0x0052u16.to_le_bytes()));
    assert_eq!(inside(&unknown.message().attachments[1]), Some("Inside"));
    // It is a binary property whose bytes are in the subnode.
    let binary = changed(HOLDER, |h| {
        let at = record(h, DATA);
        let nid = u32_at(h, item(h, u32_at(h, at + 4)));
        put(h, at + 2, 0x0102u16.to_le_bytes());
        put(h, at + 4, nid.to_le_bytes());
    });
    assert_eq!(inside(&binary.message().attachments[1]), Some("Inside"));
    assert_eq!(binary.told(), [(Notice, "PidTagAttachDataObject")]);
    assert!(binary.message().attachments[1].props.get(PropTag(0x3701_0102)).is_none());
}

/// The node of the first attachment has another type, in its SLBLOCK and in the table.
#[test]
fn an_attachment_whose_node_is_of_another_type() {
    let file = with_attachments();
    let sub = file.node(MESSAGE).sub;
    let table = subnode(&file, sub, Nid::ATTACHMENT_TABLE).data;
    let other = FILE.with_type(NidType::LTP).0.to_le_bytes();
    let place = |bytes: &[u8]| bytes.windows(4).position(|w| w == FILE.0.to_le_bytes()).unwrap();
    let file = file.block(table, |h| {
        while let Some(at) = h.windows(4).position(|w| w == FILE.0.to_le_bytes()) {
            put(h, at, other);
        }
    });
    let read = out(&file.block(sub, |b| put(b, place(b), other)));
    // It is out of the order of ids now.
    assert_eq!(read.message().attachments.len(), 2);
    assert_eq!(bytes_of(read.message().attachments[0].props.get(PropTag(0x3701_0102))), noise(31, 9_000));
    assert!(read.told().contains(&(Notice, "attachment table")));
}

/// The embedded message names no code page, the one around it does.
#[test]
fn text_in_the_code_page_of_the_message_around_it() {
    let read = out(&with_attachments());
    let inner = read.message().attachments[1].embedded.as_ref().unwrap();
    assert_eq!(inner.props.str(PropTag(0x6700_001F)), Some("Привет, мир"));
    assert_eq!(read.told(), []);
}

/// A file whose one message has `text` as 8-bit text and names the code page `cp`; its store names none.
fn labelled(text: &[u8], cp: i32) -> Vec<u8> {
    let file = Options { format: Format::Unicode, crypt: CryptMethod::None, ..options() };
    file_with(StoreOptions { file, ..store_options() }, |store| {
        let inbox = folder(store, IPM_SUBTREE, "Inbox", "IPF.Note");
        Item::mail("Labelled", MONDAY)
            .set(0x6700_001E, Value::Str8(text.to_vec().into()))
            .set(0x3FFD_0003, Value::I32(cp))
            .put(store, inbox);
    })
}

#[test]
fn text_that_is_named_unicode() {
    let russian = WINDOWS_1251.encode("Привет").0;
    let wide: Vec<u8> = "Wide".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let text = |bytes: &[u8], cp, charset| {
        let read = read(&labelled(bytes, cp), charset);
        (read.value(0x6700_001F).unwrap(), read.told().first().map(|told| told.0))
    };
    for cp in [1200, 1201, 65001] {
        assert_eq!(text("Grüße".as_bytes(), cp, None), ("Grüße".to_owned(), None));
        assert_eq!(text(&russian, cp, Some(1251)), ("Привет".to_owned(), Some(Altered)));
        assert_eq!(text(b"caf\xE9", cp, None), ("café".to_owned(), Some(Altered)));
        assert_eq!(text(&wide, cp, None), ("Wide".to_owned(), Some(Notice)));
        // UTF-8 that was cut in the middle of a character stays that.
        assert_eq!(text(&"Grüße".as_bytes()[..5], cp, None), ("Gr\u{fc}\u{fffd}".to_owned(), Some(Altered)));
    }
    assert_eq!(text("plain".as_bytes(), 1200, None), ("plain".to_owned(), None));
}

/// All messages of an ANSI file name UTF-16; its store does, too. Neither is the code page of its folders.
#[test]
fn a_store_that_is_named_unicode() {
    let file = Options { format: Format::Ansi, crypt: CryptMethod::None, ..options() };
    let encoding = Some(TextEncoding::CodePage(1251));
    let data = file_with(StoreOptions { file, encoding, ..store_options() }, |store| {
        store.props.set(PropTag(0x66C3_0003), Value::I32(1200));
        let inbox = folder(store, IPM_SUBTREE, "Входящие", "IPF.Note");
        Item::mail("Письмо", MONDAY).set(0x3FFD_0003, Value::I32(1200)).put(store, inbox);
    });
    let read = read(&data, Some(1251));
    assert_eq!(read.value(0x0037_001F).unwrap(), "Письмо");
    let names = read.stream.folders.values().filter_map(|f| f.props.str(PropTag(0x3001_001F)));
    assert!(names.into_iter().any(|name| name == "Входящие"));
}

/// Names of one byte a character.
#[test]
fn names_in_8_bit_text() {
    let file = sound(|store| {
        let inbox = folder(store, IPM_SUBTREE, "Inbox", "IPF.Note");
        let name = pffkit::mapi::PropName::string(PRIVATE_SET, "Colour");
        Item::mail("Named", MONDAY).named(store, name, pffkit::mapi::PropType::LONG, Value::I32(7)).put(store, inbox);
    });
    let map = file.node(Nid::NAME_TO_ID_MAP.0).data;
    let wide: Vec<u8> = "Colour".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let file = file.block(map, |h| {
        let at = h.windows(12).position(|w| w == wide).unwrap();
        put(h, at - 4, 6u32.to_le_bytes());
        h[at..at + 6].copy_from_slice(b"Colour");
    });
    let read = out(&file);
    let named = read.message().props.iter().filter_map(|(tag, _)| read.stream.names.get(*tag));
    let named: Vec<_> = named.map(ToString::to_string).collect();
    assert!(named.iter().any(|name| name.ends_with("Colour")), "{named:?}");
    assert!(read.told().contains(&(Notice, "NAMEID")));
}
