//! The NDB layer ([MS-PST] 2.2): header, pages, blocks, the two B-trees, subnodes.
//!
//! A [`Database`] is a file's bytes with its header understood. Everything else is looked up when it is needed: nothing
//! is kept that grows with the file. Only where pages of the trees are damaged an index takes their place, which does.

mod amap;
pub mod audit;
pub mod block;
pub mod btree;
pub mod check;
pub mod crypt;
pub mod data;
pub mod database;
mod guess;
pub mod header;
pub mod ids;
pub mod index;
pub mod layout;
pub mod page;
pub mod recover;
pub mod scan;
pub mod seal;
pub mod subnode;
mod survey;
pub mod write;

pub use btree::{BlockRef, Node};
pub use crypt::CryptMethod;
pub use data::DataStream;
pub use database::{Arena, Database, Scope};
pub use header::{Client, Header};
pub use ids::{Bid, Ib, Nid, NidType};
pub use index::Index;
pub use layout::{Format, Layout};
pub use recover::Recover;
pub use subnode::{Subnode, Subnodes};
