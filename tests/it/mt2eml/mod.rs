//! mt2eml as its users call it.

mod ends;
mod forms;

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use mail_parser::MimeHeaders;
use pffkit::mapi::guid::PSETID_APPOINTMENT;
use pffkit::mapi::tag::pr;
use pffkit::mapi::{PropName, PropTag, Props, Value};
use pffkit::mt::from_pff::Options;
use pffkit::mt::object::{Folder, Frame, Header, MAPI_FOLDER, MAPI_STORE, MessageFrame, NamedProperty, Parent};
use pffkit::mt::{Encoded, Reader, Writer};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use crate::recipes::build::{DAY, Item, MONDAY, text, time};
use crate::support::{corpus, export_file, fixture};

/// Runs mt2eml in `dir` with `input` on standard input: the exit code, and what it said.
fn run_with(args: &[&str], dir: &Path, input: &[u8]) -> (i32, String) {
    let command = Command::new(env!("CARGO_BIN_EXE_mt2eml"))
        .args(args)
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = command.unwrap();
    // One that stops early closes its end.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

fn run(args: &[&str], dir: &Path) -> (i32, String) {
    run_with(args, dir, &[])
}

/// Runs it on a fixture; it has to exit with `code`.
fn export(name: &str, args: &[&str], dir: &Path, code: i32) -> String {
    let path = fixture(name);
    let (found, stderr) = run(&[&[path.to_str().unwrap()], args].concat(), dir);
    assert_eq!(found, code, "{name} {args:?}: {stderr}");
    stderr
}

/// Every file below `dir`, by its path with slashes: its bytes, and when it was changed.
fn tree(dir: &Path) -> BTreeMap<String, (Vec<u8>, SystemTime)> {
    let mut files = BTreeMap::new();
    let mut dirs = vec![dir.to_owned()];
    while let Some(next) = dirs.pop() {
        for entry in fs::read_dir(next).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if entry.file_type().unwrap().is_dir() {
                dirs.push(path);
                continue;
            }
            let name = path.strip_prefix(dir).unwrap().to_str().unwrap().replace('\\', "/");
            files.insert(name, (fs::read(&path).unwrap(), fs::metadata(&path).unwrap().modified().unwrap()));
        }
    }
    files
}

/// The files below `dir` without their times, and without the index, which is written now.
fn contents(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    tree(dir).into_iter().map(|(path, (bytes, _))| (path, bytes)).collect()
}

fn lines(path: &Path) -> Vec<Json> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn index(dir: &Path) -> Vec<Json> {
    lines(&dir.join("index.jsonl"))
}

