//! Writing a message: its rows, those of all that it holds, and the accounts of its folder and of the store.

use rusqlite::OptionalExtension;

use super::bag::Localizer;
use super::ids;
use super::names;
use super::prepare::{Context, Identity, Prepared, unix_now};
use super::rows::{self, Table};
use super::value::Cell;
use super::{Parts, Store};
use crate::Result;
use crate::damage::{Effect, Finding, Findings};
use crate::mapi::tag::pr;
use crate::mapi::time::unix_to_filetime;
use crate::mapi::{PropTag, PropType, Value};
use crate::mt::NameMap;
use crate::mt::object::MessageFrame;

/// The number of a message in its folder; of a folder in the store.
pub const ARTICLE_NUMBER: PropTag = PropTag(0x0E23_0003);
/// The number that the next message of a folder gets.
pub const NEXT_ARTICLE: PropTag = PropTag(0x6751_0003);
/// When something of a folder changed last.
pub const LOCAL_COMMIT_TIME_MAX: PropTag = PropTag(0x670A_0040);

const STORE_SIZE: i64 = 0x0E08_0014;
const STORE_SIZE_NORMAL: i64 = 0x66B3_0014;
const STORE_SIZE_ASSOCIATED: i64 = 0x66B4_0014;

impl Store {
    /// Writes `frame` as a new message of `folder`; gives back its id. Must run in a transaction.
    pub(super) fn insert_message(
        &mut self,
        folder: u64,
        frame: MessageFrame<'_>,
        source: &NameMap,
        findings: &Findings,
    ) -> Result<u64> {
        let Parts { db, names, contents, .. } = &mut self.parts;
        let mut localizer = Localizer { db, names, source, findings };
        let now = unix_now();
        let context =
            Context { domain: &self.options.domain, user_id: self.options.user_id, now: unix_to_filetime(now) };
        let change = ids::next_change(db)?;
        let id = ids::next_in_folder(db, folder, now)?;
        let identity = Identity::new(frame.nid);
        let mut message = context.prepare(&mut localizer, frame.message, Some(change), &identity)?;
        if !frame.rfc822.is_empty() {
            match localizer.names.id(db, &names::rfc822())? {
                Some(id) => message
                    .bag
                    .props
                    .set(PropTag::new(id, PropType::BINARY), Value::Bin(frame.rfc822.into_owned().into())),
                None => findings.add(Finding::new(Effect::Lost, "RFC 5322 text", "room for its name", "none")),
            }
        }
        let time = |tag| message.bag.props.int(tag);
        let times = (time(pr::LAST_MODIFICATION_TIME), time(pr::MESSAGE_DELIVERY_TIME), time(pr::CLIENT_SUBMIT_TIME));
        let (size, associated, key) = (i64::from(message.size), message.associated, id.cast_signed());
        let place = Place::Folder(folder, associated);
        Writer { localizer, contents, now }.message(id, change, &place, message)?;
        if !associated {
            db.prepare_cached("INSERT INTO msgtime_index VALUES (?, ?, ?, ?, ?)")?.execute((
                folder.cast_signed(),
                key,
                times.0,
                times.1,
                times.2,
            ))?;
        }
        let article = self.next_article(folder)?;
        let db = &self.parts.db;
        rows::set(db, Table::Messages, key, ARTICLE_NUMBER, &Cell::Int(article))?;
        rows::set(db, Table::Folders, folder.cast_signed(), LOCAL_COMMIT_TIME_MAX, &Cell::Int(unix_to_filetime(now)))?;
        let part = if associated { STORE_SIZE_ASSOCIATED } else { STORE_SIZE_NORMAL };
        db.prepare_cached("UPDATE store_properties SET propval=propval+? WHERE proptag IN (?, ?)")?
            .execute((size, STORE_SIZE, part))?;
        Ok(id)
    }

    fn next_article(&self, folder: u64) -> Result<i64> {
        let db = &self.parts.db;
        let mut query = db.prepare_cached("SELECT propval FROM folder_properties WHERE folder_id=? AND proptag=?")?;
        let key = (folder.cast_signed(), i64::from(NEXT_ARTICLE.0));
        let number: i64 = query.query_row(key, |row| row.get(0)).optional()?.unwrap_or(1);
        rows::set(db, Table::Folders, folder.cast_signed(), NEXT_ARTICLE, &Cell::Int(number + 1))?;
        Ok(number)
    }
}

/// What a message belongs to.
enum Place {
    /// A folder, and whether the message is associated.
    Folder(u64, bool),
    /// An attachment.
    Attachment(i64),
}

struct Writer<'w> {
    localizer: Localizer<'w>,
    contents: &'w mut super::content::Contents,
    now: i64,
}

impl Writer<'_> {
    fn message(&mut self, id: u64, change: u64, place: &Place, message: Prepared<'_>) -> Result<()> {
        let db = self.localizer.db;
        let key = id.cast_signed();
        let (folder, attachment, associated) = match place {
            Place::Folder(folder, associated) => (Some(folder.cast_signed()), None, Some(*associated)),
            Place::Attachment(attachment) => (None, Some(*attachment), None),
        };
        db.prepare_cached(
            "INSERT INTO messages (message_id, parent_fid, parent_attid, is_associated, change_number, read_state, message_size) \
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute((key, folder, attachment, associated, change.cast_signed(), message.read, message.size))?;
        rows::write(&mut self.localizer, self.contents, Table::Messages, key, message.bag)?;
        for bag in message.recipients {
            db.prepare_cached("INSERT INTO recipients (message_id) VALUES (?)")?.execute([key])?;
            rows::write(&mut self.localizer, self.contents, Table::Recipients, db.last_insert_rowid(), bag)?;
        }
        for (bag, embedded) in message.attachments {
            db.prepare_cached("INSERT INTO attachments (message_id) VALUES (?)")?.execute([key])?;
            let attachment = db.last_insert_rowid();
            rows::write(&mut self.localizer, self.contents, Table::Attachments, attachment, bag)?;
            if let Some(embedded) = embedded {
                let change = ids::next_change(db)?;
                let id = ids::next_store_level(db, self.now)?;
                self.message(id, change, &Place::Attachment(attachment), *embedded)?;
            }
        }
        Ok(())
    }
}
