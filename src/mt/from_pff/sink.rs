//! Where the objects of a file go.

use std::sync::Arc;

use super::Item;
use super::message::Unread;
use crate::Result;
use crate::mt::object::{Folder, MAPI_FOLDER, NamedProperty, Parent};
use crate::ndb::Nid;

/// Takes what the walk over a file comes to, in its order: each folder before its messages, these before its subfolders.
pub trait Sink<'s> {
    /// `items` messages are going to be looked at, as far as the node B-tree tells.
    fn begin(&mut self, items: u64);

    /// The folder `place`. `names` are those of its named properties.
    ///
    /// # Errors
    /// The walk is to end.
    fn folder(&mut self, place: &Place, folder: Folder<'_>, names: Vec<NamedProperty>) -> Result<()>;

    /// A message, which is still to be read.
    ///
    /// # Errors
    /// The walk is to end.
    fn message(&mut self, message: Unread<'s>) -> Result<()>;

    /// There is something to tell of `item`.
    ///
    /// # Errors
    /// The walk is to end.
    fn tell(&mut self, item: Item, news: News) -> Result<()>;
}

/// What sort of thing a [`Sink`] is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// What the walk has found out of a folder that has just come, good or bad.
    Folder,
    /// What is wrong with the file as a whole.
    File,
    /// A table lists a message that is nowhere.
    Missing,
    /// Findings that cost no item.
    Notice,
}

/// A folder that is walked.
#[derive(Debug, Clone)]
pub struct Place {
    /// Its node.
    pub nid: Nid,
    /// What its messages have as their parent.
    pub parent: Parent,
    /// Its path, `/` before each name; empty for the top.
    pub path: Arc<str>,
    /// How many folders it is below the top.
    pub depth: usize,
}

impl Place {
    pub(super) fn new(nid: Nid, path: impl Into<Arc<str>>, depth: usize) -> Self {
        Self { nid, parent: Parent { kind: MAPI_FOLDER, nid: u64::from(nid.0) }, path: path.into(), depth }
    }
}
