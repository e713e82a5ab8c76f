//! The project's own readers on files that its writing side wrote, and checks of what no reader looks at.

use std::collections::BTreeMap;

use pffkit::damage::Findings;
use pffkit::limits::Limits;
use pffkit::mapi::tag::pr;
use pffkit::mapi::{PropTag, PropType, Value};
use pffkit::messaging::{Message, Store};
use pffkit::ndb::{Arena, Database, Format, Nid, NidType, Scope};

use super::large::{ATTACHMENTS, BIG_ATTACHMENT, MESSAGES, RECIPIENTS, big_tables};
use crate::recipes::build::{Item, MONDAY, file, file_with, folder, noise, options, store_options, text};
use crate::recipes::{FIXTURES, special};
use pffkit::messaging::write::StoreOptions;
use pffkit::messaging::write::nid::IPM_SUBTREE;
use pffkit::ndb::crypt::CryptMethod;
use pffkit::ndb::write::Options;

/// Opens `file` and hands its store to `read`; gives what the readers found wrong.
pub fn with_store<T>(file: &[u8], read: impl FnOnce(&Store<'_>, Scope<'_>) -> T) -> (T, Vec<String>) {
    let findings = Findings::new();
    let db = Database::open(file, Limits::default(), &findings).unwrap();
    let store = Store::open(&db, None, &findings);
    let arena = Arena::new();
    let result = read(&store, Scope { db: &db, arena: &arena, findings: &findings });
    (result, findings.take().iter().map(ToString::to_string).collect())
}

/// The bits of all allocation maps, by the offset of what they stand for.
fn taken(file: &[u8], format: Format) -> BTreeMap<u64, bool> {
    let (first, page, padding, bytes, unit) = match format {
        Format::Ansi => (0x4400, 512, 4, 496, 64),
        Format::Unicode => (0x4400, 512, 0, 496, 64),
        Format::Unicode4k => (0x22000, 4096, 0, 4072, 512),
    };
    let region = bytes * 8 * unit;
    let mut out = BTreeMap::new();
    for start in (first..file.len()).step_by(region) {
        assert_eq!(
            file[start + page - if page == 512 { 16 } else { 24 } + if format == Format::Ansi { 4 } else { 0 }],
            0x84
        );
        for slot in 0..bytes * 8 {
            let bit = file[start + padding + slot / 8] & (0x80 >> (slot % 8)) != 0;
            out.insert((start + slot * unit) as u64, bit);
        }
    }
    out
}

/// Field `n` of the header's ROOT ([MS-PST] 2.2.2.5): 1 ibFileEof, 2 ibAMapLast, 3 cbAMapFree.
fn header_word(file: &[u8], format: Format, n: usize) -> u64 {
    if format == Format::Ansi {
        u32::from_le_bytes(file[0xA4 + 4 * n..][..4].try_into().unwrap()).into()
    } else {
        u64::from_le_bytes(file[0xB0 + 8 * n..][..8].try_into().unwrap())
    }
}

