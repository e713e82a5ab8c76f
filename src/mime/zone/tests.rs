use super::*;
use crate::mime::lines::Lines;

fn when(month: u16, day: u16, hour: u16) -> SystemTime {
    SystemTime { month, day, hour, ..SystemTime::default() }
}

fn rule(year: u16, bias: i32, standard: SystemTime, daylight: SystemTime) -> TzRule {
    TzRule { flags: 0, year, bias, standard_bias: 0, daylight_bias: -60, standard, daylight }
}

fn berlin() -> Zone {
    Zone::from_rule("W. Europe Standard Time", rule(0, -60, when(10, 5, 3), when(3, 5, 2)))
}

fn sydney() -> Zone {
    Zone::from_rule("AUS Eastern Standard Time", rule(0, -600, when(4, 1, 3), when(10, 1, 2)))
}

fn eastern() -> Zone {
    let rules = vec![rule(1601, 300, when(10, 5, 2), when(4, 1, 2)), rule(2007, 300, when(11, 1, 2), when(3, 2, 2))];
    Zone { name: "Eastern Standard Time".into(), rules }
}

fn at(text: &str) -> DateTime {
    text.parse().unwrap()
}

/// Every hour of some years: the offsets are those of the IANA zone, and the way back leads to the same moment or its twin.
#[test]
fn every_hour_is_that_of_the_iana_zone() {
    for (zone, name, years) in [
        (berlin(), "Europe/Berlin", 2000..=2001),
        (sydney(), "Australia/Sydney", 2010..=2011),
        (eastern(), "America/New_York", 2005..=2008),
    ] {
        let iana = TimeZoneDatabase::bundled().get(name).unwrap();
        let mut utc = date(*years.start(), 1, 1).at(0, 30, 0, 0);
        while years.contains(&utc.year()) {
            let timestamp = TimeZone::UTC.to_timestamp(utc).unwrap();
            let local = iana.to_datetime(timestamp);
            assert_eq!(zone.to_local(utc), local, "{name} {utc}");
            let back = iana.to_ambiguous_timestamp(local).compatible().unwrap();
            assert_eq!(zone.to_utc(local), TimeZone::UTC.to_datetime(back), "{name} {local}");
            utc = plus(utc, 60);
        }
    }
}

#[test]
fn a_time_that_no_clock_shows_counts_from_before_the_gap() {
    assert_eq!(berlin().to_utc(at("2024-03-31T02:30:00")), at("2024-03-31T01:30:00"));
    assert_eq!(berlin().to_utc(at("2024-10-27T02:30:00")), at("2024-10-27T00:30:00"));
}

#[test]
fn the_name_is_that_of_iana_only_where_its_clocks_agree() {
    let mut zones = Zones::default();
    let year = |year: i16| date(year, 1, 1).at(0, 0, 0, 0)..=date(year, 12, 31).at(0, 0, 0, 0);
    assert_eq!(zones.tzid(&berlin(), &year(2024)), "Europe/Berlin");
    assert_eq!(zones.tzid(&eastern(), &year(2006)), "America/New_York");
    let now_for_ever = Zone::from_rule("Eastern Standard Time", eastern().rules[1]);
    assert_eq!(
        zones.tzid(&now_for_ever, &year(2006)),
        "Eastern Standard Time (UTC-0500 and -0400 from 3-2-0-2 to 11-1-0-2)"
    );
    assert_eq!(zones.tzid(&now_for_ever, &year(2024)), "America/New_York", "the same in that year");
    let until_2006 = Zone::from_rule("Eastern Standard Time", eastern().rules[0]);
    assert_eq!(
        zones.tzid(&until_2006, &year(2024)),
        "Eastern Standard Time (UTC-0500 and -0400 from 4-1-0-2 to 10-5-0-2)"
    );
    assert_eq!(zones.tzid(&Zone::fixed(-210), &year(2024)), "UTC-0330");
}

#[test]
fn display_names_tell_the_zone_too() {
    let year = date(2024, 1, 1).at(0, 0, 0, 0)..=date(2024, 12, 31).at(0, 0, 0, 0);
    let named = |name: &str, zone: Zone| Zones::default().tzid(&Zone { name: name.into(), ..zone }, &year);
    assert_eq!(named("(GMT+01:00) Amsterdam, Berlin, Bern, Rom, Stockholm, Wien", berlin()), "Europe/Amsterdam");
    let now = || Zone::from_rule("", eastern().rules[1]);
    assert_eq!(named("(UTC-05:00) Eastern Time (US & Canada)", now()), "America/New_York");
    assert_eq!(named("(GMT-05:00) Bogota, Toronto", now()), "America/Toronto", "whose clocks agree");
    assert_eq!(named("(GMT+01:00) Nowhere, ", berlin()), "(GMT+01:00) Nowhere, ");
    assert_eq!(named("Amsterdam, Berlin", berlin()), "Amsterdam, Berlin");
}

