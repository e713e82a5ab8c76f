//! Appointments and meetings as VEVENT.

use std::borrow::Cow;
use std::io;

use jiff::SignedDuration;
use jiff::civil::DateTime;

use super::clock::{Clock, Stamp, display_zone, series_zone, time};
use super::common::{Layers, at_time, signal, uid, write_alarm, write_body, write_marks, write_summary, write_times};
use super::series::{Series, period};
use super::{Form, attachment, attendee, exception, keys, meeting, rule};
use crate::damage::{Effect, Finding};
use crate::mapi::Props;
use crate::mapi::tag::pr;
use crate::mime::eml::subject;
use crate::mime::lines::{Lines, Property};
use crate::mime::{Context, View, Zones};
use crate::mt::object::{Attachment, Message};

/// PidLidReminderDelta that stands for the default, and what that is, in minutes.
const DEFAULT_REMINDER: (i64, i64) = (0x5AE9_80E1, 15);
/// PidLidAppointmentStateFlags: it is a meeting; it was cancelled.
pub(super) const MEETING: i64 = 1;
pub(super) const CANCELLED: i64 = 4;

/// One VEVENT: a single appointment, a series, or an instance that differs from its series.
#[derive(Debug, Clone)]
pub(super) struct Instance<'v> {
    pub layers: Layers<'v>,
    /// The body is that of this object.
    pub body: View<'v>,
    pub recipients: &'v [Props<'v>],
    pub attachments: &'v [Attachment<'v>],
    pub start: Stamp,
    pub end: Stamp,
    pub recurrence_id: Option<Stamp>,
    pub subject: Option<Cow<'v, str>>,
    pub location: Option<Cow<'v, str>>,
    /// PidLidAppointmentStateFlags.
    pub state: i64,
    /// PidLidBusyStatus.
    pub busy: Option<i64>,
    pub all_day: bool,
    /// Minutes before the start.
    pub reminder: Option<i64>,
    /// When the reminder is shown, in UTC, where only that is known.
    pub signal: Option<DateTime>,
    /// X-MICROSOFT-CDO-INSTTYPE: 0 single, 1 series, 2 instance, 3 exception.
    pub kind: u8,
}

/// An item and the VEVENTs that it becomes.
pub(super) struct Event<'v> {
    context: Context<'v>,
    uid: String,
    series: Option<Series>,
    main: Instance<'v>,
    exceptions: Vec<Instance<'v>>,
}

impl<'v> Event<'v> {
    /// The event that `message` is; its zones go to `zones`. `None`, and a finding, where it does not say when it begins.
    pub(super) fn read(message: &'v Message<'v>, context: Context<'v>, zones: &mut Zones) -> Option<Self> {
        let view = context.view(&message.props);
        let series = Series::read(view, context, zones);
        let times = series.as_ref().map(Series::first).or_else(|| single(view, context, zones));
        let Some((start, end)) = times else {
            let expected = "a time at which the appointment begins";
            context.findings.add(Finding::new(Effect::Lost, "PidLidAppointmentStartWhole", expected, "none"));
            return None;
        };
        let recurrence_id = series.is_none().then(|| meeting::recurrence_id(view, context, zones)).flatten();
        let main = Instance {
            layers: Layers::single(view),
            body: view,
            recipients: &message.recipients,
            attachments: &message.attachments,
            start,
            end,
            subject: subject(view).map(Cow::Owned),
            location: view.text(keys::LOCATION),
            state: view.int(keys::STATE_FLAGS).unwrap_or(0),
            busy: view.int(keys::BUSY_STATUS),
            all_day: view.is_set(keys::SUB_TYPE),
            reminder: view.is_set(keys::REMINDER_SET).then(|| view.int(keys::REMINDER_DELTA)).flatten(),
            signal: signal(view),
            kind: if series.is_some() { 1 } else { 2 * u8::from(recurrence_id.is_some()) },
            recurrence_id,
        };
        let exceptions = series.as_ref().map(|series| exception::read(message, series, &main, context));
        Some(Self { context, uid: uid(view), series, main, exceptions: exceptions.unwrap_or_default() })
    }

    /// The calendar that its series counts by, where that is not the Gregorian one.
    pub(super) fn scale(&self) -> Option<&'static str> {
        rule::foreign_scale(&self.series.as_ref()?.recur.pattern)
    }

    /// Writes its VEVENTs.
    pub(super) fn write(&self, lines: &mut Lines<'_>, form: Form) -> io::Result<()> {
        self.write_instance(lines, &self.main, self.series.as_ref(), form)?;
        self.exceptions.iter().try_for_each(|exception| self.write_instance(lines, exception, None, form))
    }

    fn write_instance(
        &self,
        lines: &mut Lines<'_>,
        it: &Instance<'_>,
        series: Option<&Series>,
        form: Form,
    ) -> io::Result<()> {
        lines.begin("VEVENT")?;
        lines.text("UID", &self.uid)?;
        write_times(lines, it.layers)?;
        lines.raw(it.start.property("DTSTART"), &it.start.value)?;
        lines.raw(it.end.property("DTEND"), &it.end.value)?;
        if let Some(id) = &it.recurrence_id {
            lines.raw(id.property("RECURRENCE-ID"), &id.value)?;
        }
        if let Some(series) = series {
            series.write(lines, form, self.context.findings)?;
        }
        write_summary(lines, it.subject.as_deref())?;
        if let Some(location) = &it.location {
            lines.text("LOCATION", location)?;
        }
        write_body(lines, it.body, self.context)?;
        write_marks(lines, it.layers)?;
        attendee::write(lines, it, self.context)?;
        write_state(lines, it)?;
        if form.attachments {
            attachment::write(lines, it.attachments, self.context)?;
        }
        if let Some(trigger) = it.reminder.map(trigger).or(it.signal.map(at_time)) {
            write_alarm(lines, trigger)?;
        }
        lines.end("VEVENT")
    }
}

