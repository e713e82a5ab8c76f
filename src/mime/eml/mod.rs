//! A message as mail: RFC 5322 and MIME, after [MS-OXCMAIL].
//!
//! [`write()`] makes a tree of parts of a message and writes it. The parts refer to the contents of attachments, which are
//! copied in pieces.

mod attachment;
pub(in crate::mime) mod date;
mod header;
mod part;
mod report;
mod signed;
mod transport;

pub(crate) use header::received;
pub(in crate::mime) use header::subject;

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::Hasher;
use std::io::{self, Write};

use attachment::Attached;
use part::{Content, Data, Entity, Part, Writer};
use xxhash_rust::xxh3::Xxh3;

use super::address::{AddressBook, Person, Role};
use super::body::Body;
use super::field::Field;
use super::{Flags, Names, View, flags, tags, tnef};
use crate::bytes::hex_byte;
use crate::damage::Findings;
use crate::mapi::tag::pr;
use crate::mt::object::Message;

/// A message and the names that its properties go by.
#[derive(Debug, Clone, Copy)]
pub struct Item<'m> {
    /// The message.
    pub message: &'m Message<'m>,
    /// The names of its stream.
    pub names: &'m Names,
}

impl<'m> Item<'m> {
    /// Its properties.
    pub fn view(self) -> View<'m> {
        View::new(&self.message.props, self.names)
    }

    /// Its subject with its prefix; `None` where it has none.
    pub fn subject(self) -> Option<String> {
        header::subject(self.view())
    }

    /// Its message class, in upper case.
    pub fn class(self) -> String {
        self.view().text(pr::MESSAGE_CLASS).unwrap_or_default().to_ascii_uppercase()
    }

    /// The address of its sender, and when it was sent as a FILETIME: what [`super::mbox::Mbox::begin`] wants to know.
    pub fn envelope(self, book: &AddressBook) -> (Option<String>, i64) {
        let sender =
            Person::find(self.view(), Role::SENDER).or_else(|| Person::find(self.view(), Role::SENT_REPRESENTING));
        let address = sender.and_then(|person| book.address(&person));
        (address, header::sent(self.view()).unwrap_or_default())
    }

    /// A number that another message would not have: the same for the same content.
    fn fingerprint(self) -> u128 {
        let mut hash = Xxh3::new();
        let view = self.view();
        let texts = [
            pr::SUBJECT,
            pr::BODY,
            pr::SENDER_NAME,
            pr::MESSAGE_CLASS,
            tags::INTERNET_MESSAGE_ID,
            tags::TRANSPORT_MESSAGE_HEADERS,
        ];
        for tag in texts {
            hash.update(view.text(tag).unwrap_or_default().as_bytes());
            hash.write_u8(0);
        }
        for tag in [pr::CLIENT_SUBMIT_TIME, pr::MESSAGE_DELIVERY_TIME, pr::CREATION_TIME] {
            hash.write_i64(view.int(tag).unwrap_or_default());
        }
        for tag in [tags::SEARCH_KEY, tags::CONVERSATION_INDEX] {
            hash.update(&view.bytes(tag).unwrap_or_default());
        }
        for row in self.message.recipients.iter().map(|row| View::new(row, self.names)) {
            hash.update(row.text(pr::DISPLAY_NAME).unwrap_or_default().as_bytes());
        }
        for attached in attachment::all(self) {
            hash.update(attached.name().as_bytes());
        }
        hash.digest128()
    }
}

/// An item that is not mail, as the part that it becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// `text/calendar` or `text/vcard`.
    pub media_type: &'static str,
    /// The iTIP method (RFC 5546) of a calendar: `REQUEST`, `CANCEL`, `REPLY`, …
    pub method: Option<&'static str>,
    /// The text, lines of which end with CRLF.
    pub text: String,
    /// Whether the attachments of the item are in it; else they are parts beside it.
    pub is_whole: bool,
}

impl Other {
    fn part<'a>(self) -> Part<'a> {
        // Calendars and cards are in UTF-8 whatever they hold.
        let part = Part::text(self.media_type, "utf-8", self.text.as_bytes());
        match self.method {
            Some(method) => part.parameter("method", method),
            None => part,
        }
    }

    /// A part that is a file beside others of the item.
    fn file<'a>(self) -> Part<'a> {
        let name = if self.media_type == "text/vcard" { "contact.vcf" } else { "calendar.ics" };
        self.part().file(name)
    }
}