fn paths(dir: &Path) -> Vec<String> {
    tree(dir).into_keys().filter(|path| !path.starts_with("index.")).collect()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// Each line of the index names the bytes of its item, and nothing else is there.
fn check_index(dir: &Path) -> usize {
    let files = contents(dir);
    let index = index(dir);
    let mut spans: BTreeMap<&str, Vec<(usize, usize)>> = BTreeMap::new();
    for item in &index {
        let Some(path) = item["path"].as_str() else { continue };
        let file = files.get(path).unwrap_or_else(|| panic!("{path} is not there"));
        let start = item["offset"].as_u64().unwrap_or(0) as usize;
        let end = start + item["size"].as_u64().unwrap() as usize;
        assert_eq!(item["sha256"], sha256(&file[start..end]), "{path}");
        assert!(item["offset"].is_u64() || end == file.len(), "{path}");
        spans.entry(path).or_default().push((start, end));
        if let Some(mail) = item["attached_in"].as_object() {
            let path = mail["path"].as_str().unwrap();
            assert_eq!(mail["sha256"], sha256(&files[path]), "{path}");
            assert!(spans.insert(path, vec![(0, files[path].len())]).is_none(), "{path}");
        }
    }
    for (path, spans) in &mut spans {
        spans.sort_unstable();
        assert!(spans.windows(2).all(|pair| pair[0].1 == pair[1].0), "{path}: {spans:?}");
    }
    let named: Vec<&str> = files.keys().map(String::as_str).filter(|path| *path != "index.jsonl").collect();
    assert_eq!(spans.into_keys().collect::<Vec<_>>(), named);
    index.len()
}

/// A row of `census.tsv`: the file, its messages and its associated messages.
fn census(corpus: &Path) -> Vec<(String, usize, usize)> {
    let text = fs::read_to_string(corpus.join("census.tsv")).unwrap();
    let mut rows = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let head = rows.next().unwrap();
    let column = |name: &str| head.iter().position(|cell| *cell == name).unwrap();
    let (messages, fai) = (column("nbt_messages"), column("nbt_fai"));
    let number = |cell: &str| cell.parse().unwrap_or(0);
    rows.map(|row| (row[0].to_owned(), number(row[messages]), number(row[fai]))).collect()
}

#[test]
fn every_message_of_the_corpus_is_one_file_or_entry() {
    let Some(corpus) = corpus() else { return };
    let mut all = 0;
    for (name, messages, fai) in census(&corpus) {
        let dir = tempfile::tempdir().unwrap();
        let path = corpus.join(&name);
        let (code, stderr) = run(&[path.to_str().unwrap(), "-o", "out", "--with-assoc"], dir.path());
        match name.as_str() {
            "pstexp-header.pst" => assert_eq!(code, 3, "{stderr}"),
            "aspnet-addingbulkmessageswithimprovedperformance.pst" => assert_eq!(code, 1, "{stderr}"),
            _ => {
                let items = check_index(&dir.path().join("out"));
                assert_eq!(items, messages + fai, "{name}: {stderr}");
                assert!(index(&dir.path().join("out")).iter().all(|item| item["path"].is_string()), "{name}");
                assert!(code <= 1, "{name}: {stderr}");
                all += items;
            }
        }
    }
    assert_eq!(all, 1938);
}

#[test]
fn the_output_is_the_same_for_any_number_of_threads() {
    let mut inputs: Vec<PathBuf> = ["sample.pst", "damaged/block-crc.pst", "ost4k.ost"].map(fixture).into();
    if let Some(corpus) = corpus() {
        inputs.extend(["npm-extest.ost", "pstsdk-sample2.pst", "aspnet-outlook-v1.pst"].map(|name| corpus.join(name)));
    }
    let dir = tempfile::tempdir().unwrap();
    for (i, input) in inputs.iter().enumerate() {
        for mail in ["eml", "mbox"] {
            let out = |jobs: &str| {
                let out = format!("{i}-{mail}-{jobs}");
                let args = ["-o", &out, "--with-assoc", "--mail", mail, "--jobs", jobs];
                let (code, stderr) = run(&[&[input.to_str().unwrap()][..], &args].concat(), dir.path());
                assert!(code <= 1, "{stderr}");
                let mut tree = tree(&dir.path().join(&out));
                // The index is of now.
                tree.get_mut("index.jsonl").unwrap().1 = SystemTime::UNIX_EPOCH;
                tree
            };
            let one = out("1");
            assert!(one == out("2") && one == out("8"), "{}", input.display());
        }
    }
}

/// The three ways in: a file, a stream in a file, a stream or a file on standard input.
#[test]
fn a_file_and_its_stream_are_the_same() {
    let dir = tempfile::tempdir().unwrap();
    export("sample.pst", &["-o", "file"], dir.path(), 0);
    let stream = export_file(&fixture("sample.pst"), false, Options::new("")).unwrap().stream;
    fs::write(dir.path().join("box.mt"), &stream).unwrap();
    assert_eq!(run(&["box.mt", "-o", "stream"], dir.path()).0, 0);
    assert_eq!(run_with(&["-o", "piped"], dir.path(), &stream).0, 0);
    let pst = fs::read(fixture("sample.pst")).unwrap();
    assert_eq!(run_with(&["-o", "piped-file"], dir.path(), &pst).0, 0);
    let file = contents(&dir.path().join("file"));
    // Mails; calendar, tasks, journal and contacts; the index.
    assert_eq!(file.len(), 20 + 4 + 1);
    for other in ["stream", "piped", "piped-file"] {
        assert!(contents(&dir.path().join(other)) == file, "{other}");
    }
}

#[test]
fn times_are_those_of_the_messages() {
    let dir = tempfile::tempdir().unwrap();
    export("sample.pst", &["-o", "out"], dir.path(), 0);
    let tree = tree(&dir.path().join("out"));
    let (path, (_, time)) = tree.iter().find(|(path, _)| path.contains("Welcome to your mailbox (200024)")).unwrap();
    // It was received a minute after it was sent.
    let received = SystemTime::UNIX_EPOCH + Duration::from_secs(MONDAY as u64 + 60);
    assert_eq!(*time, received, "{path}");
}

/// What a stream is made of.
struct Stream(Writer<Vec<u8>>);

impl Stream {
    fn new() -> Self {
        let mut stream = Self(Writer::new(Vec::new(), &Header::default()).unwrap());
        stream.put(Frame::Folder(Folder {
            nid: 1,
            parent: Parent { kind: MAPI_STORE, nid: 0 },
            props: Props::new(),
            acl: Vec::new(),
        }));
        stream
    }

    fn put(&mut self, frame: Frame<'static>) {
        self.0.write(&Encoded::frame(&frame).unwrap()).unwrap();
    }

    fn folder(&mut self, nid: u64, parent: u64, name: &str) {
        let props: Props<'static> = [(pr::DISPLAY_NAME, Value::str(name.to_owned()))].into_iter().collect();
        self.put(Frame::Folder(Folder {
            nid,
            parent: Parent { kind: MAPI_FOLDER, nid: parent },
            props,
            acl: Vec::new(),
        }));
    }

    fn message(&mut self, nid: u64, parent: u64, item: Item) {
        let parent = Parent { kind: MAPI_FOLDER, nid: parent };
        self.put(Frame::Message(MessageFrame { nid, parent, message: item.0, rfc822: Vec::new().into() }));
    }

    fn finish(self) -> Vec<u8> {
        self.0.finish().unwrap()
    }
}

const HOSTILE: [&str; 22] = [
    "../../../escaped",
    "..",
    ".",
    "/etc/passwd",
    "C:\\Windows\\System32",
    "\\\\server\\share",
    "nul",
    "COM1.eml",
    "aux .txt",
    "a\u{1b}]0;owned\u{7}b",
    "line\nfeed\r\n",
    "exe.\u{202e}gpj",
    "dots. . .",
    " ",
    "<>:\"|?*",
    "Same",
    "SAME",
    "sAmE",
    "e\u{301}",
    "\u{e9}",
    "index.jsonl",
    "cur",
];

/// Whether `name` is a file name on every system.
fn is_safe(name: &str) -> bool {
    let bad = |c: char| c.is_control() || "\\:*?\"<>|\u{202e}".contains(c);
    let stem = name.split('.').next().unwrap().trim_end().to_ascii_lowercase();
    let device = ["con", "prn", "aux", "nul", "com1"].contains(&stem.as_str());
    !name.is_empty() && name.len() <= 255 && !name.chars().any(bad) && !device && !name.ends_with(['.', ' '])
}

#[test]
fn nothing_leaves_the_output_whatever_things_are_called() {
    let mut stream = Stream::new();
    let long = "long ".repeat(2000);
    let names = HOSTILE.iter().copied().chain([long.as_str()]);
    for (i, name) in names.enumerate() {
        let nid = 0x100 + i as u64;
        stream.folder(nid, 1, name);
        // The same id again and again, and the same subjects, in whatever case.
        for (id, subject) in [(0x24, name), (0x24, name), (0x44, name), (0x24, "x"), (0x24, "X")] {
            stream.message(id, nid, Item::mail(subject, MONDAY));
        }
        stream.message(0x64, 1, Item::mail(name, MONDAY));
        stream.message(0x84, nid, Item::new("IPM.Contact", name, MONDAY));
    }
    let count = (HOSTILE.len() + 1) * 7;
    let stream = stream.finish();
    for mail in ["eml", "mbox", "maildir"] {
        let outer = tempfile::tempdir().unwrap();
        let dir = outer.path().join("a/b");
        fs::create_dir_all(&dir).unwrap();
        let (code, stderr) = run_with(&["-o", "out", "--mail", mail], &dir, &stream);
        assert_eq!(code, 0, "{stderr}");
        assert!(!stderr.contains('\u{1b}'));
        assert_eq!(check_index(&dir.join("out")), count);
        let all: Vec<String> = tree(outer.path()).into_keys().collect();
        assert!(all.iter().all(|path| path.starts_with("a/b/out/")), "{all:#?}");
        let parts = all.iter().flat_map(|path| path.split('/'));
        // Two dots and a colon are what Maildir wants.
        let mut unsafe_names = parts.filter(|name| !is_safe(name) && !name.contains(".pffkit:2,"));
        assert_eq!(unsafe_names.next(), None);
        let folded: HashSet<String> = all.iter().map(|path| path.to_lowercase()).collect();
        assert_eq!(folded.len(), all.len());
    }
}

fn subjects(dir: &Path) -> Vec<String> {
    let mut subjects: Vec<String> =
        index(dir).iter().map(|item| item["subject"].as_str().unwrap().to_owned()).collect();
    subjects.sort();
    subjects
}
