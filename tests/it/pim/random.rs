//! Patterns and zones made at random: what another program expands from the .ics are the days that the blob says.

use std::borrow::Cow;

use jiff::civil::{Date, date};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Span, ToSpan};

use pffkit::damage::Findings;
use pffkit::mapi::guid::PSETID_APPOINTMENT;
use pffkit::mapi::tag::pr;
use pffkit::mapi::time::unix_to_filetime;
use pffkit::mapi::{PropName, PropTag, Props, Value};
use pffkit::mime::address::AddressBook;
use pffkit::mime::{Context, Names};
use pffkit::mt::object::{Message, NamedProperty};

use super::ics_of;
use super::pattern::{Raw, minutes};
use crate::support::oracle;

/// How many series are made.
const SERIES: u64 = 300;
/// Years that are expanded.
const YEARS: i64 = 5;

/// A zone: its names, its bias, and when standard and daylight saving time begin (month, which Sunday, hour).
type Zone = (&'static str, &'static str, i32, Option<([u16; 3], [u16; 3])>);

const ZONES: [Zone; 6] = [
    ("Europe/Berlin", "W. Europe Standard Time", -60, Some(([10, 5, 3], [3, 5, 2]))),
    ("America/New_York", "Eastern Standard Time", 300, Some(([11, 1, 2], [3, 2, 2]))),
    ("Australia/Sydney", "AUS Eastern Standard Time", -600, Some(([4, 1, 3], [10, 1, 2]))),
    ("Asia/Kolkata", "India Standard Time", -330, None),
    ("Europe/London", "GMT Standard Time", 0, Some(([10, 5, 2], [3, 5, 1]))),
    ("Pacific/Auckland", "New Zealand Standard Time", -720, Some(([4, 1, 3], [9, 5, 2]))),
];

/// Numbers that look random, the same each time (xorshift64*).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u32) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as u32 % n
    }
}

fn iana(zone: Zone) -> TimeZone {
    TimeZoneDatabase::bundled().get(zone.0).unwrap()
}

/// A PidLidTimeZoneStruct.
fn zone_struct((_, _, bias, seasons): Zone) -> Vec<u8> {
    let words = |values: [u16; 9]| values.into_iter().flat_map(u16::to_le_bytes);
    let when = |[month, nth, hour]: [u16; 3]| [0, 0, month, 0, nth, hour, 0, 0, 0];
    let (standard, daylight) = seasons.map_or(([0; 9], [0; 9]), |(s, d)| (when(s), when(d)));
    let mut out: Vec<u8> = [bias, 0, -60].into_iter().flat_map(i32::to_le_bytes).collect();
    out.extend(words(standard));
    out.extend(words(daylight));
    out
}

fn raw(dice: &mut Dice) -> Raw {
    let start = date(2012, 1, 1).checked_add(Span::new().days(i64::from(dice.below(4000)))).unwrap();
    let pattern_type = dice.below(5) as u16;
    let mut raw = Raw { pattern_type, start_date: minutes(start), first_dow: dice.below(7), ..Raw::default() };
    let mask = 1 + dice.below(127);
    raw.frequency = [0x200A, 0x200B, 0x200C, 0x200C, 0x200C][usize::from(pattern_type)];
    raw.period = [1440 * (1 + dice.below(20)), 1 + dice.below(5), 1 + dice.below(4), 1 + dice.below(4), 12]
        [usize::from(pattern_type)];
    if pattern_type >= 2 && dice.below(3) == 0 {
        (raw.period, raw.frequency) = (12 * (1 + dice.below(2)), 0x200D);
    }
    raw.specific = match pattern_type {
        0 => vec![],
        1 => vec![mask],
        2 => vec![1 + dice.below(31)],
        3 => vec![if dice.below(2) == 0 { 1 << dice.below(7) } else { mask }, 1 + dice.below(5)],
        _ => vec![31],
    };
    let months = |day: Date| (day.year() as u32 - 1601) * 12 + day.month() as u32 - 1;
    raw.first_date_time = match pattern_type {
        0 => raw.start_date % raw.period,
        1 => {
            let back = (start.weekday().to_sunday_zero_offset() as u32 + 7 - raw.first_dow) % 7;
            (raw.start_date - back * 1440) % (raw.period * 10080)
        }
        _ => minutes(date(1601, 1, 1).checked_add(Span::new().months(months(start) % raw.period)).unwrap()),
    };
    raw.start_offset = 15 * dice.below(96);
    raw.end_offset = raw.start_offset + 15 * (1 + dice.below(90));
    finish(raw, start, dice)
}

