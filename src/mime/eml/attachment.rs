//! An attachment as a part ([MS-OXCMAIL] 2.1.3.4).

use std::borrow::Cow;

use super::date::rfc5322;
use super::part::{Content, Data, Part};
use super::{Item, Options};
use crate::damage::{Effect, Finding, Findings};
use crate::mapi::attach_method as method;
use crate::mapi::codepage;
use crate::mapi::tag::pr;
use crate::mime::field::Field;
use crate::mime::ole::{self, Inside};
use crate::mime::wire::{CharsetScan, LineScan, canonical};
use crate::mime::{View, tags};
use crate::mt::object::Attachment;
use crate::sanitize::{self, NAME_BYTES, file_name};

/// The longest Content-ID and Content-Location: neither can be folded.
const LONGEST: usize = 900;

/// ATT_MHTML_REF of PidTagAttachFlags: the HTML shows it ([MS-OXCMSG] 2.2.2.18).
const MHTML_REF: i64 = 4;

/// An attachment with what is asked for more than once.
#[derive(Clone, Copy)]
pub(super) struct Attached<'a> {
    attachment: &'a Attachment<'a>,
    item: Item<'a>,
    number: usize,
}

/// The attachments of `item`.
pub(super) fn all(item: Item<'_>) -> Vec<Attached<'_>> {
    let attachments = item.message.attachments.iter().enumerate();
    attachments.map(|(number, attachment)| Attached { attachment, item, number }).collect()
}

impl<'a> Attached<'a> {
    pub(super) fn view(self) -> View<'a> {
        View::new(&self.attachment.props, self.item.names)
    }

    /// The message in it.
    pub(super) fn embedded(self) -> Option<Item<'a>> {
        let message = self.attachment.embedded.as_deref()?;
        Some(Item { message, names: self.item.names })
    }

    fn method(self) -> i32 {
        let method = self.view().int(pr::ATTACH_METHOD);
        method.and_then(|method| i32::try_from(method).ok()).unwrap_or(method::BY_VALUE)
    }

    fn is_reference(self) -> bool {
        matches!(self.method(), method::BY_REFERENCE..=method::BY_REFERENCE_ONLY | method::BY_WEB_REFERENCE)
    }

    /// Its bytes.
    pub(super) fn data(self) -> Option<Data<'a>> {
        Data::of(self.view().value(pr::ATTACH_DATA_BIN)?)
    }

    /// Its name: the best that there is, made up where there is none.
    pub(super) fn name(self) -> String {
        let view = self.view();
        let text = |tag| view.text(tag);
        let path =
            |tag| text(tag).and_then(|path| path.rsplit(['/', '\\']).next().map(|name| Cow::Owned(name.to_owned())));
        let name = text(pr::ATTACH_LONG_FILENAME)
            .or_else(|| text(pr::ATTACH_FILENAME))
            .or_else(|| path(tags::ATTACH_LONG_PATHNAME))
            .or_else(|| path(tags::ATTACH_PATHNAME))
            .or_else(|| text(pr::DISPLAY_NAME))
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty());
        let extension = text(tags::ATTACH_EXTENSION).filter(|ext| ext.starts_with('.')).unwrap_or_default();
        name.unwrap_or_else(|| format!("attachment{}{extension}", self.number + 1))
    }

    /// Its media type as stored, in lower case; `None` where it is no type, or one that only a whole part could have.
    pub(super) fn media_type(self) -> Option<String> {
        let stored = self.view().text(tags::ATTACH_MIME_TAG)?;
        let media_type = stored.split(';').next()?.trim().to_ascii_lowercase();
        let (kind, subtype) = media_type.split_once('/')?;
        let is_token =
            |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b));
        (is_token(kind) && is_token(subtype)).then_some(media_type)
    }

    /// The Content-ID, without angle brackets.
    pub(super) fn content_id(self) -> Option<String> {
        let id = self.view().text(tags::ATTACH_CONTENT_ID)?;
        let id = id.trim().trim_start_matches('<').trim_end_matches('>').to_owned();
        (!id.is_empty() && is_graphic(&id)).then_some(id)
    }

    fn content_location(self) -> Option<Cow<'a, str>> {
        self.view().text(tags::ATTACH_CONTENT_LOCATION).filter(|url| is_graphic(url))
    }

    /// Whether HTML can refer to it.
    pub(super) fn is_referable(self) -> bool {
        self.content_id().is_some() || self.content_location().is_some()
    }

    /// Whether the HTML shows it: `references` are what the HTML refers to.
    pub(super) fn is_inline(self, references: &super::References<'_>) -> bool {
        let id = self.content_id();
        let location = self.content_location();
        let is_named = id.as_deref().is_some_and(|id| references.has_id(id))
            || location.as_deref().is_some_and(|url| references.has_location(url));
        let is_marked = self.view().int(tags::ATTACH_FLAGS).is_some_and(|flags| flags & MHTML_REF != 0)
            || self.view().is_set(tags::ATTACHMENT_HIDDEN);
        is_named || (is_marked && self.is_referable())
    }

    /// The part that it becomes; an OLE object may have one more, which shows it, and a file that is somewhere else, too, one that opens
    /// that.
    pub(super) fn parts(self, inline: bool, options: &Options<'_>, findings: &Findings) -> Vec<Part<'a>> {
        let part = match (self.embedded(), self.object()) {
            (Some(item), _) => self.message(item, options, findings),
            (None, Some(Inside::Whole(file))) => return vec![self.out_of_object(file, inline, findings)],
            (None, Some(Inside::Preview(file))) => {
                let preview = self.out_of_object(file, inline, findings);
                return vec![self.described(self.file(findings), self.name(), inline, findings), preview];
            }
            (None, None) if self.is_reference() => {
                // What it refers to may be here, too.
                let file = self.data().filter(|data| !data.head().is_empty()).map(|_| self.file(findings));
                let parts = file.into_iter().chain([self.link()]);
                return parts.map(|part| self.named(part, inline, findings)).collect();
            }
            (None, None) => self.file(findings),
        };
        vec![self.named(part, inline, findings)]
    }

    /// What is in it, where it is an OLE object that is small enough to be taken apart.
    fn object(self) -> Option<Inside> {
        let data = self.data().filter(|_| self.method() == method::OLE)?;
        ole::inside(&data.small()?)
    }

    /// A file out of an OLE object. It has the name that the object gives it, or that of the attachment.
    fn out_of_object(self, file: ole::File, inline: bool, findings: &Findings) -> Part<'a> {
        let named = |extension| with_extension(self.name(), &format!(".{extension}"));
        let name = file.name.or_else(|| file.extension.map(named)).unwrap_or_else(|| self.name());
        let part = Part::new(by_extension(&name), Content::Data(Data::Bytes(Cow::Owned(file.bytes))));
        self.described(part, name, inline, findings)
    }

    /// `part` with the name that the attachment has, or one for what it became.
    fn named(self, part: Part<'a>, inline: bool, findings: &Findings) -> Part<'a> {
        let name = self.file_name(&part);
        self.described(part, name, inline, findings)
    }

    /// `part` with the fields that say how it is named and shown. The name is that of a file, never of a way to one.
    fn described(self, part: Part<'a>, stored: String, inline: bool, findings: &Findings) -> Part<'a> {
        let name = sanitize::last_of_path(&stored);
        if name != stored {
            let (expected, found) =
                ("the name of a file, without directories", format!("{stored:?}, written as {name:?}"));
            findings.add(Finding::new(Effect::Altered, "PidTagAttachLongFilename", expected, found));
        }
        let disposition = if inline { "inline" } else { "attachment" };
        let dates = self.dates();
        let mut parameters = vec![("filename", name.as_str())];
        parameters.extend(dates.iter().map(|(key, date)| (*key, date.as_str())));
        let disposition = Field::with_parameters("Content-Disposition", disposition, &parameters, false);
        // RFC 2046 5.2.1 gives message/rfc822 no parameters.
        let part = if matches!(part.content, Content::Message(_)) { part } else { part.parameter("name", name) };
        let mut part = part.field(disposition);
        part.fields.extend(self.content_id().map(|id| Field::tokens("Content-ID", [format!("<{id}>")])));
        part.fields.extend(self.content_location().map(|url| Field::tokens("Content-Location", [url])));
        part
    }

    /// When the file was made and changed (RFC 2183 2.4, 2.5).
    fn dates(self) -> Vec<(&'static str, String)> {
        let dates = [("creation-date", pr::CREATION_TIME), ("modification-date", pr::LAST_MODIFICATION_TIME)];
        let date = |(key, tag)| Some((key, rfc5322(self.view().int(tag)?)?));
        dates.into_iter().filter_map(date).collect()
    }

    fn file_name(self, part: &Part<'_>) -> String {
        // Of a message it is the subject, mostly, which is in it, too.
        let name = if self.embedded().is_some() { file_name(&self.name(), NAME_BYTES) } else { self.name() };
        let extension = match (&part.content, part.media_type.as_ref()) {
            (Content::Message(_), _) => ".eml",
            (_, "text/calendar") => ".ics",
            (_, "text/vcard") => ".vcf",
            (_, INTERNET_SHORTCUT) => ".url",
            _ => return name,
        };
        with_extension(name, extension)
    }

    fn message(self, item: Item<'a>, options: &Options<'_>, findings: &Findings) -> Part<'a> {
        let other = options.other.and_then(|other| other(item, options.book, findings));
        match other {
            // A meeting message is a message that has a calendar in it.
            Some(other) if other.is_whole && !super::is_meeting(&item.class()) => other.part(),
            other => {
                let entity = super::entity(item, other, options, findings);
                Part::new("message/rfc822", Content::Message(Box::new(entity)))
            }
        }
    }

    /// An attachment that is somewhere else: a file that opens it.
    fn link(self) -> Part<'a> {
        let view = self.view();
        let paths = [tags::ATTACH_LONG_PATHNAME, tags::ATTACH_PATHNAME];
        let path = paths.into_iter().find_map(|tag| view.text(tag)).unwrap_or_default();
        let url = if path.contains("://") { path.into_owned() } else { format!("file:{}", path.replace('\\', "/")) };
        let url: String = url.chars().filter(|c| !c.is_control()).collect();
        Part::unicode(INTERNET_SHORTCUT, &format!("[InternetShortcut]\r\nURL={url}\r\n"))
    }

    /// An attachment that is a file.
    fn file(self, findings: &Findings) -> Part<'a> {
        let Some(data) = self.data() else {
            let found = format!("none; {:?} is empty", self.name());
            findings.add(Finding::new(Effect::Lost, "PidTagAttachDataBinary", "the content of an attachment", found));
            return Part::new("application/octet-stream", Content::Data(Data::Bytes(Cow::Borrowed(&[]))));
        };
        let ole = (self.method() == method::OLE).then(|| OLE_STORAGE.to_owned());
        let media_type = self.media_type().or(ole).unwrap_or_else(|| by_extension(&self.name()).to_owned());
        match media_type.split_once('/') {
            Some(("text", _)) => self.text(media_type, data),
            // RFC 2046 5: what is inside of these must not be encoded.
            Some(("message" | "multipart", _)) => lines(media_type, data, findings),
            _ => Part::new(media_type, Content::Data(data)),
        }
    }

    /// A text that is a file: every byte of it stays, so it goes in base64.
    fn text(self, media_type: String, data: Data<'a>) -> Part<'a> {
        let scan: CharsetScan = data.scan();
        let stored = self.view().text(tags::TEXT_ATTACHMENT_CHARSET);
        let stored = stored.filter(|label| codepage::from_label(label).is_some_and(|cp| cp != codepage::ASCII));
        let charset = match (scan.is_ascii(), stored) {
            (true, _) => Some(Cow::Borrowed("us-ascii")),
            (_, Some(stored)) => Some(stored),
            (_, None) => scan.is_utf8().then_some(Cow::Borrowed("utf-8")),
        };
        let part = Part::new(media_type, Content::Data(data));
        match charset {
            Some(charset) => part.parameter("charset", charset),
            None => part,
        }
    }
}

