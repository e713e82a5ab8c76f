//! Several threads do what one does: the same bytes, the same words to the observer, the same ends.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use pffkit::ErrorKind;
use pffkit::damage::Findings;
use pffkit::limits::Limits;
use pffkit::messaging::Store;
use pffkit::messaging::write::nid::IPM_SUBTREE;
use pffkit::mt::from_pff::{Item, Observer, Options, Totals, export};
use pffkit::ndb::crypt::CryptMethod;
use pffkit::ndb::{Database, Format, Nid};

use crate::recipes::build::{self, MONDAY, file, folder, noise};
use crate::support::{corpus, fixture};

/// Everything that an observer is told, in order.
#[derive(Default, Debug, PartialEq)]
struct Record(Vec<String>);

impl Observer for Record {
    fn begin(&mut self, items: u64) {
        self.0.push(format!("begin {items}"));
    }

    fn folder(&mut self, path: &str) {
        self.0.push(format!("folder {path}"));
    }

    fn item(&mut self, item: &Item) {
        self.0.push(format!("item {item:?}"));
    }

    fn notice(&mut self, item: &Item) {
        self.0.push(format!("notice {item:?}"));
    }

    fn done(&mut self, nid: Nid) {
        self.0.push(format!("done {nid}"));
    }
}

/// What an export of `data` with `options` writes to `out`, tells and returns; an error as its words.
fn run(data: &[u8], options: &Options, out: impl Write + Send) -> (Record, Result<Totals, (ErrorKind, String)>) {
    let findings = Findings::new();
    let mut record = Record::default();
    let limits = Limits { threads: options.jobs, ..Limits::default() };
    let result = Database::open(data, limits, &findings).and_then(|db| {
        let store = Store::open(&db, None, &findings);
        export(&store, options, &findings, out, &mut record).map(|(_, totals)| totals)
    });
    (record, result.map_err(|e| (e.kind(), e.to_string())))
}

fn stream(data: &[u8], options: &Options) -> (Vec<u8>, Record, Result<Totals, (ErrorKind, String)>) {
    let mut out = Vec::new();
    let (record, result) = run(data, options, &mut out);
    (out, record, result)
}

/// One thread and several come to the same, with and without `strict`. Where the run fails only the place where the stream is cut
/// is another: it depends on what has been gathered till then.
fn same_for_all(data: &[u8], name: &str) {
    for strict in [false, true] {
        let options = Options { assoc: true, strict, ..Options::new("all") };
        let (bytes, record, result) = stream(data, &options);
        for jobs in [2, 3, 8] {
            let other = stream(data, &Options { jobs, ..options.clone() });
            let what = format!("{name}, {jobs} threads, strict {strict}");
            let common = if result.is_ok() { bytes.len().max(other.0.len()) } else { bytes.len().min(other.0.len()) };
            assert!(bytes.get(..common) == other.0.get(..common), "{what}");
            assert!((&record, &result) == (&other.1, &other.2), "{what}: {:?}", other.2);
        }
    }
}

/// 70 small messages in two folders, and among them attachments larger than all that may wait to be written.
fn large() -> Vec<u8> {
    file(Format::Unicode, CryptMethod::Permute, |store| {
        for name in ["One", "Two"] {
            let folder = folder(store, IPM_SUBTREE, name, "IPF.Note");
            for n in 0..35u32 {
                let size = [0, 100, 9_000_000, 70_000, 15_000_000][if n % 7 == 3 { n as usize % 5 } else { 0 }];
                let item = build::Item::mail(&format!("{name} {n}"), MONDAY).body("A few words.");
                let item = if size > 0 { item.attach("noise.bin", "", noise(n, size)) } else { item };
                item.put(store, folder);
            }
        }
    })
}

fn files_in(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| ["pst", "ost", "pab"].iter().any(|known| e == *known)));
    files.sort();
    files
}

#[test]
fn every_fixture_comes_out_the_same() {
    let files = [files_in(&fixture("")), files_in(&fixture("damaged"))].concat();
    assert!(files.len() > 20);
    for path in files {
        same_for_all(&std::fs::read(&path).unwrap(), &path.display().to_string());
    }
}

#[test]
fn every_file_of_the_corpus_comes_out_the_same() {
    let Some(corpus) = corpus() else { return };
    for path in files_in(&corpus) {
        same_for_all(&std::fs::read(&path).unwrap(), &path.display().to_string());
    }
}

/// Some findings come up only when a message is half written: they belong to it all the same.
#[test]
fn large_attachments_and_damage_in_them_come_out_the_same() {
    let mut data = large();
    same_for_all(&data, "large");
    // Most of the file is attachments: all but the first and last tenth of it, but for a few pages.
    let at = data.len() / 2;
    data[at..at + 4].iter_mut().for_each(|b| *b ^= 0x55);
    same_for_all(&data, "large, damaged");
    let (_, record, result) = stream(&data, &Options { jobs: 3, ..Options::new("all") });
    let totals = result.unwrap();
    assert_eq!((totals.found, totals.whole, totals.part, totals.file_damage), (70, 69, 1, 0));
    let items: Vec<&String> = record.0.iter().filter(|line| line.starts_with("item")).collect();
    assert_eq!(items.len(), 1);
    assert!(items[0].contains("BLOCKTRAILER.dwCRC"), "{}", items[0]);
}

/// A message that is asked for by itself has no folder, though one was walked just before.
#[test]
fn what_is_asked_for_comes_out_the_same() {
    let data = large();
    let (_, record, _) = stream(&data, &Options::new("all"));
    let last = record.0.iter().rev().find_map(|line| line.strip_prefix("done 0x")).unwrap();
    // The first folder, and a message in the second.
    let only = vec![Nid(0x8082), Nid(u32::from_str_radix(last, 16).unwrap())];
    let options = Options { only, ..Options::new("all") };
    let one = stream(&data, &options);
    assert_eq!(one.2.as_ref().unwrap().found, 36);
    assert!(stream(&data, &Options { jobs: 2, ..options }) == one);
}

/// Takes some bytes, and then no more.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_output_that_fails_ends_all_threads() {
    let data = large();
    for room in [0, 1000, 300_000, 20_000_000] {
        for jobs in [1, 2, 8] {
            let (_, result) = run(&data, &Options { jobs, ..Options::new("all") }, Full(room));
            let (kind, message) = result.unwrap_err();
            assert_eq!(kind, ErrorKind::Target, "{room} bytes, {jobs} threads: {message}");
            assert!(message.contains("no space is left"), "{message}");
        }
    }
}

#[test]
fn a_reader_that_goes_away_is_exit_code_4() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("large.pst");
    std::fs::write(&path, large()).unwrap();
    let script = r#""$PFF2MT" --jobs 4 "$FILE" | head -c 3000000 >"$FILE.mt"; echo "${PIPESTATUS[0]}""#;
    let output = Command::new("bash")
        .args(["-c", script])
        .env("PFF2MT", env!("CARGO_BIN_EXE_pff2mt"))
        .env("FILE", &path)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "4\n", "{}", String::from_utf8_lossy(&output.stderr));
}
