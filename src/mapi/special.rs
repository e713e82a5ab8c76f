//! The special folders of a mailbox: the numbers that a target knows them by, and what they are called.
//!
//! Sources look for evidence of what a folder is ([`SpecialFolder::by_name`], [`SpecialFolder::by_container_class`]), targets
//! create them ([`SpecialFolder::id`], [`SpecialFolder::name`]).

/// The localised names: a line a language, whose columns the first line names in English.
const NAMES: &str = include_str!("special/names.txt");

/// A folder that every mailbox has. The discriminant is its number in a Gromox mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum SpecialFolder {
    /// The top of everything, invisible to the user.
    Root = 0x01,
    /// Messages with actions that a client has to finish.
    DeferredAction = 0x02,
    /// The search folder of what is to be sent.
    SpoolerQueue = 0x03,
    /// Shortcuts.
    Shortcuts = 0x04,
    /// The parent of search folders.
    Finder = 0x05,
    /// Views of one user.
    Views = 0x06,
    /// Views of everybody.
    CommonViews = 0x07,
    /// Calendar data of old clients.
    Schedule = 0x08,
    /// The top of what the user sees.
    IpmSubtree = 0x09,
    /// Sent Items.
    SentItems = 0x0A,
    /// Deleted Items.
    DeletedItems = 0x0B,
    /// Outbox.
    Outbox = 0x0C,
    /// Inbox.
    Inbox = 0x0D,
    /// Drafts.
    Drafts = 0x0E,
    /// Calendar.
    Calendar = 0x0F,
    /// Journal.
    Journal = 0x10,
    /// Notes.
    Notes = 0x11,
    /// Tasks.
    Tasks = 0x12,
    /// Contacts.
    Contacts = 0x13,
    /// Contacts that the messenger keeps, below Contacts.
    QuickContacts = 0x14,
    /// The messenger's list, below Contacts.
    ImContacts = 0x15,
    /// Contacts copied from the global list, below Contacts.
    GalContacts = 0x16,
    /// Junk Email.
    JunkEmail = 0x17,
    /// Free/busy data.
    FreeBusy = 0x18,
    /// Sync Issues.
    SyncIssues = 0x19,
    /// Conflicts, below Sync Issues.
    Conflicts = 0x1A,
    /// Local Failures, below Sync Issues.
    LocalFailures = 0x1B,
    /// Server Failures, below Sync Issues.
    ServerFailures = 0x1C,
    /// What is to happen to conversations.
    ConversationActions = 0x1D,
}

use SpecialFolder as F;

impl SpecialFolder {
    /// All of them, by number.
    pub const ALL: [Self; 29] = [
        F::Root,
        F::DeferredAction,
        F::SpoolerQueue,
        F::Shortcuts,
        F::Finder,
        F::Views,
        F::CommonViews,
        F::Schedule,
        F::IpmSubtree,
        F::SentItems,
        F::DeletedItems,
        F::Outbox,
        F::Inbox,
        F::Drafts,
        F::Calendar,
        F::Journal,
        F::Notes,
        F::Tasks,
        F::Contacts,
        F::QuickContacts,
        F::ImContacts,
        F::GalContacts,
        F::JunkEmail,
        F::FreeBusy,
        F::SyncIssues,
        F::Conflicts,
        F::LocalFailures,
        F::ServerFailures,
        F::ConversationActions,
    ];

    /// Its number in the target.
    pub const fn id(self) -> u64 {
        self as u64
    }

