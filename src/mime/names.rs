//! From the name of a property to its id: the way opposite to [`crate::mt::NameMap`].

use std::collections::HashMap;

use crate::mapi::{Guid, Name, PropName};
use crate::mt::object::{Header, NamedProperty};

/// The ids that a stream uses for named properties.
#[derive(Debug, Clone, Default)]
pub struct Names {
    lids: HashMap<(Guid, u32), u16>,
    strings: HashMap<Guid, HashMap<String, u16>>,
}

impl Names {
    /// The ids that `header` gives.
    pub fn new(header: &Header) -> Self {
        let mut names = Self::default();
        header.name_map.iter().for_each(|property| names.define(property));
        names
    }

    /// Takes a named property in; an earlier id of the same name is replaced.
    pub fn define(&mut self, property: &NamedProperty) {
        let PropName { guid, name } = &property.name;
        let id = property.tag.id();
        match name {
            Name::Lid(lid) => self.lids.insert((*guid, *lid), id),
            Name::String(text) => self.strings.entry(*guid).or_default().insert(text.to_ascii_lowercase(), id),
        };
    }

    /// The id of the numeric name `lid` in `guid`.
    pub fn lid(&self, guid: Guid, lid: u32) -> Option<u16> {
        self.lids.get(&(guid, lid)).copied()
    }

    /// The id of the string name `name`, in lower case, in `guid`. Writers do not agree on the case of such names.
    pub fn string(&self, guid: Guid, name: &str) -> Option<u16> {
        self.strings.get(&guid)?.get(name).copied()
    }

    /// The string names in `guid`, in lower case and in order, and their ids.
    pub fn strings(&self, guid: Guid) -> Vec<(&str, u16)> {
        let names = self.strings.get(&guid).into_iter().flatten();
        let mut names: Vec<_> = names.map(|(name, id)| (name.as_str(), *id)).collect();
        names.sort_unstable();
        names
    }
}
