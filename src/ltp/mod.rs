//! The LTP layer ([MS-PST] 2.3): heaps, B-trees in heaps, property contexts, table contexts.

pub mod write;
