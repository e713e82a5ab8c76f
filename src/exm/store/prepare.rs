//! A message as it goes into the tables: what a server would add, drop and compute when it stores one.
//!
//! The rule for everything that a server fills in: what the stream gives is kept, and only what is absent is made. Where a server would
//! make up a random value, one is derived from the message instead, so that the same stream gives the same rows.

use md5::{Digest, Md5};

use super::bag::{Bag, Localizer};
use super::ids;
use super::kept::Kept;
use super::subject;
use super::value::size;
use crate::Result;
use crate::damage::{Effect, Finding};
use crate::mapi::tag::pr;
use crate::mapi::{PropTag, Props, Value};
use crate::mt::object::{Attachment, Message};

const ASSOCIATED: PropTag = PropTag(0x67AA_000B);
const BODY_CONTENT_ID: PropTag = PropTag(0x1015_001F);
/// The key of the last change of an object.
pub const CHANGE_KEY: PropTag = PropTag(0x65E2_0102);
const CHANGE_NUMBER: PropTag = PropTag(0x67A4_0014);
const CONVERSATION_ID: PropTag = PropTag(0x3013_0102);
const CONVERSATION_INDEX: PropTag = PropTag(0x0071_0102);
const CONVERSATION_TOPIC: PropTag = PropTag(0x0070_001F);
const CONVERSATION_TRACKING: PropTag = PropTag(0x3016_000B);
const CREATOR_ENTRYID: PropTag = PropTag(0x3FF9_0102);
const CREATOR_NAME: PropTag = PropTag(0x3FF8_001F);
const INTERNET_MESSAGE_ID: PropTag = PropTag(0x1035_001F);
const LAST_MODIFIER_ENTRYID: PropTag = PropTag(0x3FFB_0102);
const LAST_MODIFIER_NAME: PropTag = PropTag(0x3FFA_001F);
const MESSAGE_ID: PropTag = PropTag(0x674A_0014);
const MESSAGE_STATUS: PropTag = PropTag(0x0E17_0003);
/// Whether a receipt is to be sent when it is deleted unread.
pub const NON_RECEIPT_REQUESTED: PropTag = PropTag(0x0C06_000B);
/// The keys of all changes before.
pub const PREDECESSORS: PropTag = PropTag(0x65E3_0102);
/// Whether the message is read.
pub const READ: PropTag = PropTag(0x0E69_000B);
/// Whether a receipt is to be sent when it is read.
pub const READ_RECEIPT_REQUESTED: PropTag = PropTag(0x0029_000B);
const SEARCH_KEY: PropTag = PropTag(0x300B_0102);
const SENDER_ENTRYID: PropTag = PropTag(0x0C19_0102);
const SENT_REPRESENTING_ENTRYID: PropTag = PropTag(0x0041_0102);
const SENT_REPRESENTING_NAME: PropTag = PropTag(0x0042_001F);

/// Number of a recipient in its message: computed.
pub const ROW_ID: PropTag = PropTag(0x3000_0003);
/// Number of an attachment in its message: computed.
pub const ATTACH_NUMBER: PropTag = PropTag(0x0E21_0003);
/// Record key of an attachment: computed.
pub const RECORD_KEY: PropTag = PropTag(0x0FF9_0102);

/// Message flags that a server computes: read, has attachments, from me, associated, and the two pending receipts.
pub const COMPUTED_FLAGS: i32 = 0x1 | 0x10 | 0x20 | 0x40 | 0x100 | 0x200;
/// Message flag: was read once.
pub const EVER_READ: i32 = 0x400;

/// Bytes that the size of every message has on top of those of its properties.
const OVERHEAD: u64 = 17;

/// The properties of a message that a server computes from others; given values have no place.
pub const COMPUTED: [PropTag; 18] = [
    PropTag(0x0FFF_0102),
    PropTag(0x6748_0014),
    PropTag(0x6749_0014),
    PropTag(0x0FF6_00FB),
    PropTag(0x65E1_0102),
    PropTag(0x664A_000B),
    PropTag(0x674A_0014),
    PropTag(0x0E08_0003),
    PropTag(0x67AA_000B),
    PropTag(0x67A4_0014),
    PropTag(0x0E1B_000B),
    PropTag(0x0E04_001F),
    PropTag(0x0E04_001E),
    PropTag(0x0E03_001F),
    PropTag(0x0E03_001E),
    PropTag(0x0E02_001F),
    PropTag(0x0E02_001E),
    PropTag(0x0E23_001F),
];

