//! What the property ids of a stream mean.

use std::collections::HashMap;

use super::object::{Header, NamedProperty};
use crate::mapi::{PropName, PropTag, PropType};

/// The names that a stream has given to property ids so far.
///
/// A stream may name an id anew. What comes behind that has the new name here; `gromox-import` goes on with the name that the id had when it
/// was used first. Streams that were made of a file or a mailbox give an id one name.
#[derive(Debug, Clone, Default)]
pub struct NameMap {
    names: HashMap<PropTag, PropName>,
    /// The type with which each id was named first.
    first: HashMap<u16, PropType>,
}

impl NameMap {
    /// The names that `header` gives.
    pub fn new(header: &Header) -> Self {
        let mut names = Self::default();
        header.name_map.iter().for_each(|property| names.define(property.clone()));
        names
    }

    /// Takes a named-property frame in; it replaces an earlier one of the same tag.
    pub fn define(&mut self, property: NamedProperty) {
        self.first.entry(property.tag.id()).or_insert(property.tag.typ());
        self.names.insert(property.tag, property.name);
    }

    /// The name of `tag`: the one of exactly this tag; else of its id with type 0, which stands for every type; else, for
    /// a string, of its id with the other string type, because `gromox-pff2mt` announces the strings of ANSI files as STRING8
    /// and sends them as UNICODE; else the one that its id was given first, for whatever type.
    pub fn get(&self, tag: PropTag) -> Option<&PropName> {
        let other = match tag.typ() {
            PropType::UNICODE => PropType::STRING8,
            PropType::STRING8 => PropType::UNICODE,
            PropType::MV_UNICODE => PropType::MV_STRING8,
            PropType::MV_STRING8 => PropType::MV_UNICODE,
            typ => typ,
        };
        let first = self.first.get(&tag.id()).copied();
        let mut types = [tag.typ(), PropType::UNSPECIFIED, other].into_iter().chain(first);
        types.find_map(|typ| self.names.get(&tag.with_type(typ)))
    }
}

/// The names that property ids had when they were last told.
#[derive(Debug, Default)]
pub(crate) struct Announced(HashMap<u16, PropName>);

impl Announced {
    /// Whether `property` has not been told, or another name of its id since.
    pub(crate) fn is_new(&self, property: &NamedProperty) -> bool {
        self.0.get(&property.tag.id()) != Some(&property.name)
    }

    /// Takes in that `property` is told now; whether that is new.
    pub(crate) fn tell(&mut self, property: &NamedProperty) -> bool {
        let is_new = self.is_new(property);
        if is_new {
            self.0.insert(property.tag.id(), property.name.clone());
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapi::guid::{PS_PUBLIC_STRINGS, PSETID_COMMON};

    fn named(tag: u32, lid: u32) -> NamedProperty {
        NamedProperty { tag: PropTag(tag), name: PropName::lid(PSETID_COMMON, lid) }
    }

    #[test]
    fn exact_then_any_type_then_the_other_string_type_then_any_other() {
        let header = Header { name_map: vec![named(0x8001_0000, 1), named(0x8001_001F, 2)], ..Header::default() };
        let mut names = NameMap::new(&header);
        names.define(named(0x8002_001E, 3));
        names.define(named(0x8003_101E, 4));
        let lid = |tag| names.get(PropTag(tag)).map(|name| name.clone().name);
        use crate::mapi::Name::Lid;
        assert_eq!(lid(0x8001_001F), Some(Lid(2)));
        assert_eq!(lid(0x8001_0003), Some(Lid(1)));
        assert_eq!(lid(0x8002_001F), Some(Lid(3)));
        assert_eq!(lid(0x8003_101F), Some(Lid(4)));
        assert_eq!(lid(0x8002_0003), Some(Lid(3)));
        assert_eq!(lid(0x8004_001F), None);
    }

    #[test]
    fn a_later_definition_replaces() {
        let mut names = NameMap::default();
        names.define(named(0x8001_0000, 1));
        let name = PropName::string(PS_PUBLIC_STRINGS, "Keywords");
        names.define(NamedProperty { tag: PropTag(0x8001_0000), name: name.clone() });
        assert_eq!(names.get(PropTag(0x8001_101F)), Some(&name));
    }
}
