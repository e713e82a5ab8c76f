//! Messages that are signed or encrypted ([MS-OXOSMIME]): what a signature covers is kept byte by byte.

use super::Item;
use super::attachment::{self, Attached};
use super::part::{Content, Data, Part, Root};
use crate::damage::{Effect, Finding, Findings};
use crate::mime::field::Field;
use crate::mime::wire::LineScan;

/// What stands behind the header of `item`, where it is an S/MIME or OpenPGP message.
pub(super) fn root<'a>(item: Item<'a>, class: &str, findings: &Findings) -> Option<Root<'a>> {
    let attachments = attachment::all(item);
    let [first, rest @ ..] = attachments.as_slice() else { return None };
    if class.contains(".SMIME") && rest.is_empty() {
        return smime(*first, findings);
    }
    match rest {
        [second] => openpgp(*first, *second).map(Root::Part),
        _ => None,
    }
}

/// The one attachment of an S/MIME message is all of the message: a part with its header, or only the cryptographic message.
fn smime<'a>(attached: Attached<'a>, findings: &Findings) -> Option<Root<'a>> {
    let data = attached.data()?;
    let head = data.head();
    if has_header(&head) {
        return Some(Root::Signed(data));
    }
    let is_cms = head.first() == Some(&0x30);
    if !is_cms {
        let found = "neither; the attachment is kept as it is";
        let expected = "a part with Content-Type, or a cryptographic message, in an S/MIME message";
        findings.add(Finding::new(Effect::Notice, "PidTagAttachDataBinary", expected, found));
        return None;
    }
    let part = Part::new("application/pkcs7-mime", Content::Data(data));
    let part = match smime_type(&head) {
        Some(kind) => part.parameter("smime-type", kind),
        None => part,
    };
    Some(Root::Part(part.file("smime.p7m")))
}

/// Whether `head` begins with the header of a part.
fn has_header(head: &[u8]) -> bool {
    let lines = head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let is_type = |line: &[u8]| line.get(..13).is_some_and(|name| name.eq_ignore_ascii_case(b"content-type:"));
    lines.take_while(|line| !line.is_empty()).any(is_type)
}

/// The smime-type (RFC 8551 3.2.2) of a ContentInfo that begins with `head`.
fn smime_type(head: &[u8]) -> Option<&'static str> {
    /// The object identifier 1.2.840.113549.1.7, to which one more byte belongs.
    const PKCS7: [u8; 10] = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07];
    /// Bytes in which it must stand: behind a SEQUENCE and its length.
    const START: usize = 24;
    let head = &head[..head.len().min(START)];
    let at = head.windows(PKCS7.len()).position(|window| window == PKCS7)?;
    match head.get(at + PKCS7.len())? {
        2 => Some("signed-data"),
        3 => Some("enveloped-data"),
        _ => None,
    }
}

/// The two attachments of an encrypted OpenPGP message, put together again (RFC 3156 4).
fn openpgp<'a>(first: Attached<'a>, second: Attached<'a>) -> Option<Part<'a>> {
    const CONTROL: &str = "application/pgp-encrypted";
    if first.media_type().as_deref() != Some(CONTROL) {
        return None;
    }
    let part = |media_type, data: Data<'a>| {
        let content = if data.scan::<LineScan>().is_clean() { Content::Lines(data) } else { Content::Data(data) };
        Part::new(media_type, content)
    };
    let name = second.name();
    let disposition = Field::with_parameters("Content-Disposition", "inline", &[("filename", &name)], false);
    let control = part(CONTROL, first.data()?);
    let content = part("application/octet-stream", second.data()?).parameter("name", name).field(disposition);
    let whole = Part::new("multipart/encrypted", Content::Multi(vec![control, content]));
    Some(whole.parameter("protocol", CONTROL))
}
