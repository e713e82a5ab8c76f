//! Properties of a PFF file as a stream can carry them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::damage::{Effect, Finding, Findings};
use crate::mapi::guid::PS_PUBLIC_STRINGS;
use crate::mapi::{Name, PropName, PropTag, PropType, Props, Value, tag::pr};
use crate::messaging::{self, NameMap};
use crate::mt::object::{Attachment, Message, NamedProperty};
use crate::ndb::check::crc32;

/// Converts the objects of one item and collects the names that they need.
pub(super) struct Converter<'c> {
    names: &'c NameMap,
    findings: &'c Findings,
    used: BTreeMap<u16, PropName>,
}

/// The most UTF-8 bytes of a property's name: its length, with a NUL, is one byte in the stream.
const LONGEST_NAME: usize = 254;
/// The class of a message that has none.
const DEFAULT_CLASS: &str = "IPM.Note";
/// The property of an item that is not whole (text, in PS_PUBLIC_STRINGS): what was lost.
const DAMAGE: &str = "pffkit:damage";
/// The most bytes of its value.
const LONGEST_DAMAGE: usize = 500;
/// Room in it for how many more losses there are.
const MORE: usize = 40;
/// The ids that named properties have.
const FIRST_NAMED: u16 = 0x8000;
const LAST_NAMED: u16 = 0xFFFE;
/// FOLDER_SEARCH.
const SEARCH: i64 = 2;
/// FOLDER_GENERIC.
const GENERIC: i32 = 1;

impl<'c> Converter<'c> {
    pub(super) fn new(names: &'c NameMap, findings: &'c Findings) -> Self {
        Self { names, findings, used: BTreeMap::new() }
    }

    /// The names of all named properties of what has been converted, by ascending id.
    pub(super) fn into_names(self) -> Vec<NamedProperty> {
        let any_type = |id| PropTag::new(id, PropType::UNSPECIFIED);
        self.used.into_iter().map(|(id, name)| NamedProperty { tag: any_type(id), name }).collect()
    }

