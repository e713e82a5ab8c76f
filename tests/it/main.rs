//! The integration tests, a module a layer.
mod gxmt_golden;
