//! Destroyed trees and headers: what the blocks still hold comes out, once, and what may differ is named.

use std::collections::BTreeSet;

use pffkit::damage::Findings;
use pffkit::limits::Limits;
use pffkit::messaging::Store;
use pffkit::mt::from_pff::{Item, Observer, Options, Totals, export};
use pffkit::ndb::page::{PageTrailer, PageType};
use pffkit::ndb::{Database, Format, Ib, Layout};

use crate::support::diff::{Stream, diff};
use crate::support::{corpus, fixture};

/// One file of each format.
const FIXTURES: [&str; 3] = ["sample.pst", "ansi.pst", "ost4k.ost"];

/// The folder "Recovered", which no file has.
const RECOVERED: u32 = 0xFFFF_FFE2;

/// The items of which something is told.
#[derive(Default)]
struct Named(BTreeSet<u32>);

impl Observer for Named {
    fn item(&mut self, item: &Item) {
        self.0.insert(item.nid);
    }
    // A message that comes out in "Recovered" is whole: only a notice names it.
    fn notice(&mut self, item: &Item) {
        self.0.extend(item.findings.iter().filter_map(|f| f.nid));
    }
}

struct Read {
    stream: Stream,
    totals: Totals,
    named: BTreeSet<u32>,
}

fn read(data: &[u8]) -> pffkit::Result<Read> {
    let findings = Findings::new();
    let db = Database::open(data, Limits::default(), &findings)?;
    let store = Store::open(&db, None, &findings);
    let mut named = Named::default();
    let (stream, totals) = export(&store, &Options::new("root"), &findings, Vec::new(), &mut named)?;
    Ok(Read { stream: Stream::read(&stream), totals, named: named.0 })
}

/// The tree pages of a file: type, level, offset; found by this test's own walk from the roots.
fn tree_pages(data: &[u8]) -> (&'static Layout, Vec<(PageType, u8, usize)>) {
    let db = Database::open(data, Limits::default(), &Findings::new()).unwrap();
    let (layout, root) = (db.header().layout, db.header().root);
    let mut todo = vec![root.nbt.ib.0, root.bbt.ib.0];
    let mut pages = Vec::new();
    while let Some(ib) = todo.pop() {
        let ib = ib as usize;
        let page = &data[ib..ib + layout.page];
        let trailer = PageTrailer::parse(layout, page).unwrap();
        let wide = layout.format == Format::Unicode4k;
        let count = usize::from(page[layout.btree_meta]);
        let level = page[layout.btree_meta + if wide { 5 } else { 3 }];
        pages.push((trailer.ptype, level, ib));
        if level > 0 {
            todo.extend((0..count).map(|i| layout.read_id(&page[i * layout.bt_entry + 2 * layout.id..])));
        }
    }
    (layout, pages)
}

/// Nothing is there twice or that was not there, and what is there is equal to what it was or named.
fn no_silent_difference(what: &str, intact: &Read, broken: &Read) {
    assert!(!broken.totals.is_whole(), "{what}: the damage is not told");
    for row in diff(&broken.stream, &intact.stream).iter().filter(|r| r.ours.is_some() && r.kind != "folder map") {
        let nid = row.place.split('/').next().unwrap_or_default().trim_start_matches("0x");
        let nid = u32::from_str_radix(nid, 16).unwrap_or(0);
        // That the names of properties are lost is told of the file.
        let of_file = row.prop.contains("pffkit:unnamed-") && broken.named.contains(&0);
        assert!(broken.named.contains(&nid) || of_file || nid == RECOVERED, "{what}: {row:?} is not named");
    }
}

