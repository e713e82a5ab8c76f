//! The GXMT0005 stream: folders, messages and named properties on their way from a source to a target.

pub mod object;
