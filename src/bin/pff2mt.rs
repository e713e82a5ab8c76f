//! Writes the contents of a PFF file as a GXMT stream.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::iter;
use std::path::Path;
use std::process::ExitCode;

use pffkit::cli::args::Pff2mt;
use pffkit::cli::exit::{self, Exit};
use pffkit::cli::progress::Stderr;
use pffkit::cli::report::{Watch, counted, exit_of_export, export_summary};
use pffkit::cli::show::Show;
use pffkit::cli::{logging, output, pipes};
use pffkit::damage::{Finding, Findings};
use pffkit::limits::Limits;
use pffkit::messaging::nameid::HASH_BUCKET;
use pffkit::messaging::special::Plan;
use pffkit::messaging::text::NO_CODE_PAGE;
use pffkit::messaging::{Store, recover};
use pffkit::mt::NameMap;
use pffkit::mt::from_pff::{self, Item, Kind, Observer, Options, Share, Totals, export, folder_map, name_map};
use pffkit::mt::object::Frame;
use pffkit::ndb::Nid;
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
    if args.plan {
        return plan(args, &store);
    }
    let options = Options {
        splice: args.splice.then(|| folder_map(&from_pff::plan(&store).placed)),
        hidden: args.hidden(),
        assoc: args.with_assoc,
        only: args.only_obj.iter().map(|nid| Nid(*nid)).collect(),
        strict: args.strict,
        jobs: args.jobs(),
        ..Options::new(args.root_name.clone().unwrap_or_else(|| root_name(&args.file)))
    };
    options.check(&store).map_err(in_file)?;
    let mut listener = Listener::new(args, &store)?;
    let out = output(args)?;
    let (mut out, totals) = export(&store, &options, &findings, out, &mut listener).map_err(in_file)?;
    out.flush().map_err(Error::of_output)?;
    listener.finish(&totals)?;
    export_summary(&totals, args.ledger.is_some()).iter().for_each(|line| info!("{line}"));
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
    format!("Import of {}", sanitize::text(&name.to_string_lossy()))
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
fn plan(args: &Pff2mt, store: &Store<'_>) -> anyhow::Result<Exit> {
    let mut out = io::stdout().lock();
    let mut line = |nid: Nid, name: &str, goes: &str, reason: &str| {
        writeln!(out, "{:#010x}  {:<28}  ->  {goes:<28}  ({reason})", nid.0, format!("\"{}\"", sanitize::text(name)))
    };
    let Plan { placed, namesakes } = from_pff::plan(store);
    for p in placed {
        let is_left_out = p.hidden && !args.with_hidden;
        let goes = if is_left_out { "left out: it is hidden" } else { p.folder.name() };
        line(p.nid, &p.name, goes, &p.reason)?;
    }
    for n in namesakes {
        line(n.nid, &n.name, "a name of its own", &format!("another folder is the target's {}", n.folder.name()))?;
    }
    writeln!(out, "Every other folder keeps its name and its place below these, unless it is hidden.")?;
    Ok(Exit::Ok)
}

/// Listens to the export: progress, ledger, tree, messages.
struct Listener<'a> {
    watch: Watch,
    /// The file, as its messages are to name it.
    file: &'a Path,
    show: Option<Show<Stderr>>,
    names: NameMap,
    done: Share,
    /// Items with 8-bit text of unknown code page.
    guessed: u64,
}

impl<'a> Listener<'a> {
    fn new(args: &'a Pff2mt, store: &Store<'_>) -> anyhow::Result<Self> {
        Ok(Self {
            watch: Watch::new(Some(store.db.len()), args.ledger.as_deref(), &[&args.file])?,
            file: &args.file,
            show: args.is_shown().then(|| Show::new(Stderr, args.properties > 0)),
            names: name_map(store),
            done: Share::new(store.db.len()),
            guessed: 0,
        })
    }

    /// Tells of what breaks a rule in the file as a whole and costs nothing.
    fn notice_file(&self, findings: &[Finding]) {
        let file = self.file.display();
        // Every second file has some of these.
        let (buckets, others): (Vec<_>, Vec<_>) = findings.iter().partition(|f| f.structure == HASH_BUCKET);
        others.iter().for_each(|finding| info!("{file}: {finding}"));
        if let Some(first) = buckets.first() {
            debug!("{file}: {} that cost nothing, the first: {first}", counted(buckets.len() as u64, "wrong hash"));
        }
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

impl Observer for Listener<'_> {
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
        if item.kind == Kind::File {
            return self.watch.file(item, self.file, &item.findings);
        }
        let what = if item.emitted { "not whole" } else { "not written" };
        let what = format!("{what}: {:#x} \"{}\" in {}/", item.nid, item.subject, item.folder);
        self.watch.item(item, &what, &item.findings);
    }

    fn notice(&mut self, item: &Item) {
        self.guessed += u64::from(item.findings.iter().any(|f| f.structure == NO_CODE_PAGE));
        let what = format!("{} {:#x} \"{}\"", item.folder, item.nid, item.subject);
        match item.kind {
            Kind::File => self.notice_file(&item.findings),
            _ if item.elsewhere => self.watch.notice(item, &what, &item.findings),
            _ => item.findings.iter().for_each(|finding| debug!("{what}: {finding}")),
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
