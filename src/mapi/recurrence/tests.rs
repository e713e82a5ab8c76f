use jiff::civil::{Date, date};

use super::*;

fn bytes(hex: &str) -> Vec<u8> {
    hex.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// [MS-OXOCAL] 4.1.1.2: Mondays, Thursdays and Fridays, 12 times; that of 2007-04-16 is an hour later, with another subject and place.
const WEEKLY_WITH_EXCEPTION: &str = "043004300B2001000000C0210000010000000000000032000000222000000C0000000000000001000000A096BC0C01000000A096BC0C8020BC0C20ADBC0C0630000009300000580200007602000001003499BC0C5299BC0CF898BC0C11002200210053696D706C6520526563757272656E6365207769746820657863657074696F6E730800070033342F34313431000000000400000000000000000000003499BC0C5299BC0CF898BC0C2100530069006D0070006C006500200052006500630075007200720065006E006300650020007700690074006800200065007800630065007000740069006F006E0073000700330034002F0034003100340031000000000000000000";

/// [MS-OXOCAL] 4.1.1.3: every third day from 2011-04-07 to 2011-05-04, without 2011-04-19 and 2011-04-22.
const DAILY_WITH_DELETED: &str = "043004300A2000000000A0050000E010000000000000212000000A0000000000000002000000A0C1DC0C80D2DC0C00000000207EDC0C0016DD0C0630000009300000E0010000FE01000000000000000000000000";

fn parse(hex: &str) -> AppointmentRecurrencePattern {
    let findings = Findings::new();
    let parsed = AppointmentRecurrencePattern::parse(&bytes(hex), &findings).unwrap();
    assert_eq!(findings.take(), []);
    parsed
}

#[test]
fn the_weekly_example_of_the_specification() {
    let series = parse(WEEKLY_WITH_EXCEPTION);
    assert_eq!(series.pattern.pattern, Pattern::Week(0b011_0010));
    assert_eq!((series.pattern.end, series.pattern.frequency), (End::Count(12), WEEKLY));
    let days: Vec<Date> = series.pattern.dates().collect();
    assert_eq!((days.len(), days[0], days[11]), (12, date(2007, 3, 26), date(2007, 4, 20)));
    assert_eq!(series.start_on(days[0]), date(2007, 3, 26).at(10, 0, 0, 0));
    assert_eq!((series.duration(), series.cancelled().count()), (30, 0));
    let [exception] = series.exceptions.as_slice() else { panic!() };
    assert_eq!(exception.original_start, date(2007, 4, 16).at(10, 0, 0, 0));
    assert_eq!(exception.start, date(2007, 4, 16).at(11, 0, 0, 0));
    assert_eq!(exception.end, date(2007, 4, 16).at(11, 30, 0, 0));
    assert_eq!(exception.subject.as_deref(), Some("Simple Recurrence with exceptions"));
    assert_eq!(exception.location.as_deref(), Some("34/4141"));
    assert_eq!((exception.busy_status, exception.reminder_set), (None, None));
}

#[test]
fn the_daily_example_of_the_specification() {
    let series = parse(DAILY_WITH_DELETED);
    let days: Vec<Date> = series.pattern.dates().collect();
    assert_eq!((days.len(), days[0], days[9]), (10, date(2011, 4, 7), date(2011, 5, 4)));
    assert_eq!(series.cancelled().collect::<Vec<_>>(), [date(2011, 4, 19), date(2011, 4, 22)]);
}

#[test]
fn what_is_cut_is_told_and_what_came_before_it_is_kept() {
    let whole = bytes(WEEKLY_WITH_EXCEPTION);
    let narrow = whole.len() - 120;
    for cut in 0..whole.len() {
        let findings = Findings::new();
        let parsed = AppointmentRecurrencePattern::parse(&whole[..cut], &findings);
        let found = findings.take();
        // The last four bytes are the length of a block that nothing is read from.
        assert_eq!(found.is_empty(), cut >= whole.len() - 4, "{cut} {found:?}");
        match parsed {
            Some(series) if cut >= narrow => assert_eq!(series.exceptions.len(), 1, "{cut}"),
            Some(series) => assert!(series.exceptions.len() <= 1, "{cut}"),
            None => assert!(cut < 78, "{cut}"),
        }
    }
}

#[test]
fn a_count_that_is_larger_than_the_value_takes_no_memory() {
    let mut blob = bytes(DAILY_WITH_DELETED);
    blob[34..38].copy_from_slice(&u32::MAX.to_le_bytes());
    let findings = Findings::new();
    assert!(AppointmentRecurrencePattern::parse(&blob, &findings).is_none());
    assert!(findings.take()[0].to_string().contains("4294967295 dates"));
}

/// A pattern that begins with `start`, without end.
fn rule(pattern: Pattern, period: u32, start: Date) -> RecurrencePattern {
    let minutes = |day: Date| u32::try_from((day - date(1601, 1, 1)).get_days()).unwrap() * 1440;
    RecurrencePattern {
        frequency: MONTHLY,
        pattern,
        hijri: false,
        calendar: 0,
        first_date_time: minutes(start.first_of_month()),
        period,
        sliding: false,
        end: End::Never,
        first_dow: 0,
        deleted: vec![],
        modified: vec![],
        start_date: minutes(start),
        end_date: 0,
    }
}

fn first_four(rule: &RecurrencePattern) -> Vec<String> {
    rule.dates().take(4).map(|day| day.to_string()).collect()
}

#[test]
fn a_day_that_a_month_does_not_have_is_its_last() {
    let monthly = rule(Pattern::Month(31), 1, date(2024, 1, 31));
    assert_eq!(first_four(&monthly), ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"]);
    let yearly = rule(Pattern::Month(29), 12, date(2024, 2, 29));
    assert_eq!(first_four(&yearly), ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28"]);
    let end = rule(Pattern::MonthEnd, 1, date(2023, 12, 31));
    assert_eq!(first_four(&end), ["2023-12-31", "2024-01-31", "2024-02-29", "2024-03-31"]);
}

#[test]
fn the_second_tuesday_and_the_last_working_day() {
    let second = rule(Pattern::MonthNth(0b100, 2), 1, date(2024, 1, 9));
    assert_eq!(first_four(&second), ["2024-01-09", "2024-02-13", "2024-03-12", "2024-04-09"]);
    let last = rule(Pattern::MonthNth(0b011_1110, 5), 3, date(2024, 3, 29));
    assert_eq!(first_four(&last), ["2024-03-29", "2024-06-28", "2024-09-30", "2024-12-31"]);
}

#[test]
fn a_start_that_the_pattern_does_not_have_is_no_instance() {
    let mut weekly = rule(Pattern::Week(0b10), 2, date(2024, 1, 3));
    weekly.first_date_time = weekly.start_date - 3 * 1440;
    assert_eq!(first_four(&weekly), ["2024-01-15", "2024-01-29", "2024-02-12", "2024-02-26"]);
}

#[test]
fn a_start_that_is_an_instance_counts_more_than_the_phase() {
    for (pattern, period, start, first) in [
        (Pattern::Month(4), 12, date(2024, 3, 4), ["2024-03-04", "2025-03-04", "2026-03-04", "2027-03-04"]),
        (Pattern::Week(0b10), 2, date(2024, 3, 11), ["2024-03-11", "2024-03-25", "2024-04-08", "2024-04-22"]),
        (Pattern::Day, 2880, date(2024, 3, 5), ["2024-03-05", "2024-03-07", "2024-03-09", "2024-03-11"]),
        (Pattern::Month(5), 12, date(2024, 3, 4), ["2025-01-05", "2026-01-05", "2027-01-05", "2028-01-05"]),
    ] {
        let findings = Findings::new();
        let contradicted = RecurrencePattern { first_date_time: 0, ..rule(pattern, period, start) };
        contradicted.check(&findings);
        assert_eq!(first_four(&contradicted), first);
        // Of the week and of the day that these are, counted from 1601-01-01, the numbers are odd.
        let told: Vec<Effect> = findings.take().iter().map(|finding| finding.effect).collect();
        assert_eq!(told, [Effect::Altered][..usize::from(pattern != Pattern::Month(5))], "{pattern:?}");
    }
}

#[test]
fn months_of_other_calendars_are_not_guessed() {
    let mut hijri = rule(Pattern::Month(5), 1, date(2024, 1, 5));
    hijri.hijri = true;
    assert!(hijri.has_other_months());
    assert_eq!(first_four(&hijri), ["2024-01-05"]);
    let thai = RecurrencePattern { calendar: 7, hijri: false, ..hijri };
    assert!(!thai.has_other_months());
}

#[test]
fn no_days_means_no_instances() {
    let findings = Findings::new();
    let none = rule(Pattern::Week(0), 1, date(2024, 1, 3));
    none.check(&findings);
    assert_eq!((none.dates().count(), findings.take().len()), (0, 1));
    assert_eq!(none.first(), date(2024, 1, 3));
}

#[test]
fn the_weekday_of_the_start_stands_in_for_none() {
    for (kind, specific, pattern) in
        [("0B200100", "00000000", Pattern::Week(0b10)), ("0C200300", "0000000002000000", Pattern::MonthNth(0b10, 2))]
    {
        // Every week or month from Monday 2007-03-26 on, without end.
        let rest = "232000000A0000000000000000000000000000008020BC0CDF80E95A";
        let blob = format!("04300430{kind}0000000000000100000000000000{specific}{rest}");
        let findings = Findings::new();
        let parsed = RecurrencePattern::parse(&bytes(&blob), &findings).unwrap();
        assert_eq!(parsed.pattern, pattern);
        assert_eq!(parsed.first().weekday(), jiff::civil::Weekday::Monday);
        assert_eq!(findings.take().len(), 1);
    }
}

#[test]
fn a_period_beyond_the_calendar_has_one_instance_or_none() {
    let mut rule = rule(Pattern::Week(0b111_1111), u32::MAX, date(2024, 1, 3));
    assert!(rule.dates().count() <= 7);
    for pattern in [Pattern::Day, Pattern::Month(1), Pattern::Week(1)] {
        rule.pattern = pattern;
        rule.first_date_time = u32::MAX;
        assert!(rule.dates().count() <= 1);
    }
}
