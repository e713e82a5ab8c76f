//! What no export can do without: the least that the time of one can be measured against.

use std::io::{BufWriter, Write};

use pffkit::damage::Findings;
use pffkit::limits::Limits;
use pffkit::ndb::Database;

/// Checks and decodes every block of the file `data` once, in the order of the block B-tree, and writes the bytes to `out`.
pub fn floor(data: &[u8], out: impl Write) -> pffkit::Result<()> {
    let findings = Findings::new();
    let db = Database::open(data, Limits::default(), &findings)?;
    let mut out = BufWriter::with_capacity(256 << 10, out);
    let mut scratch = Vec::new();
    for at in db.blocks(&findings) {
        db.check_block(at, &mut scratch, &findings)?;
        out.write_all(db.block_at(at, &mut scratch)?)?;
    }
    Ok(out.flush()?)
}
