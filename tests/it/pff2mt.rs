//! pff2mt and pffck as their users call them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use pffkit::mapi::tag::pr;
use pffkit::mapi::{PropName, Value};
use pffkit::messaging::write::nid::IPM_SUBTREE;
use pffkit::mt::object::{MessageFrame, UNANCHORED};
use pffkit::ndb::Format;
use pffkit::ndb::crypt::CryptMethod;

use crate::recipes::build;
use crate::support::diff::{Stream, diff};
use crate::support::{corpus, fixture};

fn run(tool: &str, args: &[&str], file: &Path) -> Output {
    let path = match tool {
        "pff2mt" => env!("CARGO_BIN_EXE_pff2mt"),
        _ => env!("CARGO_BIN_EXE_pffck"),
    };
    Command::new(path).args(args).arg(file).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Inputs that can't be read at all: each says what it is, with its name, and nothing is written.
#[test]
fn unreadable_inputs_have_their_own_message_and_exit_3() {
    let dir = tempfile::tempdir().unwrap();
    let make = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let sample = std::fs::read(fixture("sample.pst")).unwrap();
    let inputs: [(PathBuf, &str); 7] = [
        (make("empty.pst", b""), "the file is empty"),
        (make("nul.pst", &[0; 70_000]), "all 70000 bytes of the file are NUL"),
        (make("short.pst", &sample[..512]), "only 512 bytes: no more than a header"),
        (make("cut.pst", &sample[..17_000]), "the file is cut"),
        (make("letter.doc", b"Dear Sir or Madam"), "found \"Dear\""),
        (dir.path().to_owned(), "a directory"),
        (dir.path().join("missing.pst"), "no such file"),
    ];
    for (path, message) in &inputs {
        for tool in ["pff2mt", "pffck"] {
            let output = run(tool, &[], path);
            let (verdict, stderr) = (text(&output.stdout), text(&output.stderr));
            assert_eq!(output.status.code(), Some(3), "{tool} {}: {stderr}", path.display());
            // Of what is a file at all, a check says it as its verdict.
            let (told, other) = if tool == "pffck" && path.is_file() { (verdict, stderr) } else { (stderr, verdict) };
            assert!(told.contains(message) && told.contains(path.to_str().unwrap()), "{tool}: {told}");
            assert!(other.is_empty(), "{tool}: {other}");
        }
    }
}

/// Both trees are in the part that is missing.
#[test]
fn a_cut_file_still_gives_the_messages_whose_blocks_are_there() {
    let output = run("pff2mt", &[], &fixture("damaged/truncated.pst"));
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(!output.stdout.is_empty());
}

#[test]
fn damage_is_told_and_listed() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = dir.path().join("ledger");
    let args = ["--ledger", ledger.to_str().unwrap()];
    let output = run("pff2mt", &args, &fixture("damaged/block-crc.pst"));
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let lines: Vec<serde_json::Value> =
        std::fs::read_to_string(&ledger).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    // One message of two, and the totals.
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["kind"], "message");
    assert_eq!(lines[0]["findings"][0]["structure"], "BLOCKTRAILER.dwCRC");
    assert_eq!(lines[0]["findings"][0]["effect"], "altered");
    for (name, count) in [("found", 2), ("whole", 1), ("part", 1), ("missing", 0)] {
        assert_eq!(lines[1]["totals"][name], count, "{name}");
    }
    // The content is copied last, and yet the item says what is wrong with it.
    let stream = Stream::read(&output.stdout);
    let says_so = |m: &MessageFrame<'_>| {
        m.message.props.iter().any(|(tag, value)| {
            let is_damage = |name: &PropName| name.to_string().contains("pffkit:damage");
            stream.names.get(*tag).is_some_and(is_damage) && value.as_str().is_some_and(|t| t.contains("dwCRC"))
        })
    };
    let marked = stream.messages.iter().filter(|(_, m)| says_so(m)).map(|(nid, _)| format!("{nid:#x}"));
    assert_eq!(marked.collect::<Vec<_>>(), [lines[0]["nid"].as_str().unwrap()]);
    let strict = run("pff2mt", &["--strict"], &fixture("damaged/block-crc.pst"));
    assert_eq!(strict.status.code(), Some(3));
    assert!(text(&strict.stderr).contains("--strict"));
}

