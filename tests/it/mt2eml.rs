//! mt2eml as its users call it.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use mail_parser::MimeHeaders;
use pffkit::mapi::tag::pr;
use pffkit::mapi::{Props, Value};
use pffkit::mt::from_pff::Options;
use pffkit::mt::object::{Folder, Frame, Header, MAPI_FOLDER, MAPI_STORE, MessageFrame, Parent};
use pffkit::mt::{Encoded, Reader, Writer};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use crate::recipes::build::{Item, MONDAY};
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

#[test]
fn a_zip_file_holds_the_same_as_the_directory() {
    let dir = tempfile::tempdir().unwrap();
    for mail in ["eml", "mbox", "maildir"] {
        export("sample.pst", &["-o", mail, "--mail", mail], dir.path(), 0);
        let name = format!("{mail}.zip");
        export("sample.pst", &["--zip", &name, "--mail", mail], dir.path(), 0);
        let mut zip = zip::ZipArchive::new(File::open(dir.path().join(&name)).unwrap()).unwrap();
        let mut entries = BTreeMap::new();
        for i in 0..zip.len() {
            let mut entry = zip.by_index(i).unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            let name = entry.name().unwrap().into_owned();
            if name.contains("Welcome to your mailbox (200024)") {
                assert_eq!(entry.last_modified().unwrap().to_string(), "2024-03-04 09:01:00");
            }
            assert!(entries.insert(name, bytes).is_none());
        }
        assert!(entries == contents(&dir.path().join(mail)), "{mail}");
    }
    let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 6, "{left:?}");
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

#[test]
fn filters() {
    let dir = tempfile::tempdir().unwrap();
    let mut n = 0;
    let mut filtered = |args: &[&str]| {
        n += 1;
        let out = n.to_string();
        export("sample.pst", &[&["-o", &out], args].concat(), dir.path(), 0);
        subjects(&dir.path().join(out))
    };
    assert_eq!(filtered(&["--folder", "inbox/projects", "--folder", "*/junk*"]), ["You have won"]);
    assert_eq!(filtered(&["--folder", "projects"]), ["A note in a folder", "Minutes"]);
    assert_eq!(filtered(&["--folder", "Top*/Inbox/Projects"]), ["A note in a folder", "Minutes"]);
    assert_eq!(filtered(&["--folder", "Sent Items"]), ["RE: Welcome to your mailbox", "Rich text"]);
    assert_eq!(filtered(&["--until", "2023-05-09", "--class", "IPM.Note"]), ["Old news"]);
    assert_eq!(filtered(&["--until", "2023-05-09T09:01:00Z", "--class", "IPM.Note"]), [""; 0]);
    assert_eq!(filtered(&["--until", "2023-05-09T09:01:01Z", "--class", "ipm.note"]), ["Old news"]);
    assert_eq!(filtered(&["--class", "IPM.Contact"]).len(), 2);
    assert_eq!(filtered(&["--since", "100y"]).len(), 30);
    assert_eq!(filtered(&["--since", "2090-01-01", "--class", "IPM.Note"]), [""; 0]);
    assert_eq!(filtered(&["--exclude", "Top of Outlook data file"]), [""; 0]);
    assert_eq!(filtered(&["--with-assoc"]).len(), 32);
    assert_eq!(filtered(&["--max-size", "1GB"]).len(), 30);
    let small = filtered(&["--max-size", "8KB"]).len();
    assert!(small > 20 && small < 30, "{small}");
    let stderr = export("sample.pst", &["-o", "told", "--folder", "Inbox", "--exclude", "projects"], dir.path(), 0);
    assert!(stderr.contains(" items left out"), "{stderr}");
}

