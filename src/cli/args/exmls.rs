//! The options of `exmls`.

use clap::Parser;

/// Show what is in a mailbox.
#[derive(Debug, Parser)]
#[command(name = "exmls", version, after_help = AFTER)]
#[command(group = clap::ArgGroup::new("mailbox").args(["user", "at"]).multiple(true).required(true))]
pub struct Exmls {
    /// The user whose mailbox it is, as it was given to mt2exm
    #[arg(short = 'u', long, value_name = "USER[@DOMAIN]")]
    pub user: Option<String>,

    /// Where the mailbox is: store:DIR
    #[arg(long, value_name = "URL")]
    pub at: Option<String>,

    /// Show the messages, too
    #[arg(short = 'r', long = "messages")]
    pub messages: bool,

    /// Show one folder or message with all of its properties
    #[arg(long, value_name = "ID", value_parser = parse_id, conflicts_with_all = ["messages", "check", "json"])]
    pub props: Option<u64>,

    /// Check that the mailbox is sound
    #[arg(long, conflicts_with_all = ["messages", "json"])]
    pub check: bool,

    /// Show it as JSON
    #[arg(long)]
    pub json: bool,
}

const AFTER: &str = "\
Exit codes: 0 success; 1 --check found something; 2 wrong usage; 3 there is no mailbox or it can't be read.";

/// An id, decimal or with `0x` hexadecimal.
fn parse_id(text: &str) -> Result<u64, String> {
    let id = text.strip_prefix("0x").map_or_else(|| text.parse(), |hex| u64::from_str_radix(hex, 16));
    id.map_err(|e| e.to_string())
}
