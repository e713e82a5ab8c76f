//! What the tests share: where the corpus is, exports in memory, streams compared by meaning.

pub mod diff;
pub mod mutate;

use std::path::{Path, PathBuf};
use std::process::Command;

use pffkit::damage::Findings;
use pffkit::limits::Limits;
use pffkit::messaging::{Census, Store, special};
use pffkit::mt::from_pff::{Item, Observer, Options, Totals, export, folder_map};
use pffkit::ndb::{Arena, Database, Scope};
use pffkit::source::Source;

/// The directory of real files; `None`, with a word, where it is not given.
pub fn corpus() -> Option<PathBuf> {
    let corpus = std::env::var_os("PFFKIT_CORPUS").map(PathBuf::from);
    if corpus.is_none() {
        eprintln!("skipped: PFFKIT_CORPUS is not set");
    }
    corpus
}

/// The path of a fixture.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// What an export came to.
pub struct Exported {
    pub stream: Vec<u8>,
    pub totals: Totals,
}

struct Quiet;

impl Observer for Quiet {
    fn item(&mut self, _: &Item) {}
    fn notice(&mut self, _: &Item) {}
}

/// The stream of `path`. `splice` maps the special folders, as `-s` does.
pub fn export_file(path: &Path, splice: bool, options: Options) -> pffkit::Result<Exported> {
    let source = Source::open(path)?;
    let findings = Findings::new();
    let db = Database::open(source.bytes(), Limits::default(), &findings)?;
    let store = Store::open(&db, None, &findings);
    let mut options = options;
    if splice {
        let (arena, own) = (Arena::new(), Findings::new());
        let scope = Scope { db: &db, arena: &arena, findings: &own };
        options.splice = Some(folder_map(&special::placements(&store, &Census::take(&db, &own), scope)));
        options.hidden = false;
    }
    let (stream, totals) = export(&store, &options, &findings, Vec::new(), &mut Quiet)?;
    Ok(Exported { stream, totals })
}

/// Runs `tests/oracle/{script}` on `dir`; its output, or `None` with a word where Python or its modules are not there.
pub fn oracle(script: &str, args: &[&Path]) -> Option<String> {
    let python = std::env::var("PFFKIT_PYTHON").unwrap_or_else(|_| "python3".into());
    let modules = "import icalendar, pypff, recurring_ical_events, vobject";
    let there = Command::new(&python).args(["-c", modules]).output().is_ok_and(|out| out.status.success());
    if !there {
        assert!(std::env::var_os("CI").is_none(), "{python} can't {modules}");
        eprintln!("skipped: {python} can't {modules}");
        return None;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle").join(script);
    let out = Command::new(&python).arg("-B").arg(script).args(args).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    Some(String::from_utf8(out.stdout).unwrap())
}