/// The end of a series and its exceptions.
fn finish(mut raw: Raw, start: Date, dice: &mut Dice) -> Raw {
    let horizon = start.checked_add(3.years()).unwrap();
    let days = raw.days(horizon);
    let last = days.len().min(1 + dice.below(60) as usize);
    (raw.end_type, raw.count, raw.end_date) = match dice.below(3) {
        0 => (0x2021, 10, minutes(days.get(last.wrapping_sub(1)).copied().unwrap_or(horizon))),
        1 => (0x2022, last.max(1) as u32, minutes(horizon)),
        _ => (0x2023, 10, 0x5AE9_80DF),
    };
    for day in days.iter().take(last).filter(|_| dice.below(8) == 0).copied().collect::<Vec<_>>() {
        raw.deleted.push(minutes(day));
        if dice.below(2) == 0 {
            raw.modified.push(minutes(day));
            let from = minutes(day) + raw.start_offset;
            raw.exceptions.push([from + 60, from + 120, from]);
        }
    }
    raw
}

/// The appointment of `raw` in `zone`, which is called by its name or not at all.
fn message(raw: &Raw, zone: Zone, named: bool) -> Message<'static> {
    let iana = iana(zone);
    let first = raw.days(date(2040, 1, 1)).first().copied().unwrap();
    let utc = |offset| {
        let local = super::pattern::time_of(minutes(first) + offset);
        Value::I64(unix_to_filetime(iana.to_timestamp(local).unwrap().as_second()))
    };
    let mut props = Props::new();
    props.set(pr::MESSAGE_CLASS, Value::str("IPM.Appointment"));
    props.set(pr::SUBJECT, Value::str("series"));
    props.set(PropTag(0x300B_0102), Value::bin(vec![7; 16]));
    props.set(PropTag(0x8001_0102), Value::Bin(Cow::Owned(raw.bytes())));
    props.set(PropTag(0x8002_0102), Value::Bin(Cow::Owned(zone_struct(zone))));
    props.set(PropTag(0x8003_0040), utc(raw.start_offset));
    props.set(PropTag(0x8004_0040), utc(raw.end_offset));
    if named {
        props.set(PropTag(0x8005_001F), Value::str(zone.1));
    }
    Message { props, ..Message::default() }
}

fn names() -> Names {
    let mut names = Names::default();
    for (tag, lid) in [
        (0x8001_0000, 0x8216),
        (0x8002_0000, 0x8233),
        (0x8003_0000, 0x820D),
        (0x8004_0000, 0x820E),
        (0x8005_0000, 0x8234),
    ] {
        names.define(&NamedProperty { tag: PropTag(tag), name: PropName::lid(PSETID_APPOINTMENT, lid) });
    }
    names
}

#[test]
fn other_programs_expand_the_days_of_the_blob() {
    let dir = tempfile::tempdir().unwrap();
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let (names, book) = (names(), AddressBook::default());
    for n in 0..SERIES {
        let raw = raw(&mut dice);
        let zone = ZONES[dice.below(ZONES.len() as u32) as usize];
        let start = super::pattern::day_of(raw.start_date);
        assert!(!raw.days(start.checked_add(YEARS.years()).unwrap()).is_empty());
        let findings = Findings::new();
        let text =
            ics_of(&message(&raw, zone, n % 2 == 0), Context { names: &names, book: &book, findings: &findings })
                .unwrap();
        assert_eq!(findings.take(), [], "{raw:?}");
        let horizon = start.checked_add(YEARS.years()).unwrap();
        let iana = iana(zone);
        // What no clock shows, programs take for different times: then the wall clock alone is compared.
        let line = |local| match iana.to_ambiguous_timestamp(local) {
            at if at.is_ambiguous() => format!("{local} -"),
            at => format!("{local} {}", at.compatible().unwrap().as_second()),
        };
        let expected: Vec<String> = raw.starts(horizon).into_iter().map(line).collect();
        std::fs::write(dir.path().join(format!("{n}.ics")), text).unwrap();
        std::fs::write(dir.path().join(format!("{n}.days")), format!("{start} {horizon}\n{}\n", expected.join("\n")))
            .unwrap();
    }
    if let Some(told) = oracle("expand.py", &[dir.path()]) {
        assert_eq!(told, format!("{SERIES} series, 0 differ\n"));
    }
}
