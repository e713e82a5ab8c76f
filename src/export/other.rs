//! Calendars and cards within mail.

use crate::damage::Findings;
use crate::mapi::Value;
use crate::mime::address::AddressBook;
use crate::mime::eml::{Item, Other};
use crate::mime::ics::{self, Method};
use crate::mime::{Context, vcf};
use crate::mt::object::Message;

/// Bytes of contents of an item that may become a calendar or card, which is held in memory. A larger one stays a message.
const MOST: u64 = 1 << 20;

/// The calendar that goes with the mail of a meeting, or what an embedded appointment, task or contact is.
pub(super) fn other(item: Item<'_>, book: &AddressBook, findings: &Findings) -> Option<Other> {
    let mut text = Vec::new();
    let context = Context { names: item.names, book, findings };
    let method = Method::of(item.view());
    let class = item.class();
    let (media_type, written) = if method.is_some() {
        // Its attachments are parts of the mail.
        let alone = Message {
            props: item.message.props.clone(),
            recipients: item.message.recipients.clone(),
            ..Message::default()
        };
        ("text/calendar", ics::write(&alone, context, method, &mut text))
    } else if contents(item.message) > MOST {
        return None;
    } else if ics::Kind::of(&class).is_some() {
        ("text/calendar", ics::write(item.message, context, Some(Method::Publish), &mut text))
    } else {
        ("text/vcard", vcf::write(item.message, context, vcf::Version::V4, &mut text))
    };
    let text = written.ok().filter(|written| *written).and_then(|_| String::from_utf8(text).ok())?;
    Some(Other { media_type, method: method.map(Method::name), text })
}

/// Bytes of what may be large in `message`.
fn contents(message: &Message<'_>) -> u64 {
    let size = |value: &Value<'_>| match value {
        Value::Bin(bytes) => bytes.len() as u64,
        Value::Str(text) => text.len() as u64,
        Value::Stream(stream) => stream.len(),
        _ => 0,
    };
    let all = message.attachments.iter().map(|attachment| {
        let own: u64 = attachment.props.iter().map(|(_, value)| size(value)).sum();
        own + attachment.embedded.as_deref().map_or(0, contents)
    });
    message.props.iter().map(|(_, value)| size(value)).sum::<u64>() + all.sum::<u64>()
}
