//! Broken copies: the same each time, broken where it is told and nowhere else, and in the way that was asked for.

use std::io::{Read, Seek};
use std::process::Command;

use pffkit::ErrorKind;
use pffkit::breaking::{Change, Kind, Options, break_file};
use pffkit::damage::Findings;
use pffkit::limits::Limits;
use pffkit::ndb::audit::{Extent, Use};
use pffkit::ndb::{Bid, Database, seal};

use crate::support::fixture;

const FILES: [&str; 3] = ["sample.pst", "ansi.pst", "ost4k.ost"];

struct Broken {
    bytes: Vec<u8>,
    changes: Vec<Change>,
}

fn options(kind: Kind) -> Options {
    Options { kind, seed: 1, count: 1, repair: false }
}

fn broken(data: &[u8], options: Options) -> pffkit::Result<Broken> {
    let mut file = tempfile::tempfile().unwrap();
    let mut changes = Vec::new();
    break_file(data, &mut file, &options, &mut |c| changes.push(c.clone()))?;
    let mut bytes = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut bytes).unwrap();
    Ok(Broken { bytes, changes })
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(fixture(name)).unwrap()
}

/// The bytes that a change spans.
fn part<'d>(data: &'d [u8], change: &Change) -> &'d [u8] {
    &data[change.offset as usize..][..change.len as usize]
}

/// What differs is in the ranges that are told.
fn only_there(data: &[u8], broken: &Broken) {
    assert_eq!(data.len(), broken.bytes.len());
    let mut rest = broken.bytes.clone();
    for c in &broken.changes {
        let range = c.offset as usize..(c.offset + c.len) as usize;
        rest[range.clone()].copy_from_slice(&data[range]);
    }
    assert!(rest == data, "something else was changed: {:?}", broken.changes);
}

#[test]
fn a_seed_breaks_a_file_in_one_way() {
    let data = read("sample.pst");
    for kind in [Kind::BitFlip, Kind::Zero, Kind::Swap, Kind::Duplicate, Kind::Torn, Kind::Truncate, Kind::NbtLeaf] {
        let one = broken(&data, options(kind)).unwrap();
        let again = broken(&data, options(kind)).unwrap();
        assert!(one.bytes == again.bytes && one.changes == again.changes, "{kind:?}");
        assert!(one.bytes != data, "{kind:?}");
        let seeds = (2..12).map(|seed| broken(&data, Options { seed, ..options(kind) }).unwrap());
        assert!(seeds.into_iter().any(|other| other.bytes != one.bytes), "{kind:?}");
    }
}

#[test]
fn bits_turn_over() {
    for name in FILES {
        let data = read(name);
        let file = broken(&data, Options { count: 20, ..options(Kind::BitFlip) }).unwrap();
        only_there(&data, &file);
        let bits: u32 = data.iter().zip(&file.bytes).map(|(a, b)| (a ^ b).count_ones()).sum();
        assert_eq!((bits, file.changes.len()), (20, 20), "{name}");
        assert!(file.changes.iter().all(|c| c.len == 1 && c.structure.is_some()));
    }
}

#[test]
fn ranges_get_lost() {
    for name in FILES {
        let data = read(name);
        let file = broken(&data, Options { count: 7, ..options(Kind::Zero) }).unwrap();
        only_there(&data, &file);
        assert_eq!(file.changes.len(), 7);
        assert!(file.changes.iter().all(|c| part(&file.bytes, c).iter().all(|b| *b == 0)), "{name}");
    }
}

