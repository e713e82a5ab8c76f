//! The stream as files of open formats: a tree of directories like that of the folders, and an index of all items.
//!
//! ```text
//! mt::Reader ─► filter, place ─► queue: threads that render, one item each ─► output, index, ledger, in order
//! ```
//!
//! The thread that reads decides what each file is called, before it is rendered; so the threads that render write the files of single
//! items themselves. What holds many items is written by the first thread, in order. The output is the same for any number of threads.

mod archive;
mod collection;
mod draft;
mod filter;
mod form;
mod index;
mod item;
mod layout;
mod maildir;
mod output;
mod place;
mod queue;
mod render;
mod tree;

use std::io::Read;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use jiff::civil::DateTime;
use serde::Serialize;

pub use filter::{Filter, Globs};
pub use form::Form;
pub use index::IndexFormat;
pub use item::{Attached, Attachments, Item, Kind};
pub use layout::{Calendar, Contacts, Layout, Mail};
pub use output::Output;

use crate::damage::{Effect, Finding, Findings};
use crate::mapi::tag::pr;
use crate::mapi::{Props, Value};
use crate::mime::address::AddressBook;
use crate::mime::ics::FreeBusy;
use crate::mime::{Context, Names, View, eml};
use crate::mt::Reader;
use crate::mt::from_pff::{self, Event};
use crate::mt::object::{Attachment, Folder, Frame, Message, MessageFrame};
use crate::{Error, ErrorKind, Result};
use place::Places;
use queue::Queue;
use render::{Done, Job, Source, Work};

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

/// Writes what `reader` yields to `output`, until `stop` says to stop. `events` tells what went wrong in the making of the stream.
pub fn export<R: Read>(
    reader: &mut Reader<R>,
    events: Option<&Receiver<Event>>,
    output: Output,
    options: &Options,
    observer: &mut dyn Observer,
    stop: &dyn Fn() -> bool,
) -> Outcome {
    let queue = match Queue::new(options.jobs) {
        Ok(queue) => queue,
        Err(e) => return Outcome { totals: Totals::default(), interrupted: false, error: Some(e) },
    };
    let mut export = Export {
        options,
        names: Arc::new(Names::new(reader.header())),
        book: options.book.clone(),
        places: Places::new(options.layout.top(), options.filter.folder("")),
        queue,
        output,
        events,
        observer,
        free_busy: options.free_busy.map(|(from, to)| FreeBusy::new(from, to)),
        totals: Totals::default(),
    };
    let (interrupted, read) = match export.read(reader, stop) {
        Ok(interrupted) => (interrupted, Ok(())),
        Err(e) => (false, Err(e)),
    };
    let is_target = read.as_ref().is_err_and(|e| e.kind() == ErrorKind::Target);
    // Where the output fails, nothing more is to be written.
    let finished = if is_target { Ok(()) } else { export.empty_queue() };
    let totals = export.totals;
    let finished = finished.and_then(|()| if is_target { Ok(()) } else { export.finish() });
    Outcome { totals, interrupted, error: finished.and(read).err() }
}

struct Export<'e> {
    options: &'e Options,
    names: Arc<Names>,
    book: AddressBook,
    places: Places,
    queue: Queue<Done>,
    output: Output,
    events: Option<&'e Receiver<Event>>,
    observer: &'e mut dyn Observer,
    free_busy: Option<FreeBusy>,
    totals: Totals,
}