    /// The special folder of number `id`.
    pub fn from_id(id: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.id() == id)
    }

    /// The folder that it belongs in; `None` for the root.
    pub const fn parent(self) -> Option<Self> {
        match self {
            F::Root => None,
            F::Conflicts | F::LocalFailures | F::ServerFailures => Some(F::SyncIssues),
            F::QuickContacts | F::ImContacts | F::GalContacts => Some(F::Contacts),
            F::DeferredAction
            | F::SpoolerQueue
            | F::Shortcuts
            | F::Finder
            | F::Views
            | F::CommonViews
            | F::Schedule
            | F::IpmSubtree
            | F::FreeBusy => Some(F::Root),
            _ => Some(F::IpmSubtree),
        }
    }

    /// Its English name.
    pub const fn name(self) -> &'static str {
        match self {
            F::Root => "Root Container",
            F::DeferredAction => "Deferred Action",
            F::SpoolerQueue => "Spooler Queue",
            F::Shortcuts => "Shortcuts",
            F::Finder => "Finder",
            F::Views => "Views",
            F::CommonViews => "Common Views",
            F::Schedule => "Schedule",
            F::IpmSubtree => "Top of Information Store",
            F::SentItems => "Sent Items",
            F::DeletedItems => "Deleted Items",
            F::Outbox => "Outbox",
            F::Inbox => "Inbox",
            F::Drafts => "Drafts",
            F::Calendar => "Calendar",
            F::Journal => "Journal",
            F::Notes => "Notes",
            F::Tasks => "Tasks",
            F::Contacts => "Contacts",
            F::QuickContacts => "Quick Contacts",
            F::ImContacts => "IM Contacts List",
            F::GalContacts => "GAL Contacts",
            F::JunkEmail => "Junk Email",
            F::FreeBusy => "Freebusy Data",
            F::SyncIssues => "Sync Issues",
            F::Conflicts => "Conflicts",
            F::LocalFailures => "Local Failures",
            F::ServerFailures => "Server Failures",
            F::ConversationActions => "Conversation Action Settings",
        }
    }

    /// Its container class (PR_CONTAINER_CLASS), where it has one.
    pub const fn container_class(self) -> Option<&'static str> {
        match self {
            F::Calendar => Some("IPF.Appointment"),
            F::Contacts => Some("IPF.Contact"),
            F::Journal => Some("IPF.Journal"),
            F::Notes => Some("IPF.StickyNote"),
            F::Tasks => Some("IPF.Task"),
            F::QuickContacts => Some("IPF.Contact.MOC.QuickContacts"),
            F::ImContacts => Some("IPF.Contact.MOC.ImContactList"),
            F::GalContacts => Some("IPF.Contact.GalContacts"),
            F::ConversationActions => Some("IPF.Configuration"),
            F::SpoolerQueue
            | F::SentItems
            | F::DeletedItems
            | F::Outbox
            | F::Inbox
            | F::Drafts
            | F::JunkEmail
            | F::SyncIssues
            | F::Conflicts
            | F::LocalFailures
            | F::ServerFailures => Some("IPF.Note"),
            _ => None,
        }
    }

    /// The folder that Outlook calls `name` in one of its languages. Letter case, outer blanks and the shape of the apostrophe
    /// make no difference. Only folders that a user sees have such names.
    pub fn by_name(name: &str) -> Option<Self> {
        let name = name.trim();
        rows().find_map(|mut row| {
            let column = row.position(|cell| cell.split('|').any(|known| same(known, name)))?;
            COLUMNS.get(column).copied()
        })
    }

    /// The folder that a folder of this container class most likely is. Mail folders tell nothing by their class, so that
    /// `IPF.Note` is nobody's.
    pub fn by_container_class(class: &str) -> Option<Self> {
        [F::Calendar, F::Contacts, F::Journal, F::Notes, F::Tasks, F::QuickContacts, F::ImContacts, F::GalContacts]
            .into_iter()
            .find(|f| f.container_class().is_some_and(|known| known.eq_ignore_ascii_case(class)))
    }
}

/// What the columns of [`NAMES`] mean, the language left out.
const COLUMNS: [SpecialFolder; 15] = [
    F::Inbox,
    F::Drafts,
    F::Outbox,
    F::SentItems,
    F::DeletedItems,
    F::Contacts,
    F::Calendar,
    F::Journal,
    F::Notes,
    F::Tasks,
    F::JunkEmail,
    F::SyncIssues,
    F::Conflicts,
    F::LocalFailures,
    F::ServerFailures,
];

/// The rows of [`NAMES`] without the language, beginning with the English column heads; a row is a list of cells.
fn rows() -> impl Iterator<Item = impl Iterator<Item = &'static str>> {
    NAMES.lines().filter(|line| !line.starts_with('#')).map(|line| line.split("; ").skip(1))
}

