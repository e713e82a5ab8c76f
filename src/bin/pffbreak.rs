//! Breaks a PFF file on purpose.

use std::io::{self, Write};
use std::process::ExitCode;

use pffkit::breaking::{Change, Options, break_file};
use pffkit::cli::args::Pffbreak;
use pffkit::cli::exit::{self, Exit};
use pffkit::cli::{logging, output};
use pffkit::source::Source;
use pffkit::unnamed::Unnamed;

fn main() -> ExitCode {
    exit::run("pffbreak", run)
}

fn run(args: Pffbreak) -> anyhow::Result<Exit> {
    logging::init("pffbreak", args.logging.loglevel);
    let source = Source::open(&args.input)?;
    let mut file = unnamed(&args)?;
    let Pffbreak { kind, seed, count, repair, .. } = args;
    let mut told = Ok(());
    let options = Options { kind, seed, count, repair };
    break_file(source.bytes(), file.file(), &options, &mut |change| {
        if told.is_ok() {
            told = tell(&args, change);
        }
    })
    .map_err(|e| e.in_file(&args.input))?;
    told?;
    file.name()?;
    Ok(Exit::Ok)
}

/// The copy under another name beside its place. IN itself is never written to.
fn unnamed(args: &Pffbreak) -> anyhow::Result<Unnamed> {
    output::keep(&args.output, &[&args.input])?;
    Ok(Unnamed::create("pffbreak", &args.output, args.force)?)
}

fn tell(args: &Pffbreak, change: &Change) -> io::Result<()> {
    if args.json {
        let mut out = io::stdout().lock();
        serde_json::to_writer(&mut out, change)?;
        return writeln!(out);
    }
    let structure = change.structure.as_ref().map_or(String::new(), |s| format!(" in {s}"));
    writeln!(io::stderr().lock(), "offset {:#x}, {} bytes{structure}: {}", change.offset, change.len, change.what)
}
