//! Writes the manual pages and shell completions from the command lines: `cargo run --example generate_docs`.

#[path = "../tests/it/support/docs.rs"]
mod docs;

use std::path::Path;
use std::{fs, io};

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for docs::Generated { path, content } in docs::generate(root)? {
        let path = root.join(path);
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        fs::write(path, content)?;
    }
    Ok(())
}
