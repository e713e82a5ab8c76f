//! readpst (Debian: pst-utils) and pffexport (pff-tools) on files that this project wrote.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pffkit::ndb::Format;
use tempfile::TempDir;

use super::large::{ATTACHMENTS, BIG_ATTACHMENT, MESSAGES, RECIPIENTS, big_tables};
use crate::recipes::build::noise;
use crate::recipes::{sample, special};
use crate::support::fixture;

/// What a program made of a file: the files that it wrote, by their path.
pub struct Output {
    _dir: TempDir,
    files: BTreeMap<String, PathBuf>,
    /// What it said.
    log: String,
}

impl Output {
    /// Runs `program` with `args`; the directory for its output is the last of them. `None`, with a note, where it is not
    /// installed; where tests have to be complete (`CI` is set) it must be.
    fn of(program: &str, args: impl Fn(&Path) -> Vec<PathBuf>) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let run = match Command::new(program).args(args(dir.path())).current_dir(dir.path()).output() {
            Ok(run) => run,
            Err(e) if std::env::var_os("CI").is_none() => {
                eprintln!("skipped: {program} can't be run ({e})");
                return None;
            }
            Err(e) => panic!("{program} can't be run: {e}"),
        };
        let log = String::from_utf8_lossy(&[run.stdout, run.stderr].concat()).into_owned();
        assert!(run.status.success(), "{program}: {}\n{log}", run.status);
        let mut files = BTreeMap::new();
        collect(dir.path(), dir.path(), &mut files);
        Some(Self { _dir: dir, files, log })
    }

    /// The files below `folder`, a part of their path each.
    fn below<'o>(&'o self, folder: &'o str) -> impl Iterator<Item = &'o str> {
        self.files.keys().filter_map(move |path| path.strip_prefix(folder))
    }

    fn bytes(&self, path: &str) -> Vec<u8> {
        let file =
            self.files.get(path).unwrap_or_else(|| panic!("{path} is missing; there are {:#?}", self.files.keys()));
        fs::read(file).unwrap()
    }

    fn text(&self, path: &str) -> String {
        String::from_utf8_lossy(&self.bytes(path)).into_owned()
    }

    /// The files by their path.
    pub fn files(&self) -> &BTreeMap<String, PathBuf> {
        &self.files
    }

    /// How many files end in `name`.
    pub fn count(&self, name: &str) -> usize {
        self.files.keys().filter(|path| path.ends_with(name)).count()
    }
}

fn collect(root: &Path, dir: &Path, files: &mut BTreeMap<String, PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            files.insert(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned(), path);
        }
    }
}

/// One file for each item, and one for each attachment. In one process: with several, readpst now and then loses items.
pub fn readpst(file: &Path) -> Option<Output> {
    Output::of("readpst", |dir| {
        vec!["-D".into(), "-S".into(), "-j".into(), "0".into(), "-o".into(), dir.into(), file.into()]
    })
}

/// Everything that it finds, orphans and deleted items too; its texts in `codepage`.
fn pffexport(file: &Path, codepage: &str) -> Option<Output> {
    pffexport_of(file, "all", codepage)
}

/// What of `mode` it finds: `items` or `all`.
pub fn pffexport_of(file: &Path, mode: &str, codepage: &str) -> Option<Output> {
    let args = ["-q", "-m", mode, "-f", "all", "-c", codepage, "-t"];
    Output::of("pffexport", |dir| args.iter().map(PathBuf::from).chain([dir.join("out"), file.into()]).collect())
}

const TOP: &str = "out.export/Top of Outlook data file";

