//! Other readers find in a file that was made of the stream of another one what they find in that one: as many messages,
//! attachments and recipients.

use std::path::Path;
use std::process::Command;

use pffkit::ndb::Format;

use crate::mt2pff::{exported, files, written};
use crate::write::peers::{pffexport_of, readpst};

/// Messages, attachments, recipients, and what could not be read; `None` where the reader is not there.
type Counts = Option<[u64; 4]>;

/// Files of which a reader finds less than they hold: the beginning of their names, the reader, what the reader finds in the copy,
/// and why it finds something else in the original. The figures of the copy are those of the readers that can read the original.
const EXCEPTIONS: &[(&str, &str, [u64; 4], &str)] = &[
    ("aspnet-addingbulk", "readpst", [0, 0, 0, 0], HEADER),
    ("aspnet-addingbulk", "pffexport", [0, 0, 0, 0], HEADER),
    ("aspnet-addingbulk", "pypff", [0, 0, 0, 0], HEADER),
    ("aspjava-split-outlook-part0", "pypff", [2, 6, 0, 0], TABLES),
    ("aspjava-split-outlook-part1", "pypff", [11, 7, 0, 0], TABLES),
    ("aspjava-split-outlook-part2", "pypff", [3, 3, 0, 0], TABLES),
    ("aspnet-split-outlook-part0", "pypff", [2, 6, 0, 0], TABLES),
    ("aspnet-split-outlook-part1", "pypff", [11, 7, 0, 0], TABLES),
    ("aspnet-split-outlook-part2", "pypff", [3, 3, 0, 0], TABLES),
    ("aspnet-csplit-outlook-part0", "pypff", [2, 6, 0, 0], TABLES),
    ("aspnet-csplit-outlook-part1", "pypff", [11, 7, 0, 0], TABLES),
    ("aspnet-csplit-outlook-part2", "pypff", [3, 3, 0, 0], TABLES),
    ("aspnet-vbsplit-outlook-part0", "pypff", [2, 6, 0, 0], TABLES),
    ("aspnet-vbsplit-outlook-part1", "pypff", [11, 7, 0, 0], TABLES),
    ("aspnet-vbsplit-outlook-part2", "pypff", [3, 3, 0, 0], TABLES),
    ("aspnet-split-test-part1", "pypff", [61, 43, 0, 0], TABLES),
    ("aspjava-split-personal-folders-part0.", "pffexport", [3, 6, 3, 0], TABLES),
    ("aspjava-split-personal-folders-part1.", "pffexport", [3, 6, 3, 0], TABLES),
    ("aspjava-split-personal-folders-part2.", "pffexport", [3, 6, 3, 0], TABLES),
    ("aspjava-split-personal-folders-part3.", "pffexport", [3, 6, 3, 0], TABLES),
    ("aspjava-split-personal-folders-part4.", "pffexport", [3, 6, 3, 0], TABLES),
    ("aspjava-split-personal-folders-part5.", "pffexport", [3, 6, 3, 0], TABLES),
    ("aspjava-split-personal-folders-part6.", "pffexport", [3, 6, 3, 0], TABLES),
    ("aspjava-split-personal-folders-part7.", "pffexport", [3, 6, 3, 0], TABLES),
    ("aspjava-split-personal-folders-part8.", "pffexport", [3, 6, 3, 0], TABLES),
    ("aspjava-split-personal-folders-part9.", "pffexport", [3, 6, 3, 0], TABLES),
    ("aspjava-split-personal-folders-part0.", "pypff", [3, 6, 0, 0], TABLES),
    ("aspjava-split-personal-folders-part1.", "pypff", [3, 6, 0, 0], TABLES),
    ("aspjava-split-personal-folders-part2.", "pypff", [3, 6, 0, 0], TABLES),
    ("aspjava-split-personal-folders-part3.", "pypff", [3, 6, 0, 0], TABLES),
    ("aspjava-split-personal-folders-part4.", "pypff", [3, 6, 0, 0], TABLES),
    ("aspjava-split-personal-folders-part5.", "pypff", [3, 6, 0, 0], TABLES),
    ("aspjava-split-personal-folders-part6.", "pypff", [3, 6, 0, 0], TABLES),
    ("aspjava-split-personal-folders-part7.", "pypff", [3, 6, 0, 0], TABLES),
    ("aspjava-split-personal-folders-part8.", "pypff", [3, 6, 0, 0], TABLES),
    ("aspjava-split-personal-folders-part9.", "pypff", [3, 6, 0, 0], TABLES),
    ("tghanem-user1-test.lab-v1", "readpst", [6, 1, 0, 0], COLUMNS),
    ("tghanem-user1-test.lab-v3", "readpst", [3, 1, 0, 0], COLUMNS),
    ("tghanem-user1-test.lab-v4", "readpst", [5, 1, 0, 0], COLUMNS),
    ("tghanem-user1-test.lab-v5", "readpst", [2, 0, 0, 0], COLUMNS),
    ("tghanem-user1-test.lab-v6", "readpst", [6, 1, 0, 0], COLUMNS),
    ("tghanem-user1-test.lab-v7", "readpst", [4, 1, 0, 0], COLUMNS),
    ("ost4k.ost", "readpst", [41, 3, 0, 0], COMPRESSED),
];
const COMPRESSED: &str = "its blocks are compressed: readpst finds no root";
const HEADER: &str = "the CRC of its header is wrong: all of them refuse it";
const TABLES: &str =
    "a folder table has rows with other ids than its row index: libpff refuses it, and all that is behind it";