#[test]
fn a_day_that_ends_a_millisecond_early() {
    let end = SystemTime { day_of_week: 6, minute: 59, second: 59, ..when(10, 5, 23) };
    let beirut = Zone::from_rule("Middle East Standard Time", rule(0, -120, end, when(3, 5, 0)));
    let year = date(2024, 1, 1).at(0, 0, 0, 0)..=date(2024, 12, 31).at(0, 0, 0, 0);
    assert_eq!(Zones::default().tzid(&beirut, &year), "Asia/Beirut");
}

fn written(zone: &Zone) -> String {
    let mut out = Vec::new();
    zone.write(&mut Lines::new(&mut out), "Z").unwrap();
    String::from_utf8(out).unwrap().replace("\r\n", "\n")
}

#[test]
fn a_zone_with_rules_by_year() {
    let expected = "BEGIN:VTIMEZONE\nTZID:Z\n\
        BEGIN:DAYLIGHT\nDTSTART:16010401T020000\nTZOFFSETFROM:-0500\nTZOFFSETTO:-0400\n\
        RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU;UNTIL=20060402T070000Z\nEND:DAYLIGHT\n\
        BEGIN:STANDARD\nDTSTART:16011028T020000\nTZOFFSETFROM:-0400\nTZOFFSETTO:-0500\n\
        RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;UNTIL=20061029T060000Z\nEND:STANDARD\n\
        BEGIN:DAYLIGHT\nDTSTART:20070311T020000\nTZOFFSETFROM:-0500\nTZOFFSETTO:-0400\n\
        RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU\nEND:DAYLIGHT\n\
        BEGIN:STANDARD\nDTSTART:20071104T020000\nTZOFFSETFROM:-0400\nTZOFFSETTO:-0500\n\
        RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU\nEND:STANDARD\nEND:VTIMEZONE\n";
    assert_eq!(written(&eastern()), expected);
}

#[test]
fn a_zone_that_moves_without_daylight_saving_time() {
    let never = SystemTime::default();
    let zone = Zone { name: "Z".into(), rules: vec![rule(0, -180, never, never), rule(2016, -240, never, never)] };
    let expected = "BEGIN:VTIMEZONE\nTZID:Z\n\
        BEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:+0300\nTZOFFSETTO:+0300\nEND:STANDARD\n\
        BEGIN:STANDARD\nDTSTART:20160101T000000\nTZOFFSETFROM:+0300\nTZOFFSETTO:+0400\nEND:STANDARD\n\
        END:VTIMEZONE\n";
    assert_eq!(written(&zone), expected);
    assert_eq!(zone.to_local(at("2015-12-31T20:59:59")), at("2015-12-31T23:59:59"));
    assert_eq!(zone.to_local(at("2015-12-31T21:00:00")), at("2016-01-01T01:00:00"));
}

#[test]
fn rules_that_make_no_sense_change_nothing() {
    let odd = SystemTime { month: 13, day: 9, day_of_week: 9, hour: 99, ..SystemTime::default() };
    let zone = Zone::from_rule("", TzRule { bias: i32::MIN, ..rule(0, 0, odd, odd) });
    assert!(!zone.is_possible());
    zone.to_utc(zone.to_local(at("9999-12-31T23:59:59")));
    zone.to_utc(zone.to_local(at("0001-01-01T00:00:00")));
}

#[test]
fn the_rule_that_is_marked_counts_for_all_years() {
    let mut definition = TimeZoneDefinition { key_name: "Eastern Standard Time".into(), rules: eastern().rules };
    let (before, after) = (at("2006-03-20T12:00:00"), at("2007-03-20T12:00:00"));
    let by_year = Zone::from_definition(&definition);
    assert_eq!((by_year.offset(before), by_year.offset(after)), (-300, -240));
    definition.rules[1].flags = crate::mapi::timezone::EFFECTIVE;
    let marked = Zone::from_definition(&definition);
    assert_eq!((marked.offset(before), marked.offset(after)), (-240, -240));
    definition.rules.push(TzRule { year: 2007, bias: 0, flags: 0, ..definition.rules[0] });
    definition.rules[1].flags = 0;
    assert_eq!(Zone::from_definition(&definition).offset(after), 0, "of two rules for a year the last one");
}
