//! Words in which the recipes are written.

use std::borrow::Cow;
use std::io::Cursor;

use pffkit::mapi::time::unix_to_filetime;
use pffkit::mapi::{Guid, PropName, PropTag, PropType, Props, Value};
use pffkit::messaging::write::{StoreOptions, StoreWriter};
use pffkit::mt::object::{Attachment, Message};
use pffkit::ndb::Nid;
use pffkit::ndb::check::crc32;
use pffkit::ndb::crypt::CryptMethod;
use pffkit::ndb::write::Options;
use pffkit::ndb::{Client, Format};

/// The store that a recipe fills.
pub type Store<'o> = StoreWriter<'o>;

/// The key of every fixture's store.
pub const RECORD_KEY: Guid = Guid::new(0x7066_666B, 0x6974, 0x4D2D, *b"fixtures");

/// 2024-03-04 09:00:00 UTC, a Monday: when everything happens, give or take.
pub const MONDAY: i64 = 1_709_542_800;
pub const HOUR: i64 = 3600;
pub const DAY: i64 = 24 * HOUR;

/// A store of format `format`, filled by `fill`, as the bytes of a file that ends where its data ends.
pub fn file(format: Format, crypt: CryptMethod, fill: impl FnOnce(&mut Store<'_>)) -> Vec<u8> {
    file_with(StoreOptions { file: Options { format, crypt, ..options() }, ..store_options() }, fill)
}

/// The same with all options.
pub fn file_with(options: StoreOptions<'_>, fill: impl FnOnce(&mut Store<'_>)) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    let mut store = StoreWriter::new(&mut out, &options).unwrap();
    fill(&mut store);
    store.finish().unwrap();
    out.into_inner()
}

pub fn options() -> Options {
    Options {
        format: Format::Unicode,
        client: Client::Pst,
        crypt: CryptMethod::Permute,
        compress: false,
        whole_regions: false,
    }
}

pub fn store_options() -> StoreOptions<'static> {
    StoreOptions {
        file: options(),
        encoding: None,
        display_name: "pffkit fixture",
        record_key: RECORD_KEY,
        password: None,
    }
}

pub fn time(unix: i64) -> Value<'static> {
    Value::I64(unix_to_filetime(unix))
}

pub fn text(text: &str) -> Value<'static> {
    Value::str(text.to_owned())
}

