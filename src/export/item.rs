//! What is told of each item: a line of the index, and of the ledger where the item is not whole.

use serde::Serialize;

use super::render::Source;
use crate::damage::{Effect, Finding};
use crate::mapi::tag::pr;
use crate::mapi::time::filetime_to_string;
use crate::mapi::{PropTag, Value};
use crate::mime::address::{AddressBook, Person, Role};
use crate::mime::eml::Head;
use crate::mime::{Key, Names, View};
use crate::mt::from_pff;
use crate::mt::object::Attachment;

/// An item of the input, and what became of it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Item {
    /// What sort of thing it is.
    pub kind: Kind,
    /// Its id in the input, as `0x…`; 0 for a frame that can't be read.
    #[serde(serialize_with = "hex")]
    pub nid: u64,
    /// The file of the output that it is in, `/` between the parts; `None` where it is in none.
    pub path: Option<String>,
    /// Where in that file it begins, in bytes, where the file holds more than one item.
    pub offset: Option<u64>,
    /// Its bytes in that file.
    pub size: u64,
    /// The SHA-256 of these bytes, in hexadecimal.
    pub sha256: String,
    /// The path of its folder in the input, or its own if it is one.
    pub folder: String,
    /// Its message class.
    pub class: String,
    /// Its subject, or its name if it is a folder.
    pub subject: String,
    /// Who sent it, or made it.
    pub sender: String,
    /// The Message-ID of the internet.
    pub message_id: String,
    /// When it was sent.
    pub sent: Option<String>,
    /// When it was received.
    pub received: Option<String>,
    /// When it begins, for appointments.
    pub start: Option<String>,
    /// When it was made.
    pub created: Option<String>,
    /// When it was changed last.
    pub modified: Option<String>,
    /// Its attachments.
    pub attachments: Vec<Attached>,
    /// The mail that they are in, where the file of the item has no place for them, as with contacts; left out where it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attached_in: Option<Attachments>,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
}

/// What sort of thing an [`Item`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A message of whatever class.
    #[default]
    Message,
    /// An associated message.
    Fai,
    /// A frame that can't be read.
    Frame,
    /// A folder: in the ledger only.
    Folder,
    /// The input as a whole: in the ledger only.
    File,
}

impl Kind {
    /// Whether the index has it.
    pub fn is_item(self) -> bool {
        !matches!(self, Self::Folder | Self::File)
    }
}

impl From<from_pff::Kind> for Kind {
    fn from(kind: from_pff::Kind) -> Self {
        match kind {
            from_pff::Kind::File => Self::File,
            from_pff::Kind::Folder => Self::Folder,
            from_pff::Kind::Message => Self::Message,
            from_pff::Kind::Fai => Self::Fai,
        }
    }
}

/// An attachment of an item.
#[derive(Debug, Clone, Serialize)]
pub struct Attached {
    /// Its file name.
    pub name: String,
    /// Its bytes; 0 for an embedded message.
    pub size: u64,
}

/// A mail that is written for the sake of the attachments in it.
#[derive(Debug, Clone, Serialize)]
pub struct Attachments {
    /// The file of the output.
    pub path: String,
    /// Its bytes.
    pub size: u64,
    /// The SHA-256 of these bytes, in hexadecimal.
    pub sha256: String,
}

fn hex<S: serde::Serializer>(nid: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{nid:#x}"))
}

impl Item {
    /// About how many bytes of memory it holds.
    pub(super) fn held(&self) -> u64 {
        /// What its times, ids and addresses take.
        const ITEM: usize = 1 << 10;
        /// What a finding or an attachment takes, with its texts.
        const EACH: usize = 256;
        (ITEM + EACH * (self.findings.len() + self.attachments.len()) + self.subject.len()) as u64
    }

    /// Takes over what the properties of a message tell.
    pub(super) fn describe(&mut self, source: Source<'_>) {
        let mail = source.item();
        let view = mail.view();
        let text = |tag: PropTag| view.text(tag).unwrap_or_default().into_owned();
        let time = |key: Key| view.int(key).filter(|t| *t > 0).map(filetime_to_string);
        self.class = text(pr::MESSAGE_CLASS);
        self.subject = mail.subject().unwrap_or_default();
        self.sender = sender(view, source.book);
        self.message_id = text(INTERNET_MESSAGE_ID);
        self.sent = time(pr::CLIENT_SUBMIT_TIME.into());
        self.received = time(pr::MESSAGE_DELIVERY_TIME.into());
        self.start = time(super::form::START);
        self.created = time(pr::CREATION_TIME.into());
        self.modified = time(pr::LAST_MODIFICATION_TIME.into());
        self.attachments = source.message.attachments.iter().map(|a| attached(a, source.names)).collect();
    }

    /// Takes over what the header of the mail tells that it became.
    pub(super) fn take(&mut self, head: Head) {
        (self.sender, self.message_id) = (head.from, head.message_id);
    }

    /// Whether it is in the output as it was in the input.
    pub fn is_whole(&self) -> bool {
        !self.is_missing() && self.findings.iter().all(|finding| finding.effect == Effect::Notice)
    }

    /// Whether it is not in the output at all.
    pub fn is_missing(&self) -> bool {
        self.kind.is_item() && self.path.is_none()
    }
}

impl From<from_pff::Item> for Item {
    fn from(item: from_pff::Item) -> Self {
        Self {
            kind: item.kind.into(),
            nid: u64::from(item.nid),
            folder: item.folder,
            class: item.class,
            subject: item.subject,
            findings: item.findings,
            ..Self::default()
        }
    }
}

/// PidTagInternetMessageId.
const INTERNET_MESSAGE_ID: PropTag = PropTag(0x1035_001F);

/// Who a message is from, as mail would show it.
fn sender(view: View<'_>, book: &AddressBook) -> String {
    let found = [Role::SENT_REPRESENTING, Role::SENDER].into_iter().find_map(|role| Person::find(view, role));
    let Some(person) = found else { return String::new() };
    match book.address(&person) {
        Some(address) if person.name.is_empty() || person.name == address => address,
        Some(address) => format!("{} <{address}>", person.name),
        None => person.name,
    }
}

fn attached(attachment: &Attachment<'_>, names: &Names) -> Attached {
    let view = View::new(&attachment.props, names);
    let tags = [pr::ATTACH_LONG_FILENAME, pr::ATTACH_FILENAME, pr::DISPLAY_NAME];
    let size = [pr::ATTACH_DATA_BIN, pr::ATTACH_DATA_OBJ].into_iter().find_map(|tag| match view.value(tag)? {
        Value::Bin(bytes) => Some(bytes.len() as u64),
        Value::Stream(stream) => Some(stream.len()),
        _ => None,
    });
    Attached {
        name: tags.into_iter().find_map(|tag| view.text(tag)).unwrap_or_default().into_owned(),
        size: size.unwrap_or(0),
    }
}