/// Makes a calendar or card of an item; `None` where it is neither.
pub type Convert = fn(Item<'_>, &AddressBook, &Findings) -> Option<Other>;

/// How messages are written.
#[derive(Debug, Clone, Copy)]
pub struct Options<'o> {
    /// The addresses of those whom a message knows by their X.500 address only.
    pub book: &'o AddressBook,
    /// Whether the RTF body is attached, too.
    pub keep_rtf: bool,
    /// Whether what is in TNEF streams (`winmail.dat`) takes their place.
    pub unwrap_tnef: bool,
    /// Makes calendars and cards of appointments, meeting messages and contacts; `None` for what it has no format for. It is asked
    /// for embedded items, which else become messages, and for meeting messages, embedded or not, which get a calendar beside their
    /// text. What is not whole stands in a message, beside the attachments.
    pub other: Option<Convert>,
}

/// What the header that was written says, as people read it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// Who the message is from: a name and an address; empty where nobody is known.
    pub from: String,
    /// The Message-ID.
    pub message_id: String,
}

impl Head {
    fn of(fields: &[Field]) -> Self {
        let value = |name| fields.iter().find(|field| field.is(name)).map(Field::readable).unwrap_or_default();
        Self { from: header::shown(&value("From")), message_id: value("Message-ID") }
    }
}

/// Writes `item` to `out` as a message whose lines end with CRLF. What can't be written as it is, is a finding; there is always
/// a message.
///
/// # Errors
/// Those of `out`, and of the medium that attachments are on.
pub fn write(item: Item<'_>, options: &Options<'_>, findings: &Findings, out: &mut dyn Write) -> io::Result<Head> {
    write_changed(item, options, findings, |_| (), out)
}

/// Writes `item` as [`write()`] does, with the fields in which an mbox keeps the flags of its messages. Those that it came with are of
/// another mailbox, and are left out.
///
/// # Errors
/// As [`write()`].
pub fn write_for_mbox(
    item: Item<'_>,
    options: &Options<'_>,
    findings: &Findings,
    out: &mut dyn Write,
) -> io::Result<Head> {
    let flag = |fields: &mut Vec<Field>| {
        fields.retain(|field| !flags::is_of_mbox(field));
        fields.extend(Flags::of(item.view()).mbox());
    };
    write_changed(item, options, findings, flag, out)
}

/// Writes `item` as a message with the header that `change` makes of its own.
fn write_changed(
    item: Item<'_>,
    options: &Options<'_>,
    findings: &Findings,
    change: impl FnOnce(&mut Vec<Field>),
    out: &mut dyn Write,
) -> io::Result<Head> {
    let unwrapped = options.unwrap_tnef.then(|| tnef::unwrap(item.message, findings)).flatten();
    let key = item.fingerprint() as u64;
    let item = Item { message: unwrapped.as_ref().unwrap_or(item.message), ..item };
    let calendar = options.other.filter(|_| is_meeting(&item.class()));
    let calendar = calendar.and_then(|other| other(item, options.book, findings));
    let mut entity = entity(item, calendar, options, findings);
    change(&mut entity.fields);
    let head = Head::of(&entity.fields);
    let mut out = LastLine { out, last: b'\n' };
    Writer::new(&mut out, key).entity(&entity)?;
    if out.last != b'\n' {
        out.write_all(b"\r\n")?;
    }
    Ok(head)
}

/// Remembers the last byte, so that a last line can be ended.
struct LastLine<'o> {
    out: &'o mut dyn Write,
    last: u8,
}

impl Write for LastLine<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.last = bytes[..written].last().copied().unwrap_or(self.last);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The message that `item` becomes; `other` is what it is besides.
fn entity<'a>(item: Item<'a>, other: Option<Other>, options: &Options<'_>, findings: &Findings) -> Entity<'a> {
    let fields = header::fields(item, options, findings);
    let class = item.class();
    let root = signed::root(item, &class, options, findings).filter(|_| other.is_none() || is_meeting(&class));
    Entity { fields, root: root.unwrap_or_else(|| root_part(item, &class, other, options, findings)) }
}

/// Text, what it shows, and attachments: mixed(related(alternative(text, html), picture, …), file, …), less what there is no need for.
fn root_part<'a>(
    item: Item<'a>,
    class: &str,
    other: Option<Other>,
    options: &Options<'_>,
    findings: &Findings,
) -> Part<'a> {
    let mut body = Body::read(item.view(), findings);
    let report = report::Kind::of(class);
    if let Some(kind) = report.filter(|_| body.plain.is_none() && body.html.is_none()) {
        body.plain = Some(Cow::Owned(report::text(item.view(), kind)));
    }
    let (inline, attached) = by_place(item, &body);
    let parts = |inline| move |attached: Attached<'a>| attached.parts(inline, options, findings);
    let pictures = std::mem::take(&mut body.pictures).into_iter().map(|picture| {
        let disposition =
            Field::with_parameters("Content-Disposition", "inline", &[("filename", &picture.name)], false);
        let part = Part::new(picture.media_type, Content::Data(Data::Bytes(Cow::Owned(picture.bytes))));
        let part = part.parameter("name", picture.name).field(disposition);
        part.field(Field::tokens("Content-ID", [format!("<{}>", picture.content_id)]))
    });
    let shown: Vec<_> = inline.into_iter().flat_map(parts(true)).chain(pictures).collect();
    // To ask to a meeting is another way of saying what the text says; a contact or appointment is more than its text.
    let (calendar, other) = if is_meeting(class) { (other, None) } else { (None, other) };
    let text = related(alternative(&body, calendar.map(Other::part)), shown);
    let rtf = body.rtf.take().filter(|_| options.keep_rtf).map(rtf_part);
    let other = other.map(Other::file).into_iter();
    let files: Vec<_> = other.chain(attached.into_iter().flat_map(parts(false))).chain(rtf).collect();
    match report {
        Some(kind) => report::multipart(item, kind, text, files, options.book),
        None => Part::multi("multipart/mixed", std::iter::once(text).chain(files).collect()),
    }
}

