//! PHOTO and KEY.

use std::io::{self, Write};

use super::{Version, keys};
use crate::bytes::Cursor;
use crate::mapi::Value;
use crate::mapi::tag::pr;
use crate::mime::lines::{Lines, Property};
use crate::mime::{Context, View, tags};
use crate::mt::object::Message;

/// Writes the photo of a contact and its certificates.
pub(super) fn write(
    lines: &mut Lines<'_>,
    message: &Message<'_>,
    context: Context<'_>,
    version: Version,
) -> io::Result<()> {
    for attachment in &message.attachments {
        let view = context.view(&attachment.props);
        if let Some(data) = photo(view) {
            let mime = view.text(tags::ATTACH_MIME_TAG).filter(|mime| is_image(mime));
            write_binary(lines, "PHOTO", &mime.unwrap_or_else(|| picture(data).into()), data, version)?;
        }
    }
    for certificate in certificates(context.view(&message.props)) {
        write_binary(lines, "KEY", "application/pkix-cert", &Value::Bin(certificate.into()), version)?;
    }
    Ok(())
}

/// The photo in an attachment that is one: PidTagAttachmentContactPhoto is set, or the name is what Outlook gives it ([MS-OXOCNTC] 2.2.1.8.3).
pub(super) fn photo(view: View<'_>) -> Option<&Value<'_>> {
    let name = view.text(pr::ATTACH_LONG_FILENAME).or_else(|| view.text(pr::ATTACH_FILENAME));
    let is_named = || name.is_some_and(|name| name.eq_ignore_ascii_case("ContactPicture.jpg"));
    let is_photo = view.is_set(keys::CONTACT_PHOTO) || is_named();
    view.value(pr::ATTACH_DATA_BIN).filter(|data| is_photo && matches!(data, Value::Bin(_) | Value::Stream(_)))
}

/// Whether `mime` is the type of a picture, and nothing but that: it becomes part of a URI.
fn is_image(mime: &str) -> bool {
    let in_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '-');
    mime.strip_prefix("image/").is_some_and(|kind| !kind.is_empty() && kind.chars().all(in_name))
}

/// The MIME type of a picture by its first bytes; JPEG, the most common one, where they say nothing.
fn picture(data: &Value<'_>) -> &'static str {
    let mut head = [0; 8];
    let mut room = &mut head[..];
    // Either refuses what there is no room for.
    _ = match data {
        Value::Bin(bytes) => room.write_all(bytes),
        Value::Stream(stream) => stream.copy_to(&mut room),
        _ => Ok(()),
    };
    match &head {
        b"\x89PNG\r\n\x1A\n" => "image/png",
        [b'G', b'I', b'F', b'8', ..] => "image/gif",
        [b'B', b'M', ..] => "image/bmp",
        _ => "image/jpeg",
    }
}

fn write_binary(lines: &mut Lines<'_>, name: &str, mime: &str, value: &Value<'_>, version: Version) -> io::Result<()> {
    match version {
        Version::V4 => lines.base64(name, &format!("data:{mime};base64,"), value),
        Version::V3 => {
            let kind = mime.rsplit('/').next().unwrap_or_default().to_ascii_uppercase();
            let kind = if kind == "PKIX-CERT" { "X509".to_owned() } else { kind };
            lines.base64(Property::new(name).with("ENCODING", "b").with("TYPE", &kind), "", value)
        }
    }
}

/// The X.509 certificates of a contact, in DER.
fn certificates(view: View<'_>) -> Vec<Vec<u8>> {
    let mut found: Vec<Vec<u8>> = match view.value(keys::USER_X509_CERTIFICATE) {
        Some(Value::MvBin(list)) => list.iter().filter_map(|value| certificate(value)).collect(),
        _ => Vec::new(),
    };
    if let Some(plain) = view.bytes(keys::USER_CERTIFICATE).and_then(|value| certificate(&value))
        && !found.contains(&plain)
    {
        found.push(plain);
    }
    found
}

/// The certificate in a value: the value itself, or the field of it that holds the certificate ([MS-OXOCNTC] 2.2.1.10.24).
fn certificate(value: &[u8]) -> Option<Vec<u8>> {
    /// How the DER of a certificate begins: a SEQUENCE with a length of two bytes.
    const DER: &[u8] = &[0x30, 0x82];
    /// The tag of the field.
    const CERTIFICATE: u16 = 0x0003;
    if value.starts_with(DER) {
        return Some(value.to_vec());
    }
    let mut cursor = Cursor::new(value);
    loop {
        let (tag, len) = (cursor.u16()?, usize::from(cursor.u16()?));
        // The length counts the four bytes of tag and length.
        let field = cursor.take(len.checked_sub(4)?)?;
        if tag == CERTIFICATE && field.starts_with(DER) {
            return Some(field.to_vec());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_stand_alone_or_in_a_field() {
        let der = [0x30, 0x82, 0x01, 0x00, 0xAA];
        assert_eq!(certificate(&der), Some(der.to_vec()));
        let fields = [&[1, 0, 6, 0, 7, 7, 3, 0, 9, 0][..], &der].concat();
        assert_eq!(certificate(&fields), Some(der.to_vec()));
        assert_eq!(certificate(&fields[..fields.len() - 1]), None);
        assert_eq!(certificate(&[1, 0, 0, 0]), None);
    }
}
