//! Open formats: what a message of the stream is as mail, calendar entry or contact.
//!
//! Objects of [`crate::mt`] go in, bytes come out. Nothing here opens files, knows the time, or depends on the machine: the same object
//! gives the same bytes.

pub mod address;
pub mod body;
mod context;
pub mod csv;
pub mod eml;
mod field;
mod flags;
pub mod ics;
mod identity;
mod lines;
pub mod mbox;
mod names;
pub mod ole;
mod other;
mod plain;
pub mod rtf;
mod tags;
#[cfg(test)]
mod testing;
pub mod tnef;
pub mod vcf;
mod view;
mod wire;
pub mod zone;

pub use context::Context;
pub use flags::Flags;
pub use names::Names;
pub use other::other;
pub use view::{Key, View};
pub use zone::{Zone, Zones};
