//! What components of every kind have.

use std::borrow::Cow;
use std::io;

use jiff::civil::DateTime;

use super::clock::{Stamp, time};
use super::keys;
use crate::mapi::globalid::{hex, uid as uid_of};
use crate::mapi::tag::pr;
use crate::mime::body::Body;
use crate::mime::identity::digest;
use crate::mime::lines::{Lines, Property};
use crate::mime::{Context, Key, View, plain};

/// An exception before its series: a property that the one does not have is that of the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layers<'v> {
    /// The message of the exception.
    pub own: Option<View<'v>>,
    /// The series, or the item itself.
    pub base: View<'v>,
}

impl<'v> Layers<'v> {
    /// An item that stands alone.
    pub(super) fn single(base: View<'v>) -> Self {
        Self { own: None, base }
    }

    /// The number of `key`.
    pub(super) fn int(self, key: impl Into<Key> + Copy) -> Option<i64> {
        self.own.and_then(|own| own.int(key)).or_else(|| self.base.int(key))
    }

    /// The strings of `key`.
    pub(super) fn texts(self, key: impl Into<Key> + Copy) -> Vec<Cow<'v, str>> {
        let own = self.own.map(|own| own.texts(key)).unwrap_or_default();
        if own.is_empty() { self.base.texts(key) } else { own }
    }

    /// The time of `key`, in UTC.
    fn time(self, key: impl Into<Key> + Copy) -> Option<DateTime> {
        self.own.and_then(|own| time(own, key)).or_else(|| time(self.base, key))
    }
}

/// UID: the global id of the item, or a name made of what it says of itself.
pub(super) fn uid(view: View<'_>) -> String {
    let ids = [keys::CLEAN_GLOBAL_OBJECT_ID, keys::GLOBAL_OBJECT_ID];
    ids.into_iter().find_map(|key| uid_of(&view.bytes(key)?)).unwrap_or_else(|| hex(&digest(view)))
}

/// DTSTAMP, CREATED and LAST-MODIFIED. Where the item has no time at all, DTSTAMP, which must be there, is the beginning of 1970.
pub(super) fn write_times(lines: &mut Lines<'_>, layers: Layers<'_>) -> io::Result<()> {
    let created = layers.time(pr::CREATION_TIME);
    let modified = layers.time(pr::LAST_MODIFICATION_TIME);
    let changed = layers.time(keys::OWNER_CRITICAL_CHANGE);
    let stamp = modified.or(changed).or(created).unwrap_or(DateTime::constant(1970, 1, 1, 0, 0, 0, 0));
    lines.raw("DTSTAMP", &Stamp::utc(stamp).value)?;
    for (name, at) in [("CREATED", created), ("LAST-MODIFIED", modified)] {
        if let Some(at) = at {
            lines.raw(name, &Stamp::utc(at).value)?;
        }
    }
    Ok(())
}

/// CATEGORIES, CLASS and PRIORITY ([MS-OXCICAL] 2.1.3.1.1.20.3, .4 and .17).
pub(super) fn write_marks(lines: &mut Lines<'_>, layers: Layers<'_>) -> io::Result<()> {
    lines.texts("CATEGORIES", &layers.texts(keys::KEYWORDS))?;
    let private = layers.int(keys::PRIVATE) == Some(1);
    let class = match layers.int(keys::SENSITIVITY) {
        Some(1) => "X-PERSONAL",
        Some(2) => "PRIVATE",
        Some(3) => "CONFIDENTIAL",
        _ if private => "PRIVATE",
        _ => "PUBLIC",
    };
    lines.raw("CLASS", class)?;
    let Some(importance) = layers.int(keys::IMPORTANCE) else { return Ok(()) };
    let priority = match importance {
        0 => "9",
        2 => "1",
        _ => "5",
    };
    lines.raw("PRIORITY", priority)?;
    lines.raw("X-MICROSOFT-CDO-IMPORTANCE", &importance.to_string())
}

/// SUMMARY, where there is a subject.
pub(super) fn write_summary(lines: &mut Lines<'_>, subject: Option<&str>) -> io::Result<()> {
    subject.map_or(Ok(()), |subject| lines.text("SUMMARY", subject))
}

/// DESCRIPTION and X-ALT-DESC: the body as text and as HTML.
pub(super) fn write_body(lines: &mut Lines<'_>, view: View<'_>, context: Context<'_>) -> io::Result<()> {
    let body = Body::read(view, context.findings);
    if let Some(plain) = plain::text(&body) {
        lines.text("DESCRIPTION", &plain)?;
    }
    if let Some(html) = &body.html {
        lines.text(Property::new("X-ALT-DESC").with("FMTTYPE", "text/html"), &html.text())?;
    }
    Ok(())
}

/// When a reminder is shown that is known by PidLidReminderSignalTime, in UTC; `None` where none is set.
pub(super) fn signal(view: View<'_>) -> Option<DateTime> {
    time(view, keys::REMINDER_SIGNAL).filter(|_| view.is_set(keys::REMINDER_SET))
}

/// TRIGGER at a time, in UTC.
pub(super) fn at_time(utc: DateTime) -> (Property, String) {
    (Property::new("TRIGGER").with("VALUE", "DATE-TIME"), Stamp::utc(utc).value)
}

/// A VALARM that shows the item; `trigger` says when, and is a duration or a time.
pub(super) fn write_alarm(lines: &mut Lines<'_>, trigger: (Property, String)) -> io::Result<()> {
    lines.begin("VALARM")?;
    lines.raw("ACTION", "DISPLAY")?;
    lines.raw("DESCRIPTION", "Reminder")?;
    lines.raw(trigger.0, &trigger.1)?;
    lines.end("VALARM")
}
