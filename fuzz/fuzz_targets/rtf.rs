//! Compressed RTF, and the documents in it: the input is one and the other.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pffkit::damage::Findings;
use pffkit::mime::rtf::{self, Document};

/// How many times as long as a document what is made of it may be: a single letter may have a colour and four styles of its own.
const GROWTH: usize = 32;
/// What is around the content of every HTML document.
const FRAME: usize = 1024;

fuzz_target!(|data: &[u8]| {
    read(data);
    if let Some(rtf) = rtf::decompress(data, &Findings::new()) {
        assert!(rtf.len() <= 9 * data.len(), "{} bytes of {}", rtf.len(), data.len());
        read(&rtf);
    }
});

fn read(rtf: &[u8]) {
    let length = match rtf::read(rtf) {
        Document::Html(text) | Document::Text(text) => text.len(),
        Document::Rtf(converted) => {
            let pictures: usize = converted.pictures.iter().map(|picture| picture.bytes.len()).sum();
            assert!(pictures <= rtf.len(), "{pictures} bytes of pictures in {}", rtf.len());
            converted.html.len().max(converted.text.len())
        }
    };
    assert!(length <= GROWTH * rtf.len() + FRAME, "{length} bytes of {}", rtf.len());
}
