//! TNEF: a message in an attachment, mostly called `winmail.dat` ([MS-OXTNEF]).

mod props;

use std::borrow::Cow;

use props::Properties;

use super::tags;
use crate::bytes::{slice_at, u16_at, u32_at};
use crate::damage::{Effect, Finding, Findings};
use crate::limits::Limits;
use crate::mapi::tag::pr;
use crate::mapi::{PropTag, Props, Value, codepage};
use crate::mt::object::{Attachment, Message};

/// TNEFSignature.
const SIGNATURE: u32 = 0x223E_9F78;
/// Bytes of the signature and the legacy key.
const HEADER: usize = 6;

/// The attributes that are read ([MS-OXTNEF] 2.1.3.1).
mod att {
    pub const OEM_CODEPAGE: u32 = 0x0006_9007;
    pub const BODY: u32 = 0x0002_800C;
    pub const MESSAGE_CLASS: u32 = 0x0007_8008;
    pub const MSG_PROPS: u32 = 0x0006_9003;
    pub const ATTACH_REND_DATA: u32 = 0x0006_9002;
    pub const ATTACH_TITLE: u32 = 0x0001_8010;
    pub const ATTACH_DATA: u32 = 0x0006_800F;
    pub const ATTACHMENT: u32 = 0x0006_9005;
}

/// The message in `bytes`: its properties but for the named ones, and its attachments. `None` where it is not TNEF; what can't be
/// read of it is recorded.
pub fn read(bytes: &[u8], findings: &Findings) -> Option<Message<'static>> {
    read_nested(bytes, Limits::default().embedding, findings)
}

fn read_nested(bytes: &[u8], depth: usize, findings: &Findings) -> Option<Message<'static>> {
    if u32_at(bytes, 0)? != SIGNATURE {
        return None;
    }
    let mut stream = Stream { message: Message::default(), codepage: codepage::WESTERN, depth, findings };
    let mut at = HEADER;
    while at < bytes.len() {
        let Some((id, data)) = attribute(bytes, at) else {
            lost(findings, "a whole attribute", &format!("the end of the stream behind offset {at:#x}"));
            break;
        };
        stream.take(id, data);
        at += 9 + data.len() + 2;
    }
    Some(stream.message)
}

/// The attribute at `at`: level, id, length, data, checksum.
fn attribute(bytes: &[u8], at: usize) -> Option<(u32, &[u8])> {
    let (id, length) = (u32_at(bytes, at + 1)?, usize::try_from(u32_at(bytes, at + 5)?).ok()?);
    let data = slice_at(bytes, at + 9, length)?;
    u16_at(bytes, at + 9 + length)?;
    Some((id, data))
}

fn lost(findings: &Findings, expected: &str, found: &str) {
    findings.add(Finding::new(Effect::Lost, "TNEF", expected, found));
}

/// A stream in the course of being read.
struct Stream<'f> {
    message: Message<'static>,
    codepage: u32,
    depth: usize,
    findings: &'f Findings,
}

