//! Writes a PFF file as a GXMT stream.
use pffkit::damage::Findings;
use pffkit::limits::Limits;
use pffkit::messaging::Store;
use pffkit::mt::from_pff::{Item, Observer, Options, export};
use pffkit::ndb::Database;
use pffkit::source::Source;

struct Log;
impl Observer for Log {
    fn item(&mut self, item: &Item) {
        eprintln!("ITEM {}", serde_json::to_string(item).unwrap_or_default());
    }
    fn notice(&mut self, item: &Item) {
        eprintln!("NOTE {}", serde_json::to_string(item).unwrap_or_default());
    }
}
fn main() -> anyhow::Result<()> {
    let file = std::env::args().nth(1).unwrap_or_default();
    let path = std::path::Path::new(&file);
    let source = Source::open(path)?;
    let findings = Findings::new();
    let db = Database::open(source.bytes(), Limits::default(), &findings)?;
    let store = Store::open(&db, None, &findings);
    for f in findings.take() {
        eprintln!("FILE {f}");
    }
    let mut options = Options::new("Import of x");
    options.assoc = std::env::args().any(|a| a == "--with-assoc");
    options.jobs = 1;
    let out = std::io::stdout().lock();
    let (_, totals) = export(&store, &options, out, &mut Log)?;
    eprintln!("TOTALS {}", serde_json::to_string(&totals)?);
    Ok(())
}
