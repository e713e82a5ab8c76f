//! Every message of every file, written, and read again by another program's parser.

use mail_parser::{Encoding, Message as Parsed, MessageParser, MessagePart, MimeHeaders, PartType};
use pffkit::damage::Findings;
use pffkit::mapi::tag::pr;
use pffkit::mapi::{PropTag, Value};
use pffkit::mime::View;
use pffkit::mime::body::Body;
use pffkit::mime::eml::Item;
use pffkit::mt::object::Attachment;

use super::python::Python;
use super::{Mail, assert_clean, files};
use crate::support::corpus;

/// Text as it is compared: without what a transport may change, and without the line end that a message must have.
fn text(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "").trim_end().to_owned()
}

/// A message that another parser has read, and what it was read from.
#[derive(Clone, Copy)]
struct Read<'p> {
    message: &'p Parsed<'p>,
    /// The whole text, which the offsets of embedded messages count in, too.
    raw: &'p [u8],
}

impl<'p> Read<'p> {
    /// The bytes of `part`, decoded here, so that no charset comes into it.
    fn bytes(self, part: &MessagePart<'_>) -> Vec<u8> {
        let raw = &self.raw[part.offset_body as usize..part.offset_end as usize];
        match part.encoding {
            Encoding::Base64 => encodify::base64::MIME.decode(raw).unwrap(),
            Encoding::QuotedPrintable => encodify::qp::BODY.decode(raw).unwrap().into_owned(),
            Encoding::None => raw.to_vec(),
        }
    }

    fn parts(self) -> std::slice::Iter<'p, MessagePart<'p>> {
        self.message.parts.iter()
    }

    /// The attachments, and the messages that they are.
    fn files(self) -> Vec<(File, Option<Read<'p>>)> {
        let file = |part: &'p MessagePart<'p>| {
            let name = part.content_disposition()?.attribute("filename")?.to_owned();
            Some(match &part.body {
                // Only what was a message becomes one; a file that holds one has its own name.
                PartType::Message(message) => ((name, None), Some(Read { message, ..self })),
                _ => ((name, Some(xxhash_rust::xxh3::xxh3_128(&self.bytes(part)))), None),
            })
        };
        self.parts().filter_map(file).collect()
    }

    /// The body of type `text/` and `kind`.
    fn body(self, kind: &str) -> Option<String> {
        let is_body = |part: &&MessagePart<'_>| {
            part.content_type().is_some_and(|t| t.ctype() == "text" && t.subtype() == Some(kind))
                && part.content_disposition().is_none()
        };
        self.parts().find(is_body).map(|part| text(part.text_contents().unwrap()))
    }
}

/// What an attachment is called and what is in it: a hash of its bytes, or that it is a message.
type File = (String, Option<u128>);

fn stored(attachment: &Attachment<'_>, view: View<'_>) -> File {
    let name =
        [pr::ATTACH_LONG_FILENAME, pr::ATTACH_FILENAME, pr::DISPLAY_NAME].into_iter().find_map(|tag| view.text(tag));
    let name = name.map(|name| name.trim().to_owned()).unwrap_or_default();
    let data = match view.value(pr::ATTACH_DATA_BIN) {
        Some(Value::Bin(bytes)) => bytes.to_vec(),
        Some(Value::Stream(stream)) => stream.to_vec().unwrap(),
        _ => Vec::new(),
    };
    let hash = attachment.embedded.is_none().then(|| xxhash_rust::xxh3::xxh3_128(&data));
    (name, hash)
}

/// What differs, and how much was compared.
#[derive(Default)]
struct Comparison {
    messages: usize,
    attachments: usize,
    differences: Vec<String>,
}

impl Comparison {
    fn check(&mut self, what: &str, is_good: bool, why: impl FnOnce() -> String) {
        if !is_good {
            self.differences.push(format!("{what}: {}", why()));
        }
    }

