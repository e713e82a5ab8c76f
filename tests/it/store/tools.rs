//! `mt2exm` and `exmls` as people use them.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use super::*;
use pffkit::mapi::PropName;
use pffkit::mapi::guid::PSETID_COMMON;

fn run(program: &str, home: &Path, args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(program)
        .args(args)
        .env("PFFKIT_HOME", home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that refuses its options does not read.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn mt2exm(home: &Path, args: &[&str], input: &[u8]) -> (i32, String, String) {
    told(run(env!("CARGO_BIN_EXE_mt2exm"), home, args, input))
}

fn exmls(home: &Path, args: &[&str]) -> (i32, String, String) {
    told(run(env!("CARGO_BIN_EXE_exmls"), home, args, b""))
}

fn told(output: Output) -> (i32, String, String) {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A folder with a message, unread.
fn small() -> Vec<u8> {
    let frames = vec![
        folder(1, UNANCHORED, "Mail"),
        named(0x8001_0000, PropName::lid(PSETID_COMMON, 0x8503)),
        message(
            2,
            1,
            [
                (0x001A_001F, Value::str("IPM.Note")),
                (0x0037_001F, Value::str("Hello")),
                (0x0C1A_001F, Value::str("Ann")),
                (0x0E06_0040, Value::I64(131_000_000_000_000_000)),
                (0x8001_000B, Value::Bool(1)),
            ],
        ),
    ];
    stream(&Header::default(), frames)
}

#[test]
fn in_and_out() {
    let home = tempfile::tempdir().unwrap();
    let (code, out, err) = mt2exm(home.path(), &["-u", "Jane@Example.org"], &small());
    assert_eq!((code, out.as_str()), (0, ""));
    assert!(err.contains("1 folder created (0 there before), 1 message, 0 FAI, 0 attachments"), "{err}");
    assert!(err.contains("exmls -u Jane@Example.org"), "{err}");
    assert!(home.path().join("mailboxes/jane@example.org/exmdb/exchange.sqlite3").is_file());

    let (code, out, _) = exmls(home.path(), &["-u", "jane@example.org", "--json", "-r"]);
    assert_eq!(code, 0);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    let keys = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let mut folder_keys = keys(&json["folders"][0]);
    folder_keys.sort();
    assert_eq!(folder_keys, ["bytes", "class", "fai", "id", "messages", "path"]);
    let mut totals = keys(&json["totals"]);
    totals.sort();
    assert_eq!(totals, ["attachments", "bytes", "fai", "folders", "messages"]);
    assert_eq!(json["folders"].as_array().unwrap().len(), 30);
    assert_eq!(json["totals"]["folders"], 30);
    let mail = json["folders"].as_array().unwrap().iter().find(|folder| folder["id"] == 0x1D_0000).unwrap();
    assert_eq!(mail["path"], "/Top of Information Store/Mail");
    assert_eq!((&mail["messages"], &mail["fai"]), (&1.into(), &0.into()));
    assert_eq!(mail["bytes"], json["totals"]["bytes"]);
    let item = &json["items"][0];
    assert_eq!((&item["folder"], &item["id"]), (&0x1D_0000.into(), &0x1D_0001.into()));
    assert_eq!((&item["subject"], &item["from"], &item["read"]), (&"Hello".into(), &"Ann".into(), &false.into()));

    let (_, out, _) = exmls(home.path(), &["-u", "jane@example.org", "-r"]);
    let line = out.lines().find(|line| line.contains("0x1d0001")).unwrap();
    assert_eq!(line.split_whitespace().collect::<Vec<_>>()[1], "2016-02-15T08:53:20Z");
    assert!(line.contains("Ann | Hello unread"), "{line}");
    assert!(out.ends_with("bytes\n") && out.contains("30 folders, 1 messages, 0 FAI, 0 attachments"));

    for id in ["0x1d0001", "1900545"] {
        let (code, out, _) = exmls(home.path(), &["-u", "jane@example.org", "--props", id]);
        assert_eq!(code, 0);
        assert!(out.contains("0037001F = \"Hello\""), "{out}");
        assert!(out.contains("8001000B (00062008-0000-0000-c000-000000000046/0x8503) = 1"), "{out}");
    }
    let (code, out, _) = exmls(home.path(), &["-u", "jane@example.org", "--props", "13"]);
    assert_eq!(code, 0);
    assert!(out.contains("3001001F = \"Inbox\""), "{out}");
    assert_eq!(exmls(home.path(), &["-u", "jane@example.org", "--props", "0x999999"]).0, 3);
    assert_eq!(exmls(home.path(), &["-u", "jane@example.org", "--check"]), (0, "0 problems\n".into(), String::new()));
    assert_eq!(exmls(home.path(), &["-u", "nobody"]).0, 3);
    assert_eq!(exmls(home.path(), &[]).0, 2);
}

#[test]
fn users_never_share_and_never_leave_the_home() {
    let root = tempfile::tempdir().unwrap();
    let home = root.path().join("home");
    let users =
        ["a", "b", "../../a", "..", ".", "a/b", "/etc/x", "con", "a\u{1b}[2Jb", "ä", "a b", "a%2fb", "A@B", "\\x"];
    for user in users {
        let (code, _, err) = mt2exm(&home, &["-u", user], &small());
        assert_eq!(code, 0, "{user}: {err}");
        assert!(!err.contains('\u{1b}'));
    }
    assert_eq!(std::fs::read_dir(home.join("mailboxes")).unwrap().count(), users.len());
    assert_eq!(std::fs::read_dir(&home).unwrap().count(), 1);
    assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 1);
}

#[test]
fn hostile_names_stay_data() {
    let home = tempfile::tempdir().unwrap();
    let evil = ["../../evil", "/abs", "..", "CON", "a\u{1b}]0;x\u{7}\u{1b}[31m", "\u{202E}gpj.exe", "x\r\ny"];
    let mut frames = Vec::new();
    for (n, name) in (0u64..).zip(evil) {
        frames.push(folder(1 + n, UNANCHORED, name));
        let attachment = props([(0x3707_001F, Value::str(name)), (0x3701_0102, Value::bin(name.as_bytes()))]);
        let attachments = vec![pffkit::mt::object::Attachment { props: attachment, embedded: None }];
        let list =
            props([(0x0037_001F, Value::str(name)), (0x001A_001F, Value::str(name)), (0x0C1A_001F, Value::str(name))]);
        frames.push(whole_message(100 + n, 1 + n, Message { props: list, attachments, ..Message::default() }));
    }
    let (code, out, err) = mt2exm(home.path(), &["-u", "u", "-v", "-t", "-p"], &stream(&Header::default(), frames));
    assert_eq!(code, 0, "{err}");
    let shown = exmls(home.path(), &["-u", "u", "-r"]).1 + &exmls(home.path(), &["-u", "u", "--props", "0x210001"]).1;
    for text in [out, err, shown] {
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202E}', '\r']), "{text:?}");
    }
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1);
    let dir = home.path().join("mailboxes/u");
    let mut names: Vec<_> = std::fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["cid", "config", "eml", "exmdb", "ext", "tmp"]);
    assert_sound(&dir);
}

