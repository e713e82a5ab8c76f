//! A PFF file as a stream that another part of the same process reads.

use std::io::Read;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use super::{Item, Observer, Options, Totals, export};
use crate::damage::Findings;
use crate::limits::Limits;
use crate::messaging::Store;
use crate::mt::conduit::conduit;
use crate::ndb::{Database, Nid};
use crate::source::Source;
use crate::{Error, ErrorKind, Result};

/// What an [`Observer`] would be told.
#[derive(Debug)]
pub enum Event {
    /// An object that has findings.
    Item(Item),
    /// A message is done, and all of its findings are told.
    Done(Nid),
}

/// A file that is being exported on a thread of its own.
///
/// Events come in the order of the objects. Those of a message are there before the last byte of its frame is, because the writer holds
/// that back until more follows.
#[derive(Debug)]
pub struct Pipe {
    /// What the export tells. It ends when the export does.
    pub events: Receiver<Event>,
    thread: JoinHandle<Result<Totals>>,
}

impl Pipe {
    /// Begins to export `source`; `charset` is the code page of 8-bit text that says nothing of its own. The stream comes out of the
    /// pipe that is returned.
    ///
    /// # Errors
    /// The system has no thread to spare.
    pub fn open(source: Source, charset: Option<u32>, options: Options) -> Result<(Self, impl Read + Send + use<>)> {
        let (out, stream) = conduit();
        let (teller, events) = channel();
        let thread = thread::Builder::new().spawn(move || {
            let findings = Findings::new();
            let db = Database::open(source.bytes(), Limits::default(), &findings)?;
            let store = Store::open(&db, charset, &findings);
            export(&store, &options, &findings, out, &mut Teller(teller)).map(|(_, totals)| totals)
        })?;
        Ok((Self { events, thread }, stream))
    }

    /// Waits until the export has ended. If the stream was not read to its end, its reader has to be dropped before.
    ///
    /// # Errors
    /// Those of opening the file and of [`export`].
    pub fn finish(self) -> Result<Totals> {
        self.thread.join().unwrap_or_else(|_| Err(Error::new(ErrorKind::Io, "the reading of the file has failed")))
    }
}

/// Hands on what it is told. That nobody listens any more is no reason to stop: the stream has a reader of its own.
struct Teller(Sender<Event>);

impl Observer for Teller {
    fn item(&mut self, item: &Item) {
        let _ = self.0.send(Event::Item(item.clone()));
    }

    fn notice(&mut self, item: &Item) {
        self.item(item);
    }

    fn done(&mut self, nid: Nid) {
        let _ = self.0.send(Event::Done(nid));
    }
}
