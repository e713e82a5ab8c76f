//! Properties of a stream as a PFF file can hold them.

use std::collections::{HashMap, HashSet};

use crate::damage::{Effect, Finding, Findings};
use crate::ltp::write::TextEncoding;
use crate::mapi::codepage::encode;
use crate::mapi::guid::PS_PUBLIC_STRINGS;
use crate::mapi::tag::pr;
use crate::mapi::{PropName, PropTag, PropType, Props, Value};
use crate::messaging::write::Names;
use crate::mt::NameMap;
use crate::mt::object::{Attachment, Message};

/// Converts the objects of one item: what a file has no form for is left out or altered, with a finding.
pub(super) struct Converter<'c> {
    /// The names that the stream has given.
    pub names: &'c NameMap,
    /// Those of the file.
    pub ids: &'c mut Names,
    /// The ids of each name: several, where a source has several of a name in one object.
    pub twins: &'c mut HashMap<PropName, Vec<u16>>,
    pub encoding: TextEncoding,
    /// Whether the stream comes from a PFF file: the prefix of a subject stands apart from it then.
    pub is_from_pff: bool,
    pub findings: &'c Findings,
}

/// The most different properties of the recipients of one message: a table has 255 columns, and some are always there.
const RECIPIENT_TAGS: usize = 240;
/// The first bit of the types that stand for one element of a list (MVI).
const INSTANCE: u16 = 0x2000;

