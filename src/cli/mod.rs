//! What the tools share.

pub mod args;
