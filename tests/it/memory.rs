//! Memory does not grow with the file, its items or their attachments: the tools do their work with 64 MiB of data.

#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::{Command, Stdio};

use pffkit::messaging::write::nid::IPM_SUBTREE;
use pffkit::ndb::Format;
use pffkit::ndb::crypt::CryptMethod;

use crate::recipes::build::{Item, MONDAY, file, folder, noise};
use crate::support::corpus;

/// Runs `command` of a shell with at most 64 MiB of data: heap, stacks and other private memory, not the mapped file.
fn confined(command: &str, file: &Path) -> (Option<i32>, String) {
    let script = format!("set -o pipefail; ulimit -d 65536; {command}");
    let output = Command::new("bash")
        .args(["-c", &script])
        .env("PFF2MT", env!("CARGO_BIN_EXE_pff2mt"))
        .env("MT2EXM", env!("CARGO_BIN_EXE_mt2exm"))
        .env("MT2PFF", env!("CARGO_BIN_EXE_mt2pff"))
        .env("MT2EML", env!("CARGO_BIN_EXE_mt2eml"))
        .env("PFFGEN", env!("CARGO_BIN_EXE_pffgen"))
        .env("PFFCK", env!("CARGO_BIN_EXE_pffck"))
        .env("FILE", file)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn an_attachment_larger_than_the_memory_passes_through_all_tools() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("large.pst");
    let bytes = file(Format::Unicode, CryptMethod::Permute, |store| {
        let inbox = folder(store, IPM_SUBTREE, "Inbox", "IPF.Note");
        Item::mail("Very large", MONDAY).attach("large.bin", "", noise(1, 100 << 20)).put(store, inbox);
    });
    std::fs::write(&path, bytes).unwrap();
    let (code, stderr) = confined(r#""$PFF2MT" "$FILE" | "$MT2EXM" --at "store:$FILE.box""#, &path);
    assert_eq!(code, Some(0), "{stderr}");
    // Threads share what may wait to be written.
    let (code, stderr) = confined(r#""$PFF2MT" --jobs 4 "$FILE" | cat >/dev/null"#, &path);
    assert_eq!(code, Some(0), "{stderr}");
    let (code, stderr) = confined(r#""$PFF2MT" "$FILE" | "$MT2PFF" -o "$FILE.copy""#, &path);
    assert_eq!(code, Some(0), "{stderr}");
    for command in [
        r#""$PFF2MT" "$FILE" | "$MT2EML" -o "$FILE.eml""#,
        r#""$MT2EML" "$FILE" -o "$FILE.mbox" --mail mbox"#,
        r#""$MT2EML" "$FILE" --zip "$FILE.zip""#,
    ] {
        let (code, stderr) = confined(command, &path);
        assert_eq!(code, Some(0), "{command}: {stderr}");
    }
    // The limit is one: with less than the tools need, they fail.
    let (code, _) = confined(r#"ulimit -d 512; "$PFF2MT" -o /dev/null "$FILE""#, &path);
    assert_ne!(code, Some(0));
}

/// The contents table's heap has more than 64 blocks, and 25,000 cells are in them.
#[test]
fn a_folder_of_many_messages_is_written_and_checked() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("wide.pst");
    for command in [
        r#""$PFFGEN" --seed 3 --shape wide --messages 5000 --folders 1 --attachments none | "$MT2PFF" -o "$FILE""#,
        r#""$PFFCK" "$FILE""#,
    ] {
        let (code, stderr) = confined(command, &path);
        assert_eq!(code, Some(0), "{command}: {stderr}");
    }
}

#[test]
fn every_file_of_the_corpus_is_read_in_64_mib() {
    let Some(corpus) = corpus() else { return };
    let mut files: Vec<_> = std::fs::read_dir(&corpus).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "pst" || e == "ost"));
    assert_eq!(files.len(), 131);
    for path in files {
        let (code, stderr) = confined(r#""$PFF2MT" --with-assoc -o /dev/null "$FILE""#, &path);
        let name = path.file_name().unwrap().to_str().unwrap();
        let expected = match name {
            "pstexp-header.pst" => 3,
            "aspnet-addingbulkmessageswithimprovedperformance.pst" => 1,
            _ => 0,
        };
        assert_eq!(code, Some(expected), "{name}: {stderr}");
    }
}
