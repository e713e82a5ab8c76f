//! Writes a PFF file or a GXMT stream as files of open formats.

use std::fs::File;
use std::io::{self, Cursor, IsTerminal, Read};
use std::path::Path;
use std::process::ExitCode;

use pffkit::cli::args::Mt2eml;
use pffkit::cli::exit::{self, Exit, Interrupt};
use pffkit::cli::logging;
use pffkit::cli::report::Watch;
use pffkit::exm::feed::Feed;
use pffkit::export::{Item, Kind, Observer, Outcome, Output, export};
use pffkit::limits::Limits;
use pffkit::mt::Reader;
use pffkit::mt::from_pff::{self, Pipe};
use pffkit::source::Source;
use pffkit::{Error, ErrorKind};
use tracing::info;

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
    let signal = interrupt.clone();
    let stop = move || signal.pending().is_some();
    let Input { stream, pipe } = open(&args, stop.clone())?;
    let opened = Reader::with_limits(stream, Limits { spool_bytes: SPOOL, frame_bytes: FRAME, ..Limits::default() });
    if let Some(exit) = interrupt.pending() {
        return Ok(exit);
    }
    let mut reader = match opened {
        Ok(reader) if !reader.is_empty_input() => reader,
        failed => return Err(no_stream(&args, failed.err(), pipe).into()),
    };
    let output = output(&args)?;
    let mut listener = Listener(Watch::new(None, args.ledger.as_deref())?);
    let mut outcome = export(&mut reader, pipe.as_ref().map(|p| &p.events), output, &options, &mut listener, &stop);
    // The file's reader must see that nobody takes more from it.
    drop(reader);
    if let Some(e) = pipe.and_then(|pipe| pipe.finish().err()) {
        let is_cause = !outcome.interrupted && outcome.error.as_ref().is_none_or(|e| e.kind() == ErrorKind::CutStream);
        if is_cause {
            outcome.error = Some(e.in_file(&args.input));
        }
    }
    listener.0.finish(&outcome.totals)?;
    tell(&args, &outcome);
    match outcome.error {
        _ if outcome.interrupted => Ok(interrupt.pending().unwrap_or(Exit::Interrupted)),
        Some(e) => Err(e.into()),
        None if outcome.totals.is_whole() => Ok(Exit::Ok),
        None => Ok(Exit::Partial),
    }
}

/// What is read.
struct Input {
    stream: Box<dyn Read>,
    /// Where the stream is made in this process: what makes it.
    pipe: Option<Pipe>,
}

/// What every stream begins with. All else is taken for a PFF file, whose reader says best what is wrong with it.
const STREAM: &[u8; 4] = b"GXMT";

fn open(args: &Mt2eml, stop: impl Fn() -> bool + 'static) -> anyhow::Result<Input> {
    if args.input == Path::new("-") {
        if io::stdin().is_terminal() {
            let message = "standard input is a terminal; name a file, or give it a stream: pff2mt FILE | mt2eml -o DIR";
            return Err(Error::new(ErrorKind::Usage, message).into());
        }
        let (is_stream, input) = tell_apart(io::stdin())?;
        return if is_stream { Ok(stream(input, stop)) } else { pff(args, Source::from_reader(input)?) };
    }
    // Only what is a file is looked into; why something is none, the source says.
    if args.input.is_file()
        && let (true, input) = tell_apart(File::open(&args.input).map_err(|e| Error::from(e).in_file(&args.input))?)?
    {
        return Ok(stream(input, stop));
    }
    pff(args, Source::open(&args.input)?)
}

fn stream(input: impl Read + Send + 'static, stop: impl Fn() -> bool + 'static) -> Input {
    Input { stream: Box::new(Feed::new(input, stop)), pipe: None }
}

fn pff(args: &Mt2eml, source: Source) -> anyhow::Result<Input> {
    // One thread reads faster than several can write.
    let options = from_pff::Options { assoc: args.with_assoc, ..from_pff::Options::new("") };
    let (pipe, stream) = Pipe::open(source, args.charset, options)?;
    Ok(Input { stream: Box::new(stream), pipe: Some(pipe) })
}

/// Whether `input` is a stream, and all of it.
fn tell_apart(mut input: impl Read + Send) -> io::Result<(bool, impl Read + Send)> {
    let mut head = Vec::new();
    input.by_ref().take(STREAM.len() as u64).read_to_end(&mut head)?;
    Ok((head == STREAM, Cursor::new(head).chain(input)))
}

/// Why there is no stream: what the one who should have made it says, else what its reader says.
fn no_stream(args: &Mt2eml, e: Option<Error>, pipe: Option<Pipe>) -> Error {
    let cause = pipe.and_then(|pipe| pipe.finish().err());
    let empty = || Error::new(ErrorKind::CutStream, "the input holds no stream");
    cause.or(e).unwrap_or_else(empty).in_file(&args.input)
}

fn output(args: &Mt2eml) -> pffkit::Result<Output> {
    let index = args.index.into();
    match (&args.output, &args.zip) {
        (_, Some(zip)) => Output::zip(zip, args.force, index),
        (Some(dir), None) => Output::directory(dir, args.force, index),
        (None, None) => Err(Error::new(ErrorKind::Usage, "say where to write: -o DIR or --zip FILE")),
    }
}

/// Says what became of the input.
fn tell(args: &Mt2eml, outcome: &Outcome) {
    let t = &outcome.totals;
    let early = if outcome.interrupted || outcome.error.is_some() { "before the end: " } else { "" };
    info!(
        "{early}{} mails, {} calendar items and {} contacts with {} attachments written, {} bytes, from {} folders",
        t.mail, t.calendar, t.contacts, t.attachments, t.bytes, t.folders
    );
    if t.left_out > 0 {
        info!("{} items left out, as the options say", t.left_out);
    }
    if !t.is_whole() {
        let hint = if args.ledger.is_some() { "" } else { "; --ledger FILE tells all" };
        info!("{} of {} items are whole, {} in part, {} missing{hint}", t.whole, t.found, t.part, t.missing);
    }
}

/// Listens to the export.
struct Listener(Watch);

impl Observer for Listener {
    fn folder(&mut self, path: &str) {
        self.0.progress.place(path);
    }

    fn progress(&mut self, bytes: u64) {
        self.0.progress.item();
        self.0.progress.bytes(bytes);
    }

    fn item(&mut self, item: &Item) {
        let what = match item.kind {
            Kind::File => "the input".to_owned(),
            _ if item.is_missing() => format!("not written: {:#x} \"{}\" in {}/", item.nid, item.subject, item.folder),
            _ => format!("not whole: {:#x} \"{}\" in {}/", item.nid, item.subject, item.folder),
        };
        self.0.item(item, &what, &item.findings);
    }
}
