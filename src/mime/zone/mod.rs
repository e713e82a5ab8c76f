//! Time zones of appointments: from the rules that Outlook stores to local times and VTIMEZONE (RFC 5545 3.6.5).
//!
//! Offsets are minutes east of UTC.

mod registry;
mod vtimezone;

use std::ops::RangeInclusive;

use jiff::civil::{Date, DateTime, Weekday, date};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};
use windows_timezones::WindowsTimezone;

pub use registry::Zones;
pub(super) use vtimezone::{WEEKDAYS, date_time};

use crate::mapi::timezone::{SystemTime, TimeZoneDefinition, TzRule};

/// The year in which rules without a beginning begin: that of the first FILETIME, as Outlook writes it.
const FIRST_YEAR: i16 = 1601;
/// An offset that no place has had: a day.
const IMPOSSIBLE: i32 = 1440;

/// The most places that are looked at in a display name.
const MOST_PLACES: usize = 16;
/// What IANA names that are no mere aliases begin with.
const AREAS: [&str; 9] =
    ["Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"];

/// A time zone by its rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    name: String,
    /// By year, at least one; each holds until the next one does, the first one since ever.
    rules: Vec<TzRule>,
}

/// What makes clocks change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// Another rule holds from the beginning of the year on.
    Rule,
    Standard,
    Daylight,
}

/// A moment at which clocks are changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Change {
    /// In UTC.
    at: DateTime,
    from: i32,
    to: i32,
    cause: Cause,
}

/// `minutes` later.
fn plus(time: DateTime, minutes: i32) -> DateTime {
    time.saturating_add(SignedDuration::from_mins(i64::from(minutes)))
}

impl Zone {
    /// The zone of a definition: its effective rule, or where none is marked all of its rules, each from its year on.
    pub fn from_definition(definition: &TimeZoneDefinition) -> Self {
        let mut rules = definition.effective().map_or_else(|| definition.rules.clone(), |rule| vec![*rule]);
        rules.dedup_by(|later, kept| {
            let same = first_year(later) == first_year(kept);
            if same {
                *kept = *later;
            }
            same
        });
        Self { name: definition.key_name.clone(), rules }
    }

    /// The zone of one rule (PidLidTimeZoneStruct), called `name`.
    pub fn from_rule(name: impl Into<String>, rule: TzRule) -> Self {
        Self { name: name.into(), rules: vec![rule] }
    }

    /// The zone that is always `offset` east of UTC.
    pub fn fixed(offset: i32) -> Self {
        Self::from_rule("", TzRule { bias: -offset, ..TzRule::default() })
    }

    /// A name that tells what the clocks show, for zones without one that tells.
    fn described(&self) -> String {
        self.rules.iter().map(described).collect::<Vec<_>>().join(" then ")
    }

    /// What the zone is called where it comes from.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether its offsets are less than a day.
    pub fn is_possible(&self) -> bool {
        let offsets = self.rules.iter().flat_map(|rule| [standard_offset(rule), daylight_offset(rule)]);
        offsets.into_iter().all(|offset| offset.abs() < IMPOSSIBLE)
    }

    /// Whether it is one rule, and its times are those of `rule`.
    pub fn is_rule(&self, rule: &TzRule) -> bool {
        matches!(self.rules.as_slice(), [only] if only.same_times(rule))
    }

    /// The wall clock at `utc`.
    pub fn to_local(&self, utc: DateTime) -> DateTime {
        plus(utc, self.offset(utc))
    }

    /// The moment at which the wall clock shows `local`: the first one where there are two; where there is none, the one that the offset
    /// before the gap gives (RFC 5545 3.3.5).
    pub fn to_utc(&self, local: DateTime) -> DateTime {
        let changes = self.changes(around(local));
        let before = |change: &&Change| local < plus(change.at, change.from.max(change.to));
        let offset = changes.iter().find(before).map(|change| change.from);
        let offset = offset.or_else(|| changes.last().map(|change| change.to));
        plus(local, -offset.unwrap_or_else(|| self.first_offset(local.year())))
    }

    /// The offset at `utc`.
    fn offset(&self, utc: DateTime) -> i32 {
        let years = around(utc);
        let first = self.first_offset(*years.start());
        self.changes(years).iter().take_while(|change| change.at <= utc).last().map_or(first, |change| change.to)
    }

