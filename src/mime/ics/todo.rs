//! Tasks as VTODO ([MS-OXOTASK] 2.2.2).

use std::io;

use jiff::civil::{Date, DateTime};

use super::clock::{Stamp, time};
use super::common::{Layers, at_time, signal, uid, write_alarm, write_body, write_marks, write_summary, write_times};
use super::series::{write_cancelled, write_rule};
use super::{Form, attachment, attendee, keys, rule};
use crate::damage::{Effect, Finding};
use crate::mapi::recurrence::{End, RecurrencePattern, wall};
use crate::mapi::{Props, Value};
use crate::mime::eml::subject;
use crate::mime::lines::Lines;
use crate::mime::{Context, View};
use crate::mt::object::{Attachment, Message};

/// PidLidTaskStatus: the task is done.
const DONE: i64 = 2;

/// A task.
pub(super) struct Todo<'v> {
    context: Context<'v>,
    view: View<'v>,
    recipients: &'v [Props<'v>],
    attachments: &'v [Attachment<'v>],
    /// Dates of tasks are those of the wall clock, wherever it hangs.
    start: Option<Date>,
    due: Option<Date>,
    /// It has no start: `start` is that of the day on which it is due.
    due_only: bool,
    pattern: Option<RecurrencePattern>,
}

impl<'v> Todo<'v> {
    /// The task that `message` is.
    pub(super) fn read(message: &'v Message<'v>, context: Context<'v>) -> Self {
        let view = context.view(&message.props);
        let date = |key| time(view, key).map(DateTime::date);
        let pattern = view.is_set(keys::TASK_RECURRING).then(|| view.bytes(keys::TASK_RECURRENCE)).flatten();
        let pattern = pattern.and_then(|bytes| RecurrencePattern::parse(&bytes, context.findings));
        let (start, due) = (date(keys::TASK_START), date(keys::TASK_DUE));
        let due_only = start.is_none() && due.is_some() && pattern.is_some();
        // What recurs must begin on a day.
        let start = start.or_else(|| pattern.as_ref().map(|pattern| due.unwrap_or_else(|| pattern.first())));
        let (recipients, attachments) = (&*message.recipients, &*message.attachments);
        Self { context, view, recipients, attachments, start, due, due_only, pattern }
    }

