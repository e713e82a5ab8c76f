//! Reading back: folders and messages of a mailbox as the objects of a stream, with the names of their properties.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension};

use super::content::ContentFile;
use super::create::{DATABASE, check_version};
use super::prepare::{ATTACH_NUMBER, COMPUTED_FLAGS, NON_RECEIPT_REQUESTED, READ, READ_RECEIPT_REQUESTED, ROW_ID};
use super::rows::Table;
use super::{kept, names, open, value};
use crate::damage::{Effect, Finding, Findings};
use crate::limits::Limits;
use crate::mapi::tag::pr;
use crate::mapi::{Content, PropName, PropTag, PropType, Props, Value};
use crate::mt::NameMap;
use crate::mt::object::{Attachment, Folder, MAPI_FOLDER, MAPI_STORE, Message, MessageFrame, NamedProperty, Parent};
use crate::{Error, ErrorKind, Result};

/// A mailbox that is only read.
pub struct Mailbox {
    pub(super) dir: PathBuf,
    pub(super) db: Connection,
    names: HashMap<u16, PropName>,
    /// Names that the store has no id for, with ids made up here.
    extra: Vec<(u16, PropName)>,
}

/// A folder that was read back.
#[derive(Debug)]
pub struct StoredFolder {
    /// Its id.
    pub id: u64,
    /// The folder.
    pub folder: Folder<'static>,
    /// What its named properties are called.
    pub names: NameMap,
    /// What could not be read.
    pub findings: Vec<Finding>,
}

/// A message that was read back.
#[derive(Debug)]
pub struct StoredMessage {
    /// Its id.
    pub id: u64,
    /// Whether it is associated (FAI).
    pub associated: bool,
    /// The message.
    pub frame: MessageFrame<'static>,
    /// What its named properties are called, and those of all that it holds.
    pub names: NameMap,
    /// What could not be read.
    pub findings: Vec<Finding>,
}

/// What an id stands for.
#[derive(Debug)]
pub enum Object {
    /// A folder.
    Folder(StoredFolder),
    /// A message.
    Message(Box<StoredMessage>),
}

impl Mailbox {
    /// Opens the mailbox in `dir`.
    ///
    /// # Errors
    /// There is none ([`ErrorKind::NotFound`]), or it can't be opened.
    pub fn open(dir: &Path) -> Result<Self> {
        let path = dir.join(DATABASE);
        open::look(&path)
            .map_err(|e| if e.kind() == ErrorKind::NotFound { e.in_file(dir) } else { e.in_file(&path) })?;
        let all = || -> Result<(Connection, HashMap<u16, PropName>)> {
            let db = open::connect(&path)?;
            check_version(&db)?;
            let names = all_names(&db)?;
            Ok((db, names))
        };
        let (db, names) = all().map_err(|e| e.in_file(&path))?;
        Ok(Self { dir: dir.to_owned(), db, names, extra: Vec::new() })
    }

    /// The folder or message `id`; `None` where there is none.
    ///
    /// # Errors
    /// The database can't be read.
    pub fn object(&mut self, id: u64) -> Result<Option<Object>> {
        if let Some(folder) = self.folder(id)? {
            return Ok(Some(Object::Folder(folder)));
        }
        Ok(self.message(id)?.map(|message| Object::Message(Box::new(message))))
    }

    /// The folder `id`; `None` where there is none.
    ///
    /// # Errors
    /// The database can't be read.
    pub fn folder(&mut self, id: u64) -> Result<Option<StoredFolder>> {
        let key = id.cast_signed();
        let parent: Option<Option<i64>> = self
            .db
            .prepare_cached("SELECT parent_id FROM folders WHERE folder_id=?")?
            .query_row([key], |row| row.get(0))
            .optional()?;
        let Some(parent) = parent else { return Ok(None) };
        let mut reading = Reading { mailbox: self, names: NameMap::default(), findings: Findings::new() };
        let props = reading.props(Table::Folders, key)?;
        let Reading { names, findings, .. } = reading;
        let parent = match parent {
            Some(nid) => Parent { kind: MAPI_FOLDER, nid: nid.cast_unsigned() },
            None => Parent { kind: MAPI_STORE, nid: 0 },
        };
        let folder = Folder { nid: id, parent, props, acl: Vec::new() };
        Ok(Some(StoredFolder { id, folder, names, findings: findings.take() }))
    }