#[test]
fn readpst_reads_the_sample() {
    let Some(out) = readpst(&fixture("sample.pst")) else { return };
    let folder = |name: &str| {
        let prefix = format!("pffkit fixture/{name}/");
        out.below(&prefix).filter(|f| !f.contains('/')).map(str::to_owned).collect::<Vec<_>>()
    };
    let inbox = [
        "10",
        "11",
        "11-smime.p7m",
        "12",
        "13",
        "2",
        "3",
        "4",
        "5",
        "5-logo.png",
        "6",
        "7",
        "8",
        "9",
        "9-report.pdf",
        "9-报告.txt",
    ];
    assert_eq!(folder("Inbox"), inbox);
    assert_eq!(folder("Inbox/Projects/2024"), ["1"]);
    assert_eq!(folder("Sent Items"), ["1", "2", "2-rtf-body.rtf"]);
    assert_eq!(folder("Deleted Items"), ["1"]);
    assert_eq!(folder("Drafts"), ["1"]);
    assert_eq!(folder("Junk E-mail"), ["1"]);
    assert_eq!(folder("Calendar"), ["1", "2", "3"]);
    assert_eq!(folder("Contacts"), ["1", "2"]);
    assert_eq!(folder("Journal"), ["1"]);

    let item = |path: &str| out.text(&format!("pffkit fixture/{path}"));
    assert!(item("Inbox/2").contains("Subject: Welcome to your mailbox\n"), "{}", item("Inbox/2"));
    assert!(item("Inbox/2").contains("Dear Jane,\n\nthis mailbox holds an item of every kind."));
    assert!(item("Sent Items/1").contains("Subject: RE: Welcome to your mailbox\n"));
    assert_eq!(item("Sent Items/2-rtf-body.rtf"), "{\\rtf1\\ansi\\ansicpg1252 Rich \\b text\\b0 .\\par}");
    assert!(item("Inbox/Projects/2024/1").contains("Line 900 of the minutes: nothing was decided"));
    assert!(item("Contacts/1").contains("FN:Smith\\, John\n"));
    assert!(item("Contacts/1").contains("ORG:Example Corp.\n"));
    assert!(item("Contacts/2").contains("N:山田;太郎;;様;\n"));
    assert!(item("Calendar/2").contains("RRULE:FREQ=WEEKLY;COUNT=10;BYDAY=MO\n"));
    assert!(item("Calendar/2").contains("DTSTART;VALUE=DATE-TIME:20240304T090000Z\n"));
    assert_eq!(out.bytes("pffkit fixture/Inbox/9-report.pdf"), sample::report_pdf());
    assert_eq!(out.bytes("pffkit fixture/Inbox/5-logo.png"), sample::logo_png());
}

#[test]
fn pffexport_reads_the_sample() {
    let Some(out) = pffexport(&fixture("sample.pst"), "windows-1252") else { return };
    assert_eq!(out.count("/OutlookHeaders.txt"), 18, "{}", out.log);
    assert_eq!(out.count("/Appointment.txt"), 3);
    assert_eq!(out.count("/Meeting.txt"), 1);
    assert_eq!(out.count("/Contact.txt"), 2);
    assert_eq!(out.count("/DistributionList.txt"), 1);
    assert_eq!(out.count("/Task.txt"), 3);
    assert_eq!(out.count("/Note.txt"), 1);
    assert_eq!(out.count("/Activity.txt"), 1);
    assert!(
        !out.files.keys().any(|f| !f.starts_with("out.export/") && f.contains('/')),
        "nothing is orphaned or deleted"
    );

    let item = |path: &str| out.text(&format!("{TOP}/{path}"));
    let subject = |n: u8| {
        let headers = item(&format!("Inbox/Message{n:05}/OutlookHeaders.txt"));
        headers.lines().find_map(|l| l.strip_prefix("Subject:\t\t\t\t")).unwrap_or_default().to_owned()
    };
    assert_eq!(subject(1), "Welcome to your mailbox");
    assert_eq!(subject(4), "Grüße aus Köln");
    assert_eq!(subject(5), "Привет из Москвы");
    assert_eq!(subject(6), "会議について");
    assert_eq!(subject(9), "FW: The forwarded one");
    let recipients = item("Inbox/Message00001/Recipients.txt");
    assert!(recipients.contains("Display name:\t\tKarl Müller\nEmail address:\t\tkarl@example.net\n"), "{recipients}");
    assert!(recipients.contains("Display name:\t\tSecret Reader\nEmail address:\t\tsecret@example.net\nAddress type:\t\tSMTP\nRecipient type:\t\tBCC\n"));
    assert!(item("Inbox/Message00004/Message.html").contains("<p>Schöne Grüße! <img src=\"cid:logo\"></p>"));
    assert_eq!(item("Inbox/Projects/2024/Message00001/Message.txt"), sample::long_body());
    assert!(item("Contacts/Contact00001/Contact.txt").contains("Email address 1:\t\t\tjohn@example.com\n"));
    assert!(item("Contacts/Contact00001/Contact.txt").contains("File under:\t\t\t\tSmith, John\n"));
    assert!(item("Tasks/Task00002/Task.txt").contains("Percentage complete:\t\t\t5.000000e-01\n"));

    let attachment = |path: &str| out.bytes(&format!("{TOP}/{path}"));
    assert_eq!(attachment("Inbox/Message00008/Attachments/1_report.pdf"), sample::report_pdf());
    assert_eq!(attachment("Inbox/Message00008/Attachments/2_报告.txt"), "全部都好。\n".as_bytes());
    assert_eq!(attachment("Inbox/Message00008/Attachments/3_empty.bin"), b"");
    assert_eq!(attachment("Contacts/Contact00001/Attachments/1_ContactPicture.jpg"), sample::photo_jpg());
    let inner = "Inbox/Message00009/Attachments/Attachment00001/Message00001";
    assert!(item(&format!("{inner}/OutlookHeaders.txt")).contains("Subject:\t\t\t\tThe forwarded one\n"));
    assert_eq!(attachment(&format!("{inner}/Attachments/1_inner.txt")), b"inside of the inside\n");
}

