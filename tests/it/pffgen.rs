//! Made-up mailboxes.

use std::collections::{BTreeMap, BTreeSet};

use pffkit::ErrorKind;
use pffkit::mapi::Value;
use pffkit::mapi::tag::pr;
use pffkit::mt::Reader;
use pffkit::mt::from_pff::Options as Export;
use pffkit::mt::generate::{Attachments, Options, Shape, generate};
use pffkit::mt::object::Message;
use pffkit::ndb::Format;

use crate::mt2pff::written;
use crate::support::diff::Stream;
use crate::support::export_file;

const OPTIONS: Options = Options {
    seed: 7,
    messages: 300,
    folders: 9,
    shape: Shape::Mixed,
    attachments: Attachments::Few,
    size: Some(3_000_000),
};

fn stream(options: Options) -> Vec<u8> {
    generate(&options, Vec::new()).unwrap()
}

/// Everywhere and always the same bytes. Whoever changes what is made changes this.
#[test]
fn a_seed_is_a_stream() {
    let bytes = stream(OPTIONS);
    assert_eq!(xxhash_rust::xxh3::xxh3_64(&bytes), 4_690_436_822_271_528_434);
    assert!(bytes == stream(OPTIONS));
    assert!(bytes != stream(Options { seed: 8, ..OPTIONS }));
}

/// The size is met to within the last message, whatever the shape and the attachments.
#[test]
fn as_many_and_as_much_as_asked_for() {
    for shape in [Shape::Mail, Shape::Calendar, Shape::Contacts, Shape::Mixed, Shape::Deep, Shape::Wide] {
        for attachments in [Attachments::Few, Attachments::Many, Attachments::Huge] {
            let bytes = stream(Options { shape, attachments, size: Some(12_000_000), ..OPTIONS });
            let mut reader = Reader::new(&bytes[..]).unwrap();
            while reader.next_frame().unwrap().is_some() {}
            let counts = reader.counts();
            assert_eq!((counts.folders, counts.messages), (9 + 2, 300), "{shape:?}");
            assert!((12_000_000..12_200_000).contains(&bytes.len()), "{shape:?} {attachments:?}: {}", bytes.len());
        }
    }
    let usage = generate(&Options { attachments: Attachments::None, ..OPTIONS }, Vec::new()).unwrap_err();
    assert_eq!(usage.kind(), ErrorKind::Usage);
}

fn messages(options: Options) -> Vec<Message<'static>> {
    Stream::read(&stream(options)).messages.into_values().map(|frame| frame.message).collect()
}

/// How many bytes each attachment has that is no message.
fn sizes(messages: &[Message<'_>]) -> Vec<u64> {
    let attached = messages.iter().flat_map(|m| &m.attachments).filter(|a| a.embedded.is_none());
    attached
        .map(|a| match a.props.get(pr::ATTACH_DATA_BIN).unwrap() {
            Value::Stream(s) => s.len(),
            value => value.as_bin().unwrap().len() as u64,
        })
        .collect()
}

#[test]
fn attachments_are_of_the_sort_asked_for() {
    let made = |attachments, messages_of| {
        messages(Options { attachments, size: None, shape: Shape::Calendar, messages: messages_of, ..OPTIONS })
    };
    assert!(sizes(&made(Attachments::None, 300)).is_empty());
    let mut few = sizes(&made(Attachments::Few, 1200));
    few.sort_unstable();
    assert!((150..250).contains(&few.len()), "{}", few.len());
    assert!((4096..10_000).contains(&few[few.len() / 2]), "{}", few[few.len() / 2]);
    assert!(few[few.len() - 1] > 20 * few[few.len() / 2], "a heavy tail");
    let many = made(Attachments::Many, 300);
    assert!(many.iter().filter(|m| m.attachments.len() > 1).count() > 30);
    assert!(sizes(&made(Attachments::Huge, 60)).iter().any(|len| *len >= 16 << 20));
}

#[test]
fn deep_is_deep() {
    let stream = Stream::read(&stream(Options { shape: Shape::Deep, folders: 150, ..OPTIONS }));
    let parents: BTreeMap<u64, u64> = stream.folders.values().map(|f| (f.nid, f.parent.nid)).collect();
    let depth = |nid: u64| std::iter::successors(parents.get(&nid), |nid| parents.get(nid)).count();
    assert_eq!(parents.keys().map(|nid| depth(*nid)).max(), Some(102));
    fn levels(message: &Message<'_>) -> usize {
        message.attachments.iter().filter_map(|a| a.embedded.as_ref()).map(|m| 1 + levels(m)).max().unwrap_or(0)
    }
    let levels: Vec<usize> = stream.messages.values().map(|frame| levels(&frame.message)).collect();
    assert!(levels.iter().any(|n| *n > 5), "{levels:?}");
    assert!(levels.iter().filter(|n| **n > 0).count() > 50);
}

#[test]
fn wide_is_wide() {
    let messages = messages(Options { shape: Shape::Wide, messages: 400, ..OPTIONS });
    assert!(messages.iter().any(|m| m.recipients.len() > 999));
    assert!(messages.iter().any(|m| m.attachments.len() >= 300));
    let stream = Stream::read(&stream(Options { shape: Shape::Wide, ..OPTIONS }));
    assert!(stream.messages.values().all(|frame| frame.parent.nid == 0x8082));
}

/// Bodies in all forms, text in many scripts, subjects with and without prefix, several classes.
#[test]
fn mail_is_of_many_kinds() {
    let messages = messages(Options { shape: Shape::Mail, messages: 1000, size: None, ..OPTIONS });
    let count = |wanted: &dyn Fn(&Message<'_>) -> bool| messages.iter().filter(|m| wanted(m)).count();
    let rtf = |m: &Message<'_>, kind: &[u8]| {
        m.props.get(pr::RTF_COMPRESSED).and_then(Value::as_bin).is_some_and(|b| &b[8..12] == kind)
    };
    assert!(count(&|m| rtf(m, b"LZFu")) > 100 && count(&|m| rtf(m, b"MELA")) > 10);
    assert!(count(&|m| m.props.has_id(pr::HTML.id())) > 300);
    assert!(count(&|m| m.props.has_id(pr::SUBJECT_PREFIX.id())) > 200);
    for sample in ["größere", "отчёт", "会議", "회의", "פגישה", "اجتماع", "बैठक", "การประชุม", "👍"]
    {
        assert!(count(&|m| m.props.str(pr::BODY).unwrap().contains(sample)) > 5, "{sample}");
    }
    let classes: BTreeSet<&str> = messages.iter().filter_map(|m| m.props.str(pr::MESSAGE_CLASS)).collect();
    assert_eq!(classes.len(), 6);
}

#[test]
fn into_a_file_and_out_again() {
    for shape in [Shape::Mixed, Shape::Deep, Shape::Wide] {
        let (file, totals, told) = written(&stream(Options { shape, ..OPTIONS }), Format::Unicode);
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
}
