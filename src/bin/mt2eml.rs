//! Writes a PFF file or a GXMT stream as files of open formats.

use std::fs::{File, FileType};
use std::io::{self, Cursor, IsTerminal, Read};
use std::iter;
use std::path::Path;
use std::process::ExitCode;

use pffkit::cli::args::Mt2eml;
use pffkit::cli::exit::{self, Exit, Interrupt};
use pffkit::cli::report::{Watch, counted, file_damage, ledger_hint};
use pffkit::cli::{logging, output::keep};
use pffkit::damage::Findings;
use pffkit::exm::feed::Feed;
use pffkit::export::{Item, Kind, Observer, Options, Outcome, Output, export, export_file};
use pffkit::limits::Limits;
use pffkit::messaging::{Store, recover};
use pffkit::mt::{Reader, from_pff};
use pffkit::sanitize;
use pffkit::source::Source;
use pffkit::{Error, ErrorKind};
use tracing::{info, warn};

/// Values up to this size are not worth a temporary file, as they are needed only once, and soon.
const SPOOL: u64 = 1 << 20;
/// Bytes of such values in one frame.
const FRAME: u64 = 4 << 20;

fn main() -> ExitCode {
    exit::run("mt2eml", run)
}

fn run(args: Mt2eml) -> anyhow::Result<Exit> {
    logging::init("mt2eml", args.logging.loglevel);
    let options = args.options()?;
    let interrupt = Interrupt::listen()?;
    let exported = match open(&args)? {
        Input::Stream(input) => export_stream(&args, &options, input, &interrupt),
        Input::File(source) => export_pff(&args, &options, source, &interrupt),
    };
    let Some(outcome) = exported? else { return Ok(interrupt.pending().unwrap_or(Exit::Interrupted)) };
    tell(&args, &outcome);
    match outcome.error {
        _ if outcome.interrupted => Ok(interrupt.pending().unwrap_or(Exit::Interrupted)),
        Some(e) => Err(e.into()),
        None if outcome.totals.is_whole() => Ok(Exit::Ok),
        None => Ok(Exit::Partial),
    }
}

/// What is read.
enum Input {
    Stream(Box<dyn Read + Send>),
    File(Source),
}

/// What every stream begins with. All else is taken for a PFF file, whose reader says best what is wrong with it.
const STREAM: &[u8; 4] = b"GXMT";

fn open(args: &Mt2eml) -> anyhow::Result<Input> {
    if args.input == Path::new("-") {
        if io::stdin().is_terminal() {
            let message = "standard input is a terminal; name a file, or give it a stream: pff2mt FILE | mt2eml -o DIR";
            return Err(Error::new(ErrorKind::Usage, message).into());
        }
        let (is_stream, input) = tell_apart(io::stdin())?;
        if is_stream {
            return Ok(Input::Stream(Box::new(input)));
        }
        let source = Source::from_reader(input)?;
        if source.bytes().is_empty() {
            let message = "standard input is empty: the program that should have made the stream has failed";
            return Err(Error::new(ErrorKind::CutStream, message).into());
        }
        return Ok(Input::File(source));
    }
    // Why something is nothing that can be read, the source says.
    let Some(kind) = args.input.metadata().ok().map(|meta| meta.file_type()).filter(|kind| !kind.is_dir()) else {
        return Ok(Input::File(Source::open(&args.input)?));
    };
    let failed = |e: Error| e.in_file(&args.input);
    let (is_stream, input) = tell_apart(File::open(&args.input).map_err(|e| failed(Error::from(e)))?)?;
    if is_stream {
        return Ok(Input::Stream(Box::new(input)));
    }
    // What is in a pipe can be read once.
    let source = if is_pipe(kind) { Source::from_reader(input).map_err(failed) } else { Source::open(&args.input) };
    Ok(Input::File(source?))
}

#[cfg(unix)]
fn is_pipe(kind: FileType) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&kind)
}

#[cfg(not(unix))]
fn is_pipe(_kind: FileType) -> bool {
    false
}

/// Exports a stream; `None` where it was told to stop before there was any.
fn export_stream(
    args: &Mt2eml,
    options: &Options,
    input: Box<dyn Read + Send>,
    interrupt: &Interrupt,
) -> anyhow::Result<Option<Outcome>> {
    let stop = {
        let interrupt = interrupt.clone();
        move || interrupt.pending().is_some()
    };
    let limits = Limits { spool_bytes: SPOOL, frame_bytes: FRAME, ..args.reading.limits() };
    let opened = Reader::with_limits(Feed::new(input, stop.clone()), limits);
    if stop() {
        return Ok(None);
    }
    let mut reader = opened.map_err(|e| e.in_file(&args.input))?;
    if reader.is_empty_input() {
        return Err(Error::new(ErrorKind::CutStream, "the input holds no stream").in_file(&args.input).into());
    }
    let mut listener = Listener::new(args, None)?;
    let outcome = export(&mut reader, output(args)?, options, &mut listener, &stop);
    listener.watch.finish(&outcome.totals)?;
    Ok(Some(outcome))
}

