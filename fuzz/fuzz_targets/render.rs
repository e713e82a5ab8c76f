//! The objects of a GXMT stream, each as mail, calendar, card and line of a table.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pffkit::damage::Findings;
use pffkit::mime::address::AddressBook;
use pffkit::mime::{Context, Names, csv, eml, ics, other, vcf};
use pffkit::mt::Reader;
use pffkit::mt::object::{Frame, Message};

fuzz_target!(|data: &[u8]| {
    let Ok(mut reader) = Reader::new(data) else { return };
    let mut names = Names::new(reader.header());
    while let Ok(Some(frame)) = reader.next_frame() {
        match frame {
            Frame::NamedProperty(property) => names.define(&property),
            Frame::Message(frame) => render(&frame.message, &names),
            Frame::Folder(_) => {}
        }
    }
});

fn render(message: &Message<'_>, names: &Names) {
    let (book, findings) = (AddressBook::default(), Findings::new());
    let context = Context { names, book: &book, findings: &findings };
    let options = eml::Options { book: &book, keep_rtf: true, unwrap_tnef: true, other: Some(other) };
    let mut mail = Vec::new();
    eml::write(eml::Item { message, names }, &options, &findings, &mut mail).expect("memory takes all that is written");
    assert!(mail.ends_with(b"\r\n"), "the last line is not ended");
    let mut text = Vec::new();
    ics::write(message, context, None, &mut text).expect("memory takes a calendar");
    for version in [vcf::Version::V3, vcf::Version::V4] {
        vcf::write(message, context, version, &mut text).expect("memory takes a card");
    }
    csv::Dialect::Outlook.write(message, context, &mut text).expect("memory takes a line");
    assert!(std::str::from_utf8(&text).is_ok(), "not UTF-8");
}
