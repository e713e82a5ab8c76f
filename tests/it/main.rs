//! The integration tests, a module a layer.

// Clippy lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod audit;
mod corpus;
mod deleted;
mod docs;
mod dovecot;
mod foreign;
mod golden;
mod gxmt;
mod gxmt_contents;
mod gxmt_golden;
mod gxmt_values;
mod hostile;
mod jobs;
mod layers;
mod memory;
mod mime;
mod mt2eml;
mod mt2pff;
mod mt2pff_outlook;
mod mt2pff_peers;
mod outputs;
mod pff2mt;
mod pffbreak;
mod pffgen;
mod pim;
mod placing;
#[path = "support/recipes/mod.rs"]
mod recipes;
mod recovery;
mod store;
mod support;
mod write;
