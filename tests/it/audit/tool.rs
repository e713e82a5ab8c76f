//! pffck as its users call it.

use std::path::Path;
use std::process::{Command, Output};

use pffkit::ndb::crypt::CryptMethod;

use crate::recipes::patch::Patch;
use crate::recipes::special::small;
use crate::support::fixture;

fn pffck(args: &[&str], file: &Path) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } =
        Command::new(env!("CARGO_BIN_EXE_pffck")).args(args).arg(file).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn the_first_line_is_the_verdict() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("box.pst");
    for (file, code, verdict) in [
        (Patch(small(CryptMethod::None)), 0, "sound: nothing is wrong"),
        (
            Patch(small(CryptMethod::None)).page(0x4600, |p| p[496] = 0x84),
            0,
            "readable: a rule of the format is broken",
        ),
        (
            Patch(small(CryptMethod::None)).page(0x4400, |p| p[498] = 7),
            1,
            "damaged: 1 finding; of 2 messages 2 are whole",
        ),
    ] {
        std::fs::write(&path, &file.0).unwrap();
        let (found, text, _) = pffck(&[], &path);
        assert_eq!(found, Some(code), "{text}");
        assert!(text.lines().next().unwrap().contains(verdict), "{text}");
        let (strict, _, told) = pffck(&["--strict"], &path);
        assert_eq!(strict, Some(if verdict.starts_with("sound") { 0 } else { 3 }), "{told}");
    }
}

/// Of a file that can't be read, the verdict is all that is said, once, in the form that was asked for.
#[test]
fn a_file_that_cannot_be_read_has_a_verdict_and_no_more() {
    for (name, reason) in [("header-only", "no more than a header"), ("all-nul", "NUL")] {
        let file = fixture(&format!("damaged/{name}.pst"));
        let (code, text, told) = pffck(&[], &file);
        let verdict = text.strip_prefix(&format!("{}: ", file.display())).unwrap_or_default().trim_end();
        assert!(verdict.starts_with("not readable: ") && verdict.contains(reason), "{text}");
        assert_eq!((code, text.lines().count(), told.as_str()), (Some(3), 1, ""), "{text}");
        let (code, text, told) = pffck(&["--json"], &file);
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((code, told.as_str()), (Some(3), ""));
        assert_eq!(json, serde_json::json!({ "file": file.to_str().unwrap(), "verdict": verdict }));
    }
    // There is nothing to judge where there is no file.
    let (code, text, told) = pffck(&[], &fixture("no-such.pst"));
    assert_eq!((code, text.as_str()), (Some(3), ""));
    assert!(told.contains("no such file"), "{told}");
}

/// The leaf with the messages is damaged: the trees alone give none of them.
#[test]
fn what_is_lost_and_what_recovery_gets_back() {
    let (_, text, _) = pffck(&[], &fixture("damaged/page-crc.pst"));
    assert!(text.contains("by its trees alone: 30 nodes, 4 folders, 0 messages with FAI"), "{text}");
    assert!(text.contains("with what was recovered: 43 nodes, 6 folders, 2 messages with FAI"), "{text}");
}

#[test]
fn a_picture_of_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let svg = dir.path().join("map.svg");
    for (name, texts) in [
        ("sample.pst", ["sample.pst", "sound: nothing is wrong", "330,752 bytes"]),
        ("damaged/block-crc.pst", ["block-crc.pst", "damaged: 2 findings", "8,192 bytes"]),
        ("ost4k.ost", ["OST (Unicode4k)", "sound", "348,160 bytes"]),
    ] {
        pffck(&["--map", svg.to_str().unwrap()], &fixture(name));
        let picture = std::fs::read_to_string(&svg).unwrap();
        for text in texts {
            assert!(picture.contains(text), "{name}: {text}");
        }
        assert!(!picture.contains("not told by anything"), "{name}: every byte is accounted for");
    }
    let (code, _, told) = pffck(&["--map", "/no/such/directory/map.svg"], &fixture("sample.pst"));
    assert_eq!(code, Some(4), "{told}");
}
