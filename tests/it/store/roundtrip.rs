//! From streams that `gromox-pff2mt` made of real files, into a mailbox, and back: no property is lost, and none is invented.

use std::collections::HashMap;
use std::io::Read;

use super::*;
use pffkit::exm::{FolderId, MessageId};
use pffkit::mapi::PropType;
use pffkit::mt::ext::{Flags, encode_value};
use pffkit::mt::{NameMap, object::Attachment};

/// Properties of a message that a server computes, and its keys, which are new in a new store.
const COMPUTED_OF_MESSAGE: &[u32] = &[
    0x0FFF_0102,
    0x6748_0014,
    0x6749_0014,
    0x0FF6_00FB,
    0x65E1_0102,
    0x664A_000B,
    0x674A_0014,
    0x0E08_0003,
    0x67AA_000B,
    0x67A4_0014,
    0x0E1B_000B,
    0x0E04_001F,
    0x0E03_001F,
    0x0E02_001F,
    0x0E23_001F,
    0x65E2_0102,
    0x65E3_0102,
    0x0E23_0003,
];
/// Likewise of a folder; its name may be one of the folder map, and counters begin anew.
const COMPUTED_OF_FOLDER: &[u32] = &[
    0x0FFF_0102,
    0x6748_0014,
    0x6749_0014,
    0x67A4_0014,
    0x66A8_0003,
    0x360A_000B,
    0x3602_0003,
    0x3617_0003,
    0x6638_0003,
    0x3603_0003,
    0x3601_0003,
    0x663A_000B,
    0x66B5_001F,
    0x65E1_0102,
    0x0E08_0014,
    0x66B4_0014,
    0x66B3_0014,
    0x65E2_0102,
    0x65E3_0102,
    0x670A_0040,
    0x663E_0003,
    0x4082_0040,
    0x6751_0003,
    0x670B_0003,
    0x0E23_0003,
    0x3001_001F,
];
/// What is made for a message that does not have it.
const MADE_FOR_MESSAGE: &[u32] = &[
    0x0037_001F,
    0x003D_001F,
    0x0E1D_001F,
    0x0070_001F,
    0x0071_0102,
    0x0029_000B,
    0x0C06_000B,
    0x0E07_0003,
    0x0E08_0003,
    0x0E17_0003,
    0x0E23_0003,
    0x0E69_000B,
    0x1015_001F,
    0x300B_0102,
    0x3008_0040,
    0x3013_0102,
    0x3016_000B,
    0x3FF8_001F,
    0x3FF9_0102,
    0x3FFA_001F,
    0x3FFB_0102,
    0x65E2_0102,
    0x65E3_0102,
];
/// Likewise for a folder.
const MADE_FOR_FOLDER: &[u32] = &[
    0x3001_001F,
    0x3008_0040,
    0x65E2_0102,
    0x65E3_0102,
    0x670A_0040,
    0x663E_0003,
    0x4082_0040,
    0x6751_0003,
    0x670B_0003,
    0x0E23_0003,
];

const FLAGS: u32 = 0x0E07_0003;
const SUBJECT: u32 = 0x0037_001F;

#[derive(Default)]
struct Ids(Vec<Option<u64>>);

impl Observer for Ids {
    fn frame(&mut self, frame: &Frame<'_>, _: &NameMap) {
        if !matches!(frame, Frame::NamedProperty(_)) {
            self.0.push(None);
        }
    }
    fn folder(&mut self, _: &str, id: FolderId) {
        *self.0.last_mut().unwrap() = Some(id.0);
    }
    fn message(&mut self, _: FolderId, id: MessageId) {
        *self.0.last_mut().unwrap() = Some(id.0);
    }
}

#[test]
fn every_property_of_the_peers_streams_comes_back() {
    let Some(corpus) = crate::support::corpus() else { return };
    let mut streams: Vec<_> =
        std::fs::read_dir(corpus.join("../golden/mt")).unwrap().map(|e| e.unwrap().path()).collect();
    streams.retain(|path| path.to_str().unwrap().ends_with(".mt.zst"));
    streams.sort();
    let (mut messages, mut compared) = (0, 0);
    for path in streams {
        let mut bytes = Vec::new();
        zstd::Decoder::new(std::fs::File::open(&path).unwrap()).unwrap().read_to_end(&mut bytes).unwrap();
        let (counts, n) = round_trip(path.to_str().unwrap(), &bytes);
        messages += counts[1];
        compared += n;
    }
    assert!(messages > 3000 && compared > 200_000, "{messages} {compared}");
}

