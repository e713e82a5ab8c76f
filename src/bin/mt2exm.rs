//! Puts a GXMT stream into a mailbox.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use clap::Parser;
use pffkit::cli::args::Mt2exm;
use pffkit::cli::sanitize::text as clean;
use pffkit::cli::show::Show;
use pffkit::exm::feed::Feed;
use pffkit::exm::ledger::Ledger;
use pffkit::exm::location::{self, Location};
use pffkit::exm::store::{Options, Store};
use pffkit::exm::{Anchor, FolderId, Import, ImportOptions, Item, MessageId, Observer, Outcome, Summary};
use pffkit::mt::object::Frame;
use pffkit::mt::{NameMap, Reader};
use pffkit::{Error, ErrorKind, Result};

/// Findings of one item that are shown; the ledger has all of them.
const SHOWN: usize = 3;

fn main() -> ExitCode {
    let args = Mt2exm::parse();
    match run(&args) {
        Ok(code) => ExitCode::from(code),
        Err(e) => {
            eprintln!("mt2exm: {}", clean(&e.to_string()));
            ExitCode::from(exit_code(&e))
        }
    }
}

fn exit_code(e: &Error) -> u8 {
    match e.kind() {
        ErrorKind::Usage => 2,
        ErrorKind::Target => 4,
        _ => 3,
    }
}

fn run(args: &Mt2exm) -> Result<u8> {
    let location = Location::find(args.at.as_deref(), args.user.as_deref())?;
    let anchor = args.base.as_deref().map(Anchor::parse).transpose()?;
    if io::stdin().is_terminal() {
        let message = "standard input is a terminal; give it a stream: pff2mt FILE | mt2exm -u USER";
        return Err(Error::new(ErrorKind::Usage, message));
    }
    let stop = Stop::install()?;
    let mut reader = Reader::new(Feed::new(io::stdin(), Arc::clone(&stop.flag)))?;
    if reader.is_empty_input() {
        let message = "standard input is empty: what should have made the stream has failed";
        return Err(Error::new(ErrorKind::CutStream, message));
    }
    let mut watch = Watch::new(args)?;
    if let Some(show) = &mut watch.show {
        show.header(reader.header())?;
    }
    let Some(Location::Store(dir)) = &location else {
        return read_only(&mut reader, &mut watch, &stop);
    };
    let options = Options { user_id: args.user_id, domain: location::domain(args.user.as_deref()) };
    let mut store = Store::open(dir, options)?;
    let options = ImportOptions {
        anchor: anchor.map(|anchor| anchor.find(&mut store)).transpose()?,
        accept_existing: args.existing,
        keep_going: args.keep_going,
    };
    let outcome = Import::new(&mut store, options, &mut watch).run(&mut reader, &stop.flag);
    report(args, &outcome, location.as_ref());
    watch.finish(&outcome.summary)?;
    Ok(stop.code().filter(|_| outcome.interrupted).unwrap_or_else(|| match &outcome.error {
        Some(e) => exit_code(e),
        None => u8::from(outcome.summary.partial + outcome.summary.missing > 0),
    }))
}

/// Reads the stream to its end and writes nothing but what is to be shown.
fn read_only(reader: &mut Reader<Feed>, watch: &mut Watch, stop: &Stop) -> Result<u8> {
    eprintln!("mt2exm: no mailbox was given (-u or --at): the stream is read, nothing is written");
    let mut names = NameMap::new(reader.header());
    let mut malformed = 0;
    loop {
        let frame = reader.next_frame();
        if let Some(code) = stop.code() {
            return Ok(code);
        }
        match frame {
            Ok(None) => break,
            Ok(Some(frame)) => {
                watch.frame(&frame, &names);
                if let Frame::NamedProperty(property) = frame {
                    names.define(property);
                }
            }
            Err(e) if matches!(e.kind(), ErrorKind::Stream | ErrorKind::Limit) => {
                eprintln!("mt2exm: {}", clean(&e.to_string()));
                malformed += 1;
            }
            Err(e) => return Err(e),
        }
    }
    let counts = reader.counts();
    eprintln!("mt2exm: the stream holds {} folders and {} messages", counts.folders, counts.messages);
    Ok(u8::from(malformed > 0))
}

