//! The days of a series by what [MS-OXOCAL] 2.2.1.44.1 says of each day: is it one or not. Nothing of the library is used.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, date};

/// The fields of an AppointmentRecurrencePattern.
#[derive(Debug, Clone, Default)]
pub struct Raw {
    pub frequency: u16,
    pub pattern_type: u16,
    pub first_date_time: u32,
    pub period: u32,
    pub specific: Vec<u32>,
    pub end_type: u32,
    pub count: u32,
    pub first_dow: u32,
    pub deleted: Vec<u32>,
    pub modified: Vec<u32>,
    pub start_date: u32,
    pub end_date: u32,
    pub start_offset: u32,
    pub end_offset: u32,
    /// Start, end and original start of each exception.
    pub exceptions: Vec<[u32; 3]>,
}

pub const EPOCH: Date = date(1601, 1, 1);

/// Minutes since 1601 of the beginning of `day`.
pub fn minutes(day: Date) -> u32 {
    u32::try_from((day - EPOCH).get_days()).unwrap() * 1440
}

pub fn day_of(minutes: u32) -> Date {
    EPOCH.checked_add(i64::from(minutes / 1440).days()).unwrap()
}

pub fn time_of(minutes: u32) -> DateTime {
    EPOCH.at(0, 0, 0, 0).checked_add(i64::from(minutes).minutes()).unwrap()
}

impl Raw {
    /// Takes the blob of a property apart; exceptions must have no overrides that are more than four bytes each.
    pub fn parse(blob: &[u8]) -> Self {
        let mut at = 4;
        let mut next = |len: usize| {
            let value = blob[at..at + len].iter().rev().fold(0_u32, |n, byte| n << 8 | u32::from(*byte));
            at += len;
            value
        };
        let mut raw = Self { frequency: next(2) as u16, pattern_type: next(2) as u16, ..Self::default() };
        next(2);
        raw.first_date_time = next(4);
        raw.period = next(4);
        next(4);
        let specific = [0, 1, 1, 2, 1][usize::from(raw.pattern_type)];
        raw.specific = (0..specific).map(|_| next(4)).collect();
        raw.end_type = next(4);
        raw.count = next(4);
        raw.first_dow = next(4);
        raw.deleted = (0..next(4)).map(|_| next(4)).collect();
        raw.modified = (0..next(4)).map(|_| next(4)).collect();
        raw.start_date = next(4);
        raw.end_date = next(4);
        next(8);
        raw.start_offset = next(4);
        raw.end_offset = next(4);
        assert_eq!(next(2), 0, "exceptions of the corpus need a reader for their overrides");
        raw
    }

    /// The blob.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let short = |out: &mut Vec<u8>, v: u16| out.extend(v.to_le_bytes());
        let long = |out: &mut Vec<u8>, v: u32| out.extend(v.to_le_bytes());
        [0x3004, 0x3004, self.frequency, self.pattern_type, 0].into_iter().for_each(|v| short(&mut out, v));
        [self.first_date_time, self.period, 0].into_iter().for_each(|v| long(&mut out, v));
        self.specific.iter().for_each(|v| long(&mut out, *v));
        [self.end_type, self.count, self.first_dow].into_iter().for_each(|v| long(&mut out, v));
        for list in [&self.deleted, &self.modified] {
            long(&mut out, list.len() as u32);
            list.iter().for_each(|v| long(&mut out, *v));
        }
        [self.start_date, self.end_date, 0x3006, 0x3009, self.start_offset, self.end_offset]
            .into_iter()
            .for_each(|v| long(&mut out, v));
        short(&mut out, self.exceptions.len() as u16);
        for exception in &self.exceptions {
            exception.iter().for_each(|v| long(&mut out, *v));
            short(&mut out, 0);
        }
        long(&mut out, 0);
        for _ in &self.exceptions {
            // ChangeHighlight, ReservedBlockEE1.
            [4, 0, 0].into_iter().for_each(|v| long(&mut out, v));
        }
        long(&mut out, 0);
        out
    }

    /// Whether the pattern has `day`, were it without beginning and end.
    fn fits(&self, day: Date) -> bool {
        let weekday = |day: Date| day.weekday().to_sunday_zero_offset() as u32;
        let in_mask = |day: Date| self.specific[0] >> weekday(day) & 1 == 1;
        let months = |day: Date| (day.year() as u32 - 1601) * 12 + day.month() as u32 - 1;
        let of_period = |n: u32, phase: u32| (n + self.period - phase % self.period).is_multiple_of(self.period);
        let right_month = of_period(months(day), months(day_of(self.first_date_time)));
        let length = day.days_in_month() as u32;
        let number = day.day() as u32;
        let week = |day: Date| (minutes(day) / 1440 + 14 - (weekday(day) + 7 - self.first_dow) % 7) / 7;
        match self.pattern_type {
            0 => minutes(day) % self.period == self.first_date_time,
            1 => in_mask(day) && of_period(week(day), week(day_of(self.first_date_time))),
            2 => right_month && number == self.specific[0].min(length),
            3 => {
                let others = |from: u32, to: u32| {
                    (from..=to).filter(|n| in_mask(day.with().day(*n as i8).build().unwrap())).count() as u32
                };
                let nth = self.specific[1];
                right_month
                    && in_mask(day)
                    && if nth == 5 { others(number, length) == 1 } else { others(1, number) == nth }
            }
            _ => right_month && number == length,
        }
    }

    /// The days of the pattern up to `horizon`.
    pub fn days(&self, horizon: Date) -> Vec<Date> {
        let most = if self.end_type == 0x2022 { self.count as usize } else { usize::MAX };
        let last = if self.end_type == 0x2021 { day_of(self.end_date).min(horizon) } else { horizon };
        let start = day_of(self.start_date);
        let all = start.series(1.day()).take_while(|day| *day <= last);
        all.filter(|day| self.fits(*day)).take(most).collect()
    }

    /// When the instances begin, on the wall clock, up to `horizon`: exceptions where they are, nothing where one was deleted.
    pub fn starts(&self, horizon: Date) -> Vec<DateTime> {
        let days = self.days(horizon);
        let kept = days.iter().filter(|day| !self.deleted.contains(&minutes(**day)));
        let mut starts: Vec<DateTime> = kept.map(|day| time_of(minutes(*day) + self.start_offset)).collect();
        starts
            .extend(self.exceptions.iter().map(|[start, ..]| time_of(*start)).filter(|start| start.date() <= horizon));
        starts.sort();
        starts
    }
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// The oracle itself, on the daily example of [MS-OXOCAL] 4.1.1.3.
#[test]
fn the_days_of_the_specification() {
    let blob = hex(
        "043004300A2000000000A0050000E010000000000000212000000A0000000000000002000000A0C1DC0C80D2DC0C00000000207EDC0C0016DD0C0630000009300000E0010000FE01000000000000000000000000",
    );
    let raw = Raw::parse(&blob);
    let starts: Vec<String> = raw.starts(date(2012, 1, 1)).iter().map(ToString::to_string).collect();
    assert_eq!(starts.len(), 8);
    assert_eq!((starts[0].as_str(), starts[7].as_str()), ("2011-04-07T08:00:00", "2011-05-04T08:00:00"));
    assert_eq!(raw.bytes()[..64], blob[..64]);
}