/// A message that is ready to be written.
pub struct Prepared<'a> {
    /// What becomes rows.
    pub bag: Bag<'a>,
    /// Its size, with all that it holds.
    pub size: u32,
    /// Whether it is read.
    pub read: bool,
    /// Whether it is associated (FAI).
    pub associated: bool,
    /// Its recipients.
    pub recipients: Vec<Bag<'a>>,
    /// Its attachments and the messages in them.
    pub attachments: Vec<(Bag<'a>, Option<Box<Prepared<'a>>>)>,
}

/// What is the same for all messages of an import, or known before a message is prepared.
pub struct Context<'c> {
    /// The part of addresses behind the `@`.
    pub domain: &'c str,
    /// The number of the user in change keys.
    pub user_id: u32,
    /// The time of the import, as FILETIME.
    pub now: i64,
}

impl Context<'_> {
    /// `message`, which has the change number `change` if it is not embedded and `identity` for all that is derived.
    ///
    /// # Errors
    /// The database fails.
    pub fn prepare<'a>(
        &self,
        localizer: &mut Localizer<'_>,
        message: Message<'a>,
        change: Option<u64>,
        identity: &Identity,
    ) -> Result<Prepared<'a>> {
        let codepage = codepage(&message.props);
        let mut bag = localizer.bag(message.props, codepage)?;
        let props = &mut bag.props;
        spell_out_flags(props);
        let associated = props.remove(ASSOCIATED).is_some_and(|v| v.as_int() != Some(0));
        let _ = (props.remove(MESSAGE_ID), props.remove(CHANGE_NUMBER));
        if let Some(cn) = change {
            let key = ids::change_key(self.user_id, cn);
            props.set(PREDECESSORS, Value::bin(ids::predecessors(&key)));
            props.set(CHANGE_KEY, Value::bin(key));
        }
        let identity = identity.of(props);
        let twice = self.fill_in(props, &identity);
        let read = props.int(READ).is_some_and(|v| v != 0);
        // A server drops the subject before it counts, if its second part is there.
        let dropped: &[_] = if props.get(pr::NORMALIZED_SUBJECT).is_some() { &[pr::SUBJECT] } else { &[] };
        let mut bytes = OVERHEAD + twice + props_size(props, dropped);
        store_form(localizer, &mut bag, read);

        let mut recipients = Vec::with_capacity(message.recipients.len());
        for recipient in message.recipients {
            let bag = localizer.bag(recipient, codepage)?;
            bytes += props_size(&bag.props, &[ROW_ID]);
            recipients.push(without(bag, &[ROW_ID]));
        }
        let mut attachments = Vec::with_capacity(message.attachments.len());
        for (number, Attachment { props, embedded }) in message.attachments.into_iter().enumerate() {
            let bag = localizer.bag(props, codepage)?;
            bytes += props_size(&bag.props, &[ATTACH_NUMBER]);
            let embedded = match embedded {
                None => None,
                Some(embedded) => Some(Box::new(self.prepare(localizer, *embedded, None, &identity.within(number))?)),
            };
            bytes += embedded.as_ref().map_or(0, |message| u64::from(message.size));
            attachments.push((without(bag, &[ATTACH_NUMBER, RECORD_KEY]), embedded));
        }
        let size = u32::try_from(bytes).unwrap_or(u32::MAX);
        Ok(Prepared { bag, size, read, associated, recipients, attachments })
    }

    /// Adds what is absent; gives back the bytes of what a server's list, and so its sum of sizes, has twice.
    fn fill_in(&self, props: &mut Props<'_>, identity: &Identity) -> u64 {
        let absent = |props: &Props<'_>, tag| props.get(tag).is_none();
        if absent(props, MESSAGE_STATUS) {
            props.push(MESSAGE_STATUS, Value::I32(0));
        }
        if absent(props, READ) {
            let read = props.int(pr::MESSAGE_FLAGS).unwrap_or(0) & 1;
            props.push(READ, Value::Bool(read as u8));
        }
        if absent(props, pr::MESSAGE_FLAGS) {
            props.push(pr::MESSAGE_FLAGS, Value::I32(2));
        }
        if absent(props, SEARCH_KEY) {
            props.push(SEARCH_KEY, Value::bin(identity.derive("search key").to_vec()));
        }
        if absent(props, BODY_CONTENT_ID) {
            let id = u128::from_be_bytes(identity.derive("content id"));
            props.push(BODY_CONTENT_ID, Value::str(format!("{id:032x}@{}", self.domain)));
        }
        for (tag, sources) in [
            (CREATOR_NAME, [pr::SENDER_NAME, SENT_REPRESENTING_NAME]),
            (LAST_MODIFIER_NAME, [pr::SENDER_NAME, SENT_REPRESENTING_NAME]),
            (CREATOR_ENTRYID, [SENDER_ENTRYID, SENT_REPRESENTING_ENTRYID]),
            (LAST_MODIFIER_ENTRYID, [SENDER_ENTRYID, SENT_REPRESENTING_ENTRYID]),
        ] {
            let source = sources.iter().find_map(|source| props.get(*source)).cloned();
            if let Some(value) = source.filter(|_| absent(props, tag)) {
                props.push(tag, value);
            }
        }
        if absent(props, pr::LAST_MODIFICATION_TIME) {
            props.push(pr::LAST_MODIFICATION_TIME, Value::I64(self.now));
        }
        let mut twice = 0;
        let conversation = conversation_id(props, identity);
        match props.get(CONVERSATION_ID) {
            Some(given) => twice += size(given),
            None => props.push(CONVERSATION_ID, Value::bin(conversation.to_vec())),
        }
        match props.get(CONVERSATION_TRACKING) {
            Some(given) => twice += size(given),
            None => props.push(CONVERSATION_TRACKING, Value::Bool(1)),
        }
        if absent(props, CONVERSATION_INDEX) {
            let sent = [pr::CLIENT_SUBMIT_TIME, pr::MESSAGE_DELIVERY_TIME, pr::CREATION_TIME];
            let sent = sent.iter().find_map(|tag| props.int(*tag)).unwrap_or(self.now);
            props.push(CONVERSATION_INDEX, Value::bin(conversation_index(sent, &conversation)));
        }
        if absent(props, CONVERSATION_TOPIC)
            && let Some(subject) = props.get(pr::NORMALIZED_SUBJECT).cloned()
        {
            props.push(CONVERSATION_TOPIC, subject);
        }
        twice
    }
}

