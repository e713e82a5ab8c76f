//! Messages made for a rule each.

use std::io::{self, Write};

use mail_parser::{Message as Parsed, MessageParser, MimeHeaders, PartType};
use pffkit::damage::{Effect, Findings};
use pffkit::mapi::guid::{PS_INTERNET_HEADERS, PS_PUBLIC_STRINGS, PSETID_APPOINTMENT, PSETID_COMMON};
use pffkit::mapi::{Content, PropName, PropTag, PropType, Props, Stream, Value, time::unix_to_filetime};
use pffkit::mime::address::AddressBook;
use pffkit::mime::eml::{self, Item, Options, Other};
use pffkit::mime::{Names, other};
use pffkit::mt::object::{Attachment, Message, NamedProperty};

use super::assert_clean;

const SUBJECT: u32 = 0x0037_001F;
const BODY: u32 = 0x1000_001F;
const HTML: u32 = 0x1013_0102;
const CLASS: u32 = 0x001A_001F;
const HEADERS: u32 = 0x007D_001F;
const MESSAGE_ID: u32 = 0x1035_001F;
const DATA: u32 = 0x3701_0102;
const FILENAME: u32 = 0x3707_001F;
const MIME_TAG: u32 = 0x370E_001F;
const METHOD: u32 = 0x3705_0003;
const CONTENT_ID: u32 = 0x3712_001F;
const X500: &str = "/O=ORG/CN=RECIPIENTS/CN=JD";

fn text(value: &str) -> Value<'static> {
    Value::str(value.to_owned())
}

fn bin(bytes: impl AsRef<[u8]>) -> Value<'static> {
    Value::bin(bytes.as_ref().to_vec())
}

