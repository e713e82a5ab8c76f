//! The time of an export beside the least that it could be. `PFFKIT_BENCH=FILE cargo bench --bench floor` measures on another file than
//! the sample.

// A measurement has nobody to tell of an error.
#![allow(clippy::unwrap_used)]

mod common;

use std::io::{PipeWriter, Read};
use std::path::Path;
use std::thread;

use divan::Bencher;
use divan::counter::BytesCount;
use pffkit::cli::pipes;
use pffkit::damage::Findings;
use pffkit::limits::Limits;
use pffkit::messaging::Store;
use pffkit::mt::from_pff::{Item, Observer, Options, export};
use pffkit::ndb::Database;
use pffkit::source::Source;

fn main() {
    divan::main();
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn floor(bencher: Bencher) {
    measure(bencher, common::floor);
}

#[divan::bench(args = [1, 2], sample_count = 10, sample_size = 1)]
fn pff2mt(bencher: Bencher, jobs: usize) {
    measure(bencher, |data, out| {
        let findings = Findings::new();
        let db = Database::open(data, Limits::default(), &findings)?;
        let store = Store::open(&db, None, &findings);
        let options = Options { jobs, ..Options::new("Benchmark") };
        export(&store, &options, &findings, out, &mut Nobody).map(drop)
    });
}

fn measure(bencher: Bencher, work: impl Fn(&[u8], PipeWriter) -> pffkit::Result<()>) {
    let file = std::env::var_os("PFFKIT_BENCH").unwrap_or_else(|| "fixtures/sample.pst".into());
    let source = Source::open(Path::new(&file)).unwrap();
    let data = source.bytes();
    bencher.counter(BytesCount::of_slice(data)).bench_local(|| {
        let (mut reader, writer) = std::io::pipe().unwrap();
        pipes::widen(&writer);
        let sink = thread::spawn(move || {
            let mut bytes = vec![0; 128 << 10];
            while reader.read(&mut bytes).unwrap() > 0 {}
        });
        work(data, writer).unwrap();
        sink.join().unwrap();
    });
}

struct Nobody;

impl Observer for Nobody {
    fn item(&mut self, _item: &Item) {}
    fn notice(&mut self, _item: &Item) {}
}