    /// The message `id`, embedded or not; `None` where there is none.
    ///
    /// # Errors
    /// The database can't be read, or messages are embedded too deep.
    pub fn message(&mut self, id: u64) -> Result<Option<StoredMessage>> {
        let mut reading = Reading { mailbox: self, names: NameMap::default(), findings: Findings::new() };
        let Some((row, mut message)) = reading.message(id.cast_signed(), Limits::default().embedding)? else {
            return Ok(None);
        };
        let rfc822 = reading.rfc822(&mut message.props);
        let Reading { names, findings, .. } = reading;
        let parent = Parent { kind: MAPI_FOLDER, nid: row.folder.unwrap_or(0).cast_unsigned() };
        let frame = MessageFrame { nid: id, parent, message, rfc822: rfc822.into() };
        Ok(Some(StoredMessage { id, associated: row.associated, frame, names, findings: findings.take() }))
    }
}

fn all_names(db: &Connection) -> Result<HashMap<u16, PropName>> {
    let mut query = db.prepare("SELECT propid, name_string FROM named_properties")?;
    let rows = query.query_map([], |row| Ok((row.get::<_, u16>(0)?, row.get::<_, String>(1)?)))?;
    let mut names = HashMap::new();
    for row in rows {
        let (id, text) = row?;
        if let Some(name) = names::from_text(&text) {
            names.insert(id, name);
        }
    }
    Ok(names)
}

/// What the row of a message says.
struct Row {
    folder: Option<i64>,
    associated: bool,
    read: bool,
    size: i64,
}

struct Reading<'m> {
    mailbox: &'m mut Mailbox,
    names: NameMap,
    findings: Findings,
}

impl Reading<'_> {
    fn message(&mut self, id: i64, depth: usize) -> Result<Option<(Row, Message<'static>)>> {
        let row = self
            .mailbox
            .db
            .prepare_cached(
                "SELECT parent_fid, is_associated, read_state, message_size FROM messages WHERE message_id=?",
            )?
            .query_row([id], |row| {
                let associated: Option<bool> = row.get(1)?;
                let read: Option<bool> = row.get(2)?;
                let (associated, read) = (associated.unwrap_or(false), read.unwrap_or(false));
                Ok(Row { folder: row.get(0)?, associated, read, size: row.get(3)? })
            })
            .optional()?;
        let Some(row) = row else { return Ok(None) };
        let mut props = self.props(Table::Messages, id)?;
        let mut recipients = Vec::new();
        for (n, recipient) in
            (0i32..).zip(self.ids("SELECT recipient_id FROM recipients WHERE message_id=? ORDER BY 1", id)?)
        {
            let mut props = self.props(Table::Recipients, recipient)?;
            props.set(ROW_ID, Value::I32(n));
            recipients.push(props);
        }
        let mut attachments = Vec::new();
        let ids = self.ids("SELECT attachment_id FROM attachments WHERE message_id=? ORDER BY 1", id)?;
        for (n, attachment) in (0i32..).zip(ids) {
            let mut props = self.props(Table::Attachments, attachment)?;
            props.set(ATTACH_NUMBER, Value::I32(n));
            let embedded = self.ids("SELECT message_id FROM messages WHERE parent_attid=?", attachment)?;
            let embedded = match embedded.first() {
                None => None,
                Some(id) => {
                    let depth = depth.checked_sub(1).ok_or_else(|| {
                        Error::new(ErrorKind::Limit, format!("messages are embedded too deep in message {id:#x}"))
                    })?;
                    self.message(*id, depth)?.map(|(_, message)| Box::new(message))
                }
            };
            attachments.push(Attachment { props, embedded });
        }
        compute(&mut props, &row, !attachments.is_empty());
        Ok(Some((row, Message { props, recipients, attachments })))
    }

    fn ids(&self, sql: &str, id: i64) -> Result<Vec<i64>> {
        let mut query = self.mailbox.db.prepare_cached(sql)?;
        let ids = query.query_map([id], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        Ok(ids)
    }

    /// The properties of object `owner`, with those that are kept elsewhere.
    fn props(&mut self, table: Table, owner: i64) -> Result<Props<'static>> {
        let mut props = Props::new();
        let mut query = self.mailbox.db.prepare_cached(table.select())?;
        let mut rows = query.query([owner])?;
        let mut kept = None;
        while let Some(row) = rows.next()? {
            let tag = PropTag(row.get(0)?);
            match column(&self.mailbox.dir, table, tag, row.get_ref(1)?) {
                Ok(value) if self.mailbox.names.get(&tag.id()) == Some(&names::kept()) => kept = Some(value),
                Ok(value) => props.push(tag, value),
                Err(e) => {
                    self.findings.add(Finding::new(
                        Effect::Lost,
                        format!("property {tag}"),
                        "a value that can be read",
                        e,
                    ));
                }
            }
        }
        drop(rows);
        drop(query);
        for (tag, _) in &props {
            if let Some(name) = self.mailbox.names.get(&tag.id()) {
                self.names.define(NamedProperty { tag: tag.with_type(PropType::UNSPECIFIED), name: name.clone() });
            }
        }
        if table == Table::Messages {
            // Before other parts than those that it was made of are put back.
            join_subject(&mut props);
        }
        if let Some(Value::Bin(bytes)) = kept {
            self.put_back(&mut props, &bytes);
        }
        Ok(props)
    }

    fn put_back(&mut self, props: &mut Props<'static>, bytes: &[u8]) {
        let entries = kept::decode(bytes, &mut |e| {
            self.findings.add(Finding::new(Effect::Lost, "kept properties", "a value that can be read", e));
        });
        for entry in entries {
            let tag = match entry.name {
                None => entry.tag,
                Some(name) => {
                    let tag = self.mailbox.tag_for(&name, entry.tag.typ(), props);
                    self.names.define(NamedProperty { tag: tag.with_type(PropType::UNSPECIFIED), name });
                    tag
                }
            };
            props.set(tag, entry.value);
        }
    }

    /// Takes the RFC 5322 text out of `props`.
    fn rfc822(&self, props: &mut Props<'static>) -> Vec<u8> {
        let name = names::rfc822();
        let id = self.mailbox.names.iter().find_map(|(id, n)| (*n == name).then_some(*id));
        match id.and_then(|id| props.remove(PropTag::new(id, PropType::BINARY))) {
            Some(Value::Bin(bytes)) => bytes.into_owned(),
            _ => Vec::new(),
        }
    }
}

