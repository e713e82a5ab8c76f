//! Writes the stream of a made-up mailbox.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use pffkit::cli::args::Pffgen;
use pffkit::cli::exit::{self, Exit};
use pffkit::cli::logging;
use pffkit::mt::generate::{Options, generate};
use pffkit::{Error, ErrorKind};
use tracing::info;

fn main() -> ExitCode {
    exit::run("pffgen", run)
}

fn run(args: Pffgen) -> anyhow::Result<Exit> {
    logging::init("pffgen", args.logging.loglevel);
    if io::stdout().is_terminal() {
        let message = "standard output is a terminal, and the stream is not text: pipe it into mt2pff or mt2exm";
        return Err(Error::new(ErrorKind::Usage, message).into());
    }
    let Pffgen { seed, messages, folders, size, .. } = args;
    let (shape, attachments) = (args.shape.into(), args.attachments.into());
    let options = Options { seed, messages, folders, shape, attachments, size };
    let mut out = generate(&options, io::stdout().lock())?;
    out.flush().map_err(Error::of_output)?;
    info!("{messages} messages in {folders} folders written");
    Ok(Exit::Ok)
}