/// Every block, B-tree page and map is marked in the allocation maps, and nothing else is.
#[test]
fn allocation_maps_tell_what_is_taken() {
    let large: &[(Format, Vec<u8>)] =
        &[(Format::Unicode, big_tables(Format::Unicode)), (Format::Ansi, big_tables(Format::Ansi))];
    let small: Vec<_> = ["sample.pst", "ansi.pst", "ost4k.ost"]
        .iter()
        .map(|name| FIXTURES.iter().find(|(n, _)| n == name).unwrap().1())
        .zip([Format::Unicode, Format::Ansi, Format::Unicode4k])
        .map(|(file, format)| (format, file))
        .collect();
    for (format, file) in large.iter().chain(&small) {
        let (format, layout) = (*format, pffkit::ndb::Layout::of(*format));
        let mut taken = taken(file, format);
        let free = taken.values().filter(|bit| !**bit).count() as u64 * layout.amap_unit;
        assert_eq!(header_word(file, format, 3), free, "{format:?}: cbAMapFree");
        let mut take = |ib: u64, len: usize, what: &str| {
            for at in (ib..ib + len as u64).step_by(layout.amap_unit as usize) {
                assert_eq!(
                    taken.insert(at, false),
                    Some(true),
                    "{format:?}: {what} at {at:#x} is not marked, or taken twice"
                );
            }
        };
        with_store(file, |store, scope| {
            for block in store.db.blocks(scope.findings) {
                take(block.ib.0, layout.block_on_disk(block.cb.into()), "block");
            }
        });
        let trailer = layout.page - layout.page_trailer;
        for at in (layout.first_amap as usize..file.len() - layout.page + 1).step_by(layout.page) {
            let page = &file[at..at + layout.page];
            let (kind, crc) = (page[trailer], pffkit::ndb::check::crc32(&page[..trailer]).to_le_bytes());
            let stored = if format == Format::Ansi { &page[508..512] } else { &page[trailer + 4..trailer + 8] };
            if kind == page[trailer + 1] && (0x80..0x86).contains(&kind) && stored == crc {
                take(at as u64, layout.page, "page");
            }
        }
        let left: Vec<_> = taken.iter().filter(|(at, bit)| **bit && **at < file.len() as u64).collect();
        assert!(left.is_empty(), "{format:?}: marked, but not in use: {left:x?}");
    }
}

/// The free bytes in the header are the zero bits of the maps; whole files end with their last region.
#[test]
fn the_header_tells_the_extent() {
    let whole = StoreOptions { file: Options { whole_regions: true, ..options() }, ..store_options() };
    let file = file_with(whole, special::fill_small);
    assert_eq!(file.len(), 271_360);
    let word = |n: usize| header_word(&file, Format::Unicode, n);
    let free = taken(&file, Format::Unicode).values().filter(|bit| !**bit).count() as u64 * 64;
    assert_eq!((word(1), word(2), word(3)), (271_360, 0x4400, free));
    assert!(free > 200_000, "{free}");
}

/// What comes back of the recipe's message.
#[test]
fn every_property_type_comes_back() {
    let file = special::all_types();
    let (read, _) = with_store(&file, |store, scope| {
        let message = store.message(scope, Nid::new(NidType::NORMAL_MESSAGE, 0x10001)).unwrap();
        let named =
            |lid: u32| store.names.iter().find(|(_, name)| name.name == pffkit::mapi::Name::Lid(lid)).unwrap().0;
        let mut lost = Vec::new();
        for (n, (typ, value)) in (0..).zip(special::values()) {
            let places = [
                ("message", &message.props, named(u32::from(n) + 1)),
                ("recipient", &message.recipients[0], 0x6000 + n),
                ("attachment", &message.attachments[0].props, 0x6000 + n),
            ];
            for (place, props, id) in places {
                let found = props.iter().find(|(tag, _)| tag.id() == id);
                if !found.is_some_and(|(_, found)| same(typ, &value, found)) {
                    lost.push(format!("{place}: {typ:?} {value:?} came back as {found:?}"));
                }
            }
        }
        lost
    });
    // A property of type ERROR says that there is no value; readers leave it out.
    let lost: Vec<_> = read.iter().filter(|l| !l.contains(": 000a ")).collect();
    assert!(lost.is_empty(), "{lost:#?}");
}

/// Whether `found` is what `value`, written with type `typ`, is to come back as: readers turn STRING8 into UNICODE.
fn same(typ: PropType, value: &Value<'_>, found: &Value<'_>) -> bool {
    let latin = |b: &[u8]| b.iter().map(|b| char::from(*b)).collect::<String>();
    match (value, found) {
        (Value::Str8(v), Value::Str(f)) => latin(v) == *f,
        (Value::MvStr8(v), Value::MvStr(f)) => v.iter().map(|s| latin(s)).eq(f.iter().map(|s| s.to_string())),
        (Value::SvrEid(v) | Value::Bin(v), Value::Bin(f)) => v == f,
        (Value::Bin(v), Value::Stream(f)) => f.to_vec().unwrap() == **v,
        _ => format!("{value:?}") == format!("{found:?}") && (found.fits(typ)),
    }
}

