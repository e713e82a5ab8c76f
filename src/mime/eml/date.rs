//! Dates as mail writes them (RFC 5322 3.3).

use crate::mapi::time::{civil_from_days, filetime_to_unix};

/// `filetime` as `Thu, 01 Jan 1970 00:00:00 +0000`; `None` for what is not the time of a message: before 1970, or the year 4500 and
/// later, which stand for "none".
pub(in crate::mime) fn rfc5322(filetime: i64) -> Option<String> {
    let unix = filetime_to_unix(filetime);
    let (days, seconds) = (unix.div_euclid(86_400), unix.rem_euclid(86_400));
    let (year, month, day) = civil_from_days(days);
    let (weekday, month) = names(days, month);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let text = format!("{weekday}, {day:02} {month} {year:04} {hours:02}:{minutes:02}:{seconds:02} +0000");
    (1970..4500).contains(&year).then_some(text)
}

/// Whether `text` is a date of mail, be it of an old form (RFC 5322 4.3) or the one of `ctime`: day, month by its name, year and time.
pub(in crate::mime) fn is_one(text: &str) -> bool {
    let words: Vec<&str> = text.split([' ', '\t', ',', '-']).filter(|word| !word.is_empty()).collect();
    let is_number =
        |word: &str, digits: &[usize]| digits.contains(&word.len()) && word.bytes().all(|b| b.is_ascii_digit());
    let is_month = |word: &str| {
        let start = word.get(..3).filter(|_| word.bytes().all(|b| b.is_ascii_alphabetic()));
        start.is_some_and(|start| MONTHS.iter().any(|month| month.eq_ignore_ascii_case(start)))
    };
    let is_time = |word: &str| word.split(':').count() >= 2 && word.split(':').all(|part| is_number(part, &[1, 2]));
    let has = |what: &dyn Fn(&str) -> bool| words.iter().any(|word| what(word));
    let numbers = words.iter().filter(|word| is_number(word, &[1, 2, 4])).count();
    has(&is_month) && has(&is_time) && numbers >= 2
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The names of a weekday and a month, by `days` from 1970-01-01 and the number of the month.
pub(in crate::mime) fn names(days: i64, month: i64) -> (&'static str, &'static str) {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    // Both are in range by their computation.
    (DAYS[days.rem_euclid(7) as usize], MONTHS[(month - 1).rem_euclid(12) as usize])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapi::time::unix_to_filetime;

    #[test]
    fn dates_that_are_known() {
        let date = |unix| rfc5322(unix_to_filetime(unix));
        assert_eq!(date(0).as_deref(), Some("Thu, 01 Jan 1970 00:00:00 +0000"));
        assert_eq!(date(1_709_210_096).as_deref(), Some("Thu, 29 Feb 2024 12:34:56 +0000"));
        assert_eq!(date(-1), None);
        // [MS-OXOCAL] 2.2.1.44.1: 4501-01-01 is none.
        assert_eq!(rfc5322(0x0CB3_4557_A3DD_4000), None);
        assert_eq!(rfc5322(i64::MIN), None);
        assert_eq!(rfc5322(i64::MAX), None);
    }

    #[test]
    fn what_is_a_date() {
        for good in [
            "Thu, 29 Feb 2024 12:34:56 +0000",
            "29 Feb 24 12:34 GMT",
            "Thu, 1 Mar 2012 9:15:59 +0000 (GMT+00:00)",
            "Thu Feb  9 12:34:56 2024",
            "Sun, 06-Nov-94 08:49:37 GMT",
        ] {
            assert!(is_one(good), "{good}");
        }
        for bad in ["", "garbage", "2024-02-29T12:34:56Z", "29 Feb 2024", "12:34 29", "Thu, 29 Feb 12:34:56"] {
            assert!(!is_one(bad), "{bad}");
        }
    }
}
