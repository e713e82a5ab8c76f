//! Calendar items and contacts: what is written, other programs read, and read the same from it.

mod corpus;
mod golden;
mod pattern;
mod random;

use std::path::{Path, PathBuf};

use pffkit::damage::Findings;
use pffkit::mapi::tag::pr;
use pffkit::mime::address::AddressBook;
use pffkit::mime::{Context, Names, View, ics, vcf};
use pffkit::mt::Reader;
use pffkit::mt::from_pff::Options;
use pffkit::mt::object::{Frame, Message};

use crate::support::export_file;

/// Calls `visit` for every message of `path`, with its class. Some files of the corpus can't be opened: they have none.
pub fn each_message(path: &Path, mut visit: impl FnMut(&Message<'_>, &str, Context<'_>)) {
    let Ok(exported) = export_file(path, false, Options::new("pim")) else { return };
    let (book, findings) = (AddressBook::default(), Findings::new());
    let mut reader = Reader::new(exported.stream.as_slice()).unwrap();
    let mut names = Names::new(reader.header());
    while let Some(frame) = reader.next_frame().unwrap() {
        match frame {
            Frame::NamedProperty(property) => names.define(&property),
            Frame::Message(frame) => {
                let view = View::new(&frame.message.props, &names);
                let class = view.text(pr::MESSAGE_CLASS).unwrap_or_default().into_owned();
                visit(&frame.message, &class, Context { names: &names, book: &book, findings: &findings });
            }
            Frame::Folder(_) => {}
        }
    }
}

/// The .ics of `message`; `None` where it has none.
pub fn ics_of(message: &Message<'_>, context: Context<'_>) -> Option<String> {
    let mut out = Vec::new();
    let any = ics::write(message, context, None, &mut out).unwrap();
    any.then(|| String::from_utf8(out).unwrap())
}

/// The .vcf of `message`; `None` where it has none.
pub fn vcf_of(message: &Message<'_>, context: Context<'_>, version: vcf::Version) -> Option<String> {
    let mut out = Vec::new();
    let any = vcf::write(message, context, version, &mut out).unwrap();
    any.then(|| String::from_utf8(out).unwrap())
}

/// The files of the corpus, in order.
pub fn files() -> Vec<PathBuf> {
    let Some(corpus) = crate::support::corpus() else { return Vec::new() };
    let mut files: Vec<_> = std::fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ext| ext == "pst" || ext == "ost"));
    files.sort();
    files
}
