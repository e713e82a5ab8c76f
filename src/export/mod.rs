//! The stream as files of open formats: a tree of directories like that of the folders, and an index of all items.
//!
//! ```text
//! mt::Reader, from_pff::walk ─► queue: jobs, one item each ─► output, index, ledger, in order
//!                                       │ read, where it is a file
//!                                       │ desk: names, addresses, zones and file names so far, one item after another
//!                                       ▼ render, write
//! ```
//!
//! A job does all of an item: it reads it, waits for its turn at the desk, where that is decided which depends on the items before,
//! renders it and writes its file. What holds many items is written by the first thread, in order. The output is the same for any number
//! of threads.

mod archive;
mod collection;
mod desk;
mod draft;
mod filter;
mod form;
mod index;
mod item;
mod job;
mod layout;
mod maildir;
mod output;
mod place;
mod queue;
mod render;
mod tree;
mod turn;

use std::io::Read;
use std::sync::Arc;

use jiff::civil::DateTime;
use serde::Serialize;

pub use filter::{Filter, Globs};
pub use form::Form;
pub use index::IndexFormat;
pub use item::{Attached, Attachments, Item, Kind};
pub use layout::{Calendar, Contacts, Layout, Mail};
pub use output::Output;

use crate::damage::{Effect, Finding, Findings};
use crate::mapi::{Props, Value};
use crate::mime::Names;
use crate::mime::address::AddressBook;
use crate::mime::ics::FreeBusy;
use crate::mt::Reader;
use crate::mt::from_pff::{self, News, Sink, Unread};
use crate::mt::object::{Attachment, Folder, Frame, Message, NamedProperty, Parent};
use crate::{Error, ErrorKind, Result};
use desk::Desk;
use job::{Done, Job, Origin, Workshop};
use place::Places;
use queue::Queue;
use turn::Turns;

/// What temporary files are named after.
const TOOL: &str = "mt2eml";

/// What is exported, and how.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// How the output is arranged.
    pub layout: Layout,
    /// Which items are wanted.
    pub filter: Filter,
    /// Threads that render; 0 is 1.
    pub jobs: usize,
    /// SMTP addresses of people of whom the input has the X.500 address only. More are learnt from the items, each of which profits
    /// from those before it.
    pub book: AddressBook,
    /// Whether RTF bodies of mail are attached, too.
    pub keep_rtf: bool,
    /// Whether what is in TNEF streams (`winmail.dat`) takes their place.
    pub unwrap_tnef: bool,
    /// The range, in UTC, whose busy times are written to [`FREE_BUSY`].
    pub free_busy: Option<(DateTime, DateTime)>,
}

/// The file of busy times.
pub const FREE_BUSY: &str = "FreeBusy.ifb";

/// Listens to an export.
pub trait Observer {
    /// The folder `path` begins.
    fn folder(&mut self, path: &str) {
        let _ = path;
    }

    /// One more message is read, and `bytes` of the stream.
    fn progress(&mut self, bytes: u64) {
        let _ = bytes;
    }

    /// An item that is not whole, or not in the output at all.
    fn item(&mut self, item: &Item);
}

/// What an export adds up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Items that were wanted: messages of every class, and frames that can't be read.
    pub found: u64,
    /// Items that are in the output as they were in the input.
    pub whole: u64,
    /// Items that are in the output, but with something lost or altered.
    pub part: u64,
    /// Items that are not in the output.
    pub missing: u64,
    /// Folders, wanted or not.
    pub folders: u64,
    /// Folders of which something was lost or altered.
    pub folders_in_part: u64,
    /// What is wrong with the input as a whole in such a way that items may be missing that nothing tells of.
    pub file_damage: u64,
    /// Items that the filter has left out.
    pub left_out: u64,
    /// Mails that were written.
    pub mail: u64,
    /// Appointments, tasks and journal entries that were written.
    pub calendar: u64,
    /// Contacts that were written.
    pub contacts: u64,
    /// Attachments of what was written.
    pub attachments: u64,
    /// Bytes that were rendered.
    pub bytes: u64,
}