/// `name` with `extension`, where it has not got it.
fn with_extension(name: String, extension: &str) -> String {
    if name.to_ascii_lowercase().ends_with(extension) { name } else { format!("{name}{extension}") }
}

/// Whether `text` can stand in a field as it is.
fn is_graphic(text: &str) -> bool {
    text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The type of a file that opens a link.
const INTERNET_SHORTCUT: &str = "application/internet-shortcut";
/// The type of a compound file.
const OLE_STORAGE: &str = "application/x-ole-storage";

/// A part of a type whose content must not be encoded; where it can't go as it is, its lines get other ends, or the type gives way.
fn lines<'a>(media_type: String, data: Data<'a>, findings: &Findings) -> Part<'a> {
    if !media_type.starts_with("message/") {
        return Part::new("application/octet-stream", Content::Data(data));
    }
    if data.scan::<LineScan>().is_clean() {
        return Part::new(media_type, Content::Lines(data));
    }
    let ended = (media_type == "message/rfc822").then(|| with_ended_lines(&data)).flatten();
    let (found, part) = match ended {
        Some(bytes) => ("LF, made CRLF", Part::new(media_type, Content::Lines(Data::Bytes(Cow::Owned(bytes))))),
        None => ("others, so that it is a file of no type", Part::new("application/octet-stream", Content::Data(data))),
    };
    findings.add(Finding::new(Effect::Notice, "PidTagAttachDataBinary", "lines of mail in a message", found));
    part
}

