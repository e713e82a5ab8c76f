//! AMap, PMap, FMap and FPMap pages ([MS-PST] 2.2.2.7.2 to 5): each in its place and sound, the bits against what is in use.
//!
//! One byte of an AMap stands for eight units: 512 bytes, the page for which a PMap has one bit.

use super::cells::Cells;
use super::space::{Extent, Use};
use crate::damage::{Effect, Finding, Findings};
use crate::ndb::page::{PageType, page_bytes};
use crate::ndb::write::legacy_maps;
use crate::ndb::{Bid, Database, Format, Ib, amap};

/// How many AMaps one PMap goes with.
const AMAPS_OF_PMAP: u64 = 8;

/// A page that the format has in a fixed place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub ib: Ib,
    pub ptype: PageType,
}

/// The end of what the maps have to stand for: the end of the file as its header tells it, where it is that long.
fn end(db: &Database<'_>) -> u64 {
    let eof = db.header().root.file_eof;
    if db.header().crc_right { eof.min(db.len()) } else { db.len() }
}

/// The first bytes of all regions.
fn regions(db: &Database<'_>) -> impl Iterator<Item = u64> + use<> {
    let layout = db.header().layout;
    (0..).map(|n| layout.first_amap + n * layout.region()).take_while({
        let end = end(db);
        move |start| *start < end
    })
}

/// The maps of all regions, each AMap before those that follow it.
pub(super) fn places(db: &Database<'_>) -> impl Iterator<Item = Place> + use<> {
    let layout = db.header().layout;
    (0..).zip(regions(db)).flat_map(move |(n, start)| {
        let others = (layout.format != Format::Unicode4k).then(|| legacy_maps(n));
        let types = std::iter::once(PageType::AMAP.0).chain(others.into_iter().flatten());
        types.zip(0..).map(move |(t, i)| Place { ib: Ib(start + i * layout.page as u64), ptype: PageType(t) })
    })
}

/// What is wrong with the page in `place`.
fn fault(db: &Database<'_>, place: Place) -> Option<String> {
    amap::fault(db.data, db.header().layout, place.ib, place.ptype)
}

pub(super) fn is_sound(db: &Database<'_>, place: Place) -> bool {
    fault(db, place).is_none()
}

fn name(ptype: PageType) -> &'static str {
    match ptype {
        PageType::AMAP => "AMap",
        PageType::PMAP => "PMap",
        PageType::FMAP => "FMap",
        _ => "FPMap",
    }
}

/// The bits of the map page in `place`, where that is sound.
pub(super) fn bits<'a>(db: &Database<'a>, place: Place) -> Option<&'a [u8]> {
    amap::bits(db.data, db.header().layout, place.ib, place.ptype)
}

/// The AMap of region `n`.
pub(super) fn amap_of(db: &Database<'_>, n: u64) -> Place {
    let layout = db.header().layout;
    Place { ib: Ib(layout.first_amap + n * layout.region()), ptype: PageType::AMAP }
}

/// Compares the maps with what is in use. Returns the bytes that are free and those that leaked.
pub(super) fn check(db: &Database<'_>, used: &Cells, watch: &mut dyn FnMut(Extent), findings: &Findings) -> (u64, u64) {
    // Outlook builds the maps anew where they are not valid (2.6.1.3.7): then nothing in them can do harm.
    let valid = db.header().root.amap_valid != 0;
    let worst = if valid { Effect::Altered } else { Effect::Notice };
    let sound = check_pages(db, worst, findings);
    let mut check = Check { db, used, watch, findings, worst, sums: Sums::default() };
    (0..).zip(regions(db)).for_each(|(n, start)| check.region(n, start));
    check.report_sums(sound);
    (check.sums.free, check.sums.leaked)
}

/// Whether all map pages are sound.
fn check_pages(db: &Database<'_>, worst: Effect, findings: &Findings) -> bool {
    let mut sound = true;
    for place in places(db) {
        let Some(found) = fault(db, place) else { continue };
        sound = false;
        let name = name(place.ptype);
        // Outlook goes by the AMaps; the others are there for its predecessors.
        let effect = if place.ptype == PageType::AMAP { worst } else { Effect::Notice };
        let expected =
            format!("a sound {name} page here (ptype {:#04x} twice, wSig 0, bid {:#x})", place.ptype.0, place.ib.0);
        findings.add(Finding::new(effect, name, expected, found).at(place.ib.0));
    }
    sound
}

/// What all regions add up to, in bytes.
#[derive(Default)]
struct Sums {
    free: u64,
    leaked: u64,
    first_leak: Option<u64>,
    reserved: u64,
}

