//! Target mailboxes, and the import: a stream in, a mailbox out.
//!
//! ```text
//! mt::Reader ─► import (placement, report) ─► trait Target ─► store   the embedded mailbox
//! ```

pub mod feed;
mod folders;
mod import;
pub mod location;
pub mod store;

use std::fmt;

use crate::Result;
use crate::damage::Findings;
use crate::mt::NameMap;
use crate::mt::object::{Folder, MessageFrame, Permission};

pub use folders::Anchor;
pub use import::{Import, ImportOptions, Item, ItemKind, Observer, Outcome, Totals};

/// A folder of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FolderId(pub u64);

/// A message of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(pub u64);

impl fmt::Display for FolderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

/// A mailbox that things are put into.
///
/// Each call does what it says as a whole or not at all, and becomes durable with the next [`Target::commit`]. The ids of named properties
/// are those of the stream; a target finds out by `names` what they mean.
/// What can't be taken over as it is, is recorded in `findings`; only a failure of the object as a whole is an error.
pub trait Target {
    /// Whether there is a folder `id` that folders and messages can be put into. The numbers of the special folders are those of
    /// [`store::schema::BUILT_IN`] in every target.
    ///
    /// # Errors
    /// The target fails.
    fn is_folder(&mut self, id: FolderId) -> Result<bool>;

    /// The folder that is called `name`, in whatever case, in `parent`.
    ///
    /// # Errors
    /// The target fails.
    fn subfolder(&mut self, parent: FolderId, name: &str) -> Result<Option<FolderId>>;

    /// Creates `folder` in `parent`, which has no folder of this name, as `name`.
    ///
    /// # Errors
    /// The target fails or refuses.
    fn create_folder(
        &mut self,
        parent: FolderId,
        name: &str,
        folder: &Folder<'_>,
        names: &NameMap,
        findings: &Findings,
    ) -> Result<FolderId>;

    /// Adds the entries of `acl` to the access list of `folder`.
    ///
    /// # Errors
    /// The target fails or refuses.
    fn grant(&mut self, folder: FolderId, acl: &[Permission<'_>], findings: &Findings) -> Result<()>;

    /// Puts `message` into `folder`.
    ///
    /// # Errors
    /// The target fails or refuses.
    fn write_message(
        &mut self,
        folder: FolderId,
        message: MessageFrame<'_>,
        names: &NameMap,
        findings: &Findings,
    ) -> Result<MessageId>;

    /// Whether so much was done since the last commit that it is time for the next one.
    fn is_batch_full(&self) -> bool;

    /// Makes durable what was done so far.
    ///
    /// # Errors
    /// The target fails; what was done since the last commit is not in it then.
    fn commit(&mut self) -> Result<()>;

    /// How often something was made durable: whoever waits for the input may commit, too.
    fn commits(&self) -> u64;

    /// Undoes what was done since the last commit.
    fn roll_back(&mut self);
}
