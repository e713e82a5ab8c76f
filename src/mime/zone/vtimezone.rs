//! A zone as VTIMEZONE.

use std::io;

use jiff::civil::DateTime;

use super::{Cause, Change, FIRST_YEAR, Zone, first_year, plus, utc_offset};
use crate::mapi::timezone::{SystemTime, TzRule};
use crate::mime::lines::Lines;

/// The two-letter names of the days of the week in RRULE; Sunday is the first.
pub(in crate::mime) const WEEKDAYS: [&str; 7] = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];

/// `time` as DATE-TIME, without a `Z` or TZID.
pub(in crate::mime) fn date_time(time: DateTime) -> String {
    time.strftime("%Y%m%dT%H%M%S").to_string()
}

impl Zone {
    /// Writes the VTIMEZONE called `tzid`.
    pub(in crate::mime) fn write(&self, lines: &mut Lines<'_>, tzid: &str) -> io::Result<()> {
        lines.begin("VTIMEZONE")?;
        lines.text("TZID", tzid)?;
        if self.changes(FIRST_YEAR..=FIRST_YEAR).is_empty() {
            let offset = self.first_offset(FIRST_YEAR);
            let at = DateTime::constant(FIRST_YEAR, 1, 1, 0, 0, 0, 0);
            self.observance(lines, "STANDARD", at, (offset, offset), None)?;
        }
        for (n, rule) in self.rules.iter().enumerate() {
            let first = if n == 0 { FIRST_YEAR } else { first_year(rule) };
            self.write_rule(lines, rule, first, self.rules.get(n + 1).map(|next| first_year(next) - 1))?;
        }
        lines.end("VTIMEZONE")
    }

    /// The observances of `rule`, which holds from `first` to `last`.
    fn write_rule(&self, lines: &mut Lines<'_>, rule: &TzRule, first: i16, last: Option<i16>) -> io::Result<()> {
        let of_year = |year: i16| {
            let changes = self.changes(year - 1..=year).into_iter();
            changes.filter(move |change| plus(change.at, change.from).year() == year)
        };
        for Change { at, from, to, cause } in of_year(first) {
            let (name, when) = match cause {
                Cause::Rule => ("STANDARD", None),
                Cause::Standard => ("STANDARD", Some(&rule.standard)),
                Cause::Daylight => ("DAYLIGHT", Some(&rule.daylight)),
            };
            let until = last.and_then(|last| of_year(last).find(|change| change.cause == cause));
            let repeats = when.filter(|when| when.year == 0).map(|when| yearly(when, until.map(|change| change.at)));
            self.observance(lines, name, plus(at, from), (from, to), repeats)?;
        }
        Ok(())
    }

    fn observance(
        &self,
        lines: &mut Lines<'_>,
        name: &str,
        at: DateTime,
        (from, to): (i32, i32),
        repeats: Option<String>,
    ) -> io::Result<()> {
        lines.begin(name)?;
        lines.raw("DTSTART", &date_time(at))?;
        lines.raw("TZOFFSETFROM", &utc_offset(from))?;
        lines.raw("TZOFFSETTO", &utc_offset(to))?;
        if let Some(rule) = repeats {
            lines.raw("RRULE", &rule)?;
        }
        lines.end(name)
    }
}

fn yearly(when: &SystemTime, until: Option<DateTime>) -> String {
    let n = if when.day >= 5 { -1 } else { i32::from(when.day) };
    let weekday = WEEKDAYS[usize::from(when.day_of_week % 7)];
    let until = until.map(|until| format!(";UNTIL={}Z", date_time(until))).unwrap_or_default();
    format!("FREQ=YEARLY;BYMONTH={};BYDAY={n}{weekday}{until}", when.month)
}
