//! When an appointment or task comes again: RecurrencePattern and AppointmentRecurrencePattern ([MS-OXOCAL] 2.2.1.44).
//!
//! Times in these structures are minutes since 1601-01-01 00:00 of the clock on the wall of the item's time zone.

mod dates;
mod exception;

pub use dates::Dates;
pub use exception::{Exception, overrides};

use std::collections::HashSet;

use jiff::civil::{DateTime, date};
use jiff::{SignedDuration, civil};

use crate::bytes::Cursor;
use crate::damage::{Effect, Finding, Findings};

/// How the days of a series follow each other (PatternType and PatternTypeSpecific, [MS-OXOCAL] 2.2.1.44.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    /// Every so many days.
    Day,
    /// On these days of the week: bit 0 is Sunday.
    Week(u8),
    /// On this day of the month, or on the last day of a month that has not so many.
    Month(u32),
    /// On the n-th of these days of the week (bit 0 is Sunday) in the month; 5 is the last.
    MonthNth(u8, u32),
    /// On the last day of the month.
    MonthEnd,
}

/// Where a series ends (EndType).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With the last instance that is not after EndDate.
    Date,
    /// After so many instances, deleted and modified ones included.
    Count(u32),
    /// Never.
    Never,
}

/// A RecurrencePattern ([MS-OXOCAL] 2.2.1.44.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecurrencePattern {
    /// RecurFrequency: [`DAILY`] to [`YEARLY`].
    pub frequency: u16,
    /// PatternType and PatternTypeSpecific.
    pub pattern: Pattern,
    /// Whether the PatternType is one of the Hijri calendar (0x000A to 0x000C).
    pub hijri: bool,
    /// CalendarType.
    pub calendar: u16,
    /// FirstDateTime: where, within a period, the first day, week or month lies; made of StartDate, which counts where they differ.
    pub first_date_time: u32,
    /// Period: minutes for days, weeks for weeks, months for months.
    pub period: u32,
    /// SlidingFlag: the next instance of a task is made when the last one is completed, a period after that.
    pub sliding: bool,
    /// EndType and OccurrenceCount.
    pub end: End,
    /// FirstDOW: the day on which weeks begin; 0 is Sunday.
    pub first_dow: u8,
    /// DeletedInstanceDates: days of instances that don't take place, or not as the pattern says.
    pub deleted: Vec<u32>,
    /// ModifiedInstanceDates: days on which instances take place that the pattern has elsewhere or otherwise.
    pub modified: Vec<u32>,
    /// StartDate: the day of the first instance.
    pub start_date: u32,
    /// EndDate: the day of the last instance.
    pub end_date: u32,
}

/// RecurFrequency: daily.
pub const DAILY: u16 = 0x200A;
/// RecurFrequency: weekly.
pub const WEEKLY: u16 = 0x200B;
/// RecurFrequency: monthly.
pub const MONTHLY: u16 = 0x200C;
/// RecurFrequency: yearly.
pub const YEARLY: u16 = 0x200D;

/// CalendarTypes whose months are not those of the Gregorian calendar ([MS-OXOCAL] 2.2.1.44.1).
const OTHER_MONTHS: [u16; 10] = [0x06, 0x08, 0x0E, 0x0F, 0x10, 0x11, 0x12, 0x13, 0x14, 0x17];

/// The version of every RecurrencePattern.
const VERSION: u16 = 0x3004;
/// WriterVersion2 from which ChangeHighlight is there.
const WITH_CHANGE_HIGHLIGHT: u32 = 0x3009;

/// The wall clock `minutes` after 1601-01-01 00:00.
pub fn wall(minutes: u32) -> DateTime {
    date(1601, 1, 1).at(0, 0, 0, 0).saturating_add(SignedDuration::from_mins(i64::from(minutes)))
}

impl RecurrencePattern {
    /// Reads a RecurrencePattern that stands alone (PidLidTaskRecurrence). What is wrong with it goes to `findings`; `None` where no
    /// pattern can be made out. Where it names no day of the week, it gets that of StartDate.
    pub fn parse(bytes: &[u8], findings: &Findings) -> Option<Self> {
        Self::read(&mut Cursor::new(bytes), findings)
    }