fn report(args: &Mt2exm, outcome: &Outcome, location: Option<&Location>) {
    let Summary { folders, existing_folders, messages, fai, attachments, bytes, partial, missing, .. } =
        outcome.summary;
    if let Some(e) = &outcome.error {
        eprintln!("mt2exm: {}", clean(&e.to_string()));
    }
    let before = if outcome.interrupted { "interrupted; before that: " } else { "" };
    eprintln!(
        "mt2exm: {before}{folders} folders created ({existing_folders} were there), {messages} messages, {fai} FAI, \
         {attachments} attachments from {bytes} bytes"
    );
    if partial + missing > 0 {
        let hint = if args.ledger.is_some() { "" } else { "; --ledger FILE tells all" };
        eprintln!("mt2exm: {partial} items are not as they were, {missing} are missing{hint}");
    }
    if let Some(location) = location {
        let look = match (&args.at, &args.user) {
            (None, Some(user)) => format!("-u {user}"),
            _ => format!("--at '{location}'"),
        };
        eprintln!("mt2exm: the mailbox is {}; look at it with: exmls {}", clean(&location.to_string()), clean(&look));
    }
}

/// Says what happens, as far as the options want it.
struct Watch {
    show: Option<Show<io::Stdout>>,
    verbose: bool,
    quiet: bool,
    ledger: Option<Ledger<BufWriter<File>>>,
    /// Why the ledger is not whole.
    failed: Option<Error>,
}

impl Watch {
    fn new(args: &Mt2exm) -> Result<Self> {
        let create = |path| {
            File::create(path)
                .map_err(|e| Error::new(ErrorKind::Usage, format!("the ledger can't be written: {e}")).in_file(path))
        };
        let ledger = args.ledger.as_ref().map(create).transpose()?.map(|file| Ledger::new(BufWriter::new(file)));
        let show = args.tree.then(|| Show::new(io::stdout(), args.properties > 0));
        Ok(Self { show, verbose: args.verbose, quiet: args.loglevel < 3, ledger, failed: None })
    }

    /// Says `line`, where it is wanted; that nobody listens any more is no reason to stop.
    fn say(&self, line: &str) {
        if self.verbose {
            let _ = writeln!(io::stdout(), "{line}");
        }
    }

    fn finish(self, summary: &Summary) -> Result<()> {
        let failed = |e: Error| Error::new(ErrorKind::Target, format!("the ledger can't be written: {e}")).caused_by(e);
        self.failed
            .map_or(Ok(()), Err)
            .and_then(|()| self.ledger.map_or(Ok(()), |ledger| ledger.finish(summary)))
            .map_err(failed)
    }
}

impl Observer for Watch {
    fn frame(&mut self, frame: &Frame<'_>, names: &NameMap) {
        if let Some(show) = &mut self.show
            && show.frame(frame, names).is_err()
        {
            self.show = None;
        }
    }

    fn folder(&mut self, path: &str, id: FolderId) {
        self.say(&format!("created folder {id} \"{}\"", clean(path)));
    }

    fn message(&mut self, folder: FolderId, id: MessageId) {
        self.say(&format!("created message {id} in folder {folder}"));
    }

    fn item(&mut self, item: &Item) {
        if !self.quiet {
            let nid = item.nid.map_or(String::new(), |nid| format!(" {nid:#x}"));
            let kind = format!("{:?}", item.kind).to_lowercase();
            let what = format!("{kind}{nid} \"{}\" in \"{}\"", clean(&item.subject), clean(&item.folder));
            for finding in item.findings.iter().take(SHOWN) {
                eprintln!("mt2exm: {what}: {}", clean(&finding.to_string()));
            }
            if item.findings.len() > SHOWN {
                eprintln!("mt2exm: {what}: {} more", item.findings.len() - SHOWN);
            }
        }
        if let Some(ledger) = &mut self.ledger
            && let Err(e) = ledger.item(item)
        {
            self.failed = Some(e);
        }
    }
}

/// Whether to stop, and by which signal. A second signal ends the program at once.
struct Stop {
    flag: Arc<AtomicBool>,
    signal: Arc<AtomicUsize>,
}

impl Stop {
    fn install() -> Result<Self> {
        use signal_hook::consts::{SIGINT, SIGTERM};
        use signal_hook::flag;
        let stop = Self { flag: Arc::default(), signal: Arc::default() };
        for signal in [SIGINT, SIGTERM] {
            flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&stop.flag))?;
            flag::register_usize(signal, Arc::clone(&stop.signal), signal.unsigned_abs() as usize)?;
            flag::register(signal, Arc::clone(&stop.flag))?;
        }
        Ok(stop)
    }

    /// The exit code of a program that a signal has stopped.
    fn code(&self) -> Option<u8> {
        let signal = u8::try_from(self.signal.load(Ordering::Relaxed)).unwrap_or(u8::MAX);
        (signal != 0).then(|| 128u8.saturating_add(signal))
    }
}