    fn same<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, ours: T, theirs: T) {
        let is_good = ours == theirs;
        self.check(what, is_good, || format!("{ours:.200?} is not {theirs:.200?}"));
    }

    /// Compares `read` with `item`, and what is embedded, too.
    fn message(&mut self, item: Item<'_>, read: Read<'_>, what: &str) {
        self.messages += 1;
        self.header(item.view(), read, what);
        let body = Body::read(item.view(), &Findings::new());
        let plain = body.plain.as_deref().map(text).or_else(|| body.html.is_none().then(String::new));
        self.same(&format!("{what} text"), read.body("plain"), plain);
        self.same(&format!("{what} HTML"), read.body("html"), body.html.as_ref().map(|html| text(&html.text())));
        self.charsets(read, what);
        self.attachments(item, &body, read, what);
    }

    fn header(&mut self, view: View<'_>, read: Read<'_>, what: &str) {
        let message = read.message;
        self.check(what, message.from().is_some(), || "no From".into());
        self.check(what, message.date().is_some_and(|date| date.is_valid()), || "no Date".into());
        self.check(what, message.message_id().is_some(), || "no Message-ID".into());
        if view.text(TRANSPORT_MESSAGE_HEADERS).is_some() {
            return;
        }
        let plain = |text: &str| text.replace(char::is_control, " ").split_whitespace().collect::<Vec<_>>().join(" ");
        let part = |tag| view.text(tag).unwrap_or_default();
        let subject = format!("{}{}", part(pr::SUBJECT_PREFIX), part(pr::SUBJECT));
        self.same(&format!("{what} subject"), plain(message.subject().unwrap_or_default()), plain(&subject));
    }

    fn charsets(&mut self, read: Read<'_>, what: &str) {
        for part in read.parts() {
            self.check(what, !part.is_encoding_problem, || "a wrong encoding".into());
            let charset = part.content_type().and_then(|t| t.attribute("charset"));
            let is_good = charset != Some("us-ascii") || read.bytes(part).is_ascii();
            self.check(what, is_good, || "US-ASCII that is none".into());
        }
    }

    fn attachments(&mut self, item: Item<'_>, body: &Body<'_>, read: Read<'_>, what: &str) {
        let pair = |attachment| (attachment, stored(attachment, View::new(&attachment.props, item.names)));
        let mut stored: Vec<_> = item.message.attachments.iter().map(pair).collect();
        self.attachments += stored.len();
        let files = read.files();
        self.same(&format!("{what} attachments"), files.len(), stored.len() + body.pictures.len());
        for (file, message) in files {
            let Some(at) = stored.iter().position(|(attachment, other)| is_same(attachment, other, &file)) else {
                self.check(what, file.0.starts_with("picture"), || format!("{file:?} is not stored"));
                continue;
            };
            let (attachment, _) = stored.remove(at);
            if let (Some(read), Some(message)) = (message, &attachment.embedded) {
                self.message(Item { message, ..item }, read, &format!("{what}/{}", file.0));
            }
        }
        let missing: Vec<_> = stored.iter().map(|(_, file)| file).collect();
        self.check(what, missing.is_empty(), || format!("{missing:?} is not there"));
    }
}

/// Whether `file` is what became of `attachment`. Names that were missing are made up, and messages are called `.eml`.
fn is_same(attachment: &Attachment<'_>, stored: &File, file: &File) -> bool {
    let is_name = stored.0.is_empty() || stored.0 == file.0 || format!("{}.eml", stored.0) == file.0;
    // A file with a message in it is one for the parser, too.
    is_name && (stored.1 == file.1 || (attachment.embedded.is_none() && file.1.is_none()))
}

/// PidTagTransportMessageHeaders.
const TRANSPORT_MESSAGE_HEADERS: PropTag = PropTag(0x007D_001F);

/// What Python finds to say, and why that stays: file names in encoded words, which RFC 2047 forbids inside of quotes, but which are
/// all that old clients understand (the name by RFC 2231 is beside it); and what the senders wrote: a GB2312 name that is GBK, a name
/// with a period that is not quoted, ids with two @.
const PYTHON: &str = "\
1733 messages
8 Content-Type: InvalidHeaderDefect encoded word inside quoted string
4 Content-Type: InvalidHeaderDefect missing trailing whitespace after encoded-word
4 From: UndecodableBytesDefect Encoded word contains bytes not decodable using 'GB2312' charset
4 From: UndecodableBytesDefect Non-ASCII characters found in header token
125 Message-ID: InvalidHeaderDefect Unexpected '@xp.local>'
125 Message-ID: InvalidHeaderDefect missing trailing '>' on msg-id
4 To: ObsoleteHeaderDefect period in 'phrase'
";

#[test]
fn every_message_comes_back_as_it_was() {
    let Some(corpus) = corpus() else { return };
    let mut comparison = Comparison::default();
    let mut python = Python::start();
    for path in files(&corpus) {
        let Some(mail) = Mail::read(&path) else { continue };
        for frame in &mail.messages {
            let what = format!("{} {:#x}", path.file_name().unwrap().display(), frame.nid);
            let eml = mail.write(&frame.message);
            assert_clean(&eml, &what);
            let message = MessageParser::default().parse(&eml).unwrap();
            comparison.message(mail.item(&frame.message), Read { message: &message, raw: &eml }, &what);
            python.iter_mut().for_each(|python| python.read(&eml));
        }
    }
    assert!(comparison.differences.is_empty(), "{:#?}", comparison.differences);
    // Of the messages 74 are embedded; the attachments are as many as the best readers of census.tsv find.
    assert_eq!((comparison.messages, comparison.attachments), (1733 + 74, 2436));
    if let Some(python) = python {
        assert_eq!(python.finish(), PYTHON);
    }
}
