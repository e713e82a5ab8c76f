//! Messages as files of open formats: a tree of directories like that of the folders, and an index of all items.
//!
//! ```text
//! mt::Reader, from_pff::File ─► queue: jobs, one item each ─► output, index, ledger, in order
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
mod input;
mod item;
mod job;
mod layout;
mod maildir;
mod output;
mod place;
mod queue;
mod render;
mod report;
mod tree;

use std::io::Read;
use std::sync::Arc;

use jiff::civil::DateTime;

use filter::Met;
pub use filter::{Filter, Globs};
pub use form::{Form, Span};
pub use index::IndexFormat;
pub use item::{Attached, Attachments, Item, Kind};
pub use layout::{Calendar, Contacts, Layout, Mail};
pub use output::Output;
pub use report::{Observer, Outcome, Totals};

use crate::damage::{Effect, Finding, Findings};
use crate::mime::address::AddressBook;
use crate::mime::ics::FreeBusy;
use crate::mt::Reader;
use crate::mt::from_pff;
use crate::mt::object::{Folder, Parent};
use crate::turn::Turns;
use crate::{Error, ErrorKind, Result};
use desk::Desk;
use input::{Input, OfStream};
use job::{Done, Job, Origin, Workshop};
use place::Places;
use queue::Queue;
use render::{Rendered, Written};

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
    // To find it costs a walk over the folders.
    let matters = options.layout.by_user || options.free_busy.is_some();
    let wastebasket = if matters { input.wastebasket() } else { None };
    let places = Places::new(options.layout.top(), options.filter.folder(""), wastebasket);
    let ran = queue::run(options.jobs, |queue| {
        let totals = Totals::default();
        let mut export = Export {
            workshop: &workshop,
            places,
            met: Met::default(),
            queue,
            output,
            observer,
            stop,
            interrupted: false,
            totals,
        };
        let read = input.read(&mut export);
        // Where the output fails, nothing more is to be written.
        let is_target = read.as_ref().is_err_and(|e| e.kind() == ErrorKind::Target);
        let emptied = if is_target { Ok(()) } else { export.empty_queue() };
        let is_whole = emptied.is_ok() && !is_target;
        if !is_whole {
            export.list_saved();
        }
        let Export { output, met, interrupted, totals, .. } = export;
        let unmet = met.others(&options.filter);
        let error = emptied.and(if interrupted { Ok(()) } else { read }).err();
        (output, is_whole, Outcome { totals, unmet, interrupted, error })
    });
    let (output, is_whole, mut outcome) = match ran {
        Ok(ran) => ran,
        Err(e) => {
            return Outcome { totals: Totals::default(), unmet: Vec::new(), interrupted: false, error: Some(e) };
        }
    };
    if !is_whole {
        output.abandon();
    } else if let Err(e) = finish(output, workshop.desk.into_inner()) {
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

/// The thread that hands out the work and takes what comes of it.
struct Export<'e, 'q, 'w> {
    workshop: &'w Workshop<'w>,
    places: Places,
    met: Met,
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
        self.met.folder(filter, &place.path);
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
                let added = self.output.add(written, &mut item);
                let listed = self.list(&item);
                added.and(listed)?;
            }
        }
        Ok(true)
    }

    /// Lists what has a file already where no more can be written. What fails once more is not told: the first failure is.
    fn list_saved(&mut self) {
        while let Some(done) = self.queue.pop() {
            if let Done::Written(written) = done
                && let (mut item, Written { target, rendered: Ok(Rendered::Saved), .. }) = *written
            {
                item.path = Some(target.path);
                if let Some(mail) = item.attached_in.take() {
                    let (expected, found) =
                        ("a mail with the attachments beside the item", format!("none at {}", mail.path));
                    item.findings.push(Finding::new(Effect::Lost, "attachments", expected, found));
                }
                let _ = self.list(&item);
            }
        }
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