impl Export<'_> {
    /// Takes all frames; whether it was told to stop.
    fn read<R: Read>(&mut self, reader: &mut Reader<R>, stop: &dyn Fn() -> bool) -> Result<bool> {
        let findings = reader.findings().clone();
        loop {
            while self.queue.is_full() {
                self.take()?;
            }
            let start = reader.offset();
            let frame = reader.next_frame();
            // An input that is told to stop may end anywhere.
            if stop() {
                return Ok(true);
            }
            match frame {
                Ok(Some(Frame::Message(message))) => self.message(message, reader.offset() - start, &findings)?,
                Ok(Some(Frame::Folder(folder))) => self.folder(&folder, &findings)?,
                Ok(Some(Frame::NamedProperty(property))) => Arc::make_mut(&mut self.names).define(&property),
                Ok(None) => break,
                Err(e) if matches!(e.kind(), ErrorKind::Stream | ErrorKind::Limit) => self.unreadable(&e, &findings),
                Err(e) => {
                    if e.kind() == ErrorKind::CutStream {
                        self.told(None);
                    }
                    return Err(e);
                }
            }
            self.observer.progress(reader.offset());
        }
        // What is told behind the last message.
        self.told(None);
        Ok(false)
    }

    fn folder(&mut self, folder: &Folder<'_>, findings: &Findings) -> Result<()> {
        let filter = &self.options.filter;
        let place = self.places.folder(folder, findings, |path| filter.folder(path));
        self.totals.folders += 1;
        self.observer.folder(&place.path);
        let subject = place.path.rsplit('/').next().unwrap_or_default().to_owned();
        let (nid, folder, findings) = (folder.nid, place.path.clone(), findings.take());
        self.report(Item { kind: Kind::Folder, nid, folder, subject, findings, ..Item::default() });
        Ok(())
    }

    fn message(&mut self, frame: MessageFrame<'static>, size: u64, findings: &Findings) -> Result<()> {
        let MessageFrame { nid, parent, message, .. } = frame;
        self.told(Some(nid)).into_iter().for_each(|finding| findings.add(finding));
        let (options, names) = (self.options, Arc::clone(&self.names));
        let mail = eml::Item { message: &message, names: &names };
        let view = mail.view();
        self.learn(&message, &names);
        let place = self.places.parent(parent, findings);
        let findings = findings.take();
        let class = view.text(pr::MESSAGE_CLASS).unwrap_or_default();
        let time = form::time(view);
        let kind = if message.is_associated() { Kind::Fai } else { Kind::Message };
        let target = options.layout.target(place, nid, Form::of(&class), &mail.subject().unwrap_or_default(), view);
        let filter = &options.filter;
        if let (Some(free_busy), true) = (&mut self.free_busy, place.is_wanted && filter.class(&class)) {
            // What is wrong with an appointment is told where it is written.
            let ignored = Findings::new();
            free_busy.add(&message, Context { names: &names, book: &self.book, findings: &ignored });
        }
        let is_wanted = place.is_wanted && filter.class(&class) && filter.item(time, size);
        if !is_wanted || kind == Kind::Fai && !filter.assoc {
            self.totals.left_out += 1;
            return Ok(());
        }
        let item = Item { kind, nid, folder: place.path.clone(), findings, ..Item::default() };
        let (tree, work) = self.output.work(&target, &place.dir, &options.layout)?;
        let held = held(&message) + if work == Work::Save { 0 } else { draft::MEMORY as u64 };
        let Options { keep_rtf, unwrap_tnef, .. } = *options;
        let source = Source { names: Arc::clone(&names), book: self.book.clone(), message, keep_rtf, unwrap_tnef };
        let job = Job { item, source, target, time, tree, work };
        self.queue.push(held, || job.run());
        Ok(())
    }

    /// Takes in what `message` tells of the addresses of people.
    fn learn(&mut self, message: &Message<'_>, names: &Names) {
        self.book.learn(View::new(&message.props, names));
        message.recipients.iter().for_each(|row| self.book.learn(View::new(row, names)));
    }

    /// A frame that can't be read.
    fn unreadable(&mut self, e: &Error, findings: &Findings) {
        findings.add(Finding::new(Effect::Lost, "frame", "a frame that can be read", e));
        self.report(Item { kind: Kind::Frame, findings: findings.take(), ..Item::default() });
    }

    /// Takes what was told in the making of the stream up to message `nid`, and returns what is of this message; up to the end, where
    /// there is no `nid`.
    fn told(&mut self, nid: Option<u64>) -> Vec<Finding> {
        let mut findings = Vec::new();
        let Some(events) = self.events else { return findings };
        for event in events {
            match event {
                Event::Item(item) if Some(u64::from(item.nid)) == nid => findings.extend(item.findings),
                Event::Item(item) => self.told_of(item),
                Event::Done(done) if Some(u64::from(done.0)) == nid => break,
                Event::Done(_) => {}
            }
        }
        findings
    }

    /// Something that is not in the stream, or no message.
    fn told_of(&mut self, item: from_pff::Item) {
        let item = Item::from(item);
        let filter = &self.options.filter;
        if !item.kind.is_item() || filter.folder(&item.folder) && filter.class(&item.class) {
            self.report(item);
        }
    }

    /// Tells of `item` when all before it are done.
    fn report(&mut self, item: Item) {
        self.queue.push(0, || Done { item, written: None });
    }

    fn empty_queue(&mut self) -> Result<()> {
        while self.take()? {}
        Ok(())
    }

    /// Ends all files.
    fn finish(mut self) -> Result<()> {
        if let Some(free_busy) = &self.free_busy {
            self.output.add_free_busy(free_busy)?;
        }
        self.output.finish()
    }

    /// Takes the next item that is done; whether there was one.
    fn take(&mut self) -> Result<bool> {
        let Some(Done { mut item, written }) = self.queue.pop() else { return Ok(false) };
        if let Some(written) = written {
            self.output.add(written, &mut item)?;
        }
        if item.kind.is_item() {
            self.output.list(&item)?;
        }
        self.totals.add(&item);
        if !item.is_whole() {
            self.observer.item(&item);
        }
        Ok(true)
    }
}

/// About how many bytes of memory `message` holds.
fn held(message: &Message<'_>) -> u64 {
    let value = |value: &Value<'_>| match value {
        Value::Str(text) => text.len(),
        Value::Str8(bytes) | Value::Bin(bytes) => bytes.len(),
        _ => size_of::<Value<'_>>(),
    };
    let props = |props: &Props<'_>| props.iter().map(|(_, v)| value(v) as u64).sum::<u64>();
    let attachment = |a: &Attachment<'_>| props(&a.props) + a.embedded.as_deref().map_or(0, held);
    props(&message.props)
        + message.recipients.iter().map(props).sum::<u64>()
        + message.attachments.iter().map(attachment).sum::<u64>()
}
