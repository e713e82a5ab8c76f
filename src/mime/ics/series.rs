//! A series: its pattern, the clock that it is meant by, and what of it becomes RRULE and EXDATE.

use std::io;
use std::ops::RangeInclusive;

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, ToSpan};

use super::clock::{Clock, Stamp, nearest_day, series_zone, time};
use super::{CALSCALE, Form, keys, rule};
use crate::damage::{Effect, Finding, Findings};
use crate::mapi::recurrence::{AppointmentRecurrencePattern, End, RecurrencePattern, wall};
use crate::mime::lines::Lines;
use crate::mime::zone::Zone;
use crate::mime::{Context, View, Zones};

/// Years of a series that its zone must agree in with the IANA zone of the same name.
const FORESEEABLE: i64 = 20;
/// The farthest that a place is from UTC, in minutes.
const FARTHEST: i64 = 14 * 60;

/// The series of a recurring appointment.
#[derive(Debug, Clone)]
pub(super) struct Series {
    /// The pattern and its exceptions.
    pub recur: AppointmentRecurrencePattern,
    /// The clock that its times are meant by.
    pub clock: Clock,
    all_day: bool,
}

impl Series {
    /// The series of an appointment; `None` where it is a single one.
    pub(super) fn read(view: View<'_>, context: Context<'_>, zones: &mut Zones) -> Option<Self> {
        let recur = AppointmentRecurrencePattern::parse(&view.bytes(keys::RECUR)?, context.findings)?;
        let first = recur.start_on(recur.pattern.first());
        let zone = series_zone(view, context).or_else(|| guessed(view, first, context.findings));
        let span = span(&recur.pattern, first, zone.as_ref());
        let all_day = view.is_set(keys::SUB_TYPE);
        let is_timed = !all_day || recur.exceptions.iter().any(|exception| exception.sub_type == Some(false));
        let clock = match zone {
            // Days need no VTIMEZONE.
            Some(zone) if !is_timed => Clock::Wall(zone, String::new()),
            zone => Clock::of(zone, &span, zones),
        };
        Some(Self { recur, clock, all_day })
    }

    /// DTSTART and DTEND of the first instance.
    pub(super) fn first(&self) -> (Stamp, Stamp) {
        let start = self.recur.start_on(self.recur.pattern.first());
        let end = start.saturating_add(SignedDuration::from_mins(i64::from(self.recur.duration())));
        period(&self.clock, start, end, self.all_day)
    }

    /// What names the instance on `day` of the pattern.
    pub(super) fn instance(&self, day: Date) -> Stamp {
        let start = self.recur.start_on(day);
        if self.all_day { Stamp::date(nearest_day(start)) } else { self.clock.stamp(start) }
    }

    /// RRULE and EXDATE.
    pub(super) fn write(&self, lines: &mut Lines<'_>, form: Form, findings: &Findings) -> io::Result<()> {
        write_rule(
            lines,
            form,
            &self.recur.pattern,
            |day| {
                let start = self.recur.start_on(day);
                if self.all_day { Stamp::date(nearest_day(start)) } else { Stamp::utc(self.clock.to_utc(start)) }
            },
            findings,
        )?;
        write_cancelled(lines, &self.recur.pattern, self.recur.cancelled().map(|day| self.instance(day)))
    }
}

/// DTSTART and DTEND of what lasts from `start` to `end` of the wall clock. All-day events last a day at least.
pub(super) fn period(clock: &Clock, start: DateTime, end: DateTime, all_day: bool) -> (Stamp, Stamp) {
    if !all_day {
        return (clock.stamp(start), clock.stamp(end.max(start)));
    }
    let first = nearest_day(start);
    let next = nearest_day(end).max(first.saturating_add(1.day()));
    (Stamp::date(first), Stamp::date(next))
}

/// RRULE of `pattern`; `until` gives the end of a series from the day of its last instance.
pub(super) fn write_rule(
    lines: &mut Lines<'_>,
    form: Form,
    pattern: &RecurrencePattern,
    until: impl FnOnce(Date) -> Stamp,
    findings: &Findings,
) -> io::Result<()> {
    let end = match pattern.end {
        End::Never => String::new(),
        End::Count(count) => format!(";COUNT={}", count.max(1)),
        End::Date => format!(";UNTIL={}", until(wall(pattern.end_date).date().max(pattern.first())).value),
    };
    let rule = format!("{}{end}", rule::frequency(pattern));
    if !pattern.has_other_months() {
        return lines.raw("RRULE", &rule);
    }
    let scale = rule::calscale(pattern);
    let found = format!("months of the {scale} calendar, written as X-MICROSOFT-RRULE");
    findings.add(Finding::new(Effect::Altered, "RecurrencePattern", "a rule that every calendar program knows", found));
    if form.scale {
        lines.raw(CALSCALE, scale)?;
    }
    lines.raw("X-MICROSOFT-RRULE", &rule)
}

/// EXDATE of what of `pattern` does not take place, if any.
pub(super) fn write_cancelled(
    lines: &mut Lines<'_>,
    pattern: &RecurrencePattern,
    cancelled: impl Iterator<Item = Stamp>,
) -> io::Result<()> {
    let cancelled: Vec<Stamp> = cancelled.collect();
    let Some(first) = cancelled.first() else { return Ok(()) };
    let values: Vec<&str> = cancelled.iter().map(|stamp| stamp.value.as_str()).collect();
    let name = if pattern.has_other_months() { "X-MICROSOFT-EXDATE" } else { "EXDATE" };
    lines.raw(first.property(name), &values.join(","))
}

/// The zone that makes the first instance, `first` on the wall clock, begin when the item says that it begins.
fn guessed(view: View<'_>, first: DateTime, findings: &Findings) -> Option<Zone> {
    let utc = time(view, keys::START_WHOLE).or_else(|| time(view, keys::COMMON_START))?;
    let offset = first.duration_since(utc).as_mins();
    if offset == 0 {
        return None;
    }
    let possible = offset.abs() <= FARTHEST && offset % 15 == 0;
    let effect = if possible { Effect::Notice } else { Effect::Altered };
    let found = if possible {
        format!("none; taken from its beginning: {offset} minutes from UTC")
    } else {
        "none; taken for UTC".into()
    };
    findings.add(Finding::new(effect, "PidLidTimeZoneStruct", "the time zone of the series", found));
    possible.then(|| Zone::fixed(i32::try_from(offset).unwrap_or(0)))
}

/// From the first instance to the last one, or as far as anyone can know, in UTC.
fn span(pattern: &RecurrencePattern, first: DateTime, zone: Option<&Zone>) -> RangeInclusive<DateTime> {
    let utc = |local| zone.map_or(local, |zone| zone.to_utc(local));
    let far = first.saturating_add(FORESEEABLE.years());
    let last = if pattern.end == End::Never { far } else { wall(pattern.end_date).saturating_add(1.day()).min(far) };
    utc(first)..=utc(last.max(first))
}