impl Mailbox {
    /// A tag that `props` does not have for the property `name`: with its id in the store, else with one that is made up, from
    /// the end of the range down.
    fn tag_for(&mut self, name: &PropName, typ: PropType, props: &Props<'_>) -> PropTag {
        let stored = self.names.iter().filter(|(_, n)| *n == name).map(|(id, _)| *id);
        let extra = self.extra.iter().filter(|(_, n)| n == name).map(|(id, _)| *id);
        let known = stored.chain(extra).map(|id| PropTag::new(id, typ)).find(|tag| props.get(*tag).is_none());
        known.unwrap_or_else(|| {
            let id = self.extra.last().map_or(0xFFFE, |(id, _)| id - 1);
            self.extra.push((id, name.clone()));
            PropTag::new(id, typ)
        })
    }
}

fn column(dir: &Path, table: Table, tag: PropTag, cell: ValueRef<'_>) -> Result<Value<'static>> {
    if !table.in_file(tag) {
        return value::from_cell(tag, cell);
    }
    let id = match cell {
        ValueRef::Text(id) => String::from_utf8_lossy(id),
        // So did older servers have it.
        ValueRef::Integer(id) => id.to_string().into(),
        _ => return Err(Error::new(ErrorKind::Corrupt, "the id of a content file is neither text nor a number")),
    };
    let file = ContentFile::open(dir, &id, tag)?;
    Ok(match tag.typ() {
        PropType::UNICODE => Value::Str(file.text()?.into()),
        PropType::STRING8 => Value::Str8(file.text()?.into_bytes().into()),
        _ if file.len() <= Limits::default().spool_bytes => Value::Bin(file.into_stream().to_vec()?.into()),
        _ => Value::Stream(file.into_stream()),
    })
}

/// Adds the subject, which is stored in two parts.
fn join_subject(props: &mut Props<'static>) {
    if let Some(rest) = props.str(pr::NORMALIZED_SUBJECT) {
        let subject = format!("{}{rest}", props.str(pr::SUBJECT_PREFIX).unwrap_or_default());
        props.push(pr::SUBJECT, Value::str(subject));
    }
}

/// Adds what is not stored as it is: the read state and the flags, the size.
fn compute(props: &mut Props<'static>, row: &Row, has_attachments: bool) {
    let is_set = |tag| props.int(tag).is_some_and(|v| v != 0);
    let bits = [
        (row.read, 0x1),
        (has_attachments, 0x10),
        (row.associated, 0x40),
        (is_set(READ_RECEIPT_REQUESTED), 0x100),
        (is_set(NON_RECEIPT_REQUESTED), 0x200),
    ];
    let flags = props.int(pr::MESSAGE_FLAGS).unwrap_or(0) as i32 & !COMPUTED_FLAGS;
    let flags = bits.iter().filter(|(set, _)| *set).fold(flags, |flags, (_, bit)| flags | bit);
    props.set(pr::MESSAGE_FLAGS, Value::I32(flags));
    props.set(READ, Value::Bool(u8::from(row.read)));
    props.set(pr::MESSAGE_SIZE, Value::I32(row.size as i32));
}
