//! The floor of `mt2eml`: what it costs to bring files of open formats from a PFF file into a directory, and nothing else.
//!
//! `format_floor FILE TREE TARGET_DIR [THREADS]` checks and decodes every block of the PFF file. Then, for each file below TREE, which
//! `mt2eml` wrote of it before, it makes a SHA-256 of as many bytes and writes them to the same place below TARGET_DIR. The bytes are those of
//! the PFF file as they come, so that nothing else has to be read. Both is done by two threads where THREADS is not given.
//!
//! Not in it: reading properties, turning them into text, base64, names, the index.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use pffkit::damage::Findings;
use pffkit::limits::Limits;
use pffkit::ndb::Database;
use pffkit::source::Source;
use sha2::{Digest, Sha256};

type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// Blocks that a thread takes at a time.
const BLOCKS: usize = 256;

fn main() -> Outcome {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(file), Some(tree), Some(target)) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err("give a PFF file, a directory that mt2eml wrote of it, and one that is not there".into());
    };
    let threads = arguments.next().map_or(Ok(2), |n| n.to_string_lossy().parse())?;
    let source = Source::open(Path::new(&file))?;
    decode(source.bytes(), threads)?;
    let mut files = Vec::new();
    list(Path::new(&tree), Path::new(&target), &mut files)?;
    in_turn(threads, &files, |(path, size)| {
        let bytes = source.bytes().get(..*size).unwrap_or(source.bytes());
        std::hint::black_box(Sha256::digest(bytes));
        Ok(fs::write(path, bytes)?)
    })
}

fn decode(data: &[u8], threads: usize) -> Outcome {
    let findings = Findings::new();
    let db = Database::open(data, Limits { threads, ..Limits::default() }, &findings)?;
    let blocks: Vec<_> = db.blocks(&findings).collect();
    let chunks: Vec<_> = blocks.chunks(BLOCKS).collect();
    in_turn(threads, &chunks, |chunk| {
        let (findings, mut scratch) = (Findings::new(), Vec::new());
        for &at in *chunk {
            db.check_block(at, &mut scratch, &findings)?;
            std::hint::black_box(db.block_at(at, &mut scratch)?);
        }
        Ok(())
    })
}

/// The places below `target` of the files below `dir`, and their sizes; makes the directories.
fn list(dir: &Path, target: &Path, files: &mut Vec<(PathBuf, usize)>) -> Outcome {
    fs::create_dir_all(target)?;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let place = target.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            list(&entry.path(), &place, files)?;
        } else {
            files.push((place, usize::try_from(entry.metadata()?.len())?));
        }
    }
    Ok(())
}

/// Does `work` with each of `items` on so many threads, each of which takes the next one that nobody has.
fn in_turn<T: Sync>(threads: usize, items: &[T], work: impl Fn(&T) -> Outcome + Sync) -> Outcome {
    let next = AtomicUsize::new(0);
    let until_the_end = || {
        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            work(item)?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(until_the_end)).collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|_| Err("a thread came to grief".into())))
    })
}
