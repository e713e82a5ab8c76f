//! Fixtures that each show one thing.

use encoding_rs::{Encoding, SHIFT_JIS, WINDOWS_1251};
use pffkit::ltp::write::TextEncoding;
use pffkit::mapi::guid::{PS_MAPI, PS_PUBLIC_STRINGS, PSETID_COMMON};
use pffkit::mapi::{Guid, PropName, PropTag, PropType, Value};
use pffkit::messaging::write::StoreOptions;
use pffkit::messaging::write::nid::IPM_SUBTREE;
use pffkit::mt::object::Attachment;
use pffkit::ndb::Client;
use pffkit::ndb::Format;
use pffkit::ndb::crypt::CryptMethod;
use pffkit::ndb::write::Options;

use super::build::*;
use super::sample::PRIVATE_SET;

/// A folder with two mails, obscured by `crypt`.
pub fn small(crypt: CryptMethod) -> Vec<u8> {
    file(Format::Unicode, crypt, fill_small)
}

pub fn fill_small(store: &mut Store<'_>) {
    let inbox = folder(store, IPM_SUBTREE, "Inbox", "IPF.Note");
    Item::mail("First", MONDAY).to("John Smith", "john@example.com").body("One.\r\n").put(store, inbox);
    Item::mail("Second", MONDAY + HOUR)
        .to("John Smith", "john@example.com")
        .body("Two.\r\n")
        .attach("two.bin", "application/octet-stream", noise(2, 20_000))
        .put(store, inbox);
}

/// The password is "pass12345".
pub fn password() -> Vec<u8> {
    file_with(StoreOptions { password: Some("pass12345"), ..store_options() }, fill_small)
}

/// STRING8 in the code page of each message, and named properties with string values.
pub fn ansi() -> Vec<u8> {
    let file = Options { format: Format::Ansi, ..options() };
    file_with(StoreOptions { file, encoding: Some(TextEncoding::CodePage(1251)), ..store_options() }, |store| {
        let inbox = folder(store, IPM_SUBTREE, "Входящие", "IPF.Note");
        in_code_page(Item::mail("Привет", MONDAY), 1251, WINDOWS_1251, "Привет", "Как дела?\r\n").put(store, inbox);
        in_code_page(Item::mail("会議", MONDAY + HOUR), 932, SHIFT_JIS, "会議", "資料です。\r\n").put(store, inbox);
        let category = PropName::string(PS_PUBLIC_STRINGS, "Keywords");
        let header = PropName::string(Guid::new(0x0002_0386, 0, 0, *b"\xC0\0\0\0\0\0\0F"), "x-mailer");
        Item::mail("Named", MONDAY + 2 * HOUR)
            .to("John Smith", "john@example.com")
            .body("With named properties.\r\n")
            .named(store, category, PropType::MV_UNICODE, Value::MvStr(vec!["Синий".into(), "Red".into()]))
            .named(store, header, PropType::UNICODE, text("Почта 1.0"))
            .lid(store, PSETID_COMMON, 0x8530, PropType::UNICODE, text("К исполнению"))
            .attach("data.bin", "application/octet-stream", noise(4, 9_000))
            .put(store, inbox);
    })
}

/// `item` with its subject and body in `codepage`, and without the properties that have the subject in UNICODE.
fn in_code_page(item: Item, codepage: i32, encoding: &'static Encoding, subject: &str, body: &str) -> Item {
    let bytes = |text: &str| Value::Str8(encoding.encode(text).0.into_owned().into());
    let mut item = item;
    item.0.props.retain(|tag, _| !matches!(tag.id(), 0x0037 | 0x0070));
    item.set(0x0037_001E, bytes(subject))
        .set(0x0070_001E, bytes(subject))
        .set(0x1000_001E, bytes(body))
        .set(0x3FFD_0003, Value::I32(codepage))
        .set(0x3FDE_0003, Value::I32(codepage))
}

/// Pages of 4 KiB, blocks compressed where that saves space, the IPM subtree below "Root - Mailbox".
pub fn ost4k() -> Vec<u8> {
    let file = Options {
        format: Format::Unicode4k,
        client: Client::Ost,
        crypt: CryptMethod::None,
        compress: true,
        ..options()
    };
    file_with(StoreOptions { file, ..store_options() }, fill_ost)
}

