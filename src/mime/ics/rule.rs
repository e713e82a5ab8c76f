//! A pattern as RRULE (RFC 5545 3.3.10, [MS-OXCICAL] 2.1.3.2.2).

use crate::mapi::recurrence::{Pattern, RecurrencePattern};
use crate::mime::zone::WEEKDAYS;

/// The rule of `pattern`, without its end. In months of another calendar it counts months whatever the frequency, as the pattern does.
pub(super) fn frequency(pattern: &RecurrencePattern) -> String {
    let interval = pattern.interval();
    match pattern.pattern {
        Pattern::Day => format!("FREQ=DAILY;INTERVAL={interval}"),
        Pattern::Week(mask) => {
            let first = WEEKDAYS[usize::from(pattern.first_dow % 7)];
            format!("FREQ=WEEKLY;INTERVAL={interval};BYDAY={};WKST={first}", days(mask))
        }
        _ => {
            let month = pattern.first().month();
            let yearly = interval.is_multiple_of(12) && !pattern.has_other_months();
            let day = match pattern.pattern {
                Pattern::Month(day) => month_day(day, yearly.then_some(month)),
                Pattern::MonthNth(mask, n) => nth(mask, n),
                _ => "BYMONTHDAY=-1".to_owned(),
            };
            if yearly {
                format!("FREQ=YEARLY;INTERVAL={};BYMONTH={month};{day}", interval / 12)
            } else {
                format!("FREQ=MONTHLY;INTERVAL={interval};{day}")
            }
        }
    }
}

fn days(mask: u8) -> String {
    let set = (0..7).filter(|bit| mask & (1 << bit) != 0).map(|bit| WEEKDAYS[bit]);
    set.collect::<Vec<_>>().join(",")
}

/// A day of the month that is the last one where the month, `month` or any, is too short for it.
fn month_day(day: u32, month: Option<i8>) -> String {
    let shortest = match month {
        Some(2) | None => 28,
        Some(4 | 6 | 9 | 11) => 30,
        Some(_) => 31,
    };
    let longest = match month {
        Some(2) => 29,
        Some(_) => shortest,
        None => 31,
    };
    if day <= shortest {
        format!("BYMONTHDAY={}", day.max(1))
    } else if day >= longest {
        "BYMONTHDAY=-1".to_owned()
    } else {
        let candidates: Vec<String> = (shortest..=day).map(|day| day.to_string()).collect();
        format!("BYMONTHDAY={};BYSETPOS=-1", candidates.join(","))
    }
}

fn nth(mask: u8, n: u32) -> String {
    let n = if n >= 5 { -1 } else { n.cast_signed().max(1) };
    if mask.count_ones() == 1 {
        format!("BYDAY={n}{}", days(mask))
    } else {
        format!("BYDAY={};BYSETPOS={n}", days(mask))
    }
}

/// X-MICROSOFT-CALSCALE of `pattern`, where it counts months of another calendar than the Gregorian one.
pub(super) fn foreign_scale(pattern: &RecurrencePattern) -> Option<&'static str> {
    pattern.has_other_months().then(|| calscale(pattern))
}

/// X-MICROSOFT-CALSCALE of a CalendarType ([MS-OXCICAL] 2.1.3.1.1.8).
pub(super) fn calscale(pattern: &RecurrencePattern) -> &'static str {
    match pattern.calendar {
        _ if pattern.hijri => "Hijri",
        0x06 => "Hijri",
        0x08 => "Hebrew",
        0x0E => "JapanLunar",
        0x0F => "ChineseLunar",
        0x10 => "Saka",
        0x11 => "LunarEtoChn",
        0x12 => "LunarEtoKor",
        0x13 => "LunarRokuyou",
        0x14 => "KoreaLunar",
        0x17 => "Umalqura",
        _ => "Gregorian",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_short_months_do_not_have() {
        assert_eq!(month_day(28, None), "BYMONTHDAY=28");
        assert_eq!(month_day(29, None), "BYMONTHDAY=28,29;BYSETPOS=-1");
        assert_eq!(month_day(30, None), "BYMONTHDAY=28,29,30;BYSETPOS=-1");
        assert_eq!(month_day(31, None), "BYMONTHDAY=-1");
        assert_eq!(month_day(29, Some(2)), "BYMONTHDAY=-1");
        assert_eq!(month_day(31, Some(4)), "BYMONTHDAY=-1");
        assert_eq!(month_day(31, Some(12)), "BYMONTHDAY=31");
        assert_eq!(month_day(30, Some(6)), "BYMONTHDAY=30");
    }

    #[test]
    fn days_of_the_week_in_a_month() {
        assert_eq!(nth(0b100, 2), "BYDAY=2TU");
        assert_eq!(nth(0b100_0000, 5), "BYDAY=-1SA");
        assert_eq!(nth(0b011_1110, 5), "BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1");
        assert_eq!(nth(0b111_1111, 3), "BYDAY=SU,MO,TU,WE,TH,FR,SA;BYSETPOS=3");
    }
}
