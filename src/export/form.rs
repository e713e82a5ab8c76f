//! What an item is outside of a mailbox, and when it is.

use crate::mapi::guid::PSETID_APPOINTMENT;
use crate::mapi::time::utc_to_filetime;
use crate::mime::{Key, View, eml, ics, vcf};

/// PidLidAppointmentStartWhole.
pub(super) const START: Key = Key::Lid(PSETID_APPOINTMENT, 0x820D);

/// What an item is outside of a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A mail, and all that is nothing else.
    Mail,
    /// An appointment.
    Event,
    /// A task.
    Task,
    /// A journal entry or sticky note.
    Journal,
    /// A contact.
    Contact,
    /// A list of contacts.
    Group,
}

impl Form {
    /// The form of items of `class`. What meetings send is mail, though a calendar has a form for it.
    pub fn of(class: &str) -> Self {
        if class.get(..MEETING.len()).is_some_and(|start| start.eq_ignore_ascii_case(MEETING)) {
            return Self::Mail;
        }
        match (ics::Kind::of(class), vcf::Kind::of(class)) {
            (Some(ics::Kind::Event), _) => Self::Event,
            (Some(ics::Kind::Todo), _) => Self::Task,
            (Some(ics::Kind::Journal), _) => Self::Journal,
            (_, Some(vcf::Kind::Individual)) => Self::Contact,
            (_, Some(vcf::Kind::Group)) => Self::Group,
            (None, None) => Self::Mail,
        }
    }
}

/// What the classes of what meetings send begin with.
const MEETING: &str = "IPM.Schedule.Meeting";

/// The time of an item, a FILETIME: when an appointment begins, else when it was received, sent, made or changed.
pub fn time(form: Form, view: View<'_>) -> Option<i64> {
    let start = || ics::time(view, START).map(utc_to_filetime).filter(|start| *start > 0);
    (form == Form::Event).then(start).flatten().or_else(|| eml::received(view))
}

/// From when to when an item is, in FILETIMEs: what decides whether it is wanted by those who want the items of some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its time; of a series, that of its first instance; of a task that is still to be done, when it is due.
    pub from: i64,
    /// The same, but of what comes again, when it does so for the last time.
    pub to: i64,
}

impl Span {
    /// That of an item of `time`; `None` where it has none.
    pub fn of(form: Form, time: Option<i64>, view: View<'_>) -> Option<Self> {
        let reach = match form {
            Form::Event => ics::reach_of_series(view),
            Form::Task => ics::reach_of_open_task(view),
            _ => None,
        };
        let [from, to] = reach.map_or([None; 2], |(from, to)| [from, to].map(|time| Some(utc_to_filetime(time))));
        let from = from.or(time)?;
        Some(Self { from, to: to.unwrap_or(from).max(from) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_classes_have_the_form_of_their_base() {
        for (class, form) in [
            ("IPM.Note", Form::Mail),
            ("IPM.appointment", Form::Event),
            ("IPM.Appointment.Occurrence", Form::Event),
            ("IPM.TaskRequest", Form::Mail),
            ("IPM.Task", Form::Task),
            ("IPM.Contact.Custom", Form::Contact),
            ("IPM.Contacté", Form::Mail),
            ("IPM.DistList", Form::Group),
            ("IPM.StickyNote", Form::Journal),
            ("IPM.Schedule.Meeting.Request", Form::Mail),
            ("", Form::Mail),
        ] {
            assert_eq!(Form::of(class), form, "{class}");
        }
    }
}
