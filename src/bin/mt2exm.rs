//! Puts a GXMT stream into a mailbox.

use std::cell::{OnceCell, RefCell};
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;

use pffkit::cli::args::Mt2exm;
use pffkit::cli::exit::{self, Exit, Interrupt};
use pffkit::cli::report::{Watch, counted, ledger_hint};
use pffkit::cli::show::Show;
use pffkit::cli::{logging, pipes};
use pffkit::exm::feed::Feed;
use pffkit::exm::location::{self, Location};
use pffkit::exm::store::{Options, Store};
use pffkit::exm::{Anchor, FolderId, Import, ImportOptions, Item, MessageId, Observer, Outcome, Target};
use pffkit::mt::object::Frame;
use pffkit::mt::{NameMap, Reader};
use pffkit::sanitize::text as clean;
use pffkit::{Error, ErrorKind};
use tracing::{error, info, warn};

fn main() -> ExitCode {
    exit::run("mt2exm", run)
}

fn run(args: Mt2exm) -> anyhow::Result<Exit> {
    logging::init("mt2exm", args.logging.loglevel);
    let location = Location::find(args.at.as_deref(), args.user.as_deref())?;
    let anchor = args.base.as_deref().map(Anchor::parse).transpose()?;
    if io::stdin().is_terminal() {
        let message = "standard input is a terminal; give it a stream: pff2mt FILE | mt2exm -u USER";
        return Err(Error::new(ErrorKind::Usage, message).into());
    }
    if args.ledger.is_some() && location.is_none() {
        let message = "--ledger tells what is not whole in the mailbox: name one, with -u or --at";
        return Err(Error::new(ErrorKind::Usage, message).into());
    }
    pipes::widen(&io::stdin());
    let interrupt = Interrupt::listen()?;
    let signal = interrupt.clone();
    let stop = move || signal.pending().is_some();
    let store = Rc::new(OnceCell::new());
    let waiting = Rc::clone(&store);
    let feed = Feed::new(io::stdin(), stop.clone()).with(move || commit_in_time(&waiting));
    let mut reader = Reader::new(feed)?;
    if let Some(exit) = interrupt.pending() {
        return Ok(exit);
    }
    if reader.is_empty_input() {
        let message = "standard input is empty: the program that should have made the stream has failed";
        return Err(Error::new(ErrorKind::CutStream, message).into());
    }
    let mut listener = Listener::new(&args)?;
    if let Some(show) = &mut listener.show {
        show.header(reader.header()).map_err(Error::of_output)?;
    }
    let Some(Location::Store(dir)) = &location else {
        return read_only(&mut reader, &mut listener, &interrupt);
    };
    if let Some(anchor) = anchor.as_ref().filter(|_| !Store::is_there(dir)) {
        anchor.check_new()?;
    }
    let options = Options { user_id: args.user_id, domain: location::domain(args.user.as_deref()) };
    let opened = Store::open(dir, options)?;
    let store = store.get_or_init(|| RefCell::new(opened));
    let options = ImportOptions {
        anchor: anchor.map(|anchor| anchor.find(&mut *store.borrow_mut())).transpose()?,
        accept_existing: args.existing,
        keep_going: args.keep_going,
    };
    let outcome = Import::new(store, options, &mut listener).run(&mut reader, &stop);
    listener.watch.finish(&outcome.totals)?;
    tell(&args, &outcome, location.as_ref());
    Ok(match &outcome.error {
        _ if outcome.interrupted => interrupt.pending().unwrap_or(Exit::Interrupted),
        Some(e) => e.kind().into(),
        None if outcome.totals.is_whole() => Exit::Ok,
        None => Exit::Partial,
    })
}

/// Commits what has been open for long enough, while the stream is waited for: whoever else writes to the mailbox is not kept waiting,
/// and what is complete is not lost when the program is killed.
fn commit_in_time(store: &OnceCell<RefCell<Store>>) {
    let Some(mut store) = store.get().and_then(|store| store.try_borrow_mut().ok()) else { return };
    if store.is_batch_full() {
        // The import is told at its next step.
        let _ = store.commit();
    }
}

