//! The header alone.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pffkit::damage::Findings;
use pffkit::ndb::Header;

fuzz_target!(|data: &[u8]| {
    let _ = Header::parse(data, &Findings::new());
});