/// DTSTART and DTEND of an appointment that is no series.
fn single(view: View<'_>, context: Context<'_>, zones: &mut Zones) -> Option<(Stamp, Stamp)> {
    let proposed = meeting::Method::of(view) == Some(meeting::Method::Counter);
    let proposal = |key| proposed.then(|| time(view, key)).flatten();
    let start = proposal(keys::PROPOSED_START).or_else(|| time(view, keys::START_WHOLE));
    let start = start.or_else(|| time(view, keys::COMMON_START)).or_else(|| time(view, pr::START_DATE))?;
    let end = proposal(keys::PROPOSED_END).or_else(|| time(view, keys::END_WHOLE));
    let end = end.or_else(|| time(view, keys::COMMON_END)).or_else(|| time(view, pr::END_DATE));
    let lasting =
        || start.saturating_add(SignedDuration::from_mins(view.int(keys::DURATION).unwrap_or(0).clamp(0, 1 << 40)));
    let end = end.unwrap_or_else(lasting).max(start);
    let zone = display_zone(view, keys::DEFINITION_START, context).or_else(|| series_zone(view, context));
    if view.is_set(keys::SUB_TYPE) {
        let local = |utc: DateTime| zone.as_ref().map_or(utc, |zone| zone.to_local(utc));
        return Some(period(&Clock::Utc, local(start), local(end), true));
    }
    let span = start..=end;
    let end_zone = display_zone(view, keys::DEFINITION_END, context).or_else(|| zone.clone());
    let clock = Clock::of(zone, &span, zones);
    let end_clock = Clock::of(end_zone, &span, zones);
    Some((clock.stamp(clock.to_local(start)), end_clock.stamp(end_clock.to_local(end))))
}

/// STATUS, SEQUENCE, TRANSP and what Outlook keeps beside them ([MS-OXCICAL] 2.1.3.1.1.20.28 to .50).
fn write_state(lines: &mut Lines<'_>, it: &Instance<'_>) -> io::Result<()> {
    let flag = |set: bool| if set { "TRUE" } else { "FALSE" };
    if it.state & CANCELLED != 0 {
        lines.raw("STATUS", "CANCELLED")?;
    }
    if let Some(sequence) = it.layers.int(keys::SEQUENCE) {
        lines.raw("SEQUENCE", &sequence.max(0).to_string())?;
        lines.raw("X-MICROSOFT-CDO-APPT-SEQUENCE", &sequence.to_string())?;
    }
    if let Some(busy) = it.busy {
        lines.raw("TRANSP", if busy == 0 { "TRANSPARENT" } else { "OPAQUE" })?;
        lines.raw("X-MICROSOFT-CDO-BUSYSTATUS", busy_status(busy))?;
    }
    if let Some(intended) = it.layers.int(keys::INTENDED_BUSY_STATUS).filter(|status| *status >= 0) {
        lines.raw("X-MICROSOFT-CDO-INTENDEDSTATUS", busy_status(intended))?;
    }
    if let Some(id) = it.layers.int(keys::OWNER_APPOINTMENT_ID) {
        lines.raw("X-MICROSOFT-CDO-OWNERAPPTID", &id.to_string())?;
    }
    lines.raw("X-MICROSOFT-CDO-ALLDAYEVENT", flag(it.all_day))?;
    lines.raw("X-MICROSOFT-CDO-INSTTYPE", &it.kind.to_string())?;
    match it.layers.int(keys::NOT_ALLOW_PROPOSE) {
        Some(never) => lines.raw("X-MICROSOFT-DISALLOW-COUNTER", flag(never != 0)),
        None => Ok(()),
    }
}

fn busy_status(status: i64) -> &'static str {
    match status {
        0 => "FREE",
        1 => "TENTATIVE",
        3 => "OOF",
        4 => "WORKINGELSEWHERE",
        _ => "BUSY",
    }
}

/// TRIGGER of a reminder `minutes` before the start.
fn trigger(minutes: i64) -> (Property, String) {
    let minutes = if minutes == DEFAULT_REMINDER.0 { DEFAULT_REMINDER.1 } else { minutes };
    let sign = if minutes > 0 { "-" } else { "" };
    ("TRIGGER".into(), format!("{sign}PT{}M", minutes.unsigned_abs()))
}
