//! Puts a GXMT stream into a new PST file.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::iter;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use pffkit::cli::args::Mt2pff;
use pffkit::cli::exit::{self, Exit, Interrupt};
use pffkit::cli::report::{Watch, counted, ledger_hint};
use pffkit::cli::{logging, output, pipes};
use pffkit::exm::feed::Feed;
use pffkit::ltp::write::TextEncoding;
use pffkit::mapi::Guid;
use pffkit::messaging::write::{StoreOptions, StoreWriter};
use pffkit::mt::Reader;
use pffkit::mt::to_pff::{Item, Observer, Totals, import};
use pffkit::ndb::write::Options;
use pffkit::ndb::{self, Client};
use pffkit::unnamed::Unnamed;
use pffkit::{Error, ErrorKind};
use tracing::{debug, info};

fn main() -> ExitCode {
    exit::run("mt2pff", run)
}

fn run(args: Mt2pff) -> anyhow::Result<Exit> {
    logging::init("mt2pff", args.logging.loglevel);
    let options = options(&args)?;
    let input = input(&args.stream)?;
    let interrupt = Interrupt::listen()?;
    let signal = interrupt.clone();
    let stop = move || signal.pending().is_some();
    let opened = Reader::new(Feed::new(input, stop.clone()));
    if let Some(exit) = interrupt.pending() {
        return Ok(exit);
    }
    let mut reader = opened?;
    if reader.is_empty_input() {
        let message = "the input is empty: the program that should have made the stream has failed";
        return Err(Error::new(ErrorKind::CutStream, message).into());
    }
    let mut listener = Listener(Watch::new(None, args.ledger.as_deref(), &[&args.stream])?);
    output::keep(&args.output, &iter::once(&*args.stream).chain(args.ledger.as_deref()).collect::<Vec<_>>())?;
    let mut file = Unnamed::create("mt2pff", &args.output, args.force)?;
    let store = StoreWriter::new(file.file(), &options).map_err(unwritten)?;
    let imported = import(&mut reader, store, &mut listener, &stop);
    let Some(totals) =
        imported.map_err(unwritten).with_context(|| format!("{} is not written", args.output.display()))?
    else {
        return Ok(interrupt.pending().unwrap_or(Exit::Interrupted));
    };
    file.file().sync_all().map_err(Error::of_output)?;
    file.name()?;
    listener.0.finish(&totals)?;
    tell(&args, &totals);
    Ok(if totals.is_whole() { Exit::Ok } else { Exit::Partial })
}

fn options(args: &Mt2pff) -> anyhow::Result<StoreOptions<'static>> {
    let format = ndb::Format::from(args.format);
    if args.charset.is_some() && format != ndb::Format::Ansi {
        let message = "--charset is for --format ansi: text in Unicode files has no code page";
        return Err(Error::new(ErrorKind::Usage, message).into());
    }
    let file = Options { format, client: Client::Pst, crypt: args.crypt.into(), ..Options::default() };
    Ok(StoreOptions {
        file,
        encoding: args.charset.map(TextEncoding::CodePage),
        display_name: "Outlook data file",
        record_key: Guid(*uuid::Uuid::new_v4().as_bytes()),
        password: None,
    })
}

fn input(stream: &Path) -> anyhow::Result<Box<dyn Read + Send>> {
    if stream != Path::new("-") {
        let file = File::open(stream).map_err(|e| Error::from(e).in_file(stream))?;
        return Ok(Box::new(file));
    }
    if io::stdin().is_terminal() {
        let message = "standard input is a terminal; give it a stream: pff2mt FILE | mt2pff -o OUT";
        return Err(Error::new(ErrorKind::Usage, message).into());
    }
    pipes::widen(&io::stdin());
    Ok(Box::new(io::stdin()))
}

/// `e`, where it does not come from the stream, as a failure of the output.
fn unwritten(e: Error) -> Error {
    match e.kind() {
        ErrorKind::Io => Error::new(ErrorKind::Target, format!("the file can't be written: {e}")).caused_by(e),
        _ => e,
    }
}

/// Says what became of the stream.
fn tell(args: &Mt2pff, t: &Totals) {
    info!(
        "{}, {}, {} FAI, {}, {} from {} are in {}",
        counted(t.folders, "folder"),
        counted(t.messages, "message"),
        t.fai,
        counted(t.recipients, "recipient"),
        counted(t.attachments, "attachment"),
        counted(t.bytes, "byte"),
        args.output.display()
    );
    if !t.is_whole() {
        let hint = ledger_hint(args.ledger.is_some());
        info!("{} of {} items are whole, {} in part, {} missing{hint}", t.whole, t.found, t.part, t.missing);
    }
}

/// Listens to the import.
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
        let what = if item.written { "not whole" } else { "not written" };
        let what = format!("{what}: {:#x} \"{}\" in {}/", item.nid, item.subject, item.folder);
        self.0.item(item, &what, &item.findings);
    }

    fn notice(&mut self, item: &Item) {
        for finding in &item.findings {
            debug!("{} {:#x} \"{}\": {finding}", item.folder, item.nid, item.subject);
        }
    }
}
