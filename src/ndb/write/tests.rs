use std::io::{self, Cursor};

use super::super::{Arena, Database, Scope, Subnodes};
use super::space::ptype::legacy_maps;
use super::*;
use crate::damage::Findings;
use crate::limits::Limits;

/// Takes everything and keeps nothing.
struct Nowhere(u64);

impl Write for Nowhere {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Nowhere {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        if let io::SeekFrom::Start(at) = to {
            self.0 = at;
        }
        Ok(self.0)
    }
}

fn options(format: Format) -> Options {
    Options { format, crypt: CryptMethod::None, whole_regions: false, ..Options::default() }
}

/// [MS-PST] 2.2.2.7.2 to 5: which maps follow the allocation map of a region.
#[test]
fn legacy_maps_are_where_the_specification_has_them() {
    const PMAP: u8 = 0x83;
    let maps = |n| legacy_maps(n).collect::<Vec<_>>();
    assert_eq!(maps(0), [PMAP]);
    assert_eq!(maps(1), Vec::<u8>::new());
    assert_eq!(maps(8), [PMAP]);
    assert_eq!(maps(128), [PMAP, 0x82]);
    assert_eq!(maps(128 + 496), [PMAP, 0x82]);
    assert_eq!(maps(8192), [PMAP, 0x85]);
    assert_eq!(maps(8192 + 31_744), [PMAP, 0x85]);
}

/// The maps of the regions 0, 1, 8 and 128 of a file of 33 MB, by their types at the offsets that follow from 2.2.2.7.2.
#[test]
fn maps_stand_at_their_offsets() {
    let mut out = Cursor::new(Vec::new());
    let mut writer = Writer::new(&mut out, options(Format::Unicode)).unwrap();
    let block = vec![7; 8176];
    for _ in 0..4000 {
        writer.put_block(&block).unwrap();
    }
    writer.finish().unwrap();
    let file = out.into_inner();
    let region = 496 * 8 * 64;
    let kind = |at: usize| (file[at + 496] == file[at + 497]).then_some(file[at + 496]);
    assert_eq!(kind(0x4200), Some(0x86));
    for (n, kinds) in [(0, vec![0x84, 0x83]), (1, vec![0x84]), (8, vec![0x84, 0x83]), (128, vec![0x84, 0x83, 0x82])] {
        let start = 0x4400 + n * region;
        for (i, expected) in kinds.iter().enumerate() {
            assert_eq!(kind(start + i * 512), Some(*expected), "map {i} of region {n}");
        }
    }
}

#[test]
fn an_ansi_file_stops_before_2_gib() {
    // The end of the last whole region before 2 GiB: there are 8456 of 496 * 8 * 64 bytes behind the header.
    let last = 0x4400 + 8456 * 253_952;
    for whole_region in [true, false] {
        let mut space = Space::new(Box::new(Nowhere(0)), Layout::of(Format::Ansi)).unwrap();
        let mut end = 0;
        let error = loop {
            match space.alloc(8192, 64) {
                Ok(ib) => end = ib.0 + 8192,
                Err(e) => break e,
            }
        };
        assert!(last - 8192 < end && end <= last, "{end:#x}");
        assert_eq!(error.kind(), ErrorKind::Target);
        assert!(error.to_string().contains("2 GiB; write a Unicode file"), "{error}");
        let extent = space.finish(whole_region, Bid(4)).unwrap();
        assert_eq!(extent.eof, if whole_region { last } else { end.next_multiple_of(512) });
        assert_eq!(extent.last_amap, last - 253_952);
    }
}

#[test]
fn a_unicode_file_goes_beyond_4_gib() {
    let mut space = Space::new(Box::new(Nowhere(0)), Layout::of(Format::Unicode)).unwrap();
    let ib = (0..600_000).map(|_| space.alloc(8192, 64).unwrap()).last().unwrap();
    assert!(ib.0 > 4 << 30, "{:#x}", ib.0);
}

