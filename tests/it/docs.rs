//! The manual pages and completions that are committed are those of the command lines.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

#[path = "support/docs.rs"]
mod generator;

#[test]
fn committed_pages_and_completions_are_current() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = generator::generate(root).unwrap();
    // A page and three completions a tool.
    assert_eq!(files.len(), 8 * 4);
    for file in files {
        let committed = fs::read(root.join(&file.path)).unwrap_or_default();
        assert!(
            committed == file.content,
            "{} is out of date; run: cargo run --example generate_docs",
            file.path.display()
        );
    }
}

#[test]
fn every_page_tells_what_a_reader_looks_for() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for command in pffkit::cli::args::commands() {
        let name = command.get_name();
        let page = fs::read_to_string(root.join(generator::manual(name))).unwrap();
        let sections =
            ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "EXAMPLES", "DIAGNOSTICS", "SEE ALSO"];
        let at = sections.map(|section| {
            let quoted = if section.contains(' ') { format!("\"{section}\"") } else { section.to_owned() };
            page.find(&format!("\n.SH {quoted}\n")).unwrap_or_else(|| panic!("{name}: no section {section}"))
        });
        assert!(at.is_sorted(), "{name}: {at:?}");
        for argument in command.get_arguments().filter_map(|a| a.get_long()) {
            assert!(page.contains(&argument.replace('-', "\\-")), "{name}: --{argument} is not told");
        }
    }
}

#[test]
fn pages_are_clean_to_the_formatter() {
    let man = Path::new(env!("CARGO_MANIFEST_DIR")).join("man");
    let pages = fs::read_dir(man).unwrap().map(|entry| entry.unwrap().path());
    for page in pages.filter(|path| path.extension().is_some_and(|e| e == "1" || e == "5" || e == "8")) {
        match Command::new("mandoc").args(["-T", "lint", "-W", "warning"]).arg(&page).output() {
            Ok(lint) => assert!(lint.stdout.is_empty(), "{}", String::from_utf8_lossy(&lint.stdout)),
            Err(e) => {
                assert!(env::var_os("CI").is_none(), "mandoc can't be run: {e}");
                eprintln!("skipped: mandoc can't be run: {e}");
                return;
            }
        }
    }
}