#[test]
fn exit_codes() {
    let home = tempfile::tempdir().unwrap();
    let run = |args: &[&str], input: &[u8]| mt2exm(home.path(), args, input);
    assert_eq!(run(&["-u", "u", "-B", "nowhere"], &small()).0, 2);
    for place in ["INBOX/nowhere", "77", "3"] {
        let (code, _, err) = run(&["-u", "u", "-B", place], &small());
        assert_eq!(code, 2);
        assert!(err.contains(&format!("no folder \"{place}\"")), "{err}");
    }
    assert!(!home.path().join("mailboxes").exists(), "made for a place that it does not have");
    assert_eq!(run(&["-u", "u", "--no-such-option"], &small()).0, 2);
    assert_eq!(run(&["--at", "imap://x"], &small()).0, 2);
    assert_eq!(run(&["-u", "@example.org"], &small()).0, 2);
    for (input, told) in [
        (&b""[..], "empty"),
        (b"GXM", "ends"),
        (b"GXMT0004xxxxxxxxxxxx", "GXMT0004"),
        (b"!BDN\0\0\0\0\0\0\0\0", "not a GXMT stream"),
    ] {
        let (code, _, err) = run(&["-u", "fresh"], input);
        assert_eq!(code, 3, "{err}");
        assert!(err.contains(told), "{err}");
    }
    assert!(!home.path().join("mailboxes/fresh").exists(), "made for a stream that can't be read");
    let (code, _, err) = run(&["-u", "u"], &small());
    assert_eq!(code, 0, "{err}");
    let (code, _, err) = run(&["-u", "u"], &small());
    assert_eq!(code, 4);
    assert!(err.contains("-x"), "{err}");
    assert_eq!(run(&["-u", "u", "-x"], &small()).0, 0);
    assert_eq!(run(&["-u", "u", "-B", "inbox"], &small()).0, 0);

    let ledger = home.path().join("ledger");
    let path = ledger.to_str().unwrap();
    let frames =
        vec![folder(1, UNANCHORED, "Mail"), message(2, 1, []), message(3, 99, [(0x0037_001F, Value::str("lost?"))])];
    let (code, _, err) = run(&["-u", "v", "--ledger", path], &stream(&Header::default(), frames));
    assert_eq!(code, 1, "{err}");
    let lines: Vec<serde_json::Value> =
        std::fs::read_to_string(&ledger).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(
        (&lines[0]["kind"], &lines[0]["nid"], &lines[0]["subject"]),
        (&"message".into(), &"0x3".into(), &"lost?".into())
    );
    assert_eq!(lines[0]["findings"][0]["effect"], "altered");
    let totals = &lines[1]["totals"];
    let count = |key: &str| totals[key].as_u64().unwrap();
    assert_eq!([count("found"), count("whole"), count("part"), count("missing")], [3, 2, 1, 0]);
}

