//! Times as MAPI counts them.

use jiff::SignedDuration;
use jiff::civil::{DateTime, date};

/// Seconds from 1601-01-01 to 1970-01-01.
const EPOCH: i64 = 11_644_473_600;

/// The Unix time in seconds (floored) of `filetime`, which counts 100 ns from 1601-01-01 UTC ([MS-DTYP] 2.3.3).
pub const fn filetime_to_unix(filetime: i64) -> i64 {
    filetime.div_euclid(10_000_000) - EPOCH
}

/// The FILETIME of `unix` seconds; saturating.
pub const fn unix_to_filetime(unix: i64) -> i64 {
    unix.saturating_add(EPOCH).saturating_mul(10_000_000)
}

/// The date and time in UTC that `filetime` is, in whole seconds; `None` before 1601 and after 9999.
pub fn filetime_to_utc(filetime: i64) -> Option<DateTime> {
    let since = SignedDuration::from_secs(Some(filetime.div_euclid(10_000_000)).filter(|secs| *secs >= 0)?);
    date(1601, 1, 1).at(0, 0, 0, 0).checked_add(since).ok()
}

/// The FILETIME of `utc`, in whole seconds.
pub fn utc_to_filetime(utc: DateTime) -> i64 {
    unix_to_filetime(utc.duration_since(date(1970, 1, 1).at(0, 0, 0, 0)).as_secs())
}

/// `filetime` as `YYYY-MM-DDTHH:MM:SSZ`.
pub fn filetime_to_string(filetime: i64) -> String {
    let [y, m, d, hour, minute, second] = filetime_to_civil(filetime);
    format!("{y:04}-{m:02}-{d:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Year, month, day, hour, minute and second of `filetime` in UTC.
pub fn filetime_to_civil(filetime: i64) -> [i64; 6] {
    let unix = filetime_to_unix(filetime);
    let (days, secs) = (unix.div_euclid(86_400), unix.rem_euclid(86_400));
    let (y, m, d) = civil_from_days(days);
    [y, m, d, secs / 3600, secs / 60 % 60, secs % 60]
}

/// Year, month and day of the proleptic Gregorian calendar, `days` after 1970-01-01.
pub(crate) fn civil_from_days(days: i64) -> (i64, i64, i64) {
    // Count from 0000-03-01, so that the leap day is the last of its year, in eras of 400 years.
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (d, m) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    (yoe + era * 400 + i64::from(m <= 2), m, d)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_that_are_known() {
        assert_eq!(filetime_to_string(0), "1601-01-01T00:00:00Z");
        assert_eq!(filetime_to_string(unix_to_filetime(0)), "1970-01-01T00:00:00Z");
        assert_eq!(filetime_to_string(unix_to_filetime(951_782_400)), "2000-02-29T00:00:00Z");
        assert_eq!(filetime_to_string(unix_to_filetime(4_107_542_399)), "2100-02-28T23:59:59Z");
        assert_eq!(filetime_to_utc(unix_to_filetime(951_782_400)), Some(date(2000, 2, 29).at(0, 0, 0, 0)));
        assert_eq!(utc_to_filetime(date(2000, 2, 29).at(0, 0, 0, 0)), unix_to_filetime(951_782_400));
        assert_eq!(filetime_to_utc(-1), None);
        assert_eq!(filetime_to_utc(i64::MAX), None);
    }
}
