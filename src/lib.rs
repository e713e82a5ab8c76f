//! Gets mail out of Outlook's PFF files (PST, OST, PAB) and into a mailbox that its owner controls.
//!
//! ```text
//! file bytes ─ ndb ─ ltp ─ messaging ─►  mt: the stream  ─┬─► exm: a target mailbox
//!                                                          ├─► mime: open formats
//!                                                          └─► mt::to_pff: a PST file
//! ```
//!
//! * [`ndb`], [`ltp`], [`messaging`]: the three layers of [MS-PST], from bytes to objects.
//! * [`mapi`]: the vocabulary that every layer shares.
//! * [`mt`]: the GXMT0005 stream, the middle where every source and every target meet.
//! * [`exm`]: target mailboxes.
//! * [`mime`]: what an object is as mail, calendar entry or contact; [`export`] writes that into files.
//!
//! An arrow is the only direction of import; `ARCHITECTURE.md` says what else holds.

pub mod breaking;
mod bytes;
pub mod cli;
pub mod damage;
pub mod error;
pub mod exm;
pub mod export;
pub mod limits;
pub mod ltp;
pub mod mapi;
pub mod messaging;
pub mod mime;
pub mod mt;
pub mod ndb;
mod number;
mod random;
pub mod sanitize;
mod scratch;
mod signal;
mod sort;
pub mod source;
mod turn;
pub mod unnamed;

pub use error::{Error, ErrorKind, Result};