fn all_messages_come_out(name: &str, data: &[u8]) {
    let intact = read(data).unwrap();
    assert!(intact.totals.is_whole(), "{name}");
    let (layout, pages) = tree_pages(data);
    for (ptype, level, ib) in &pages {
        let what = format!("{name}: {ptype:?} of level {level} at {ib:#x}");
        // Zeroed: only leaves of the node tree hold what is nowhere else.
        let mut zeroed = data.to_vec();
        zeroed[*ib..ib + layout.page].fill(0);
        if !(*ptype == PageType::NBT && *level == 0) {
            let broken = read(&zeroed).unwrap();
            assert_eq!(broken.totals.messages, intact.totals.messages, "{what}, zeroed");
            no_silent_difference(&what, &intact, &broken);
        } else if let Ok(broken) = read(&zeroed) {
            no_silent_difference(&what, &intact, &broken);
        }
        // A wrong CRC: the entries are still there.
        let mut flipped = data.to_vec();
        flipped[ib + layout.page - layout.page_trailer + if layout.format == Format::Ansi { 8 } else { 4 }] ^= 0xFF;
        let broken = read(&flipped).unwrap();
        assert_eq!(broken.totals.messages, intact.totals.messages, "{what}, wrong CRC");
        no_silent_difference(&what, &intact, &broken);
    }
    // The block tree, and all of the node tree but its leaves, at once.
    let mut all = data.to_vec();
    for (_, _, ib) in pages.iter().filter(|(ptype, level, _)| *ptype == PageType::BBT || *level > 0) {
        all[*ib..ib + layout.page].fill(0);
    }
    let broken = read(&all).unwrap();
    let found: BTreeSet<_> = broken.stream.messages.keys().collect();
    assert!(intact.stream.messages.keys().all(|nid| found.contains(nid)), "{name}: all at once");
}

#[test]
fn destroyed_tree_pages_cost_no_message() {
    for name in FIXTURES {
        all_messages_come_out(name, &std::fs::read(fixture(name)).unwrap());
    }
}

#[test]
fn destroyed_tree_pages_of_real_files_cost_no_message() {
    let Some(corpus) = corpus() else { return };
    for name in ["hughbe-hughbe-outlook.pst", "iped-test-sample.pst"] {
        all_messages_come_out(name, &std::fs::read(corpus.join(name)).unwrap());
    }
}

/// Format, encoding and trees are known without the header.
#[test]
fn a_destroyed_header_costs_nothing() {
    for name in FIXTURES.into_iter().chain(["crypt-none.pst", "crypt-cyclic.pst"]) {
        let data = std::fs::read(fixture(name)).unwrap();
        let intact = read(&data).unwrap();
        for destroyed in [4, 512] {
            let mut broken = data.clone();
            broken[..destroyed].fill(0);
            let broken = read(&broken).unwrap();
            assert!(broken.totals.file_damage > 0, "{name}");
            let rows = diff(&broken.stream, &intact.stream);
            assert!(rows.is_empty(), "{name}: {rows:?}");
        }
    }
}

/// Flipped bytes in the entries of a leaf: the other entries come out, the ones that differ are named.
#[test]
fn damaged_entries_are_named() {
    for name in FIXTURES {
        let data = std::fs::read(fixture(name)).unwrap();
        let intact = read(&data).unwrap();
        let (layout, pages) = tree_pages(&data);
        for (_, _, ib) in pages.iter().filter(|(ptype, level, _)| *ptype == PageType::NBT && *level == 0) {
            for at in (0..layout.nbt_entry * 4).step_by(3) {
                let mut broken = data.clone();
                broken[ib + at] ^= 0x55;
                let what = format!("{name}: byte {at} of page {ib:#x}");
                no_silent_difference(&what, &intact, &read(&broken).unwrap());
            }
        }
    }
}

/// What is cut off is missing; what is before the cut is not.
#[test]
fn a_cut_file_gives_what_is_left() {
    for name in FIXTURES {
        let data = std::fs::read(fixture(name)).unwrap();
        let intact = read(&data).unwrap();
        let layout = Database::open(&data, Limits::default(), &Findings::new()).unwrap().header().layout;
        for tenths in 1..10 {
            let cut = &data[..data.len() * tenths / 10];
            let tree_page_left = pffkit::ndb::scan::tree_pages(cut, layout).any(|p| p.sound && p.bref.ib > Ib(0));
            match read(cut) {
                Ok(broken) => no_silent_difference(&format!("{name} cut at {tenths}/10"), &intact, &broken),
                Err(e) => assert!(!tree_page_left || e.to_string().contains("cut"), "{name}: {e}"),
            }
        }
    }
}
