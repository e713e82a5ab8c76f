//! Our streams against those that Gromox' own exporter made of the same files: every difference has a reason, and the reasons
//! are listed with their counts in `tests/golden-differences.md`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use pffkit::mt::from_pff::Options;

use crate::support::diff::{Row, Stream, diff};
use crate::support::{corpus, export_file};

/// A reason for differences, as the list names it, and which differences it explains.
type Reason = (&'static str, fn(&str, &Row) -> bool);

const REASONS: &[Reason] = &[
    ("A1", |_, r| r.kind == "folder map" && r.place == "290" && only_the_name(r)),
    ("A2", |_, r| r.kind == "folder map" && r.theirs.is_some() && only_the_name(r)),
    ("A3", |_, r| r.kind == "folder map" && r.theirs.is_none()),
    ("B1", |_, r| r.kind == "recipient" && r.ours.is_none() && r.theirs.as_deref().is_some_and(is_nothing)),
    ("B2", |_, r| is_unnamed(r)),
    ("B3", |file, r| {
        stopped_at_nul(file) && ["message", "recipient", "attachment"].contains(&r.kind) && more_in_ours(r)
    }),
    ("B4", |_, r| r.prop.starts_with("00020329-0000-0000-c000-000000000046/0x") && r.theirs.is_none()),
    ("B4", |_, r| r.prop.starts_with("00000000-0000-0000-0000-000000000000/0x") && r.ours.is_none()),
    ("B5", |_, r| r.prop.ends_with(":101f") && r.theirs.is_none() || r.prop.ends_with(":101e") && r.ours.is_none()),
    ("B6", |file, r| file == "hira-contacts97-2002.pst" && r.ours.is_some() && is_text(&r.prop)),
    ("C1", |_, r| {
        r.kind == "folder" && r.prop == "3001001f" && r.ours.as_deref().is_some_and(|o| o.ends_with(" (2)\""))
    }),
    ("C2", |file, r| file == "hughbe-backup-with-rules.pst" && r.prop == "#object" && r.ours.is_none()),
];

/// Entries are `create target name`: all but the name is equal.
fn only_the_name(row: &Row) -> bool {
    let start = |s: &Option<String>| s.as_deref().map(|s| s.splitn(3, ' ').take(2).collect::<Vec<_>>().join(" "));
    start(&row.ours) == start(&row.theirs)
}

/// The values that the peer makes up for cells that a row does not have.
fn is_nothing(value: &str) -> bool {
    ["\"\"", "I32(0)", "I64(0)", "Bool(0)", "0 bytes 99aa06d3014798d86001c324468d497f"].contains(&value)
}

/// An id without a name: bare in the peer's stream, under a made-up name in ours.
fn is_unnamed(row: &Row) -> bool {
    let bare = |p: &str| p.len() == 8 && p.starts_with(|c| ('8'..='f').contains(&c));
    (row.theirs.is_none() && row.prop.contains("/pffkit:unnamed-")) || (row.ours.is_none() && bare(&row.prop))
}

/// Files with records of NUL bytes in property contexts, where the peer takes the rest of the properties for absent.
fn stopped_at_nul(file: &str) -> bool {
    file.starts_with("aspjava-split-personal-folders-part") || file == "aspnet-split-test-part1.pst"
}

fn more_in_ours(row: &Row) -> bool {
    row.theirs.is_none() || ["#recipients", "#attachments"].contains(&row.prop.as_str())
}

fn is_text(prop: &str) -> bool {
    prop.ends_with("001f") || prop.ends_with(":001f")
}

/// How many differences each reason explains, by `tests/golden-differences.md`: lines `| A1 | plain | splice | … |`.
fn listed() -> BTreeMap<String, [u64; 2]> {
    let list = include_str!("../golden-differences.md");
    let cells = |line: &str| line.split('|').map(|c| c.trim().to_owned()).collect::<Vec<_>>();
    let rows = list.lines().map(cells).filter(|c| c.len() > 4);
    rows.filter_map(|c| Some((c[1].clone(), [c[2].parse().ok()?, c[3].parse().ok()?]))).collect()
}

#[test]
fn every_difference_from_the_peers_streams_is_listed() {
    let Some(corpus) = corpus() else { return };
    let mut counts: BTreeMap<String, [u64; 2]> = REASONS.iter().map(|(name, _)| ((*name).to_owned(), [0, 0])).collect();
    let mut unexplained = Vec::new();
    let mut streams = [0, 0];
    for path in golden(&corpus) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let splice = name.ends_with(".splice.mt.zst");
        let file = name.trim_end_matches(".mt.zst").trim_end_matches(".splice");
        // With -s, the peer's streams were made with FAI.
        let options = Options { assoc: splice, ..Options::new(format!("Import of {file}")) };
        let ours = export_file(&corpus.join(file), splice, options).unwrap();
        let theirs = zstd::decode_all(std::fs::File::open(&path).unwrap()).unwrap();
        streams[usize::from(splice)] += 1;
        for row in diff(&Stream::read(&ours.stream), &Stream::read(&theirs)) {
            match REASONS.iter().find(|(_, explains)| explains(file, &row)) {
                Some((reason, _)) => counts.get_mut(*reason).unwrap()[usize::from(splice)] += 1,
                None => unexplained.push(format!("{name}: {row:?}")),
            }
        }
    }
    assert!(
        unexplained.is_empty(),
        "{} differences, first: {:#?}",
        unexplained.len(),
        &unexplained[..unexplained.len().min(20)]
    );
    assert_eq!(streams, [91, 102]);
    assert_eq!(counts, listed());
}

fn golden(corpus: &std::path::Path) -> Vec<PathBuf> {
    let dir = corpus.join("../golden/mt");
    let mut paths: Vec<_> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.to_str().is_some_and(|p| p.ends_with(".mt.zst")));
    paths.sort();
    paths
}