/// No intact fixture gives its readers anything to complain of.
#[test]
fn intact_fixtures_are_intact() {
    for (name, make) in FIXTURES.iter().filter(|(name, _)| !name.starts_with("damaged/") && *name != "all-types.pst") {
        let file = make();
        let (messages, findings) = with_store(&file, |store, scope| {
            let nodes: Vec<_> = store.db.nodes(scope.findings).collect();
            let messages = nodes.iter().filter(|n| n.nid.typ() == NidType::NORMAL_MESSAGE);
            messages.map(|n| read_all(&store.message(scope, n.nid).unwrap())).count()
        });
        assert_eq!(findings, Vec::<String>::new(), "{name}");
        assert!(messages > 0, "{name}");
    }
}

/// Fetches every byte of `message`.
fn read_all(message: &Message<'_>) {
    let attachments = &message.attachments;
    attachments.iter().filter_map(|a| a.embedded.as_deref()).for_each(read_all);
    let props = message.props.iter().chain(attachments.iter().flat_map(|a| a.props.iter()));
    for (_, value) in props {
        if let Value::Stream(stream) = value {
            assert_eq!(stream.to_vec().unwrap().len() as u64, stream.len());
        }
    }
}

/// What the sample's store says of itself, as numbers: readers of all sorts depend on them.
#[test]
fn the_store_names_its_folders() {
    let ((), findings) = with_store(&crate::recipes::sample_pst(), |store, scope| {
        let props = store.props(scope);
        let id = |tag: u32| {
            pffkit::messaging::store::entry_id_nid(props.get(PropTag(tag)).unwrap().as_bin().unwrap()).unwrap()
        };
        let folder = |nid: Nid| store.node_props(scope, nid).unwrap();
        let name = |nid: Nid| folder(nid).str(pr::DISPLAY_NAME).unwrap().to_owned();
        assert_eq!(id(0x35E0_0102), Nid(0x8022));
        assert_eq!(id(0x35E3_0102), Nid(0x8062));
        assert_eq!(id(0x35E7_0102), Nid(0x8042));
        assert_eq!(name(id(0x35E4_0102)), "Sent Items");
        assert_eq!(props.int(PropTag(0x35DF_0003)), Some(0x9F));
        let receive: Vec<_> = rows(store, scope, Nid(0x62B), 0x6605_0003);
        assert_eq!(receive, [Nid(0x8082); 2], "of class \"\" and of IPM");
        let inbox = folder(Nid(0x8082));
        let counts = [0x3602_0003, 0x3603_0003, 0x360A_000B].map(|tag| inbox.int(PropTag(tag)).unwrap());
        assert_eq!(counts, [12, 4, 1], "messages, unread ones, whether there are subfolders");
        assert_eq!(folder(Nid(0x81C2)).int(PropTag(0x360A_000B)), Some(1), "Projects has a subfolder");
        assert_eq!(folder(Nid(0x81E2)).int(PropTag(0x360A_000B)), Some(0), "2024 has none");
        assert_eq!(rows(store, scope, Nid(0x8042).with_type(NidType::HIERARCHY_TABLE), 0x67F2_0003), [Nid(0x80023)]);
        let found = Nid(0x80023).with_type(NidType::SEARCH_CONTENTS_TABLE);
        assert_eq!(rows(store, scope, found, 0x67F2_0003), [Nid(0x2003E4)]);
        assert_eq!(rows(store, scope, found, 0x67F1_0003), [Nid(0x8082)], "where the found message is");
    });
    assert_eq!(findings, Vec::<String>::new());
}

/// The numbers in column `tag` of the table in node `nid`.
fn rows(store: &Store<'_>, scope: Scope<'_>, nid: Nid, tag: u32) -> Vec<Nid> {
    let node = store.node(scope, nid).unwrap();
    let table = pffkit::ltp::TableContext::open(scope, node.data, node.sub).unwrap();
    let mut out = Vec::new();
    table
        .for_each_row(|row| {
            let cell = row.cells().find(|(t, _)| *t == PropTag(tag)).unwrap().1;
            out.push(Nid(cell.as_int().unwrap() as u32));
        })
        .unwrap();
    out
}

