//! The GXMT0005 stream: folders, messages and named properties on their way from a source to a target.

mod content;
pub mod ext;
mod frame;
pub mod from_pff;
pub mod generate;
mod names;
pub mod object;
mod read;
pub mod to_pff;
mod write;

pub use frame::Encoded;
pub(crate) use names::Announced;
pub use names::NameMap;
pub use read::{Counts, Reader};
pub use write::Writer;