/// The same for every file of the corpus as we read it: more messages than the peer has of them, and all of their FAI.
#[test]
fn every_property_of_every_file_comes_back() {
    let Some(corpus) = crate::support::corpus() else { return };
    let mut files: Vec<_> = std::fs::read_dir(&corpus).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "pst" || e == "ost"));
    files.sort();
    let (mut messages, mut fai) = (0, 0);
    for path in files {
        let options = pffkit::mt::from_pff::Options { assoc: true, ..pffkit::mt::from_pff::Options::new("all") };
        // One file of the corpus is only a header.
        let Ok(exported) = crate::support::export_file(&path, false, options) else { continue };
        let (counts, _) = round_trip(path.to_str().unwrap(), &exported.stream);
        messages += counts[1];
        fai += counts[2];
    }
    assert_eq!((messages, fai), (1733, 205));
}

/// Imports the stream `bytes` and compares what the mailbox then holds: folders, messages, FAI and attachments, and how many
/// properties were compared.
fn round_trip(name: &str, bytes: &[u8]) -> ([u64; 4], u64) {
    let dir = tempfile::tempdir().unwrap();
    let store = RefCell::new(Store::open(dir.path(), super::options()).unwrap());
    let mut ids = Ids::default();
    let outcome =
        Import::new(&store, ImportOptions::default(), &mut ids).run(&mut Reader::new(bytes).unwrap(), &|| false);
    assert!(outcome.error.is_none(), "{}: {:?}", name, outcome.error);
    assert_eq!(outcome.totals.missing, 0);
    drop(store);
    assert_sound(dir.path());
    let totals = {
        let mailbox = Mailbox::open(dir.path()).unwrap();
        mailbox.totals(&mailbox.folders().unwrap()).unwrap()
    };
    let mut compare = Compare { place: String::new(), compared: 0 };
    let mut counts = [0u64; 4];
    let mut mailbox = Mailbox::open(dir.path()).unwrap();
    let mut reader = Reader::new(bytes).unwrap();
    let mut names = NameMap::new(reader.header());
    let mut ids = ids.0.into_iter();
    while let Some(frame) = reader.next_frame().unwrap() {
        match frame {
            Frame::NamedProperty(property) => names.define(property),
            Frame::Folder(folder) => {
                if let Some(id) = ids.next().unwrap() {
                    counts[0] += 1;
                    compare.place = format!("{} folder {:#x}", name, folder.nid);
                    let stored = mailbox.folder(id).unwrap().unwrap();
                    assert!(stored.findings.is_empty(), "{}: {:?}", compare.place, stored.findings);
                    let found = compare.index(&stored.folder.props, &stored.names);
                    let given = compare.index(&folder.props, &names);
                    compare.lists(&given, &found, COMPUTED_OF_FOLDER, MADE_FOR_FOLDER);
                }
            }
            Frame::Message(frame) => {
                let id = ids.next().unwrap().unwrap();
                compare.place = format!("{} message {:#x}", name, frame.nid);
                let stored = mailbox.message(id).unwrap().unwrap();
                assert!(stored.findings.is_empty(), "{}: {:?}", compare.place, stored.findings);
                let fai = frame.message.props.int(PropTag(FLAGS)).unwrap_or(0) & 0x40 != 0;
                assert_eq!(stored.associated, fai);
                counts[if fai { 2 } else { 1 }] += 1;
                counts[3] += attachments(&frame.message);
                compare.messages(&frame.message, &names, &stored.frame.message, &stored.names);
            }
        }
    }
    assert_eq!([totals.folders - 29, totals.messages, totals.fai, totals.attachments], counts, "{}", name);
    (counts, compare.compared)
}

/// How many attachments `message` has, those of the messages in it included.
fn attachments(message: &Message<'_>) -> u64 {
    message.attachments.iter().map(|a| 1 + a.embedded.as_deref().map_or(0, attachments)).sum()
}

