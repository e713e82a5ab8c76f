//! Messages, their recipients and attachments ([MS-PST] 2.4.5 and 2.4.6).

use super::templates::{ATTACHMENTS, RECIPIENTS};
use crate::ltp::write::{NodeContent, TableWriter, TextEncoding, columns, write_properties, write_sized_properties};
use crate::mapi::tag::pr;
use crate::mapi::{PropTag, PropType, Props, Value, attach_method};
use crate::mt::object::{Attachment, Message};
use crate::ndb::write::Writer;
use crate::ndb::{Nid, NidType};
use crate::{Error, ErrorKind, Result};

const MESSAGE_STATUS: PropTag = PropTag(0x0E17_0003);
const SEARCH_KEY: PropTag = PropTag(0x300B_0102);
const ATTACH_SIZE: PropTag = PropTag(0x0E20_0003);
const RENDERING_POSITION: PropTag = PropTag(0x370B_0003);

/// Flags of `PidTagMessageFlags`.
pub(super) const READ: i64 = 1;
const HAS_ATTACHMENT: i32 = 0x10;

/// The index of the first attachment among the subnodes of its message.
const FIRST_ATTACHMENT: u32 = 0x401;

/// What a message takes from the file that it is written to.
pub(super) struct Context<'w, 'o> {
    pub ndb: &'w mut Writer<'o>,
    pub encoding: TextEncoding,
    /// Levels of embedding that are left.
    pub depth: usize,
}

/// What the format changes in the properties of `message`, or demands besides them ([MS-PST] 2.4.5.1.1); it is stored in place
/// of what the message itself has, see [`merged`]. Only its size ([`has_size`]) is not known before it is written.
pub(super) fn stored_props<'m>(message: &'m Message<'_>, nid: Nid) -> Props<'m> {
    let props = &message.props;
    let mut own = Props::new();
    for tag in [pr::SUBJECT, pr::SUBJECT.with_type(PropType::STRING8)] {
        if let Some(subject) = props.get(tag) {
            own.push(tag, marked_subject(subject, props.by_id(pr::SUBJECT_PREFIX.id())));
        }
    }
    let mut default = |tag: PropTag, value: Value<'static>| {
        if !props.has_id(tag.id()) {
            own.push(tag, value);
        }
    };
    let flags = if message.attachments.is_empty() { 0 } else { HAS_ATTACHMENT };
    default(pr::MESSAGE_CLASS, Value::str("IPM.Note"));
    default(pr::MESSAGE_FLAGS, Value::I32(flags));
    default(MESSAGE_STATUS, Value::I32(0));
    default(SEARCH_KEY, Value::bin([&[0; 12], &nid.0.to_le_bytes()[..]].concat()));
    own
}

/// Whether `message` tells its size itself; else it is that of its data, of its recipients and attachments too, as Outlook has it.
fn has_size(message: &Message<'_>) -> bool {
    message.props.has_id(pr::MESSAGE_SIZE.id())
}

