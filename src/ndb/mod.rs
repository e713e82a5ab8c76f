//! The NDB layer ([MS-PST] 2.2): header, pages, blocks, the two B-trees, subnodes.

pub mod check;
pub mod crypt;
pub mod ids;
pub mod layout;
pub mod write;

pub use ids::{Bid, Ib, Nid, NidType};
pub use layout::{Format, Layout};
