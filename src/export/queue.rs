//! Work that is done on several threads and comes out in the order in which it was put in.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, sync_channel};

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::{Error, ErrorKind, Result};

/// Pieces of work a thread that may be under way or wait to be taken.
const PIECES: usize = 32;
/// Bytes that they may hold together; one piece may hold more.
const BYTES: u64 = 8 << 20;

/// Work under way.
pub(super) struct Queue<T> {
    /// `None`: work is done at once, on the thread that brings it.
    pool: Option<ThreadPool>,
    pieces: usize,
    waiting: VecDeque<Piece<T>>,
    bytes: u64,
}

struct Piece<T> {
    bytes: u64,
    result: Receiver<T>,
}

impl<T: Send + 'static> Queue<T> {
    /// A queue for `jobs` threads.
    ///
    /// # Errors
    /// The system has no threads to spare.
    pub fn new(jobs: usize) -> Result<Self> {
        let pool = (jobs > 1).then(|| ThreadPoolBuilder::new().num_threads(jobs).build()).transpose();
        let pool = pool.map_err(|e| Error::new(ErrorKind::Io, format!("threads can't be started: {e}")))?;
        Ok(Self { pool, pieces: PIECES * jobs.max(1), waiting: VecDeque::new(), bytes: 0 })
    }

    /// Whether a result should be taken before more work is put in.
    pub fn is_full(&self) -> bool {
        self.waiting.len() >= self.pieces || self.bytes >= BYTES
    }

    /// Puts `work` in, which holds `bytes` bytes until its result is taken.
    pub fn push(&mut self, bytes: u64, work: impl FnOnce() -> T + Send + 'static) {
        let (sender, result) = sync_channel(1);
        let work = move || {
            // There is nobody to tell when a run ends early.
            let _ = sender.send(work());
        };
        match &self.pool {
            Some(pool) => pool.spawn(work),
            None => work(),
        }
        self.bytes += bytes;
        self.waiting.push_back(Piece { bytes, result });
    }

    /// The next result; `None` where no work is left.
    pub fn pop(&mut self) -> Option<T> {
        let piece = self.waiting.pop_front()?;
        self.bytes -= piece.bytes;
        piece.result.recv().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_and_the_queue_has_an_end() {
        for jobs in [1, 2, 8] {
            let mut queue = Queue::new(jobs).unwrap();
            let (mut n, mut out) = (0, Vec::new());
            while n < 1000 {
                while queue.is_full() {
                    out.extend(queue.pop());
                }
                queue.push(1 << 20, move || n);
                assert!(queue.waiting.len() <= 8);
                n += 1;
            }
            out.extend(std::iter::from_fn(|| queue.pop()));
            assert!(out.iter().copied().eq(0..1000), "{jobs}");
        }
    }
}
