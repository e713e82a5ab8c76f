//! Work that is done on several threads, each piece taken in the order in which it was put in, and whose results come out in it, too.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::signal::Signal;
use crate::{Error, ErrorKind, Result};

/// Pieces of work a thread that may be under way or wait to be taken: so many that those who do the small ones behind one of a hundred
/// megabytes have enough to do.
const PIECES: usize = 4096;
/// Bytes that they may hold together, and the bytes that results may hold that nobody has taken; one of each may hold more.
const BYTES: u64 = 8 << 20;

/// A piece of work.
type Work<'w, T> = Box<dyn FnOnce() -> T + Send + 'w>;

/// What comes of a piece of work.
pub(super) trait Held: Send {
    /// Bytes of memory that it holds.
    fn held(&self) -> u64;
}

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
    /// The bytes that these hold.
    held: u64,
    /// The number of the first of these.
    first: usize,
    /// How many of the first are there, and how many are waited for.
    ready: usize,
    wanted: usize,
    /// Whether the run has ended: nothing waits any more.
    closed: bool,
}

impl<T> State<'_, T> {
    /// Whether the next piece may be taken: it waits while there are too many bytes already, unless it is the first that nobody has fetched.
    fn may_take(&self) -> bool {
        let taken = self.results.len() - self.work.len();
        !self.work.is_empty() && (self.held < BYTES || taken == 0)
    }

    /// Whether results should be fetched.
    fn may_fetch(&self) -> bool {
        self.ready >= self.wanted || self.ready > 0 && self.held >= BYTES
    }
}

/// Runs `body` with a queue whose work is done by `jobs` threads; with one, by `body`'s own.
///
/// # Errors
/// The system has no threads to spare.
pub(super) fn run<'w, T: Held, R>(jobs: usize, body: impl FnOnce(&mut Queue<'_, 'w, T>) -> R) -> Result<R> {
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

impl<'w, T: Held> Queue<'_, 'w, T> {
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
    fn lock(&self) -> MutexGuard<'_, State<'w, T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'w, T: Held> Line<'w, T> {
    fn new() -> Self {
        let (work, results) = (VecDeque::new(), VecDeque::new());
        let state = State { work, results, held: 0, first: 0, ready: 0, wanted: 0, closed: false };
        Self { state: Mutex::new(state), work: Signal::default(), ready: Signal::default() }
    }

    fn push(&self, work: Work<'w, T>) {
        let mut state = self.lock();
        state.work.push_back(work);
        state.results.push_back(None);
        self.work.wake_one();
    }

    /// The results that are there, in order, as soon as there are `enough`, or they hold enough bytes; none where a thread has ended,
    /// which it never does by itself.
    fn fetch(&self, enough: usize) -> VecDeque<T> {
        let mut state = self.lock();
        state.wanted = enough;
        let mut state = self.ready.wait(state, |state| state.closed || state.may_fetch());
        let ready = std::mem::take(&mut state.ready);
        state.first += ready;
        let results: VecDeque<T> = state.results.drain(..ready).flatten().collect();
        state.held -= results.iter().map(T::held).sum::<u64>();
        self.work.wake_all();
        results
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
        let mut state = self.work.wait(self.lock(), |state| state.closed || state.may_take());
        let number = state.first + state.results.len() - state.work.len();
        let work = state.work.pop_front().filter(|_| !state.closed)?;
        Some((number, work))
    }

    fn put(&self, number: usize, result: T) {
        let mut state = self.lock();
        state.held += result.held();
        let place = number - state.first;
        if let Some(slot) = state.results.get_mut(place) {
            *slot = Some(result);
        }
        if place == state.ready {
            let more = state.results.range(place..).take_while(|result| result.is_some()).count();
            state.ready += more;
        }
        if state.may_fetch() {
            self.ready.wake_one();
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
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    use super::*;

    /// A number that holds many bytes as long as it is there.
    struct Heavy<'h>(u64, &'h AtomicU64);

    const WEIGHT: u64 = 1 << 20;

    impl<'h> Heavy<'h> {
        fn new(n: u64, count: &'h AtomicU64) -> Self {
            count.fetch_add(1, Ordering::Relaxed);
            Self(n, count)
        }
    }

    impl Held for Heavy<'_> {
        fn held(&self) -> u64 {
            WEIGHT
        }
    }

    impl Drop for Heavy<'_> {
        fn drop(&mut self) {
            self.1.fetch_sub(1, Ordering::Relaxed);
        }
    }

    impl Held for u64 {
        fn held(&self) -> u64 {
            0
        }
    }

    #[test]
    fn results_come_in_order_and_the_queue_has_an_end() {
        for jobs in [1, 2, 8] {
            let out = run(jobs, |queue| {
                let mut out = Vec::new();
                for n in 0..1000_u64 {
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

    /// However slow the first of many pieces is, what those behind it come to is bounded.
    #[test]
    fn results_that_wait_are_bounded() {
        let (there, most) = (AtomicU64::new(0), AtomicU64::new(0));
        let out = run(4, |queue| {
            for n in 0..400 {
                let (there, most) = (&there, &most);
                queue.push(0, move || {
                    if n % 100 == 0 {
                        std::thread::sleep(Duration::from_millis(30));
                    }
                    let heavy = Heavy::new(n, there);
                    most.fetch_max(there.load(Ordering::Relaxed), Ordering::Relaxed);
                    heavy
                });
            }
            std::iter::from_fn(|| queue.pop()).map(|heavy| heavy.0).collect::<Vec<_>>()
        });
        assert!(out.unwrap().into_iter().eq(0..400));
        // Those that wait, as many that have been fetched, and one in each hand.
        let most = most.into_inner();
        assert!(most <= 2 * BYTES / WEIGHT + 2 * 4, "{most}");
    }
}