/// Exports a PFF file.
fn export_pff(
    args: &Mt2eml,
    options: &Options,
    source: Source,
    interrupt: &Interrupt,
) -> anyhow::Result<Option<Outcome>> {
    let findings = Findings::new();
    let limits = Limits { threads: args.jobs(), ..args.reading.limits() };
    let opened = recover::open(source.bytes(), limits, args.reading.recover(), &findings);
    let db = opened.map_err(|e| e.in_file(&args.input))?;
    let store = Store::open(&db, args.charset, &findings);
    let mut listener = Listener::new(args, Some(db.len()))?;
    let stop = || interrupt.pending().is_some();
    let file = from_pff::File { store: &store, findings: &findings };
    let outcome = export_file(file, output(args)?, options, &mut listener, &stop);
    listener.watch.finish(&outcome.totals)?;
    source.close(args.jobs());
    Ok(Some(outcome))
}

/// Whether `input` is a stream, and all of it.
fn tell_apart(mut input: impl Read + Send) -> io::Result<(bool, impl Read + Send)> {
    let mut head = Vec::new();
    input.by_ref().take(STREAM.len() as u64).read_to_end(&mut head)?;
    Ok((head == STREAM, Cursor::new(head).chain(input)))
}

fn output(args: &Mt2eml) -> pffkit::Result<Output> {
    let index = args.index.into();
    match (&args.output, &args.zip) {
        (_, Some(zip)) => {
            keep(zip, &iter::once(&*args.input).chain(args.ledger.as_deref()).collect::<Vec<_>>())?;
            Output::zip(zip, args.force, index)
        }
        (Some(dir), None) => Output::directory(dir, args.force, index),
        (None, None) => Err(Error::new(ErrorKind::Usage, "say where to write: -o DIR or --zip FILE")),
    }
}

/// Says what became of the input.
fn tell(args: &Mt2eml, outcome: &Outcome) {
    let is_whole = outcome.error.is_none() && !outcome.interrupted;
    for pattern in outcome.unmet.iter().filter(|_| is_whole) {
        warn!("no folder is called {}; --folder and --exclude say nothing by it", sanitize::text(pattern));
    }
    let t = &outcome.totals;
    let early = if is_whole { "" } else { "before the end: " };
    info!(
        "{early}{}, {} and {} with {} written, {}, from {}",
        counted(t.mail, "mail"),
        counted(t.calendar, "calendar item"),
        counted(t.contacts, "contact"),
        counted(t.attachments, "attachment"),
        counted(t.bytes, "byte"),
        counted(t.folders, "folder")
    );
    if t.left_out > 0 {
        info!("{} items left out, as the options say", t.left_out);
    }
    if !t.is_whole() {
        let hint = ledger_hint(args.ledger.is_some());
        info!("{} of {} items are whole, {} in part, {} missing{hint}", t.whole, t.found, t.part, t.missing);
    }
    if t.file_damage > 0 {
        info!("{}", file_damage(t.file_damage));
    }
}

/// Listens to the export.
struct Listener<'a> {
    watch: Watch,
    /// The input, as messages are to name it.
    input: &'a Path,
}

impl<'a> Listener<'a> {
    fn new(args: &'a Mt2eml, bytes: Option<u64>) -> pffkit::Result<Self> {
        Ok(Self { watch: Watch::new(bytes, args.ledger.as_deref(), &[&args.input])?, input: &args.input })
    }
}

impl Observer for Listener<'_> {
    fn folder(&mut self, path: &str) {
        self.watch.progress.place(path);
    }

    fn progress(&mut self, bytes: u64) {
        self.watch.progress.item();
        self.watch.progress.bytes(bytes);
    }

    fn item(&mut self, item: &Item) {
        let what = match item.kind {
            Kind::File => return self.watch.file(item, self.input, &item.findings),
            _ if item.is_missing() => format!("not written: {:#x} \"{}\" in {}/", item.nid, item.subject, item.folder),
            _ => format!("not whole: {:#x} \"{}\" in {}/", item.nid, item.subject, item.folder),
        };
        self.watch.item(item, &what, &item.findings);
    }
}