impl Converter<'_> {
    pub(super) fn message(&mut self, message: Message<'static>) -> Message<'static> {
        let mut props = self.props(message.props);
        self.join_subject(&mut props);
        if let TextEncoding::CodePage(codepage) = self.encoding {
            // Readers take 8-bit text to be in the code page that the message names.
            props.set(pr::MESSAGE_CODEPAGE, Value::I32(codepage as i32));
        }
        let recipients: Vec<_> = message.recipients.into_iter().map(|r| self.props(r)).collect();
        Message {
            props,
            recipients: self.limited(recipients),
            attachments: message.attachments.into_iter().map(|a| self.attachment(a)).collect(),
        }
    }

    /// Puts a prefix ("RE: ") that stands apart before the subject again. A subject may start with its prefix and yet be what follows
    /// it ("RE: RE: x"): the normalized subject tells, else where the stream comes from.
    fn join_subject(&self, props: &mut Props<'static>) {
        for typ in [PropType::UNICODE, PropType::STRING8] {
            let [subject, prefix, normalized] = [pr::SUBJECT, pr::SUBJECT_PREFIX, pr::NORMALIZED_SUBJECT]
                .map(|tag| props.get(tag.with_type(typ)).and_then(text_bytes));
            let (Some(subject), Some(prefix)) = (subject, prefix) else { continue };
            let stands_apart = match (normalized, subject.strip_prefix(prefix)) {
                _ if subject.first() == Some(&1) => false,
                (Some(normalized), _) if normalized == subject => true,
                (Some(normalized), Some(rest)) if normalized == rest => false,
                (_, rest) => self.is_from_pff || rest.is_none(),
            };
            if stands_apart {
                let joined = [prefix, subject].concat();
                let joined = match String::from_utf8(joined) {
                    Ok(text) if typ == PropType::UNICODE => Value::str(text),
                    Ok(text) => Value::Str8(text.into_bytes().into()),
                    Err(e) => Value::Str8(e.into_bytes().into()),
                };
                props.set(pr::SUBJECT.with_type(typ), joined);
            }
        }
    }

    fn attachment(&mut self, attachment: Attachment<'static>) -> Attachment<'static> {
        let mut props = self.props(attachment.props);
        if attachment.embedded.is_some() {
            let content = [pr::ATTACH_DATA_BIN, pr::ATTACH_DATA_OBJ];
            if content.into_iter().filter_map(|tag| props.remove(tag)).count() > 0 {
                self.report(
                    Effect::Lost,
                    "attachment",
                    "an embedded message or a content",
                    "both; the message is kept",
                );
            }
        }
        Attachment { props, embedded: attachment.embedded.map(|m| Box::new(self.message(*m))) }
    }

    /// The recipients with no more different properties than a table can have.
    fn limited(&self, mut recipients: Vec<Props<'static>>) -> Vec<Props<'static>> {
        let mut tags = HashSet::new();
        for recipient in &mut recipients {
            recipient.retain(|tag, _| {
                let fits = tags.contains(&tag) || tags.len() < RECIPIENT_TAGS && tags.insert(tag);
                if !fits {
                    let expected = format!("at most {RECIPIENT_TAGS} different properties of all recipients");
                    self.report(Effect::Lost, "recipients", expected, format!("one more, {tag}; it is left out"));
                }
                fits
            });
        }
        recipients
    }

    /// The properties, each id once.
    pub(super) fn props(&mut self, props: Props<'static>) -> Props<'static> {
        let mut ids = HashSet::new();
        let mut out = Props::new();
        for (tag, value) in props {
            let Some(value) = self.storable(tag, value) else { continue };
            let Some(stored) = self.stored_tag(tag, &ids) else { continue };
            if ids.insert(stored.id()) {
                out.push(stored, value);
            } else {
                let found = format!("one more, {tag}; it is left out");
                self.report(Effect::Lost, "property", format!("one value of property {:04x}", stored.id()), found);
            }
        }
        out
    }

    /// The tag in the file, for an object that has `taken` already.
    fn stored_tag(&mut self, tag: PropTag, taken: &HashSet<u16>) -> Option<PropTag> {
        if !tag.is_named() {
            return Some(tag);
        }
        let made_up = || PropName::string(PS_PUBLIC_STRINGS, format!("pffkit:unnamed-{:04x}", tag.id()));
        let name = self.names.get(tag).cloned().unwrap_or_else(|| {
            let name = made_up();
            let expected = format!("a name of property {tag} in the stream");
            self.report(Effect::Altered, "name map", expected, format!("none; it is kept as {name}"));
            name
        });
        let twins = self.twins.entry(name.clone()).or_default();
        if let Some(id) = twins.iter().find(|id| !taken.contains(id)) {
            return Some(PropTag::new(*id, tag.typ()));
        }
        // Files in the wild give one name to many ids.
        let id = if twins.is_empty() { self.ids.id(&name) } else { self.ids.id_once_more(&name) };
        match id {
            Ok(id) => {
                twins.push(id);
                if twins.len() > 1 {
                    let found = "several; each is kept under an id of its own";
                    self.report(Effect::Notice, "name map", format!("one property {name} of an object"), found);
                }
                Some(PropTag::new(id, tag.typ()))
            }
            Err(e) => {
                self.report(Effect::Lost, "name map", format!("an id for {name}"), format!("{e}; it is left out"));
                None
            }
        }
    }

    /// What of `value` a file can hold.
    fn storable(&self, tag: PropTag, value: Value<'static>) -> Option<Value<'static>> {
        let lost = |found: &str| {
            self.report(Effect::Lost, "property", format!("a value of property {tag} that a PFF file can hold"), found);
            None
        };
        match value {
            _ if tag.id() == 0 => lost("an id of 0; it is left out"),
            _ if tag.typ().is_multi() && tag.typ().0 & INSTANCE != 0 => lost("an element of a list; it is left out"),
            Value::Restriction(_) | Value::Actions(_) => lost("a rule's condition or actions; they are left out"),
            Value::Null => lost("none (type NULL); it is left out"),
            Value::I32(_) if tag.typ() == PropType::ERROR => lost("an error code in its place; it is left out"),
            // The byte that tells whose it is belongs to the stream.
            Value::SvrEid(id) if id.first() == Some(&0) => Some(Value::SvrEid(id[1..].to_vec().into())),
            Value::Str(text) => Some(Value::Str(self.text(tag, text.into_owned()).into())),
            Value::MvStr(list) => {
                Some(Value::MvStr(list.into_iter().map(|text| self.text(tag, text.into_owned()).into()).collect()))
            }
            other => Some(other),
        }
    }

    /// `text` with "?" for what the code page of the file lacks.
    fn text(&self, tag: PropTag, text: String) -> String {
        let TextEncoding::CodePage(codepage) = self.encoding else { return text };
        if encode(codepage, &text).is_some() {
            return text;
        }
        let expected = format!("text of property {tag} that code page {codepage} has");
        self.report(Effect::Altered, "property", expected, "characters that it lacks; each is kept as \"?\"");
        let known = |c: char| encode(codepage, c.encode_utf8(&mut [0; 4])).is_some();
        text.chars().map(|c| if known(c) { c } else { '?' }).collect()
    }

    pub(super) fn report(
        &self,
        effect: Effect,
        structure: &'static str,
        expected: impl std::fmt::Display,
        found: impl std::fmt::Display,
    ) {
        self.findings.add(Finding::new(effect, structure, expected, found));
    }
}

fn text_bytes<'v>(value: &'v Value<'_>) -> Option<&'v [u8]> {
    match value {
        Value::Str(text) => Some(text.as_bytes()),
        Value::Str8(bytes) => Some(bytes),
        _ => None,
    }
}
