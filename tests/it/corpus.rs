//! All real files of the corpus against what other readers found in them.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use pffkit::ErrorKind;
use pffkit::mt::Reader;
use pffkit::mt::from_pff::Options;
use pffkit::mt::object::Frame;

use crate::support::{corpus, export_file};

/// `census.tsv`: a row a file, cells by the names in the first line.
fn census(corpus: &Path) -> Vec<HashMap<String, String>> {
    let text = std::fs::read_to_string(corpus.join("census.tsv")).unwrap();
    let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>());
    let head = lines.next().unwrap();
    lines.map(|cells| head.iter().cloned().zip(cells).collect()).collect()
}

fn number(row: &HashMap<String, String>, column: &str) -> Option<u64> {
    row.get(column).and_then(|cell| cell.parse().ok())
}

/// The only file of the corpus without a readable tree: a header and nothing more.
const HEADER_ONLY: &str = "pstexp-header.pst";
/// Its block B-tree is destroyed: the folders can be counted, but not read.
const NO_BLOCKS: &str = "aspnet-addingbulkmessageswithimprovedperformance.pst";

#[test]
fn every_node_of_every_file_comes_out() {
    let Some(corpus) = corpus() else { return };
    let (mut files, mut messages, mut fai) = (0, 0, 0);
    for row in census(&corpus) {
        let file = row["file"].as_str();
        files += 1;
        let options = Options { assoc: true, ..Options::new("all") };
        let exported = export_file(&corpus.join(file), false, options);
        if file == HEADER_ONLY {
            assert_eq!(exported.err().map(|e| e.kind()), Some(ErrorKind::Truncated));
            continue;
        }
        let totals = exported.unwrap().totals;
        assert_eq!(Some(totals.messages), number(&row, "nbt_messages"), "{file}: messages");
        assert_eq!(Some(totals.fai), number(&row, "nbt_fai"), "{file}: FAI");
        assert_eq!(Some(totals.folders), number(&row, "nbt_folders"), "{file}: folders");
        assert_eq!(Some(totals.search_folders), number(&row, "nbt_search_folders"), "{file}: search folders");
        assert_eq!(totals.is_whole(), file != NO_BLOCKS, "{file}: {totals:?}");
        messages += totals.messages;
        fai += totals.fai;
    }
    assert_eq!((files, messages, fai), (131, 1733, 205));
}

/// Of readers that disagree the one with the most is taken; all of them count without FAI.
#[test]
fn recipients_and_attachments_are_those_of_the_best_readers() {
    let Some(corpus) = corpus() else { return };
    // readpst counts bodies and meeting parts as attachments, so it tells nothing here.
    const READERS: [&str; 4] = ["pypff", "outlook_pst", "pst_extractor", "pffexport"];
    for row in census(&corpus) {
        let file = row["file"].as_str();
        if file == HEADER_ONLY {
            continue;
        }
        let totals = export_file(&corpus.join(file), false, Options::new("all")).unwrap().totals;
        for (what, ours) in [("recipients", totals.recipients), ("attachments", totals.attachments)] {
            let best = READERS.iter().filter_map(|reader| number(&row, &format!("{reader}_{what}"))).max();
            assert_eq!(ours, best.unwrap_or(0), "{file}: {what}");
        }
    }
}

/// The peer announces a name before each use of it; one time is enough for every reader.
#[test]
fn each_name_is_announced_once_and_before_its_first_use() {
    let Some(corpus) = corpus() else { return };
    for file in ["npm-extest.ost", "pstsdk-sample2.pst", "aspnet-outlook-v1.pst"] {
        let stream = export_file(&corpus.join(file), false, Options::new("all")).unwrap().stream;
        let mut reader = Reader::new(stream.as_slice()).unwrap();
        let mut announced = HashSet::new();
        let mut used = HashSet::new();
        while let Some(frame) = reader.next_frame().unwrap() {
            match frame {
                Frame::NamedProperty(p) => assert!(announced.insert(p.tag.id()), "{file}: {} twice", p.tag),
                Frame::Message(m) => m.message.props.iter().filter(|(tag, _)| tag.is_named()).for_each(|(tag, _)| {
                    assert!(announced.contains(&tag.id()), "{file}: {tag} is used before it has a name");
                    used.insert(tag.id());
                }),
                Frame::Folder(_) => {}
            }
        }
        assert!(!used.is_empty(), "{file}");
    }
}
