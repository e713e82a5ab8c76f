//! The clock that the times of an item are written by.

use std::ops::RangeInclusive;

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};

use super::keys;
use crate::damage::{Effect, Finding};
use crate::mapi::time::filetime_to_utc;
use crate::mapi::timezone::{TimeZoneDefinition, TzRule};
use crate::mime::lines::Property;
use crate::mime::zone::{Zone, date_time};
use crate::mime::{Context, Key, View, Zones};

/// How times are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Clock {
    /// In UTC.
    Utc,
    /// On the wall clock of a zone, and its TZID.
    Wall(Zone, String),
}

/// A value of DTSTART and the like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    /// The value.
    pub value: String,
    tzid: Option<String>,
    is_date: bool,
}

impl Stamp {
    /// A DATE.
    pub(super) fn date(date: Date) -> Self {
        Self { value: date.strftime("%Y%m%d").to_string(), tzid: None, is_date: true }
    }

    /// A DATE-TIME in UTC.
    pub(super) fn utc(utc: DateTime) -> Self {
        Self { value: format!("{}Z", date_time(utc)), tzid: None, is_date: false }
    }

    /// The property `name` that has this value.
    pub(super) fn property(&self, name: &str) -> Property {
        let property = Property::new(name);
        match &self.tzid {
            _ if self.is_date => property.with("VALUE", "DATE"),
            Some(tzid) => property.with("TZID", tzid),
            None => property,
        }
    }
}

impl Clock {
    /// The clock of `zone` for times in `span` (UTC).
    pub(super) fn of(zone: Option<Zone>, span: &RangeInclusive<DateTime>, zones: &mut Zones) -> Self {
        match zone {
            Some(zone) => {
                let tzid = zones.tzid(&zone, span);
                Self::Wall(zone, tzid)
            }
            None => Self::Utc,
        }
    }

    /// The moment `utc`, as the wall clock shows it.
    pub(super) fn to_local(&self, utc: DateTime) -> DateTime {
        match self {
            Self::Utc => utc,
            Self::Wall(zone, _) => zone.to_local(utc),
        }
    }

    /// The moment at which the wall clock shows `local`.
    pub(super) fn to_utc(&self, local: DateTime) -> DateTime {
        match self {
            Self::Utc => local,
            Self::Wall(zone, _) => zone.to_utc(local),
        }
    }

    /// `local` as a DATE-TIME.
    pub(super) fn stamp(&self, local: DateTime) -> Stamp {
        match self {
            Self::Utc => Stamp::utc(local),
            Self::Wall(_, tzid) => Stamp { value: date_time(local), tzid: Some(tzid.clone()), is_date: false },
        }
    }
}

/// The day that begins at about `local`: all-day events begin at midnight of a clock that is not always known.
pub(in crate::mime) fn nearest_day(local: DateTime) -> Date {
    local.saturating_add(SignedDuration::from_hours(12)).date()
}

/// What Outlook writes where there is no time: 4501-01-01.
const NO_TIME: i64 = 0x0CB3_4557_A3DD_4000;

/// The time at `key`, in UTC.
pub(crate) fn time(view: View<'_>, key: impl Into<Key>) -> Option<DateTime> {
    view.int(key).filter(|time| *time != NO_TIME).and_then(filetime_to_utc)
}

/// The zone in which a single appointment begins or ends (`key`: PidLidAppointmentTimeZoneDefinitionStartDisplay or …EndDisplay).
pub(super) fn display_zone(view: View<'_>, key: Key, context: Context<'_>) -> Option<Zone> {
    let definition = TimeZoneDefinition::parse(&view.bytes(key)?, context.findings)?;
    possible(Zone::from_definition(&definition), context)
}

/// The zone of a series: PidLidAppointmentTimeZoneDefinitionRecur, unless PidLidTimeZoneStruct contradicts it ([MS-OXOCAL] 2.2.1.41).
pub(super) fn series_zone(view: View<'_>, context: Context<'_>) -> Option<Zone> {
    let rule = view.bytes(keys::TIME_ZONE_STRUCT).and_then(|bytes| TzRule::parse_struct(&bytes, context.findings));
    let definition = display_zone(view, keys::DEFINITION_RECUR, context);
    let zone = match (rule, definition) {
        (None, zone) => zone.or_else(|| display_zone(view, keys::DEFINITION_START, context)),
        (Some(rule), Some(zone)) if zone.is_rule(&rule) => Some(zone),
        (Some(rule), zone) => {
            let name = zone.map(|zone| zone.name().to_owned());
            let described = || view.text(keys::TIME_ZONE_DESCRIPTION).unwrap_or_default().into_owned();
            Some(Zone::from_rule(name.unwrap_or_else(described), rule))
        }
    };
    possible(zone?, context)
}

fn possible(zone: Zone, context: Context<'_>) -> Option<Zone> {
    if zone.is_possible() {
        return Some(zone);
    }
    let expected = "offsets of less than a day";
    context.findings.add(Finding::new(Effect::Lost, "time zone", expected, format!("{}, not used", zone.name())));
    None
}
