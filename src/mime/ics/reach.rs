//! From when to when a calendar item is: what decides whether it belongs to a part of a calendar.

use jiff::SignedDuration;
use jiff::civil::DateTime;

use super::clock::time;
use super::keys;
use super::series::Series;
use super::todo::is_done;
use crate::damage::Findings;
use crate::mapi::recurrence::{End, RecurrencePattern, wall};
use crate::mime::address::AddressBook;
use crate::mime::{Context, View, Zones};

/// From when to when the instances of the appointment `view` are, in UTC; `None` where it is no series. What is wrong with it is told by
/// those who write it.
pub fn reach_of_series(view: View<'_>) -> Option<(DateTime, DateTime)> {
    let (book, findings) = (AddressBook::default(), Findings::new());
    let context = Context { names: view.names(), book: &book, findings: &findings };
    let Series { recur, clock, .. } = Series::read(view, context, &mut Zones::default())?;
    let from = clock.to_utc(recur.start_on(recur.pattern.first()));
    let last = last(&recur.pattern, |day| {
        let start = recur.start_on(day.date());
        clock.to_utc(start.saturating_add(SignedDuration::from_mins(i64::from(recur.duration()))))
    });
    let moved = recur.exceptions.iter().map(|exception| clock.to_utc(exception.end));
    Some((from, moved.fold(last, DateTime::max)))
}

/// From when it is due to when it is for the last time, in UTC, of the task `view`; `None` where it is done, or is never due.
pub fn reach_of_open_task(view: View<'_>) -> Option<(DateTime, DateTime)> {
    let due = time(view, keys::TASK_DUE).filter(|_| !is_done(view))?;
    let pattern = view.is_set(keys::TASK_RECURRING).then(|| view.bytes(keys::TASK_RECURRENCE)).flatten();
    let pattern = pattern.and_then(|bytes| RecurrencePattern::parse(&bytes, &Findings::new()));
    Some((due, pattern.map_or(due, |pattern| last(&pattern, |day| day))))
}

/// The end of `pattern`: what `end` makes of its last day, or the end of all times.
fn last(pattern: &RecurrencePattern, end: impl FnOnce(DateTime) -> DateTime) -> DateTime {
    match pattern.end {
        End::Never => DateTime::MAX,
        End::Date | End::Count(_) => end(wall(pattern.end_date)),
    }
}
