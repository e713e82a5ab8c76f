//! Shows what is in a mailbox.

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use pffkit::cli::args::Exmls;
use pffkit::cli::exit::{self, Exit};
use pffkit::cli::logging;
use pffkit::cli::show::Show;
use pffkit::exm::location::Location;
use pffkit::exm::store::{FolderInfo, Mailbox, MessageInfo, Object};
use pffkit::mapi::time::filetime_to_string;
use pffkit::sanitize::text as clean;
use pffkit::{Error, ErrorKind};
use serde::Serialize;
use serde_json::json;
use tracing::warn;

fn main() -> ExitCode {
    exit::run("exmls", run)
}

fn run(args: Exmls) -> anyhow::Result<Exit> {
    logging::init("exmls", args.logging.loglevel);
    let Some(Location::Store(dir)) = Location::find(args.at.as_deref(), args.user.as_deref())? else {
        return Err(Error::new(ErrorKind::Usage, "say which mailbox: -u USER or --at store:DIR").into());
    };
    let mut mailbox = Mailbox::open(&dir)?;
    let mut out = BufWriter::new(io::stdout().lock());
    let exit = if let Some(id) = args.props {
        object(&mut mailbox, id, &mut out)?
    } else if args.check {
        check(&mailbox, &mut out)?
    } else {
        let folders = mailbox.folders()?;
        if args.json {
            as_json(&args, &mailbox, &folders, &mut out)?;
        } else {
            as_table(&args, &mailbox, &folders, &mut out)?;
        }
        Exit::Ok
    };
    out.flush()?;
    Ok(exit)
}

fn object(mailbox: &mut Mailbox, id: u64, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let object = mailbox.object(id)?;
    let mut show = Show::new(out, true);
    let findings = match object {
        None => {
            let message = format!("the mailbox has no folder or message {id:#x}");
            return Err(Error::new(ErrorKind::NotFound, message).into());
        }
        Some(Object::Folder(stored)) => {
            show.folder(&stored.folder, &stored.names)?;
            stored.findings
        }
        Some(Object::Message(stored)) => {
            show.message(&stored.frame, &stored.names)?;
            stored.findings
        }
    };
    for finding in &findings {
        warn!("{finding}");
    }
    Ok(if findings.is_empty() { Exit::Ok } else { Exit::Partial })
}

fn check(mailbox: &Mailbox, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let problems = mailbox.check()?;
    for problem in &problems {
        writeln!(out, "{}", clean(&problem.to_string()))?;
    }
    writeln!(out, "{} problems", problems.len())?;
    Ok(if problems.is_empty() { Exit::Ok } else { Exit::Partial })
}

/// A message with the folder that it is in.
#[derive(Serialize)]
struct MessageItem {
    folder: u64,
    #[serde(flatten)]
    message: MessageInfo,
}

fn as_json(args: &Exmls, mailbox: &Mailbox, folders: &[FolderInfo], out: &mut dyn Write) -> anyhow::Result<()> {
    let mut all = json!({ "folders": folders, "totals": mailbox.totals(folders)? });
    if args.messages {
        let mut items = Vec::new();
        for folder in folders {
            let messages = mailbox.messages(folder.id)?;
            items.extend(messages.into_iter().map(|message| MessageItem { folder: folder.id, message }));
        }
        all["items"] = json!(items);
    }
    writeln!(out, "{all}")?;
    Ok(())
}

fn as_table(args: &Exmls, mailbox: &Mailbox, folders: &[FolderInfo], out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(
        out,
        "{:>10} {:>8} {:>8} {:>6} {:>12}  {:<16} FOLDER",
        "ID", "MESSAGES", "UNREAD", "FAI", "BYTES", "CLASS"
    )?;
    for folder in folders {
        let FolderInfo { id, path, class, messages, unread, fai, bytes, .. } = folder;
        let (class, path) = (clean(class), clean(path));
        let id = format!("{id:#x}");
        writeln!(out, "{id:>10} {messages:>8} {unread:>8} {fai:>6} {bytes:>12}  {class:<16} {path}")?;
        if args.messages {
            for message in mailbox.messages(folder.id)? {
                message_line(&message, out)?;
            }
        }
    }
    let totals = mailbox.totals(folders)?;
    writeln!(
        out,
        "{} folders, {} messages, {} FAI, {} attachments, {} bytes",
        totals.folders, totals.messages, totals.fai, totals.attachments, totals.bytes
    )?;
    Ok(())
}

fn message_line(message: &MessageInfo, out: &mut dyn Write) -> anyhow::Result<()> {
    let MessageInfo { id, date, from, subject, bytes, attachments, read, fai, .. } = message;
    let date = date.map_or("-".to_owned(), filetime_to_string);
    let marks = [(!read, "unread"), (*fai, "FAI"), (*attachments > 0, "files")];
    let marks: Vec<&str> = marks.iter().filter(|(set, _)| *set).map(|(_, mark)| *mark).collect();
    let (from, subject, id) = (clean(from), clean(subject), format!("{id:#x}"));
    writeln!(out, "{id:>14} {date:<20} {bytes:>10} {attachments:>3}  {from} | {subject} {}", marks.join(" "))?;
    Ok(())
}