#[test]
fn one_file_for_all_calendars_and_contacts_of_a_user() {
    let dir = tempfile::tempdir().unwrap();
    export("sample.pst", &["-o", "out", "--layout", "user"], dir.path(), 0);
    let out = dir.path().join("out");
    assert_eq!(check_index(&out), 30);
    let tops: HashSet<String> = paths(&out).iter().map(|path| path.split('/').next().unwrap().to_owned()).collect();
    let expected = ["Calendar.ics", "Tasks.ics", "Journal.ics", "Contacts.csv", "Contacts.vcf", "mail"];
    assert_eq!(tops, expected.map(str::to_owned).into());
    let calendar = fs::read_to_string(out.join("Calendar.ics")).unwrap();
    assert_eq!(calendar.matches("BEGIN:VCALENDAR").count(), 1);
    assert!(calendar.ends_with("END:VCALENDAR\r\n"));
    // Two contacts below the names of the columns; the list of them has no place in a table.
    let contacts = csv::Reader::from_path(out.join("Contacts.csv")).unwrap().into_records().count();
    assert_eq!(contacts, 2);
    assert_eq!(
        export("sample.pst", &["-o", "x", "--layout", "user", "--calendar", "item"], dir.path(), 2).lines().count(),
        1
    );
}

#[test]
fn an_item_a_file() {
    let dir = tempfile::tempdir().unwrap();
    export("sample.pst", &["-o", "out", "--calendar", "item", "--contacts", "item"], dir.path(), 0);
    let out = dir.path().join("out");
    assert_eq!(check_index(&out), 30);
    let of = |extension: &str| paths(&out).iter().filter(|path| path.ends_with(extension)).count();
    assert_eq!((of(".eml"), of(".ics"), of(".vcf")), (20, 7, 3));
}

#[test]
fn mbox_and_maildir() {
    let dir = tempfile::tempdir().unwrap();
    export("sample.pst", &["-o", "mbox", "--mail", "mbox"], dir.path(), 0);
    let inbox = fs::read_to_string(dir.path().join("mbox/Top of Outlook data file/Inbox/Inbox.mbox")).unwrap();
    let starts = inbox.lines().filter(|line| line.starts_with("From ")).count();
    export("sample.pst", &["-o", "maildir", "--mail", "maildir"], dir.path(), 0);
    let maildir = dir.path().join("maildir/Top of Outlook data file/Inbox");
    let mails: Vec<String> =
        fs::read_dir(maildir.join("cur")).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!((starts, mails.len()), (12, 12));
    assert!(maildir.join("new").is_dir() && maildir.join("tmp").is_dir());
    let welcome = format!("{}.200024.pffkit:2,", MONDAY + 60);
    assert!(mails.iter().any(|name| name.starts_with(&welcome)), "{mails:?}");
    let draft = dir.path().join("maildir/Top of Outlook data file/Drafts/cur");
    let draft = fs::read_dir(draft).unwrap().next().unwrap().unwrap().file_name().into_string().unwrap();
    assert!(draft.split(",").nth(1).unwrap().contains('D'), "{draft}");
}

#[test]
fn a_second_run_is_refused_unless_it_is_told_to_replace() {
    let dir = tempfile::tempdir().unwrap();
    export("sample.pst", &["-o", "out"], dir.path(), 0);
    let out = dir.path().join("out");
    let before = contents(&out);
    let stderr = export("sample.pst", &["-o", "out", "--mail", "mbox"], dir.path(), 4);
    assert!(stderr.contains("not empty") && stderr.contains("--force"), "{stderr}");
    assert!(contents(&out) == before);
    // What was changed is as it was; what the run knows nothing of stays.
    let mail = before.keys().find(|path| path.ends_with(".eml")).unwrap();
    fs::write(out.join(mail), "changed").unwrap();
    fs::write(out.join("mine"), "mine").unwrap();
    export("sample.pst", &["-o", "out", "--force"], dir.path(), 0);
    let mut after = contents(&out);
    assert_eq!(after.remove("mine").unwrap(), b"mine");
    assert!(after == before);
    let zip = ["--zip", "out.zip"];
    export("sample.pst", &zip, dir.path(), 0);
    export("sample.pst", &zip, dir.path(), 4);
    export("sample.pst", &["--zip", "out.zip", "--force"], dir.path(), 0);
}