    /// The rule for `year`.
    fn rule(&self, year: i16) -> &TzRule {
        let begun = self.rules.iter().rposition(|rule| first_year(rule) <= year);
        &self.rules[begun.unwrap_or(0)]
    }

    /// The offset when `year` begins.
    fn first_offset(&self, year: i16) -> i32 {
        let rule = self.rule(year);
        match seasons(rule, year) {
            // Where summer is over the turn of the year.
            Some((standard, daylight)) if standard < daylight => daylight_offset(rule),
            _ => standard_offset(rule),
        }
    }

    /// When clocks are changed in `years`, in order.
    fn changes(&self, years: RangeInclusive<i16>) -> Vec<Change> {
        let mut offset = self.first_offset(*years.start());
        let mut changes = Vec::new();
        for year in years {
            let new_year = date(year.clamp(1, 9999), 1, 1).at(0, 0, 0, 0);
            let mut change = |local: DateTime, to, cause| {
                if to != offset {
                    changes.push(Change { at: plus(local, -offset), from: offset, to, cause });
                    offset = to;
                }
            };
            change(new_year, self.first_offset(year), Cause::Rule);
            let rule = self.rule(year);
            let Some((standard, daylight)) = seasons(rule, year) else { continue };
            let mut both = [
                (standard, standard_offset(rule), Cause::Standard),
                (daylight, daylight_offset(rule), Cause::Daylight),
            ];
            both.sort_by_key(|(at, ..)| *at);
            both.into_iter().for_each(|(at, to, cause)| change(at, to, cause));
        }
        changes
    }

    /// The changes in `span` (UTC), and the offset before them.
    fn timeline(&self, span: &RangeInclusive<DateTime>) -> (i32, Vec<(DateTime, i32)>) {
        let (from, to) = (*span.start(), *span.end());
        let changes = self.changes(from.year().saturating_sub(1)..=to.year().saturating_add(1).min(9999));
        let changes = changes.iter().map(|change| (whole_minute(change.at), change.to));
        (self.offset(from), changes.filter(|(at, _)| *at > from && *at <= to).collect())
    }

    /// The IANA name of the zone, where it has one and its clocks show in `span` (UTC) what this zone's do.
    fn iana(&self, span: &RangeInclusive<DateTime>) -> Option<String> {
        let shown = self.timeline(span);
        let agrees = |name: &String| {
            let zone = TimeZoneDatabase::bundled().get(name).ok();
            zone.and_then(|zone| iana_timeline(&zone, span)).is_some_and(|timeline| timeline == shown)
        };
        windows_name(&self.name).map_or_else(|| described_names(&self.name), |name| vec![name]).into_iter().find(agrees)
    }

    /// Whether the name is one that Windows knows, so that a reader may take it for what the zone is today.
    fn is_known(&self) -> bool {
        self.name.parse::<WindowsTimezone>().is_ok()
    }
}

/// The IANA name of what Windows calls `name`.
fn windows_name(name: &str) -> Option<String> {
    name.parse::<WindowsTimezone>().ok().map(|zone| zone.tzdb_id().to_owned())
}

/// The IANA names that a display name may mean: `(GMT+01:00) Amsterdam, Berlin` or `(UTC-08:00) Pacific Time (US & Canada)`.
fn described_names(name: &str) -> Vec<String> {
    let Some((_, places)) = name.strip_prefix('(').and_then(|name| name.split_once(") ")) else { return Vec::new() };
    let standard = places.split_once(" Time (").and_then(|(name, _)| windows_name(&format!("{name} Standard Time")));
    let cities = places.split([',', ':']).take(MOST_PLACES).map(|place| place.trim().replace(' ', "_"));
    let zones = cities.flat_map(|city| {
        let is_there = move |zone: &String| {
            zone.split_once('/')
                .is_some_and(|(area, place)| AREAS.contains(&area) && place.rsplit('/').next() == Some(&*city))
        };
        TimeZoneDatabase::bundled().available().map(|zone| zone.to_string()).filter(is_there).collect::<Vec<_>>()
    });
    standard.into_iter().chain(zones).collect()
}

