//! The LTP layer ([MS-PST] 2.3): heaps, B-trees on heaps, property contexts, table contexts.

pub mod audit;
pub mod bth;
pub mod headless;
pub mod heap;
pub mod pc;
pub mod tc;
pub mod value;
pub mod write;

pub use heap::{Heap, Hid};
pub use pc::{Prop, PropertyContext};
pub use tc::TableContext;
pub use value::Raw;
