//! Streams that are made to do harm to who takes them.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::gxmt::{raw_frame, raw_stream};

/// Runs `program` in `dir` on `input`; its exit code and what it said.
fn run(program: &str, dir: &Path, args: &[&str], input: &[u8]) -> (Option<i32>, String) {
    let mut child = Command::new(program)
        .args(args)
        .current_dir(dir)
        .env("PFFKIT_HOME", "home")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that has seen enough closes its input.
    let _ = child.stdin.take().unwrap().write_all(input);
    let out = child.wait_with_output().unwrap();
    (out.status.code(), String::from_utf8_lossy(&out.stderr).into_owned())
}

/// What comes before the harm: a folder.
fn folder() -> Vec<u8> {
    raw_frame(3, 0x122, b"\x01\0\x1f\0\x01\x30Inbox\0\0\0\0\0\0\0\0\0")
}

/// A frame that says it has `size` bytes.
fn claiming(size: u64) -> Vec<u8> {
    let mut frame = raw_frame(5, 0x124, b"\0\0\0\0");
    frame[..8].copy_from_slice(&size.to_le_bytes());
    frame
}

/// Each is refused by both, as what it is, and nothing is outside of the place that was named.
#[test]
fn streams_that_claim_too_much() {
    let deep = raw_frame(5, 0x124, &b"\0\0\0\x01\x01\0\0\0\x01".repeat(1_000_000));
    let recipients = raw_frame(5, 0x124, b"\0\0\x01\xff\xff\xff\xff");
    let properties = raw_frame(5, 0x124, b"\xff\xff");
    // The code for a cut stream, or for one bad frame among good ones.
    let cases = [
        ("4 GiB", claiming((1 << 32) - 1), 3, "ends"),
        ("all there is", claiming(u64::MAX), 3, "frame"),
        ("no bytes", claiming(0), 3, "frame"),
        ("deep", deep, 1, "limit"),
        ("recipients", recipients, 1, "limit"),
        ("properties", properties, 1, "announced"),
    ];
    for (what, frame, code, word) in cases {
        let stream = raw_stream(&[folder(), frame]);
        for (program, args) in
            [(env!("CARGO_BIN_EXE_mt2eml"), &["-o", "out"][..]), (env!("CARGO_BIN_EXE_mt2exm"), &["-u", "u", "-x"][..])]
        {
            let outer = tempfile::tempdir().unwrap();
            let dir = outer.path().join("a/b");
            fs::create_dir_all(&dir).unwrap();
            let (found, said) = run(program, &dir, args, &stream);
            assert_eq!(found, Some(code), "{what}: {program}: {said}");
            assert!(said.contains(word), "{what}: {program}: {said}");
            assert_eq!(fs::read_dir(outer.path()).unwrap().count(), 1);
            assert!(fs::read_dir(&dir).unwrap().count() <= 1);
        }
    }
}