    /// The calendar that its series counts by, where that is not the Gregorian one.
    pub(super) fn scale(&self) -> Option<&'static str> {
        rule::foreign_scale(self.pattern.as_ref().filter(|pattern| !pattern.sliding)?)
    }

    /// Writes the VTODO.
    pub(super) fn write(&self, lines: &mut Lines<'_>, form: Form) -> io::Result<()> {
        let (view, layers) = (self.view, Layers::single(self.view));
        lines.begin("VTODO")?;
        lines.text("UID", &uid(view))?;
        write_times(lines, layers)?;
        // DUE must be later than DTSTART (RFC 5545 3.8.2.3).
        for (name, date) in [("DTSTART", self.start), ("DUE", self.due.filter(|_| !self.due_only))] {
            if let Some(date) = date {
                let stamp = Stamp::date(date);
                lines.raw(stamp.property(name), &stamp.value)?;
            }
        }
        if self.due_only {
            lines.raw("DURATION", "P1D")?;
        }
        self.write_rule(lines, form)?;
        write_summary(lines, subject(view).as_deref())?;
        write_body(lines, view, self.context)?;
        write_marks(lines, layers)?;
        self.write_progress(lines)?;
        self.write_efforts(lines)?;
        attendee::write_assignees(lines, self.recipients, self.context)?;
        attachment::write(lines, self.attachments, self.context)?;
        if let Some(at) = time(view, keys::REMINDER_TIME).filter(|_| view.is_set(keys::REMINDER_SET)).or(signal(view)) {
            write_alarm(lines, at_time(at))?;
        }
        lines.end("VTODO")
    }

    /// RRULE. The item is the instance that is due now, so that only those from there on are counted.
    fn write_rule(&self, lines: &mut Lines<'_>, form: Form) -> io::Result<()> {
        let Some(pattern) = &self.pattern else { return Ok(()) };
        if pattern.sliding {
            let found = "a task that comes back after it is completed, written as X-PFFKIT-REGENERATES";
            self.context.findings.add(Finding::new(Effect::Altered, "SlidingFlag", "a rule that iCalendar has", found));
            return lines.raw("X-PFFKIT-REGENERATES", &rule::frequency(pattern));
        }
        let mut rest = pattern.clone();
        if let (End::Count(_), Some(start)) = (pattern.end, self.start) {
            let left = pattern.dates().filter(|day| *day >= start).count();
            rest.end = End::Count(u32::try_from(left).unwrap_or(u32::MAX));
        }
        write_rule(lines, form, &rest, Stamp::date, self.context.findings)?;
        let deleted = pattern.deleted.iter().map(|minutes| wall(*minutes).date());
        let left = deleted.filter(|day| self.start.is_none_or(|start| *day >= start));
        write_cancelled(lines, pattern, left.map(Stamp::date))
    }

    fn write_progress(&self, lines: &mut Lines<'_>) -> io::Result<()> {
        let status = self.view.int(keys::TASK_STATUS);
        let done = is_done(self.view);
        match status {
            _ if done => lines.raw("STATUS", "COMPLETED")?,
            Some(1) => lines.raw("STATUS", "IN-PROCESS")?,
            Some(0) => lines.raw("STATUS", "NEEDS-ACTION")?,
            Some(3) => write_other_status(lines, "WAITING")?,
            Some(4) => write_other_status(lines, "DEFERRED")?,
            _ => {}
        }
        if let Some(Value::F64(part)) = self.view.value(keys::PERCENT_COMPLETE) {
            lines.raw("PERCENT-COMPLETE", &format!("{:.0}", (part * 100.0).clamp(0.0, 100.0)))?;
        }
        match time(self.view, keys::TASK_COMPLETED) {
            Some(at) if done => lines.raw("COMPLETED", &Stamp::utc(at).value),
            _ => Ok(()),
        }
    }

    /// What iCalendar has no property for, and whom the task is about.
    fn write_efforts(&self, lines: &mut Lines<'_>) -> io::Result<()> {
        for (name, key) in
            [("X-PFFKIT-ESTIMATED-EFFORT", keys::ESTIMATED_EFFORT), ("X-PFFKIT-ACTUAL-EFFORT", keys::ACTUAL_EFFORT)]
        {
            if let Some(minutes) = self.view.int(key).filter(|minutes| *minutes > 0) {
                lines.raw(name, &format!("PT{minutes}M"))?;
            }
        }
        for (name, text) in [
            ("X-PFFKIT-OWNER", self.view.text(keys::TASK_OWNER)),
            ("X-PFFKIT-MILEAGE", self.view.text(keys::MILEAGE)),
            ("X-PFFKIT-BILLING", self.view.text(keys::BILLING)),
        ] {
            if let Some(text) = text {
                lines.text(name, &text)?;
            }
        }
        write_contacts(lines, self.view)
    }
}

/// Whether the task `view` is completed.
pub(super) fn is_done(view: View<'_>) -> bool {
    view.int(keys::TASK_STATUS) == Some(DONE) || view.is_set(keys::TASK_COMPLETE)
}

/// A status that iCalendar does not have.
fn write_other_status(lines: &mut Lines<'_>, status: &str) -> io::Result<()> {
    lines.raw("STATUS", "NEEDS-ACTION")?;
    lines.raw("X-PFFKIT-STATUS", status)
}

/// CONTACT: the people, and the companies, that an item is about.
pub(super) fn write_contacts(lines: &mut Lines<'_>, view: View<'_>) -> io::Result<()> {
    view.texts(keys::CONTACTS).iter().try_for_each(|contact| lines.text("CONTACT", contact))?;
    lines.texts("X-PFFKIT-COMPANIES", &view.texts(keys::COMPANIES))
}
