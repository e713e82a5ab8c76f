//! Where the tools may write, and what they do where they can't.

#![cfg(unix)]

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{FileTypeExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::support::fixture;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A directory with a file `in.pst`, its stream `in.mt`, and a hard and a symbolic link to each.
struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let place = Self { dir };
        fs::copy(fixture("sample.pst"), place.path("in.pst")).unwrap();
        let made = place.run(env!("CARGO_BIN_EXE_pff2mt"), &["-o", "in.mt", "in.pst"]);
        assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
        for name in ["in.pst", "in.mt"] {
            fs::hard_link(place.path(name), place.path(&format!("hard-{name}"))).unwrap();
            symlink(name, place.path(&format!("soft-{name}"))).unwrap();
        }
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn command(&self, tool: &str, args: &[&str]) -> Command {
        let mut command = Command::new(tool);
        command.args(args).current_dir(self.dir.path()).stdin(Stdio::null());
        command
    }

    fn run(&self, tool: &str, args: &[&str]) -> Output {
        self.command(tool, args).output().unwrap()
    }

    fn inputs(&self) -> [Vec<u8>; 2] {
        ["in.pst", "in.mt"].map(|name| fs::read(self.path(name)).unwrap())
    }
}

#[test]
fn what_is_read_is_never_written_to() {
    let place = Place::new();
    let before = place.inputs();
    let (pff2mt, mt2eml, mt2pff) =
        (env!("CARGO_BIN_EXE_pff2mt"), env!("CARGO_BIN_EXE_mt2eml"), env!("CARGO_BIN_EXE_mt2pff"));
    let cases: [(&str, &[&str]); 12] = [
        (pff2mt, &["-o", "in.pst", "in.pst"]),
        (pff2mt, &["-o", "hard-in.pst", "in.pst"]),
        (pff2mt, &["-o", "soft-in.pst", "hard-in.pst"]),
        (pff2mt, &["--ledger", "in.pst", "-o", "out", "soft-in.pst"]),
        (pff2mt, &["--ledger", "both", "-o", "./both", "in.pst"]),
        (env!("CARGO_BIN_EXE_pffck"), &["--map", "in.pst", "in.pst"]),
        (env!("CARGO_BIN_EXE_pffbreak"), &["--kind", "zero", "-f", "in.pst", "hard-in.pst"]),
        (mt2eml, &["--zip", "in.pst", "--force", "in.pst"]),
        (mt2eml, &["--ledger", "in.mt", "-o", "eml", "in.mt"]),
        (mt2eml, &["--ledger", "in.pst", "-o", "eml", "in.pst"]),
        (mt2pff, &["-f", "-o", "soft-in.mt", "in.mt"]),
        (mt2pff, &["--ledger", "in.mt", "-o", "new.pst", "in.mt"]),
    ];
    for (tool, args) in cases {
        let output = place.run(tool, args);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{tool} {args:?}: {stderr}");
        assert!(stderr.contains("the same file as"), "{tool} {args:?}: {stderr}");
        assert!(place.inputs() == before, "{tool} {args:?}");
    }
}

#[test]
fn neither_is_what_comes_or_goes_by_redirection() {
    let place = Place::new();
    let before = place.inputs();
    let ledger = ["--ledger", "in.mt", "--at", "store:box"];
    let output = place
        .command(env!("CARGO_BIN_EXE_mt2exm"), &ledger)
        .stdin(File::open(place.path("in.mt")).unwrap())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    let append = OpenOptions::new().append(true).open(place.path("in.pst")).unwrap();
    let output = place.command(env!("CARGO_BIN_EXE_pff2mt"), &["in.pst"]).stdout(append).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert!(place.inputs() == before);
}

/// A dash is standard output where that can be, and not the name of a file.
#[test]
fn a_dash_is_standard_output_or_refused() {
    let place = Place::new();
    let output = place.run(env!("CARGO_BIN_EXE_pff2mt"), &["-o", "-", "in.pst"]);
    assert!(output.stdout == place.inputs()[1]);
    for (tool, args) in [
        (env!("CARGO_BIN_EXE_pff2mt"), ["--ledger", "-", "in.pst"]),
        (env!("CARGO_BIN_EXE_mt2pff"), ["-o", "-", "in.mt"]),
        (env!("CARGO_BIN_EXE_mt2eml"), ["-o", "-", "in.mt"]),
        (env!("CARGO_BIN_EXE_mt2eml"), ["--zip", "-", "in.mt"]),
    ] {
        assert_eq!(place.run(tool, &args).status.code(), Some(2), "{tool} {args:?}");
    }
    assert!(!place.path("-").exists());
}