/// Whether messages of `class` (in upper case) ask to a meeting, or answer that.
fn is_meeting(class: &str) -> bool {
    class.starts_with("IPM.SCHEDULE.MEETING")
}

fn rtf_part<'a>(rtf: Vec<u8>) -> Part<'a> {
    Part::new("application/rtf", Content::Data(Data::Bytes(Cow::Owned(rtf)))).file("body.rtf")
}

/// The bodies, from the simplest to the best. A message without any has an empty text.
fn alternative<'a>(body: &Body<'a>, calendar: Option<Part<'a>>) -> Part<'a> {
    let html = body.html.as_ref().map(|html| Part::text("text/html", html.charset, &html.bytes));
    let plain = body.plain.as_deref().or_else(|| html.is_none().then_some(""));
    let plain = plain.map(|text| Part::unicode("text/plain", text));
    Part::multi("multipart/alternative", plain.into_iter().chain(html).chain(calendar).collect())
}

/// `text` and the parts that it shows (RFC 2387).
fn related<'a>(text: Part<'a>, shown: Vec<Part<'a>>) -> Part<'a> {
    if shown.is_empty() {
        return text;
    }
    let root = text.media_type.clone().into_owned();
    let parts = std::iter::once(text).chain(shown).collect();
    Part::new("multipart/related", Content::Multi(parts)).parameter("type", root)
}

/// The attachments that the HTML shows, and the others.
fn by_place<'a>(item: Item<'a>, body: &Body<'_>) -> (Vec<Attached<'a>>, Vec<Attached<'a>>) {
    let all = attachment::all(item);
    // Without one that can be referred to, the HTML need not be searched.
    let html = body.html.as_ref().filter(|_| all.iter().any(|attached| attached.is_referable()));
    let Some(html) = html else { return (Vec::new(), all) };
    let text = html.text();
    let references = References::of(&text);
    all.into_iter().partition(|attached| attached.embedded().is_none() && attached.is_inline(&references))
}

/// What HTML refers to: whatever stands between quotes or blanks.
struct References<'h> {
    urls: HashSet<&'h str>,
    /// What stands in those of them that are `cid:` (RFC 2392).
    ids: HashSet<Vec<u8>>,
}

impl<'h> References<'h> {
    fn of(html: &'h str) -> Self {
        let ends = |c: char| matches!(c, '"' | '\'' | '>' | '(' | ')' | '=') || c.is_ascii_whitespace();
        let quoted = html.split(['"', '\'']);
        let urls: HashSet<_> = quoted.chain(html.split(ends)).collect();
        let named = urls.iter().filter_map(|url| url.split_at_checked(4));
        let named = named.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("cid:"));
        // There are writers that don't encode.
        let ids = named.flat_map(|(_, id)| [id.as_bytes().to_vec(), decoded(id.as_bytes())]).collect();
        Self { urls, ids }
    }

    fn has(&self, url: &str) -> bool {
        self.urls.contains(url)
    }

    /// Whether there is a link to `url`, be it a relative one (RFC 2557 5).
    fn has_location(&self, url: &str) -> bool {
        let relative = url.split_once("://").and_then(|(_, path)| path.rsplit_once('/')).map(|(_, name)| name);
        self.has(url) || relative.is_some_and(|name| !name.is_empty() && self.has(name))
    }

    fn has_id(&self, id: &str) -> bool {
        self.ids.contains(id.as_bytes())
    }
}

/// `url` with the bytes that are percent-encoded in it (RFC 3986 2.1).
fn decoded(url: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(url.len());
    let mut at = 0;
    while let Some(byte) = url.get(at) {
        let code = hex_byte(url, at + 1).filter(|_| *byte == b'%');
        bytes.push(code.unwrap_or(*byte));
        at += if code.is_some() { 3 } else { 1 };
    }
    bytes
}
