//! What an item is outside of a mailbox, and when it is.

use crate::mapi::guid::PSETID_APPOINTMENT;
use crate::mapi::tag::pr;
use crate::mime::{Key, View};

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
    /// A journal entry.
    Journal,
    /// A contact or a list of contacts.
    Contact,
}

/// Message classes ([MS-OXOCAL], [MS-OXOTASK], [MS-OXOJRNL], [MS-OXOCNTC]) with those derived from them; all others are mail.
const CLASSES: [(&str, Form); 6] = [
    ("IPM.Appointment", Form::Event),
    ("IPM.Task", Form::Task),
    ("IPM.Activity", Form::Journal),
    ("IPM.Contact", Form::Contact),
    ("IPM.DistList", Form::Contact),
    ("IPM.AbchPerson", Form::Contact),
];

impl Form {
    /// The form of items of `class`.
    pub fn of(class: &str) -> Self {
        let derived = |base: &str| {
            let (start, rest) = class.split_at_checked(base.len())?;
            (start.eq_ignore_ascii_case(base) && (rest.is_empty() || rest.starts_with('.'))).then_some(())
        };
        CLASSES.iter().find(|(base, _)| derived(base).is_some()).map_or(Self::Mail, |(_, form)| *form)
    }
}

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
            ("IPM.Schedule.Meeting.Request", Form::Mail),
            ("", Form::Mail),
        ] {
            assert_eq!(Form::of(class), form, "{class}");
        }
    }
}
