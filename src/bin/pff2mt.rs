//! Writes the contents of a PFF file as a GXMT stream.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::iter;
use std::path::Path;
use std::process::ExitCode;

use pffkit::cli::args::Pff2mt;
use pffkit::cli::exit::{self, Exit};
use pffkit::cli::progress::Stderr;
use pffkit::cli::report::{Watch, exit_of_export, export_summary};
use pffkit::cli::show::Show;
use pffkit::cli::{logging, output, pipes};
use pffkit::damage::Findings;
use pffkit::limits::Limits;
use pffkit::messaging::text::NO_CODE_PAGE;
use pffkit::messaging::{Census, Store, recover, special};
use pffkit::mt::NameMap;
use pffkit::mt::from_pff::{Item, Kind, Observer, Options, Share, Totals, export, folder_map, name_map};
use pffkit::mt::object::Frame;
use pffkit::ndb::{Arena, Nid, Scope};
use pffkit::source::Source;
use pffkit::{Error, ErrorKind, sanitize};
use tracing::{debug, info};

fn main() -> ExitCode {
    exit::run("pff2mt", run)
}

fn run(args: Pff2mt) -> anyhow::Result<Exit> {
    logging::init("pff2mt", args.logging.loglevel);
    if args.output_file().is_none() && !args.plan && io::stdout().is_terminal() {
        let message =
            "standard output is a terminal, and the stream is not text: pipe it into mt2exm, or name a file with -o";
        return Err(Error::new(ErrorKind::Usage, message).into());
    }
    let source = Source::open(&args.file)?;
    let exit = export_file(&args, &source)?;
    source.close(args.jobs());
    Ok(exit)
}

fn export_file(args: &Pff2mt, source: &Source) -> anyhow::Result<Exit> {
    let findings = Findings::new();
    // What the output does is not the file's fault.
    let in_file = |e: Error| if e.kind() == ErrorKind::Target { e } else { e.in_file(&args.file) };
    let limits = Limits { threads: args.jobs(), ..args.reading.limits() };
    let db = recover::open(source.bytes(), limits, args.reading.recover(), &findings).map_err(in_file)?;
    let store = Store::open(&db, args.charset, &findings);
    tell_of_file(args, &store);
    let placements = (args.splice || args.plan).then(|| {
        // What is wrong with the trees is found again by the export.
        let (arena, findings) = (Arena::new(), Findings::new());
        let census = Census::take(&db, &findings);
        special::placements(&store, &census, Scope { db: &db, arena: &arena, findings: &findings })
    });
    if args.plan {
        return plan(&placements.unwrap_or_default());
    }
    let options = Options {
        splice: placements.as_deref().map(folder_map),
        hidden: args.hidden(),
        assoc: args.with_assoc,
        only: args.only_obj.iter().map(|nid| Nid(*nid)).collect(),
        strict: args.strict,
        jobs: args.jobs(),
        ..Options::new(args.root_name.clone().unwrap_or_else(|| root_name(&args.file)))
    };
    let mut listener = Listener::new(args, &store)?;
    let out = output(args)?;
    let (mut out, totals) = export(&store, &options, &findings, out, &mut listener).map_err(in_file)?;
    out.flush().map_err(Error::of_output)?;
    listener.finish(&totals)?;
    export_summary(&totals).iter().for_each(|line| info!("{line}"));
    Ok(exit_of_export(&totals))
}

/// Says what kind of file it is.
fn tell_of_file(args: &Pff2mt, store: &Store<'_>) {
    let header = store.db.header();
    let file = args.file.display();
    debug!("{file}: {} of version {}, {} bytes", header.client.name(), header.version, store.db.len());
    if store.has_password {
        info!("{file}: the file has a password; reading it needs none");
    }
}

fn root_name(file: &Path) -> String {
    let name = file.file_name().filter(|_| file != Path::new("-")).unwrap_or("standard input".as_ref());
    format!("Import of {}", name.to_string_lossy())
}

/// Where the stream goes, which is neither the file that is read nor the ledger.
fn output(args: &Pff2mt) -> anyhow::Result<File> {
    let others: Vec<&Path> = iter::once(&*args.file).chain(args.ledger.as_deref()).collect();
    if let Some(path) = args.output_file() {
        return Ok(output::create(path, &others)?);
    }
    output::keep(Path::new("/dev/stdout"), &others)?;
    Ok(pipes::stdout().map_err(Error::of_output)?)
}

/// Prints where the special folders would go.
fn plan(placements: &[special::Placement]) -> anyhow::Result<Exit> {
    let mut out = io::stdout().lock();
    for p in placements {
        let (name, target) = (sanitize::text(&p.name), p.folder.name());
        writeln!(out, "{:#010x}  {:<28}  ->  {target:<28}  ({})", p.nid.0, format!("\"{name}\""), p.reason)?;
    }
    writeln!(out, "Every other folder keeps its name and its place below these.")?;
    Ok(Exit::Ok)
}

/// Listens to the export: progress, ledger, tree, messages.
struct Listener {
    watch: Watch,
    show: Option<Show<Stderr>>,
    names: NameMap,
    done: Share,
    /// Items with 8-bit text of unknown code page.
    guessed: u64,
}

impl Listener {
    fn new(args: &Pff2mt, store: &Store<'_>) -> anyhow::Result<Self> {
        Ok(Self {
            watch: Watch::new(Some(store.db.len()), args.ledger.as_deref(), &[&args.file])?,
            show: args.tree.then(|| Show::new(Stderr, args.properties > 0)),
            names: name_map(store),
            done: Share::new(store.db.len()),
            guessed: 0,
        })
    }

    fn finish(self, totals: &Totals) -> anyhow::Result<()> {
        self.watch.finish(totals)?;
        if self.guessed > 0 {
            let n = self.guessed;
            info!(
                "{n} items have 8-bit text that nothing tells the code page of: read as windows-1252; --charset names another"
            );
        }
        Ok(())
    }
}

impl Observer for Listener {
    fn folder(&mut self, path: &str) {
        debug!("folder {}", if path.is_empty() { "/" } else { path });
        self.watch.progress.place(path);
    }

    fn wants_objects(&self) -> bool {
        self.show.is_some()
    }

    fn object(&mut self, depth: usize, object: &Frame<'_>) {
        if let Some(show) = &mut self.show {
            show.depth = depth;
            let done = show.frame(object, &self.names);
            self.watch.note(done);
        }
    }

    fn item(&mut self, item: &Item) {
        let what = match (item.kind, item.emitted) {
            (Kind::File, _) => "the file".to_owned(),
            (_, true) => format!("not whole: {:#x} \"{}\" in {}/", item.nid, item.subject, item.folder),
            (_, false) => format!("not written: {:#x} \"{}\" in {}/", item.nid, item.subject, item.folder),
        };
        self.watch.item(item, &what, &item.findings);
    }

    fn notice(&mut self, item: &Item) {
        self.guessed += u64::from(item.findings.iter().any(|f| f.structure == NO_CODE_PAGE));
        for finding in &item.findings {
            if item.kind == Kind::File {
                info!("{finding}");
                continue;
            }
            debug!("{} {:#x} \"{}\": {finding}", item.folder, item.nid, item.subject);
        }
    }

    fn begin(&mut self, items: u64) {
        self.done.begin(items);
    }

    fn done(&mut self, _nid: Nid) {
        self.watch.progress.item();
        let done = self.done.one_more();
        self.watch.progress.bytes(done);
    }
}