/// Defects that cost nothing: everything comes out, and the exit code says so.
#[test]
fn harmless_defects_lose_nothing() {
    for (name, folders, messages) in
        [("header-crc", 5, 2), ("duplicate-name", 5, 2), ("orphan-message", 5, 2), ("no-contents-table", 5, 2)]
    {
        let output = run("pff2mt", &["--loglevel", "6"], &fixture(&format!("damaged/{name}.pst")));
        assert_eq!(output.status.code(), Some(0), "{name}: {}", text(&output.stderr));
        let stream = Stream::read(&output.stdout);
        assert_eq!((stream.folders.len(), stream.messages.len()), (folders, messages), "{name}");
    }
}

#[test]
fn an_orphaned_folder_is_kept_and_siblings_get_names_of_their_own() {
    let names = |name: &str| {
        let output = run("pff2mt", &[], &fixture(name));
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let stream = Stream::read(&output.stdout);
        let name =
            |f: &pffkit::mt::object::Folder<'_>| f.props.str(pffkit::mapi::tag::pr::DISPLAY_NAME).unwrap().to_owned();
        stream.folders.values().map(name).collect::<Vec<_>>()
    };
    let twice = names("damaged/same-named-siblings.pst");
    let unique: std::collections::BTreeSet<_> = twice.iter().map(|n| n.to_ascii_lowercase()).collect();
    assert_eq!(unique.len(), twice.len(), "{twice:?}");
    assert!(twice.iter().any(|n| n.ends_with(" (2)")), "{twice:?}");
    let orphan = names("damaged/orphan-folder.pst");
    assert!(orphan.len() > 5, "{orphan:?}");
}

/// The three encodings hold the same mail.
#[test]
fn encryption_makes_no_difference() {
    let stream = |name: &str| {
        let output = run("pff2mt", &["--root-name", "same", "--with-assoc"], &fixture(name));
        assert_eq!(output.status.code(), Some(0));
        Stream::read(&output.stdout)
    };
    let none = stream("crypt-none.pst");
    assert!(!none.messages.is_empty());
    for other in ["crypt-permute.pst", "crypt-cyclic.pst", "password.pst"] {
        // A store of its own has a record key of its own in its entry ids; messages and folders are the same.
        let rows = diff(&none, &stream(other));
        assert!(rows.iter().all(|r| r.kind == "folder map"), "{other}: {rows:?}");
    }
}

#[test]
fn options_of_the_peer() {
    let sample = fixture("sample.pst");
    let stream = |args: &[&str]| {
        let output = run("pff2mt", args, &sample);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", text(&output.stderr));
        Stream::read(&output.stdout)
    };
    let plain = stream(&[]);
    assert!(!plain.header.splice);
    assert_eq!(plain.header.folder_map[0].name, "Import of sample.pst");
    assert_eq!(plain.header.folder_map[0].target, UNANCHORED);
    let hidden =
        |s: &Stream| s.folders.values().filter(|f| f.props.int(pffkit::mapi::tag::pr::ATTR_HIDDEN) == Some(1)).count();
    assert_eq!(hidden(&plain), 1);
    assert_eq!(hidden(&stream(&["--without-hidden"])), 0);
    assert_eq!(hidden(&stream(&["--without-hidden", "--with-hidden"])), 1);
    assert_eq!(stream(&["--with-assoc"]).messages.len(), plain.messages.len() + 2);
    assert_eq!(stream(&["--with-assoc", "--without-assoc"]).messages.len(), plain.messages.len());
    let splice = stream(&["-s"]);
    assert!(splice.header.splice);
    assert_eq!(hidden(&splice), 0);
    let target = |nid: u64| splice.header.folder_map.iter().find(|e| e.nid == nid).map(|e| (e.create, e.target));
    assert_eq!(target(0x122), Some((false, 0x01)));
    assert_eq!(target(0x8022), Some((false, 0x09)));
    // One message, and a folder with what is below it.
    let (first, message) = plain.messages.iter().next().unwrap();
    let one = stream(&["--only-obj", &format!("{first:#x}")]);
    assert_eq!((one.folders.len(), one.messages.len()), (0, 1));
    assert_eq!(one.messages[first].parent.nid, UNANCHORED);
    let folder = message.parent.nid;
    let below = stream(&["--only-obj", &folder.to_string()]);
    assert_eq!(below.folders[&folder].parent.nid, UNANCHORED);
    assert!(below.messages.contains_key(first));
    let missing = run("pff2mt", &["--only-obj", "0x7fffff4"], &sample);
    assert_eq!(missing.status.code(), Some(3));
    assert!(text(&missing.stderr).contains("0x7fffff4"));
}

