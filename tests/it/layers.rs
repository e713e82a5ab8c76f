//! The directions of import, and what only one part of the crate may do, as ARCHITECTURE.md has them.

use std::fs;
use std::path::{Path, PathBuf};

/// Where in `src/`, but for the places of the second list; what is not to be found there.
const RULES: [(&[&str], &[&str], &[&str]); 9] = [
    (&["ndb/"], &[], &["crate::ltp", "crate::messaging", "crate::mt", "crate::exm", "crate::mime", "crate::export"]),
    (&["ltp/"], &[], &["crate::messaging", "crate::mt", "crate::exm", "crate::mime", "crate::export"]),
    // What is written are the objects of the stream.
    (&["messaging/"], &["messaging/write/"], &["crate::mt", "crate::exm", "crate::mime", "crate::export"]),
    (
        &["messaging/write/"],
        &[],
        &["mt::read", "mt::write", "mt::from_pff", "crate::exm", "crate::mime", "crate::export"],
    ),
    (
        &["mt/", "mime/", "exm/", "export/"],
        &["mt/from_pff/", "mt/to_pff/", "mt/mod.rs"],
        &["crate::ndb", "crate::ltp", "crate::messaging"],
    ),
    (&["ndb/", "ltp/", "messaging/", "mime/"], &[], &["std::path", "std::time", "std::env", "std::net"]),
    (&["ltp/", "messaging/", "mime/"], &[], &["std::thread", "thread::"]),
    (&[""], &["cli/", "bin/"], &["println!", "eprintln!", "print!(", "io::stdout", "io::stderr", "crate::cli"]),
    (&[""], &["source.rs"], &["allow(unsafe_code)"]),
];

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") && path.file_name().is_some_and(|n| n != "tests.rs") {
            found.push(path);
        }
    }
}

/// The lines that are compiled into a program: no comments, and nothing of what only tests have, which stands last in a file.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let of_program = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]"));
    of_program.enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"))
}

#[test]
fn no_part_reaches_for_what_is_not_its_own() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(files.len() > 200, "{} files", files.len());
    let mut broken = Vec::new();
    for file in &files {
        let name = file.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        let is_in = |places: &[&str]| places.iter().any(|place| name.starts_with(place));
        let text = fs::read_to_string(file).unwrap();
        for (_, _, forbidden) in RULES.iter().filter(|(places, but_for, _)| is_in(places) && !is_in(but_for)) {
            for (number, line) in code(&text) {
                broken.extend(
                    forbidden.iter().filter(|f| line.contains(**f)).map(|f| format!("{name}:{}: {f}", number + 1)),
                );
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}
