//! Messages prepared by several threads and handed on in order.
//!
//! The thread that writes puts batches of messages on the [`Line`]. Each worker takes the next batch and makes the bytes of its frames,
//! contents included, chunk by chunk. The writer takes the chunks of the first batch until that is done, then those of the next.
//! Chunks that wait are bounded in all, but for the first batch, which always goes on: so the line never stands still.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use super::message::{Head, Prepared, Task};
use super::report::Item;
use super::sink::Place;
use crate::damage::Findings;
use crate::ndb::{Arena, Nid, Scope};
use crate::signal::Signal;
use crate::{Error, ErrorKind, Result};

/// Bytes of a chunk.
const CHUNK: usize = 256 << 10;
/// Chunks that may wait in all: 12 MiB.
const MOST_CHUNKS: usize = 48;
/// Chunks that may wait of the first batch, however many wait in all.
const MOST_FIRST: usize = 4;
/// Batches that may wait, or be worked on.
pub(super) const MOST_BATCHES: usize = 128;

/// Some messages of one folder.
pub(super) struct Batch {
    pub(super) nids: Vec<Nid>,
    pub(super) place: Place,
}

/// Bytes of the frames of a batch, and what happens between them.
#[derive(Default)]
pub(super) struct Chunk {
    pub(super) bytes: Vec<u8>,
    /// Each with the place in `bytes` before which it belongs.
    pub(super) events: Vec<(usize, Event)>,
    /// Whether it is the last of its batch.
    pub(super) last: bool,
}

pub(super) enum Event {
    /// A message begins; its frame follows, where it has one.
    Begin(Box<Head>),
    /// The frame is whole; the item is there where there is something to tell of it.
    End(Option<Box<Item>>),
    /// The frame can't be finished.
    Failed(Error),
}

fn buffer() -> Vec<u8> {
    Vec::with_capacity(CHUNK)
}

/// Where batches and chunks wait.
#[derive(Default)]
pub(super) struct Line {
    state: Mutex<State>,
    /// There is a batch to take.
    work: Signal,
    /// There is room for a chunk.
    room: Signal,
    /// There are enough chunks of the first batch, or all of them.
    ready: Signal,
}

#[derive(Default)]
struct State {
    /// Batches that nobody has taken.
    batches: VecDeque<Batch>,
    /// The chunks of each batch that is not done, taken or not, in order.
    chunks: VecDeque<VecDeque<Chunk>>,
    /// The number of the first of these.
    first: usize,
    /// Chunks in all.
    waiting: usize,
    /// Buffers that have been emptied.
    spare: Vec<Vec<u8>>,
    /// Whether the run has ended: nothing waits any more.
    closed: bool,
}

impl State {
    fn may_add(&self, batch: usize) -> bool {
        let of_first = self.chunks.front().map_or(0, VecDeque::len);
        self.waiting < MOST_CHUNKS || (batch == self.first && of_first < MOST_FIRST)
    }

    fn is_ready(&self) -> bool {
        let first = self.chunks.front();
        first.is_some_and(|chunks| chunks.len() >= MOST_FIRST || chunks.back().is_some_and(|chunk| chunk.last))
    }
}

/// Runs `walk`, which puts batches on the line, with `jobs` workers.
///
/// # Errors
/// Those of `walk`; threads can't be started.
pub(super) fn run<T>(jobs: usize, task: Task<'_>, walk: impl FnOnce(&Line) -> Result<T>) -> Result<T> {
    let line = Line::default();
    thread::scope(|scope| {
        let _closing = Closing(&line);
        for _ in 0..jobs {
            let worker = thread::Builder::new().spawn_scoped(scope, || work(&line, task));
            worker.map_err(|e| Error::new(ErrorKind::Io, format!("threads can't be started: {e}")))?;
        }
        walk(&line)
    })
}

/// Whoever leaves the line closes it, in whatever way: the others must not wait for him.
struct Closing<'l>(&'l Line);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.closed = true;
        [&self.0.work, &self.0.room, &self.0.ready].iter().for_each(|signal| signal.wake_all());
    }
}

