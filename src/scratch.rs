//! Temporary files without a name (in `$TMPDIR`).

use std::fs::File;
use std::io;

/// A file that goes away with its last user.
///
/// # Errors
/// Those of the system, with the directory.
pub(crate) fn file() -> io::Result<File> {
    tempfile::tempfile().map_err(|e| {
        let place = std::env::temp_dir();
        io::Error::new(e.kind(), format!("no temporary file can be made in {} ($TMPDIR): {e}", place.display()))
    })
}