#[test]
fn without_a_mailbox_nothing_is_written() {
    let home = tempfile::tempdir().unwrap();
    let (code, out, err) = mt2exm(home.path(), &["-t", "-p"], &small());
    assert_eq!(code, 0);
    assert!(err.contains("nothing is written"), "{err}");
    for line in [
        "folder 0x1 in the folder of -B \"Mail\"",
        "message 0x2 in 0x1 IPM.Note \"Hello\"",
        "0C1A001F = \"Ann\"",
        "/0x8503) = 1",
    ] {
        assert!(out.contains(line), "{line}: {out}");
    }
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
    assert_eq!(mt2exm(home.path(), &[], &small()[..200]).0, 3);
}

/// Each rule of `exmls --check` can be broken, and is seen then.
#[test]
fn the_check_sees_what_is_broken() {
    let breakages = [
        ("UPDATE messages SET message_size=message_size+1", "sizes of the store"),
        ("UPDATE store_properties SET propval=1 WHERE proptag=0x66B40014", "sizes of the store"),
        ("UPDATE messages SET change_number=99", "change numbers"),
        ("UPDATE messages SET change_number=30", "change numbers"),
        ("DELETE FROM allocated_eids WHERE range_begin=0x1D0000", "in a range"),
        ("UPDATE allocated_eids SET range_end=0x20000 WHERE range_begin=0x10000", "overlap"),
        ("UPDATE folders SET cur_eid=0x1D0001 WHERE folder_id=0x1D0000", "next id"),
        ("UPDATE messages SET parent_fid=NULL", "to a folder or to an attachment"),
        ("UPDATE messages SET parent_fid=3", "search folder"),
        ("DELETE FROM msgtime_index", "time index has every"),
        ("UPDATE msgtime_index SET rcvtime=1", "times of the messages"),
        ("UPDATE folder_properties SET propval=1 WHERE folder_id=0x1D0000 AND proptag=0x67510003", "article numbers"),
        ("DELETE FROM message_properties WHERE proptag=0x65E20102", "change key"),
        (
            "UPDATE folder_properties SET propval='INBOX' WHERE folder_id=0x1D0000 AND proptag=0x3001001F; UPDATE folders SET parent_id=9",
            "siblings",
        ),
        ("DELETE FROM folder_properties WHERE folder_id=0x1D0000 AND proptag=0x3001001F", "has a name"),
        ("UPDATE messages SET read_state=1", "read state"),
        ("DELETE FROM named_properties", "is used has a name"),
        (
            "INSERT INTO named_properties VALUES (5, 'GUID=00020329-0000-0000-c000-000000000046,NAME=x')",
            "id of the range",
        ),
        ("INSERT INTO named_properties (name_string) VALUES ('x')", "have their form"),
        ("INSERT INTO recipients (message_id) VALUES (12345)", "refers to"),
        ("INSERT INTO message_properties VALUES (0x1D0001, 0x1000001F, 'Y-00/112233')", "content file"),
        ("INSERT INTO message_properties VALUES (0x1D0001, 0x1000001F, '../exmdb/exchange.sqlite3')", "content file"),
    ];
    for (sql, rule) in breakages {
        let dir = tempfile::tempdir().unwrap();
        let (outcome, _) = import(dir.path(), &small(), ImportOptions::default());
        assert!(outcome.error.is_none());
        let db = database(dir.path());
        db.execute_batch("PRAGMA foreign_keys=OFF").unwrap();
        db.execute_batch(sql).unwrap();
        drop(db);
        let at = format!("store:{}", dir.path().display());
        let (code, out, _) = exmls(dir.path(), &["--at", &at, "--check"]);
        assert_eq!(code, 1, "{sql}");
        assert!(out.contains(rule), "{sql}: {out}");
    }
}