#[cfg(unix)]
#[test]
fn links_in_the_output_lead_nowhere() {
    let dir = tempfile::tempdir().unwrap();
    export("sample.pst", &["-o", "out"], dir.path(), 0);
    let victim = dir.path().join("victim");
    fs::write(&victim, "untouched").unwrap();
    let out = dir.path().join("out");
    for path in contents(&out).keys() {
        fs::remove_file(out.join(path)).unwrap();
        std::os::unix::fs::symlink(&victim, out.join(path)).unwrap();
    }
    export("sample.pst", &["-o", "out", "--force"], dir.path(), 0);
    assert_eq!(fs::read(&victim).unwrap(), b"untouched");
    // A directory that is a link is refused.
    let top = out.join("Top of Outlook data file");
    fs::remove_dir_all(&top).unwrap();
    fs::create_dir(dir.path().join("elsewhere")).unwrap();
    std::os::unix::fs::symlink(dir.path().join("elsewhere"), &top).unwrap();
    export("sample.pst", &["-o", "out", "--force"], dir.path(), 4);
    assert_eq!(fs::read_dir(dir.path().join("elsewhere")).unwrap().count(), 0);
}

#[test]
fn damage_of_the_file_reaches_ledger_index_and_exit_code() {
    let dir = tempfile::tempdir().unwrap();
    export("damaged/block-crc.pst", &["-o", "out", "--ledger", "ledger"], dir.path(), 1);
    let index = index(&dir.path().join("out"));
    let findings = |item: &Json| item["findings"].as_array().unwrap().len();
    let damaged: Vec<&Json> = index.iter().filter(|item| findings(item) > 0).collect();
    assert_eq!((index.len(), damaged.len()), (2, 1));
    assert_eq!(damaged[0]["findings"][0]["structure"], "BLOCKTRAILER.dwCRC");
    let ledger = lines(&dir.path().join("ledger"));
    assert_eq!(ledger.len(), 2);
    assert_eq!(ledger[0], *damaged[0]);
    for (name, count) in [("found", 2), ("whole", 1), ("part", 1), ("missing", 0)] {
        assert_eq!(ledger[1]["totals"][name], count, "{name}");
    }
}

/// What no page of the node B-tree names any more is found by what is in the blocks, as pff2mt finds it.
#[test]
fn a_file_without_its_node_tree_gives_what_its_stream_gives() {
    let dir = tempfile::tempdir().unwrap();
    let broken = dir.path().join("broken.pst");
    let command = |tool: &str, args: &[&str]| {
        let output = Command::new(tool).args(args).current_dir(dir.path()).output().unwrap();
        (output.status.code().unwrap(), output.stdout)
    };
    let sample = fixture("sample.pst");
    let args = [sample.to_str().unwrap(), "broken.pst", "--kind", "nbt-leaf", "--count", "9"];
    assert_eq!(command(env!("CARGO_BIN_EXE_pffbreak"), &args).0, 0);
    let (code, stream) = command(env!("CARGO_BIN_EXE_pff2mt"), &[broken.to_str().unwrap()]);
    assert_eq!(code, 1);
    assert_eq!(run(&["broken.pst", "-o", "file"], dir.path()).0, 1);
    run_with(&["-o", "stream"], dir.path(), &stream);
    let bytes = |out: &str| {
        let index = index(&dir.path().join(out));
        index.iter().map(|item| (item["path"].to_string(), item["sha256"].to_string())).collect::<Vec<_>>()
    };
    assert_eq!(bytes("file"), bytes("stream"));
    export("sample.pst", &["-o", "sound"], dir.path(), 0);
    let subjects =
        |out: &str| index(&dir.path().join(out)).iter().map(|i| i["subject"].to_string()).collect::<Vec<_>>();
    let (mut found, mut sound) = (subjects("file"), subjects("sound"));
    found.sort();
    sound.sort();
    assert_eq!(found, sound);
}

#[test]
fn a_file_that_cannot_be_read_says_so_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("letter.doc"), "Dear Sir or Madam").unwrap();
    fs::write(dir.path().join("empty"), "").unwrap();
    for (input, message) in
        [("letter.doc", "found \"Dear\""), ("missing.pst", "no such file"), (".", "a directory"), ("empty", "empty")]
    {
        let (code, stderr) = run(&[input, "-o", "out"], dir.path());
        assert_eq!(code, 3, "{input}: {stderr}");
        assert!(stderr.contains(message) && stderr.contains(input), "{input}: {stderr}");
    }
    assert_eq!(run_with(&["-o", "out"], dir.path(), b"").0, 3);
    assert!(!dir.path().join("out").exists());
    assert_eq!(run(&["letter.doc"], dir.path()).0, 2);
    assert_eq!(run(&["letter.doc", "-o", "out", "--folder", "a["], dir.path()).0, 2);
}