const COLUMNS: &str =
    "the recipient table has a column PidTagContentCount without cells: readpst takes the message for a folder";

fn by_readpst(file: &Path) -> Counts {
    let out = readpst(file)?;
    let names = out.files().keys().filter_map(|path| path.rsplit('/').next());
    let (items, parts): (Vec<_>, Vec<_>) = names.partition(|name| name.bytes().all(|b| b.is_ascii_digit()));
    Some([items.len() as u64, parts.len() as u64, 0, 0])
}

/// Those that the tables of folders and the node B-tree name, without what it recovers of deleted ones.
fn by_pffexport(file: &Path) -> Counts {
    let out = pffexport_of(file, "items", "windows-1252")?;
    let parent = |path: &str| path.rsplit('/').nth(1) == Some("Attachments");
    let attachments = out.files().keys().filter(|path| parent(path)).count();
    let tables = out.files().iter().filter(|(path, _)| path.ends_with("/Recipients.txt"));
    let recipients = tables.map(|(_, file)| {
        String::from_utf8_lossy(&std::fs::read(file).unwrap()).matches("Recipient type:").count() as u64
    });
    Some([out.count("/OutlookHeaders.txt") as u64, attachments as u64, recipients.sum(), 0])
}

/// Every property and attachment is read; the last figure tells how often that failed.
fn by_pypff(file: &Path) -> Counts {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/walk.py");
    let python = std::env::var("PFFKIT_PYTHON").unwrap_or_else(|_| "python3".into());
    let run = Command::new(&python).arg(script).arg(file).output();
    let is_there = Command::new(&python).args(["-c", "import pypff"]).status().is_ok_and(|status| status.success());
    if !is_there {
        assert!(std::env::var_os("CI").is_none(), "python3 has no pypff");
        eprintln!("skipped: python3 has no pypff");
        return None;
    }
    let run = run.unwrap();
    assert!(run.status.success(), "{}: {}", file.display(), String::from_utf8_lossy(&run.stderr));
    let counts: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    let count = |what: &str| counts[what].as_u64().unwrap();
    // Recipients, which older versions do not show, are counted by pffexport.
    Some([count("messages"), count("attachments"), 0, count("errors")])
}

type Reader = (&'static str, fn(&Path) -> Counts);

const READERS: [Reader; 3] = [("readpst", by_readpst), ("pffexport", by_pffexport), ("pypff", by_pypff)];

#[test]
fn others_find_as_much_in_a_copy() {
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("copy.pst");
    let mut wrong = Vec::new();
    for path in files() {
        let name = path.file_name().unwrap().to_str().unwrap();
        let Ok(before) = exported(&path) else { continue };
        std::fs::write(&copy, written(&before.stream, Format::Unicode).0).unwrap();
        for (reader, count) in READERS {
            let exception = EXCEPTIONS.iter().find(|(start, by, ..)| name.starts_with(start) && *by == reader);
            let expected = match exception {
                Some((_, _, counts, _)) => Some(*counts),
                None => count(&path),
            };
            let found = count(&copy);
            if found.is_some() && expected != found {
                wrong.push(format!("{name}: {reader} finds {found:?} in the copy, expected {expected:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
