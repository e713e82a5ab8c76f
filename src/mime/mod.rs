//! Open formats: what a message of the stream is as mail, calendar entry or contact.
//!
//! Objects of [`crate::mt`] go in, bytes come out. Nothing here opens files, knows the time, or depends on the machine: the same object
//! gives the same bytes.

pub mod address;
pub mod body;
pub mod eml;
mod field;
pub mod mbox;
mod names;
pub mod rtf;
mod tags;
pub mod tnef;
mod view;
mod wire;

pub use names::Names;
pub use view::{Key, View};