impl Totals {
    /// Whether all that was wanted is in the output as it was in the input.
    pub fn is_whole(&self) -> bool {
        [self.part, self.missing, self.folders_in_part, self.file_damage].iter().all(|n| *n == 0)
    }

    fn add(&mut self, item: &Item) {
        let is_whole = item.is_whole();
        match item.kind {
            Kind::File => self.file_damage += u64::from(!is_whole),
            Kind::Folder => self.folders_in_part += u64::from(!is_whole),
            Kind::Message | Kind::Fai | Kind::Frame => self.add_message(item, is_whole),
        }
    }

    fn add_message(&mut self, item: &Item, is_whole: bool) {
        self.found += 1;
        if item.is_missing() {
            self.missing += 1;
            return;
        }
        *(if is_whole { &mut self.whole } else { &mut self.part }) += 1;
        *(match Form::of(&item.class) {
            Form::Mail => &mut self.mail,
            Form::Event | Form::Task | Form::Journal => &mut self.calendar,
            Form::Contact | Form::Group => &mut self.contacts,
        }) += 1;
        self.attachments += item.attachments.len() as u64;
        self.bytes += item.size;
    }
}

/// How an export ended.
#[derive(Debug)]
pub struct Outcome {
    /// What it came to.
    pub totals: Totals,
    /// Whether it was told to stop before the end.
    pub interrupted: bool,
    /// Why it ended early. What was complete before is in the output.
    pub error: Option<Error>,
}

/// Writes what `reader` yields to `output`, until `stop` says to stop.
pub fn export<R: Read>(
    reader: &mut Reader<R>,
    output: Output,
    options: &Options,
    observer: &mut dyn Observer,
    stop: &dyn Fn() -> bool,
) -> Outcome {
    run(OfStream { reader }, output, options, observer, stop)
}

/// Writes what is in `file` to `output`, until `stop` says to stop.
pub fn export_file(
    file: from_pff::File<'_>,
    output: Output,
    options: &Options,
    observer: &mut dyn Observer,
    stop: &dyn Fn() -> bool,
) -> Outcome {
    run(file, output, options, observer, stop)
}

fn run<I: Input>(
    input: I,
    output: Output,
    options: &Options,
    observer: &mut dyn Observer,
    stop: &dyn Fn() -> bool,
) -> Outcome {
    let (tree, work) = output.workshop();
    let free_busy = options.free_busy.map(|(from, to)| FreeBusy::new(from, to));
    let desk = Turns::new(Desk::new(input.names(), options.book.clone(), free_busy));
    let workshop = Workshop { options, desk, tree, work };
    let places = Places::new(options.layout.top(), options.filter.folder(""));
    let ran = queue::run(options.jobs, |queue| {
        let totals = Totals::default();
        let mut export =
            Export { workshop: &workshop, places, queue, output, observer, stop, interrupted: false, totals };
        let read = input.read(&mut export);
        // Where the output fails, nothing more is to be written.
        let is_target = read.as_ref().is_err_and(|e| e.kind() == ErrorKind::Target);
        let emptied = if is_target { Ok(()) } else { export.empty_queue() };
        let Export { output, interrupted, totals, .. } = export;
        let is_whole = emptied.is_ok() && !is_target;
        let error = emptied.and(if interrupted { Ok(()) } else { read }).err();
        (is_whole.then_some(output), Outcome { totals, interrupted, error })
    });
    let failed = |e| (None, Outcome { totals: Totals::default(), interrupted: false, error: Some(e) });
    let (output, mut outcome) = ran.unwrap_or_else(failed);
    if let Some(output) = output
        && let Err(e) = finish(output, workshop.desk.into_inner())
    {
        outcome.error = Some(e);
    }
    outcome
}

/// Ends all files.
fn finish(mut output: Output, desk: Desk) -> Result<()> {
    if let Some(free_busy) = desk.into_free_busy() {
        output.add_free_busy(&free_busy)?;
    }
    output.finish()
}