#[test]
fn the_plan_tells_targets_and_reasons() {
    let output = run("pff2mt", &["--plan"], &fixture("sample.pst"));
    assert_eq!(output.status.code(), Some(0));
    let plan = text(&output.stdout);
    for (folder, reason) in [("Deleted Items", "PidTagIpmWastebasketEntryId"), ("Calendar", "("), ("Inbox", "(")] {
        let line =
            plan.lines().find(|l| l.contains(&format!("\"{folder}\""))).unwrap_or_else(|| panic!("{folder}: {plan}"));
        assert!(line.contains("->") && line.contains(reason), "{line}");
    }
}

#[test]
fn a_check_reports_facts_counts_and_findings() {
    let json = |name: &str| -> (Option<i32>, serde_json::Value) {
        let output = run("pffck", &["--json"], &fixture(name));
        (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
    };
    let (code, sample) = json("sample.pst");
    assert_eq!(code, Some(0));
    assert_eq!(sample["header"]["format"], "Unicode");
    assert_eq!(sample["header"]["crypt"], "permute");
    assert_eq!(sample["totals"]["messages"], 30);
    assert_eq!(sample["totals"]["fai"], 2);
    assert_eq!(sample["damaged"].as_array().unwrap().len(), 0);
    let (code, ost) = json("ost4k.ost");
    assert_eq!((code, ost["header"]["format"].as_str()), (Some(0), Some("Unicode4k")));
    assert!(ost["structure"]["compressed_blocks"].as_u64().unwrap() > 0);
    let (code, ansi) = json("ansi.pst");
    assert_eq!((code, ansi["header"]["format"].as_str()), (Some(0), Some("Ansi")));
    assert_eq!(json("password.pst").1["password"], true);
    assert_eq!(json("address-book.pab").1["header"]["client"], "PAB");
    let (code, damaged) = json("damaged/block-crc.pst");
    assert_eq!(code, Some(1));
    assert_eq!(damaged["totals"]["part"], 1);
    let tree = text(&run("pffck", &["-t", "-p"], &fixture("sample.pst")).stdout);
    assert!(tree.contains("\"Grüße aus Köln\"") && tree.contains("0037001F = "), "{tree}");
}

/// A producer that dies leaves a stream that every reader sees is cut.
#[test]
fn a_failing_output_is_the_targets_failure() {
    let output = run("pff2mt", &["-o", "/dev/full"], &fixture("sample.pst"));
    assert_eq!(output.status.code(), Some(4), "{}", text(&output.stderr));
}

/// The lines of a ledger.
fn ledger_lines(path: &Path) -> Vec<serde_json::Value> {
    std::fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What is called otherwise or put elsewhere is whole: it is in the sums, and the ledger names it.
#[test]
fn what_is_elsewhere_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = dir.path().join("ledger");
    let run = |name: &str| {
        let output = run("pff2mt", &["--ledger", ledger.to_str().unwrap()], &fixture(name));
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        (text(&output.stderr), ledger_lines(&ledger))
    };
    let (told, lines) = run("damaged/same-named-siblings.pst");
    assert!(told.contains("2 folders called otherwise than in the file"), "{told}");
    assert_eq!(lines.len(), 3, "{lines:?}");
    for line in &lines[..2] {
        assert_eq!((line["kind"].as_str(), line["emitted"].as_bool()), (Some("folder"), Some(true)));
        assert_eq!(line["findings"][0]["effect"], "notice");
        assert_eq!(line["findings"][0]["structure"], "PidTagDisplayName");
    }
    assert_eq!(lines[2]["totals"]["renamed_folders"], 2);
    let (told, lines) = run("sample.pst");
    assert!(!told.contains("otherwise") && lines.len() == 1, "{told}");
}

/// A message whose folder is gone says where it is.
#[test]
fn a_stray_message_is_in_the_ledger() {
    let dir = tempfile::tempdir().unwrap();
    let (path, ledger) = (dir.path().join("box.pst"), dir.path().join("ledger"));
    let data = build::file(Format::Unicode, CryptMethod::None, |store| {
        let gone = build::folder(store, IPM_SUBTREE, "Gone", "IPF.Note");
        build::Item::mail("Where am I?", build::MONDAY).put(store, gone);
        store.defects.no_node.insert(gone);
        store.defects.no_row.insert(gone);
    });
    std::fs::write(&path, data).unwrap();
    let output = run("pff2mt", &["--ledger", ledger.to_str().unwrap()], &path);
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(told.contains("1 message put into a made-up folder"), "{told}");
    let lines = ledger_lines(&ledger);
    assert_eq!(lines[0]["kind"], "message", "{lines:?}");
    assert!(lines[0]["folder"].as_str().unwrap().starts_with("/Recovered"), "{lines:?}");
    assert_eq!(lines[0]["findings"][0]["effect"], "notice");
}

/// Where the exit code is 1 the reason is told, with the name of the file, whether there is a ledger or not.
#[test]
fn damage_of_the_file_is_always_told() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = dir.path().join("ledger");
    let file = fixture("damaged/page-crc.pst");
    for args in [&["--ledger", ledger.to_str().unwrap()][..], &[]] {
        let output = run("pff2mt", args, &file);
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains(&format!("pff2mt: warning: {}: ", file.display())), "{told}");
        assert!(told.contains("the file itself is damaged (2 findings): items may be missing"), "{told}");
        assert_eq!(told.contains("--ledger FILE tells all"), args.is_empty(), "{told}");
    }
}

