//! Puts a GXMT stream into a new PST file.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Read};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use pffkit::cli::args::Mt2pff;
use pffkit::cli::exit::{self, Exit, Interrupt};
use pffkit::cli::progress::Progress;
use pffkit::cli::report::Ledger;
use pffkit::cli::{logging, pipes};
use pffkit::exm::feed::Feed;
use pffkit::ltp::write::TextEncoding;
use pffkit::mapi::Guid;
use pffkit::messaging::write::{StoreOptions, StoreWriter};
use pffkit::mt::Reader;
use pffkit::mt::to_pff::{Item, Observer, Totals, import};
use pffkit::ndb::write::Options;
use pffkit::ndb::{self, Client};
use pffkit::{Error, ErrorKind};
use tempfile::NamedTempFile;
use tracing::{debug, info, warn};

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
    let mut watch = Watch::new(&args)?;
    let file = unnamed(&args)?;
    let store = StoreWriter::new(file.as_file(), &options).map_err(unwritten)?;
    let imported = import(&mut reader, store, &mut watch, &stop);
    let Some(totals) =
        imported.map_err(unwritten).with_context(|| format!("{} is not written", args.output.display()))?
    else {
        return Ok(interrupt.pending().unwrap_or(Exit::Interrupted));
    };
    named(&args, file)?;
    watch.finish(&totals)?;
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

/// A file beside the output, which goes away unless it is given the output's name.
fn unnamed(args: &Mt2pff) -> anyhow::Result<NamedTempFile> {
    if !args.force && args.output.exists() {
        let message = "the file is there already; --force replaces it";
        return Err(Error::new(ErrorKind::Target, message).in_file(&args.output).into());
    }
    let dir = args.output.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = tempfile::Builder::new().prefix(".mt2pff-").suffix(".part").tempfile_in(dir);
    Ok(file.map_err(|e| Error::of_output(e).in_file(&args.output))?)
}

fn named(args: &Mt2pff, file: NamedTempFile) -> anyhow::Result<()> {
    file.as_file().sync_all().map_err(Error::of_output)?;
    let done = if args.force { file.persist(&args.output) } else { file.persist_noclobber(&args.output) };
    done.map_err(|e| Error::of_output(e.error).in_file(&args.output))?;
    Ok(())
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
        "{} folders, {} messages, {} FAI, {} recipients, {} attachments from {} bytes are in {}",
        t.folders,
        t.messages,
        t.fai,
        t.recipients,
        t.attachments,
        t.bytes,
        args.output.display()
    );
    if !t.is_whole() {
        let hint = if args.ledger.is_some() { "" } else { "; --ledger FILE tells all" };
        info!("{} of {} items are whole, {} in part, {} missing{hint}", t.whole, t.found, t.part, t.missing);
    }
}

/// Says what happens: progress and ledger.
struct Watch {
    progress: Progress,
    ledger: Option<Ledger<BufWriter<File>>>,
    failed: Option<io::Error>,
}

impl Watch {
    fn new(args: &Mt2pff) -> anyhow::Result<Self> {
        let ledger = args.ledger.as_deref().map(Ledger::create).transpose()?;
        Ok(Self { progress: Progress::new(None), ledger, failed: None })
    }

    fn finish(self, totals: &Totals) -> anyhow::Result<()> {
        if let Some(e) = self.failed {
            return Err(Error::of_output(e)).context("the ledger is not complete");
        }
        if let Some(ledger) = self.ledger {
            ledger.finish(totals).map_err(Error::of_output)?;
        }
        Ok(())
    }
}

impl Observer for Watch {
    fn folder(&mut self, path: &str) {
        self.progress.place(path);
    }

    fn progress(&mut self, bytes: u64) {
        self.progress.item();
        self.progress.bytes(bytes);
    }

    fn item(&mut self, item: &Item) {
        if let Some(ledger) = &mut self.ledger
            && let Err(e) = ledger.item(item)
        {
            self.failed.get_or_insert(e);
        }
        let what = if item.written { "not whole" } else { "not written" };
        for finding in &item.findings {
            let line = format!("{what}: {:#x} \"{}\" in {}/: {finding}", item.nid, item.subject, item.folder);
            if self.ledger.is_some() { debug!("{line}") } else { warn!("{line}") }
        }
    }

    fn notice(&mut self, item: &Item) {
        for finding in &item.findings {
            debug!("{} {:#x} \"{}\": {finding}", item.folder, item.nid, item.subject);
        }
    }
}
