//! A whole file whose trees can't be trusted: the roots of both are lost, so that all is found by the sweep.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use pffkit::damage::Findings;
use pffkit::ndb::Header;

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    pffkit_fuzz::mutate_file(data, size, max_size.min(pffkit_fuzz::FILE), seed)
});

fuzz_target!(|data: &[u8]| {
    let Ok(header) = Header::parse(data, &Findings::new()) else { return };
    let mut data = data.to_vec();
    for root in [header.root.nbt, header.root.bbt] {
        let at = usize::try_from(root.ib.0).unwrap_or(usize::MAX);
        if let Some(page) = data.get_mut(at..at.saturating_add(header.layout.page)) {
            page.fill(0);
        }
    }
    pffkit_fuzz::read(&data);
});