    pub(super) fn message<'m>(&mut self, message: messaging::Message<'m>) -> Message<'m> {
        let mut props = self.props(message.props);
        if !props.has_id(pr::MESSAGE_CLASS.id()) {
            self.report(Effect::Altered, "PidTagMessageClass", "a message class", "none; IPM.Note is set");
            props.set(pr::MESSAGE_CLASS, Value::str(DEFAULT_CLASS));
        }
        // Says that there is RTF: with none, readers would show an empty body.
        if !props.has_id(pr::RTF_COMPRESSED.id()) && props.remove(pr::RTF_IN_SYNC).is_some() {
            self.report(Effect::Notice, "PidTagRtfInSync", "a compressed RTF body", "none; the flag is left out");
        }
        Message {
            props,
            recipients: message.recipients.into_iter().map(|r| self.props(r)).collect(),
            attachments: message.attachments.into_iter().map(|a| self.attachment(a)).collect(),
        }
    }

    fn attachment<'m>(&mut self, attachment: messaging::Attachment<'m>) -> Attachment<'m> {
        Attachment {
            props: self.props(attachment.props),
            embedded: attachment.embedded.map(|m| Box::new(self.message(*m))),
        }
    }

    pub(super) fn folder<'m>(&mut self, props: Props<'m>) -> Props<'m> {
        let mut props = self.props(props);
        // A target would make a search folder of it, and search folders hold no messages.
        if props.int(pr::FOLDER_TYPE) == Some(SEARCH) {
            self.report(Effect::Notice, "PidTagFolderType", "1 (generic) of a normal folder", "2 (search); 1 is set");
            props.set(pr::FOLDER_TYPE, Value::I32(GENERIC));
        }
        props
    }

    /// Tells in `message` itself that it is not whole, where it is not: a program that reads the mailbox later has no ledger.
    pub(super) fn mark_damage(&mut self, message: &mut Message<'_>) {
        let losses = self.findings.losses();
        let Some(first) = losses.first() else { return };
        let mut text = format!("Parts of this item were lost or may be wrong in the file that it is from. {first}");
        if losses.len() > 1 {
            shorten_to(&mut text, LONGEST_DAMAGE - MORE);
            text += &format!("; and {} more.", losses.len() - 1);
        }
        shorten_to(&mut text, LONGEST_DAMAGE);
        let name = PropName::string(PS_PUBLIC_STRINGS, DAMAGE);
        let free = |id: &u16| self.names.get(*id).is_none() && !self.used.contains_key(id);
        // A file that this program's streams have been put into has the name already.
        let known = self.names.iter().find(|(_, known)| **known == name).map(|(id, _)| id);
        if let Some(id) = known.or_else(|| (FIRST_NAMED..=LAST_NAMED).rev().find(free)) {
            self.used.insert(id, name);
            message.props.set(PropTag::new(id, PropType::UNICODE), Value::str(text.replace('\0', "")));
        }
    }

    fn props<'m>(&mut self, props: Props<'m>) -> Props<'m> {
        props.filter_map(|(tag, value)| self.prop(tag, value))
    }

    fn prop<'m>(&mut self, tag: PropTag, value: Value<'m>) -> Option<(PropTag, Value<'m>)> {
        let (tag, value) = self.carried(tag, value)?;
        if tag.is_named() && !self.used.contains_key(&tag.id()) {
            let name = self.name(tag);
            self.used.insert(tag.id(), name);
        }
        Some((tag, value))
    }

    /// What of `tag` and `value` a stream can carry.
    fn carried<'m>(&self, tag: PropTag, value: Value<'m>) -> Option<(PropTag, Value<'m>)> {
        match (tag.typ(), value) {
            _ if tag.id() == 0 => {
                self.report(Effect::Lost, "property", "an id above 0", format!("property {tag}; it is left out"));
                None
            }
            (PropType::NULL | PropType::ERROR, _) => {
                let found = "no value (type NULL or ERROR); it is left out";
                self.report(Effect::Notice, "property", format!("a value of property {tag}"), found);
                None
            }
            (PropType::SVREID, Value::Bin(bytes)) => Some((tag, Value::SvrEid(not_ours(&bytes)))),
            (PropType::OBJECT, value) if tag == pr::ATTACH_DATA_OBJ => Some((tag, value)),
            (typ, value) if !typ.is_known() => {
                let found = format!("the unknown type {typ:?}; its bytes are kept as type 0102");
                self.report(Effect::Altered, "property", format!("property {tag}"), found);
                Some((tag.with_type(PropType::BINARY), value))
            }
            // How a PFF file stores these is nowhere told: their bytes are kept, under the same id.
            (PropType::OBJECT | PropType::SRESTRICTION | PropType::ACTIONS | PropType::SVREID, value) => {
                let found = "a type that a stream has no room for; its bytes are kept as type 0102";
                self.report(Effect::Altered, "property", format!("property {tag}"), found);
                Some((tag.with_type(PropType::BINARY), value))
            }
            (_, value) => Some((tag, value)),
        }
    }

    fn name(&self, tag: PropTag) -> PropName {
        let id = tag.id();
        let Some(name) = self.names.get(id) else {
            let made_up = format!("pffkit:unnamed-{id:04x}");
            let found = format!("none; it is kept as \"{made_up}\"");
            let effect = if self.names.is_damaged() { Effect::Lost } else { Effect::Notice };
            self.report(effect, "name-to-id map", format!("a name of property {tag}"), found);
            return PropName::string(PS_PUBLIC_STRINGS, made_up);
        };
        if self.names.is_damaged() {
            let found = "a damaged map; they may have other names";
            self.report(Effect::Altered, "name-to-id map", "the names of its properties", found);
        }
        match &name.name {
            Name::String(text) if text.len() > LONGEST_NAME || text.contains('\0') => {
                let short = shorten(text);
                let found = format!("{} bytes; it is kept as \"{short}\"", text.len());
                let expected = format!("a name of property {tag} of at most {LONGEST_NAME} bytes, without NUL");
                self.report(Effect::Altered, "name-to-id map", expected, found);
                PropName::string(name.guid, short)
            }
            _ => name.clone(),
        }
    }

    fn report(
        &self,
        effect: Effect,
        structure: &'static str,
        expected: impl std::fmt::Display,
        found: impl std::fmt::Display,
    ) {
        self.findings.add(Finding::new(effect, structure, expected, found));
    }
}

/// A name that fits, and that no other long name is shortened to.
fn shorten(name: &str) -> String {
    let mark = format!("~{:08x}", crc32(name.as_bytes()));
    let mut short: String = name.chars().filter(|c| *c != '\0').collect();
    shorten_to(&mut short, LONGEST_NAME - mark.len());
    short + &mark
}

/// Cuts `text` to at most `most` bytes.
fn shorten_to(text: &mut String, most: usize) {
    text.truncate(text.floor_char_boundary(most));
}

/// An SVREID of another server: the byte that says so, then the bytes as they are.
fn not_ours<'m>(bytes: &[u8]) -> Cow<'m, [u8]> {
    let mut out = Vec::with_capacity(bytes.len() + 1);
    out.push(0);
    out.extend_from_slice(bytes);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_shortened_and_stay_apart() {
        let (a, b) = ("ü".repeat(200) + "a", "ü".repeat(200) + "b");
        assert!(shorten(&a).len() <= LONGEST_NAME);
        assert_ne!(shorten(&a), shorten(&b));
    }
}
