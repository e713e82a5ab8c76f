//! ATTACH: attachments, inline in base64.

use std::io;

use super::keys;
use crate::damage::{Effect, Finding};
use crate::mapi::Value;
use crate::mapi::tag::pr;
use crate::mime::eml::{self, Item, Options};
use crate::mime::lines::{Lines, Property};
use crate::mime::{Context, other, tags, vcf};
use crate::mt::object::Attachment;

/// PidTagAttachmentFlags: afException ([MS-OXOCAL] 2.2.10.1.2).
const EXCEPTION: i64 = 2;
/// The class of messages in which exceptions are.
const EXCEPTION_CLASS: &str = "ipm.ole.class.{00061055";

/// Whether `attachment` is not one that a user has made, but an exception of a series.
pub(super) fn is_exception(attachment: &Attachment<'_>, context: Context<'_>) -> bool {
    let flags = context.view(&attachment.props).int(keys::ATTACHMENT_FLAGS).unwrap_or(0);
    let embedded = attachment.embedded.as_deref().map(|message| context.view(&message.props));
    embedded.is_some_and(|message| {
        let class = message.text(pr::MESSAGE_CLASS).unwrap_or_default().to_ascii_lowercase();
        flags & EXCEPTION != 0 || class.starts_with(EXCEPTION_CLASS)
    })
}

/// Writes those of `attachments` that a user has made.
pub(super) fn write(lines: &mut Lines<'_>, attachments: &[Attachment<'_>], context: Context<'_>) -> io::Result<()> {
    attachments.iter().filter(|it| !is_exception(it, context)).try_for_each(|it| write_one(lines, it, context))
}

fn write_one(lines: &mut Lines<'_>, attachment: &Attachment<'_>, context: Context<'_>) -> io::Result<()> {
    let view = context.view(&attachment.props);
    let text = |keys: [crate::mapi::PropTag; 3]| keys.into_iter().find_map(|key| view.text(key));
    let name = text([pr::ATTACH_LONG_FILENAME, pr::ATTACH_FILENAME, pr::DISPLAY_NAME]);
    let inline = |mime: &str, extension: &str| {
        let property = Property::new("ATTACH").with("FMTTYPE", mime);
        let named = name.as_ref().map(|name| format!("{name}{extension}"));
        let property = named.iter().fold(property, |it, name| it.with("FILENAME", name).with("X-FILENAME", name));
        property.with("ENCODING", "BASE64").with("VALUE", "BINARY")
    };
    if let Some(data @ (Value::Bin(_) | Value::Stream(_))) = view.value(pr::ATTACH_DATA_BIN) {
        let mime = view.text(tags::ATTACH_MIME_TAG).unwrap_or("application/octet-stream".into());
        return lines.base64(inline(&mime, ""), "", data);
    }
    if let Some(message) = attachment.embedded.as_deref() {
        let item = Item { message, names: context.names };
        let options = Options { book: context.book, keep_rtf: false, unwrap_tnef: false, other: Some(other) };
        return lines.base64_of(inline("message/rfc822", ".eml"), "", |out| {
            eml::write(item, &options, context.findings, out).map(drop)
        });
    }
    let path = text([tags::ATTACH_LONG_PATHNAME, tags::ATTACH_PATHNAME, tags::ATTACH_CONTENT_LOCATION]);
    if let Some(address) = path.as_deref().filter(|path| path.contains("://")) {
        return lines.raw("ATTACH", &vcf::uri(address));
    }
    let found = format!("neither ({})", name.unwrap_or("without name".into()));
    context.findings.add(Finding::new(Effect::Lost, "attachment", "bytes, or an address of them", found));
    Ok(())
}