/// The checksum is the one that Outlook 97 wrote for this password.
#[test]
fn a_password_is_stored_as_outlook_does() {
    with_store(&special::password(), |store, scope| {
        assert_eq!(store.props(scope).int(pr::PST_PASSWORD), Some(i64::from(0xB103_1B28_u32 as i32)));
        assert!(store.has_password);
    });
}

#[test]
fn compression_saves_space() {
    let plain = |compress: bool| {
        let file = Options { format: Format::Unicode4k, compress, ..options() };
        file_with(StoreOptions { file, ..store_options() }, special::fill_ost).len()
    };
    // 200,000 bytes of text, four blocks of it.
    assert!(plain(true) + 180_000 < plain(false), "{} against {}", plain(true), plain(false));
}

/// Tables of many blocks and trees of several levels, in all formats.
#[test]
fn large_tables_come_back() {
    for format in [Format::Unicode, Format::Ansi, Format::Unicode4k] {
        let file = big_tables(format);
        let ((), findings) = with_store(&file, |store, scope| {
            let last = MESSAGES as u32;
            let message = |n: u32| store.message(scope, Nid::new(NidType::NORMAL_MESSAGE, 0x10000 + n)).unwrap();
            assert_eq!(message(last).props.str(pr::SUBJECT), Some("Message number 1500 of many"));
            let crowd = message(last + 1);
            assert_eq!(crowd.recipients.len(), RECIPIENTS);
            assert_eq!(crowd.recipients[1499].str(PropTag(0x3003_001F)), Some("r1499@example.com"));
            let large = message(last + 2);
            let Some(Value::Stream(data)) = large.attachments[0].props.get(pr::ATTACH_DATA_BIN) else { panic!() };
            assert!(data.to_vec().unwrap() == noise(42, BIG_ATTACHMENT));
            let many = message(last + 3);
            assert_eq!(many.attachments.len(), ATTACHMENTS);
            assert_eq!(
                many.attachments[699].props.get(pr::ATTACH_DATA_BIN).unwrap().as_bin(),
                Some(&b"attachment 700"[..])
            );
            let findings = Findings::new();
            let census = pffkit::messaging::Census::take(store.db, &findings);
            let inbox = pffkit::messaging::Folder::new(store, Nid(0x8082));
            let mut listed = 0;
            inbox.for_each_message(NidType::NORMAL_MESSAGE, &census, &findings, |_| listed += 1);
            assert_eq!((listed, findings.take()), (MESSAGES, vec![]), "{format:?}");
        });
        assert_eq!(findings, Vec::<String>::new(), "{format:?}");
    }
}

/// Text that an ANSI file has no bytes for is an error, not a question mark.
#[test]
fn text_that_a_code_page_lacks_is_refused() {
    let ansi = Options { format: Format::Ansi, ..options() };
    file_with(StoreOptions { file: ansi, ..store_options() }, |store| {
        let inbox = folder(store, IPM_SUBTREE, "Inbox", "IPF.Note");
        let error = store.add_message(inbox, &Item::mail("会議", MONDAY).0).unwrap_err();
        assert!(error.to_string().contains("code page 1252"), "{error}");
        assert_eq!(error.kind(), pffkit::ErrorKind::Target);
    });
}

/// One id under two types can't be stored, and an ancestor must exist.
#[test]
fn what_contradicts_itself_is_refused() {
    file(Format::Unicode, CryptMethod::None, |store| {
        let twice = Item::mail("Twice", MONDAY).set(0x6000_0003, Value::I32(1)).set(0x6000_001F, text("1"));
        let error = store.add_message(IPM_SUBTREE, &twice.0).unwrap_err();
        assert!(error.to_string().contains("60000003") && error.to_string().contains("6000001F"), "{error}");
        let error = store.add_message(Nid(0x9002), &Item::mail("Nowhere", MONDAY).0).unwrap_err();
        assert_eq!(error.to_string(), "there is no folder 0x9002");
    });
}
