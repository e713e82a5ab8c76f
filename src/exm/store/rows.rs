//! Property lists into rows.

use rusqlite::Connection;

use super::bag::{Bag, Localizer};
use super::content::{self, Contents};
use super::kept::Kept;
use super::names;
use super::value::{Cell, to_cell};
use crate::Result;
use crate::damage::{Effect, Finding};
use crate::mapi::{PropTag, PropType, Value};

/// The tables of properties.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// Of folders.
    Folders,
    /// Of messages.
    Messages,
    /// Of recipients.
    Recipients,
    /// Of attachments.
    Attachments,
}

impl Table {
    /// The statement that writes a property that is not there yet.
    fn insert(self) -> &'static str {
        match self {
            Self::Folders => "INSERT INTO folder_properties VALUES (?, ?, ?)",
            Self::Messages => "INSERT INTO message_properties VALUES (?, ?, ?)",
            Self::Recipients => "INSERT INTO recipients_properties VALUES (?, ?, ?)",
            Self::Attachments => "INSERT INTO attachment_properties VALUES (?, ?, ?)",
        }
    }

    /// The statement that writes a property that may be there. It costs much more than [`Table::insert`].
    fn replace(self) -> &'static str {
        match self {
            Self::Folders => "INSERT OR REPLACE INTO folder_properties VALUES (?, ?, ?)",
            Self::Messages => "INSERT OR REPLACE INTO message_properties VALUES (?, ?, ?)",
            Self::Recipients => "INSERT OR REPLACE INTO recipients_properties VALUES (?, ?, ?)",
            Self::Attachments => "INSERT OR REPLACE INTO attachment_properties VALUES (?, ?, ?)",
        }
    }

    /// The query for the properties of an object, by ascending tag.
    pub fn select(self) -> &'static str {
        match self {
            Self::Folders => "SELECT proptag, propval FROM folder_properties WHERE folder_id=? ORDER BY proptag",
            Self::Messages => "SELECT proptag, propval FROM message_properties WHERE message_id=? ORDER BY proptag",
            Self::Recipients => {
                "SELECT proptag, propval FROM recipients_properties WHERE recipient_id=? ORDER BY proptag"
            }
            Self::Attachments => {
                "SELECT proptag, propval FROM attachment_properties WHERE attachment_id=? ORDER BY proptag"
            }
        }
    }

    /// Whether the value of `tag` is in a content file.
    pub fn in_file(self, tag: PropTag) -> bool {
        match self {
            Self::Messages => content::of_message(tag),
            Self::Attachments => content::of_attachment(tag),
            Self::Folders | Self::Recipients => false,
        }
    }
}

/// Sets property `tag` of object `owner` to `value`.
///
/// # Errors
/// The database fails.
pub fn set(db: &Connection, table: Table, owner: i64, tag: PropTag, value: &Cell<'_>) -> Result<()> {
    db.prepare_cached(table.replace())?.execute((owner, i64::from(tag.0), value))?;
    Ok(())
}

/// Writes the properties of the new object `owner`. What has no place in the table goes into the property of kept values.
///
/// # Errors
/// The database fails, or a content file can't be written.
pub fn write(
    localizer: &mut Localizer<'_>,
    contents: &mut Contents,
    table: Table,
    owner: i64,
    bag: Bag<'_>,
) -> Result<()> {
    let Bag { props, mut keep } = bag;
    let mut insert = localizer.db.prepare_cached(table.insert())?;
    for (tag, mut value) in props {
        match cell(contents, table, tag, &mut value)? {
            Some(cell) => _ = insert.execute((owner, i64::from(tag.0), cell))?,
            None => localizer.keep(&mut keep, Kept { name: None, tag, value }, "a value that a column can hold"),
        }
    }
    let n = keep.len();
    if n == 0 {
        return Ok(());
    }
    let value = keep.into_value();
    let id = localizer.names.id(localizer.db, &names::kept())?;
    let tag = id.map(|id| PropTag::new(id, PropType::BINARY));
    match tag.zip(tag.map(|tag| to_cell(tag, &value)).transpose()?.flatten()) {
        Some((tag, cell)) => set(localizer.db, table, owner, tag, &cell),
        None => {
            let found = format!("no room for {n} properties");
            localizer.findings.add(Finding::new(Effect::Lost, "mailbox", "a place for what is kept", found));
            Ok(())
        }
    }
}

fn cell<'v>(contents: &mut Contents, table: Table, tag: PropTag, value: &'v mut Value<'_>) -> Result<Option<Cell<'v>>> {
    if table.in_file(tag) {
        return Ok(contents.stage(value)?.map(|id| Cell::Text(id.into())));
    }
    to_cell(tag, value)
}
