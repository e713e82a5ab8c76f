//! Which file an item goes to.

use super::form::Form;
use super::maildir;
use super::place::{NAME_BYTES, Place, join};
use crate::mime::View;
use crate::mime::csv::Dialect;
use crate::mime::vcf::Version;
use crate::sanitize::file_name;

/// How mail is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mail {
    /// A file of its own for each.
    #[default]
    Eml,
    /// One mbox (mboxrd) a folder.
    Mbox,
    /// One Maildir a folder.
    Maildir,
}

/// How entries of calendars are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Calendar {
    /// One iCalendar file a folder.
    #[default]
    Folder,
    /// One iCalendar file an item.
    Item,
}

/// How contacts are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Contacts {
    /// One vCard file a folder.
    #[default]
    Folder,
    /// One vCard file an item.
    Item,
    /// One CSV file a folder, with the columns of a program.
    Csv(Dialect),
}

/// How the output is arranged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Layout {
    /// How mail is kept.
    pub mail: Mail,
    /// How entries of calendars are kept.
    pub calendar: Calendar,
    /// How contacts are kept.
    pub contacts: Contacts,
    /// Which vCard is written.
    pub vcard: Version,
    /// Whether all calendars are one file and all contacts are one, beside a directory with the mail.
    pub by_user: bool,
}

/// The directory of mail where the layout is by user.
const USER_MAIL: &str = "mail";
/// The name of a collection of the items that are in no folder.
const TOP: &str = "Items";

/// What the bytes of an item are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Eml,
    Mbox,
    Ics,
    Vcf(Version),
    Csv(Dialect),
}

impl Format {
    fn extension(self) -> &'static str {
        match self {
            Self::Eml => "eml",
            Self::Mbox => "mbox",
            Self::Ics => "ics",
            Self::Vcf(_) => "vcf",
            Self::Csv(_) => "csv",
        }
    }
}

/// Where an item goes.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub format: Format,
    /// The file, below the output.
    pub path: String,
    /// Whether it is one of several items in this file.
    pub is_entry: bool,
    /// The file, should it turn out to be a mail, or have attachments that `format` has no place for.
    pub mail: String,
}

impl Target {
    /// Whether it is one of several components of a calendar.
    pub(super) fn is_component(&self) -> bool {
        self.is_entry && self.format == Format::Ics
    }

    /// Lets it be a mail in a file of its own.
    pub(super) fn become_mail(&mut self) {
        *self =
            Self { format: Format::Eml, path: std::mem::take(&mut self.mail), is_entry: false, mail: String::new() };
    }
}

impl Layout {
    /// The directory of the top folder, below the output.
    pub(super) fn top(&self) -> &'static str {
        if self.by_user { USER_MAIL } else { "" }
    }

    /// Where an item of `place` goes; `title` is what it is called, and `token` what no other item there has.
    pub(super) fn target(&self, place: &Place, token: &str, form: Form, title: &str, view: View<'_>) -> Target {
        let (format, is_entry) = self.format(form);
        let title = file_name(title, NAME_BYTES);
        let file = |format: Format| join(&place.dir, &format!("{title} ({token}).{}", format.extension()));
        let path = match (form, is_entry) {
            (Form::Mail, false) if self.mail == Mail::Maildir => maildir::path(&place.dir, token, view),
            (_, false) => file(format),
            (Form::Mail, true) => collection(place, format),
            // What is deleted or hidden must not come back with what is imported from the files of a user.
            (_, true) if !self.by_user || place.is_aside => collection(place, format),
            (_, true) => format!("{}.{}", of_user(form), format.extension()),
        };
        Target { format, path, is_entry, mail: file(Format::Eml) }
    }

    /// Whether `target` is in a Maildir.
    pub(super) fn is_maildir(&self, target: &Target) -> bool {
        self.mail == Mail::Maildir && target.format == Format::Eml && !target.mail.is_empty()
    }

    fn format(&self, form: Form) -> (Format, bool) {
        match form {
            Form::Mail => match self.mail {
                Mail::Eml | Mail::Maildir => (Format::Eml, false),
                Mail::Mbox => (Format::Mbox, true),
            },
            Form::Event | Form::Task | Form::Journal => (Format::Ics, self.calendar == Calendar::Folder),
            // The columns of CSV have no place for the members of a list.
            Form::Contact | Form::Group => match self.contacts {
                Contacts::Csv(dialect) if form == Form::Contact => (Format::Csv(dialect), true),
                contacts => (Format::Vcf(self.vcard), contacts != Contacts::Item),
            },
        }
    }
}

/// The file of `place` that holds all its items of `format`: in its directory, with its name.
fn collection(place: &Place, format: Format) -> String {
    let name = place.dir.rsplit('/').next().filter(|_| !place.path.is_empty()).unwrap_or(TOP);
    join(&place.dir, &format!("{name}.{}", format.extension()))
}

/// What all items of `form` of a user are called.
fn of_user(form: Form) -> &'static str {
    match form {
        Form::Mail => USER_MAIL,
        Form::Event => "Calendar",
        Form::Task => "Tasks",
        Form::Journal => "Journal",
        Form::Contact | Form::Group => "Contacts",
    }
}