#[test]
fn a_damaged_content_file_is_seen() {
    let dir = tempfile::tempdir().unwrap();
    import_frames(dir.path(), vec![folder(1, UNANCHORED, "Mail"), message(2, 1, [(0x1000_001F, Value::str("body"))])]);
    let id = texts(&database(dir.path()), "SELECT propval FROM message_properties WHERE proptag=0x1000001F").remove(0);
    std::fs::write(dir.path().join("cid").join(&id), zstd::encode_all(&b"other"[..], 1).unwrap()).unwrap();
    let at = format!("store:{}", dir.path().display());
    let (code, out, _) = exmls(dir.path(), &["--at", &at, "--check"]);
    assert_eq!(code, 1);
    assert!(out.contains(&id) && out.contains("hashes to"), "{out}");
    std::fs::remove_file(dir.path().join("cid").join(&id)).unwrap();
    let (code, _, err) = exmls(dir.path(), &["--at", &at, "--props", "0x1d0001"]);
    assert_eq!(code, 1);
    assert!(err.contains("property 1000001F"), "{err}");
}

/// What older servers have named by a number is shown and is no problem, whether the number is stored as text or as such.
#[test]
fn contents_of_older_servers_are_shown() {
    let dir = tempfile::tempdir().unwrap();
    import_frames(dir.path(), vec![folder(1, UNANCHORED, "Mail"), message(2, 1, [(0x1000_001F, Value::str("body"))])]);
    std::fs::write(dir.path().join("cid/17.zst"), zstd::encode_all(&b"old body"[..], 1).unwrap()).unwrap();
    let at = format!("store:{}", dir.path().display());
    for id in ["'17'", "17"] {
        let sql = format!("UPDATE message_properties SET propval={id} WHERE proptag=0x1000001F");
        database(dir.path()).execute_batch(&sql).unwrap();
        let (code, out, err) = exmls(dir.path(), &["--at", &at, "--check"]);
        assert_eq!((code, out.as_str()), (0, "0 problems\n"), "{err}");
        let (code, out, err) = exmls(dir.path(), &["--at", &at, "--props", "0x1d0001"]);
        assert_eq!(code, 0, "{err}");
        assert!(out.contains("1000001F = \"old body\""), "{out}");
    }
}

/// What `exmls` says to somebody who is not the superuser.
#[cfg(target_os = "linux")]
fn exmls_as_another(at: &Path) -> (i32, String, String) {
    use std::os::unix::fs::MetadataExt;
    use std::os::unix::process::CommandExt;
    let mut command = Command::new(env!("CARGO_BIN_EXE_exmls"));
    command.arg("--at").arg(format!("store:{}", at.display()));
    if std::fs::metadata("/proc/self").is_ok_and(|meta| meta.uid() == 0) {
        command.uid(65534).gid(65534);
    }
    told(command.output().unwrap())
}

/// That a mailbox may not be looked at is not that there is none; and one beside which nothing may be written can be read.
#[cfg(target_os = "linux")]
#[test]
fn what_may_not_be_entered_or_written_is_told_apart() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let mode = |path: &str, mode| {
        let path = dir.path().join(path);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    import_frames(dir.path(), vec![folder(1, UNANCHORED, "Mail")]);
    mode("", 0o755);
    mode("exmdb", 0o000);
    let (code, _, err) = exmls_as_another(dir.path());
    assert!(code == 3 && err.contains("can't be read: Permission denied"), "{code} {err}");
    let (code, _, err) = exmls_as_another(&dir.path().join("none"));
    assert!(code == 3 && err.contains("there is no mailbox here"), "{code} {err}");
    mode("exmdb", 0o755);
    mode("exmdb/exchange.sqlite3", 0o444);
    mode("exmdb", 0o555);
    let (code, out, err) = exmls_as_another(dir.path());
    assert!(code == 0 && out.contains("/Top of Information Store/Mail"), "{code} {err}");
    // Whoever has it open may have put changes into the log.
    mode("exmdb", 0o755);
    std::fs::write(dir.path().join("exmdb/exchange.sqlite3-wal"), b"changes").unwrap();
    mode("exmdb/exchange.sqlite3-wal", 0o400);
    mode("exmdb", 0o555);
    let (code, _, err) = exmls_as_another(dir.path());
    assert!(code == 3 && err.contains("there is a log beside it"), "{code} {err}");
    mode("exmdb", 0o755);
}
