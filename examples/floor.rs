//! Writes the decoded bytes of every block of a PFF file to standard output: `floor FILE | cat > /dev/null`. What pff2mt does beyond
//! that is the time that it takes longer.

#[path = "../benches/common/mod.rs"]
mod common;

use std::path::Path;

use pffkit::cli::pipes;
use pffkit::source::Source;

fn main() -> anyhow::Result<()> {
    let file = std::env::args_os().nth(1).ok_or_else(|| anyhow::anyhow!("usage: floor FILE"))?;
    let source = Source::open(Path::new(&file))?;
    Ok(common::floor(source.bytes(), pipes::stdout()?)?)
}
