//! The integration tests, a module a layer.
mod gxmt;
mod gxmt_golden;
mod gxmt_values;
