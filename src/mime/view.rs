//! Properties as a writer of an open format asks for them: by name, whatever type they came in.

use std::borrow::Cow;

use super::Names;
use crate::mapi::{Guid, PropTag, Props, Value, codepage};

/// What a property is asked for by.
#[derive(Debug, Clone, Copy)]
pub enum Key {
    /// The id of this tag; its type says what is expected, not what is there.
    Tag(PropTag),
    /// A numeric name.
    Lid(Guid, u32),
    /// A string name, in lower case.
    String(Guid, &'static str),
    /// An id that [`Names`] gave.
    Id(u16),
}

impl From<PropTag> for Key {
    fn from(tag: PropTag) -> Self {
        Self::Tag(tag)
    }
}

/// The properties of one object (a message, recipient or attachment) with the names that they go by.
#[derive(Debug, Clone, Copy)]
pub struct View<'v> {
    props: &'v Props<'v>,
    names: &'v Names,
}

impl<'v> View<'v> {
    /// `props`, in a stream that has given `names`.
    pub fn new(props: &'v Props<'v>, names: &'v Names) -> Self {
        Self { props, names }
    }

    /// All of the properties.
    pub fn props(self) -> &'v Props<'v> {
        self.props
    }

    /// The names of the stream.
    pub fn names(self) -> &'v Names {
        self.names
    }

    /// The value of `key`, of whatever type.
    pub fn value(self, key: impl Into<Key>) -> Option<&'v Value<'v>> {
        let id = match key.into() {
            Key::Tag(tag) => Some(tag.id()),
            Key::Lid(guid, lid) => self.names.lid(guid, lid),
            Key::String(guid, name) => self.names.string(guid, name),
            Key::Id(id) => Some(id),
        }?;
        self.props.by_id(id)
    }

    /// The text of `key`, where it is a string that is not empty. A STRING8 is read as windows-1252.
    pub fn text(self, key: impl Into<Key>) -> Option<Cow<'v, str>> {
        let text = match self.value(key)? {
            Value::Str(text) => Cow::Borrowed(text.as_ref()),
            Value::Str8(bytes) => codepage::decode(codepage::WESTERN, bytes).text,
            _ => return None,
        };
        Some(text).filter(|text| !text.is_empty())
    }

    /// The strings of `key`, where it is a list of them; a single string is a list of one.
    pub fn texts(self, key: impl Into<Key> + Copy) -> Vec<Cow<'v, str>> {
        match self.value(key) {
            Some(Value::MvStr(list)) => list.iter().map(|text| Cow::Borrowed(text.as_ref())).collect(),
            Some(Value::MvStr8(list)) => list.iter().map(|b| codepage::decode(codepage::WESTERN, b).text).collect(),
            _ => self.text(key).into_iter().collect(),
        }
    }

    /// The number of `key`: SHORT, LONG, I8, CURRENCY, SYSTIME (a FILETIME) or BOOLEAN.
    pub fn int(self, key: impl Into<Key>) -> Option<i64> {
        self.value(key)?.as_int()
    }

    /// Whether `key` is there and true.
    pub fn is_set(self, key: impl Into<Key>) -> bool {
        self.int(key).is_some_and(|v| v != 0)
    }

    /// The bytes of `key`, where it is BINARY or OBJECT; gathered where they are not in memory, so only for properties that are small by
    /// nature. Attachments and bodies are copied from their [`crate::mapi::Stream`] instead.
    pub fn bytes(self, key: impl Into<Key>) -> Option<Cow<'v, [u8]>> {
        match self.value(key)? {
            Value::Bin(bytes) => Some(Cow::Borrowed(bytes)),
            Value::Stream(stream) => stream.to_vec().ok().map(Cow::Owned),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapi::guid::{PS_PUBLIC_STRINGS, PSETID_COMMON};
    use crate::mapi::tag::pr;
    use crate::mapi::{PropName, PropType};
    use crate::mt::object::NamedProperty;

    #[test]
    fn by_tag_by_number_and_by_name() {
        let mut names = Names::default();
        let any = |id| PropTag::new(id, PropType::UNSPECIFIED);
        names.define(&NamedProperty { tag: any(0x8001), name: PropName::lid(PSETID_COMMON, 0x8503) });
        names.define(&NamedProperty { tag: any(0x8002), name: PropName::string(PS_PUBLIC_STRINGS, "Keywords") });
        let mut props = Props::new();
        props.set(pr::SUBJECT.with_type(PropType::STRING8), Value::Str8(Cow::Borrowed(b"caf\xe9")));
        props.set(PropTag(0x8001_000B), Value::Bool(1));
        props.set(PropTag(0x8002_101F), Value::MvStr(vec!["a".into(), "b".into()]));
        let view = View::new(&props, &names);
        assert_eq!(view.text(pr::SUBJECT).as_deref(), Some("café"));
        assert!(view.is_set(Key::Lid(PSETID_COMMON, 0x8503)));
        assert_eq!(view.texts(Key::String(PS_PUBLIC_STRINGS, "keywords")), ["a", "b"]);
        assert!(view.value(Key::Lid(PSETID_COMMON, 0x8504)).is_none());
    }
}