/// The end of the minute that `time` is in: midnight is 23:59:59.999 in some rules, of which milliseconds are not kept.
fn whole_minute(time: DateTime) -> DateTime {
    time.saturating_add(SignedDuration::from_secs((60 - i64::from(time.second())) % 60))
}

/// The first year in which `rule` holds; [`FIRST_YEAR`] for those that hold since ever.
fn first_year(rule: &TzRule) -> i16 {
    i16::try_from(rule.year).unwrap_or(9998).clamp(FIRST_YEAR, 9998)
}

/// The years whose rules can matter for `time`.
fn around(time: DateTime) -> RangeInclusive<i16> {
    time.year().saturating_sub(1)..=time.year().saturating_add(1).min(9999)
}

fn standard_offset(rule: &TzRule) -> i32 {
    rule.bias.saturating_add(rule.standard_bias).saturating_neg()
}

fn daylight_offset(rule: &TzRule) -> i32 {
    rule.bias.saturating_add(rule.daylight_bias).saturating_neg()
}

/// `minutes` as UTC-OFFSET (RFC 5545 3.3.14).
fn utc_offset(minutes: i32) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

/// `UTC+0100`, and where there is daylight saving time, from which until which month, weekday (0 is Sunday) and hour.
fn described(rule: &TzRule) -> String {
    let standard = format!("UTC{}", utc_offset(standard_offset(rule)));
    if seasons(rule, rule.daylight.year.max(FIRST_YEAR.unsigned_abs()).cast_signed()).is_none() {
        return standard;
    }
    let when = |SystemTime { month, day, day_of_week, hour, .. }| format!("{month}-{day}-{day_of_week}-{hour}");
    let offset = utc_offset(daylight_offset(rule));
    format!("{standard} and {offset} from {} to {}", when(rule.daylight), when(rule.standard))
}

/// When standard and daylight saving time begin in `year`, on the wall clock before the change; `None` where clocks are not changed.
fn seasons(rule: &TzRule, year: i16) -> Option<(DateTime, DateTime)> {
    Some((resolve(&rule.standard, year)?, resolve(&rule.daylight, year)?))
}

/// When `when` is in `year`.
fn resolve(when: &SystemTime, year: i16) -> Option<DateTime> {
    let small = |n: u16| i8::try_from(n).ok();
    if when.month == 0 || (when.year != 0 && i32::from(when.year) != i32::from(year)) {
        return None;
    }
    let day = if when.year == 0 {
        nth_weekday(year, small(when.month)?, when.day_of_week, when.day)?
    } else {
        Date::new(year, small(when.month)?, small(when.day)?).ok()?
    };
    DateTime::new(day.year(), day.month(), day.day(), small(when.hour)?, small(when.minute)?, small(when.second)?, 0)
        .ok()
}

/// The `n`-th weekday (0 is Sunday) of a month; 5 is the last.
fn nth_weekday(year: i16, month: i8, weekday: u16, n: u16) -> Option<Date> {
    let weekday = Weekday::from_sunday_zero_offset(i8::try_from(weekday).ok()?).ok()?;
    let n = i8::try_from(n).ok().filter(|n| (1..=5).contains(n))?;
    Date::new(year, month, 1).ok()?.nth_weekday_of_month(if n == 5 { -1 } else { n }, weekday).ok()
}

/// As [`Zone::timeline`], of an IANA zone.
fn iana_timeline(zone: &TimeZone, span: &RangeInclusive<DateTime>) -> Option<(i32, Vec<(DateTime, i32)>)> {
    let timestamp = |utc: DateTime| TimeZone::UTC.to_timestamp(utc).ok();
    let (from, to) = (timestamp(*span.start())?, timestamp(*span.end())?);
    let minutes = |seconds: i32| seconds.div_euclid(60);
    let first = minutes(zone.to_offset(from).seconds());
    let mut offset = first;
    let mut changes = Vec::new();
    for transition in zone.following(from).take_while(|transition| transition.timestamp() <= to) {
        let next = minutes(transition.offset().seconds());
        if next != offset {
            changes.push((utc(transition.timestamp()), next));
            offset = next;
        }
    }
    Some((first, changes))
}

fn utc(timestamp: Timestamp) -> DateTime {
    TimeZone::UTC.to_datetime(timestamp)
}

#[cfg(test)]
mod tests;
