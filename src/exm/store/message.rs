//! Writing a message: its rows, those of all that it holds, and the accounts of its folder and of the store.

use super::bag::Localizer;
use super::content::Contents;
use super::ids::Counters;
use super::names;
use super::prepare::{Context, Identity, Prepared, unix_now};
use super::rows::{self, Table};
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

impl Store {
    /// Writes `frame` as a new message of `folder`; gives back its id. Must run in a transaction, and be followed by
    /// [`Store::remove_message`] when it fails.
    pub(super) fn insert_message(
        &mut self,
        folder: u64,
        frame: MessageFrame<'_>,
        source: &NameMap,
        findings: &Findings,
    ) -> Result<u64> {
        let Parts { db, names, contents, counters, unfinished, .. } = &mut self.parts;
        counters.check_quota(db)?;
        let mut localizer = Localizer { db, names, source, findings };
        let now = unix_now();
        let context = Context { domain: &self.domain, user_id: self.user_id, now: unix_to_filetime(now) };
        let (id, article) = counters.next_in_folder(db, folder, now)?;
        let change = counters.next_change(db)?;
        let identity = Identity::new(frame.nid);
        let mut message = context.prepare(&mut localizer, frame.message, Some(change), &identity)?;
        let props = &mut message.bag.props;
        props.set(ARTICLE_NUMBER, Value::I32(article as i32));
        if !frame.rfc822.is_empty() {
            match localizer.names.id(db, &names::rfc822())? {
                Some(id) => {
                    props.set(PropTag::new(id, PropType::BINARY), Value::Bin(frame.rfc822.into_owned().into()));
                    // What a server wants to know of it in `ext/` is nowhere told.
                    let found =
                        format!("one that is kept in {}: IMAP shows the message as it is made anew", names::rfc822());
                    findings.add(Finding::new(
                        Effect::Notice,
                        "RFC 5322 text",
                        "a text in a file of the mailbox",
                        found,
                    ));
                }
                None => findings.add(Finding::new(Effect::Lost, "RFC 5322 text", "room for its name", "none")),
            }
        }
        let time = |tag| props.int(tag);
        let times = (time(pr::LAST_MODIFICATION_TIME), time(pr::MESSAGE_DELIVERY_TIME), time(pr::CLIENT_SUBMIT_TIME));
        let (size, associated) = (message.size, message.associated);
        let place = Place::Folder(folder, associated);
        let mut writer = Writer { localizer, contents, counters, now };
        writer.row(id, change, &place, &message)?;
        *unfinished = Some(id);
        writer.belongings(id, message)?;
        if !associated {
            db.prepare_cached("INSERT INTO msgtime_index VALUES (?, ?, ?, ?, ?)")?.execute((
                folder.cast_signed(),
                id.cast_signed(),
                times.0,
                times.1,
                times.2,
            ))?;
        }
        counters.add_size(size, associated);
        *unfinished = None;
        Ok(id)
    }

    /// Removes what is left of a message that failed; what it has used up of ids and names stays used up.
    pub(super) fn remove_unfinished(&mut self) -> Result<()> {
        let Some(id) = self.parts.unfinished.take() else { return Ok(()) };
        self.parts.db.prepare_cached("DELETE FROM messages WHERE message_id=?")?.execute([id.cast_signed()])?;
        Ok(())
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
    contents: &'w mut Contents,
    counters: &'w mut Counters,
    now: i64,
}

impl Writer<'_> {
    /// Writes the row of a message.
    fn row(&self, id: u64, change: u64, place: &Place, message: &Prepared<'_>) -> Result<()> {
        let (folder, attachment, associated) = match place {
            Place::Folder(folder, associated) => (Some(folder.cast_signed()), None, Some(*associated)),
            Place::Attachment(attachment) => (None, Some(*attachment), None),
        };
        let mut insert = self.localizer.db.prepare_cached(
            "INSERT INTO messages (message_id, parent_fid, parent_attid, is_associated, change_number, read_state, message_size) \
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )?;
        let (id, change) = (id.cast_signed(), change.cast_signed());
        insert.execute((id, folder, attachment, associated, change, message.read, message.size))?;
        Ok(())
    }

    /// Writes all that belongs to the message `id`.
    fn belongings(&mut self, id: u64, message: Prepared<'_>) -> Result<()> {
        let db = self.localizer.db;
        let key = id.cast_signed();
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
                let change = self.counters.next_change(db)?;
                let id = self.counters.next_store_level(db, self.now)?;
                self.row(id, change, &Place::Attachment(attachment), &embedded)?;
                self.belongings(id, *embedded)?;
            }
        }
        Ok(())
    }
}
