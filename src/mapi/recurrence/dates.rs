//! The days of a series.

use jiff::civil::{Date, date};
use jiff::{Span, ToSpan};

use super::{End, Pattern, RecurrencePattern, wall};

/// The days of a series, in order: see [`RecurrencePattern::dates`].
#[derive(Debug, Clone)]
pub struct Dates<'r> {
    rule: &'r RecurrencePattern,
    /// The day, week or month that is looked at: its first day.
    period: Option<Date>,
    /// What is left of the days in that period, the next one last.
    pending: Vec<Date>,
    start: Date,
    last: Date,
    left: u32,
}

impl<'r> Dates<'r> {
    pub(super) fn new(rule: &'r RecurrencePattern) -> Self {
        let start = wall(rule.start_date).date();
        let last = if rule.end == End::Date { wall(rule.end_date).date() } else { Date::MAX };
        let left = if let End::Count(count) = rule.end { count } else { u32::MAX };
        if rule.has_other_months() {
            return Self { rule, period: None, pending: vec![start], start, last: start, left: 1 };
        }
        Self { rule, period: first_period(rule, start), pending: Vec::new(), start, last, left }
    }
}

impl Iterator for Dates<'_> {
    type Item = Date;

    fn next(&mut self) -> Option<Date> {
        self.left = self.left.checked_sub(1)?;
        loop {
            while let Some(day) = self.pending.pop() {
                if day > self.last {
                    self.period = None;
                    self.pending.clear();
                } else if day >= self.start {
                    return Some(day);
                }
            }
            let first = self.period.filter(|first| *first <= self.last)?;
            self.pending = days(self.rule, first);
            self.period = later(self.rule, first, i64::from(self.rule.interval()));
        }
    }
}

/// The days in the period that begins on `first`, the last one first.
fn days(rule: &RecurrencePattern, first: Date) -> Vec<Date> {
    match rule.pattern {
        Pattern::Day => vec![first],
        Pattern::Week(mask) => week(first).filter(|day| is_in(mask, *day)).collect(),
        Pattern::Month(day) => clamped(first, day).into_iter().collect(),
        Pattern::MonthNth(mask, n) => nth(first, mask, n).into_iter().collect(),
        Pattern::MonthEnd => vec![first.last_of_month()],
    }
}

/// `day`, `n` days, weeks or months later, whichever the pattern counts; `None` where there are no such days.
fn later(rule: &RecurrencePattern, day: Date, n: i64) -> Option<Date> {
    let span = match rule.pattern {
        Pattern::Day => Span::new().try_days(n),
        Pattern::Week(_) => Span::new().try_weeks(n),
        _ => Span::new().try_months(n),
    };
    day.checked_add(span.ok()?).ok()
}

/// The first day of the first period that `start` is in or before which there is none: FirstDateTime, which is made of StartDate, says
/// which day, week or month of each Period it is. Where it says that an instance on `start` is none, `start` counts.
fn first_period(rule: &RecurrencePattern, start: Date) -> Option<Date> {
    let (first, wait) = phase(rule, start);
    later(rule, first, if days(rule, first).contains(&start) { 0 } else { wait })
}

/// Whether StartDate is a day of the pattern, but not in a period that FirstDateTime has ([MS-OXOCAL] 2.2.1.44.1.1).
pub(super) fn is_out_of_phase(rule: &RecurrencePattern) -> bool {
    let start = wall(rule.start_date).date();
    let (first, wait) = phase(rule, start);
    wait != 0 && days(rule, first).contains(&start)
}

/// The first day of the day, week or month that `start` is in, and how many of these are left until one that FirstDateTime has.
fn phase(rule: &RecurrencePattern, start: Date) -> (Date, i64) {
    let days = |to: Date| i64::from((to - date(1601, 1, 1)).get_days());
    let months = |day: Date| i64::from(day.year() - 1601) * 12 + i64::from(day.month() - 1);
    let phase = wall(rule.first_date_time).date();
    let (first, at, phase) = match rule.pattern {
        Pattern::Day => (start, days(start), days(phase)),
        Pattern::Week(_) => {
            let (week, phase) = (week_of(start, rule.first_dow), week_of(phase, rule.first_dow));
            (week, days(week).div_euclid(7), days(phase).div_euclid(7))
        }
        _ => (start.first_of_month(), months(start), months(phase)),
    };
    (first, (phase - at).rem_euclid(i64::from(rule.interval())))
}

/// The first day of the week that `day` is in.
fn week_of(day: Date, first_dow: u8) -> Date {
    let back = (day.weekday().to_sunday_zero_offset() - first_dow as i8).rem_euclid(7);
    day.saturating_sub(i64::from(back).days())
}

/// The days of the week that begins on `first`, the last one first.
fn week(first: Date) -> impl Iterator<Item = Date> {
    (0..7).rev().filter_map(move |n| first.checked_add(n.days()).ok())
}

fn is_in(mask: u8, day: Date) -> bool {
    mask & (1 << day.weekday().to_sunday_zero_offset()) != 0
}

/// Day `day` of the month that begins on `first`, or its last day.
fn clamped(first: Date, day: u32) -> Option<Date> {
    let day = day.clamp(1, u32::from(first.days_in_month().unsigned_abs()));
    first.with().day(i8::try_from(day).ok()?).build().ok()
}

/// The `n`-th day of `mask` in the month that begins on `first`; 5 is the last.
fn nth(first: Date, mask: u8, n: u32) -> Option<Date> {
    let days = || (0..first.days_in_month()).filter_map(|n| first.checked_add(i64::from(n).days()).ok());
    let mut fitting = days().filter(|day| is_in(mask, *day));
    if n >= 5 { fitting.next_back() } else { fitting.nth(usize::try_from(n.checked_sub(1)?).ok()?) }
}
