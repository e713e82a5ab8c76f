//! The Messaging layer ([MS-PST] 2.4): the store, its folders, messages, recipients, attachments, named properties.

pub mod audit;
mod budget;
pub mod folder;
mod homes;
mod listing;
pub mod message;
pub mod nameid;
pub mod recover;
pub mod special;
pub mod store;
pub mod text;
pub mod write;

pub use folder::{Census, Counts, Folder};
pub use homes::Home;
pub(crate) use homes::misnamed_parent;
pub use message::{Attachment, Message};
pub use nameid::NameMap;
pub use store::Store;
pub use text::Charset;