pub fn fill_ost(store: &mut Store<'_>) {
    let root = folder(store, pffkit::ndb::Nid::ROOT_FOLDER, "Root - Mailbox", "");
    let ipm = folder(store, root, "IPM_SUBTREE", "");
    let inbox = folder(store, ipm, "Inbox", "IPF.Note");
    let id = store.entry_id(ipm);
    store.props.set(PropTag(0x35E0_0102), Value::bin(id));
    store.set_receive_folder("", inbox);
    for n in 1..=40 {
        Item::mail(&format!("Message {n}"), MONDAY + n * HOUR)
            .to("John Smith", "john@example.com")
            .body(&format!("Body {n}. {}", "All work and no play. ".repeat(40)))
            .put(store, inbox);
    }
    Item::mail("With a file", MONDAY + 50 * HOUR)
        .attach("noise.bin", "application/octet-stream", noise(5, 70_000))
        .attach("text.txt", "text/plain", "abc\n".repeat(50_000).into_bytes())
        .attach("one-block.txt", "text/plain", one_block())
        .put(store, inbox);
}

/// As much as one block of 64 KiB can take, when it is compressed and when it is not.
pub fn one_block() -> Vec<u8> {
    (0..8_000).flat_map(|n| format!("{n:07}\n").into_bytes()).collect()
}

pub fn address_book() -> Vec<u8> {
    let file = Options { client: Client::Pab, ..options() };
    file_with(StoreOptions { file, display_name: "Personal Address Book", ..store_options() }, |store| {
        let book = folder(store, IPM_SUBTREE, "Addresses", "IPF.Contact");
        for (name, address) in [("John Smith", "john@example.com"), ("Karl Müller", "karl@example.net")] {
            Item::new("IPM.Contact", name, MONDAY)
                .set(0x3001_001F, text(name))
                .set(0x3002_001F, text("SMTP"))
                .set(0x3003_001F, text(address))
                .put(store, book);
        }
    })
}

/// Every property type of [MS-OXCDATA] 2.11.1 in a message; those that a table can hold in a recipient and an attachment too.
pub fn all_types() -> Vec<u8> {
    file(Format::Unicode, CryptMethod::Permute, |store| {
        let inbox = folder(store, IPM_SUBTREE, "Inbox", "IPF.Note");
        let mut item =
            Item::mail("Every type", MONDAY).body("See the properties.\r\n").to("John Smith", "john@example.com");
        for (lid, (typ, value)) in (1..).zip(values()) {
            item = item.lid(store, PRIVATE_SET, lid, typ, value);
        }
        let named = PropName::string(PRIVATE_SET, "A string name: größer");
        let mapi = PropName::lid(PS_MAPI, 0x0037);
        item = item.named(store, named, PropType::UNICODE, text("by a string"));
        item = item.named(store, mapi, PropType::UNICODE, text("PS_MAPI"));
        for (id, (typ, value)) in (0x6000..).zip(values()) {
            item.0.recipients[0].set(PropTag::new(id, typ), value);
        }
        item = item.attach("file.txt", "text/plain", &b"file\n"[..]);
        for (id, (typ, value)) in (0x6000..).zip(values()) {
            item.0.attachments[0].props.set(PropTag::new(id, typ), value);
        }
        item.put(store, inbox);
        Item::mail("A type that peers refuse", MONDAY + HOUR)
            .body("NULL.\r\n")
            .set(0x6000_0001, Value::Null)
            .put(store, inbox);
    })
}