#[test]
fn what_was_complete_before_a_cut_is_kept() {
    let stream = export_file(&fixture("sample.pst"), false, Options::new("")).unwrap().stream;
    let cut = &stream[..stream.len() / 2];
    let mut reader = Reader::new(cut).unwrap();
    while let Ok(Some(_)) = reader.next_frame() {}
    // The last one is not whole.
    let complete = reader.counts().messages as usize - 1;
    let dir = tempfile::tempdir().unwrap();
    let (code, stderr) = run_with(&["-o", "out"], dir.path(), cut);
    assert_eq!(code, 3, "{stderr}");
    assert!(complete > 5 && stderr.contains("the stream is cut"), "{stderr}");
    assert_eq!(check_index(&dir.path().join("out")), complete);
    let (code, _) = run_with(&["--zip", "out.zip"], dir.path(), cut);
    let zip = zip::ZipArchive::new(File::open(dir.path().join("out.zip")).unwrap()).unwrap();
    assert_eq!((code, zip.len()), (3, contents(&dir.path().join("out")).len()));
}

/// An input that says no more does not keep the run from ending.
#[cfg(unix)]
#[test]
fn a_signal_ends_the_run_and_keeps_what_was_complete() {
    let stream = export_file(&fixture("sample.pst"), false, Options::new("")).unwrap().stream;
    let dir = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_mt2eml"))
        .args(["-o", "out", "--jobs", "1"])
        .current_dir(dir.path())
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(&stream[..stream.len() / 2]).unwrap();
    // It listens to signals before it writes.
    let mail = dir.path().join("out/Top of Outlook data file/Deleted Items/Old news (200104).eml");
    while !mail.exists() {
        assert!(child.try_wait().unwrap().is_none());
        std::thread::yield_now();
    }
    let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(check_index(&dir.path().join("out")) >= 1);
    drop(input);
}

/// A frame that can't be read, between two that can.
#[test]
fn a_bad_item_does_not_end_the_run() {
    let mut bytes = Vec::new();
    let mut ends = Vec::new();
    for n in 1..=3 {
        let mut stream = Stream::new();
        (0..n).for_each(|i| stream.message(0x24 + i * 0x20, 1, Item::mail("Subject", MONDAY)));
        bytes = stream.finish();
        ends.push(bytes.len());
    }
    // The number of properties of the second message: behind size, type, id and parent.
    bytes[ends[0] + 32..ends[0] + 34].copy_from_slice(&[0xFF, 0xFF]);
    let dir = tempfile::tempdir().unwrap();
    let (code, stderr) = run_with(&["-o", "out", "--ledger", "ledger"], dir.path(), &bytes);
    assert_eq!(code, 1, "{stderr}");
    assert_eq!(check_index(&dir.path().join("out")), 3);
    let ledger = lines(&dir.path().join("ledger"));
    assert_eq!((ledger.len(), &ledger[0]["kind"], &ledger[0]["path"]), (2, &Json::from("frame"), &Json::Null));
    assert_eq!(paths(&dir.path().join("out")).len(), 2);
}

#[test]
fn an_output_that_cannot_be_written_is_the_targets_failure() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    let stderr = export("sample.pst", &["-o", "file/out"], dir.path(), 4);
    assert!(stderr.contains("file/out"), "{stderr}");
    export("sample.pst", &["--zip", "no/such/dir.zip"], dir.path(), 4);
}

/// No file may be larger than a limit, which is what a full disk is like.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_ends_the_run() {
    let dir = tempfile::tempdir().unwrap();
    for (how, left) in [
        ("-o out --jobs 1", None),
        ("-o out8 --jobs 8", None),
        ("-o mbox --mail mbox", None),
        ("--zip out.zip", Some("out.zip")),
    ] {
        let script = format!("trap '' XFSZ; ulimit -f 8; exec \"$MT2EML\" \"$FILE\" {how}");
        let output = Command::new("bash")
            .args(["-c", &script])
            .env("MT2EML", env!("CARGO_BIN_EXE_mt2eml"))
            .env("FILE", fixture("sample.pst"))
            .current_dir(dir.path())
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(4), "{how}: {stderr}");
        assert!(stderr.contains("can't be written"), "{how}: {stderr}");
        // No zip file that looks whole, and nothing of what was in the making.
        assert!(left.is_none_or(|name| !dir.path().join(name).exists()));
        let all = tree(dir.path()).into_keys();
        assert_eq!(all.filter(|path| path.contains(".part")).count(), 0, "{how}");
    }
}

