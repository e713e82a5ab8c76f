//! A GXMT stream.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pffkit::ErrorKind;
use pffkit::mt::object::Frame;
use pffkit::mt::{Encoded, Reader};

fuzz_target!(|data: &[u8]| {
    let Ok(mut reader) = Reader::new(data) else { return };
    loop {
        match reader.next_frame() {
            Ok(None) => break,
            // What has been read can be written again, but for text that only the reader takes.
            Ok(Some(frame)) => drop(encode(&frame)),
            Err(e) if matches!(e.kind(), ErrorKind::Stream | ErrorKind::Limit) => {}
            Err(_) => break,
        }
    }
    assert!(reader.offset() <= data.len() as u64);
});

fn encode(frame: &Frame<'_>) -> Option<u64> {
    Encoded::frame(frame).ok().map(|encoded| encoded.len())
}