/// Whether two names differ only in what [`SpecialFolder::by_name`] ignores.
fn same(a: &str, b: &str) -> bool {
    let plain = |c: char| if c == '\u{2019}' { '\'' } else { c };
    let folded = |s: &str| s.chars().map(plain).flat_map(char::to_lowercase).collect::<Vec<_>>();
    a.chars().count() == b.chars().count() && folded(a) == folded(b)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn numbers_of_the_target() {
        for (folder, id) in [
            (F::Root, 0x01),
            (F::IpmSubtree, 0x09),
            (F::SentItems, 0x0A),
            (F::DeletedItems, 0x0B),
            (F::Outbox, 0x0C),
            (F::Inbox, 0x0D),
            (F::Drafts, 0x0E),
            (F::Calendar, 0x0F),
            (F::Journal, 0x10),
            (F::Notes, 0x11),
            (F::Tasks, 0x12),
            (F::Contacts, 0x13),
            (F::JunkEmail, 0x17),
            (F::SyncIssues, 0x19),
            (F::Conflicts, 0x1A),
            (F::LocalFailures, 0x1B),
            (F::ServerFailures, 0x1C),
        ] {
            assert_eq!(folder.id(), id);
            assert_eq!(SpecialFolder::from_id(id), Some(folder));
        }
        assert_eq!(SpecialFolder::from_id(0), None);
        assert_eq!(SpecialFolder::from_id(0x1E), None);
        assert_eq!(SpecialFolder::from_id(0x100 + 0x0D), None);
    }

    #[test]
    fn numbers_are_without_gaps() {
        assert!(SpecialFolder::ALL.iter().map(|f| f.id()).eq(1..=29));
    }

    #[test]
    fn names_of_many_languages() {
        for (name, folder) in [
            ("Inbox", F::Inbox),
            (" INBOX ", F::Inbox),
            ("Junk E-Mail", F::JunkEmail),
            ("junk email", F::JunkEmail),
            ("POSTEINGANG", F::Inbox),
            ("Gelöschte Objekte", F::DeletedItems),
            ("Gelöschte Elemente", F::DeletedItems),
            ("GESENDETE ELEMENTE", F::SentItems),
            ("Boîte d'envoi", F::Outbox),
            ("Boîte d’envoi", F::Outbox),
            ("éléments supprimés", F::DeletedItems),
            ("Itens Excluídos", F::DeletedItems),
            ("Входящие", F::Inbox),
            ("ЧЕРНОВИКИ", F::Drafts),
            ("受信トレイ", F::Inbox),
            ("已删除邮件", F::DeletedItems),
            ("寄件備份", F::SentItems),
            ("받은 편지함", F::Inbox),
            ("דואר נכנס", F::Inbox),
            ("Aufgaben", F::Tasks),
        ] {
            assert_eq!(SpecialFolder::by_name(name), Some(folder), "{name}");
        }
        for name in ["", "|", "Inbox 2", "In", "Archive", "Posteingang|Entwürfe"] {
            assert_eq!(SpecialFolder::by_name(name), None, "{name}");
        }
    }

    #[test]
    fn every_language_names_every_folder() {
        let mut languages = 0;
        for row in rows() {
            assert_eq!(row.count(), COLUMNS.len());
            languages += 1;
        }
        assert!(languages > 30);
        assert!(rows().next().into_iter().flatten().eq(COLUMNS.map(SpecialFolder::name)));
    }

    #[test]
    fn no_name_means_two_folders() {
        let mut seen = HashMap::new();
        for row in rows() {
            for (folder, cell) in COLUMNS.into_iter().zip(row) {
                for name in cell.split('|') {
                    assert!(!name.is_empty() && name == name.trim(), "{cell}");
                    let before = seen.insert(name.to_lowercase(), folder);
                    assert!(before.is_none_or(|f| f == folder), "{name}: {before:?}, {folder:?}");
                }
            }
        }
    }

    #[test]
    fn container_classes_tell_the_kind() {
        assert_eq!(SpecialFolder::by_container_class("IPF.Appointment"), Some(F::Calendar));
        assert_eq!(SpecialFolder::by_container_class("ipf.stickynote"), Some(F::Notes));
        assert_eq!(SpecialFolder::by_container_class("IPF.Contact"), Some(F::Contacts));
        assert_eq!(SpecialFolder::by_container_class("IPF.Contact.MOC.QuickContacts"), Some(F::QuickContacts));
        assert_eq!(SpecialFolder::by_container_class("IPF.Contact.Company"), None);
        assert_eq!(SpecialFolder::by_container_class("IPF.Note"), None);
        assert_eq!(SpecialFolder::by_container_class(""), None);
    }
}
