//! Objects for the tests of the writers.

use crate::damage::{Finding, Findings};
use crate::mapi::tag::pr;
use crate::mapi::{Name, PropName, PropTag, PropType, Props, Value, time::unix_to_filetime};
use crate::mt::object::{Attachment, Message, NamedProperty};

use super::address::AddressBook;
use super::{Context, Key, Names};

/// The names of every property that a test has used, so that each has an id.
#[derive(Default)]
pub(super) struct Stage {
    names: Names,
    used: Vec<PropName>,
    book: AddressBook,
    findings: Findings,
}

impl Stage {
    fn id(&mut self, key: Key) -> u16 {
        let name = match key {
            Key::Tag(tag) => return tag.id(),
            Key::Id(id) => return id,
            Key::Lid(guid, lid) => PropName { guid, name: Name::Lid(lid) },
            Key::String(guid, name) => PropName { guid, name: Name::String(name.to_owned()) },
        };
        let at = self.used.iter().position(|used| *used == name).unwrap_or(self.used.len());
        let id = 0x8000 + at as u16;
        if at == self.used.len() {
            self.names.define(&NamedProperty { tag: PropTag::new(id, PropType::UNSPECIFIED), name: name.clone() });
            self.used.push(name);
        }
        id
    }

    pub(super) fn props(&mut self, set: Vec<(Key, Value<'static>)>) -> Props<'static> {
        set.into_iter().map(|(key, value)| (PropTag::new(self.id(key), type_of(&value)), value)).collect()
    }

    pub(super) fn message(&mut self, class: &'static str, set: Vec<(Key, Value<'static>)>) -> Message<'static> {
        let mut props = self.props(set);
        props.set(pr::MESSAGE_CLASS, Value::str(class));
        Message { props, ..Message::default() }
    }

    pub(super) fn attachment(&mut self, set: Vec<(Key, Value<'static>)>) -> Attachment<'static> {
        Attachment { props: self.props(set), embedded: None }
    }

    pub(super) fn context(&self) -> Context<'_> {
        Context { names: &self.names, book: &self.book, findings: &self.findings }
    }

    pub(super) fn findings(&self) -> Vec<Finding> {
        self.findings.take()
    }
}

/// The types that View looks at.
fn type_of(value: &Value<'_>) -> PropType {
    match value {
        Value::Str(_) => PropType::UNICODE,
        Value::Bin(_) => PropType::BINARY,
        _ => PropType::UNSPECIFIED,
    }
}

/// A SYSTIME of `text`, in UTC.
pub(super) fn at(text: &str) -> Value<'static> {
    let time: jiff::Timestamp = format!("{text}Z").parse().unwrap();
    Value::I64(unix_to_filetime(time.as_second()))
}

pub(super) fn text(text: &str) -> Value<'static> {
    Value::str(text.to_owned())
}

pub(super) fn hex(text: &str) -> Value<'static> {
    let bytes =
        text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap());
    Value::bin(bytes.collect::<Vec<u8>>())
}

/// The content lines of `bytes`, unfolded.
pub(super) fn unfolded(bytes: Vec<u8>) -> Vec<String> {
    let text = String::from_utf8(bytes).unwrap().replace("\r\n ", "");
    text.split_terminator("\r\n").map(str::to_owned).collect()
}