/// A property: what it is, and the bytes of its value.
type Index = HashMap<(String, u16), Vec<u8>>;

struct Compare {
    place: String,
    compared: u64,
}

impl Compare {
    /// The properties by what they are, not by which id they happen to have; strings as Unicode.
    fn index(&self, props: &Props<'_>, names: &NameMap) -> Index {
        let mut index = Index::new();
        for (tag, value) in props {
            let what = match names.get(*tag).filter(|_| tag.is_named()) {
                Some(name) => name.to_string(),
                None if tag.is_named() => {
                    format!("00020329-0000-0000-c000-000000000046/pffkit:unnamed-{:04x}", tag.id())
                }
                None => format!("{:04X}", tag.id()),
            };
            let typ = match tag.typ() {
                PropType::STRING8 => PropType::UNICODE,
                PropType::MV_STRING8 => PropType::MV_UNICODE,
                typ => typ,
            };
            let bytes = encode_value(value, tag.typ(), Flags::WIDE).unwrap();
            // A file may know one name by two ids: both then mean the one property.
            let before = index.insert((what.clone(), typ.0), bytes.clone());
            assert!(before.is_none_or(|b| b == bytes), "{}: {what} twice, and not alike", self.place);
        }
        index
    }

    fn lists(&mut self, given: &Index, found: &Index, computed: &[u32], made: &[u32]) {
        let tag =
            |(what, typ): &(String, u16)| u32::from_str_radix(what, 16).map_or(0, |id| id << 16 | u32::from(*typ));
        for (key, value) in given.iter().filter(|(key, _)| !computed.contains(&tag(key))) {
            let back = found.get(key).unwrap_or_else(|| panic!("{}: {key:?} is lost", self.place));
            match tag(key) {
                // Read, has attachments, from me, associated, pending receipts and was-read are computed.
                FLAGS => {
                    let mask = |bytes: &[u8]| i32::from_le_bytes(bytes.try_into().unwrap()) & !(0x771);
                    assert_eq!(mask(back), mask(value), "{}", self.place);
                }
                // A producer may have taken the prefix out.
                SUBJECT if back != value => {
                    let mut whole = given[&("003D".to_owned(), 0x1F)].clone();
                    whole.pop();
                    whole.extend_from_slice(value);
                    assert_eq!(*back, whole, "{}", self.place);
                }
                _ => assert!(back == value, "{}: {key:?} was {value:02x?}, is {back:02x?}", self.place),
            }
            self.compared += 1;
        }
        for key in found.keys() {
            assert!(given.contains_key(key) || made.contains(&tag(key)), "{}: {key:?} came from nowhere", self.place);
        }
    }

    fn messages(&mut self, given: &Message<'_>, names: &NameMap, found: &Message<'_>, stored: &NameMap) {
        let (a, b) = (self.index(&given.props, names), self.index(&found.props, stored));
        self.lists(&a, &b, COMPUTED_OF_MESSAGE, MADE_FOR_MESSAGE);
        let read = given.props.int(PropTag(FLAGS)).unwrap_or(0) & 1 != 0;
        assert_eq!(found.props.int(PropTag(0x0E69_000B)), Some(i64::from(read)), "{}", self.place);
        assert_eq!(given.recipients.len(), found.recipients.len(), "{}", self.place);
        for (given, found) in given.recipients.iter().zip(&found.recipients) {
            let (a, b) = (self.index(given, names), self.index(found, stored));
            self.lists(&a, &b, &[0x3000_0003], &[0x3000_0003]);
        }
        assert_eq!(given.attachments.len(), found.attachments.len(), "{}", self.place);
        for (given, found) in given.attachments.iter().zip(&found.attachments) {
            let (a, b) = (self.index(&given.props, names), self.index(&found.props, stored));
            self.lists(&a, &b, &[0x0FF9_0102, 0x0E21_0003], &[0x0E21_0003]);
            match (given, found) {
                (Attachment { embedded: Some(given), .. }, Attachment { embedded: Some(found), .. }) => {
                    self.messages(given, names, found, stored);
                }
                (Attachment { embedded: None, .. }, Attachment { embedded: None, .. }) => {}
                _ => panic!("{}: an embedded message is lost or invented", self.place),
            }
        }
    }
}