    fn read(cursor: &mut Cursor<'_>, findings: &Findings) -> Option<Self> {
        match Self::fields(cursor) {
            Ok(pattern) => {
                pattern.check(findings);
                Some(pattern.with_days())
            }
            Err((expected, found)) => {
                let at = cursor.at() as u64;
                findings.add(Finding::new(Effect::Lost, "RecurrencePattern", expected, found).at(at));
                None
            }
        }
    }

    fn fields(cursor: &mut Cursor<'_>) -> Result<Self, (String, String)> {
        let reader = number(cursor.u16(), "ReaderVersion")?;
        let _writer = number(cursor.u16(), "WriterVersion")?;
        if reader != VERSION {
            return Err((format!("ReaderVersion {VERSION:#06x}"), format!("{reader:#06x}")));
        }
        let frequency = number(cursor.u16(), "RecurFrequency")?;
        let pattern_type = number(cursor.u16(), "PatternType")?;
        let calendar = number(cursor.u16(), "CalendarType")?;
        let first_date_time = number(cursor.u32(), "FirstDateTime")?;
        let period = number(cursor.u32(), "Period")?;
        let sliding = number(cursor.u32(), "SlidingFlag")? != 0;
        let pattern = pattern(cursor, pattern_type)?;
        let end_type = number(cursor.u32(), "EndType")?;
        let count = number(cursor.u32(), "OccurrenceCount")?;
        let first_dow = number(cursor.u32(), "FirstDOW")?;
        let end = match end_type {
            0x2021 => End::Date,
            0x2022 => End::Count(count),
            0x2023 | 0xFFFF_FFFF => End::Never,
            other => return Err(("EndType 0x2021, 0x2022 or 0x2023".into(), format!("{other:#x}"))),
        };
        Ok(Self {
            frequency,
            pattern,
            hijri: matches!(pattern_type, 0x0A..=0x0C),
            calendar,
            first_date_time,
            period,
            sliding,
            end,
            first_dow: (first_dow % 7) as u8,
            deleted: dates(cursor, "DeletedInstanceDates")?,
            modified: dates(cursor, "ModifiedInstanceDates")?,
            start_date: number(cursor.u32(), "StartDate")?,
            end_date: number(cursor.u32(), "EndDate")?,
        })
    }

    /// Records what makes the pattern mean less than it says.
    fn check(&self, findings: &Findings) {
        let unit = if matches!(self.pattern, Pattern::Day) { 1440 } else { 1 };
        if self.period == 0 || !self.period.is_multiple_of(unit) {
            let expected = format!("a Period that is a multiple of {unit} and not 0");
            findings.add(Finding::new(Effect::Altered, "RecurrencePattern", expected, self.period));
        }
        if self.end == End::Count(0) {
            findings.add(Finding::new(Effect::Altered, "RecurrencePattern", "an OccurrenceCount of at least 1", 0));
        }
        if matches!(self.pattern, Pattern::Week(0) | Pattern::MonthNth(0, _)) {
            findings.add(Finding::new(Effect::Altered, "RecurrencePattern", "at least one day of the week", "none"));
        }
        if !self.has_other_months() && !self.sliding && dates::is_out_of_phase(self) {
            let (expected, found) = ("a FirstDateTime that StartDate agrees with", wall(self.first_date_time).date());
            findings.add(Finding::new(Effect::Altered, "RecurrencePattern", expected, found));
        }
    }

    /// The same, with the weekday of StartDate where no day of the week is named.
    fn with_days(mut self) -> Self {
        let start = 1 << wall(self.start_date).date().weekday().to_sunday_zero_offset();
        if let Pattern::Week(mask @ 0) | Pattern::MonthNth(mask @ 0, _) = &mut self.pattern {
            *mask = start;
        }
        self
    }

    /// Whether months of another calendar than the Gregorian one are counted.
    pub fn has_other_months(&self) -> bool {
        let counts_months = !matches!(self.pattern, Pattern::Day | Pattern::Week(_));
        counts_months && (self.hijri || OTHER_MONTHS.contains(&self.calendar))
    }

    /// The period in days, weeks or months; at least 1.
    pub fn interval(&self) -> u32 {
        let unit = if matches!(self.pattern, Pattern::Day) { 1440 } else { 1 };
        (self.period / unit).max(1)
    }

