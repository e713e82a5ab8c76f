//! What a check finds: nothing in sound files, in files that were changed in one place exactly that, and in real files what is known
//! of them.

mod corpus;
mod ltp;
mod ndb;
mod tool;

use pffkit::damage::{Effect, Finding, Findings};
use pffkit::limits::Limits;
use pffkit::messaging::write::StoreOptions;
use pffkit::messaging::{Store, audit};
use pffkit::ndb::audit::{Audit, Part};
use pffkit::ndb::write::Options;
use pffkit::ndb::{Database, Format, crypt::CryptMethod};

use crate::mt2pff::{exported, written};
use crate::recipes::build::{file_with, options, store_options};
use crate::recipes::special::fill_small;
use crate::recipes::{FIXTURES, special};
use crate::support::{corpus, fixture};

/// A finding by what was checked, its effect and structure.
pub type Told = (&'static str, Effect, String);

fn audited(data: &[u8]) -> Audit {
    let findings = Findings::new();
    let db = Database::open(data, Limits::default(), &findings).unwrap();
    let mut found = db.audit(&mut |_| ());
    found.parts.extend(audit::audit(&Store::open(&db, None, &findings)));
    found
}

fn all(parts: &[Part]) -> impl Iterator<Item = (&'static str, &Finding)> {
    parts.iter().flat_map(|p| p.findings.iter().map(|f| (p.name, f)))
}

pub fn told(data: &[u8]) -> Vec<Told> {
    all(&audited(data).parts).map(|(part, f)| (part, f.effect, f.structure.to_string())).collect()
}

/// The only finding of `structure`.
fn one(data: &[u8], structure: &str) -> Finding {
    let found = audited(data);
    let mut of_it = all(&found.parts).filter(|(_, f)| f.structure == structure).map(|(_, f)| f.clone());
    let one = of_it.next().unwrap_or_else(|| panic!("no finding of {structure}: {:?}", found.parts));
    assert_eq!(of_it.next(), None);
    one
}

#[test]
fn what_this_project_writes_is_sound() {
    for (name, _) in FIXTURES.iter().filter(|(name, _)| !name.starts_with("damaged/")) {
        assert_eq!(told(&std::fs::read(fixture(name)).unwrap()), [], "{name}");
    }
    for format in FORMATS {
        for crypt in [CryptMethod::None, CryptMethod::Permute, CryptMethod::Cyclic] {
            for whole_regions in [false, true] {
                let file = Options { format, crypt, whole_regions, ..options() };
                let bytes = file_with(StoreOptions { file, ..store_options() }, fill_small);
                assert_eq!(told(&bytes), [], "{format:?} {crypt:?} {whole_regions}");
            }
        }
    }
}

const FORMATS: [Format; 3] = [Format::Unicode, Format::Ansi, Format::Unicode4k];

/// What real files hold, written anew: tables of more than one block, large values, embedded messages.
#[test]
fn copies_of_real_files_are_sound() {
    let Some(corpus) = corpus() else { return };
    let mut files = 0;
    for entry in std::fs::read_dir(corpus).unwrap() {
        let path = entry.unwrap().path();
        let is_file = path.extension().is_some_and(|e| e == "pst" || e == "ost");
        let Some(stream) = is_file.then(|| exported(&path).ok()).flatten() else { continue };
        files += 1;
        // Large ones in one format: the others say nothing more, and take their time.
        let small = path.metadata().unwrap().len() < 400_000;
        let formats = if small { &FORMATS[..] } else { &FORMATS[..1] };
        for format in formats.iter().copied() {
            let (file, ..) = written(&stream.stream, format);
            assert_eq!(told(&file), [], "{} as {format:?}", path.display());
        }
    }
    assert_eq!(files, 130);
}

/// The fixtures whose trees are sound are sound to this check, whatever is wrong with their items.
#[test]
fn damage_to_items_is_none_of_the_structure() {
    for name in ["duplicate-name", "unpaired-surrogate", "orphan-message", "orphan-folder", "same-named-siblings"] {
        assert_eq!(told(&std::fs::read(fixture(&format!("damaged/{name}.pst"))).unwrap()), [], "{name}");
    }
}

#[test]
fn the_figures_add_up_to_the_file() {
    let bytes = special::small(CryptMethod::None);
    let findings = Findings::new();
    let db = Database::open(&bytes, Limits::default(), &findings).unwrap();
    let mut covered = vec![false; bytes.len() / 64];
    let found = db.audit(&mut |extent| {
        for cell in &mut covered[extent.ib as usize / 64..][..extent.len.div_ceil(64) as usize] {
            // Free space is told for 512 bytes at a time, wherever in them it is.
            assert!(!*cell || extent.bid.0 == 0, "{extent:?}");
            *cell = true;
        }
    });
    assert!(found.structure.free_bytes > 0 && found.structure.leaked_bytes == 0);
    assert!(covered.iter().filter(|c| **c).count() * 64 + 512 >= bytes.len());
}