/// The size of `message`, which was written as `content`, where it tells none itself.
pub(super) fn size(message: &Message<'_>, content: &NodeContent) -> Option<Value<'static>> {
    (!has_size(message)).then(|| Value::I32(i32::try_from(content.bytes).unwrap_or(i32::MAX)))
}

/// `props` where `own` has nothing else to say, then `own`.
pub(super) fn merged<'v>(props: &'v Props<'_>, own: &'v Props<'_>) -> Vec<&'v (PropTag, Value<'v>)> {
    let rest = props.iter().filter(|(tag, _)| !own.has_id(tag.id()));
    rest.map(|p| p as _).chain(own.iter().map(|p| p as _)).collect()
}

/// `subject` with its prefix, and before it the two characters that tell how long that is ([MS-PST] 2.5.3.1.1.1). The prefix
/// is put before a subject that does not start with it, as streams have it. A subject with a mark of its own is left alone.
fn marked_subject<'m>(subject: &'m Value<'_>, prefix: Option<&Value<'_>>) -> Value<'m> {
    match (subject, prefix) {
        (Value::Str(s), _) if s.starts_with('\u{1}') => Value::str(s.as_ref()),
        (Value::Str8(s), _) if s.starts_with(&[1]) => Value::Str8(s.as_ref().into()),
        (Value::Str(s), prefix) => {
            let prefix = prefix.and_then(Value::as_str).unwrap_or_default();
            let rest = s.strip_prefix(prefix).unwrap_or(s);
            let mark = char::from(prefix_mark(prefix.encode_utf16().count()));
            Value::str(format!("\u{1}{mark}{prefix}{rest}"))
        }
        (Value::Str8(s), prefix) => {
            let prefix = if let Some(Value::Str8(p)) = prefix { p.as_ref() } else { &[] };
            let rest = s.strip_prefix(prefix).unwrap_or(s);
            Value::Str8([&[1, prefix_mark(prefix.len())], prefix, rest].concat().into())
        }
        (other, _) => other.clone(),
    }
}

/// What stands for a prefix of `len` characters: one more. It has to be a character of every code page; a longer prefix than
/// that is none that a program put there.
fn prefix_mark(len: usize) -> u8 {
    u8::try_from(len + 1).ok().filter(u8::is_ascii).unwrap_or(1)
}

/// Writes `message` with everything that belongs to it. `own` are its [`stored_props`].
pub(super) fn write_message(cx: &mut Context<'_, '_>, message: &Message<'_>, own: &Props<'_>) -> Result<NodeContent> {
    // Its size is among its properties: they come last.
    let parts = write_parts(cx, message)?;
    let props = merged(&message.props, own);
    let mut content = if has_size(message) {
        write_properties(cx.ndb, cx.encoding, props, None)?
    } else {
        write_sized_properties(cx.ndb, cx.encoding, props, (pr::MESSAGE_SIZE, parts.bytes))?
    };
    content.subnodes.extend(parts.subnodes);
    content.bytes += parts.bytes;
    Ok(content)
}

/// Writes the recipients and attachments of `message`, with their tables.
fn write_parts(cx: &mut Context<'_, '_>, message: &Message<'_>) -> Result<NodeContent> {
    let mut parts = NodeContent::default();
    if !message.recipients.is_empty() {
        let columns = columns(&RECIPIENTS, message.recipients.iter().flatten().map(|p| p as _));
        let mut table = TableWriter::new(cx.ndb, cx.encoding, &columns)?;
        for recipient in &message.recipients {
            let id = cx.ndb.next_unique();
            table.push(cx.ndb, id, recipient.iter().map(|p| p as _))?;
        }
        let table = table.finish(cx.ndb)?;
        parts.push(cx.ndb, Nid::RECIPIENT_TABLE, table)?;
    }
    if !message.attachments.is_empty() {
        let mut table = TableWriter::new(cx.ndb, cx.encoding, &ATTACHMENTS)?;
        for (index, attachment) in (FIRST_ATTACHMENT..).zip(&message.attachments) {
            let nid = Nid::new(NidType::ATTACHMENT, index);
            let (content, own) = write_attachment(cx, attachment)?;
            table.push(cx.ndb, nid.0, merged(&attachment.props, &own))?;
            parts.push(cx.ndb, nid, content)?;
        }
        let table = table.finish(cx.ndb)?;
        parts.push(cx.ndb, Nid::ATTACHMENT_TABLE, table)?;
    }
    Ok(parts)
}

