//! What the binaries share: arguments, exit codes, messages, the progress bar, safe names, the ledger.
//!
//! Only this module and the binaries print.

pub mod args;
pub mod exit;
pub mod logging;
pub mod map;
pub mod output;
pub mod pipes;
pub mod progress;
pub mod report;
pub mod show;