fn props<const N: usize>(list: [(u32, Value<'static>); N]) -> Props<'static> {
    list.into_iter().map(|(tag, value)| (PropTag(tag), value)).collect()
}

/// A message with what every one needs, and `list`.
fn message<const N: usize>(list: [(u32, Value<'static>); N]) -> Message<'static> {
    let common = [
        (0x0039_0040, Value::I64(unix_to_filetime(1_709_210_096))),
        (MESSAGE_ID, text("<id@example.org>")),
        (0x0042_001F, text("Jane Doe")),
        (0x0064_001F, text("SMTP")),
        (0x0065_001F, text("jane@example.org")),
    ];
    let mut all = props(common);
    list.into_iter().for_each(|(tag, value)| all.set(PropTag(tag), value));
    Message { props: all, ..Message::default() }
}

fn attach<const N: usize>(message: &mut Message<'static>, list: [(u32, Value<'static>); N]) {
    message.attachments.push(Attachment { props: props(list), embedded: None });
}

fn write_with(message: &Message<'_>, names: &Names, options: &Options<'_>) -> (String, Vec<Effect>) {
    let findings = Findings::new();
    let mut out = Vec::new();
    eml::write(Item { message, names }, options, &findings, &mut out).unwrap();
    assert_clean(&out, "a made message");
    (String::from_utf8(out).unwrap(), findings.take().iter().map(|finding| finding.effect).collect())
}

/// A message of `class` of which `file` is all.
pub fn message_with_file(class: &str, file: &[u8]) -> Message<'static> {
    let mut m = message([(CLASS, text(class))]);
    attach(&mut m, [(DATA, bin(file)), (FILENAME, text("smime.p7m"))]);
    m
}

pub fn write(message: &Message<'_>) -> String {
    let options = Options { book: &AddressBook::default(), keep_rtf: false, unwrap_tnef: false, other: None };
    write_with(message, &Names::default(), &options).0
}

fn parse(eml: &str) -> Parsed<'_> {
    MessageParser::default().parse(eml.as_bytes()).unwrap()
}

/// The tree of parts: `mixed(plain,png)`.
fn shape(parsed: &Parsed<'_>, part: u32) -> String {
    let part = &parsed.parts[part as usize];
    let subtype = part.content_type().and_then(|t| t.subtype()).unwrap_or_default();
    match &part.body {
        PartType::Multipart(parts) => {
            let parts: Vec<_> = parts.iter().map(|part| shape(parsed, *part)).collect();
            format!("{subtype}({})", parts.join(","))
        }
        PartType::Message(message) => format!("{subtype}<{}>", shape(message, 0)),
        _ => subtype.to_owned(),
    }
}

fn shape_of(message: &Message<'_>) -> String {
    let eml = write(message);
    shape(&parse(&eml), 0)
}

fn header(eml: &str) -> &str {
    eml.split("\r\n\r\n").next().unwrap()
}

#[test]
fn a_header_from_properties() {
    let mut m = message([
        (SUBJECT, text("x")),
        (0x003D_001F, text("RE: ")),
        (0x0C1A_001F, text("Secretary")),
        (0x0C1F_001F, text("sec@example.org")),
        (0x0017_0003, Value::I32(2)),
        (0x0036_0003, Value::I32(2)),
        (0x0029_000B, Value::Bool(1)),
        (0x1042_001F, text("<a@b>")),
        (0x1039_001F, text("<c@d> <a@b>")),
        (0x0070_001F, text("x")),
        (0x0071_0102, bin([1, 2, 3])),
        (0x1045_001F, text("<mailto:off@example.org>")),
        (0x0E07_0003, Value::I32(8)),
        (0x3FDF_0003, Value::I32(0x0C)),
        (0x3FF1_0003, Value::I32(0x0407)),
        (0x1090_0003, Value::I32(2)),
        (0x0030_0040, Value::I64(unix_to_filetime(0))),
        (0x8001_101F, Value::MvStr(vec!["blue".into(), "very red".into()])),
        (0x8002_001F, text("Follow up")),
        (0x8003_001F, text("Mailer 1")),
        (0x8004_001F, text("text/evil")),
        (0x8005_001F, text("de-DE")),
    ]);
    for (kind, name, address) in
        [(1, "A B", "a@b.org"), (2, "C", "c@d.org"), (3, "", "e@f.org"), (0x1000_0001, "", "g@h.org")]
    {
        m.recipients.push(props([
            (0x0C15_0003, Value::I32(kind)),
            (0x3001_001F, text(name)),
            (0x3003_001F, text(address)),
        ]));
    }
    let mut names = Names::default();
    let named = [
        PropName::string(PS_PUBLIC_STRINGS, "Keywords"),
        PropName::lid(PSETID_COMMON, 0x8530),
        PropName::string(PS_INTERNET_HEADERS, "x-mailer"),
        PropName::string(PS_INTERNET_HEADERS, "content-type"),
        PropName::string(PS_INTERNET_HEADERS, "acceptlanguage"),
    ];
    for (id, name) in (0x8001..).zip(named) {
        names.define(&NamedProperty { tag: PropTag::new(id, PropType::UNSPECIFIED), name });
    }
    let options = Options { book: &AddressBook::default(), keep_rtf: false, unwrap_tnef: false, other: None };
    let (eml, effects) = write_with(&m, &names, &options);
    assert!(effects.is_empty());
    let expected = "\
        From: Jane Doe <jane@example.org>\r\n\
        Sender: Secretary <sec@example.org>\r\n\
        To: A B <a@b.org>, g@h.org\r\n\
        Cc: C <c@d.org>\r\n\
        Bcc: e@f.org\r\n\
        Subject: RE: x\r\n\
        Date: Thu, 29 Feb 2024 12:34:56 +0000\r\n\
        Message-ID: <id@example.org>\r\n\
        In-Reply-To: <a@b>\r\n\
        References: <c@d> <a@b>\r\n\
        Disposition-Notification-To: Jane Doe <jane@example.org>\r\n\
        Importance: High\r\n\
        X-Priority: 1\r\n\
        Sensitivity: Private\r\n\
        X-Auto-Response-Suppress: RN, NRN\r\n\
        Thread-Topic: x\r\n\
        Thread-Index: AQID\r\n\
        List-Unsubscribe: <mailto:off@example.org>\r\n\
        Keywords: blue, very red\r\n\
        X-Message-Flag: Follow up\r\n\
        Reply-By: Thu, 01 Jan 1970 00:00:00 +0000\r\n\
        X-Unsent: 1\r\n\
        Content-Language: de-DE\r\n\
        Accept-Language: de-DE\r\n\
        X-Mailer: Mailer 1\r\n\
        MIME-Version: 1.0\r\n\
        Content-Type: text/plain; charset=us-ascii\r\n\
        Content-Transfer-Encoding: 7bit";
    assert_eq!(header(&eml), expected);
}

#[test]
fn a_draft_and_categories_beside_a_header_that_came() {
    let mut names = Names::default();
    let name = PropName::string(PS_PUBLIC_STRINGS, "Keywords");
    names.define(&NamedProperty { tag: PropTag::new(0x8001, PropType::UNSPECIFIED), name });
    let came =
        "From: a@b.c\r\nKeywords: red, blue\r\nTo: d@e.f\r\nSubject: s\r\nDate: Mon, 1 Jan 2024 00:00:00 +0200\r\n";
    let m = message([
        (HEADERS, text(came)),
        (0x0E07_0003, Value::I32(8)),
        (0x8001_101F, Value::MvStr(vec!["blue".into(), "mine".into(), "very red".into()])),
    ]);
    let options = Options { book: &AddressBook::default(), keep_rtf: false, unwrap_tnef: false, other: None };
    let (eml, _) = write_with(&m, &names, &options);
    let expected =
        "\r\nMessage-ID: <id@example.org>\r\nKeywords: mine, very red\r\nX-Unsent: 1\r\nMIME-Version: 1.0\r\n";
    assert!(eml.contains("\r\nKeywords: red, blue\r\n") && eml.contains(expected), "{eml}");
}

#[test]
fn flags_that_say_nothing_and_those_that_are_done_with() {
    let flag = |m: &Message<'_>| {
        let eml = write(m);
        let names = ["X-Message-", "Reply-By:"];
        let lines = eml.lines().filter(|line| names.iter().any(|name| line.starts_with(name)));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let mut m = message([(0x1090_0003, Value::I32(2))]);
    assert_eq!(flag(&m), ["X-Message-Flag: Follow up"]);
    m.props.set(PropTag(0x1090_0003), Value::I32(1));
    let done = |date| vec!["X-Message-Flag: Follow up".to_owned(), format!("X-Message-Completed: {date} +0000")];
    assert_eq!(flag(&m), done("Thu, 29 Feb 2024 12:34:56"));
    m.props.set(PropTag(0x3008_0040), Value::I64(unix_to_filetime(86400)));
    assert_eq!(flag(&m), done("Fri, 02 Jan 1970 00:00:00"));
    m.props.set(PropTag(0x1091_0040), Value::I64(unix_to_filetime(0)));
    assert_eq!(flag(&m), done("Thu, 01 Jan 1970 00:00:00"));
    m.props.set(PropTag(HEADERS), text("From: a@b.c\r\nTo: d@e.f\r\n"));
    assert_eq!(flag(&m), done("Thu, 01 Jan 1970 00:00:00"));
    m.props.set(PropTag(0x1090_0003), Value::I32(0));
    assert!(flag(&m).is_empty());
}

#[test]
fn a_header_that_came_with_the_message() {
    let came = "Received: from a\r\n\tby b\r\nReceived: from c\r\nFrom: \"Jane\" <jane@example.com>\r\nSubject: =?utf-8?Q?=C3=A4?=\r\n\
        To: undisclosed-recipients:;\r\nContent-Type: multipart/mixed; boundary=x\r\nDate: Mon, 1 Jan 2024 00:00:00 +0200\r\n\r\n--x\r\nBcc: evil@example.org\r\n";
    let mut m = message([(HEADERS, text(came)), (SUBJECT, text("other"))]);
    m.recipients.push(props([(0x3003_001F, text("me@example.org"))]));
    let expected = "Received: from a\r\n\tby b\r\nReceived: from c\r\nFrom: \"Jane\" <jane@example.com>\r\nSubject: =?utf-8?Q?=C3=A4?=\r\n\
        To: undisclosed-recipients:;\r\nDate: Mon, 1 Jan 2024 00:00:00 +0200\r\nMessage-ID: <id@example.org>\r\n\
        MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit";
    assert_eq!(header(&write(&m)), expected);
}

#[test]
fn blind_copies_that_the_header_does_not_tell_of() {
    let of = |class: &str, came: &str| {
        let mut m = message([(CLASS, text(class)), (HEADERS, text(came))]);
        for (kind, address) in [(1, "to@example.org"), (3, "secret@example.org")] {
            m.recipients.push(props([(0x0C15_0003, Value::I32(kind)), (0x3003_001F, text(address))]));
        }
        let eml = write(&m);
        let is_address = |line: &&str| ["To:", "Cc:", "Bcc:"].iter().any(|name| line.starts_with(name));
        eml.lines().filter(is_address).map(str::to_owned).collect::<Vec<_>>()
    };
    let with = |came: &str| of("IPM.Note", came);
    assert_eq!(of("IPM.Schedule.Meeting.Request", "From: a@b.c\r\nTo: x@y.z\r\n"), ["To: x@y.z"]);
    assert_eq!(with("From: a@b.c\r\nTo: x@y.z\r\n"), ["To: x@y.z", "Bcc: secret@example.org"]);
    assert_eq!(with("From: a@b.c\r\nCc: x@y.z\r\nBcc: s@y.z\r\n"), ["Cc: x@y.z", "Bcc: s@y.z", "To: to@example.org"]);
    assert_eq!(with("From: a@b.c\r\n"), ["To: to@example.org", "Bcc: secret@example.org"]);
}

#[test]
fn nobody_is_from_an_x500_address() {
    let came = format!("From: {X500}\r\nTo: a@b\r\n");
    let mut m = message([(HEADERS, text(&came)), (0x0064_001F, text("EX")), (0x0065_001F, text(X500))]);
    assert!(write(&m).contains("\r\nFrom: Jane Doe <IMCEAEX-_O=ORG_CN=RECIPIENTS_CN=JD@pffkit.invalid>\r\n"));
    let book = AddressBook::parse(&format!("{X500}\tjane@example.org")).unwrap();
    let options = Options { book: &book, keep_rtf: false, unwrap_tnef: false, other: None };
    let (eml, _) = write_with(&m, &Names::default(), &options);
    assert!(eml.contains("\r\nFrom: Jane Doe <jane@example.org>\r\n"), "{eml}");
    for bare in [format!("\"Doe (j@x.org)\" <{X500}>"), format!("{X500} (j@x.org)"), format!("A <a@b.c>, J <{X500}>")] {
        m.props.set(PropTag(HEADERS), text(&format!("From: {bare}\r\nTo: a@b\r\n")));
        let (eml, _) = write_with(&m, &Names::default(), &options);
        assert!(eml.contains("\r\nFrom: Jane Doe <jane@example.org>\r\n") && !eml.contains(X500), "{eml}");
    }
    for good in ["\"a <b\" <c@d.e>", "</g=j/s=d/@x.org>", "a@b.c, d@e.f"] {
        m.props.set(PropTag(HEADERS), text(&format!("From: {good}\r\nTo: a@b\r\n")));
        assert!(write(&m).starts_with(&format!("From: {good}\r\n")), "{good}");
    }
    // Nothing is known at all.
    m.props = props([(SUBJECT, text("x"))]);
    let (eml, effects) = write_with(&m, &Names::default(), &options);
    assert!(eml.starts_with("From: unknown-sender:;\r\nSubject: x\r\n"), "{eml}");
    assert_eq!(effects, [Effect::Notice]);
}

/// The fields `names` of a message that came with the header `came`, sent to Bob, with a copy to Ann; and what was found.
fn kept(came: &str, names: &[&str]) -> (Vec<String>, Vec<Effect>) {
    let mut m = message([(HEADERS, text(came))]);
    for (kind, name, address) in [(1, "Bob", "bob@x.org"), (2, "Doe, Ann", "ann@x.org")] {
        m.recipients.push(props([
            (0x0C15_0003, Value::I32(kind)),
            (0x3001_001F, text(name)),
            (0x3003_001F, text(address)),
        ]));
    }
    let options = Options { book: &AddressBook::default(), keep_rtf: false, unwrap_tnef: false, other: None };
    let (eml, effects) = write_with(&m, &Names::default(), &options);
    let header = header(&eml).replace("\r\n ", " ");
    let is_wanted = |line: &&str| names.iter().any(|name| line.starts_with(&format!("{name}:")));
    (header.lines().filter(is_wanted).map(str::to_owned).collect(), effects)
}

#[test]
fn what_came_and_says_nothing_gives_way() {
    let from = "From: a@b.c\r\n";
    let to = |came: &str| kept(&format!("{from}{came}"), &["To", "Cc", "Bcc"]);
    let both = ["To: Bob <bob@x.org>", "Cc: \"Doe, Ann\" <ann@x.org>"].map(str::to_owned).to_vec();
    assert_eq!(to(&format!("To: {X500}\r\n")), (both.clone(), vec![Effect::Notice]));
    let mixed = format!("To: \"D, C\" <c@d.e>, {X500}, bob@x.org\r\nCc: f@g.h, \"/o=x,\" <{X500}>\r\n");
    let merged = ["To: \"D, C\" <c@d.e>, bob@x.org", "Cc: f@g.h, \"Doe, Ann\" <ann@x.org>"];
    assert_eq!(to(&mixed), (merged.map(str::to_owned).to_vec(), vec![Effect::Notice; 2]));
    // The header counts for each kind that it has; nobody comes twice.
    assert_eq!(to("Cc: ann@x.org\r\n"), (vec!["Cc: ann@x.org".into(), both[0].clone()], vec![]));
    assert_eq!(to("To: list@x.org\r\n").0, ["To: list@x.org", &both[1]]);
    assert_eq!(to("To: list@x.org, Ann@X.org\r\n").0, ["To: list@x.org, Ann@X.org"]);
    assert_eq!(to("To: list@x.org, =?utf-8?Q?Doe=2C_Ann?= <a@y.org>\r\n").0.len(), 1);
    // Nothing can take its place.
    let bcc = format!("To: a@b.c\r\nCc: d@e.f\r\nBcc: {X500}\r\n");
    assert_eq!(to(&bcc).0, ["To: a@b.c", "Cc: d@e.f", &format!("Bcc: {X500}")]);
    for good in ["To: </g=j/s=d/@x.org>", "To: \"/x=y\" <a@b.c>", "To: undisclosed-recipients:;"] {
        assert_eq!(to(&format!("{good}\r\nCc: x@y.z\r\n")), (vec![good.into(), "Cc: x@y.z".into()], vec![]));
    }
    let rest = |came: &str| kept(&format!("{from}To: c@d.e\r\nCc: f@g.h\r\n{came}"), &["Date", "Message-ID"]);
    let (date, id) = ("Date: Mon, 1 Jan 2024 00:00:00 +0200", "Message-ID: <x@y>");
    let (made_date, made_id) = ("Date: Thu, 29 Feb 2024 12:34:56 +0000", "Message-ID: <id@example.org>");
    assert_eq!(rest(&format!("{date}\r\n{id} (z)\r\n")), (vec![date.into(), format!("{id} (z)")], vec![]));
    let garbage = rest("Date: garbage\r\nMessage-ID: no brackets\r\n");
    assert_eq!(garbage, (vec![made_date.into(), made_id.into()], vec![Effect::Altered; 2]));
    assert_eq!(rest(&format!("Date: garbage\r\n{date}\r\n{id}\r\n")).0, [date, id]);
    assert_eq!(rest(&format!("{date}\r\nMessage-ID: x@y\r\n")), (vec![date.into(), id.into()], vec![]));
}

#[test]
fn calls_faxes_and_classifications() {
    let mut m = message([
        (CLASS, text("IPM.Note.Microsoft.Voicemail.UM.CA")),
        (0x6802_001F, text("+49 30 1")),
        (0x6803_001F, text("Jörg")),
        (0x6801_0003, Value::I32(12)),
        (0x6804_0003, Value::I32(3)),
        (0x6805_001F, text("a.wma;b.wma")),
        (0x6806_001F, text("call")),
        (0x0030_0040, Value::I64(unix_to_filetime(0))),
        (0x8001_000B, Value::Bool(1)),
        (0x8002_000B, Value::Bool(1)),
        (0x8003_001F, text("Secret")),
        (0x8004_001F, text("For few")),
        (0x8005_001F, text("{guid}")),
        (0x8006_001F, text("voice-ca")),
        (0x8007_0002, Value::I16(7)),
        (0x8008_001F, text("For your information")),
    ]);
    let mut names = Names::default();
    let named = [0x85B5, 0x85BA, 0x85B6, 0x85B7, 0x85B8].map(|lid| PropName::lid(PSETID_COMMON, lid));
    let strings = ["Content-Class", "X-FaxNumberOfPages"].map(|name| PropName::string(PS_INTERNET_HEADERS, name));
    let asked = PropName::lid(PSETID_COMMON, 0x8530);
    for (id, name) in (0x8001..).zip(named.into_iter().chain(strings).chain([asked])) {
        names.define(&NamedProperty { tag: PropTag::new(id, PropType::UNSPECIFIED), name });
    }
    let options = Options { book: &AddressBook::default(), keep_rtf: false, unwrap_tnef: false, other: None };
    let told = [
        "X-CallingTelephoneNumber: +49 30 1",
        "X-VoiceMessageSenderName: =?utf-8?Q?J=C3=B6rg?=",
        "X-VoiceMessageDuration: 12",
        "X-FaxNumberOfPages: 3",
        "X-AttachmentOrder: a.wma;b.wma",
        "X-CallID: call",
        "X-Microsoft-Classified: true",
        "X-Microsoft-ClassKeep: true",
        "X-Microsoft-Classification: Secret",
        "X-Microsoft-ClassDesc: For few",
        "X-Microsoft-ClassID: {guid}",
        "Reply-By: Thu, 01 Jan 1970 00:00:00 +0000",
    ];
    let (eml, _) = write_with(&m, &names, &options);
    let expected = format!("\r\n{}\r\nContent-Class: voice-ca\r\nMIME-Version", told.join("\r\n"));
    assert!(eml.contains(&expected), "{eml}");
    // The name of a field counts where the property is not there.
    m.props.remove(PropTag(0x6804_0003));
    assert!(write_with(&m, &names, &options).0.contains("\r\nX-Faxnumberofpages: 7\r\n"));
    m.props.set(PropTag(0x6804_0003), Value::I32(3));
    // A header that came keeps what it says.
    let came = "From: a@b.c\r\nTo: d@e.f\r\nContent-Class: voice\r\nX-CallID: other\r\nMessage-ID: <x@y>\r\n\
        Date: Mon, 1 Jan 2024 00:00:00 +0200\r\n";
    m.props.set(PropTag(HEADERS), text(came));
    let (eml, _) = write_with(&m, &names, &options);
    let added: Vec<_> = told.into_iter().filter(|line| !line.starts_with("X-CallID")).collect();
    assert!(eml.starts_with(&format!("{came}{}\r\nMIME-Version", added.join("\r\n"))), "{eml}");
    // Other classes have other properties of these ids.
    m.props.remove(PropTag(HEADERS));
    m.props.set(PropTag(CLASS), text("IPM.Note"));
    m.props.remove(PropTag(0x8001_000B));
    let (eml, _) = write_with(&m, &names, &options);
    assert!(!eml.contains("X-Call") && !eml.contains("X-Microsoft-Class"), "{eml}");
}

#[test]
fn addresses_that_are_lists_or_no_ascii() {
    let mut m = message([(0x0065_001F, text("jane@example.org; jane@exämple.org"))]);
    for address in ["info@exämple.de", "a@b.c; d@e.f", "john doe@c.d", "jörg@c.d"] {
        let row = [(0x3001_001F, text("N")), (0x3002_001F, text("SMTP")), (0x3003_001F, text(address))];
        m.recipients.push(props(row));
    }
    let options = Options { book: &AddressBook::default(), keep_rtf: false, unwrap_tnef: false, other: None };
    let (eml, effects) = write_with(&m, &Names::default(), &options);
    let expected = "From: Jane Doe <jane@example.org>, jane@xn--exmple-cua.org\r\n\
        Sender: Jane Doe <jane@example.org>\r\n\
        To: N <info@xn--exmple-cua.de>, N <a@b.c>, d@e.f, N <\"john doe\"@c.d>, N <IMCEAINVALID-j+C3+B6rg+40c+2Ed@pffkit.invalid>\r\n";
    assert!(eml.replace("\r\n ", " ").starts_with(expected), "{eml}");
    assert_eq!(effects, [Effect::Altered]);
}

#[test]
fn an_id_that_is_none_is_made_up() {
    let of = |id: &str| {
        let options = Options { book: &AddressBook::default(), keep_rtf: false, unwrap_tnef: false, other: None };
        let (eml, effects) = write_with(&message([(MESSAGE_ID, text(id))]), &Names::default(), &options);
        let line = eml.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap().to_owned();
        (line.ends_with("@pffkit.invalid>"), line, effects)
    };
    for (stored, written) in [(" <a@b>", "<a@b>"), ("a@b", "<a@b>"), ("<a@b> <c@d>", "<a@b>"), ("<a>", "<a>")] {
        assert_eq!(of(stored), (false, written.to_owned(), vec![]));
    }
    for stored in ["<a b@x>", "<a@x b>", "a b@x", "<ä@x>", "<>"] {
        let (made_up, _, effects) = of(stored);
        assert_eq!((made_up, effects), (true, vec![Effect::Altered]), "{stored}");
    }
}

#[test]
fn who_answers_go_to() {
    let mut id = vec![0; 4];
    id.extend([
        0x81, 0x2B, 0x1F, 0xA4, 0xBE, 0xA3, 0x10, 0x19, 0x9D, 0x6E, 0x00, 0xDD, 0x01, 0x0F, 0x54, 0x02, 0, 0, 1, 0x90,
    ]);
    for part in ["Desk", "SMTP", "desk@example.org"] {
        id.extend(part.encode_utf16().chain([0]).flat_map(u16::to_le_bytes));
    }
    let mut list = [1_u32, 0, id.len() as u32].iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<_>>();
    list.extend(id);
    let m = message([(0x004F_0102, bin(list))]);
    assert!(write(&m).contains("\r\nReply-To: Desk <desk@example.org>\r\n"));
    // An answer that goes to the author needs no field.
    let m = message([(0x0050_001F, text("jane@example.org"))]);
    assert!(!write(&m).contains("Reply-To"));
}

#[test]
fn names_where_there_is_no_recipient_table() {
    let m = message([(0x0E04_001F, text("a@b.org; C D")), (0x0E03_001F, text("e@f.org"))]);
    let expected = "\r\nTo: a@b.org, C D <IMCEAINVALID-C+20D@pffkit.invalid>\r\nCc: e@f.org\r\n";
    assert!(write(&m).contains(expected));
}

/// Whatever the properties hold, the message is one (`write` looks at its lines), and nothing of them becomes a field of its own.
#[test]
fn senseless_properties_do_no_harm() {
    let evils = [
        "x\r\nBcc: evil@example.org\r\n\r\nbody",
        "\u{0}\u{1}\u{7f}\u{2028}",
        &"ä".repeat(5000),
        &"x".repeat(5000),
        " ",
        "=?",
        "@",
        "<>",
    ];
    for evil in evils {
        let mut m = message([]);
        // A header that came with the message may have such a field.
        for id in (0x0001..0x6900).filter(|id| *id != 0x007D) {
            m.props.push(PropTag::new(id, PropType::UNICODE), text(evil));
        }
        m.recipients.push(m.props.clone());
        m.attachments.push(Attachment { props: m.props.clone(), embedded: None });
        let mut file = m.props.clone();
        file.set(PropTag(0x3705_0003), Value::I32(1));
        file.set(PropTag(DATA), bin("x"));
        m.attachments.push(Attachment { props: file, embedded: None });
        let eml = write(&m);
        let parsed = parse(&eml);
        let has_evil = |header: &mail_parser::Header<'_>| header.name().eq_ignore_ascii_case("bcc");
        assert!(!parsed.headers().iter().any(has_evil), "{}", header(&eml));
        assert_eq!(parsed.attachments().count(), 2, "{eml:.3000}");
    }
}

#[test]
fn a_subject_that_another_writer_left_whole() {
    let subject = |list| header(&write(&list)).lines().find_map(|l| l.strip_prefix("Subject: ")).unwrap().to_owned();
    let prefix = (0x003D_001F, text("RE: "));
    assert_eq!(subject(message([prefix.clone(), (SUBJECT, text("RE: x")), (0x0E1D_001F, text("x"))])), "RE: x");
    assert_eq!(subject(message([prefix.clone(), (SUBJECT, text("x")), (0x0E1D_001F, text("x"))])), "RE: x");
    assert_eq!(subject(message([prefix.clone(), (SUBJECT, text("RE: x"))])), "RE: RE: x");
    assert_eq!(subject(message([prefix, (0x0E1D_001F, text("x"))])), "RE: x");
}

#[test]
fn a_message_id_is_made_of_the_content() {
    let id = |body| {
        let mut m = message([(BODY, text(body))]);
        m.props.remove(PropTag(MESSAGE_ID));
        let eml = write(&m);
        assert_eq!(eml, write(&m));
        parse(&eml).message_id().unwrap().to_owned()
    };
    assert_ne!(id("a"), id("b"));
    assert!(id("a").ends_with("@pffkit.invalid"));
}

#[test]
fn how_parts_are_nested() {
    assert_eq!(shape_of(&message([])), "plain");
    assert_eq!(shape_of(&message([(BODY, text("a"))])), "plain");
    assert_eq!(shape_of(&message([(HTML, bin("<p>a"))])), "html");
    let mut m = message([(BODY, text("a")), (HTML, bin("<img src=\"cid:1@x\"><img src=b.png>"))]);
    assert_eq!(shape_of(&m), "alternative(plain,html)");
    let png = (MIME_TAG, text("image/png"));
    attach(&mut m, [(DATA, bin("1")), png.clone(), (FILENAME, text("a.png")), (CONTENT_ID, text("<1@x>"))]);
    assert_eq!(shape_of(&m), "related(alternative(plain,html),png)");
    // By a link relative to the base.
    attach(&mut m, [(DATA, bin("2")), png.clone(), (0x3713_001F, text("http://h/b.png"))]);
    // Marked as part of the HTML.
    attach(&mut m, [(DATA, bin("3")), png.clone(), (CONTENT_ID, text("z")), (0x3714_0003, Value::I32(4))]);
    // Not referred to.
    attach(&mut m, [(DATA, bin("4")), png, (CONTENT_ID, text("y"))]);
    assert_eq!(shape_of(&m), "mixed(related(alternative(plain,html),png,png,png),png)");
    let eml = write(&m);
    assert!(eml.contains("multipart/related; type=\"multipart/alternative\""));
    // Every multipart has its own boundary.
    let mut boundaries: Vec<_> =
        eml.match_indices("boundary=").map(|(at, _)| eml[at..].lines().next().unwrap()).collect();
    assert_eq!(boundaries.len(), 3);
    boundaries.dedup();
    assert_eq!(boundaries.len(), 3);
    assert!(eml.contains("\r\nContent-ID: <1@x>\r\n") && eml.contains("\r\nContent-Location: http://h/b.png\r\n"));
}

#[test]
fn how_html_refers_to_a_content_id() {
    for (url, id, is_inline) in [
        ("cid:a@b", "a@b", true),
        ("Cid:a@b", "a@b", true),
        ("cid:a%40b%2f%2F", "a@b//", true),
        ("cid:100%", "100%", true),
        ("cid:a%40b", "a%40b", true),
        ("cid:a%4", "a@", false),
        ("cid:A@b", "a@b", false),
        ("a@b", "a@b", false),
    ] {
        let mut m = message([(HTML, bin(format!("<img src=\"{url}\">")))]);
        attach(&mut m, [(DATA, bin("1")), (MIME_TAG, text("image/png")), (CONTENT_ID, text(id))]);
        assert_eq!(shape_of(&m), if is_inline { "related(html,png)" } else { "mixed(html,png)" }, "{url}");
    }
}

#[test]
fn embedded_messages_are_never_part_of_the_html() {
    let mut m = message([(HTML, bin("<a href=\"cid:1\">"))]);
    let embedded = Some(Box::new(message([])));
    m.attachments.push(Attachment { props: props([(CONTENT_ID, text("1"))]), embedded });
    assert_eq!(shape_of(&m), "mixed(html,rfc822<plain>)");
}

#[test]
fn names_are_written_for_old_and_new_readers() {
    let mut m = message([]);
    attach(&mut m, [(DATA, bin("x")), (FILENAME, text("Grüße & \"mehr\".pdf"))]);
    let eml = write(&m);
    assert!(eml.contains("name=\"=?utf-8?"), "{eml}");
    assert!(eml.contains("filename*=utf-8''Gr%C3%BC%C3%9Fe%20&%20%22mehr%22.pdf"), "{eml}");
    assert_eq!(parse(&eml).attachment(0).unwrap().attachment_name(), Some("Grüße & \"mehr\".pdf"));
    assert!(eml.contains("Content-Type: application/pdf;"));
}

#[test]
fn names_of_attachments_lead_nowhere() {
    let options = Options { book: &AddressBook::default(), keep_rtf: false, unwrap_tnef: false, other: None };
    let name_of = |m: &Message<'_>| {
        let (eml, effects) = write_with(m, &Names::default(), &options);
        (parse(&eml).attachment(0).unwrap().attachment_name().unwrap().to_owned(), effects)
    };
    let stored = |name: &str| {
        let mut m = message([]);
        attach(&mut m, [(DATA, bin("x")), (FILENAME, text(name))]);
        name_of(&m)
    };
    assert_eq!(stored("a: b?.txt"), ("a: b?.txt".into(), vec![]));
    for (name, written) in
        [("../../a.txt", "a.txt"), ("C:\\x\\a.txt", "a.txt"), ("a\u{202e}txt.exe", "atxt.exe"), ("..", "_")]
    {
        assert_eq!(stored(name), (written.into(), vec![Effect::Altered]), "{name:?}");
    }
    // A message is named by us; its subject is in it.
    for (name, written) in [("plain/../x", "plain_.._x.eml"), ("..", "_.eml"), ("a\u{202e}b", "a_b.eml")] {
        let mut m = message([]);
        let embedded = Some(Box::new(message([])));
        m.attachments.push(Attachment { props: props([(0x3001_001F, text(name))]), embedded });
        assert_eq!(name_of(&m), (written.into(), vec![]), "{name:?}");
    }
}

#[test]
fn a_file_keeps_its_dates() {
    let mut m = message([]);
    let (made, changed) = (unix_to_filetime(0), unix_to_filetime(1_709_210_096));
    let dates = [(0x3007_0040, Value::I64(made)), (0x3008_0040, Value::I64(changed))];
    attach(&mut m, [(DATA, bin("x")), (FILENAME, text("a.pdf"))]);
    dates.into_iter().for_each(|(tag, value)| m.attachments[0].props.set(PropTag(tag), value));
    let eml = write(&m);
    let parsed = parse(&eml);
    let disposition = parsed.attachment(0).unwrap().content_disposition().unwrap();
    assert_eq!(disposition.attribute("creation-date"), Some("Thu, 01 Jan 1970 00:00:00 +0000"));
    assert_eq!(disposition.attribute("modification-date"), Some("Thu, 29 Feb 2024 12:34:56 +0000"));
}

#[test]
fn the_charset_of_a_text_file_is_the_one_it_is_in() {
    let of = |bytes: &[u8], charset: Option<&str>| {
        let mut m = message([]);
        attach(&mut m, [(DATA, bin(bytes)), (FILENAME, text("a.txt"))]);
        if let Some(charset) = charset {
            m.attachments[0].props.set(PropTag(0x371B_001F), text(charset));
        }
        let eml = write(&m);
        let parsed = parse(&eml);
        parsed.attachment(0).unwrap().content_type().unwrap().attribute("charset").map(str::to_owned)
    };
    assert_eq!(of(b"a\nb\0", None).as_deref(), Some("us-ascii"));
    assert_eq!(of("ä".as_bytes(), None).as_deref(), Some("utf-8"));
    assert_eq!(of(b"\xe4", None), None);
    assert_eq!(of(b"\xe4", Some("iso-8859-1")).as_deref(), Some("iso-8859-1"));
    assert_eq!(of(b"\xe4", Some("us-ascii")), None);
}

/// Content that comes in pieces and must never be gathered.
struct Pieces(usize);

impl Content for Pieces {
    fn len(&self) -> u64 {
        self.0 as u64 * 1000
    }

    fn copy_to(&self, out: &mut dyn Write) -> io::Result<()> {
        (0..self.0).try_for_each(|i| out.write_all(&[i as u8; 1000]))
    }
}

#[test]
fn big_contents_are_copied() {
    let mut m = message([]);
    attach(&mut m, [(FILENAME, text("big.bin")), (DATA, Value::Stream(Stream::new(Pieces(300))))]);
    let eml = write(&m);
    let expected: Vec<u8> = (0..300).flat_map(|i| vec![i as u8; 1000]).collect();
    assert_eq!(parse(&eml).attachment(0).unwrap().contents(), expected);
}

#[test]
fn embedded_messages_and_files_that_hold_one() {
    let mut m = message([]);
    let inner = message([(SUBJECT, text("inner")), (BODY, text("b"))]);
    m.attachments.push(Attachment {
        props: props([(METHOD, Value::I32(5)), (0x3001_001F, text("Inner"))]),
        embedded: Some(Box::new(inner)),
    });
    let eml = b"From: a@b\r\n\r\nbody";
    attach(&mut m, [(DATA, bin(eml)), (MIME_TAG, text("message/rfc822")), (FILENAME, text("a.eml"))]);
    assert_eq!(shape_of(&m), "mixed(plain,rfc822<plain>,rfc822<>)");
    let written = write(&m);
    assert!(
        written.contains("filename=Inner.eml") && written.contains("\r\n\r\nFrom: a@b\r\n\r\nbody\r\n--="),
        "{written}"
    );
    // A message must not be encoded; where it has to be, it is a file.
    let options = Options { book: &AddressBook::default(), keep_rtf: false, unwrap_tnef: false, other: None };
    m.attachments[1].props.set(PropTag(DATA), bin("From: a@b\n\nbody"));
    let (written, effects) = write_with(&m, &Names::default(), &options);
    assert_eq!(effects, [Effect::Notice]);
    assert_eq!(shape(&parse(&written), 0), "mixed(plain,rfc822<plain>,rfc822<>)");
    assert!(written.contains("\r\n\r\nFrom: a@b\r\n\r\nbody\r\n--="), "{written}");
    for unclean in [
        &b"From: a@b\r\n\r\n\0"[..],
        b"From: a@b\n\r\n",
        b"From: a@b\n\n\0",
        b"Content-Transfer-Encoding: Binary\n\nbody",
        &[&b"From: a@b\n\n"[..], &[b'x'; 999]].concat(),
    ] {
        m.attachments[1].props.set(PropTag(DATA), bin(unclean));
        let (written, effects) = write_with(&m, &Names::default(), &options);
        assert_eq!(effects, [Effect::Notice]);
        let parsed = parse(&written);
        assert_eq!(shape(&parsed, 0), "mixed(plain,rfc822<plain>,octet-stream)");
        assert_eq!(parsed.attachment(1).unwrap().contents(), unclean);
    }
}

fn calendar(item: Item<'_>, _: &AddressBook, _: &Findings) -> Option<Other> {
    let method = item.class().starts_with("IPM.SCHEDULE").then_some("REQUEST");
    (item.class() != "IPM.NOTE").then(|| Other {
        media_type: "text/calendar",
        method,
        text: "BEGIN:VCALENDAR\r\n".into(),
        is_whole: method.is_none(),
    })
}

#[test]
fn items_that_are_not_mail() {
    let options = Options { book: &AddressBook::default(), keep_rtf: false, unwrap_tnef: false, other: Some(calendar) };
    let mut m = message([(CLASS, text("IPM.Schedule.Meeting.Request")), (BODY, text("come"))]);
    let (eml, _) = write_with(&m, &Names::default(), &options);
    assert_eq!(shape(&parse(&eml), 0), "alternative(plain,calendar)");
    assert!(eml.contains("Content-Type: text/calendar; charset=utf-8; method=REQUEST\r\n"));
    m = message([]);
    for class in ["IPM.Appointment", "IPM.Note", "IPM.Schedule.Meeting.Request"] {
        let embedded = Some(Box::new(message([(CLASS, text(class))])));
        m.attachments.push(Attachment { props: props([(0x3001_001F, text("x"))]), embedded });
    }
    let (eml, _) = write_with(&m, &Names::default(), &options);
    assert_eq!(shape(&parse(&eml), 0), "mixed(plain,calendar,rfc822<plain>,rfc822<alternative(plain,calendar)>)");
    assert!(eml.contains("filename=x.ics"));
}

/// Content of nothing but one byte, as files have it: not in memory.
struct Zeros(u64);

impl Content for Zeros {
    fn len(&self) -> u64 {
        self.0
    }

    fn copy_to(&self, out: &mut dyn Write) -> io::Result<()> {
        io::copy(&mut io::Read::take(io::repeat(0), self.0), out).map(|_| ())
    }
}

/// A mail that has an item of `class`, with a file of `len` bytes attached, in it: its parts, what was found, and itself.
fn with_item(class: &str, len: u64) -> (String, Vec<Effect>, String) {
    let start = PropTag(0x8003_0040);
    let mut names = Names::default();
    names.define(&NamedProperty { tag: start, name: PropName::lid(PSETID_APPOINTMENT, 0x820D) });
    let mut item = message([(CLASS, text(class)), (0x3001_001F, text("N"))]);
    item.props.set(start, Value::I64(unix_to_filetime(1_709_210_096)));
    attach(&mut item, [(FILENAME, text("a.bin")), (DATA, Value::Stream(Stream::new(Zeros(len))))]);
    let mut m = message([]);
    m.attachments.push(Attachment { props: props([(0x3001_001F, text("x"))]), embedded: Some(Box::new(item)) });
    let options = Options { book: &AddressBook::default(), keep_rtf: false, unwrap_tnef: false, other: Some(other) };
    let (eml, effects) = write_with(&m, &names, &options);
    (shape(&parse(&eml), 0), effects, eml)
}

#[test]
fn items_with_files_stay_what_they_are() {
    let (shape, effects, eml) = with_item("IPM.Appointment", 6000);
    assert_eq!((&*shape, &*effects), ("mixed(plain,calendar)", &[][..]));
    let calendar = parse(&eml).attachment(0).unwrap().text_contents().unwrap().replace("\r\n ", "");
    let expected = ";FILENAME=a.bin;X-FILENAME=a.bin;ENCODING=BASE64;VALUE=BINARY:".to_owned() + &"A".repeat(8000);
    assert!(calendar.contains(&(expected + "\r\n")), "{calendar}");
    // Too large for a calendar: beside it.
    let (shape, effects, eml) = with_item("IPM.Appointment", (8 << 20) + 1);
    assert_eq!((&*shape, &*effects), ("mixed(plain,rfc822<mixed(plain,calendar,octet-stream)>)", &[][..]));
    assert!(eml.contains("\r\nDTSTART:20240229T123456Z\r\n") && !eml.contains("\r\nATTACH"), "{eml:.2000}");
    let parsed = parse(&eml);
    let inner = parsed.attachment(0).unwrap().message().unwrap();
    assert_eq!(inner.attachment(0).unwrap().attachment_name(), Some("calendar.ics"));
    assert_eq!(inner.attachment(1).unwrap().contents().len(), (8 << 20) + 1);
    // A card has no place for files.
    for class in ["IPM.Contact", "IPM.DistList"] {
        let (shape, effects, eml) = with_item(class, 6000);
        assert_eq!((&*shape, &*effects), ("mixed(plain,rfc822<mixed(plain,vcard,octet-stream)>)", &[][..]));
        assert!(eml.contains("\r\nFN:N\r\n"), "{eml:.2000}");
        let parsed = parse(&eml);
        let inner = parsed.attachment(0).unwrap().message().unwrap();
        assert_eq!(inner.attachment(0).unwrap().attachment_name(), Some("contact.vcf"));
    }
}

#[test]
fn attachments_that_are_elsewhere_or_empty() {
    let mut m = message([]);
    attach(&mut m, [(METHOD, Value::I32(7)), (FILENAME, text("doc")), (0x370D_001F, text("https://h/doc?a=b"))]);
    attach(&mut m, [(METHOD, Value::I32(2)), (0x3708_001F, text("\\\\server\\share\\a.doc"))]);
    attach(&mut m, [(METHOD, Value::I32(1)), (FILENAME, text("gone.txt"))]);
    attach(&mut m, [(METHOD, Value::I32(6)), (DATA, bin([0xD0, 0xCF]))]);
    let options = Options { book: &AddressBook::default(), keep_rtf: false, unwrap_tnef: false, other: None };
    let (eml, effects) = write_with(&m, &Names::default(), &options);
    assert_eq!(effects, [Effect::Lost]);
    let parsed = parse(&eml);
    let file = |n| {
        let part = parsed.attachment(n).unwrap();
        (part.attachment_name().unwrap().to_owned(), String::from_utf8_lossy(part.contents()).into_owned())
    };
    assert_eq!(file(0), ("doc.url".into(), "[InternetShortcut]\r\nURL=https://h/doc?a=b\r\n".into()));
    assert_eq!(file(1), ("a.doc.url".into(), "[InternetShortcut]\r\nURL=file://server/share/a.doc\r\n".into()));
    assert_eq!(file(2), ("gone.txt".into(), String::new()));
    assert_eq!(file(3).0, "attachment4");
    assert_eq!(shape(&parsed, 0), "mixed(plain,internet-shortcut,internet-shortcut,octet-stream,x-ole-storage)");
}

#[test]
fn attachments_that_are_here_and_elsewhere() {
    for method in [2, 3, 4, 7] {
        let mut m = message([]);
        attach(&mut m, [(METHOD, Value::I32(method)), (0x370D_001F, text("\\\\h\\f.txt")), (DATA, bin("here"))]);
        let eml = write(&m);
        let parsed = parse(&eml);
        let files: Vec<_> =
            parsed.attachments().map(|it| (it.attachment_name().unwrap(), it.text_contents().unwrap())).collect();
        let link = ("f.txt.url", "[InternetShortcut]\r\nURL=file://h/f.txt\r\n");
        assert_eq!(files, [("f.txt", "here"), link]);
        m.attachments[0].props.set(PropTag(DATA), bin(""));
        assert_eq!(shape_of(&m), "mixed(plain,internet-shortcut)");
    }
}

#[test]
fn ole_objects_give_what_is_in_them() {
    let storage = |name: &str, bytes: &[u8]| {
        let mut storage = cfb::CompoundFile::create(io::Cursor::new(Vec::new())).unwrap();
        storage.create_stream(name).unwrap().write_all(bytes).unwrap();
        storage.into_inner().into_inner()
    };
    let presentation = |picture: &[u8]| {
        let head = [0xFFFF_FFFF, 14, 4, 1, 0, 0, 0, 1, 1, picture.len() as u32];
        [head.into_iter().flat_map(u32::to_le_bytes).collect(), picture.to_vec()].concat()
    };
    let emf = [vec![1, 0, 0, 0], vec![0; 36], b" EMF".to_vec()].concat();
    let (picture, sheet) = (storage("CONTENTS", b"GIF89a"), storage("\u{2}OlePres000", &presentation(&emf)));
    let other = storage("Contents of a drawing", b"x");
    let mut m = message([]);
    for (name, data) in [("A.gif", &picture), ("Picture", &picture), ("Sheet", &sheet), ("Drawing", &other)] {
        attach(&mut m, [(DATA, bin(data)), (FILENAME, text(name)), (METHOD, Value::I32(6))]);
    }
    // Not one, though it looks like it.
    attach(&mut m, [(DATA, bin(&picture)), (FILENAME, text("a.doc")), (METHOD, Value::I32(1))]);
    let eml = write(&m);
    let parsed = parse(&eml);
    let found: Vec<_> = parsed.attachments().map(|part| (part.attachment_name().unwrap(), part.contents())).collect();
    let expected: [(&str, &[u8]); 6] = [
        ("A.gif", b"GIF89a"),
        ("Picture.gif", b"GIF89a"),
        ("Sheet", &sheet),
        ("Sheet.emf", &emf),
        ("Drawing", &other),
        ("a.doc", &picture),
    ];
    assert_eq!(found, expected);
}

#[test]
fn what_is_signed_stays_byte_by_byte() {
    let signed = b"Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\";\r\n\tmicalg=sha-256; boundary=\"b\"\r\n\r\n\
        --b\r\nContent-Type: text/plain\r\n\r\ntrailing blank \r\n\r\n--b\r\nContent-Type: application/pkcs7-signature\r\n\
        Content-Transfer-Encoding: base64\r\n\r\nMAA=\r\n--b--\r\n";
    let mut m = message([(CLASS, text("IPM.Note.SMIME.MultipartSigned")), (BODY, text("not this"))]);
    attach(&mut m, [(DATA, bin(signed)), (MIME_TAG, text("multipart/signed")), (FILENAME, text("smime.p7m"))]);
    let eml = write(&m);
    assert!(eml.ends_with(std::str::from_utf8(signed).unwrap()));
    assert!(eml.contains("MIME-Version: 1.0\r\nContent-Type: multipart/signed"), "{eml}");
    assert_eq!(shape(&parse(&eml), 0), "signed(plain,pkcs7-signature)");
    // It has the version in its own header.
    let versioned = [b"MIME-Version: 1.0\r\n", &signed[..]].concat();
    m.attachments[0].props.set(PropTag(DATA), bin(&versioned));
    let eml = write(&m);
    assert!(eml.ends_with(std::str::from_utf8(&versioned).unwrap()));
    assert_eq!(eml.matches("MIME-Version").count(), 1, "{eml}");
    // Somebody has added a file.
    m.attachments.insert(0, Attachment { props: props([(DATA, bin("x")), (FILENAME, text("a.bin"))]), embedded: None });
    let options = Options { book: &AddressBook::default(), keep_rtf: false, unwrap_tnef: false, other: None };
    let (eml, effects) = write_with(&m, &Names::default(), &options);
    assert_eq!(effects, [Effect::Notice]);
    assert_eq!(shape(&parse(&eml), 0), "mixed(signed(plain,pkcs7-signature),octet-stream)");
    assert!(eml.contains(std::str::from_utf8(&versioned).unwrap()));
}

#[test]
fn what_is_signed_or_encrypted_as_a_whole() {
    let cms = [0x30, 0x80, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x03, 0xA0, 0x80];
    let mut m = message([(CLASS, text("IPM.Note.SMIME"))]);
    attach(&mut m, [(DATA, bin(cms)), (FILENAME, text("smime.p7m"))]);
    let eml = write(&m);
    let parsed = parse(&eml);
    assert_eq!(shape(&parsed, 0), "pkcs7-mime");
    assert_eq!(parsed.parts[0].contents(), cms);
    assert!(
        eml.contains("Content-Type: application/pkcs7-mime; smime-type=enveloped-data;\r\n name=smime.p7m\r\n"),
        "{eml}"
    );
    // Neither the one nor the other: an attachment like any.
    m.attachments[0].props.set(PropTag(DATA), bin("lost"));
    assert_eq!(shape_of(&m), "mixed(plain,pkcs7-mime)");
}

#[test]
fn an_encrypted_openpgp_message() {
    let mut m = message([]);
    attach(&mut m, [(DATA, bin("Version: 1\r\n")), (MIME_TAG, text("application/pgp-encrypted"))]);
    attach(&mut m, [(DATA, bin("-----BEGIN PGP MESSAGE-----\r\n")), (FILENAME, text("encrypted.asc"))]);
    assert_eq!(shape_of(&m), "encrypted(pgp-encrypted,octet-stream)");
    let eml = write(&m);
    assert!(eml.contains("protocol=\"application/pgp-encrypted\"") && eml.contains("\r\n\r\n-----BEGIN PGP"), "{eml}");
}

#[test]
fn reports_are_made_where_they_are_not_stored() {
    let mut m =
        message([(CLASS, text("REPORT.IPM.Note.NDR")), (SUBJECT, text("x")), (0x6820_001F, text("mx.example.org"))]);
    let recipient =
        [(0x3003_001F, text("a@b.org")), (0x0C20_0003, Value::I32(511)), (0x0C1B_001F, text("550 no\r\n such user"))];
    m.recipients.push(props(recipient));
    let inner = Some(Box::new(message([])));
    m.attachments.push(Attachment { props: props([(0x3001_001F, text("original"))]), embedded: inner });
    assert_eq!(shape_of(&m), "report(plain,delivery-status,rfc822<plain>)");
    let eml = write(&m);
    assert!(eml.contains("Content-Type: multipart/report; report-type=delivery-status;"));
    let expected = "\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\nFinal-Recipient: rfc822; a@b.org\r\nAction: failed\r\n\
        Status: 5.1.1\r\nDiagnostic-Code: x-mapi; 550 no such user\r\n";
    assert!(eml.contains(expected), "{eml}");

    let m = message([(CLASS, text("REPORT.IPM.Note.IPNNRN")), (0x1046_001F, text("<orig@x>")), (BODY, text("b"))]);
    let eml = write(&m);
    assert_eq!(shape(&parse(&eml), 0), "report(plain,disposition-notification)");
    let expected = "\r\n\r\nFinal-Recipient: rfc822; jane@example.org\r\nOriginal-Message-ID: <orig@x>\r\n\
        Disposition: manual-action/MDN-sent-automatically; deleted\r\n";
    assert!(eml.contains(expected), "{eml}");
}

#[test]
fn reports_of_each_kind_have_their_text_and_a_recipient() {
    for (class, action, status) in [
        ("REPORT.IPM.Note.NDR", "failed", "5.0.0"),
        ("REPORT.IPM.Note.DELAYED", "delayed", "4.0.0"),
        ("REPORT.IPM.Note.Delayed.DR", "delayed", "4.0.0"),
        ("REPORT.IPM.Note.RELAYED", "relayed", "2.0.0"),
        ("REPORT.IPM.Note.Expanded.DR", "expanded", "2.0.0"),
        ("REPORT.IPM.Note.DR", "delivered", "2.0.0"),
    ] {
        let eml = write(&message([(CLASS, text(class)), (0x1001_001F, text("It says this."))]));
        assert_eq!(shape(&parse(&eml), 0), "report(plain,delivery-status)", "{class}");
        assert_eq!(parse(&eml).body_text(0).unwrap().trim_end(), "It says this.", "{class}");
        let expected = format!(
            "Reporting-MTA: dns; unknown\r\n\r\nFinal-Recipient: rfc822; unknown@pffkit.invalid\r\n\
             Action: {action}\r\nStatus: {status}\r\n"
        );
        assert!(eml.contains(&expected), "{class}: {eml}");
    }
    let eml = write(&message([(CLASS, text("REPORT.IPM.Note.NDR")), (BODY, text("b")), (0x1001_001F, text("r"))]));
    assert_eq!(parse(&eml).body_text(0).unwrap().trim_end(), "b");
}

#[test]
fn a_report_that_is_stored_is_taken_as_it_is() {
    let mut m = message([(CLASS, text("REPORT.IPM.Note.NDR"))]);
    let status = "Reporting-MTA: dns; own\r\n\r\nFinal-Recipient: rfc822; a@b\r\nAction: failed\r\nStatus: 5.0.0\r\n";
    attach(&mut m, [(DATA, bin(status)), (MIME_TAG, text("message/delivery-status")), (FILENAME, text("d.txt"))]);
    attach(&mut m, [(DATA, bin("x")), (FILENAME, text("more.bin"))]);
    assert_eq!(shape_of(&m), "mixed(report(plain,delivery-status),octet-stream)");
    assert!(write(&m).contains(status));
}

#[test]
fn rtf_is_kept_where_it_is_wanted_and_pictures_in_it_always() {
    let rtf = b"{\\rtf1 {\\b a}{\\pict\\pngblip 89504e47}}";
    let value =
        [&(rtf.len() as u32 + 12).to_le_bytes()[..], &(rtf.len() as u32).to_le_bytes(), b"MELA", &[0; 4], rtf].concat();
    let m = message([(0x1009_0102, bin(value))]);
    assert_eq!(shape_of(&m), "related(alternative(plain,html),png)");
    let options = Options { book: &AddressBook::default(), keep_rtf: true, unwrap_tnef: false, other: None };
    let (eml, _) = write_with(&m, &Names::default(), &options);
    let parsed = parse(&eml);
    assert_eq!(shape(&parsed, 0), "mixed(related(alternative(plain,html),png),rtf)");
    assert_eq!(parsed.attachments().last().unwrap().contents(), rtf);
}

#[test]
fn texts_that_mail_can_not_carry_as_they_are() {
    for (body, back) in [
        ("a\nb\rc\r\n", "a\r\nb\r\nc\r\n"),
        (&*"long ".repeat(400), &*"long ".repeat(400)),
        ("From me\r\n.\r\n", "From me\r\n.\r\n"),
        ("--=_x\r\n", "--=_x\r\n"),
        ("日本語\r\n", "日本語\r\n"),
        ("no end", "no end"),
    ] {
        // In a multipart the text comes back to the byte.
        let mut m = message([(BODY, text(body))]);
        attach(&mut m, [(DATA, bin("x"))]);
        let eml = write(&m);
        assert_eq!(parse(&eml).body_text(0).unwrap(), back);
    }
}

#[test]
fn tnef_is_kept_or_taken_apart() {
    // Signature and key, then an attachment: attAttachRendData, attAttachTitle, attAttachData.
    let attribute = |id: u32, data: &[u8]| {
        let sum: u16 = data.iter().map(|byte| u16::from(*byte)).sum();
        [&[2][..], &id.to_le_bytes(), &(data.len() as u32).to_le_bytes(), data, &sum.to_le_bytes()].concat()
    };
    let attributes =
        [attribute(0x69002, &[0; 14]), attribute(0x18010, b"a.txt\0"), attribute(0x6800F, b"inside")].concat();
    let tnef = [&0x223E_9F78_u32.to_le_bytes()[..], &[1, 0], &attributes].concat();
    let mut m = message([]);
    attach(&mut m, [(DATA, bin(&tnef)), (FILENAME, text("winmail.dat"))]);
    assert_eq!(shape_of(&m), "mixed(plain,ms-tnef)");
    let options = Options { book: &AddressBook::default(), keep_rtf: false, unwrap_tnef: true, other: None };
    let (eml, _) = write_with(&m, &Names::default(), &options);
    let parsed = parse(&eml);
    assert_eq!(shape(&parsed, 0), "mixed(plain,plain)");
    assert_eq!(parsed.attachment(0).unwrap().attachment_name(), Some("a.txt"));
    assert_eq!(parsed.attachment(0).unwrap().contents(), b"inside");
    // What only says that it is TNEF stays.
    m.attachments[0].props.set(PropTag(DATA), bin("other"));
    let (eml, _) = write_with(&m, &Names::default(), &options);
    assert_eq!(shape(&parse(&eml), 0), "mixed(plain,ms-tnef)");
}
