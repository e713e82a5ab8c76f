//! Messages that are signed or encrypted ([MS-OXOSMIME]): what a signature covers is kept byte by byte.

use super::attachment::{self, Attached};
use super::part::{Content, Data, Part};
use super::{Item, Options};
use crate::damage::{Effect, Finding, Findings};
use crate::mime::field::Field;
use crate::mime::wire::LineScan;

/// What stands behind the header of `item`, where it is an S/MIME or OpenPGP message.
pub(super) fn root<'a>(item: Item<'a>, class: &str, options: &Options<'_>, findings: &Findings) -> Option<Part<'a>> {
    let attachments = attachment::all(item);
    let smime = class.contains(".SMIME").then(|| smime(&attachments, options, findings)).flatten();
    smime.or_else(|| match attachments.as_slice() {
        [first, second] => openpgp(*first, *second),
        _ => None,
    })
}

/// One attachment of an S/MIME message is all of it: the only one, or the first that says so. Others, which somebody has added on the
/// way, stand behind it.
fn smime<'a>(attachments: &[Attached<'a>], options: &Options<'_>, findings: &Findings) -> Option<Part<'a>> {
    let says_so = |it: &Attached<'_>| {
        let media_type = it.media_type().unwrap_or_default();
        ["multipart/signed", "application/pkcs7-mime", "application/x-pkcs7-mime"].contains(&media_type.as_str())
    };
    let at = if attachments.len() == 1 { 0 } else { attachments.iter().position(says_so)? };
    let whole = cryptographic(*attachments.get(at)?, findings)?;
    if attachments.len() > 1 {
        let found = format!("{}; they stand beside what is signed or encrypted", attachments.len());
        findings.add(Finding::new(Effect::Notice, "attachments", "one in an S/MIME message", found));
    }
    let others = attachments.iter().enumerate().filter(|(i, _)| *i != at);
    let others = others.flat_map(|(_, attached)| attached.parts(false, options, findings));
    Some(Part::multi("multipart/mixed", std::iter::once(whole).chain(others).collect()))
}

/// The content of S/MIME in an attachment: a part with its header, or only the cryptographic message.
fn cryptographic<'a>(attached: Attached<'a>, findings: &Findings) -> Option<Part<'a>> {
    let data = attached.data()?;
    if data.has_field("content-type") {
        return Some(Part::new("multipart/signed", Content::Signed(data)));
    }
    let head = data.head();
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
    Some(part.file("smime.p7m"))
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