#[test]
fn an_index_for_spreadsheets_has_no_formulas() {
    let mut stream = Stream::new();
    stream.message(
        0x24,
        1,
        Item::mail("=HYPERLINK(\"http://example.org\")", MONDAY).attach("a,b.txt", "text/plain", &b"abc"[..]),
    );
    stream.message(0x44, 1, Item::mail("plain", MONDAY));
    let dir = tempfile::tempdir().unwrap();
    let (code, stderr) = run_with(&["-o", "out", "--index", "csv"], dir.path(), &stream.finish());
    assert_eq!(code, 0, "{stderr}");
    let mut reader = csv::Reader::from_path(dir.path().join("out/index.csv")).unwrap();
    let rows: Vec<BTreeMap<String, String>> = reader.deserialize().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["subject"], "'=HYPERLINK(\"http://example.org\")");
    assert_eq!((rows[0]["attachments"].as_str(), rows[0]["attachment_sizes"].as_str()), ("a,b.txt", "3"));
    assert_eq!((rows[1]["subject"].as_str(), rows[1]["nid"].as_str()), ("plain", "0x44"));
}

#[test]
fn what_a_contact_has_attached_is_in_a_mail_beside_it() {
    let contact = |name: &str| Item::mail(name, MONDAY).set(0x001A_001F, Value::str("IPM.Contact"));
    let mut stream = Stream::new();
    stream.message(0x24, 1, contact("Jane").attach("plan.txt", "text/plain", &b"the plan"[..]));
    stream.message(0x44, 1, contact("John"));
    stream.message(0x64, 1, contact("Ann").attach("ContactPicture.jpg", "image/jpeg", &b"jpeg"[..]));
    let stream = stream.finish();
    let dir = tempfile::tempdir().unwrap();
    for (form, beside) in [("folder", 1), ("item", 1), ("csv", 2)] {
        let (code, stderr) = run_with(&["-o", form, "--contacts", form], dir.path(), &stream);
        assert_eq!(code, 0, "{stderr}");
        let out = dir.path().join(form);
        assert_eq!(check_index(&out), 3);
        let mails: Vec<_> = paths(&out).into_iter().filter(|path| path.ends_with(".eml")).collect();
        assert_eq!(mails.len(), beside, "{mails:?}");
        let mail = fs::read(out.join(index(&out)[0]["attached_in"]["path"].as_str().unwrap())).unwrap();
        let parsed = mail_parser::MessageParser::default().parse(&mail).unwrap();
        assert_eq!(parsed.attachment(0).unwrap().contents(), b"the plan");
    }
    let (code, stderr) = run_with(&["--zip", "out.zip"], dir.path(), &stream);
    assert_eq!(code, 0, "{stderr}");
    let mut zip = zip::ZipArchive::new(File::open(dir.path().join("out.zip")).unwrap()).unwrap();
    for (path, (bytes, _)) in tree(&dir.path().join("folder")) {
        let mut found = Vec::new();
        zip.by_name(&path).unwrap().read_to_end(&mut found).unwrap();
        assert_eq!(found, bytes, "{path}");
    }
}

#[test]
fn forms_that_are_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let options = ["-o", "out", "--keep-rtf", "--contacts", "thunderbird-csv", "--vcard", "3.0"];
    export("sample.pst", &options, dir.path(), 0);
    let files = contents(&dir.path().join("out"));
    let text = |name: &str| {
        let (_, bytes) = files.iter().find(|(path, _)| path.contains(name)).unwrap();
        String::from_utf8_lossy(bytes).into_owned()
    };
    assert!(text("Rich text").contains("filename=body.rtf"));
    assert!(text("Contacts.vcf").contains("VERSION:3.0"));
    // [`pffkit::mime::csv::Dialect::Thunderbird`] has 37 columns.
    assert_eq!(text("Contacts.csv").lines().next().unwrap().split("\",\"").count(), 37);
}