#[test]
fn both_read_all_three_ways_of_obscuring() {
    for name in ["crypt-none.pst", "crypt-permute.pst", "crypt-cyclic.pst", "password.pst"] {
        if let Some(out) = readpst(&fixture(name)) {
            assert_eq!(out.files.len(), 3, "{name}: {}", out.log);
            assert!(out.text("pffkit fixture/Inbox/1").contains("One."), "{name}");
            assert_eq!(out.bytes("pffkit fixture/Inbox/2-two.bin"), noise(2, 20_000), "{name}");
        }
        if let Some(out) = pffexport(&fixture(name), "windows-1252") {
            assert_eq!(out.count("/OutlookHeaders.txt"), 2, "{name}: {}", out.log);
            assert_eq!(out.text(&format!("{TOP}/Inbox/Message00001/Message.txt")), "One.\r\n", "{name}");
            assert_eq!(
                out.bytes(&format!("{TOP}/Inbox/Message00002/Attachments/1_two.bin")),
                noise(2, 20_000),
                "{name}"
            );
        }
    }
}

#[test]
fn both_read_an_ansi_file() {
    if let Some(out) = readpst(&fixture("ansi.pst")) {
        assert_eq!(out.files.len(), 4, "{}", out.log);
        let subject = |n: &str| {
            let path = out.files.keys().find(|f| f.ends_with(n)).unwrap();
            out.text(path).lines().find_map(|l| l.strip_prefix("Subject: ").map(str::to_owned)).unwrap()
        };
        // "Привет", decoded by the code page of the message; of code page 932 readpst passes on the bytes, 89 EF 8B 63.
        assert_eq!(subject("/1"), "=?utf-8?B?0J/RgNC40LLQtdGC?=");
        assert_eq!(subject("/2"), "=?utf-8?B?ie+LYw==?=");
        let data = out.files.keys().find(|f| f.ends_with("/3-data.bin")).unwrap();
        assert_eq!(out.bytes(data), noise(4, 9_000));
    }
    if let Some(out) = pffexport(&fixture("ansi.pst"), "windows-1251") {
        let inbox = format!("{TOP}/Входящие");
        assert_eq!(out.count("/OutlookHeaders.txt"), 3, "{}", out.log);
        let first = out.text(&format!("{inbox}/Message00001/OutlookHeaders.txt"));
        assert!(first.contains("Subject:\t\t\t\tПривет\n"), "{first}");
        assert_eq!(out.text(&format!("{inbox}/Message00001/Message.txt")), "Как дела?\r\n");
        assert_eq!(out.bytes(&format!("{inbox}/Message00003/Attachments/1_data.bin")), noise(4, 9_000));
    }
}

