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
mod rule;
mod series;
mod todo;

use std::io::{self, Write};

pub(super) use clock::{nearest_day, time};
pub use freebusy::FreeBusy;
pub use meeting::Method;

use super::lines::Lines;
use super::{Context, Zones};
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

/// A VCALENDAR that is being written: one item, or all of a folder. Each VTIMEZONE comes before the first component that refers to it.
pub struct Calendar<'w> {
    lines: Lines<'w>,
    zones: Zones,
    /// Whether attachments are written: those of a calendar in a mail are attachments of the mail.
    attachments: bool,
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
        Ok(Self { lines, zones: Zones::default(), attachments })
    }

    /// Writes the components of `message`, and says whether there are any: other items than those of [`Kind`] have none. What is wrong
    /// with the item goes to the findings of `context`.
    ///
    /// # Errors
    /// Those of the output.
    pub fn add(&mut self, message: &Message<'_>, context: Context<'_>) -> io::Result<bool> {
        let view = context.view(&message.props);
        let Some(kind) = view.text(pr::MESSAGE_CLASS).and_then(|class| Kind::of(&class)) else { return Ok(false) };
        match kind {
            Kind::Event => {
                let Some(event) = Event::read(message, context, &mut self.zones) else { return Ok(false) };
                self.zones.write_new(&mut self.lines)?;
                event.write(&mut self.lines, self.attachments)?;
            }
            Kind::Todo => {
                let todo = Todo::read(message, context);
                todo.write(&mut self.lines)?;
            }
            Kind::Journal => Journal::read(message, context).write(&mut self.lines)?,
        }
        Ok(true)
    }

    /// Writes a VFREEBUSY.
    ///
    /// # Errors
    /// Those of the output.
    pub fn add_free_busy(&mut self, free_busy: &FreeBusy) -> io::Result<()> {
        free_busy.write(&mut self.lines)
    }

    /// Goes on with a VCALENDAR that is kept, whose components so far refer to `zones`.
    pub fn resume(out: &'w mut dyn Write, zones: Zones) -> Self {
        Self { lines: Lines::new(out), zones, attachments: true }
    }

    /// Leaves the VCALENDAR to a later [`Calendar::resume`].
    ///
    /// # Errors
    /// Those of the output.
    pub fn pause(mut self) -> io::Result<Zones> {
        self.lines.flush()?;
        Ok(self.zones)
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
    let any = calendar.add(message, context)?;
    calendar.finish()?;
    Ok(any)
}

#[cfg(test)]
mod tests;
