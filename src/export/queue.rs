//! Work that is done on several threads, each piece taken in the order in which it was put in, and whose results come out in it, too.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::signal::Signal;
use crate::{Error, ErrorKind, Result};

/// Pieces of work a thread that may be under way or wait to be taken.
const PIECES: usize = 32;
/// Bytes that they may hold together; one piece may hold more.
const BYTES: u64 = 8 << 20;

/// A piece of work.
type Work<'w, T> = Box<dyn FnOnce() -> T + Send + 'w>;

/// Work under way.
pub(super) struct Queue<'q, 'w, T> {
    /// `None`: work is done at once, on the thread that brings it.
    line: Option<&'q Line<'w, T>>,
    pieces: usize,
    /// The bytes that each piece holds, in order.
    held: VecDeque<u64>,
    bytes: u64,
    /// Results that have been fetched.
    done: VecDeque<T>,
}

/// What the threads share.
struct Line<'w, T> {
    state: Mutex<State<'w, T>>,
    /// There is work to take.
    work: Signal,
    /// There are results to take.
    ready: Signal,
}

struct State<'w, T> {
    /// What nobody has taken.
    work: VecDeque<Work<'w, T>>,
    /// The result of each piece that has not been fetched, where it is there.
    results: VecDeque<Option<T>>,
    /// The number of the first of these.
    first: usize,
    /// How many of the first are there, and how many are waited for.
    ready: usize,
    wanted: usize,
    /// Whether the run has ended: nothing waits any more.
    closed: bool,
}

/// Runs `body` with a queue whose work is done by `jobs` threads; with one, by `body`'s own.
///
/// # Errors
/// The system has no threads to spare.
pub(super) fn run<'w, T: Send, R>(jobs: usize, body: impl FnOnce(&mut Queue<'_, 'w, T>) -> R) -> Result<R> {
    let pieces = PIECES * jobs.max(1);
    let queue = |line| Queue { line, pieces, held: VecDeque::new(), bytes: 0, done: VecDeque::new() };
    if jobs <= 1 {
        return Ok(body(&mut queue(None)));
    }
    let line = Line::new();
    thread::scope(|scope| {
        let _closing = Closing(&line);
        for _ in 0..jobs {
            let worker = thread::Builder::new().spawn_scoped(scope, || line.work());
            worker.map_err(|e| Error::new(ErrorKind::Io, format!("threads can't be started: {e}")))?;
        }
        Ok(body(&mut queue(Some(&line))))
    })
}

impl<'w, T: Send> Queue<'_, 'w, T> {
    /// Whether a result should be taken before more work is put in.
    pub fn is_full(&self) -> bool {
        self.held.len() >= self.pieces || self.bytes >= BYTES
    }

    /// Puts `work` in, which holds `bytes` bytes until its result is taken.
    pub fn push(&mut self, bytes: u64, work: impl FnOnce() -> T + Send + 'w) {
        match self.line {
            Some(line) => line.push(Box::new(work)),
            None => self.done.push_back(work()),
        }
        self.held.push_back(bytes);
        self.bytes += bytes;
    }

    /// The next result; `None` where no work is left.
    pub fn pop(&mut self) -> Option<T> {
        if self.done.is_empty()
            && let Some(line) = self.line
        {
            // Waiting for each by itself would cost more than many of them take.
            self.done = line.fetch(self.held.len().div_ceil(2));
        }
        self.bytes -= self.held.pop_front().unwrap_or_default();
        self.done.pop_front()
    }
}

impl<'w, T> Line<'w, T> {
    fn new() -> Self {
        let (work, results) = (VecDeque::new(), VecDeque::new());
        let state = State { work, results, first: 0, ready: 0, wanted: 0, closed: false };
        Self { state: Mutex::new(state), work: Signal::default(), ready: Signal::default() }
    }

    fn lock(&self) -> MutexGuard<'_, State<'w, T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, work: Work<'w, T>) {
        let mut state = self.lock();
        state.work.push_back(work);
        state.results.push_back(None);
        self.work.wake_one();
    }

    /// The results that are there, in order, as soon as there are `enough`; none where a thread has ended, which it never does by itself.
    fn fetch(&self, enough: usize) -> VecDeque<T> {
        let mut state = self.lock();
        state.wanted = enough;
        let mut state = self.ready.wait(state, |state| state.closed || state.ready >= enough);
        let ready = std::mem::take(&mut state.ready);
        state.first += ready;
        state.results.drain(..ready).flatten().collect()
    }

    /// Does work until the queue is closed.
    fn work(&self) {
        let _closing = Closing(self);
        while let Some((number, work)) = self.take() {
            let result = work();
            self.put(number, result);
        }
    }

    fn take(&self) -> Option<(usize, Work<'w, T>)> {
        let mut state = self.work.wait(self.lock(), |state| state.closed || !state.work.is_empty());
        let number = state.first + state.results.len() - state.work.len();
        let work = state.work.pop_front().filter(|_| !state.closed)?;
        Some((number, work))
    }

    fn put(&self, number: usize, result: T) {
        let mut state = self.lock();
        let place = number - state.first;
        if let Some(slot) = state.results.get_mut(place) {
            *slot = Some(result);
        }
        if place == state.ready {
            let more = state.results.range(place..).take_while(|result| result.is_some()).count();
            state.ready += more;
            if state.ready >= state.wanted {
                self.ready.wake_one();
            }
        }
    }
}

/// Whoever leaves closes the line, in whatever way: the others must not wait for him.
struct Closing<'l, 'w, T>(&'l Line<'w, T>);

impl<T> Drop for Closing<'_, '_, T> {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.work.wake_all();
        self.0.ready.wake_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_and_the_queue_has_an_end() {
        for jobs in [1, 2, 8] {
            let out = run(jobs, |queue| {
                let mut out = Vec::new();
                for n in 0..1000 {
                    while queue.is_full() {
                        out.extend(queue.pop());
                    }
                    queue.push(1 << 20, move || n);
                    assert!(queue.held.len() <= 8);
                }
                out.extend(std::iter::from_fn(|| queue.pop()));
                out
            });
            assert!(out.unwrap().into_iter().eq(0..1000), "{jobs}");
        }
    }
}
