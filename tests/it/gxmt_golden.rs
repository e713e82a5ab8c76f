//! Streams that the peer made: read whole, and written again as they were.

use std::path::PathBuf;

use pffkit::mt::object::Frame;
use pffkit::mt::{Encoded, Reader, Writer};

fn golden_streams() -> Vec<PathBuf> {
    let Some(corpus) = std::env::var_os("PFFKIT_CORPUS") else {
        eprintln!("skipped: PFFKIT_CORPUS is not set");
        return Vec::new();
    };
    let dir = PathBuf::from(corpus).join("../golden/mt");
    let mut paths: Vec<_> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ext| ext == "zst"));
    paths.sort();
    assert!(!paths.is_empty());
    paths
}

/// Folders, messages, named properties, recipients and attachments of all the streams, as an independent decoder counts them.
const TOTALS: [u64; 5] = [2003, 3413, 78466, 1676, 4320];

#[test]
fn reading_and_writing_again_changes_no_byte() {
    let mut totals = [0; 5];
    let paths = golden_streams();
    for path in &paths {
        let bytes = zstd::decode_all(std::fs::File::open(path).unwrap()).unwrap();
        let mut reader = Reader::new(bytes.as_slice()).unwrap();
        let mut writer = Writer::new(Vec::new(), reader.header()).unwrap();
        while let Some(frame) = reader.next_frame().unwrap_or_else(|e| panic!("{}: {e}", path.display())) {
            if let Frame::Message(message) = &frame {
                totals[3] += message.message.recipients.len() as u64;
                totals[4] += message.message.attachments.len() as u64;
            }
            writer.write(&Encoded::frame(&frame).unwrap()).unwrap();
        }
        let counts = reader.counts();
        totals[0] += counts.folders;
        totals[1] += counts.messages;
        totals[2] += counts.named_properties;
        assert_eq!(reader.offset(), bytes.len() as u64);
        assert!(reader.findings().is_empty(), "{}: {:?}", path.display(), reader.findings().take());
        assert!(writer.finish().unwrap() == bytes, "{} differs", path.display());
    }
    assert!(paths.is_empty() || totals == TOTALS, "{totals:?}");
}