impl Stream<'_> {
    fn take(&mut self, id: u32, data: &[u8]) {
        match (id, self.message.attachments.last_mut()) {
            (att::OEM_CODEPAGE, _) => self.codepage = u32_at(data, 0).unwrap_or(self.codepage),
            (att::BODY, _) => {
                let text = self.text(data);
                self.message.props.set(pr::BODY, text);
            }
            (att::MESSAGE_CLASS, _) if !self.message.props.has_id(pr::MESSAGE_CLASS.id()) => {
                let class = self.text(data);
                self.message.props.set(pr::MESSAGE_CLASS, class);
            }
            (att::MSG_PROPS, _) => {
                self.properties(data).into_iter().for_each(|(tag, value)| self.message.props.set(tag, value))
            }
            (att::ATTACH_REND_DATA, _) => self.message.attachments.push(Attachment::default()),
            (att::ATTACH_DATA, Some(attachment)) => {
                attachment.props.set(pr::ATTACH_DATA_BIN, Value::bin(data.to_vec()))
            }
            (att::ATTACH_TITLE, Some(_)) => {
                let text = self.text(data);
                self.set_last(pr::ATTACH_FILENAME, text);
            }
            (att::ATTACHMENT, Some(_)) => self.attachment(data),
            _ => {}
        }
    }

    fn text(&self, data: &[u8]) -> Value<'static> {
        let end = data.iter().position(|byte| *byte == 0).unwrap_or(data.len());
        Value::str(codepage::decode(self.codepage, &data[..end]).text.into_owned())
    }

    fn set_last(&mut self, tag: PropTag, value: Value<'static>) {
        if let Some(attachment) = self.message.attachments.last_mut() {
            attachment.props.set(tag, value);
        }
    }

    fn properties(&self, data: &[u8]) -> Props<'static> {
        let mut properties = Properties::new(data, self.codepage);
        let props = properties.by_ref().filter(|(tag, _)| !tag.is_named()).collect();
        if properties.is_cut() {
            lost(
                self.findings,
                "as many properties as are counted",
                "the end of the attribute, or a type that is not known",
            );
        }
        props
    }

    /// Takes the properties of an attachment; an object in it is a message or a file.
    fn attachment(&mut self, data: &[u8]) {
        for (tag, value) in self.properties(data) {
            match value {
                Value::Bin(bytes) if tag == pr::ATTACH_DATA_OBJ => self.object(&bytes),
                value => self.set_last(tag, value),
            }
        }
    }

    /// An object: the id of its interface, then its bytes ([MS-OXTNEF] 2.1.3.4.2.5). A message is TNEF again.
    fn object(&mut self, bytes: &[u8]) {
        const INTERFACE: usize = 16;
        let bytes = bytes.get(INTERFACE..).unwrap_or_default();
        let inner = self.depth.checked_sub(1).and_then(|depth| read_nested(bytes, depth, self.findings));
        match (inner, self.message.attachments.last_mut()) {
            (Some(message), Some(attachment)) => attachment.embedded = Some(Box::new(message)),
            _ => self.set_last(pr::ATTACH_DATA_BIN, Value::bin(bytes.to_vec())),
        }
    }
}

/// `message` with the TNEF streams among its attachments, and those of embedded messages, replaced by what is in them: attachments,
/// and bodies where the message has none of the kind. One that has more in it, or that can't be read as a whole, stays, too. `None`
/// where there is none.
pub(super) fn unwrap<'m>(message: &Message<'m>, findings: &Findings) -> Option<Message<'m>> {
    let mut found = false;
    let mut whole =
        Message { props: message.props.clone(), recipients: message.recipients.clone(), attachments: Vec::new() };
    for attachment in &message.attachments {
        let embedded = attachment.embedded.as_deref().and_then(|inner| unwrap(inner, findings));
        let own = Findings::new();
        let inner = contents(attachment).and_then(|bytes| read(&bytes, &own));
        let is_all = own.is_empty() && inner.as_ref().is_some_and(is_note);
        own.take().into_iter().for_each(|finding| findings.add(finding));
        found |= embedded.is_some() || inner.is_some();
        match (inner, embedded) {
            (Some(inner), _) => {
                whole.attachments.extend((!is_all).then(|| attachment.clone()));
                merge(&mut whole, inner);
            }
            (None, Some(embedded)) => {
                whole.attachments.push(Attachment { embedded: Some(Box::new(embedded)), ..attachment.clone() });
            }
            (None, None) => whole.attachments.push(attachment.clone()),
        }
    }
    found.then_some(whole)
}

/// Whether `message` is a mail, all of which is in its text and attachments: by its class, which older writers spell otherwise
/// ([MS-OXTNEF] 2.1.3.2). A stream without a class is part of the mail that it came with.
fn is_note(message: &Message<'_>) -> bool {
    let class = message.props.str(pr::MESSAGE_CLASS).unwrap_or("IPM.Note");
    ["IPM.Note", "IPM.Microsoft Mail.Note"].iter().any(|note| class.eq_ignore_ascii_case(note))
}

