//! Blocks and pages that name each other again and again, and blocks that inflate.

use pffkit::damage::{Effect, Findings};
use pffkit::limits::Limits;
use pffkit::mapi::{Content, PropTag, Value};
use pffkit::ndb::{Arena, DataStream, Database, Format, Nid, Scope, Subnodes};

use super::{assert_lost, damaged, read};
use crate::recipes::hostile::{LARGE, MANY, MESSAGE, file, message};

/// How long the data of the node is, how many bytes of it can be copied, and what is told.
fn data_of(file: &[u8]) -> (u64, u64, Vec<String>) {
    let findings = Findings::new();
    let db = Database::open(file, Limits::default(), &findings).unwrap();
    let root = db.node(MESSAGE, &findings).unwrap().unwrap().data;
    let stream = DataStream::new(&db, root, &findings);
    let mut out = Vec::new();
    stream.copy_to(&mut out).unwrap();
    let told = findings.take().into_iter().filter(|f| f.effect > Effect::Notice);
    (stream.len(), out.len() as u64, told.map(|f| format!("{} {}", f.structure, f.found)).collect())
}

/// A block that is named two thousand times would be sixteen megabytes.
#[test]
fn a_data_tree_that_names_one_block_again_and_again() {
    let file = damaged("data-tree-repeats");
    let (len, copied, told) = data_of(&file);
    // As many whole blocks as the file could hold.
    assert_eq!(len, file.len() as u64 / 8176 * 8176);
    assert_eq!(copied, len);
    assert_eq!(told, [format!("XBLOCK one that names blocks again; what is behind byte {len} is left out")]);
}

#[test]
fn an_xblock_that_names_itself() {
    let (len, copied, told) = data_of(&damaged("xblock-names-itself"));
    assert_eq!((len, copied), (2 * 8176, 2 * 8176));
    assert!(told.iter().all(|text| text.contains("btype 1, cLevel 1 in block")), "{told:?}");
    assert_eq!(told.len(), 1, "{told:?}");
}

/// A SIBLOCK whose only child is itself, and an SLBLOCK whose entries are their own subnodes.
#[test]
fn subnode_trees_that_name_themselves() {
    let subnodes = |file: &[u8]| {
        let findings = Findings::new();
        let db = Database::open(file, Limits::default(), &findings).unwrap();
        let (node, arena) = (db.node(MESSAGE, &findings).unwrap().unwrap(), Arena::new());
        let scope = Scope { db: &db, arena: &arena, findings: &findings };
        let subnodes = Subnodes::new(scope, node.sub);
        let list: Vec<Nid> = subnodes.iter().map(|s| s.nid).collect();
        (list, subnodes.find(LARGE).is_some(), findings.take().len())
    };
    assert_eq!(subnodes(&damaged("slblock-names-itself")), (vec![LARGE], true, 0));
    assert_eq!(subnodes(&damaged("siblock-names-itself")), (vec![], false, 1));
}

/// Two entries of the root of the node B-tree lead to one page.
#[test]
fn two_keys_that_lead_to_one_page() {
    let read = read(&damaged("two-keys-one-page"), &[]);
    assert_eq!((read.totals.messages, read.stream.messages.len()), (u64::from(MANY), MANY as usize), "each once");
    assert!(!read.totals.is_whole());
}

/// A search by halves would pass by a key that is out of order. All nodes that are listed are found.
#[test]
fn keys_that_are_out_of_order() {
    let file = damaged("keys-out-of-order");
    let findings = Findings::new();
    let db = Database::open(&file, Limits::default(), &findings).unwrap();
    let listed: Vec<Nid> = db.nodes(&findings).map(|node| node.nid).collect();
    assert_eq!(listed.len(), MANY as usize);
    assert!(listed.iter().all(|nid| db.node(*nid, &findings).is_ok_and(|node| node.is_some())));
    assert_eq!(read(&file, &[]).totals.messages, u64::from(MANY));
}

/// A page of the tree that names itself has no end but that of the levels.
#[test]
fn a_page_that_names_itself() {
    let read = read(&damaged("page-names-itself"), &[]);
    let count = (read.totals.messages, read.stream.messages.len());
    assert_eq!(count, (u64::from(MANY), MANY as usize), "the sweep finds the leaf");
    assert!(!read.totals.is_whole());
}

/// A small block that inflates to more than it says, or to more than is allowed.
#[test]
fn blocks_that_inflate() {
    let body = |ndb: &mut pffkit::ndb::write::Writer<'_>| {
        let body = Value::str("x".repeat(20_000));
        message(ndb, "bomb", vec![(PropTag(0x1000_001F), body)]).put(ndb, MESSAGE, Nid::ROOT_FOLDER).unwrap();
    };
    let bomb = file(Format::Unicode4k, body);
    let sound = read(&bomb, &[]);
    assert_eq!((sound.totals.whole, sound.findings.len()), (1, 0));
    let limited = read(&bomb, &["inflated=30000"]);
    assert_eq!((limited.totals.found, limited.totals.part), (1, 1));
    let told = limited.one("property");
    assert_eq!((told.effect, told.expected.as_str()), (Effect::Lost, "a value of property 1000001F"));
    assert!(told.found.ends_with("expected 40000 bytes, found more than the limit of 30000"), "{told}");
    // What the trailer and the entry tell of its size is not believed.
    let sizes: Vec<usize> = (0..bomb.len() - 2).filter(|at| bomb[*at..at + 2] == 40_000u16.to_le_bytes()).collect();
    assert_eq!(sizes.len(), 2);
    for declared in [1u16, 39_999, 40_001, 65_535] {
        let mut wrong = bomb.clone();
        sizes.iter().for_each(|at| wrong[*at..at + 2].copy_from_slice(&declared.to_le_bytes()));
        let read = read(&wrong, &[]);
        assert_eq!(read.totals.found, 1);
        assert!(!read.totals.is_whole(), "{declared}");
    }
}

/// Text that has no end but that of its data tree, which has none of its own.
#[test]
fn a_text_that_is_larger_than_the_limit() {
    let data = damaged("text-without-end");
    let read = read(&data, &["value=10000"]);
    assert_eq!((read.totals.found, read.totals.part), (1, 1));
    // 4 blocks: as many as the file has room for.
    assert_eq!(data.len() / 8176, 4);
    let found = "XBLOCK: the value has 32704 bytes, more than the limit of 10000";
    assert_lost(read.one("property"), "a value of property 1000001F", found);
    let props = &read.stream.messages[&u64::from(MESSAGE.0)].message.props;
    assert_eq!(props.str(PropTag(0x0037_001F)), Some("endless"), "the others are there");
}
