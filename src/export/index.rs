//! The index: a line an item, at the top of the output.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufWriter, Write};

use super::item::Item;

/// How the index is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IndexFormat {
    /// JSON Lines.
    #[default]
    Jsonl,
    /// CSV, for spreadsheets.
    Csv,
}

impl IndexFormat {
    /// The file of the index.
    pub fn path(self) -> &'static str {
        match self {
            Self::Jsonl => "index.jsonl",
            Self::Csv => "index.csv",
        }
    }
}

/// Writes the index.
pub(super) enum Index {
    Jsonl(BufWriter<File>),
    Csv(Box<csv::Writer<File>>),
}

/// The columns of the CSV form: the fields of [`Item`].
const COLUMNS: [&str; 20] = [
    "kind",
    "nid",
    "path",
    "offset",
    "size",
    "sha256",
    "folder",
    "class",
    "subject",
    "sender",
    "message_id",
    "sent",
    "received",
    "start",
    "created",
    "modified",
    "attachments",
    "attachment_sizes",
    "attached_in",
    "findings",
];

impl Index {
    /// An index that goes to `file`.
    pub fn new(format: IndexFormat, file: File) -> io::Result<Self> {
        Ok(match format {
            IndexFormat::Jsonl => Self::Jsonl(BufWriter::new(file)),
            IndexFormat::Csv => {
                let mut out = csv::Writer::from_writer(file);
                out.write_record(COLUMNS)?;
                Self::Csv(Box::new(out))
            }
        })
    }

    /// Adds `item`.
    pub fn add(&mut self, item: &Item) -> io::Result<()> {
        match self {
            Self::Jsonl(out) => {
                serde_json::to_writer(&mut *out, item)?;
                out.write_all(b"\n")
            }
            Self::Csv(out) => Ok(out.write_record(record(item).map(|field| harmless(&field).into_owned()))?),
        }
    }

    /// Writes what is left.
    pub fn finish(self) -> io::Result<File> {
        match self {
            Self::Jsonl(out) => out.into_inner().map_err(|e| e.into_error()),
            Self::Csv(out) => out.into_inner().map_err(|e| io::Error::other(e.to_string())),
        }
    }
}

fn record(item: &Item) -> [String; 20] {
    let text = |option: &Option<String>| option.clone().unwrap_or_default();
    let list = |parts: Vec<String>| parts.join("; ");
    let kind = format!("{:?}", item.kind).to_lowercase();
    [
        kind,
        format!("{:#x}", item.nid),
        text(&item.path),
        item.offset.map(|offset| offset.to_string()).unwrap_or_default(),
        item.size.to_string(),
        item.sha256.clone(),
        item.folder.clone(),
        item.class.clone(),
        item.subject.clone(),
        item.sender.clone(),
        item.message_id.clone(),
        text(&item.sent),
        text(&item.received),
        text(&item.start),
        text(&item.created),
        text(&item.modified),
        list(item.attachments.iter().map(|a| a.name.clone()).collect()),
        list(item.attachments.iter().map(|a| a.size.to_string()).collect()),
        item.attached_in.as_ref().map(|mail| mail.path.clone()).unwrap_or_default(),
        list(item.findings.iter().map(ToString::to_string).collect()),
    ]
}

/// `field`, so that no spreadsheet takes it for a formula: what a stranger wrote into a subject must not be run.
fn harmless(field: &str) -> Cow<'_, str> {
    if field.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{field}").into() } else { field.into() }
}