impl Line {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for `signal` until `done` holds or the line is closed.
    fn wait<'l>(&'l self, signal: &Signal, done: impl Fn(&State) -> bool) -> MutexGuard<'l, State> {
        signal.wait(self.lock(), |s| s.closed || done(s))
    }

    /// Adds a batch, the last one.
    pub(super) fn add(&self, batch: Batch) {
        let mut state = self.lock();
        state.batches.push_back(batch);
        state.chunks.push_back(VecDeque::new());
        self.work.wake_one();
    }

    /// The chunks of the first batch that are there, after the last of which comes the next batch. `used` are buffers that are free.
    ///
    /// # Errors
    /// A worker has ended, which it never does by itself.
    pub(super) fn next(&self, used: &mut Vec<Vec<u8>>) -> Result<VecDeque<Chunk>> {
        let mut state = self.wait(&self.ready, State::is_ready);
        state.spare.append(used);
        let chunks = state.chunks.front_mut().map(std::mem::take).filter(|chunks| !chunks.is_empty());
        let chunks = chunks.ok_or_else(|| Error::new(ErrorKind::Io, "a thread that prepares messages has ended"))?;
        state.waiting -= chunks.len();
        if chunks.back().is_some_and(|chunk| chunk.last) {
            state.chunks.pop_front();
            state.first += 1;
        }
        self.room.wake_all();
        Ok(chunks)
    }

    /// The next batch that nobody has taken, and its number; `None` when there will be none.
    fn take(&self) -> Option<(usize, Batch)> {
        let mut state = self.wait(&self.work, |s| !s.batches.is_empty());
        let number = state.first + state.chunks.len() - state.batches.len();
        let batch = state.batches.pop_front().filter(|_| !state.closed)?;
        Some((number, batch))
    }

    /// Adds a chunk of batch `number`, as soon as there is room, and gives an empty buffer for it; `None` when the line is closed.
    fn put(&self, number: usize, chunk: Chunk) -> Option<Vec<u8>> {
        let mut state = self.wait(&self.room, |s| s.may_add(number));
        if state.closed {
            return None;
        }
        let place = number - state.first;
        state.chunks.get_mut(place)?.push_back(chunk);
        state.waiting += 1;
        if place == 0 && state.is_ready() {
            self.ready.wake_one();
        }
        Some(state.spare.pop().unwrap_or_else(buffer))
    }
}

/// Takes batches and makes their chunks until the line is closed.
fn work(line: &Line, task: Task<'_>) {
    let _closing = Closing(line);
    let mut feed = Feed { line, batch: 0, chunk: Chunk { bytes: buffer(), ..Chunk::default() } };
    while let Some((number, batch)) = line.take() {
        feed.batch = number;
        let each = |nid: &Nid| feed.message(task, &batch, *nid);
        if batch.nids.iter().try_for_each(each).and_then(|()| feed.hand_on(true)).is_err() {
            return;
        }
    }
}

/// The chunks of a batch in the making.
struct Feed<'l> {
    line: &'l Line,
    batch: usize,
    chunk: Chunk,
}

impl Feed<'_> {
    fn message(&mut self, task: Task<'_>, batch: &Batch, nid: Nid) -> io::Result<()> {
        let (arena, findings) = (Arena::new(), Findings::new());
        let scope = Scope { db: task.store.db, arena: &arena, findings: &findings };
        let Prepared { item, head, frame } = task.prepare(scope, nid, &batch.place, &mut |_| ());
        self.event(Event::Begin(Box::new(head)));
        match frame.map_or(Ok(()), |frame| frame.copy_to(self)) {
            Ok(()) => self.event(Event::End(item.with(findings.take()).notable().map(Box::new))),
            // Where it is the line that is closed, nobody will see it.
            Err(e) => self.event(Event::Failed(e)),
        }
        Ok(())
    }

    fn event(&mut self, event: Event) {
        self.chunk.events.push((self.chunk.bytes.len(), event));
    }

    fn hand_on(&mut self, last: bool) -> io::Result<()> {
        let chunk = Chunk { last, ..std::mem::take(&mut self.chunk) };
        let buffer = self.line.put(self.batch, chunk).ok_or(io::ErrorKind::BrokenPipe)?;
        self.chunk.bytes = buffer;
        Ok(())
    }
}

impl Write for Feed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.chunk.bytes.len() == CHUNK {
            self.hand_on(false)?;
        }
        let chunk = &mut self.chunk.bytes;
        let n = bytes.len().min(CHUNK - chunk.len());
        chunk.extend_from_slice(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
