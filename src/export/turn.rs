//! What several threads do one after another, in an order that is known beforehand.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::signal::Signal;

/// Something that all who have a ticket get in turn.
#[derive(Debug)]
pub(super) struct Turns<T> {
    state: Mutex<State<T>>,
    next: Signal,
}

#[derive(Debug)]
struct State<T> {
    given: u64,
    turn: u64,
    value: T,
}

impl<T> Turns<T> {
    /// Nobody has a ticket yet.
    pub fn new(value: T) -> Self {
        Self { state: Mutex::new(State { given: 0, turn: 0, value }), next: Signal::default() }
    }

    /// A ticket for the turn after those that have been given.
    pub fn ticket(&self) -> Ticket<'_, T> {
        let mut state = self.lock();
        state.given += 1;
        Ticket { turns: self, number: Some(state.given - 1) }
    }

    /// What all had their turn at.
    pub fn into_inner(self) -> T {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).value
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to one turn. A ticket that is dropped gives it up when it comes.
#[derive(Debug)]
pub(super) struct Ticket<'t, T> {
    turns: &'t Turns<T>,
    number: Option<u64>,
}

impl<'t, T> Ticket<'t, T> {
    /// Waits for the turn, which lasts until the guard is dropped.
    pub fn enter(mut self) -> Turn<'t, T> {
        self.wait()
    }

    fn wait(&mut self) -> Turn<'t, T> {
        let Self { turns, number } = self;
        let number = number.take();
        let state = turns.next.wait(turns.lock(), |state| number.is_none_or(|number| state.turn == number));
        Turn { state, next: &turns.next }
    }
}

impl<T> Drop for Ticket<'_, T> {
    fn drop(&mut self) {
        if self.number.is_some() {
            drop(self.wait());
        }
    }
}

/// Somebody's turn.
pub(super) struct Turn<'t, T> {
    state: MutexGuard<'t, State<T>>,
    next: &'t Signal,
}

impl<T> Deref for Turn<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.state.value
    }
}

impl<T> DerefMut for Turn<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.state.value
    }
}

impl<T> Drop for Turn<'_, T> {
    fn drop(&mut self) {
        self.state.turn += 1;
        self.next.wake_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_come_in_the_order_of_the_tickets_and_those_given_up_are_passed_over() {
        let turns = Turns::new(Vec::new());
        let mut tickets: Vec<_> = (0..20).map(|n| (n, turns.ticket())).collect();
        std::thread::scope(|scope| {
            // The last ticket is the first to wait.
            while let Some((n, ticket)) = tickets.pop() {
                scope.spawn(move || if n % 3 == 0 { drop(ticket) } else { ticket.enter().push(n) });
            }
        });
        drop(tickets);
        assert!(turns.into_inner().into_iter().eq((0..20).filter(|n| n % 3 != 0)));
    }
}
