//! The NDB layer ([MS-PST] 2.2): header, pages, blocks, the two B-trees, subnodes.
//!
//! A [`Database`] is a file's bytes with its header understood. Everything else is looked up when it is needed: nothing
//! is kept that grows with the file.

pub mod block;
pub mod btree;
pub mod check;
pub mod crypt;
pub mod data;
pub mod database;
pub mod header;
pub mod ids;
pub mod layout;
pub mod page;
pub mod subnode;
pub mod verify;
pub mod write;

pub use btree::{BlockRef, Node};
pub use data::DataStream;
pub use database::{Arena, Database, Scope};
pub use header::{Client, Header};
pub use ids::{Bid, Ib, Nid, NidType};
pub use layout::{Format, Layout};
pub use subnode::{Subnode, Subnodes};
