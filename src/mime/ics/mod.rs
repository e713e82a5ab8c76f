//! Calendar items, tasks, journal entries and sticky notes as iCalendar (RFC 5545, [MS-OXCICAL]).

mod attachment;
mod attendee;
mod clock;
mod common;
mod event;
mod exception;
mod freebusy;
mod journal;
mod keys;
mod meeting;
mod reach;
mod rule;
mod series;
mod todo;

use std::io::{self, Write};

pub(super) use clock::nearest_day;
pub(crate) use clock::time;
pub use freebusy::FreeBusy;
pub use meeting::Method;
pub use reach::{reach_of_open_task, reach_of_series};

use super::lines::Lines;
use super::{Context, Zone, Zones};
use crate::mapi::tag::pr;
use crate::mt::object::Message;
use event::Event;
use journal::Journal;
use todo::Todo;

/// What iCalendar calls the kind of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// VEVENT: appointments and what meetings send.
    Event,
    /// VTODO: tasks.
    Todo,
    /// VJOURNAL: journal entries and sticky notes.
    Journal,
}

impl Kind {
    /// The kind of an item of `class` (PidTagMessageClass); `None` for what iCalendar has no component for.
    pub fn of(class: &str) -> Option<Self> {
        let class = class.to_ascii_lowercase();
        let is = |prefix: &str| class.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        if is("ipm.appointment") || is("ipm.schedule.meeting") {
            Some(Self::Event)
        } else if is("ipm.task") {
            Some(Self::Todo)
        } else if is("ipm.activity") || is("ipm.stickynote") {
            Some(Self::Journal)
        } else {
            None
        }
    }
}

/// The program in PRODID.
const PRODID: &str = "-//pffkit//pffkit//EN";

/// Which calendar the months of series are of that are not Gregorian ([MS-OXCICAL] 2.1.3.1.1.8).
const CALSCALE: &str = "X-MICROSOFT-CALSCALE";

/// What of an item is written with it.
#[derive(Debug, Clone, Copy)]
struct Form {
    /// Its attachments: those of a calendar in a mail are attachments of the mail.
    attachments: bool,
    /// X-MICROSOFT-CALSCALE: in a calendar of its own that is a property of the VCALENDAR.
    scale: bool,
}

/// A VCALENDAR that is being written. Each VTIMEZONE comes before the first component that refers to it.
pub struct Calendar<'w> {
    lines: Lines<'w>,
    zones: Zones,
    form: Form,
}

impl<'w> Calendar<'w> {
    /// Begins a VCALENDAR. Calendars that are kept have no `method`; those that are part of a mail have one.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn begin(out: &'w mut dyn Write, method: Option<Method>) -> io::Result<Self> {
        let mut lines = Lines::new(out);
        lines.begin("VCALENDAR")?;
        lines.raw("VERSION", "2.0")?;
        lines.raw("PRODID", PRODID)?;
        if let Some(method) = method {
            lines.raw("METHOD", method.name())?;
        }
        let attachments = matches!(method, None | Some(Method::Publish));
        Ok(Self { lines, zones: Zones::default(), form: Form { attachments, scale: true } })
    }

    /// Writes the components of `message`, and says whether there are any: see [`Component::read`].
    ///
    /// # Errors
    /// Those of the output.
    pub fn add(&mut self, message: &Message<'_>, context: Context<'_>) -> io::Result<bool> {
        let component = Component::read(message, context, &mut self.zones);
        component.map_or(Ok(false), |component| component.write_lines(&mut self.lines, self.form).map(|()| true))
    }

    /// Writes a VFREEBUSY.
    ///
    /// # Errors
    /// Those of the output.
    pub fn add_free_busy(&mut self, free_busy: &FreeBusy) -> io::Result<()> {
        free_busy.write(&mut self.lines)
    }

    /// Ends the VCALENDAR. Without this it is not whole.
    ///
    /// # Errors
    /// Those of the output.
    pub fn finish(mut self) -> io::Result<()> {
        self.lines.end("VCALENDAR")?;
        self.lines.flush()
    }
}

/// What an item is in a VCALENDAR that is kept.
pub struct Component<'v> {
    /// The zones that it refers to and no component before it does.
    zones: Vec<(String, Zone)>,
    what: What<'v>,
}

enum What<'v> {
    Event(Box<Event<'v>>),
    Todo(Todo<'v>),
    Journal(Journal<'v>),
}

impl<'v> Component<'v> {
    /// What `message` is in a calendar whose components so far refer to `zones`; `None` for other items than those of [`Kind`]. What is
    /// wrong with the item goes to the findings of `context`.
    pub fn read(message: &'v Message<'v>, context: Context<'v>, zones: &mut Zones) -> Option<Self> {
        let class = context.view(&message.props).text(pr::MESSAGE_CLASS)?;
        let what = match Kind::of(&class)? {
            Kind::Event => What::Event(Box::new(Event::read(message, context, zones)?)),
            Kind::Todo => What::Todo(Todo::read(message, context)),
            Kind::Journal => What::Journal(Journal::read(message, context)),
        };
        Some(Self { zones: zones.take_new(), what })
    }

    /// X-MICROSOFT-CALSCALE of it.
    fn scale(&self) -> Option<&'static str> {
        match &self.what {
            What::Event(event) => event.scale(),
            What::Todo(todo) => todo.scale(),
            What::Journal(_) => None,
        }
    }

    /// Writes it, with its attachments.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut lines = Lines::new(out);
        self.write_lines(&mut lines, Form { attachments: true, scale: true })?;
        lines.flush()
    }

    fn write_lines(&self, lines: &mut Lines<'_>, form: Form) -> io::Result<()> {
        self.zones.iter().try_for_each(|(tzid, zone)| zone.write(lines, tzid))?;
        match &self.what {
            What::Event(event) => event.write(lines, form),
            What::Todo(todo) => todo.write(lines, form),
            What::Journal(journal) => journal.write(lines),
        }
    }
}

/// Begins a VCALENDAR that is kept and that [`Component`]s are added to.
///
/// # Errors
/// Those of `out`.
pub fn begin(out: &mut dyn Write) -> io::Result<()> {
    Calendar::begin(out, None)?.lines.flush()
}

/// Ends a VCALENDAR that is kept.
///
/// # Errors
/// Those of `out`.
pub fn end(out: &mut dyn Write) -> io::Result<()> {
    let mut lines = Lines::new(out);
    lines.end("VCALENDAR")?;
    lines.flush()
}

/// Writes `message` as a VCALENDAR of its own; `false` where there was nothing to write: see [`Calendar::add`].
///
/// # Errors
/// Those of `out`.
pub fn write(
    message: &Message<'_>,
    context: Context<'_>,
    method: Option<Method>,
    out: &mut dyn Write,
) -> io::Result<bool> {
    let mut calendar = Calendar::begin(out, method)?;
    calendar.form.scale = false;
    let component = Component::read(message, context, &mut calendar.zones);
    if let Some(component) = &component {
        component.scale().map_or(Ok(()), |scale| calendar.lines.raw(CALSCALE, scale))?;
        component.write_lines(&mut calendar.lines, calendar.form)?;
    }
    calendar.finish()?;
    Ok(component.is_some())
}

#[cfg(test)]
mod tests;
