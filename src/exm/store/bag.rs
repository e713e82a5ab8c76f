//! Property lists on their way from the ids of a stream to those of the store.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use rusqlite::Connection;

use super::kept::{Keep, Kept};
use super::names::{self, Names};
use crate::Result;
use crate::damage::{Effect, Finding, Findings};
use crate::mapi::{PropName, PropTag, PropType, Props, Value, codepage};
use crate::mt::NameMap;
use crate::mt::ext::{Flags, encode_value};

/// The properties of one object under the ids of the store, and what has no place among them.
#[derive(Default)]
pub struct Bag<'a> {
    /// The properties; strings are Unicode.
    pub props: Props<'a>,
    /// What is kept elsewhere.
    pub keep: Keep<'a>,
}

/// Brings property lists into the store's terms.
pub struct Localizer<'c> {
    /// The database.
    pub db: &'c Connection,
    /// The store's names.
    pub names: &'c mut Names,
    /// The stream's names.
    pub source: &'c NameMap,
    /// Where is said what could not be done as it should.
    pub findings: &'c Findings,
}

impl Localizer<'_> {
    /// `props` with the store's ids of named properties, and with 8-bit strings as Unicode; those that are not UTF-8 are read in
    /// `codepage`. Of a string that comes in both forms the later one counts, as with a server; the other is kept where it says something else.
    ///
    /// # Errors
    /// The database fails.
    pub fn bag<'a>(&mut self, props: Props<'a>, codepage: u32) -> Result<Bag<'a>> {
        let mut bag = Bag::default();
        let mut taken: HashMap<PropTag, Option<PropName>> = HashMap::with_capacity(props.len());
        let outdone = self.outdone(&props);
        let mut others = Vec::new();
        for (tag, value) in props {
            if outdone.contains(&tag) {
                others.push((tag, value));
                continue;
            }
            let name = self.name(tag);
            let (tag, value) = match as_unicode(tag) {
                Some(wide) => (wide, self.decode(tag, value, codepage)),
                None => (tag, value),
            };
            let place = match &name {
                Some(name) => self.named(tag, name)?,
                None => Some(tag),
            };
            let Some(place) = place else {
                self.keep(&mut bag.keep, Kept { name, tag, value }, "a name that the store can have");
                continue;
            };
            match taken.entry(place) {
                Entry::Vacant(free) => {
                    free.insert(name);
                    bag.props.push(place, value);
                }
                // A source may give one name to several ids.
                Entry::Occupied(first)
                    if *first.get() == name && bag.props.get(place).is_some_and(|v| same(v, &value, tag)) => {}
                Entry::Occupied(_) => {
                    self.keep(&mut bag.keep, Kept { name, tag, value }, "a name that no other property has");
                }
            }
        }
        for (tag, value) in others {
            self.keep_other_form(&mut bag, tag, value, codepage)?;
        }
        Ok(bag)
    }

    /// Of each string of `props` that comes as 8-bit and as Unicode, the tag that comes first.
    fn outdone(&self, props: &Props<'_>) -> HashSet<PropTag> {
        if props.iter().all(|(tag, _)| as_unicode(*tag).is_none()) {
            return HashSet::new();
        }
        let places: HashMap<PropTag, usize> = props.iter().map(|(tag, _)| *tag).zip(0..).collect();
        let pair = |(tag, place): (&PropTag, &usize)| {
            let wide = as_unicode(*tag).filter(|wide| self.source.get(*tag) == self.source.get(*wide))?;
            Some(if place < places.get(&wide)? { *tag } else { wide })
        };
        places.iter().filter_map(pair).collect()
    }

    /// Keeps the string `value` of `tag` beside the one that has its place in `bag`, if that is another one.
    fn keep_other_form<'a>(&mut self, bag: &mut Bag<'a>, tag: PropTag, value: Value<'a>, codepage: u32) -> Result<()> {
        let name = self.name(tag);
        let wide = as_unicode(tag).unwrap_or(tag);
        let place = match &name {
            Some(name) => self.named(wide, name)?,
            None => Some(wide),
        };
        let text = self.decode(tag, value.clone(), codepage);
        if place.and_then(|place| bag.props.get(place)).is_some_and(|v| same(v, &text, wide)) {
            return Ok(());
        }
        let expected = "a string in one form only, or the same in both";
        // Under the tag that the one with the place does not have.
        let (tag, value) = as_8_bit(tag, value);
        self.set_aside(&mut bag.keep, Kept { name, tag, value }, Effect::Notice, expected);
        Ok(())
    }

    /// The name of `tag`; `None` where it is not a named property.
    fn name(&self, tag: PropTag) -> Option<PropName> {
        if !tag.is_named() {
            return None;
        }
        Some(self.source.get(tag).cloned().unwrap_or_else(|| {
            let name = names::unnamed(tag.id());
            self.findings.add(Finding::new(
                Effect::Altered,
                property(tag),
                "a name in the stream",
                format!("none; it is stored as {name}"),
            ));
            name
        }))
    }

    /// The store's tag for the property `name`; `None` where the store can't have such a name.
    fn named(&mut self, tag: PropTag, name: &PropName) -> Result<Option<PropTag>> {
        Ok(self.names.id(self.db, name)?.map(|id| PropTag::new(id, tag.typ())))
    }

    /// Adds `entry` to `keep`, and says so: the store has no place for it, as it is not `expected`.
    pub fn keep<'a>(&self, keep: &mut Keep<'a>, entry: Kept<'a>, expected: &str) {
        self.set_aside(keep, entry, Effect::Altered, expected);
    }

    /// The same, with what it means.
    fn set_aside<'a>(&self, keep: &mut Keep<'a>, entry: Kept<'a>, effect: Effect, expected: &str) {
        let place = match &entry.name {
            Some(name) => format!("property {} ({name})", entry.tag),
            None => property(entry.tag),
        };
        self.findings.add(match keep.add(entry) {
            Ok(()) => {
                let found = format!("another one; it is kept in {}", names::kept());
                Finding::new(effect, place, expected, found)
            }
            Err(e) => Finding::new(Effect::Lost, place, expected, e.message()),
        });
    }

    fn decode<'a>(&self, tag: PropTag, value: Value<'a>, codepage: u32) -> Value<'a> {
        match value {
            Value::Str8(bytes) => Value::Str(self.text(tag, bytes, codepage)),
            Value::MvStr8(list) => {
                Value::MvStr(list.into_iter().map(|bytes| self.text(tag, bytes, codepage)).collect())
            }
            value => value,
        }
    }

    fn text<'a>(&self, tag: PropTag, bytes: Cow<'a, [u8]>, codepage: u32) -> Cow<'a, str> {
        let bytes = match bytes {
            Cow::Borrowed(bytes) => match str::from_utf8(bytes) {
                Ok(text) => return Cow::Borrowed(text),
                Err(_) => bytes.to_vec(),
            },
            Cow::Owned(bytes) => match String::from_utf8(bytes) {
                Ok(text) => return Cow::Owned(text),
                Err(e) => e.into_bytes(),
            },
        };
        let decoded = codepage::decode(codepage, &bytes);
        let effect = if decoded.lossy { Effect::Altered } else { Effect::Notice };
        let found = format!("bytes that were read in code page {codepage}");
        self.findings.add(Finding::new(effect, property(tag), "text in UTF-8", found));
        Cow::Owned(decoded.text.into_owned())
    }
}

