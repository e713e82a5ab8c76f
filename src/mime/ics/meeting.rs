//! What meetings send: requests, cancellations and responses ([MS-OXCICAL] 2.1.3.1.1.1, RFC 5546).

use super::clock::{Clock, Stamp, display_zone, nearest_day, series_zone, time};
use super::keys;
use crate::mapi::tag::pr;
use crate::mime::{Context, View, Zones};

/// METHOD: what is to be done with a calendar that comes in a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Nothing: it is told.
    Publish,
    /// Take part.
    Request,
    /// The meeting does not take place.
    Cancel,
    /// An attendee answers.
    Reply,
    /// An attendee proposes another time.
    Counter,
}

impl Method {
    /// The method of a mail that a meeting sends; `None` where `message` is not one.
    pub fn of(message: View<'_>) -> Option<Self> {
        let class = message.text(pr::MESSAGE_CLASS)?.to_ascii_lowercase();
        let is = |name: &str| class.strip_prefix("ipm.schedule.meeting.").is_some_and(|rest| rest.starts_with(name));
        if is("request") {
            Some(Self::Request)
        } else if is("canceled") {
            Some(Self::Cancel)
        } else if is("resp") {
            Some(if message.is_set(keys::COUNTER_PROPOSAL) { Self::Counter } else { Self::Reply })
        } else {
            None
        }
    }

    /// The value of METHOD.
    pub fn name(self) -> &'static str {
        match self {
            Self::Publish => "PUBLISH",
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
            Self::Reply => "REPLY",
            Self::Counter => "COUNTER",
        }
    }
}

/// PARTSTAT that a response of `class` means.
pub(super) fn response(class: &str) -> &'static str {
    match class.rsplit('.').next().unwrap_or_default().to_ascii_lowercase().as_str() {
        "pos" => "ACCEPTED",
        "neg" => "DECLINED",
        "tent" => "TENTATIVE",
        _ => "NEEDS-ACTION",
    }
}

/// Which instance of a series a message speaks of, where it speaks of one: the date is in PidLidGlobalObjectId ([MS-OXOCAL] 2.2.1.27).
pub(super) fn recurrence_id(view: View<'_>, context: Context<'_>, zones: &mut Zones) -> Option<Stamp> {
    let id = view.bytes(keys::GLOBAL_OBJECT_ID)?;
    let date = id.get(16..20).filter(|date| date.iter().any(|byte| *byte != 0))?;
    let replaced = time(view, keys::EXCEPTION_REPLACE_TIME).or_else(|| time(view, keys::START_WHOLE))?;
    let zone = series_zone(view, context).or_else(|| display_zone(view, keys::DEFINITION_START, context));
    let clock = Clock::of(zone, &(replaced..=replaced), zones);
    let year = i16::from_be_bytes([date[0], date[1]]);
    let day = jiff::civil::Date::new(year, date[2].cast_signed(), date[3].cast_signed()).ok();
    let local = clock.to_local(replaced);
    let local = day.map_or(local, |day| local.with().date(day).build().unwrap_or(local));
    Some(if view.is_set(keys::SUB_TYPE) { Stamp::date(nearest_day(local)) } else { clock.stamp(local) })
}