#[test]
fn busy_times_of_a_range() {
    let busy = |range: &str| {
        let dir = tempfile::tempdir().unwrap();
        export("sample.pst", &["-o", "out", "--ifb", range], dir.path(), 0);
        let text = fs::read_to_string(dir.path().join("out/FreeBusy.ifb")).unwrap();
        text.lines()
            .filter_map(|line| line.strip_prefix("FREEBUSY;FBTYPE=BUSY:"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    // Ten weeks less the one that is deleted, the dentist and the holiday.
    assert_eq!(busy("2020-01-01/2030-01-01").len(), 9 + 2);
    let expected = ["20240401T070000Z/20240401T080000Z", "20240403T000000Z/20240404T000000Z"];
    assert_eq!(busy("2024-04-01/2024-04-08"), expected);
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(run(&["--ifb", "2024-04-08/2024-04-01", "-o", "out"], dir.path()).0, 2);
}

#[test]
fn tnef_gives_what_is_in_it_where_that_is_asked_for() {
    let attribute = |id: u32, data: &[u8]| {
        let sum = data.iter().fold(0u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
        [&[2], &id.to_le_bytes()[..], &(data.len() as u32).to_le_bytes(), data, &sum.to_le_bytes()].concat()
    };
    let head = [&0x223E_9F78u32.to_le_bytes()[..], &[0, 0]].concat();
    let parts = [attribute(0x0006_9002, &[0; 14]), attribute(0x0001_8010, b"a.txt\0"), attribute(0x0006_800F, b"abc")];
    let tnef = [head, parts.concat()].concat();
    let mut stream = Stream::new();
    stream.message(0x24, 1, Item::mail("wrapped", MONDAY).attach("winmail.dat", "application/ms-tnef", tnef));
    let stream = stream.finish();
    let dir = tempfile::tempdir().unwrap();
    for (args, name) in [(&["-o", "as-is"][..], "winmail.dat"), (&["-o", "unwrapped", "--unwrap-tnef"], "a.txt")] {
        assert_eq!(run_with(args, dir.path(), &stream).0, 0);
        let (_, mail) =
            contents(&dir.path().join(args[1])).into_iter().find(|(path, _)| path.ends_with(".eml")).unwrap();
        let parsed = mail_parser::MessageParser::default().parse(&mail).unwrap();
        let names: Vec<_> = parsed.attachments().map(|part| part.attachment_name()).collect();
        assert_eq!(names, [Some(name)]);
    }
}

/// What one item tells of an address is used for those behind it, and what the user tells goes before it.
#[test]
fn addresses_of_exchange() {
    const X500: &str = "/O=ORG/OU=A/CN=JANE";
    let from = |item: Item| {
        let item = item.set(0x0064_001F, Value::str("EX")).set(0x0065_001F, Value::str(X500));
        item.set(0x0C1E_001F, Value::str("EX")).set(0x0C1F_001F, Value::str(X500)).set(0x003B_0102, Value::Null).0
    };
    let mut stream = Stream::new();
    for (nid, known) in [(0x24, false), (0x44, true), (0x64, false)] {
        let mut message = from(Item::mail("Subject", MONDAY));
        message.props.retain(|tag, _| tag.id() != 0x003B && tag.id() != 0x0C1D);
        if known {
            message.props.set(pffkit::mapi::PropTag(0x5D02_001F), Value::str("jane@example.org"));
        }
        stream.message(nid, 1, Item(message));
    }
    let stream = stream.finish();
    let dir = tempfile::tempdir().unwrap();
    let senders = |out: &str, args: &[&str]| {
        let (code, stderr) = run_with(&[&["-o", out], args].concat(), dir.path(), &stream);
        assert_eq!(code, 0, "{stderr}");
        index(&dir.path().join(out)).iter().map(|item| item["sender"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let learnt = senders("learnt", &["--jobs", "8"]);
    assert!(learnt[0].contains("IMCEAEX"), "{learnt:?}");
    assert_eq!(learnt[1..], ["Jane Doe <jane@example.org>", "Jane Doe <jane@example.org>"]);
    fs::write(dir.path().join("map"), format!("{X500}\ttold@example.org\n")).unwrap();
    assert_eq!(senders("told", &["--ex-map", "map"]), ["Jane Doe <told@example.org>"; 3]);
}
