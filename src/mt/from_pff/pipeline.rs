//! The stream written by several threads in turn.
//!
//! The walk puts what comes next on the [`Line`], in batches, each with a ticket for its turn at the stream. A worker whose turn it is
//! writes what it reads at once. Before its turn it keeps the bytes, and goes on with further batches as long as it has room. So bytes
//! never go from one core to another, which would cost as much as a copy, and nobody waits for anybody but where one item is much larger
//! than those behind it.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::chunk::{Chunk, Event};
use super::message::{Head, Prepared, Task, Unread};
use super::output::Output;
use super::report::{Item, Left, Totals};
use super::sink::{News, Place, Sink};
use super::step::{FolderFrame, Step};
use crate::damage::Findings;
use crate::mt::frame::Encoded;
use crate::mt::object::{Folder, Frame, NamedProperty};
use crate::ndb::{Arena, Nid, Scope};
use crate::turn::{Ticket, Turn, Turns};
use crate::{Error, ErrorKind, Result};

/// Steps of a batch: enough that handing it over costs little, few enough that all workers have something to do.
const BATCH: usize = 16;
/// Batches that may wait.
const BATCHES: usize = 64;
/// Chunks that all workers may keep together: 12 MiB; each may keep two.
const CHUNKS: usize = 96;
/// Bytes of a folder's frame that may wait for what is before it.
const FRAME: u64 = 64 << 10;

/// The stream as far as it has come.
struct Stream<'o, W: Write> {
    out: Output<'o, W>,
    /// Why it goes no further.
    error: Option<Error>,
}

impl<'o, W: Write> Stream<'o, W> {
    /// Does `write` where the stream still goes on; whether it does.
    fn go_on(&mut self, write: impl FnOnce(&mut Output<'o, W>) -> Result<()>) -> bool {
        if self.error.is_none() {
            self.error = write(&mut self.out).err();
        }
        self.error.is_none()
    }
}

/// What comes next in the stream, and the right to write it.
struct Batch<'l, 'o, W: Write> {
    steps: Vec<Step>,
    ticket: Ticket<'l, Stream<'o, W>>,
}

/// Writes to `out` what `walk` puts on the line, with `jobs` workers. Returns what `out` comes to.
///
/// # Errors
/// Those of `walk` and of `out`; threads can't be started.
pub(super) fn run<'o, W: Write + Send>(
    jobs: usize,
    task: Task<'_>,
    out: Output<'o, W>,
    walk: impl FnOnce(&mut Line<'_, 'o, W>) -> Result<Left>,
) -> Result<(W, Totals)> {
    let stream = Turns::new(Stream { out, error: None });
    let left = thread::scope(|scope| {
        let (batches, to_take) = mpsc::sync_channel(BATCHES);
        // Where all workers have ended, so has the line.
        let to_take = Arc::new(Mutex::new(to_take));
        for _ in 0..jobs {
            let to_take = Arc::clone(&to_take);
            thread::Builder::new()
                .spawn_scoped(scope, move || Worker::new(task, (CHUNKS / jobs).max(2), to_take).work())
                .map_err(|e| Error::new(ErrorKind::Io, format!("threads can't be started: {e}")))?;
        }
        drop(to_take);
        let mut line = Line { stream: &stream, batches, steps: Vec::new() };
        let left = walk(&mut line);
        line.hand_on().and(left)
    });
    let Stream { out, error } = stream.into_inner();
    error.map_or(left, Err).and_then(|left| out.finish(left))
}

/// Where the walk puts what comes next.
pub(super) struct Line<'l, 'o, W: Write> {
    stream: &'l Turns<Stream<'o, W>>,
    batches: SyncSender<Batch<'l, 'o, W>>,
    /// What has not been handed on.
    steps: Vec<Step>,
}

impl<'o, W: Write> Line<'_, 'o, W> {
    fn then(&mut self, step: Step) -> Result<()> {
        self.steps.push(step);
        if self.steps.len() < BATCH { Ok(()) } else { self.hand_on() }
    }

    fn hand_on(&mut self) -> Result<()> {
        let steps = std::mem::take(&mut self.steps);
        let batch = Batch { steps, ticket: self.stream.ticket() };
        self.batches.send(batch).map_err(|_| Error::new(ErrorKind::Io, "the threads that write have ended"))
    }

    /// Does `write` as soon as all before it is written.
    fn now(&mut self, write: impl FnOnce(&mut Output<'o, W>) -> Result<()>) -> Result<()> {
        self.hand_on()?;
        self.stream.ticket().enter().go_on(write);
        Ok(())
    }
}

impl<W: Write> Sink<'_> for Line<'_, '_, W> {
    fn begin(&mut self, items: u64) {
        self.stream.ticket().enter().out.observer.begin(items);
    }

    fn folder(&mut self, place: &Place, folder: Folder<'_>, names: Vec<NamedProperty>) -> Result<()> {
        let frame = Frame::Folder(folder);
        let encoded = Encoded::frame(&frame)?;
        if encoded.len() > FRAME {
            return self.now(|out| {
                out.folder(place, &names)?;
                out.write(&encoded)
            });
        }
        let mut bytes = Vec::new();
        encoded.copy_to(&mut bytes)?;
        self.then(Step::Folder(Box::new(FolderFrame { place: place.clone(), names, bytes })))
    }

    fn message(&mut self, message: Unread<'_>) -> Result<()> {
        self.then(Step::Message(message.place, message.nid))
    }

    fn tell(&mut self, item: Item, news: News) -> Result<()> {
        self.then(Step::News(Box::new(item), news))
    }
}

