//! The messaging layer ([MS-PST] 2.4): store, folders, messages, named properties.

pub mod write;