/// Whether `a` and `b`, both of the type of `tag`, are the same value; contents that would have to be read are taken for different.
fn same(a: &Value<'_>, b: &Value<'_>, tag: PropTag) -> bool {
    let bytes = |value: &Value<'_>| match value {
        Value::Stream(_) => None,
        value => encode_value(value, tag.typ(), Flags::WIDE).ok(),
    };
    bytes(a).is_some_and(|a| bytes(b) == Some(a))
}

/// `tag` for people.
pub fn property(tag: PropTag) -> String {
    format!("property {tag}")
}

/// The Unicode tag of a tag of 8-bit strings.
fn as_unicode(tag: PropTag) -> Option<PropTag> {
    match tag.typ() {
        PropType::STRING8 => Some(tag.with_type(PropType::UNICODE)),
        PropType::MV_STRING8 => Some(tag.with_type(PropType::MV_UNICODE)),
        _ => None,
    }
}

/// A string as one of 8 bits, in UTF-8.
fn as_8_bit(tag: PropTag, value: Value<'_>) -> (PropTag, Value<'_>) {
    let bytes = |text: Cow<'_, str>| Cow::Owned(text.into_owned().into_bytes());
    match value {
        Value::Str(text) => (tag.with_type(PropType::STRING8), Value::Str8(bytes(text))),
        Value::MvStr(list) => {
            (tag.with_type(PropType::MV_STRING8), Value::MvStr8(list.into_iter().map(bytes).collect()))
        }
        value => (tag, value),
    }
}
