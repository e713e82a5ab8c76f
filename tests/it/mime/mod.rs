//! Messages of real files, and messages made for a rule each, as other programs read them after [`pffkit::mime`] has written them.

mod corpus;
mod golden;
mod openssl;
mod python;
mod rules;

use std::path::{Path, PathBuf};

use pffkit::damage::Findings;
use pffkit::mime::address::AddressBook;
use pffkit::mime::eml::{self, Item};
use pffkit::mime::{Names, View};
use pffkit::mt::Reader;
use pffkit::mt::from_pff::Options;
use pffkit::mt::object::{Frame, Message, MessageFrame};

use crate::support::export_file;

/// The messages of a file.
pub struct Mail {
    pub names: Names,
    pub book: AddressBook,
    pub messages: Vec<MessageFrame<'static>>,
}

impl Mail {
    /// Those of `path`; `None` where it is not a readable file.
    pub fn read(path: &Path) -> Option<Self> {
        let stream = export_file(path, false, Options::new("all")).ok()?.stream;
        let mut reader = Reader::new(stream.as_slice()).unwrap();
        let mut mail = Self { names: Names::new(reader.header()), book: AddressBook::default(), messages: Vec::new() };
        while let Some(frame) = reader.next_frame().unwrap() {
            match frame {
                Frame::Message(message) => mail.messages.push(message),
                Frame::NamedProperty(property) => mail.names.define(&property),
                Frame::Folder(_) => {}
            }
        }
        for frame in &mail.messages {
            learn(&mut mail.book, &mail.names, &frame.message);
        }
        Some(mail)
    }

    pub fn item<'m>(&'m self, message: &'m Message<'static>) -> Item<'m> {
        Item { message, names: &self.names }
    }

    pub fn write(&self, message: &Message<'static>) -> Vec<u8> {
        write(self.item(message), &self.book)
    }
}

fn learn(book: &mut AddressBook, names: &Names, message: &Message<'_>) {
    book.learn(View::new(&message.props, names));
    message.recipients.iter().for_each(|row| book.learn(View::new(row, names)));
}

/// The PFF files of `corpus`, in order.
pub fn files(corpus: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ext| ext == "pst" || ext == "ost"));
    files.sort();
    files
}

/// `item` as mail.
pub fn write(item: Item<'_>, book: &AddressBook) -> Vec<u8> {
    let mut out = Vec::new();
    eml::write(item, &options(book), &Findings::new(), &mut out).unwrap();
    out
}

/// Nothing that has to be asked for.
fn options(book: &AddressBook) -> eml::Options<'_> {
    eml::Options { book, keep_rtf: false, unwrap_tnef: false, other: None }
}

/// What every message must be on the wire (RFC 5322 2.1, RFC 2045 2.8).
pub fn assert_clean(eml: &[u8], what: &str) {
    assert!(eml.ends_with(b"\r\n"), "{what}: the end");
    for line in eml[..eml.len() - 2].split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        assert!(line.len() <= 998, "{what}: a line of {} bytes", line.len());
        assert!(!line.contains(&b'\r') && !line.contains(&0), "{what}: {}", line.escape_ascii());
    }
    let ends = eml.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(eml.windows(2).filter(|pair| pair == b"\r\n").count(), ends, "{what}: line ends");
}
