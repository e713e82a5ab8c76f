//! The integration tests, a module a layer.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod store;