/// The code page of the 8-bit strings of a message ([MS-OXCMSG] 2.2.1.4, 2.2.2.6).
fn codepage(props: &Props<'_>) -> u32 {
    let cpid = [pr::MESSAGE_CODEPAGE, pr::INTERNET_CPID].iter().find_map(|tag| props.int(*tag));
    cpid.and_then(|cpid| u32::try_from(cpid).ok()).unwrap_or(1252)
}

/// What the message flags say is said by properties of its own, too.
fn spell_out_flags(props: &mut Props<'_>) {
    let flags = props.int(pr::MESSAGE_FLAGS).unwrap_or(0);
    for (bit, tag) in [(0x1, READ), (0x40, ASSOCIATED), (0x100, READ_RECEIPT_REQUESTED), (0x200, NON_RECEIPT_REQUESTED)]
    {
        if flags & bit != 0 {
            props.set(tag, Value::Bool(1));
        }
    }
}

/// Brings the properties into the form of rows: the subject divided, the flags without what is computed.
fn store_form(localizer: &Localizer<'_>, bag: &mut Bag<'_>, read: bool) {
    let props = &mut bag.props;
    let _ = props.remove(READ);
    props.retain(|tag, _| !COMPUTED.contains(&tag));
    if let Some(Value::I32(flags)) = props.get_mut(pr::MESSAGE_FLAGS) {
        *flags = *flags & !(COMPUTED_FLAGS | EVER_READ) | if read { EVER_READ } else { 0 };
    }
    let Some(Value::Str(text)) = props.remove(pr::SUBJECT) else { return };
    let given = subject::parts(&text, props.str(pr::SUBJECT_PREFIX), props.str(pr::NORMALIZED_SUBJECT));
    let parts = given.unwrap_or_else(|| {
        // The subject is what people see: it wins, and its parts as they came are kept beside it.
        for tag in [pr::SUBJECT_PREFIX, pr::NORMALIZED_SUBJECT] {
            if let Some(value) = props.remove(tag) {
                let _ = bag.keep.add(Kept { name: None, tag, value });
            }
        }
        let found = "other ones; they are kept in pffkit:kept";
        localizer.findings.add(Finding::new(Effect::Notice, "subject", "the parts that it is made of", found));
        subject::split(&text)
    });
    props.set(pr::SUBJECT_PREFIX, Value::str(parts.prefix));
    props.set(pr::NORMALIZED_SUBJECT, Value::str(parts.normalized));
}