/// Where items come from.
trait Input {
    /// The named properties that are known beforehand.
    fn names(&self) -> Names;

    /// Hands all items on.
    fn read<'w>(self, export: &mut Export<'_, '_, 'w>) -> Result<()>
    where
        Self: 'w;
}

struct OfStream<'r, R> {
    reader: &'r mut Reader<R>,
}

impl<R: Read> Input for OfStream<'_, R> {
    fn names(&self) -> Names {
        Names::new(self.reader.header())
    }

    fn read<'w>(self, export: &mut Export<'_, '_, 'w>) -> Result<()>
    where
        Self: 'w,
    {
        let reader = self.reader;
        let findings = reader.findings().clone();
        let mut names = Vec::new();
        loop {
            export.make_room()?;
            let start = reader.offset();
            let frame = reader.next_frame();
            // An input that is told to stop may end anywhere.
            if export.is_stopped() {
                return Ok(());
            }
            match frame {
                Ok(Some(Frame::Message(frame))) => {
                    let (parent, held) = (frame.parent, held(&frame.message));
                    let (size, names) = (reader.offset() - start, std::mem::take(&mut names));
                    let origin = Origin::Stream { frame: Box::new(frame), size, names };
                    export.message(parent, held, &findings, origin);
                }
                Ok(Some(Frame::Folder(folder))) => export.folder(&folder, &findings),
                Ok(Some(Frame::NamedProperty(property))) => names.push(property),
                Ok(None) => return Ok(()),
                Err(e) if matches!(e.kind(), ErrorKind::Stream | ErrorKind::Limit) => export.unreadable(&e, &findings),
                Err(e) => return Err(e),
            }
            export.observer.progress(reader.offset());
        }
    }
}

impl Input for from_pff::File<'_> {
    fn names(&self) -> Names {
        Names::default()
    }

    fn read<'w>(self, export: &mut Export<'_, '_, 'w>) -> Result<()>
    where
        Self: 'w,
    {
        let options = from_pff::Options { assoc: export.workshop.options.filter.assoc, ..from_pff::Options::new("") };
        self.walk(&options, &mut Walked { export, size: self.len(), items: 0, done: 0 }).map(drop)
    }
}

/// Hands on what the walk over a file comes to.
struct Walked<'x, 'e, 'q, 'w> {
    export: &'x mut Export<'e, 'q, 'w>,
    /// Bytes of the file, messages in it, and those that have come.
    size: u64,
    items: u64,
    done: u64,
}

impl<'w> Sink<'w> for Walked<'_, '_, '_, 'w> {
    fn begin(&mut self, items: u64) {
        self.items = items;
    }

    fn folder(&mut self, _: &from_pff::Place, folder: Folder<'_>, _: Vec<NamedProperty>) -> Result<()> {
        self.export.folder(&folder, &Findings::new());
        Ok(())
    }

    fn message(&mut self, message: Unread<'w>) -> Result<()> {
        self.export.make_room()?;
        if self.export.is_stopped() {
            return Err(Error::new(ErrorKind::Io, "interrupted"));
        }
        let parent = message.place.parent;
        self.export.message(parent, draft::MEMORY as u64, &Findings::new(), Origin::File(message));
        self.done += 1;
        // What of the file is done is not known; the share of its messages is.
        let share = self.done as f64 / self.items.max(self.done) as f64;
        self.export.observer.progress((self.size as f64 * share) as u64);
        Ok(())
    }

    fn tell(&mut self, item: from_pff::Item, _: News) -> Result<()> {
        if !item.emitted || !item.findings.is_empty() {
            self.export.told_of(item.into());
        }
        Ok(())
    }
}

/// The thread that hands out the work and takes what comes of it.
struct Export<'e, 'q, 'w> {
    workshop: &'w Workshop<'w>,
    places: Places,
    queue: &'e mut Queue<'q, 'w, Done>,
    output: Output,
    observer: &'e mut dyn Observer,
    stop: &'e dyn Fn() -> bool,
    interrupted: bool,
    totals: Totals,
}