#[test]
fn sectors_are_swapped_and_duplicated() {
    let data = read("sample.pst");
    let file = broken(&data, options(Kind::Swap)).unwrap();
    only_there(&data, &file);
    let [a, b] = file.changes.as_slice() else { panic!("{:?}", file.changes) };
    assert_eq!((a.len, b.len, a.offset % 512, b.offset % 512), (512, 512, 0, 0));
    assert!(part(&file.bytes, a) == part(&data, b) && part(&file.bytes, b) == part(&data, a));
    let file = broken(&data, options(Kind::Duplicate)).unwrap();
    only_there(&data, &file);
    let [to] = file.changes.as_slice() else { panic!("{:?}", file.changes) };
    let copies = data.as_chunks::<512>().0.iter().filter(|s| s.as_slice() == part(&file.bytes, to)).count();
    assert!(copies > 0 && part(&file.bytes, to) != part(&data, to));
}

/// The places of all pages and blocks of a file that can be read.
fn structures(data: &[u8], wanted: impl Fn(&Database<'_>, &Extent) -> bool) -> Vec<Extent> {
    let db = Database::open(data, Limits::default(), &Findings::new()).unwrap();
    let mut all = Vec::new();
    db.structures(&mut |e| all.extend(wanted(&db, &e).then_some(e)));
    all
}

#[test]
fn pages_of_the_trees_get_lost() {
    for name in FILES {
        let data = read(name);
        for (kind, holds) in [(Kind::NbtLeaf, Use::Nbt), (Kind::BbtLeaf, Use::Bbt)] {
            let leaves = structures(&data, |db, e| e.holds == holds && db.page_level(pffkit::ndb::Ib(e.ib)) == Some(0));
            let count = leaves.len() as u64;
            let file = broken(&data, Options { count, ..options(kind) }).unwrap();
            only_there(&data, &file);
            let mut lost: Vec<_> = file.changes.iter().map(|c| c.offset).collect();
            lost.sort_unstable();
            let mut there: Vec<_> = leaves.iter().map(|e| e.ib).collect();
            there.sort_unstable();
            assert_eq!(lost, there, "{name} {kind:?}");
            assert!(file.changes.iter().all(|c| part(&file.bytes, c).iter().all(|b| *b == 0)));
            let more = broken(&data, Options { count: count + 1, ..options(kind) });
            assert_eq!(more.err().map(|e| e.kind()), Some(ErrorKind::Usage), "{name} {kind:?}");
        }
    }
    let data = read("sample.pst");
    let root = structures(&data, |_, e| e.holds == Use::Nbt)[0];
    let file = broken(&data, options(Kind::NbtInner)).unwrap();
    assert_eq!((file.changes[0].offset, file.changes[0].len), (root.ib, 512));
}

#[test]
fn pages_are_torn() {
    let data = read("sample.pst");
    let pages = structures(&data, |_, e| matches!(e.holds, Use::Nbt | Use::Bbt));
    let file = broken(&data, Options { count: pages.len() as u64, ..options(Kind::Torn) }).unwrap();
    only_there(&data, &file);
    let root_of = |holds| pages.iter().find(|e| e.holds == holds).unwrap().ib;
    for c in &file.changes {
        let page = pages.iter().find(|e| e.ib + 256 == c.offset).unwrap();
        let root = root_of(page.holds);
        let expected = if root == page.ib { vec![0; 256] } else { data[root as usize + 256..][..256].to_vec() };
        assert!(part(&file.bytes, c) == expected, "{c:?}");
    }
}

#[test]
fn the_end_and_the_start_get_lost() {
    let data = read("sample.pst");
    for seed in 1..50 {
        let file = broken(&data, Options { seed, ..options(Kind::Truncate) }).unwrap();
        assert_eq!(file.bytes.len() as u64, file.changes[0].offset);
        assert!(file.bytes.len() >= 0x4400 && data.starts_with(&file.bytes));
    }
    let file = broken(&data, options(Kind::Header)).unwrap();
    only_there(&data, &file);
    assert!(file.bytes[..564].iter().all(|b| *b == 0));
}

/// Each page and block of the intact file has its trailer, with a right CRC, in the broken one.
#[test]
fn repaired_files_pass_the_checks_of_pages_and_blocks() {
    for name in FILES {
        let data = read(name);
        for kind in [Kind::BitFlip, Kind::Zero, Kind::Swap, Kind::Duplicate, Kind::Torn] {
            let few = |count| Options { count, ..options(kind) };
            let plain = broken(&data, few(5)).or_else(|_| broken(&data, few(2))).unwrap();
            assert!(unsealed(&data, &plain.bytes) > 0, "{name} {kind:?}");
            let repair = Options { repair: true, count: if plain.changes.len() < 5 { 2 } else { 5 }, ..options(kind) };
            let repaired = broken(&data, repair).unwrap();
            assert_eq!(unsealed(&data, &repaired.bytes), 0, "{name} {kind:?}");
            assert!(repaired.bytes != data, "{name} {kind:?}");
        }
    }
    let data = read("sample.pst");
    for kind in [Kind::Truncate, Kind::Header, Kind::NbtLeaf] {
        let refused = broken(&data, Options { repair: true, ..options(kind) });
        assert_eq!(refused.err().map(|e| e.kind()), Some(ErrorKind::Usage), "{kind:?}");
    }
}

/// How many pages and blocks of `data` have another trailer in `other`, or one whose CRC is wrong.
fn unsealed(data: &[u8], other: &[u8]) -> usize {
    let db = Database::open(data, Limits::default(), &Findings::new()).unwrap();
    let layout = db.header().layout;
    structures(data, |_, e| e.holds != Use::Header)
        .into_iter()
        .filter(|e| {
            let range = e.ib as usize..(e.ib + e.len) as usize;
            let found = &other[range.clone()];
            let mut right = found.to_vec();
            let trailer =
                if matches!(e.holds, Use::Data | Use::Internal) { layout.block_trailer } else { layout.page_trailer };
            let at = right.len() - trailer;
            right[at..].copy_from_slice(&data[range][at..]);
            if matches!(e.holds, Use::Data | Use::Internal) {
                let cb = db.block_ref(Bid(e.bid.0), &Findings::new()).unwrap().unwrap().cb;
                seal::block(layout, &mut right, usize::from(cb));
            } else {
                seal::page(layout, &mut right);
            }
            right != found
        })
        .count()
}

#[test]
fn the_tool_tells_what_it_did_and_spares_its_input() {
    let dir = tempfile::tempdir().unwrap();
    let data = read("sample.pst");
    std::fs::write(dir.path().join("in.pst"), &data).unwrap();
    let run = |args: &[&str]| {
        let out = Command::new(env!("CARGO_BIN_EXE_pffbreak")).args(args).current_dir(dir.path()).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (out.status.code(), text(&out.stdout), text(&out.stderr))
    };
    let (code, _, told) = run(&["--kind", "bit-flip", "in.pst", "out.pst"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.starts_with("offset 0x") && told.contains("turned over"), "{told}");
    let bits = |name: &str| -> u32 {
        let other = std::fs::read(dir.path().join(name)).unwrap();
        data.iter().zip(&other).map(|(a, b)| (a ^ b).count_ones()).sum()
    };
    assert_eq!((bits("in.pst"), bits("out.pst")), (0, 1));
    assert_eq!(run(&["--kind", "zero", "in.pst", "out.pst"]).0, Some(4), "it is there already");
    let (code, json, _) = run(&["-f", "--json", "--kind", "zero", "--count", "3", "in.pst", "out.pst"]);
    assert_eq!((code, json.lines().count()), (Some(0), 3));
    for line in json.lines() {
        let change: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(change["kind"], "zero");
        assert!(change["offset"].is_u64() && change["structure"].is_string(), "{line}");
    }
    for out in ["in.pst", "./in.pst"] {
        assert_eq!(run(&["-f", "--kind", "zero", "in.pst", out]).0, Some(2), "{out}");
    }
    assert_eq!(bits("in.pst"), 0);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2, "nothing is left behind");
}
