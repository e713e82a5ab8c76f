//! The node database: a change in one place, and what is told of it.

use pffkit::damage::Effect::{Altered, Lost, Notice};
use pffkit::ndb::crypt::CryptMethod;
use pffkit::ndb::page::PageType;

use super::{one, told};
use crate::recipes::patch::{Patch, put};
use crate::recipes::special::small;

const MAPS: &str = "maps of free space";
const AMAP: u64 = 0x4400;
const PMAP: u64 = 0x4600;
const DLIST: u64 = 0x4200;
/// fAMapValid, ROOT.ibAMapLast and ROOT.cbAMapFree of a Unicode header.
const AMAP_VALID_AT: usize = 180 + 68;
const AMAP_LAST_AT: usize = 180 + 12;
const AMAP_FREE_AT: usize = 180 + 20;

fn sound() -> Patch {
    Patch(small(CryptMethod::None))
}

fn assert_told(what: &str, file: &Patch, expected: &[(&'static str, pffkit::damage::Effect, &str)]) {
    let expected: Vec<_> = expected.iter().map(|(part, effect, s)| (*part, *effect, (*s).to_owned())).collect();
    assert_eq!(told(&file.0), expected, "{what}");
}

/// The bit of the AMap for the first unit of the block of node `nid`: its byte and its mask.
fn bit_of(file: &Patch, nid: u32) -> (usize, u8) {
    let unit = (file.block_ref(file.node(nid).data).ib.0 - AMAP) / 64;
    (unit as usize / 8, 0x80 >> (unit % 8))
}

#[test]
fn a_cleared_bit_under_used_bytes_is_a_danger() {
    let file = sound();
    let (byte, mask) = bit_of(&file, 0x21);
    let file = file.page(AMAP, |p| p[byte] &= !mask);
    assert_told("cleared", &file, &[(MAPS, Altered, "AMap"), (MAPS, Notice, "ROOT.cbAMapFree")]);
    let finding = one(&file.0, "AMap");
    assert_eq!(finding.offset, Some(AMAP));
    assert!(finding.found.starts_with("64 bytes in use whose bits are clear"), "{finding}");
    // Outlook makes maps that are not valid anew.
    let file = file.header(|h| h[AMAP_VALID_AT] = 0);
    assert_told("not valid", &file, &[(MAPS, Notice, "AMap"), (MAPS, Notice, "ROOT.cbAMapFree")]);
}

#[test]
fn a_set_bit_over_unused_bytes_is_a_leak() {
    let file = sound();
    let free = file.0[AMAP as usize..][..496]
        .iter()
        .position(|b| *b == 0)
        .unwrap_or_else(|| file.0[AMAP as usize..][..496].iter().position(|b| *b != 0xFF).unwrap());
    let before = file.0[AMAP as usize + free];
    let file = file.page(AMAP, |p| p[free] = 0xFF);
    assert_told("set", &file, &[(MAPS, Notice, "AMap"), (MAPS, Notice, "ROOT.cbAMapFree")]);
    let finding = one(&file.0, "AMap");
    let bytes = 64 * before.count_zeros();
    assert_eq!(finding.offset, Some(AMAP + 512 * free as u64));
    assert!(finding.found.starts_with(&format!("{bytes} bytes kept that nothing uses")), "{finding}");
}

#[test]
fn maps_that_are_not_sound() {
    let mut file = sound();
    file.0[AMAP as usize + 100] ^= 1;
    assert_told("CRC of an AMap", &file, &[(MAPS, Altered, "AMap")]);
    let file = sound().page(AMAP, |p| p[498] = 7);
    assert_told("wSig of an AMap", &file, &[(MAPS, Altered, "AMap")]);
    let file = sound().page(AMAP, |p| p[504] ^= 1);
    assert_told("bid of an AMap", &file, &[(MAPS, Altered, "AMap")]);
    let file = sound().page(PMAP, |p| p[496] = 0x84);
    assert_told("type of a PMap", &file, &[(MAPS, Notice, "PMap")]);
    assert_eq!(one(&file.0, "PMap").offset, Some(PMAP));
}

#[test]
fn a_page_in_use_that_the_pmap_gives_away() {
    let file = sound().page(PMAP, |p| p[0] = 0x7F);
    assert_told("the AMap itself", &file, &[(MAPS, Altered, "PMap")]);
    assert!(one(&file.0, "PMap").found.starts_with("512 bytes in pages that are in use"));
}

#[test]
fn the_density_list() {
    let part = "density list";
    let mut file = sound();
    file.0[DLIST as usize] ^= 1;
    assert_told("CRC", &file, &[(part, Notice, "DLIST")]);
    // One entry: AMap 3, which is not there.
    let file = sound().page(DLIST, |p| {
        p[1] = 1;
        put(p, 8, (5u32 << 20 | 3).to_le_bytes());
    });
    assert_eq!(one(&file.0, "DLIST").found, "1 of 1 of others");
    let file = sound().page(DLIST, |p| {
        p[1] = 1;
        put(p, 8, (4000u32 << 20).to_le_bytes());
    });
    assert_eq!(one(&file.0, "DLIST").found, "another number in 1 of 1 entries");
    let file = sound().page(DLIST, |p| p[..512 - 16].fill(0)).page(DLIST, |p| p.fill(0));
    let mut none = file.0;
    none[DLIST as usize..][..512].fill(0);
    assert_told("none", &Patch(none), &[]);
}

#[test]
fn counters_and_sizes_of_the_header() {
    let part = "header";
    let file = sound().header(|h| put(h, 516, 4u64.to_le_bytes()));
    assert_told("bidNextB", &file, &[(part, Altered, "HEADER.bidNextB")]);
    let file = sound().header(|h| put(h, 32, 1u64.to_le_bytes()));
    assert_told("bidNextP", &file, &[(part, Altered, "HEADER.bidNextP")]);
    let file = sound().header(|h| put(h, 44 + 4 * 4, 0u32.to_le_bytes()));
    assert_told("rgnid", &file, &[("nodes", Altered, "HEADER.rgnid")]);
    assert!(one(&file.0, "HEADER.rgnid").expected.contains("0x10002 or more for normal message"));
    let file = sound().header(|h| put(h, AMAP_LAST_AT, 0x42400u64.to_le_bytes()));
    assert_told("ibAMapLast", &file, &[(part, Altered, "ROOT.ibAMapLast")]);
    let file = sound().header(|h| put(h, AMAP_FREE_AT, 0u64.to_le_bytes()));
    assert_told("cbAMapFree", &file, &[(MAPS, Notice, "ROOT.cbAMapFree")]);
    let file = sound().header(|h| put(h, AMAP_FREE_AT + 8, 512u64.to_le_bytes()));
    assert_told("cbPMapFree", &file, &[(MAPS, Notice, "ROOT.cbPMapFree")]);
    let mut file = sound();
    file.0.extend([0; 100]);
    assert_told("longer", &file, &[(part, Notice, "ROOT.ibFileEof")]);
    assert_eq!(one(&file.0, "ROOT.ibFileEof").found, "100 bytes behind it");
}

#[test]
fn the_count_of_references() {
    let part = "references to blocks";
    let bid = sound().node(0x21).data;
    for (count, effect) in [(1u16, Altered), (0, Altered), (3, Notice)] {
        let file = sound().entry(PageType::BBT, bid.0, |e| put(e, 18, count.to_le_bytes()));
        assert_told("cRef", &file, &[(part, effect, "BBTENTRY.cRef")]);
        assert_eq!(one(&file.0, "BBTENTRY.cRef").bid, Some(bid.0));
    }
}

#[test]
fn a_reference_to_no_block_and_a_block_without_a_reference() {
    let part = "references to blocks";
    let bid = sound().node(0x201).data;
    let file = sound().entry(PageType::NBT, 0x201, |e| put(e, 8, 0x7_0000u64.to_le_bytes()));
    assert_told("missing", &file, &[("nodes", Lost, "NBTENTRY.bidData"), (part, Notice, "BBTENTRY")]);
    assert_eq!(one(&file.0, "NBTENTRY.bidData").nid, Some(0x201));
    let finding = one(&file.0, "BBTENTRY");
    assert!(finding.found.starts_with("1 with 4 bytes"), "{finding}");
    assert_eq!(finding.offset, Some(sound().block_ref(bid).ib.0));
}

/// The second child of the attachment's XBLOCK is a block that is not there.
#[test]
fn an_xblock_that_names_no_block() {
    let file = sound();
    let bid = file.with(|db| {
        let is_tree = |b: &pffkit::ndb::BlockRef| {
            b.bid.is_internal() && db.block(b.bid, &pffkit::damage::Findings::new()).unwrap()[0] == 1
        };
        db.blocks(&pffkit::damage::Findings::new()).find(is_tree).unwrap().bid
    });
    let file = file.block(bid, |b| put(b, 16, 0x7_0000u64.to_le_bytes()));
    let part = "references to blocks";
    let found = told(&file.0);
    assert_eq!(found[0], (part, Lost, "XBLOCK or SLBLOCK".to_owned()));
    assert_eq!(found[1], (part, Notice, "BBTENTRY".to_owned()));
}

#[test]
fn a_parent_that_is_no_node() {
    let file = sound().entry(PageType::NBT, 0x20_0024, |e| put(e, 24, 0x9_9982u32.to_le_bytes()));
    assert_told("message", &file, &[("nodes", Altered, "NBTENTRY.nidParent")]);
    let file = sound().entry(PageType::NBT, 0x201, |e| put(e, 24, 0x9_9982u32.to_le_bytes()));
    assert_told("other", &file, &[("nodes", Notice, "NBTENTRY.nidParent")]);
}

/// The block B-tree has a block in the place of another one of the same size: both are named.
#[test]
fn two_blocks_in_one_place() {
    let (one_bid, other) = (sound().node(0x21).data, sound().node(0x61).data);
    let place = sound().block_ref(other).ib.0;
    let file = sound().entry(PageType::BBT, one_bid.0, |e| put(e, 8, place.to_le_bytes()));
    let finding = one(&file.0, "overlap");
    assert_eq!((finding.effect, finding.offset), (Altered, Some(place)));
    let both = format!("{finding}");
    assert!(both.contains(&format!("block {one_bid}")) && both.contains(&format!("block {other}")), "{both}");
    // A block on a page of the trees.
    let root = sound().with(|db| db.header().root.nbt.ib.0);
    let file = sound().entry(PageType::BBT, one_bid.0, |e| put(e, 8, root.to_le_bytes()));
    assert!(one(&file.0, "overlap").to_string().contains("a page of a tree"));
}

#[test]
fn a_block_outside_of_the_file() {
    let bid = sound().node(0x201).data;
    let file = sound().entry(PageType::BBT, bid.0, |e| put(e, 8, (1u64 << 40).to_le_bytes()));
    let found = told(&file.0);
    assert!(found.contains(&("blocks", Lost, "block".to_owned())), "{found:?}");
}

/// The second entry of the root of the node B-tree has another key than the page that it leads to.
#[test]
fn a_key_that_is_not_the_first_of_its_page() {
    let root = sound().with(|db| db.header().root.nbt.ib.0);
    let file = sound().page(root, |p| p[24] -= 1);
    assert_told("btkey", &file, &[("trees", Notice, "BTENTRY.btkey")]);
}

#[test]
fn constants_of_the_header() {
    for (field, at) in [
        ("HEADER.wVerClient", 12),
        ("HEADER.bPlatformCreate", 14),
        ("HEADER.bPlatformAccess", 15),
        ("HEADER.bSentinel", 512),
    ] {
        let file = sound().header(|h| h[at] = 3);
        assert_told(field, &file, &[("header", Notice, field)]);
    }
}

#[test]
fn the_root_is_its_own_parent() {
    let file = sound().entry(PageType::NBT, 0x122, |e| put(e, 24, 0x21u32.to_le_bytes()));
    assert_told("root", &file, &[("nodes", Notice, "NBTENTRY.nidParent")]);
}

/// The counters of the header are those of subnodes and rows, too.
#[test]
fn counters_of_subnodes_and_rows() {
    let file = sound().header(|h| put(h, 44 + 4 * 5, 0x400u32.to_le_bytes()));
    assert_told("rgnid", &file, &[("subnodes", Notice, "HEADER.rgnid")]);
    assert!(one(&file.0, "HEADER.rgnid").expected.starts_with("0x401 or more for attachment"));
    let file = sound().header(|h| put(h, 40, 2u32.to_le_bytes()));
    assert_told("dwUnique", &file, &[("heaps, properties, tables", Notice, "HEADER.dwUnique")]);
}
