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

#[test]
fn reading_and_writing_again_changes_no_byte() {
    for path in golden_streams() {
        let bytes = zstd::decode_all(std::fs::File::open(&path).unwrap()).unwrap();
        let mut reader = Reader::new(bytes.as_slice()).unwrap();
        let mut writer = Writer::new(Vec::new(), reader.header()).unwrap();
        let (mut recipients, mut attachments) = (0, 0);
        while let Some(frame) = reader.next_frame().unwrap_or_else(|e| panic!("{}: {e}", path.display())) {
            if let Frame::Message(message) = &frame {
                recipients += message.message.recipients.len();
                attachments += message.message.attachments.len();
            }
            writer.write(&Encoded::frame(&frame).unwrap()).unwrap();
        }
        assert_eq!(reader.offset(), bytes.len() as u64);
        let (counts, findings) = (reader.counts(), reader.findings().take());
        let again = writer.finish().unwrap();
        let name = path.file_name().unwrap().to_string_lossy();
        println!(
            "{name} {} {} {} {recipients} {attachments} {}",
            counts.folders,
            counts.messages,
            counts.named_properties,
            findings.len()
        );
        assert!(again == bytes, "{name} differs");
    }
}