/// A value of every type but NULL, small ones and such that go to a subnode.
pub fn values() -> Vec<(PropType, Value<'static>)> {
    let large = "ä€😀".repeat(1000);
    let guid = Guid::new(0x0011_2233, 0x4455, 0x6677, *b"\x88\x99\xAA\xBB\xCC\xDD\xEE\xFF");
    vec![
        (PropType::SHORT, Value::I16(-2)),
        (PropType::LONG, Value::I32(-70_000)),
        (PropType::FLOAT, Value::F32(1.5)),
        (PropType::DOUBLE, Value::F64(-2.25)),
        (PropType::CURRENCY, Value::I64(123_456_789)),
        (PropType::APPTIME, Value::F64(45_000.75)),
        (PropType::ERROR, Value::I32(0x8004_010F_u32 as i32)),
        (PropType::BOOLEAN, Value::Bool(1)),
        (PropType::I8, Value::I64(-5_000_000_000)),
        (PropType::STRING8, Value::Str8(b"caf\xE9"[..].into())),
        (PropType::UNICODE, text("naïve €")),
        (PropType::UNICODE, text(&large)),
        (PropType::UNICODE, text("")),
        (PropType::SYSTIME, time(MONDAY)),
        (PropType::CLSID, Value::Guid(guid)),
        (PropType::SVREID, Value::SvrEid(vec![1; 21].into())),
        (PropType::BINARY, Value::bin(noise(6, 100))),
        (PropType::BINARY, Value::bin(noise(7, 20_000))),
        (PropType::BINARY, Value::bin(&b""[..])),
        (PropType::MV_SHORT, Value::MvI16(vec![1, -1, i16::MIN])),
        (PropType::MV_LONG, Value::MvI32(vec![1, -1, i32::MIN])),
        (PropType::MV_FLOAT, Value::MvF32(vec![0.5, -0.5])),
        (PropType::MV_DOUBLE, Value::MvF64(vec![0.25, -0.25])),
        (PropType::MV_CURRENCY, Value::MvI64(vec![10_000, -10_000])),
        (PropType::MV_APPTIME, Value::MvF64(vec![1.0, 2.5])),
        (PropType::MV_I8, Value::MvI64(vec![i64::MAX, i64::MIN])),
        (PropType::MV_STRING8, Value::MvStr8(vec![b"one"[..].into(), b""[..].into(), b"\xFCber"[..].into()])),
        (PropType::MV_UNICODE, Value::MvStr(vec!["один".into(), "".into(), "三".into()])),
        (PropType::MV_UNICODE, Value::MvStr((0..400).map(|n| format!("value {n}").into()).collect())),
        (PropType::MV_SYSTIME, Value::MvI64(vec![0, 133_500_000_000_000_000])),
        (PropType::MV_CLSID, Value::MvGuid(vec![guid, PS_MAPI])),
        (PropType::MV_BINARY, Value::MvBin(vec![noise(8, 5).into(), b""[..].into(), noise(9, 5_000).into()])),
    ]
}

/// By value, by reference (only the path), embedded message, OLE storage, web reference.
pub fn attachment_methods() -> Vec<u8> {
    file(Format::Unicode, CryptMethod::Permute, |store| {
        let inbox = folder(store, IPM_SUBTREE, "Inbox", "IPF.Note");
        let method = |method: i32, name: &str| {
            props([(0x3705_0003, Value::I32(method)), (0x3704_001F, text(name)), (0x3707_001F, text(name))])
        };
        let mut reference = method(2, "plan.doc");
        reference.set(PropTag(0x370D_001F), text(r"\\server\share\plan.doc"));
        let mut ole = method(6, "chart.ole");
        ole.set(PropTag(0x3701_000D), Value::bin(ole_storage()));
        ole.set(PropTag(0x370A_0102), Value::bin(&b"\x2A\x86\x48\x86\xF7\x14\x03\x0A\x03\x02\x01"[..]));
        let mut web = method(7, "shared.xlsx");
        web.set(PropTag(0x370D_001F), text("https://files.example.org/shared.xlsx"));
        let inner = Item::mail("Inside", MONDAY).body("Inside.\r\n");
        let mut item = Item::mail("All methods", MONDAY)
            .to("John Smith", "john@example.com")
            .body("Five attachments.\r\n")
            .attach("value.bin", "application/octet-stream", noise(11, 4_000))
            .attachment(reference)
            .embed("Inside", inner)
            .attachment(ole);
        item.0.attachments.push(Attachment { props: web, embedded: None });
        item.put(store, inbox);
    })
}

/// What stands for an OLE storage: its signature and bytes that nobody is to interpret.
pub fn ole_storage() -> Vec<u8> {
    [b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", noise(12, 9_000).as_slice()].concat()
}

/// Twelve messages, each in the one before it.
pub fn embedded_deep() -> Vec<u8> {
    file(Format::Unicode, CryptMethod::Permute, |store| {
        let inbox = folder(store, IPM_SUBTREE, "Inbox", "IPF.Note");
        let message = |level: i64| {
            Item::mail(&format!("Level {level}"), MONDAY + level * HOUR)
                .to("John Smith", "john@example.com")
                .body(&format!("This is level {level}.\r\n"))
        };
        let nested = (1..12)
            .rev()
            .fold(message(12), |inner, level| message(level).embed(&format!("Level {}", level + 1), inner));
        nested.put(store, inbox);
    })
}