/// `--force` replaces files, and nothing else; what a link names is replaced, not the link.
#[test]
fn only_files_are_replaced() {
    let place = Place::new();
    let pipe = place.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for (tool, args) in [
        (env!("CARGO_BIN_EXE_mt2pff"), ["-f", "-o", "pipe", "in.mt"]),
        (env!("CARGO_BIN_EXE_mt2eml"), ["-f", "--zip", "pipe", "in.mt"]),
    ] {
        let output = place.run(tool, &args);
        assert_eq!(output.status.code(), Some(4), "{tool}: {}", text(&output.stderr));
        assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo(), "{tool}");
    }
    fs::write(place.path("old.pst"), b"old").unwrap();
    symlink("old.pst", place.path("link.pst")).unwrap();
    let output = place.run(env!("CARGO_BIN_EXE_mt2pff"), &["-f", "-o", "link.pst", "in.mt"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(fs::symlink_metadata(place.path("link.pst")).unwrap().is_symlink());
    assert!(fs::read(place.path("old.pst")).unwrap().starts_with(b"!BDN"));
}

/// A log that is full costs no mail, and a panic has no place among the exit codes.
#[cfg(target_os = "linux")]
#[test]
fn messages_that_cannot_be_written_cost_nothing() {
    let place = Place::new();
    fs::copy(fixture("damaged/truncated.pst"), place.path("cut.pst")).unwrap();
    let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
    let deaf = |file: &str| {
        place.command(env!("CARGO_BIN_EXE_pff2mt"), &["-o", "deaf.mt", file]).stderr(full()).output().unwrap()
    };
    let heard = place.run(env!("CARGO_BIN_EXE_pff2mt"), &["-o", "heard.mt", "cut.pst"]);
    assert_eq!(heard.status.code(), Some(1));
    assert_eq!(deaf("cut.pst").status.code(), Some(1));
    assert!(fs::read(place.path("deaf.mt")).unwrap() == fs::read(place.path("heard.mt")).unwrap());
    assert_eq!(deaf("missing.pst").status.code(), Some(3));
}

/// A file as standard input needs no copy, and a device without end none that fills the disk.
#[test]
fn only_what_has_to_be_is_copied() {
    let place = Place::new();
    let nowhere = Path::new("/no/such/directory");
    let mut command = place.command(env!("CARGO_BIN_EXE_pff2mt"), &["-"]);
    let output = command.env("TMPDIR", nowhere).stdin(File::open(place.path("in.pst")).unwrap()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let mut command = place.command("sh", &["-c", "cat in.pst | \"$0\" -", env!("CARGO_BIN_EXE_pff2mt")]);
    let output = command.env("TMPDIR", nowhere).output().unwrap();
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    assert!(stderr.contains("TMPDIR") && stderr.contains("/no/such/directory"), "{stderr}");
    let output = place.run(env!("CARGO_BIN_EXE_pff2mt"), &["/dev/zero"]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
}

/// What a run without its input or its target says.
#[test]
fn what_is_missing_is_told() {
    let place = Place::new();
    for (tool, args, code, told) in [
        (env!("CARGO_BIN_EXE_mt2eml"), ["-o", "out"], 3, "standard input is empty"),
        (env!("CARGO_BIN_EXE_mt2exm"), ["--at", "store:box"], 3, "standard input is empty"),
        (env!("CARGO_BIN_EXE_mt2exm"), ["--ledger", "lost"], 2, "-u or --at"),
    ] {
        let output = place.run(tool, &args);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{tool}: {stderr}");
        assert!(stderr.contains(told), "{tool}: {stderr}");
        assert!(!place.path("lost").exists());
    }
    let output = place.run(env!("CARGO_BIN_EXE_mt2eml"), &["-o", "out", "/dev/zero"]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
}
