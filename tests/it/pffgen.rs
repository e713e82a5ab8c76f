//! Made-up mailboxes.

use pffkit::mt::Reader;
use pffkit::mt::from_pff::Options as Export;
use pffkit::mt::generate::{Options, Shape, generate};
use pffkit::ndb::Format;

use crate::mt2pff::written;
use crate::support::diff::Stream;
use crate::support::export_file;

const OPTIONS: Options = Options { seed: 7, messages: 300, folders: 9, shape: Shape::Mixed, size: Some(3_000_000) };

fn stream(options: Options) -> Vec<u8> {
    generate(&options, Vec::new()).unwrap()
}

#[test]
fn a_seed_is_a_stream() {
    assert!(stream(OPTIONS) == stream(OPTIONS));
    assert!(stream(OPTIONS) != stream(Options { seed: 8, ..OPTIONS }));
}

#[test]
fn as_many_as_asked_for() {
    for shape in [Shape::Mail, Shape::Calendar, Shape::Contacts, Shape::Mixed] {
        let bytes = stream(Options { shape, ..OPTIONS });
        let mut reader = Reader::new(&bytes[..]).unwrap();
        while reader.next_frame().unwrap().is_some() {}
        let counts = reader.counts();
        assert_eq!((counts.folders, counts.messages), (9 + 2, 300), "{shape:?}");
        let contents = Stream::read(&bytes);
        let attached = contents.messages.values().flat_map(|m| &m.message.attachments);
        let sizes = attached.map(|a| match a.props.get(pffkit::mapi::tag::pr::ATTACH_DATA_BIN).unwrap() {
            pffkit::mapi::Value::Stream(s) => s.len(),
            value => value.as_bin().unwrap().len() as u64,
        });
        assert_eq!(sizes.sum::<u64>(), 3_000_000, "{shape:?}");
    }
}

#[test]
fn into_a_file_and_out_again() {
    let (file, totals, told) = written(&stream(OPTIONS), Format::Unicode);
    assert!(told.is_empty(), "{told:#?}");
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("made.pst");
    std::fs::write(&path, file).unwrap();
    let back = export_file(&path, false, Export::new("all")).unwrap().totals;
    assert!(back.is_whole(), "{back:?}");
    // Every file has two folders more: the deleted items and the parent of searches.
    assert_eq!(
        (back.folders, back.messages, back.recipients, back.attachments),
        (9 + 4, 300, totals.recipients, totals.attachments)
    );
}
