//! Writes the files of `fixtures/` anew. What it writes depends on nothing but the recipes.

#[allow(clippy::unwrap_used, clippy::expect_used, dead_code, missing_docs)]
#[path = "../tests/it/support/recipes/mod.rs"]
mod recipes;

use std::path::Path;

fn main() -> std::io::Result<()> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for (name, make) in recipes::FIXTURES {
        let path = fixtures.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(&path, make())?;
    }
    Ok(())
}
