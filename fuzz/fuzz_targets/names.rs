//! The name-to-id map: its streams are fuzzed, the property context around them is sound.

#![no_main]

use std::borrow::Cow;
use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use pffkit::Result;
use pffkit::damage::Findings;
use pffkit::limits::Limits;
use pffkit::ltp::write::{TextEncoding, write_properties};
use pffkit::mapi::{PropTag, Value};
use pffkit::messaging::NameMap;
use pffkit::ndb::write::{Options, Writer};
use pffkit::ndb::{Arena, Database, Nid, Scope};

/// PidTagNameidStreamGuid, -StreamEntry, -StreamString, and a bucket.
const STREAMS: [PropTag; 4] = [PropTag(0x0002_0102), PropTag(0x0003_0102), PropTag(0x0004_0102), PropTag(0x1000_0102)];

/// A file whose map has streams cut out of `data`: two bytes before each tell how long it is.
fn file(mut data: &[u8]) -> Result<Vec<u8>> {
    let mut props = vec![(PropTag(0x0001_0003), Value::I32(251))];
    for tag in STREAMS {
        let Some((len, rest)) = data.split_first_chunk::<2>() else { break };
        let (stream, rest) = rest.split_at(rest.len().min(usize::from(u16::from_le_bytes(*len))));
        props.push((tag, Value::Bin(Cow::Borrowed(stream))));
        data = rest;
    }
    let mut file = Cursor::new(Vec::new());
    let mut writer = Writer::new(&mut file, Options::default())?;
    write_properties(&mut writer, TextEncoding::Unicode, &props, None)?.put(
        &mut writer,
        Nid::NAME_TO_ID_MAP,
        Nid::default(),
    )?;
    writer.finish()?;
    Ok(file.into_inner())
}

fuzz_target!(|data: &[u8]| {
    let file = file(data).expect("memory takes all that is written");
    let findings = Findings::new();
    let db = Database::open(&file, Limits::default(), &findings).expect("the file around the map is sound");
    let arena = Arena::new();
    if let Ok(map) = NameMap::read(Scope { db: &db, arena: &arena, findings: &findings }) {
        assert!(map.iter().all(|(id, _)| id >= 0x8000));
    }
});
