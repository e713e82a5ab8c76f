//! Blocks and pages that name each other again and again, and blocks that inflate.

use pffkit::damage::{Effect, Findings};
use pffkit::limits::Limits;
use pffkit::mapi::{Content, PropTag, Value};
use pffkit::ndb::page::{PageTrailer, PageType};
use pffkit::ndb::write::SubnodeEntry;
use pffkit::ndb::{Arena, Bid, DataStream, Database, Format, Nid, NidType, Scope, Subnodes};

use super::{MESSAGE, assert_lost, file, internal_after, message, read};
use crate::audit::patch::{Patch, put};

const LARGE: Nid = Nid::new(NidType::LTP, 0x401);

/// A file with one node, whose data is the tree below `root`.
fn with_data(root: impl FnOnce(&mut pffkit::ndb::write::Writer<'_>) -> Bid) -> Vec<u8> {
    file(Format::Unicode, |ndb| {
        let data = root(ndb);
        ndb.put_node(MESSAGE, data, Bid::default(), Nid::ROOT_FOLDER).unwrap();
    })
}

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

/// A block that is named a thousand times a thousand times would be eight gigabytes.
#[test]
fn a_data_tree_that_names_one_block_again_and_again() {
    let file = with_data(|ndb| {
        let block = ndb.put_block(&[7; 8176]).unwrap();
        ndb.join_blocks(&vec![block; 400_000], 400_000 * 8176).unwrap()
    });
    let (len, copied, told) = data_of(&file);
    // As many whole blocks as the file could hold.
    assert_eq!(len, file.len() as u64 / 8176 * 8176);
    assert_eq!(copied, len);
    assert_eq!(told, [format!("XBLOCK one that names blocks again; what is behind byte {len} is left out")]);
}

#[test]
fn an_xblock_that_names_itself() {
    let file = with_data(|ndb| {
        let block = ndb.put_block(&[7; 8176]).unwrap();
        let own = internal_after(block, 1);
        ndb.join_blocks(&[block, own, block], 3 * 8176).unwrap()
    });
    let (len, copied, told) = data_of(&file);
    assert_eq!((len, copied), (2 * 8176, 2 * 8176));
    assert!(told.iter().all(|text| text.contains("btype 1, cLevel 1 in block")), "{told:?}");
    assert_eq!(told.len(), 1, "{told:?}");
}

/// A SIBLOCK whose only child is itself, and an SLBLOCK whose entries are their own subnodes.
#[test]
fn subnode_trees_that_name_themselves() {
    let file = file(Format::Unicode, |ndb| {
        let data = ndb.put_block(b"data").unwrap();
        let subnode = SubnodeEntry { nid: LARGE, data, subnodes: internal_after(data, 1) };
        let subnodes = ndb.put_subnodes(&[subnode]).unwrap();
        assert_eq!(subnodes, internal_after(data, 1));
        ndb.put_node(MESSAGE, data, subnodes, Nid::ROOT_FOLDER).unwrap();
    });
    let subnodes = |file: &[u8]| {
        let findings = Findings::new();
        let db = Database::open(file, Limits::default(), &findings).unwrap();
        let (node, arena) = (db.node(MESSAGE, &findings).unwrap().unwrap(), Arena::new());
        let scope = Scope { db: &db, arena: &arena, findings: &findings };
        let subnodes = Subnodes::new(scope, node.sub);
        let list: Vec<Nid> = subnodes.iter().map(|s| s.nid).collect();
        (list, subnodes.find(LARGE).is_some(), findings.take().len())
    };
    assert_eq!(subnodes(&file), (vec![LARGE], true, 0));
    let patch = Patch(file);
    let sub = patch.node(MESSAGE.0).sub;
    let looped = patch.block(sub, |block| {
        block[1] = 1;
        put(block, 16, sub.0.to_le_bytes());
    });
    assert_eq!(subnodes(&looped.0), (vec![], false, 1));
}

/// A file of `count` messages, from 0x8001 on.
fn many(count: u32) -> Patch {
    Patch(file(Format::Unicode, |ndb| {
        for i in 1..=count {
            let nid = Nid::new(NidType::NORMAL_MESSAGE, 0x8000 + i);
            message(ndb, "one of many", Vec::new()).put(ndb, nid, Nid::ROOT_FOLDER).unwrap();
        }
    }))
}

/// Two entries of the root of the node B-tree lead to one page.
#[test]
fn two_keys_that_lead_to_one_page() {
    let file = many(100);
    let layout = file.layout();
    let root = file.with(|db| db.header().root.nbt.ib.0);
    assert_eq!(PageTrailer::parse(layout, &file.0[root as usize..][..512]).unwrap().ptype, PageType::NBT);
    let doubled = file.page(root, |page| {
        let (first, second) = page.split_at_mut(layout.bt_entry);
        // Its key stays.
        second[8..layout.bt_entry].copy_from_slice(&first[8..]);
    });
    let read = read(&doubled.0, &[]);
    assert_eq!((read.totals.messages, read.stream.messages.len()), (100, 100), "each once");
    assert!(!read.totals.is_whole());
}

/// A search by halves would pass by a key that is out of order. All nodes that are listed are found.
#[test]
fn keys_that_are_out_of_order() {
    let file = many(5);
    let size = file.layout().nbt_entry;
    let (ib, at) = file.leaf(PageType::NBT, u64::from(Nid::new(NidType::NORMAL_MESSAGE, 0x8002).0));
    let mixed = file.page(ib, |page| {
        let (second, fifth) = page[at..at + 4 * size].split_at_mut(3 * size);
        second[..size].swap_with_slice(fifth);
    });
    let findings = Findings::new();
    let db = Database::open(&mixed.0, Limits::default(), &findings).unwrap();
    let listed: Vec<Nid> = db.nodes(&findings).map(|node| node.nid).collect();
    assert_eq!(listed.len(), 5);
    assert!(listed.iter().all(|nid| db.node(*nid, &findings).is_ok_and(|node| node.is_some())));
    assert_eq!(read(&mixed.0, &[]).totals.messages, 5);
}

/// A page of the tree that names itself has no end but that of the levels.
#[test]
fn a_page_that_names_itself() {
    let file = many(100);
    let (layout, nbt) = (file.layout(), file.with(|db| db.header().root.nbt));
    let looped = file.page(nbt.ib.0, |page| {
        put(page, 8, nbt.bid.0.to_le_bytes());
        put(page, 16, nbt.ib.0.to_le_bytes());
    });
    let read = read(&looped.0, &[]);
    assert_eq!((read.totals.messages, read.stream.messages.len()), (100, 100), "the sweep finds the leaf");
    assert!(!read.totals.is_whole());
    assert_eq!(layout.bt_entry, 24);
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
    let data = file(Format::Unicode, |ndb| {
        let block = ndb.put_block(&[b'x'; 8176]).unwrap();
        let root = ndb.join_blocks(&vec![block; 50], 50 * 8176).unwrap();
        let body = (PropTag(0x1000_001F), Value::str("x".repeat(5000)));
        let mut content = message(ndb, "endless", vec![body]);
        content.subnodes[0].data = root;
        content.put(ndb, MESSAGE, Nid::ROOT_FOLDER).unwrap();
    });
    let read = read(&data, &["value=100000"]);
    assert_eq!((read.totals.found, read.totals.part), (1, 1));
    // 33 blocks: as many as the file has room for.
    assert_eq!(data.len() / 8176, 33);
    let found = "XBLOCK: the value has 269808 bytes, more than the limit of 100000";
    assert_lost(read.one("property"), "a value of property 1000001F", found);
    let props = &read.stream.messages[&u64::from(MESSAGE.0)].message.props;
    assert_eq!(props.str(PropTag(0x0037_001F)), Some("endless"), "the others are there");
}