/// One of the threads that write. When it ends, its turn ends first, then come those of its tickets, then those of what nobody has taken.
struct Worker<'l, 'o, W: Write> {
    /// The turn of the first batch that is not written to its end, where it has come.
    turn: Option<Turn<'l, Stream<'o, W>>>,
    /// For the turns of the others.
    tickets: VecDeque<Ticket<'l, Stream<'o, W>>>,
    batches: Arc<Mutex<Receiver<Batch<'l, 'o, W>>>>,
    task: Task<'l>,
    /// Chunks that it may keep before it waits for its turn.
    most: usize,
    /// What is to be written of the batches that have a turn or a ticket.
    kept: VecDeque<Chunk>,
    /// What comes behind that, of the last of these.
    chunk: Chunk,
    /// The message that goes on in the next chunk to be written.
    open: Option<Box<Head>>,
    /// Chunks that have been emptied.
    spare: Vec<Chunk>,
}

impl<'l, 'o, W: Write> Worker<'l, 'o, W> {
    fn new(task: Task<'l>, most: usize, batches: Arc<Mutex<Receiver<Batch<'l, 'o, W>>>>) -> Self {
        Self {
            turn: None,
            tickets: VecDeque::new(),
            batches,
            task,
            most,
            kept: VecDeque::new(),
            chunk: Chunk::default(),
            open: None,
            spare: Vec::new(),
        }
    }

    /// Takes batches and writes them, as long as there are any and the stream goes on.
    fn work(mut self) {
        while let Some(Batch { steps, ticket }) = self.take() {
            self.tickets.push_back(ticket);
            let goes_on = steps.into_iter().all(|step| self.step(step)) && self.end_batch();
            if !goes_on {
                return;
            }
        }
    }

    /// The next batch; `None` where there is none any more.
    fn take(&mut self) -> Option<Batch<'l, 'o, W>> {
        if let Ok(batches) = self.batches.try_lock()
            && let Ok(batch) = batches.try_recv()
        {
            return Some(batch);
        }
        // The walk itself may wait for what is kept here.
        self.write_kept(0).then_some(())?;
        self.batches.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
    }

    /// Writes `step` where it is its turn, else keeps it; whether the stream goes on.
    fn step(&mut self, step: Step) -> bool {
        if !self.write_kept(self.most) {
            return false;
        }
        let Self { task, turn, tickets, chunk, open, .. } = self;
        let Some(turn) = turn.as_mut().filter(|_| tickets.is_empty()) else {
            self.keep(step);
            return true;
        };
        turn.go_on(|out| {
            chunk.write(out, open)?;
            step.write(*task, out)
        })
    }

    /// Keeps `step` until its turn comes.
    fn keep(&mut self, step: Step) {
        match step {
            Step::Folder(folder) => self.chunk.happens(Event::Folder(folder)),
            Step::News(item, news) => self.chunk.happens(Event::News(item, news)),
            Step::Message(place, nid) => self.keep_message(&place, nid),
        }
    }

    fn keep_message(&mut self, place: &Place, nid: Nid) {
        let (arena, findings) = (Arena::new(), Findings::new());
        let scope = Scope { db: self.task.store.db, arena: &arena, findings: &findings };
        let Prepared { item, head, frame } = self.task.prepare(scope, nid, place, &mut |_| ());
        self.chunk.happens(Event::Begin(Box::new(head)));
        let end = match frame.map_or(Ok(()), |frame| frame.copy_to(self)) {
            Ok(()) => Event::End(item.with(findings.take()).notable().map(Box::new)),
            Err(e) => Event::Failed(e),
        };
        self.chunk.happens(end);
    }

    /// Ends the batch in the making; whether the stream goes on.
    fn end_batch(&mut self) -> bool {
        self.chunk.is_last = true;
        self.keep_chunk()
    }

    fn keep_chunk(&mut self) -> bool {
        let next = self.spare.pop().unwrap_or_default();
        self.kept.push_back(std::mem::replace(&mut self.chunk, next));
        self.write_kept(self.most)
    }

    /// Writes the chunks of batches whose turn has come, and waits for turns while `most` or more are kept. Whether the stream goes on.
    fn write_kept(&mut self, most: usize) -> bool {
        while self.has_turn(most)
            && let Some(turn) = &mut self.turn
            && let Some(mut chunk) = self.kept.pop_front()
        {
            if !turn.go_on(|out| chunk.write(out, &mut self.open)) {
                return false;
            }
            if std::mem::take(&mut chunk.is_last) {
                self.turn = None;
            }
            self.spare.push(chunk);
        }
        true
    }

    /// Whether the turn of the first batch has come; where `most` or more chunks are kept, it is waited for.
    fn has_turn(&mut self, most: usize) -> bool {
        if self.turn.is_none()
            && let Some(ticket) = self.tickets.pop_front()
        {
            match ticket.try_enter() {
                Ok(turn) => self.turn = Some(turn),
                Err(ticket) if self.kept.len() >= most => self.turn = Some(ticket.enter()),
                Err(ticket) => self.tickets.push_front(ticket),
            }
        }
        self.turn.is_some()
    }
}

impl<W: Write> Write for Worker<'_, '_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.chunk.is_full() && !self.keep_chunk() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        Ok(self.chunk.add(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