pub fn props<const N: usize>(props: [(u32, Value<'static>); N]) -> Props<'static> {
    props.into_iter().map(|(tag, value)| (PropTag(tag), value)).collect()
}

/// A folder of `class` in `parent`.
pub fn folder(store: &mut Store<'_>, parent: Nid, name: &str, class: &str) -> Nid {
    store.add_folder(parent, props([(0x3001_001F, text(name)), (0x3613_001F, text(class))])).unwrap()
}

/// Bytes that look like nothing in particular and are the same every time.
pub fn noise(seed: u32, len: usize) -> Vec<u8> {
    let mut x = seed | 1;
    let next = || {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        (x >> 11) as u8
    };
    std::iter::repeat_with(next).take(len).collect()
}

/// `rtf` as the value of PR_RTF_COMPRESSED ([MS-OXRTFCP] 2.1.3.1): every byte as a literal, then the end mark.
pub fn rtf(rtf: &str) -> Value<'static> {
    const DICTIONARY_START: usize = 207;
    let mut content = Vec::new();
    let mut runs = rtf.as_bytes().chunks_exact(8);
    for run in &mut runs {
        content.push(0);
        content.extend(run);
    }
    content.push(1 << runs.remainder().len());
    content.extend(runs.remainder());
    // A reference to the place where the next byte would go.
    let end = ((DICTIONARY_START + rtf.len()) % 4096) as u16;
    content.extend((end << 4).to_be_bytes());
    let (raw, packed) = (rtf.len() as u32, content.len() as u32 + 12);
    let crc = crc32(&content);
    Value::bin([&packed.to_le_bytes()[..], &raw.to_le_bytes(), b"LZFu", &crc.to_le_bytes(), &content].concat())
}

/// The entry id of an address that is in no address book ([MS-OXCDATA] 2.2.5.1).
pub fn one_off(name: &str, address: &str) -> Vec<u8> {
    let provider = Guid::new(0xA41F_2B81, 0xA3BE, 0x1910, [0x9D, 0x6E, 0x00, 0xDD, 0x01, 0x0F, 0x54, 0x02]);
    let mut id = [&[0; 4], &provider.0[..], &[0, 0, 1, 0x90]].concat();
    for part in [name, "SMTP", address] {
        id.extend(part.encode_utf16().chain([0]).flat_map(u16::to_le_bytes));
    }
    id
}

/// A message in the making.
#[derive(Clone)]
pub struct Item(pub Message<'static>);

impl Item {
    /// A read item of `class`, made and changed at `unix`.
    pub fn new(class: &str, subject: &str, unix: i64) -> Self {
        Self(Message::default())
            .set(0x001A_001F, text(class))
            .set(0x0037_001F, text(subject))
            .set(0x0070_001F, text(subject))
            .set(0x0E07_0003, Value::I32(1))
            .set(0x0017_0003, Value::I32(1))
            .set(0x0026_0003, Value::I32(0))
            .set(0x0036_0003, Value::I32(0))
            .set(0x3007_0040, time(unix))
            .set(0x3008_0040, time(unix))
    }

    /// A mail that Jane Doe sent at `unix`.
    pub fn mail(subject: &str, unix: i64) -> Self {
        Self::new("IPM.Note", subject, unix)
            .set(0x0039_0040, time(unix))
            .set(0x0E06_0040, time(unix + 60))
            .set(0x1035_001F, text(&format!("<{unix}@example.org>")))
            .from("Jane Doe", "jane@example.org")
    }

    /// Sets a property.
    pub fn set(mut self, tag: u32, value: Value<'static>) -> Self {
        self.0.props.set(PropTag(tag), value);
        self
    }

    /// Sets a named property.
    pub fn named(self, store: &mut Store<'_>, name: PropName, typ: PropType, value: Value<'static>) -> Self {
        let id = store.names.id(&name).unwrap();
        self.set(PropTag::new(id, typ).0, value)
    }

    /// Sets the named property with number `lid`.
    pub fn lid(self, store: &mut Store<'_>, set: Guid, lid: u32, typ: PropType, value: Value<'static>) -> Self {
        self.named(store, PropName::lid(set, lid), typ, value)
    }

    pub fn unread(self) -> Self {
        self.set(0x0E07_0003, Value::I32(0))
    }

    pub fn from(self, name: &str, address: &str) -> Self {
        let key = || Value::bin(format!("SMTP:{}\0", address.to_uppercase()).into_bytes());
        self.set(0x0042_001F, text(name))
            .set(0x0064_001F, text("SMTP"))
            .set(0x0065_001F, text(address))
            .set(0x003B_0102, key())
            .set(0x0C1A_001F, text(name))
            .set(0x0C1E_001F, text("SMTP"))
            .set(0x0C1F_001F, text(address))
            .set(0x0C1D_0102, key())
    }

    /// Adds a recipient; `kind` is 1 for To, 2 for Cc, 3 for Bcc.
    pub fn recipient(mut self, kind: i32, name: &str, address: &str) -> Self {
        self.0.recipients.push(props([
            (0x0C15_0003, Value::I32(kind)),
            (0x0E0F_000B, Value::Bool(1)),
            (0x0FFE_0003, Value::I32(6)),
            (0x0FFF_0102, Value::bin(one_off(name, address))),
            (0x3001_001F, text(name)),
            (0x3002_001F, text("SMTP")),
            (0x3003_001F, text(address)),
            (0x300B_0102, Value::bin(format!("SMTP:{}\0", address.to_uppercase()).into_bytes())),
            (0x3900_0003, Value::I32(0)),
            (0x3A40_000B, Value::Bool(1)),
        ]));
        let tag = [0x0E04_001F, 0x0E03_001F, 0x0E02_001F][kind as usize - 1];
        let names = self.0.recipients.iter().filter(|r| r.int(PropTag(0x0C15_0003)) == Some(kind.into()));
        let names: Vec<_> = names.filter_map(|r| r.str(PropTag(0x3001_001F))).collect();
        let names = text(&names.join("; "));
        self.set(tag, names)
    }

    pub fn to(self, name: &str, address: &str) -> Self {
        self.recipient(1, name, address)
    }

    pub fn body(self, body: &str) -> Self {
        self.set(0x1000_001F, text(body))
    }

    /// The HTML body, in the code page `cpid`.
    pub fn html(self, cpid: i32, html: impl Into<Cow<'static, [u8]>>) -> Self {
        self.set(0x1013_0102, Value::bin(html)).set(0x3FDE_0003, Value::I32(cpid))
    }

    /// A file.
    pub fn attach(self, name: &str, mime: &str, bytes: impl Into<Cow<'static, [u8]>>) -> Self {
        let extension = name.rfind('.').map_or("", |dot| &name[dot..]);
        self.attachment(props([
            (0x3705_0003, Value::I32(1)),
            (0x3701_0102, Value::bin(bytes)),
            (0x3704_001F, text(name)),
            (0x3707_001F, text(name)),
            (0x3703_001F, text(extension)),
            (0x370E_001F, text(mime)),
            (0x3001_001F, text(name)),
        ]))
    }

    /// An attachment with `props`.
    pub fn attachment(mut self, props: Props<'static>) -> Self {
        self.0.attachments.push(Attachment { props, embedded: None });
        self.with_attachment_flag()
    }

    /// An embedded message.
    pub fn embed(mut self, name: &str, item: Item) -> Self {
        let props = props([(0x3705_0003, Value::I32(5)), (0x3001_001F, text(name)), (0x3704_001F, text(name))]);
        self.0.attachments.push(Attachment { props, embedded: Some(Box::new(item.0)) });
        self.with_attachment_flag()
    }

    fn with_attachment_flag(self) -> Self {
        let flags = self.0.props.int(PropTag(0x0E07_0003)).unwrap_or(0) as i32;
        self.set(0x0E07_0003, Value::I32(flags | 0x10))
    }

    /// Puts it into `folder`.
    pub fn put(&self, store: &mut Store<'_>, folder: Nid) -> Nid {
        store.add_message(folder, &self.0).unwrap()
    }
}
