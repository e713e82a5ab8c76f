//! Real files: nothing is told of them but what is known and has a reason.

use std::collections::BTreeMap;
use std::path::Path;

use pffkit::damage::Effect::{self, Altered, Notice};

use super::{all, audited};
use crate::support::corpus;

/// The only file that is damaged: its block B-tree is overwritten.
const DAMAGED: &str = "aspnet-addingbulkmessageswithimprovedperformance.pst";

/// What is told of the others: in how many files, and how many times in all. A library that is not Outlook wrote the files whose
/// names start with "asp"; what it leaves out is a rule of the format, and no reader misses it.
const KNOWN: [(&str, Effect, &str, usize, usize); 15] = [
    // A density list without CRC and signature; in files that Outlook shrank, one of AMaps that are gone or have changed since.
    ("density list", Notice, "DLIST", 67, 70),
    ("folders", Notice, "PidTagContentCount", 1, 1),
    ("folders", Notice, "PidTagSubfolders", 3, 3),
    // Two lengths of one file in its header and in its directory entry.
    ("header", Notice, "ROOT.ibFileEof", 1, 1),
    // Empty allocations that are not counted; levels that were not brought up to date.
    ("heaps, properties, tables", Notice, "HNPAGEMAP.cFree", 12, 36),
    ("heaps, properties, tables", Notice, "PC BTH record", 11, 42),
    // Tables of recipients with a column of 8 bytes for a number of 4, behind the others.
    ("heaps, properties, tables", Notice, "TCOLDESC", 1, 31),
    ("heaps, properties, tables", Notice, "TCOLDESC.cbData", 1, 31),
    // A row behind one with a higher id.
    ("heaps, properties, tables", Notice, "TCROWID", 2, 2),
    ("heaps, properties, tables", Notice, "rgbFillLevel", 7, 7),
    // Ten units that nothing uses, and the free bytes of the header that count them.
    ("maps of free space", Notice, "AMap", 3, 3),
    ("maps of free space", Notice, "ROOT.cbAMapFree", 2, 2),
    // Outlook's node 0xe61 has the parent 0x1c.
    ("nodes", Notice, "NBTENTRY.nidParent", 1, 1),
    // Blocks that Outlook will give back.
    ("references to blocks", Notice, "BBTENTRY", 14, 14),
    // Ids of large values that the library did not count.
    ("subnodes", Notice, "HEADER.rgnid", 2, 2),
];

type Counts = BTreeMap<(&'static str, Effect, String), (usize, usize)>;

fn count(path: &Path, counts: &mut Counts) {
    let mut of_file = BTreeMap::new();
    for (part, finding) in all(&audited(&std::fs::read(path).unwrap()).parts) {
        *of_file.entry((part, finding.effect, finding.structure.to_string())).or_insert(0) += 1;
    }
    for (kind, n) in of_file {
        let total = counts.entry(kind).or_default();
        *total = (total.0 + 1, total.1 + n);
    }
}

#[test]
fn real_files_are_as_they_are_known_to_be() {
    let Some(corpus) = corpus() else { return };
    let mut counts = Counts::new();
    let mut files = 0;
    for entry in std::fs::read_dir(&corpus).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let is_file = name.ends_with(".pst") || name.ends_with(".ost");
        if !is_file || [DAMAGED, "pstexp-header.pst"].contains(&name) {
            continue;
        }
        files += 1;
        count(&path, &mut counts);
    }
    assert_eq!(files, 129);
    let known: Counts =
        KNOWN.iter().map(|(part, effect, s, files, n)| ((*part, *effect, (*s).to_owned()), (*files, *n))).collect();
    assert_eq!(counts, known);
}

/// Of the damaged file, a block and the root of the block B-tree lie on top of each other; and one entry of that root names the middle of
/// the header.
#[test]
fn the_damaged_file_is_told_to_be() {
    let Some(corpus) = corpus() else { return };
    let found = audited(&std::fs::read(corpus.join(DAMAGED)).unwrap());
    let worst = all(&found.parts).map(|(_, f)| f.effect).max();
    assert_eq!(worst, Some(Altered));
    assert_eq!(all(&found.parts).filter(|(part, _)| *part == "overlaps").count(), 2);
}
