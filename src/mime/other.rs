//! Items that are not mail, as parts of a mail.

use super::Context;
use super::address::AddressBook;
use super::eml::{Item, Other};
use super::ics::{self, Method};
use super::vcf::{self, Version};
use crate::damage::{Effect, Finding, Findings};
use crate::mapi::Value;
use crate::mapi::tag::pr;

/// `item` as a calendar or vCard, for [`super::eml::Options::other`]; `None` where it is neither a calendar item nor a contact, or has
/// attachments that a vCard has no place for, or that are too large to be gathered: those are for a part of their own.
pub fn other(item: Item<'_>, book: &AddressBook, findings: &Findings) -> Option<Other> {
    let context = Context { names: item.names, book, findings };
    let method = Method::of(item.view());
    if method.is_none() && is_large(item) {
        let found = "attachments that are not, so that it is written as a message";
        findings.add(Finding::new(Effect::Altered, "embedded item", "attachments small enough for a calendar", found));
        return None;
    }
    if vcf::Kind::of(&item.class()).is_some() && !vcf::has_place_for_all(item.message, context) {
        return None;
    }
    let mut out = Vec::new();
    // Nothing is written to but memory.
    let media_type = if ics::write(item.message, context, method, &mut out).ok()? {
        "text/calendar"
    } else {
        out.clear();
        vcf::write(item.message, context, Version::V4, &mut out).ok()?.then_some("text/vcard")?
    };
    Some(Other { media_type, method: method.map(Method::name), text: String::from_utf8(out).ok()? })
}

/// Whether attachments of a calendar item or contact are kept outside of memory.
fn is_large(item: Item<'_>) -> bool {
    let class = item.class();
    let is_other = ics::Kind::of(&class).is_some() || vcf::Kind::of(&class).is_some();
    let data = item.message.attachments.iter().map(|attachment| attachment.props.get(pr::ATTACH_DATA_BIN));
    is_other && data.into_iter().any(|data| matches!(data, Some(Value::Stream(_))))
}
