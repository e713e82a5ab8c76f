//! Every calendar item and contact of the corpus.

use std::collections::BTreeMap;
use std::path::Path;

use calcard::{Entry, Parser};
use jiff::ToSpan;
use pffkit::mapi::guid::PSETID_APPOINTMENT;
use pffkit::mime::csv::Dialect;
use pffkit::mime::{Key, ics, vcf};

use super::pattern::{Raw, day_of};
use super::{each_message, files, ics_of, vcf_of};
use crate::support::oracle;

/// Years of a series that are expanded.
const YEARS: i64 = 12;
/// PidLidAppointmentRecur and PidLidAppointmentSubType.
const RECUR: Key = Key::Lid(PSETID_APPOINTMENT, 0x8216);
const SUB_TYPE: Key = Key::Lid(PSETID_APPOINTMENT, 0x8215);

/// What INDEX.tsv calls a class of which there is an .ics or .vcf.
const KINDS: [(&str, &str); 8] = [
    ("Appointment", "ics"),
    ("Mtg.Request", "ics"),
    ("Mtg.Resp.Pos", "ics"),
    ("Task", "ics"),
    ("Activity", "ics"),
    ("StickyNote", "ics"),
    ("Contact", "vcf"),
    ("DistList", "vcf"),
];

/// Contacts that the index has not: a person of the address book of Windows, which it has apart, and twelve whose class it could not read.
const MORE_CARDS: [(&str, usize); 2] = [("hughbe-backup-with-rules.pst", 1), ("aspnet-split-test-part1.pst", 12)];

/// By file, how many items of each form its index has.
fn index(corpus: &Path) -> BTreeMap<String, BTreeMap<&'static str, usize>> {
    let text = std::fs::read_to_string(corpus.join("INDEX.tsv")).unwrap();
    let line = |line: &str| {
        let columns: Vec<&str> = line.split('\t').collect();
        let mut counts = BTreeMap::from([("ics", 0), ("vcf", 0)]);
        for (kind, n) in columns[7].split(' ').filter_map(|item| item.split_once(':')) {
            if let Some((_, form)) = KINDS.iter().find(|(name, _)| *name == kind) {
                *counts.get_mut(form).unwrap() += n.parse::<usize>().unwrap();
            }
        }
        (columns[0].to_owned(), counts)
    };
    text.lines().skip(1).map(line).collect()
}

fn parsed(text: &str) -> Entry {
    let mut parser = Parser::new(text);
    let entry = parser.entry();
    let rest = parser.entry();
    assert!(matches!(rest, Entry::Eof), "{rest:?} is left of {text}");
    entry
}

fn check_lines(text: &str) {
    assert!(text.ends_with("\r\n"));
    for line in text.split_terminator("\r\n") {
        assert!(line.len() <= 75 && !line.contains(['\r', '\n', '\0']), "{line:?}");
    }
}

#[test]
fn other_parsers_take_every_item() {
    let dir = tempfile::tempdir().unwrap();
    let mut written = BTreeMap::from([("ics", 0), ("vcf", 0)]);
    let files = files();
    let index = files.first().map(|path| index(path.parent().unwrap())).unwrap_or_default();
    for path in &files {
        let name = path.file_name().unwrap().to_str().unwrap();
        let before = written.clone();
        each_message(path, |message, class, context| {
            if let Some(text) = ics_of(message, context) {
                check_lines(&text);
                let Entry::ICalendar(calendar) = parsed(&text) else { panic!("{name}: {text}") };
                assert!(calendar.components.len() > 1, "{name}: {text}");
                std::fs::write(dir.path().join(format!("{}.ics", written["ics"])), text).unwrap();
                *written.get_mut("ics").unwrap() += 1;
            }
            for version in [vcf::Version::V3, vcf::Version::V4] {
                if let Some(text) = vcf_of(message, context, version) {
                    check_lines(&text);
                    assert!(matches!(parsed(&text), Entry::VCard(_)), "{name}: {text}");
                    std::fs::write(dir.path().join(format!("{}-{version:?}.vcf", written["vcf"])), text).unwrap();
                }
            }
            *written.get_mut("vcf").unwrap() += usize::from(vcf::Kind::of(class).is_some());
        });
        let found: BTreeMap<_, _> = written.iter().map(|(form, n)| (*form, n - before[form])).collect();
        if let Some(expected) = index.get(name) {
            let more = MORE_CARDS.iter().find(|(file, _)| *file == name).map_or(0, |(_, n)| *n);
            assert_eq!((found["ics"], found["vcf"]), (expected["ics"], expected["vcf"] + more), "{name}");
        }
    }
    if !files.is_empty()
        && let Some(told) = oracle("check.py", &[dir.path()])
    {
        assert_eq!(told, format!("{} calendars, {} cards\n", written["ics"], 2 * written["vcf"]));
    }
}

#[test]
fn series_of_the_corpus_have_the_days_of_their_blobs() {
    let dir = tempfile::tempdir().unwrap();
    let mut series = 0;
    for path in files() {
        each_message(&path, |message, class, context| {
            let view = context.view(&message.props);
            if ics::Kind::of(class) != Some(ics::Kind::Event) {
                return;
            }
            let Some(blob) = view.bytes(RECUR) else { return };
            let raw = Raw::parse(&blob);
            let start = day_of(raw.start_date);
            let horizon = start.checked_add(YEARS.years()).unwrap();
            let all_day = view.is_set(SUB_TYPE);
            let line = |start: jiff::civil::DateTime| {
                if all_day { format!("{} -", start.date()) } else { format!("{start} -") }
            };
            let lines: Vec<String> = raw.starts(horizon).into_iter().map(line).collect();
            let head = format!("{start} {horizon}\n{}\n", lines.join("\n"));
            std::fs::write(dir.path().join(format!("{series}.days")), head).unwrap();
            std::fs::write(dir.path().join(format!("{series}.ics")), ics_of(message, context).unwrap()).unwrap();
            series += 1;
        });
    }
    if series > 0 {
        // As many as other readers find a PidLidAppointmentRecur on.
        assert_eq!(series, SERIES);
        if let Some(told) = oracle("expand.py", &[dir.path()]) {
            assert!(told.ends_with("0 differ\n"), "{told}");
        }
    }
}

/// Series of the corpus: the RRULEs of the peer's calendars, and those of files that it could not take.
const SERIES: usize = 29;

#[test]
fn every_contact_has_a_line_with_every_column() {
    for path in files().iter().filter(|path| path.to_str().is_some_and(|path| path.contains("contacts"))) {
        each_message(path, |message, class, context| {
            for (dialect, columns) in [(Dialect::Thunderbird, 37), (Dialect::Outlook, 89)] {
                let (mut header, mut row) = (Vec::new(), Vec::new());
                dialect.write_header(&mut header).unwrap();
                let is_contact = dialect.write(message, context, &mut row).unwrap();
                assert_eq!(is_contact, vcf::Kind::of(class) == Some(vcf::Kind::Individual));
                let header = String::from_utf8(header).unwrap();
                assert_eq!(header.trim_end().trim_matches('"').split("\",\"").count(), columns);
                let row = String::from_utf8(row).unwrap();
                if is_contact {
                    assert_eq!(row.trim_end().split("\",\"").count(), columns, "{row}");
                }
            }
        });
    }
}
