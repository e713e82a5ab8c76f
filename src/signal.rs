//! A condition that threads wait for.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, MutexGuard, PoisonError};

/// A condition that knows how many wait for it, since it costs a system call to wake nobody, too. To be used with the state locked.
#[derive(Debug, Default)]
pub(crate) struct Signal {
    condition: Condvar,
    waiting: AtomicUsize,
}

impl Signal {
    /// Waits until `done` holds of `state`.
    pub(crate) fn wait<'l, S>(&self, state: MutexGuard<'l, S>, done: impl Fn(&S) -> bool) -> MutexGuard<'l, S> {
        if done(&state) {
            return state;
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let state = self.condition.wait_while(state, |s| !done(s)).unwrap_or_else(PoisonError::into_inner);
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        state
    }

    /// Wakes one of those who wait.
    pub(crate) fn wake_one(&self) {
        if self.waiting.load(Ordering::Relaxed) > 0 {
            self.condition.notify_one();
        }
    }

    /// Wakes all who wait.
    pub(crate) fn wake_all(&self) {
        if self.waiting.load(Ordering::Relaxed) > 0 {
            self.condition.notify_all();
        }
    }
}
