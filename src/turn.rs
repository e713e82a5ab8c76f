//! What several threads do one after another, in an order that is known beforehand.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::signal::Signal;

/// Something that all who have a ticket get in turn.
#[derive(Debug)]
pub(crate) struct Turns<T> {
    given: AtomicU64,
    state: Mutex<State<T>>,
    next: Signal,
}

#[derive(Debug)]
struct State<T> {
    turn: u64,
    value: T,
}

impl<T> Turns<T> {
    /// Nobody has a ticket yet.
    pub fn new(value: T) -> Self {
        Self { given: AtomicU64::new(0), state: Mutex::new(State { turn: 0, value }), next: Signal::default() }
    }

    /// A ticket for the turn after those that have been given. Whoever has his turn does not delay it.
    pub fn ticket(&self) -> Ticket<'_, T> {
        Ticket { turns: self, number: Some(self.given.fetch_add(1, Ordering::Relaxed)) }
    }

    /// What all had their turn at.
    pub fn into_inner(self) -> T {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).value
    }
}

/// The right to one turn. A ticket that is dropped gives it up when it comes.
#[derive(Debug)]
pub(crate) struct Ticket<'t, T> {
    turns: &'t Turns<T>,
    number: Option<u64>,
}

impl<'t, T> Ticket<'t, T> {
    /// Waits for the turn, which lasts until the guard is dropped.
    pub fn enter(mut self) -> Turn<'t, T> {
        self.wait()
    }

    /// The turn, where it has come; else the ticket.
    ///
    /// # Errors
    /// It has not come.
    pub fn try_enter(mut self) -> Result<Turn<'t, T>, Self> {
        let turns = self.turns;
        match turns.state.try_lock() {
            Ok(state) if self.number == Some(state.turn) => {
                self.number = None;
                Ok(Turn { state, next: &turns.next })
            }
            _ => Err(self),
        }
    }

    fn wait(&mut self) -> Turn<'t, T> {
        let Self { turns, number } = self;
        let number = number.take();
        let state = turns.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = turns.next.wait(state, |state| number.is_none_or(|number| state.turn == number));
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
pub(crate) struct Turn<'t, T> {
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

    #[test]
    fn nobody_enters_before_his_turn() {
        let turns = Turns::new(Vec::new());
        let (first, second) = (turns.ticket(), turns.ticket());
        let second = second.try_enter().err().unwrap();
        let mut turn = first.try_enter().ok().unwrap();
        turn.push(1);
        let second = second.try_enter().err().unwrap();
        drop(turn);
        second.try_enter().ok().unwrap().push(2);
        assert_eq!(turns.into_inner(), [1, 2]);
    }
}
