//! The integration tests, a module a layer.

mod store;