impl<'w> Export<'_, '_, 'w> {
    /// Whether it was told to stop.
    fn is_stopped(&mut self) -> bool {
        self.interrupted |= (self.stop)();
        self.interrupted
    }

    fn folder(&mut self, folder: &Folder<'_>, findings: &Findings) {
        let filter = &self.workshop.options.filter;
        let place = self.places.folder(folder, findings, |path| filter.folder(path));
        self.totals.folders += 1;
        self.observer.folder(&place.path);
        let subject = place.path.rsplit('/').next().unwrap_or_default().to_owned();
        let (nid, folder, findings) = (folder.nid, place.path.clone(), findings.take());
        self.report(Item { kind: Kind::Folder, nid, folder, subject, findings, ..Item::default() });
    }

    /// Puts a message of the folder `parent` in, which holds `held` bytes of memory.
    fn message(&mut self, parent: Parent, held: u64, findings: &Findings, origin: Origin<'w>) {
        let workshop = self.workshop;
        let place = Arc::clone(self.places.parent(parent, findings));
        let job = Job { workshop, ticket: workshop.desk.ticket(), place, findings: findings.take() };
        self.queue.push(held, || job.run(origin));
    }

    /// A frame that can't be read.
    fn unreadable(&mut self, e: &Error, findings: &Findings) {
        findings.add(Finding::new(Effect::Lost, "frame", "a frame that can be read", e));
        self.report(Item { kind: Kind::Frame, findings: findings.take(), ..Item::default() });
    }

    /// Something that no message is made from.
    fn told_of(&mut self, item: Item) {
        let filter = &self.workshop.options.filter;
        if !item.kind.is_item() || filter.folder(&item.folder) && filter.class(&item.class) {
            self.report(item);
        }
    }

    /// Tells of `item` when all before it are done.
    fn report(&mut self, item: Item) {
        self.queue.push(0, || Done::Told(Box::new(item)));
    }

    /// Takes items that are done until there is room for one more.
    fn make_room(&mut self) -> Result<()> {
        while self.queue.is_full() {
            self.take()?;
        }
        Ok(())
    }

    fn empty_queue(&mut self) -> Result<()> {
        while self.take()? {}
        Ok(())
    }

    /// Takes the next item that is done; whether there was one.
    fn take(&mut self) -> Result<bool> {
        match self.queue.pop() {
            None => return Ok(false),
            Some(Done::LeftOut) => self.totals.left_out += 1,
            Some(Done::Told(item)) => self.list(&item)?,
            Some(Done::Written(written)) => {
                let (mut item, written) = *written;
                self.output.add(written, &mut item)?;
                self.list(&item)?;
            }
        }
        Ok(true)
    }

    fn list(&mut self, item: &Item) -> Result<()> {
        if item.kind.is_item() {
            self.output.list(item)?;
        }
        self.totals.add(item);
        if !item.is_whole() {
            self.observer.item(item);
        }
        Ok(())
    }
}

/// About how many bytes of memory `message` holds, and what is rendered of it may hold.
fn held(message: &Message<'_>) -> u64 {
    held_by(message) + draft::MEMORY as u64
}

fn held_by(message: &Message<'_>) -> u64 {
    let value = |value: &Value<'_>| match value {
        Value::Str(text) => text.len(),
        Value::Str8(bytes) | Value::Bin(bytes) => bytes.len(),
        _ => size_of::<Value<'_>>(),
    };
    let props = |props: &Props<'_>| props.iter().map(|(_, v)| value(v) as u64).sum::<u64>();
    let attachment = |a: &Attachment<'_>| props(&a.props) + a.embedded.as_deref().map_or(0, held_by);
    props(&message.props)
        + message.recipients.iter().map(props).sum::<u64>()
        + message.attachments.iter().map(attachment).sum::<u64>()
}
