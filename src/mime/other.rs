//! Items that are not mail, as parts of a mail.

use super::Context;
use super::address::AddressBook;
use super::eml::{Item, Other};
use super::ics::{self, Method};
use super::vcf::{self, Version};
use crate::damage::Findings;
use crate::mapi::Value;
use crate::mapi::tag::pr;
use crate::mt::object::{Attachment, Message};

/// More bytes than attachments in a calendar or card may have, which is gathered in memory.
const MOST: u64 = 8 << 20;

/// `item` as a calendar or vCard, for [`super::eml::Options::other`], with its attachments where there is a place for them and they are
/// few enough; `None` where it is neither a calendar item nor a contact.
pub fn other(item: Item<'_>, book: &AddressBook, findings: &Findings) -> Option<Other> {
    let context = Context { names: item.names, book, findings };
    let method = Method::of(item.view());
    let light = (attached(item.message) > MOST).then(|| without_files(item.message));
    let message = light.as_ref().unwrap_or(item.message);
    let mut out = Vec::new();
    // Nothing is written to but memory.
    let (media_type, has_place) = if ics::write(message, context, method, &mut out).ok()? {
        ("text/calendar", method.is_none())
    } else {
        out.clear();
        let is_card = vcf::write(message, context, Version::V4, &mut out).ok()?;
        is_card.then(|| ("text/vcard", vcf::has_place_for_all(message, context)))?
    };
    let is_whole = has_place && light.is_none();
    Some(Other { media_type, method: method.map(Method::name), text: String::from_utf8(out).ok()?, is_whole })
}

/// How many bytes the attachments of `message` have, and those of messages in it.
fn attached(message: &Message<'_>) -> u64 {
    let of = |it: &Attachment<'_>| {
        let own = match it.props.get(pr::ATTACH_DATA_BIN) {
            Some(Value::Bin(bytes)) => bytes.len() as u64,
            Some(Value::Stream(stream)) => stream.len(),
            _ => 0,
        };
        own.saturating_add(it.embedded.as_deref().map_or(0, attached))
    };
    message.attachments.iter().map(of).fold(0, u64::saturating_add)
}

/// `message` with the messages in it, which exceptions of a series are, but without files.
fn without_files<'m>(message: &Message<'m>) -> Message<'m> {
    let light = |it: &Attachment<'m>| {
        let embedded = Some(Box::new(without_files(it.embedded.as_deref()?)));
        Some(Attachment { props: it.props.clone(), embedded })
    };
    let attachments = message.attachments.iter().filter_map(light).collect();
    Message { props: message.props.clone(), recipients: message.recipients.clone(), attachments }
}
