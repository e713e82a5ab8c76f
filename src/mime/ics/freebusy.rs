//! When a calendar is busy, as VFREEBUSY (RFC 5545 3.6.4).

use std::collections::HashSet;
use std::io;

use jiff::SignedDuration;
use jiff::civil::DateTime;

use super::clock::{Stamp, display_zone, nearest_day, series_zone, time};
use super::event::CANCELLED;
use super::series::Series;
use super::{Kind, keys};
use crate::mapi::tag::pr;
use crate::mime::lines::{Lines, Property};
use crate::mime::{Context, View, Zones};
use crate::mt::object::Message;

/// FBTYPE by PidLidBusyStatus; `None` for free, and for those who work elsewhere.
const TYPES: [Option<&str>; 5] = [None, Some("BUSY-TENTATIVE"), Some("BUSY"), Some("BUSY-UNAVAILABLE"), None];

/// Whether `flags`, those of PidLidAppointmentStateFlags, say that a meeting does not take place.
fn is_cancelled(flags: Option<i64>) -> bool {
    flags.is_some_and(|flags| flags & CANCELLED != 0)
}

/// The busy times of one calendar in a range. It grows with the number of appointments in the range.
#[derive(Debug, Clone)]
pub struct FreeBusy {
    from: DateTime,
    to: DateTime,
    stamp: DateTime,
    /// FBTYPE, begin and end, in UTC.
    periods: Vec<(&'static str, DateTime, DateTime)>,
}

impl FreeBusy {
    /// Nothing yet, in the range from `from` to `to`, in UTC.
    pub fn new(from: DateTime, to: DateTime) -> Self {
        Self { from, to, stamp: from, periods: Vec::new() }
    }

    /// Adds what of the appointment `message` is in the range: every instance of a series. Other items are passed over.
    pub fn add(&mut self, message: &Message<'_>, context: Context<'_>) {
        let view = context.view(&message.props);
        let class = view.text(pr::MESSAGE_CLASS).unwrap_or_default();
        // Meeting requests are mails; the meeting itself is in the calendar.
        if Kind::of(&class) != Some(Kind::Event)
            || super::Method::of(view).is_some()
            || is_cancelled(view.int(keys::STATE_FLAGS))
        {
            return;
        }
        self.stamp = self.stamp.max(time(view, pr::LAST_MODIFICATION_TIME).unwrap_or(self.stamp));
        let busy = view.int(keys::BUSY_STATUS).unwrap_or(2);
        match Series::read(view, context, &mut Zones::default()) {
            Some(series) => self.add_series(&series, busy),
            None => self.add_single(view, busy, context),
        }
    }

    fn add_single(&mut self, view: View<'_>, busy: i64, context: Context<'_>) {
        let Some(start) = time(view, keys::START_WHOLE).or_else(|| time(view, keys::COMMON_START)) else { return };
        let end = time(view, keys::END_WHOLE).or_else(|| time(view, keys::COMMON_END)).unwrap_or(start);
        let zone = display_zone(view, keys::DEFINITION_START, context).or_else(|| series_zone(view, context));
        match zone {
            // The day of a calendar without a zone is that of UTC.
            None if view.is_set(keys::SUB_TYPE) => {
                let midnight = |time| nearest_day(time).at(0, 0, 0, 0);
                self.push(busy, midnight(start), midnight(end));
            }
            _ => self.push(busy, start, end),
        }
    }

    fn add_series(&mut self, series: &Series, busy: i64) {
        let recur = &series.recur;
        let skipped: HashSet<_> =
            recur.cancelled().chain(recur.exceptions.iter().map(|e| e.original_start.date())).collect();
        let lasting = SignedDuration::from_mins(i64::from(recur.duration()));
        for day in recur.pattern.dates() {
            let start = recur.start_on(day);
            if series.clock.to_utc(start) >= self.to {
                break;
            }
            if !skipped.contains(&day) {
                self.push(busy, series.clock.to_utc(start), series.clock.to_utc(start.saturating_add(lasting)));
            }
        }
        for exception in recur.exceptions.iter().filter(|it| !is_cancelled(it.meeting_type.map(i64::from))) {
            let busy = exception.busy_status.map_or(busy, i64::from);
            self.push(busy, series.clock.to_utc(exception.start), series.clock.to_utc(exception.end));
        }
    }

    /// Takes in what of the time from `start` to `end` is in the range.
    fn push(&mut self, busy: i64, start: DateTime, end: DateTime) {
        let kind = usize::try_from(busy).ok().and_then(|busy| TYPES.get(busy).copied()).unwrap_or(Some("BUSY"));
        let (start, end) = (start.max(self.from), end.min(self.to));
        if let Some(kind) = kind.filter(|_| start < end) {
            self.periods.push((kind, start, end));
        }
    }

    /// The periods in order, those that touch each other made one.
    fn merged(&self) -> Vec<(&'static str, DateTime, DateTime)> {
        let mut sorted = self.periods.clone();
        sorted.sort();
        sorted.dedup_by(|(kind, start, end), (kept_kind, _, kept_end)| {
            let touches = kind == kept_kind && *start <= *kept_end;
            if touches {
                *kept_end = (*kept_end).max(*end);
            }
            touches
        });
        sorted
    }

    /// Writes the VFREEBUSY.
    pub(super) fn write(&self, lines: &mut Lines<'_>) -> io::Result<()> {
        let (from, to) = (Stamp::utc(self.from).value, Stamp::utc(self.to).value);
        lines.begin("VFREEBUSY")?;
        lines.raw("UID", &format!("{from}-{to}@pffkit"))?;
        lines.raw("DTSTAMP", &Stamp::utc(self.stamp).value)?;
        lines.raw("DTSTART", &from)?;
        lines.raw("DTEND", &to)?;
        for (kind, start, end) in self.merged() {
            let period = format!("{}/{}", Stamp::utc(start).value, Stamp::utc(end).value);
            lines.raw(Property::new("FREEBUSY").with("FBTYPE", kind), &period)?;
        }
        lines.end("VFREEBUSY")
    }
}