/// The bytes of `attachment`, where it says that it is TNEF and they are few enough to be held.
fn contents<'a>(attachment: &'a Attachment<'_>) -> Option<Cow<'a, [u8]>> {
    let text = |tag: PropTag| attachment.props.str(tag).unwrap_or_default().to_ascii_lowercase();
    let is_tnef = text(tags::ATTACH_MIME_TAG).ends_with("ms-tnef")
        || [pr::ATTACH_LONG_FILENAME, pr::ATTACH_FILENAME].into_iter().any(|tag| text(tag) == "winmail.dat");
    match attachment.props.get(pr::ATTACH_DATA_BIN).filter(|_| is_tnef)? {
        Value::Bin(bytes) => Some(Cow::Borrowed(bytes)),
        Value::Stream(stream) if stream.len() <= Limits::default().value_bytes => stream.to_vec().ok().map(Cow::Owned),
        _ => None,
    }
}

fn merge<'m>(message: &mut Message<'m>, inner: Message<'m>) {
    let bodies = [pr::BODY, pr::HTML, pr::RTF_COMPRESSED, pr::INTERNET_CPID].map(PropTag::id);
    for (tag, value) in inner.props {
        if bodies.contains(&tag.id()) && !message.props.has_id(tag.id()) {
            message.props.set(tag, value);
        }
    }
    message.attachments.extend(inner.attachments);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(level: u8, id: u32, data: &[u8]) -> Vec<u8> {
        let sum = data.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
        [&[level][..], &id.to_le_bytes(), &(data.len() as u32).to_le_bytes(), data, &sum.to_le_bytes()].concat()
    }

    fn tnef(attributes: &[Vec<u8>]) -> Vec<u8> {
        [&SIGNATURE.to_le_bytes()[..], &[1, 0], &attributes.concat()].concat()
    }

    /// A property of a variable size, with one value.
    fn property(tag: u32, value: &[u8]) -> Vec<u8> {
        let mut bytes = [&tag.to_le_bytes()[..], &[1, 0, 0, 0], &(value.len() as u32).to_le_bytes(), value].concat();
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    fn list(properties: &[Vec<u8>]) -> Vec<u8> {
        [&(properties.len() as u32).to_le_bytes()[..], &properties.concat()].concat()
    }

    fn sample() -> Vec<u8> {
        let named = [
            &0x8005_0003_u32.to_le_bytes()[..],
            &[7; 16],
            &[1, 0, 0, 0, 6, 0, 0, 0, b'a', 0, b'b', 0, 0, 0, 0, 0],
            &[9, 0, 0, 0],
        ];
        let body = list(&[named.concat(), property(0x1013_0102, b"<p>x"), property(0x0037_001F, b"s\0\0\0")]);
        let inner = tnef(&[attribute(1, att::BODY, b"inner\0")]);
        let object = [&[0; 16][..], &inner].concat();
        tnef(&[
            attribute(1, att::OEM_CODEPAGE, &[0xE3, 4, 0, 0, 0, 0, 0, 0]),
            attribute(1, att::BODY, b"\xe4\0"),
            attribute(1, att::MSG_PROPS, &body),
            attribute(2, att::ATTACH_REND_DATA, &[0; 14]),
            attribute(2, att::ATTACH_TITLE, b"short.txt\0"),
            attribute(2, att::ATTACH_DATA, b"data"),
            attribute(2, att::ATTACHMENT, &list(&[property(0x3707_001F, b"l\0o\0n\0g\0\0\0")])),
            attribute(2, att::ATTACH_REND_DATA, &[0; 14]),
            attribute(2, att::ATTACHMENT, &list(&[property(0x3701_000D, &object)])),
        ])
    }

    #[test]
    fn message_and_attachments() {
        let findings = Findings::new();
        let message = read(&sample(), &findings).unwrap();
        assert!(findings.is_empty());
        // In code page 1251.
        assert_eq!(message.props.str(pr::BODY), Some("д"));
        assert_eq!(message.props.get(pr::HTML).unwrap().as_bin(), Some(&b"<p>x"[..]));
        assert_eq!(message.props.str(pr::SUBJECT), Some("s"));
        assert_eq!(message.props.len(), 3);
        let [first, second] = message.attachments.as_slice() else { panic!("two attachments") };
        assert_eq!(first.props.str(pr::ATTACH_LONG_FILENAME), Some("long"));
        assert_eq!(first.props.get(pr::ATTACH_DATA_BIN).unwrap().as_bin(), Some(&b"data"[..]));
        assert_eq!(second.embedded.as_ref().unwrap().props.str(pr::BODY), Some("inner"));
    }

    #[test]
    fn every_cut_is_a_loss_and_damage_does_no_harm() {
        let whole = sample();
        let ends: Vec<usize> = {
            let mut at = HEADER;
            std::iter::from_fn(|| {
                let (_, data) = super::attribute(&whole, at)?;
                at += 11 + data.len();
                Some(at)
            })
            .collect()
        };
        for at in HEADER + 1..whole.len() {
            let findings = Findings::new();
            read(&whole[..at], &findings).unwrap();
            assert_eq!(findings.is_empty(), ends.contains(&at), "{at}");
            for byte in [0, 0xFF] {
                let mut damaged = whole.clone();
                damaged[at] = byte;
                read(&damaged, &Findings::new());
            }
        }
        assert!(read(b"no TNEF", &Findings::new()).is_none());
    }

    #[test]
    fn messages_in_messages_have_an_end() {
        let mut bytes = tnef(&[]);
        for _ in 0..40 {
            let object = property(0x3701_000D, &[&[0; 16][..], &bytes].concat());
            bytes =
                tnef(&[attribute(2, att::ATTACH_REND_DATA, &[0; 14]), attribute(2, att::ATTACHMENT, &list(&[object]))]);
        }
        let message = read(&bytes, &Findings::new()).unwrap();
        let inner = |message: &Message<'static>| message.attachments[0].embedded.as_deref().cloned();
        let messages: Vec<_> = std::iter::successors(Some(message), inner).collect();
        assert_eq!(messages.len(), 1 + Limits::default().embedding);
        // What is deeper stays as it is.
        assert!(messages.last().unwrap().attachments[0].props.has_id(pr::ATTACH_DATA_BIN.id()));
    }

    #[test]
    fn what_is_in_it_takes_its_place() {
        let data = [(pr::ATTACH_LONG_FILENAME, Value::str("WinMail.dat")), (pr::ATTACH_DATA_BIN, Value::bin(sample()))];
        let attachment = Attachment { props: data.into_iter().collect(), embedded: None };
        let props: Props<'_> = [(pr::BODY, Value::str("outer"))].into_iter().collect();
        let message = Message { props, attachments: vec![attachment], ..Message::default() };
        let whole = unwrap(&message, &Findings::new()).unwrap();
        assert_eq!(whole.attachments.len(), 2);
        assert_eq!(whole.props.str(pr::BODY), Some("outer"));
        assert!(whole.props.has_id(pr::HTML.id()) && !whole.props.has_id(pr::SUBJECT.id()));
        assert!(unwrap(&whole, &Findings::new()).is_none());
    }

    #[test]
    fn a_stream_with_more_in_it_than_was_taken_out_stays() {
        let kept = |bytes: Vec<u8>| {
            let data = [(pr::ATTACH_FILENAME, Value::str("winmail.dat")), (pr::ATTACH_DATA_BIN, Value::bin(bytes))];
            let attachment = Attachment { props: data.into_iter().collect(), embedded: None };
            let message = Message { attachments: vec![attachment], ..Message::default() };
            let findings = Findings::new();
            let whole = unwrap(&message, &findings).unwrap();
            (whole.attachments.len() == 1, findings.worst())
        };
        let class = |class: &[u8]| tnef(&[attribute(1, att::MESSAGE_CLASS, class)]);
        assert_eq!(kept(class(b"IPM.Microsoft Mail.Note\0")), (false, None));
        assert_eq!(kept(class(b"IPM.Microsoft Schedule.MtgReq\0")), (true, None));
        let utf16 = |text: &str| text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        let properties = list(&[property(0x001A_001F, &utf16("IPM.Schedule.Meeting.Request"))]);
        assert_eq!(kept(tnef(&[attribute(1, att::MSG_PROPS, &properties)])), (true, None));
        let note = list(&[property(0x001A_001F, &utf16("IPM.Note"))]);
        let mut cut = tnef(&[attribute(1, att::MSG_PROPS, &note)]);
        assert_eq!(kept(cut.clone()), (false, None));
        cut.pop();
        assert_eq!(kept(cut), (true, Some(Effect::Lost)));
    }
}
