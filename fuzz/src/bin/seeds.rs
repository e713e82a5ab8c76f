//! Writes the seeds of all targets into `fuzz/corpus`, made of the files in `fixtures` and in the directories that are named.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use pffkit::damage::Findings;
use pffkit::limits::Limits;
use pffkit::ltp::PropertyContext;
use pffkit::mapi::tag::pr;
use pffkit::mapi::{Props, Value};
use pffkit::messaging::Store;
use pffkit::mime::rtf;
use pffkit::mt::Reader;
use pffkit::mt::from_pff::{Options, export};
use pffkit::mt::object::Frame;
use pffkit::ndb::{Arena, Bid, Database, Format, Nid, Scope, Subnodes};
use pffkit_fuzz::Deaf;

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fixtures = ["../fixtures", "../fixtures/damaged"].map(|dir| root.join(dir));
    for dir in fixtures.into_iter().chain(std::env::args_os().skip(1).map(PathBuf::from)) {
        for entry in fs::read_dir(dir)? {
            let path = entry?.path();
            let known = path.extension().and_then(|e| e.to_str());
            if known.is_some_and(|e| ["pst", "ost", "pab"].contains(&e)) {
                Seeds { corpus: root.join("corpus"), name: stem(&path) }.of_file(&fs::read(&path)?)?;
            }
        }
    }
    Ok(())
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The value of PidTagRtfCompressed in `props`.
fn compressed(props: &Props<'_>) -> io::Result<Option<Vec<u8>>> {
    match props.get(pr::RTF_COMPRESSED) {
        Some(Value::Bin(bytes)) => Ok(Some(bytes.to_vec())),
        Some(Value::Stream(stream)) => stream.to_vec().map(Some),
        _ => Ok(None),
    }
}

/// The seeds that one file gives.
struct Seeds {
    corpus: PathBuf,
    name: String,
}

impl Seeds {
    fn of_file(&self, data: &[u8]) -> io::Result<()> {
        self.put("header", "", &data[..data.len().min(1024)])?;
        for target in ["pages", "file", "recovery"] {
            self.put(target, "", data)?;
        }
        let findings = Findings::new();
        let Ok(db) = Database::open(data, Limits::default(), &findings) else { return Ok(()) };
        self.nodes(&db)?;
        let store = Store::open(&db, None, &findings);
        let options = Options { assoc: true, ..Options::new("seed") };
        if let Ok((stream, _)) = export(&store, &options, &findings, Vec::new(), &mut Deaf) {
            self.put("stream", "", &stream)?;
            self.put("render", "", &stream)?;
            self.documents(&stream)?;
        }
        Ok(())
    }

    /// The RTF of every message of `stream`, compressed and not.
    fn documents(&self, stream: &[u8]) -> io::Result<()> {
        let Ok(mut reader) = Reader::new(stream) else { return Ok(()) };
        while let Ok(Some(frame)) = reader.next_frame() {
            let Frame::Message(frame) = frame else { continue };
            let Some(value) = compressed(&frame.message.props)? else { continue };
            let name = format!("-{}", reader.offset());
            self.put("rtf", &name, &value)?;
            if let Some(document) = rtf::decompress(&value, &Findings::new()) {
                self.put("rtf", &format!("{name}-plain"), &document)?;
            }
        }
        Ok(())
    }

    /// The data of every node and subnode, behind the byte that names the format.
    fn nodes(&self, db: &Database<'_>) -> io::Result<()> {
        let findings = Findings::new();
        let format = match db.header().layout.format {
            Format::Ansi => 0,
            Format::Unicode => 1,
            Format::Unicode4k => 2,
        };
        for node in db.nodes(&findings) {
            let arena = Arena::new();
            let scope = Scope { db, arena: &arena, findings: &findings };
            if node.nid == Nid::NAME_TO_ID_MAP {
                self.names(scope, node.data, node.sub)?;
            }
            let subnodes = Subnodes::new(scope, node.sub);
            let parts = std::iter::once((node.nid, node.data)).chain(subnodes.iter().map(|s| (s.nid, s.data)));
            for (nid, data) in parts {
                let Ok(data) = scope.data(data) else { continue };
                // HNHDR.bClientSig.
                let target = match data.get(2..4) {
                    Some([0xEC, 0xBC]) => "pc",
                    Some([0xEC, 0x7C]) => "tc",
                    _ => continue,
                };
                let seed = [&[format], data].concat();
                for target in [target, "heap"] {
                    self.put(target, &format!("-{}-{}", node.nid, nid), &seed)?;
                }
            }
        }
        Ok(())
    }

    fn names(&self, scope: Scope<'_>, data: Bid, sub: Bid) -> io::Result<()> {
        let Ok(pc) = PropertyContext::open(scope, data, sub) else { return Ok(()) };
        let mut seed = Vec::new();
        for id in [2, 3, 4, 0x1000] {
            let stream = match pc.get(id) {
                Some(Value::Bin(bytes)) => bytes.into_owned(),
                Some(Value::Stream(stream)) => stream.to_vec()?,
                _ => Vec::new(),
            };
            seed.extend((stream.len() as u16).to_le_bytes());
            seed.extend(stream);
        }
        self.put("names", "", &seed)
    }

    fn put(&self, target: &str, part: &str, seed: &[u8]) -> io::Result<()> {
        let dir = self.corpus.join(target);
        fs::create_dir_all(&dir)?;
        fs::write(dir.join(format!("{}{part}", self.name)), seed)
    }
}