/// Reads the stream to its end and writes nothing but what is to be shown.
fn read_only(reader: &mut Reader<Feed>, listener: &mut Listener, interrupt: &Interrupt) -> anyhow::Result<Exit> {
    info!("no mailbox was given (-u or --at): the stream is read, nothing is written");
    let mut names = NameMap::new(reader.header());
    let mut exit = Exit::Ok;
    loop {
        let frame = reader.next_frame();
        if let Some(exit) = interrupt.pending() {
            return Ok(exit);
        }
        match frame {
            Ok(None) => break,
            Ok(Some(frame)) => {
                listener.frame(&frame, &names);
                if let Frame::NamedProperty(property) = frame {
                    names.define(property);
                }
            }
            Err(e) if matches!(e.kind(), ErrorKind::Stream | ErrorKind::Limit) => {
                warn!("{e}");
                exit = Exit::Partial;
            }
            Err(e) => return Err(e.into()),
        }
    }
    let counts = reader.counts();
    info!("the stream holds {} folders and {} messages", counts.folders, counts.messages);
    Ok(exit)
}

/// Says what became of the stream.
fn tell(args: &Mt2exm, outcome: &Outcome, location: Option<&Location>) {
    if let Some(e) = &outcome.error {
        error!("{e}");
    }
    let t = &outcome.totals;
    let before = if outcome.interrupted { "interrupted; before that: " } else { "" };
    info!(
        "{before}{} created ({} there before), {}, {} FAI, {} from {}",
        counted(t.folders, "folder"),
        t.existing_folders,
        counted(t.messages, "message"),
        t.fai,
        counted(t.attachments, "attachment"),
        counted(t.bytes, "byte")
    );
    if !t.is_whole() {
        let hint = ledger_hint(args.ledger.is_some());
        info!("{} of {} items are whole, {} in part, {} missing{hint}", t.whole, t.found, t.part, t.missing);
    }
    if let Some(location) = location {
        let look = match (&args.at, &args.user) {
            (None, Some(user)) => format!("-u {user}"),
            _ => format!("--at '{location}'"),
        };
        info!("the mailbox is {location}; look at it with: exmls {look}");
    }
}

/// Says what happens, as far as the options want it.
struct Listener {
    watch: Watch,
    show: Option<Show<io::Stdout>>,
    verbose: bool,
}

impl Listener {
    fn new(args: &Mt2exm) -> anyhow::Result<Self> {
        Ok(Self {
            watch: Watch::new(None, args.ledger.as_deref(), &[Path::new("-")])?,
            show: args.is_shown().then(|| Show::new(io::stdout(), args.properties > 0)),
            verbose: args.verbose,
        })
    }

    /// Says `line`, where it is wanted; that nobody listens any more is no reason to stop.
    fn say(&self, line: &str) {
        if self.verbose {
            let _ = writeln!(io::stdout(), "{}", clean(line));
        }
    }
}

impl Observer for Listener {
    fn frame(&mut self, frame: &Frame<'_>, names: &NameMap) {
        if let Some(show) = &mut self.show
            && show.frame(frame, names).is_err()
        {
            self.show = None;
        }
    }

    fn folder(&mut self, path: &str, id: FolderId) {
        self.watch.progress.place(path);
        self.say(&format!("created folder {id} \"{path}\""));
    }

    fn message(&mut self, folder: FolderId, id: MessageId) {
        self.watch.progress.item();
        self.say(&format!("created message {id} in folder {folder}"));
    }

    fn progress(&mut self, bytes: u64) {
        self.watch.progress.bytes(bytes);
    }

    fn item(&mut self, item: &Item) {
        self.watch.item(item, &item.to_string(), &item.findings);
    }
}
