//! The vocabulary that every layer shares: property tags, types, values, names, GUIDs, times, code pages.

pub mod attach_method;
pub mod codepage;
pub mod globalid;
pub mod guid;
pub mod lzfu;
pub mod name;
pub mod props;
pub mod recurrence;
pub mod restriction;
pub mod special;
pub mod tag;
pub mod time;
pub mod timezone;
pub mod value;

pub use guid::Guid;
pub use name::{Name, PropName};
pub use props::Props;
pub use special::SpecialFolder;
pub use tag::{PropTag, PropType};
pub use value::{Content, Stream, Value};