fn props_size(props: &Props<'_>, except: &[PropTag]) -> u64 {
    props.iter().filter(|(tag, _)| !except.contains(tag)).map(|(_, value)| size(value)).sum()
}

fn without<'a>(mut bag: Bag<'a>, tags: &[PropTag]) -> Bag<'a> {
    bag.props.retain(|tag, _| !tags.contains(&tag));
    bag
}

/// The conversation that a message belongs to: by its conversation index, else by its topic, else one of its own.
fn conversation_id(props: &Props<'_>, identity: &Identity) -> [u8; 16] {
    let index = props.get(CONVERSATION_INDEX).and_then(Value::as_bin);
    if let Some(id) = index.and_then(|index| index.get(6..22)).and_then(|id| id.first_chunk()) {
        return *id;
    }
    match props.str(CONVERSATION_TOPIC) {
        Some(topic) if !topic.is_empty() => {
            let bytes = topic.as_bytes();
            Md5::digest(bytes[..bytes.len().min(255)].to_ascii_uppercase()).into()
        }
        _ => identity.derive("conversation"),
    }
}

fn conversation_index(sent: i64, conversation: &[u8; 16]) -> Vec<u8> {
    let [low, _, _, next, high @ ..] = sent.to_le_bytes();
    let mut index = vec![1];
    index.extend_from_slice(&high);
    index.push(next);
    index.extend_from_slice(conversation);
    index.extend_from_slice(&[0xFF; 4]);
    index.push(low);
    index
}

/// What tells one message of a stream from the others.
#[derive(Debug, Clone, Copy)]
pub struct Identity([u8; 16]);

impl Identity {
    /// That of the message `nid` of a stream.
    pub fn new(nid: u64) -> Self {
        Self(Md5::digest(nid.to_le_bytes()).into())
    }

    /// That of the message embedded in attachment `number`.
    fn within(&self, number: usize) -> Self {
        Self(self.derive(&format!("attachment {number}")))
    }

    /// The same, sharpened by what the message has that hardly ever changes.
    fn of(&self, props: &Props<'_>) -> Self {
        let mut hash = Md5::new();
        hash.update(self.0);
        for tag in [
            pr::MESSAGE_CLASS,
            pr::SUBJECT,
            pr::NORMALIZED_SUBJECT,
            pr::CLIENT_SUBMIT_TIME,
            pr::MESSAGE_DELIVERY_TIME,
            pr::CREATION_TIME,
            pr::SENDER_NAME,
            INTERNET_MESSAGE_ID,
        ] {
            hash.update(tag.0.to_le_bytes());
            match props.get(tag) {
                Some(Value::Str(text)) => hash.update(text.as_bytes()),
                Some(value) => hash.update(value.as_int().unwrap_or(0).to_le_bytes()),
                None => {}
            }
        }
        Self(hash.finalize().into())
    }

    fn derive(&self, what: &str) -> [u8; 16] {
        Md5::new().chain_update(self.0).chain_update(what).finalize().into()
    }
}

/// The current time in seconds since 1970.
pub fn unix_now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