/// A message whose lines end with LF, with lines that end with CRLF; `None` where that could change more than their ends.
fn with_ended_lines(data: &Data<'_>) -> Option<Vec<u8>> {
    /// What is not ended in this way: RFC 2045 6.2.
    const BINARY: &[u8] = b"content-transfer-encoding: binary";
    let bytes = data.small()?;
    let is_text = !bytes.iter().any(|byte| matches!(byte, b'\r' | 0));
    let is_binary = || bytes.windows(BINARY.len()).any(|window| window.eq_ignore_ascii_case(BINARY));
    let ended = (is_text && !is_binary()).then(|| canonical(&bytes))?;
    let scan: LineScan = Data::Bytes(Cow::Borrowed(&ended)).scan();
    scan.is_clean().then_some(ended)
}

/// The media type that files with the extension of `name` mostly have.
fn by_extension(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
    match extension.as_str() {
        "txt" | "log" => "text/plain",
        "htm" | "html" => "text/html",
        "csv" => "text/csv",
        "ics" => "text/calendar",
        "vcf" => "text/vcard",
        "xml" => "application/xml",
        "gif" => "image/gif",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "bmp" => "image/bmp",
        "tif" | "tiff" => "image/tiff",
        "svg" => "image/svg+xml",
        "emf" => "image/emf",
        "wmf" => "image/wmf",
        "mp3" => "audio/mpeg",
        "wav" => "audio/x-wav",
        "mp4" => "video/mp4",
        "pdf" => "application/pdf",
        "rtf" => "application/rtf",
        "zip" => "application/zip",
        "doc" => "application/msword",
        "xls" => "application/vnd.ms-excel",
        "ppt" => "application/vnd.ms-powerpoint",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "p7m" => "application/pkcs7-mime",
        "p7s" => "application/pkcs7-signature",
        "dat" if name.eq_ignore_ascii_case("winmail.dat") => "application/ms-tnef",
        _ => "application/octet-stream",
    }
}
