//! What the fuzz targets share: files around a few fuzzed bytes, the reading of a whole file, and a mutator that repairs checksums.

pub mod node;
pub mod repair;

use std::io;

use pffkit::damage::Findings;
use pffkit::limits::Limits;
use pffkit::messaging::Store;
use pffkit::messaging::recover;
use pffkit::mt::from_pff::{Item, Observer, Options, export};
use pffkit::ndb::recover::Recover;

/// The largest input of the targets that read whole files: all fixtures fit.
pub const FILE: usize = 512 << 10;

/// Listens to nothing.
pub struct Deaf;

impl Observer for Deaf {
    fn item(&mut self, _: &Item) {}
    fn notice(&mut self, _: &Item) {}
}

/// Reads all of the file `data` as pff2mt does.
pub fn read(data: &[u8]) {
    let findings = Findings::new();
    let Ok(db) = recover::open(data, Limits::default(), Recover::Auto, &findings) else { return };
    let store = Store::open(&db, None, &findings);
    let options = Options { assoc: true, ..Options::new("fuzz") };
    let written = export(&store, &options, &findings, io::sink(), &mut Deaf);
    // Whatever the file is, a sink takes all of the stream.
    let (_, totals) = written.expect("an export that is not strict only fails where its output does");
    assert_eq!(totals.found, totals.whole + totals.part + totals.missing, "an item is neither here nor there");
}

/// Mutates `data` as libFuzzer does, then makes most of the results pass the checks of pages and blocks.
pub fn mutate_file(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let size = libfuzzer_sys::fuzzer_mutate(data, size, max_size);
    if !seed.is_multiple_of(8) {
        repair::all(&mut data[..size]);
    }
    size
}