/// Half of all files have some wrong hashes, which cost nothing.
#[test]
fn wrong_hashes_are_details() {
    let Some(corpus) = corpus() else { return };
    let file = corpus.join("aspjava-1.pst");
    let told = |level: &str| text(&run("pff2mt", &["--loglevel", level, "-o", "/dev/null"], &file).stderr);
    assert!(!told("4").contains("hash"), "{}", told("4"));
    let details = told("5");
    assert_eq!(details.lines().filter(|line| line.contains("hash bucket")).count(), 1, "{details}");
    assert!(text(&run("pffck", &[], &file).stdout).contains("hash bucket"));
}

/// What can't be done is said before anything is written.
#[test]
fn wrong_usage_changes_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out.mt");
    let ledger = dir.path().join("ledger");
    let sample = fixture("sample.pst");
    let (out_name, ledger_name, sample_name) =
        (out.to_str().unwrap(), ledger.to_str().unwrap(), sample.to_str().unwrap());
    let own = ["-o", out_name, "--ledger", ledger_name];
    for (args, code, message) in [
        (&["--only-obj", "0x7fffff4"][..], 3, "there is no object 0x7fffff4"),
        (&["--only-obj", "0x21"], 2, "neither a folder nor a message"),
        (&["--root-name", ""], 2, "--root-name"),
        (&[sample_name], 2, "one file is read at a time"),
    ] {
        for path in [&out, &ledger] {
            std::fs::write(path, "mine").unwrap();
        }
        let output = run("pff2mt", &[&own[..], args].concat(), &sample);
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {told}");
        assert!(told.contains(message), "{args:?}: {told}");
        for path in [&out, &ledger] {
            assert_eq!(std::fs::read(path).unwrap(), b"mine", "{args:?}");
        }
    }
}

/// Properties are shown with `-t` and without.
#[test]
fn properties_alone_are_shown() {
    let told =
        |args: &[&str]| text(&run("pff2mt", &[&["-o", "/dev/null"], args].concat(), &fixture("sample.pst")).stderr);
    let properties = told(&["-p"]);
    assert!(properties.contains("0037001F = "), "{properties}");
    assert_eq!(properties, told(&["-t", "-p"]));
    assert!(text(&run("pffck", &["-p"], &fixture("sample.pst")).stdout).contains("0037001F = "));
}

/// The name of a file can be anything.
#[test]
fn the_name_of_the_top_folder_is_harmless() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a\x1b[31m\nb.pst");
    std::fs::copy(fixture("crypt-none.pst"), &path).unwrap();
    let stream = Stream::read(&run("pff2mt", &[], &path).stdout);
    assert_eq!(stream.header.folder_map[0].name, "Import of a\\u{1b}[31m\\nb.pst");
}

/// The plan tells which folders don't come, and which only have the name of a special one.
#[test]
fn the_plan_tells_what_is_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("box.pst");
    let data = build::file(Format::Unicode, CryptMethod::None, |store| {
        build::folder(store, IPM_SUBTREE, "Contacts", "IPF.Contact");
        let journal = build::folder(store, IPM_SUBTREE, "Journal", "IPF.Journal");
        store.folder_props(journal).unwrap().push(pr::ATTR_HIDDEN, Value::Bool(1));
        build::folder(store, IPM_SUBTREE, "contacts", "IPF.Note");
    });
    std::fs::write(&path, data).unwrap();
    let plan = |args: &[&str]| text(&run("pff2mt", &[&["--plan"], args].concat(), &path).stdout);
    let line = |plan: &str, name: &str| plan.lines().find(|l| l.contains(&format!("\"{name}\""))).unwrap().to_owned();
    let usual = plan(&[]);
    assert!(line(&usual, "Journal").contains("left out: it is hidden"), "{usual}");
    assert!(line(&usual, "contacts").contains("a name of its own"), "{usual}");
    assert!(line(&plan(&["--with-hidden"]), "Journal").contains("->  Journal"));
}