/// readpst knows nothing of 4K pages.
#[test]
fn pffexport_reads_4k_pages_and_compressed_blocks() {
    let Some(out) = pffexport(&fixture("ost4k.ost"), "windows-1252") else { return };
    assert_eq!(out.count("/OutlookHeaders.txt"), 41, "{}", out.log);
    let inbox = "out.export/Root - Mailbox/IPM_SUBTREE/Inbox";
    let body = format!("Body 40. {}", "All work and no play. ".repeat(40));
    assert_eq!(out.text(&format!("{inbox}/Message00040/Message.txt")), body);
    // Data trees of more than one block it exports as empty files (20180714); newer versions of libpff read them.
    let attachments = format!("{inbox}/Message00041/Attachments");
    assert_eq!(out.bytes(&format!("{attachments}/3_one-block.txt")), special::one_block());
}

#[test]
fn pffexport_reads_messages_in_messages_and_ole_data() {
    if let Some(out) = pffexport(&fixture("embedded-deep.pst"), "windows-1252") {
        assert_eq!(out.count("/OutlookHeaders.txt"), 12, "{}", out.log);
        let deep =
            format!("{TOP}/Inbox/{}Message00001/Message.txt", "Message00001/Attachments/Attachment00001/".repeat(11));
        assert_eq!(out.text(&deep), "This is level 12.\r\n");
    }
    if let Some(out) = pffexport(&fixture("all-types.pst"), "windows-1252") {
        // The second message has a property of type NULL, which libpff refuses.
        assert_eq!(out.count("/OutlookHeaders.txt"), 1, "{}", out.log);
    }
    if let Some(out) = pffexport(&fixture("attachment-methods.pst"), "windows-1252") {
        let attachments = format!("{TOP}/Inbox/Message00001/Attachments");
        assert_eq!(out.bytes(&format!("{attachments}/1_value.bin")), noise(11, 4_000));
        assert_eq!(special::ole_storage().len(), 9008);
    }
}

/// B-trees of three levels, heaps and row matrices of many blocks, an XXBLOCK.
#[test]
fn both_read_large_tables() {
    for format in [Format::Unicode, Format::Ansi] {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("large.pst");
        fs::write(&file, big_tables(format)).unwrap();
        if let Some(out) = readpst(&file) {
            assert_eq!(out.below("pffkit fixture/Inbox/").count() as i64, MESSAGES, "{format:?}: {}", out.log);
            assert!(out.text("pffkit fixture/Inbox/1500").contains("Subject: Message number 1500 of many\n"));
            assert!(out.bytes("pffkit fixture/Lists/2-large.bin") == noise(42, BIG_ATTACHMENT), "{format:?}");
        }
        if let Some(out) = pffexport(&file, "windows-1252") {
            assert_eq!(out.count("/OutlookHeaders.txt") as i64, MESSAGES + 3, "{format:?}: {}", out.log);
            assert_eq!(out.text(&format!("{TOP}/Inbox/Message01500/Message.txt")), "Body 1500\r\n");
            let crowd = out.text(&format!("{TOP}/Lists/Message00001/Recipients.txt"));
            assert_eq!(crowd.matches("Email address:").count(), RECIPIENTS);
            assert!(crowd.contains("Email address:\t\tr1499@example.com\n"));
            let many = format!("{TOP}/Lists/Message00003/Attachments/");
            assert_eq!(out.below(&many).count(), ATTACHMENTS);
            assert_eq!(out.text(&format!("{many}700_700.txt")), "attachment 700");
            let large = out.bytes(&format!("{TOP}/Lists/Message00002/Attachments/1_large.bin"));
            assert!(large == noise(42, BIG_ATTACHMENT), "{format:?}");
        }
        drop(dir);
    }
}
