//! The ledger: one line of JSON for each item that is not in the target as it was in the stream, and a last line with the totals.

use std::io::Write;

use serde_json::json;

use super::{Item, Summary};
use crate::Result;

/// Writes a ledger.
pub struct Ledger<W: Write>(W);

impl<W: Write> Ledger<W> {
    /// A ledger that goes to `out`.
    pub fn new(out: W) -> Self {
        Self(out)
    }

    /// Adds the line of `item`.
    ///
    /// # Errors
    /// The line can't be written.
    pub fn item(&mut self, item: &Item) -> Result<()> {
        serde_json::to_writer(&mut self.0, item).map_err(std::io::Error::from)?;
        self.0.write_all(b"\n")?;
        Ok(())
    }

    /// Adds the last line: `{"totals":{"found":…,"whole":…,"partial":…,"missing":…}}`.
    ///
    /// # Errors
    /// The line can't be written.
    pub fn finish(mut self, summary: &Summary) -> Result<()> {
        let Summary { found, partial, missing, .. } = *summary;
        let whole = found.saturating_sub(partial).saturating_sub(missing);
        let totals = json!({ "totals": { "found": found, "whole": whole, "partial": partial, "missing": missing } });
        writeln!(self.0, "{totals}")?;
        self.0.flush()?;
        Ok(())
    }
}
