//! What an export tells, and what it adds up.

use serde::Serialize;

use super::form::Form;
use super::item::{Item, Kind};
use crate::Error;

/// Listens to an export.
pub trait Observer {
    /// The folder `path` begins.
    fn folder(&mut self, path: &str) {
        let _ = path;
    }

    /// One more message is read, and `bytes` of the input.
    fn progress(&mut self, bytes: u64) {
        let _ = bytes;
    }

    /// An item that is not whole, or not in the output at all.
    fn item(&mut self, item: &Item);
}

/// What an export adds up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Items that were wanted: messages of every class, and frames that can't be read.
    pub found: u64,
    /// Items that are in the output as they were in the input.
    pub whole: u64,
    /// Items that are in the output, but with something lost or altered.
    pub part: u64,
    /// Items that are not in the output.
    pub missing: u64,
    /// Folders, wanted or not.
    pub folders: u64,
    /// Folders of which something was lost or altered.
    pub folders_in_part: u64,
    /// What is wrong with the input as a whole in such a way that items may be missing that nothing tells of.
    pub file_damage: u64,
    /// Items that the filter has left out.
    pub left_out: u64,
    /// Mails that were written.
    pub mail: u64,
    /// Appointments, tasks and journal entries that were written.
    pub calendar: u64,
    /// Contacts that were written.
    pub contacts: u64,
    /// Attachments of what was written.
    pub attachments: u64,
    /// Bytes that were rendered.
    pub bytes: u64,
}

impl Totals {
    /// Whether all that was wanted is in the output as it was in the input.
    pub fn is_whole(&self) -> bool {
        [self.part, self.missing, self.folders_in_part, self.file_damage].iter().all(|n| *n == 0)
    }

    pub(super) fn add(&mut self, item: &Item) {
        let is_whole = item.is_whole();
        match item.kind {
            Kind::File => self.file_damage += u64::from(!is_whole),
            Kind::Folder => self.folders_in_part += u64::from(!is_whole),
            Kind::Message | Kind::Fai | Kind::Frame => self.add_message(item, is_whole),
        }
    }

    fn add_message(&mut self, item: &Item, is_whole: bool) {
        self.found += 1;
        if item.is_missing() {
            self.missing += 1;
            return;
        }
        *(if is_whole { &mut self.whole } else { &mut self.part }) += 1;
        *(match Form::of(&item.class) {
            Form::Mail => &mut self.mail,
            Form::Event | Form::Task | Form::Journal => &mut self.calendar,
            Form::Contact | Form::Group => &mut self.contacts,
        }) += 1;
        self.attachments += item.attachments.len() as u64;
        self.bytes += item.size;
    }
}

/// How an export ended.
#[derive(Debug)]
pub struct Outcome {
    /// What it came to.
    pub totals: Totals,
    /// The patterns for folders that the input has no folder for, as far as it was read.
    pub unmet: Vec<String>,
    /// Whether it was told to stop before the end.
    pub interrupted: bool,
    /// Why it ended early. What was complete before is in the output.
    pub error: Option<Error>,
}