    /// The days of the instances as the pattern has them, deleted and modified ones included, in order. Lazy: a series may have no end.
    /// For a series in months of another calendar that is its first day only ([`RecurrencePattern::has_other_months`]).
    pub fn dates(&self) -> Dates<'_> {
        Dates::new(self)
    }

    /// The day of the first instance: StartDate, or the next day that the pattern has.
    pub fn first(&self) -> civil::Date {
        self.dates().next().unwrap_or_else(|| wall(self.start_date).date())
    }
}

/// The number that was read, or what is missing.
fn number<T>(value: Option<T>, field: &str) -> Result<T, (String, String)> {
    value.ok_or_else(|| (field.to_owned(), "the end of the value".to_owned()))
}

fn pattern(cursor: &mut Cursor<'_>, pattern_type: u16) -> Result<Pattern, (String, String)> {
    let mut specific = || number(cursor.u32(), "PatternTypeSpecific");
    let days = |mask: u32| (mask & 0x7F) as u8;
    Ok(match pattern_type {
        0x00 => Pattern::Day,
        0x01 => Pattern::Week(days(specific()?)),
        0x02 | 0x0A => Pattern::Month(specific()?),
        0x03 | 0x0B => Pattern::MonthNth(days(specific()?), specific()?),
        0x04 | 0x0C => specific().map(|_| Pattern::MonthEnd)?,
        other => return Err(("a PatternType of 0 to 4 or 0xA to 0xC".into(), format!("{other:#x}"))),
    })
}

fn dates(cursor: &mut Cursor<'_>, field: &str) -> Result<Vec<u32>, (String, String)> {
    let count = number(cursor.u32(), field)?;
    let left = cursor.left();
    cursor
        .u32s(usize::try_from(count).unwrap_or(usize::MAX))
        .ok_or_else(|| (format!("{field}: {count} dates of 4 bytes"), format!("{left} bytes")))
}

/// An AppointmentRecurrencePattern ([MS-OXOCAL] 2.2.1.44.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppointmentRecurrencePattern {
    /// The days.
    pub pattern: RecurrencePattern,
    /// StartTimeOffset: minutes from midnight to the beginning of an instance.
    pub start_time_offset: u32,
    /// EndTimeOffset: minutes from midnight of the same day to the end of an instance.
    pub end_time_offset: u32,
    /// ExceptionInfo, each with its ExtendedException.
    pub exceptions: Vec<Exception>,
}

impl AppointmentRecurrencePattern {
    /// Reads the value of PidLidAppointmentRecur. What is cut goes to `findings`; what was read before it is kept. `None` where there
    /// is no pattern or no time of day.
    pub fn parse(bytes: &[u8], findings: &Findings) -> Option<Self> {
        let mut cursor = Cursor::new(bytes);
        let pattern = RecurrencePattern::read(&mut cursor, findings)?;
        let times = (|| {
            let (_reader, writer) = (cursor.u32()?, cursor.u32()?);
            Some((writer, cursor.u32()?, cursor.u32()?))
        })();
        let Some((writer, start_time_offset, end_time_offset)) = times else {
            lost(&cursor, "StartTimeOffset and EndTimeOffset", findings);
            return None;
        };
        let exceptions = exception::read(&mut cursor, writer >= WITH_CHANGE_HIGHLIGHT, findings);
        Some(Self { pattern, start_time_offset, end_time_offset, exceptions })
    }

    /// The beginning of the instance on `day`.
    pub fn start_on(&self, day: civil::Date) -> DateTime {
        day.at(0, 0, 0, 0).saturating_add(SignedDuration::from_mins(i64::from(self.start_time_offset)))
    }

    /// Minutes that an instance lasts.
    pub fn duration(&self) -> u32 {
        self.end_time_offset.saturating_sub(self.start_time_offset)
    }

    /// The days that the pattern has, but on which no instance takes place: those that were deleted, not those that were modified.
    pub fn cancelled(&self) -> impl Iterator<Item = civil::Date> {
        let modified: HashSet<_> = self.exceptions.iter().map(|e| e.original_start.date()).collect();
        self.pattern.deleted.iter().map(|minutes| wall(*minutes).date()).filter(move |day| !modified.contains(day))
    }
}

fn lost(cursor: &Cursor<'_>, expected: &str, findings: &Findings) {
    let found = format!("the end of the value, {} bytes on", cursor.left());
    findings.add(Finding::new(Effect::Lost, "AppointmentRecurrencePattern", expected, found).at(cursor.at() as u64));
}

#[cfg(test)]
mod tests;