struct Check<'c, 'a> {
    db: &'c Database<'a>,
    used: &'c Cells,
    watch: &'c mut dyn FnMut(Extent),
    findings: &'c Findings,
    worst: Effect,
    sums: Sums,
}

/// Bytes of one region in a state that they should not have.
#[derive(Default)]
struct Tally {
    bytes: u64,
    first: Option<u64>,
}

impl Tally {
    fn add(&mut self, bytes: u64, at: u64) {
        if bytes > 0 {
            self.bytes += bytes;
            self.first.get_or_insert(at);
        }
    }
}

impl Check<'_, '_> {
    fn region(&mut self, n: u64, start: u64) {
        let layout = self.db.header().layout;
        let Some(amap) = bits(self.db, amap_of(self.db, n)) else { return };
        let (mut cleared, mut taken) = (Tally::default(), Tally::default());
        for (i, kept) in amap.iter().copied().enumerate() {
            let at = start + i as u64 * 8 * layout.amap_unit;
            let used = self.used.eight(at);
            let bytes = |bits: u8| u64::from(bits.count_ones()) * layout.amap_unit;
            let reserved = self.is_reserved(n, i);
            cleared.add(bytes(used & !kept), at);
            taken.add(if reserved { bytes(used) } else { 0 }, at);
            self.free(at, bytes(!kept));
            self.unused(at, bytes(kept & !used), reserved);
        }
        self.tell("AMap", "a set bit for all that is in use", "in use whose bits are clear", &cleared, start);
        let expected = "no bit for a page that is free";
        self.tell("PMap", expected, "in pages that are in use, though they are to be given away", &taken, start);
    }

    fn tell(&self, structure: &'static str, expected: &'static str, state: &str, tally: &Tally, start: u64) {
        if let Some(first) = tally.first {
            let danger = "the next program that writes into the file may overwrite them";
            let found = format!("{} bytes {state}, from offset {first:#x} on; {danger}", tally.bytes);
            self.findings.add(Finding::new(self.worst, structure, expected, found).at(start));
        }
    }

    /// Whether the PMap keeps page `i` of region `n` for the trees, and it is free (2.2.2.7.3).
    fn is_reserved(&self, n: u64, i: usize) -> bool {
        let layout = self.db.header().layout;
        if layout.format == Format::Unicode4k {
            return false;
        }
        let ib = amap_of(self.db, n - n % AMAPS_OF_PMAP).ib.0 + layout.page as u64;
        let page = (n % AMAPS_OF_PMAP) as usize * layout.map_bytes + i;
        let place = Place { ib: Ib(ib), ptype: PageType::PMAP };
        // Its trailer has been checked; the bits of a page that is not sound are not used for anything else.
        let map = page_bytes(self.db.data, layout, place.ib).and_then(|p| p.get(layout.map_bits + page / 8));
        map.is_some_and(|byte| byte & (0x80 >> (page % 8)) == 0)
    }

    fn free(&mut self, at: u64, bytes: u64) {
        self.sums.free += bytes;
        self.hand_on(at, bytes, Use::Free);
    }

    fn unused(&mut self, at: u64, bytes: u64, reserved: bool) {
        // What is behind the end of the file is kept by every map: it is not there to be taken.
        let bytes = bytes.min(end(self.db).saturating_sub(at));
        if reserved {
            self.sums.reserved += bytes;
        } else if bytes > 0 {
            self.sums.leaked += bytes;
            self.sums.first_leak.get_or_insert(at);
        }
        self.hand_on(at, bytes, Use::Kept);
    }

    fn hand_on(&mut self, at: u64, bytes: u64, holds: Use) {
        if bytes > 0 {
            (self.watch)(Extent { ib: at, len: bytes, holds, bid: Bid::default() });
        }
    }

    fn report_sums(&self, sound: bool) {
        let root = &self.db.header().root;
        let sums = &self.sums;
        if let Some(first) = sums.first_leak {
            let lost = if self.db.is_recovered() { " (or only the damaged trees did)" } else { "" };
            let found = format!("{} bytes kept that nothing uses{lost}, from offset {first:#x} on", sums.leaked);
            self.findings.add(Finding::new(Effect::Notice, "AMap", "space in use or free", found).at(first));
        }
        if !sound || !self.db.header().crc_right {
            return;
        }
        let figures =
            [("ROOT.cbAMapFree", sums.free, root.amap_free), ("ROOT.cbPMapFree", sums.reserved, root.pmap_free)];
        for (field, expected, found) in figures.into_iter().filter(|(_, e, f)| e != f) {
            let expected = format!("{expected} free bytes, as the maps tell");
            self.findings.add(Finding::new(Effect::Notice, field, expected, found));
        }
    }
}
