//! A whole file, as pff2mt reads it.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    pffkit_fuzz::mutate_file(data, size, max_size.min(pffkit_fuzz::FILE), seed)
});

fuzz_target!(|data: &[u8]| pffkit_fuzz::read(data));
