//! What an item is outside of a mailbox, and when it is.

use crate::mapi::guid::PSETID_APPOINTMENT;
use crate::mapi::tag::pr;
use crate::mime::{Key, View, ics, vcf};

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
pub fn time(view: View<'_>) -> Option<i64> {
    let keys = [
        START,
        pr::MESSAGE_DELIVERY_TIME.into(),
        pr::CLIENT_SUBMIT_TIME.into(),
        pr::CREATION_TIME.into(),
        pr::LAST_MODIFICATION_TIME.into(),
    ];
    keys.into_iter().find_map(|key| view.int(key).filter(|time| *time > 0))
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
