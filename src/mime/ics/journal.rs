//! Journal entries and sticky notes as VJOURNAL ([MS-OXOJRNL] 2.2.1, [MS-OXONOTE] 2.2.1).

use std::io;

use super::clock::{Stamp, time};
use super::common::{Layers, uid, write_body, write_marks, write_summary, write_times};
use super::todo::write_contacts;
use super::{attachment, keys};
use crate::mime::eml::subject;
use crate::mime::lines::Lines;
use crate::mime::{Context, View};
use crate::mt::object::{Attachment, Message};

/// The colours of sticky notes (PidLidNoteColor) as COLOR (RFC 7986 5.9) has them.
const COLORS: [&str; 5] = ["blue", "green", "pink", "yellow", "white"];

/// A journal entry or sticky note.
pub(super) struct Journal<'v> {
    context: Context<'v>,
    view: View<'v>,
    attachments: &'v [Attachment<'v>],
}

impl<'v> Journal<'v> {
    /// The entry or note that `message` is.
    pub(super) fn read(message: &'v Message<'v>, context: Context<'v>) -> Self {
        Self { context, view: context.view(&message.props), attachments: &message.attachments }
    }

    /// Writes the VJOURNAL.
    pub(super) fn write(&self, lines: &mut Lines<'_>) -> io::Result<()> {
        let (view, layers) = (self.view, Layers::single(self.view));
        lines.begin("VJOURNAL")?;
        lines.text("UID", &uid(view))?;
        write_times(lines, layers)?;
        let start = time(view, keys::LOG_START).or_else(|| time(view, keys::COMMON_START));
        if let Some(start) = start {
            lines.raw("DTSTART", &Stamp::utc(start).value)?;
        }
        write_summary(lines, subject(view).as_deref())?;
        write_body(lines, view, self.context)?;
        write_marks(lines, layers)?;
        self.write_log(lines)?;
        let color = view.int(keys::NOTE_COLOR).and_then(|color| COLORS.get(usize::try_from(color).ok()?));
        if let Some(color) = color {
            lines.raw("COLOR", color)?;
        }
        write_contacts(lines, view)?;
        attachment::write(lines, self.attachments, self.context)?;
        lines.end("VJOURNAL")
    }

    /// What a journal entry has, but VJOURNAL has not.
    fn write_log(&self, lines: &mut Lines<'_>) -> io::Result<()> {
        if let Some(kind) = self.view.text(keys::LOG_TYPE) {
            lines.text("X-PFFKIT-TYPE", &kind)?;
        }
        if let Some(end) = time(self.view, keys::LOG_END) {
            lines.raw("X-PFFKIT-END", &Stamp::utc(end).value)?;
        }
        match self.view.int(keys::LOG_DURATION).filter(|minutes| *minutes > 0) {
            Some(minutes) => lines.raw("X-PFFKIT-DURATION", &format!("PT{minutes}M")),
            None => Ok(()),
        }
    }
}