/// Whatever order nodes and subnodes come in, readers find them in the order of their ids, with what was put into them.
#[test]
fn nodes_and_subnodes_are_sorted() {
    for format in [Format::Ansi, Format::Unicode, Format::Unicode4k] {
        let mut out = Cursor::new(Vec::new());
        let mut writer = Writer::new(&mut out, options(format)).unwrap();
        let ids: Vec<u32> = (1..500).map(|n| n * 7919 % 500).collect();
        for id in &ids {
            let data = writer.put_data(&id.to_le_bytes()).unwrap();
            let entry = |n: u32| SubnodeEntry { nid: Nid(n), data, subnodes: Bid::default() };
            let subnodes = writer.put_subnodes(&[entry(3), entry(1), entry(2)]).unwrap();
            writer.put_node(Nid(*id), data, subnodes, Nid(id + 1)).unwrap();
        }
        writer.finish().unwrap();
        let file = out.into_inner();
        let findings = Findings::new();
        let db = Database::open(&file, Limits::default(), &findings).unwrap();
        let nodes: Vec<_> = db.nodes(&findings).map(|n| (n.nid.0, n.parent.0)).collect();
        assert_eq!(nodes, (1..500).map(|n| (n, n + 1)).collect::<Vec<_>>(), "{format:?}");
        let arena = Arena::new();
        let scope = Scope { db: &db, arena: &arena, findings: &findings };
        let subnodes = Subnodes::new(scope, db.node(Nid(77), &findings).unwrap().unwrap().sub);
        assert_eq!(subnodes.iter().map(|s| s.nid.0).collect::<Vec<_>>(), [1, 2, 3], "{format:?}");
        assert_eq!(findings.take(), [], "{format:?}");
    }
}

#[test]
fn an_id_is_used_once() {
    let mut writer = Writer::new(Nowhere(0), options(Format::Unicode)).unwrap();
    let entry = SubnodeEntry { nid: Nid(5), data: Bid(4), subnodes: Bid::default() };
    assert_eq!(writer.put_subnodes(&[entry, entry]).unwrap_err().kind(), ErrorKind::Usage);
    writer.reserve(Nid(0x8082));
    assert_eq!(writer.new_nid(NidType::NORMAL_FOLDER).unwrap(), Nid(0x80A2));
    for _ in 0..2 {
        writer.put_node(Nid(0x21), Bid::default(), Bid::default(), Nid(0)).unwrap();
    }
    assert_eq!(writer.finish().unwrap_err().to_string(), "two nodes have the id 0x21");
}

#[test]
fn only_4k_files_are_compressed() {
    let compress = Options { compress: true, ..options(Format::Unicode) };
    assert_eq!(Writer::new(Nowhere(0), compress).err().map(|e| e.kind()), Some(ErrorKind::Usage));
}

/// Each XBLOCK tells the bytes below itself, the XXBLOCK those of all ([MS-PST] 2.2.2.8.3.2).
#[test]
fn data_trees_tell_their_sizes() {
    let mut out = Cursor::new(Vec::new());
    let mut writer = Writer::new(&mut out, options(Format::Unicode)).unwrap();
    let len = 1021 * 8176 + 2 * 8176 + 5;
    let root = writer.put_data(&vec![1; len]).unwrap();
    writer.put_node(Nid(0x21), root, Bid::default(), Nid(0)).unwrap();
    writer.finish().unwrap();
    let file = out.into_inner();
    let findings = Findings::new();
    let db = Database::open(&file, Limits::default(), &findings).unwrap();
    let tree = |bid: Bid| {
        let block = db.block(bid, &findings).unwrap();
        let total = u32::from_le_bytes(block[4..8].try_into().unwrap());
        let children = block[8..].as_chunks::<8>().0.iter().map(|b| Bid(u64::from_le_bytes(*b))).collect::<Vec<_>>();
        ((block[0], block[1]), total as usize, children)
    };
    let (kind, total, children) = tree(root);
    assert_eq!((kind, total, children.len()), ((1, 2), len, 2));
    for (child, (bytes, blocks)) in children.into_iter().zip([(1021 * 8176, 1021), (2 * 8176 + 5, 3)]) {
        let (kind, total, children) = tree(child);
        assert_eq!((kind, total, children.len()), ((1, 1), bytes, blocks));
    }
}
