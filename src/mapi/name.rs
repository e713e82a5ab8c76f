//! Names of named properties ([MS-OXCDATA] 2.6.1).

use std::fmt;

use super::Guid;

/// The part of a property name that is unique in its property set.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Name {
    /// A numeric name (LID).
    Lid(u32),
    /// A string name.
    String(String),
}

/// The name of a named property: a property set and a number or string in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PropName {
    /// The property set.
    pub guid: Guid,
    /// The name in the set.
    pub name: Name,
}

impl PropName {
    /// The numeric name `lid` in `guid`.
    pub const fn lid(guid: Guid, lid: u32) -> Self {
        Self { guid, name: Name::Lid(lid) }
    }

    /// The string name `name` in `guid`.
    pub fn string(guid: Guid, name: impl Into<String>) -> Self {
        Self { guid, name: Name::String(name.into()) }
    }
}

impl fmt::Display for PropName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Name::Lid(lid) => write!(f, "{}/{lid:#06x}", self.guid),
            Name::String(name) => write!(f, "{}/{name}", self.guid),
        }
    }
}