/// Writes `attachment`; gives its content and the properties that it has in place of its own.
fn write_attachment(cx: &mut Context<'_, '_>, attachment: &Attachment<'_>) -> Result<(NodeContent, Props<'static>)> {
    let embedded = attachment.embedded.as_deref().map(|message| write_embedded(cx, message)).transpose()?;
    let bytes = embedded.as_ref().map(|(_, content)| content.bytes);
    let own = attachment_props(attachment, cx.encoding, bytes)?;
    let props = merged(&attachment.props, &own);
    let Some((nid, inner)) = embedded else {
        return Ok((write_properties(cx.ndb, cx.encoding, props, None)?, own));
    };
    let size = u32::try_from(inner.bytes).unwrap_or(u32::MAX);
    let mut content = write_properties(cx.ndb, cx.encoding, props, Some((nid, size)))?;
    content.push(cx.ndb, nid, inner)?;
    Ok((content, own))
}

/// Writes `message`, which is embedded in an attachment.
fn write_embedded(cx: &mut Context<'_, '_>, message: &Message<'_>) -> Result<(Nid, NodeContent)> {
    let Some(depth) = cx.depth.checked_sub(1) else {
        return Err(Error::new(ErrorKind::Limit, "messages are embedded in messages too deeply"));
    };
    let nid = cx.ndb.new_nid(NidType::NORMAL_MESSAGE)?;
    let mut inner = Context { ndb: cx.ndb, encoding: cx.encoding, depth };
    Ok((nid, write_message(&mut inner, message, &stored_props(message, nid))?))
}

/// The properties that the format demands of an attachment (2.4.6.2.1.1); `embedded` is how many bytes the message in it has.
fn attachment_props(
    attachment: &Attachment<'_>,
    encoding: TextEncoding,
    embedded: Option<u64>,
) -> Result<Props<'static>> {
    let mut own = Props::new();
    let mut default = |tag: PropTag, value: i32| {
        if !attachment.props.has_id(tag.id()) {
            own.push(tag, Value::I32(value));
        }
    };
    let method = if embedded.is_some() { attach_method::EMBEDDED } else { attach_method::BY_VALUE };
    default(ATTACH_SIZE, 0);
    default(RENDERING_POSITION, -1);
    default(pr::ATTACH_METHOD, method);
    if own.has_id(ATTACH_SIZE.id()) {
        let mut bytes = embedded.unwrap_or(0);
        for (tag, value) in merged(&attachment.props, &own) {
            bytes += encoding.stored_len(*tag, value)?;
        }
        own.set(ATTACH_SIZE, Value::I32(i32::try_from(bytes).unwrap_or(i32::MAX)));
    }
    if embedded.is_some() {
        own.push(pr::ATTACH_DATA_OBJ, Value::Null);
    }
    Ok(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(props: &[(PropTag, &str)]) -> String {
        let props = props.iter().map(|(t, s)| (*t, Value::str((*s).to_owned()))).collect();
        let message = Message { props, ..Message::default() };
        stored_props(&message, Nid(0)).str(pr::SUBJECT).unwrap().to_owned()
    }

    /// Outlook stores a subject without prefix as 01 01, and counts one more than the prefix has characters.
    #[test]
    fn the_prefix_is_counted_in_characters() {
        assert_eq!(subject(&[(pr::SUBJECT, "Post")]), "\u{1}\u{1}Post");
        assert_eq!(subject(&[(pr::SUBJECT, "RE: Post"), (pr::SUBJECT_PREFIX, "RE: ")]), "\u{1}\u{5}RE: Post");
        assert_eq!(subject(&[(pr::SUBJECT, "Отв: да"), (pr::SUBJECT_PREFIX, "Отв: ")]), "\u{1}\u{6}Отв: да");
        assert_eq!(subject(&[(pr::SUBJECT, "Post"), (pr::SUBJECT_PREFIX, "RE: ")]), "\u{1}\u{5}RE: Post");
        assert_eq!(subject(&[(pr::SUBJECT, "\u{1}\u{4}x")]), "\u{1}\u{4}x");
        let long = "x".repeat(200);
        assert_eq!(subject(&[(pr::SUBJECT, &long), (pr::SUBJECT_PREFIX, &long)]), format!("\u{1}\u{1}{long}"));
    }
}
