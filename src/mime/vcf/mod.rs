//! Contacts and distribution lists as vCard (RFC 6350, RFC 2426, [MS-OXVCARD]).

mod contact;
pub(super) mod email;
mod fields;
pub(super) mod keys;
mod media;
mod members;

use std::io::{self, Write};

pub(super) use contact::{NO_YEAR, day, full_name, uri};

use uuid::Builder;

use super::Context;
use super::identity::digest;
use super::lines::Lines;
use crate::mapi::tag::pr;
use crate::mapi::time::filetime_to_utc;
use crate::mt::object::Message;

/// Which vCard is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Version {
    /// 3.0 (RFC 2426): what older programs read.
    V3,
    /// 4.0 (RFC 6350).
    #[default]
    V4,
}

/// What vCard calls the kind of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A contact.
    Individual,
    /// A personal distribution list.
    Group,
}

impl Kind {
    /// The kind of an item of `class` (PidTagMessageClass); `None` for what is neither.
    pub fn of(class: &str) -> Option<Self> {
        let class = class.to_ascii_lowercase();
        let is = |prefix: &str| class.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        if is("ipm.contact") || is("ipm.abchperson") {
            Some(Self::Individual)
        } else {
            is("ipm.distlist").then_some(Self::Group)
        }
    }
}

/// Whether a vCard has a place for all attachments of `message`: the photo of a contact is the only one that it has.
pub fn has_place_for_all(message: &Message<'_>, context: Context<'_>) -> bool {
    let class = context.view(&message.props).text(pr::MESSAGE_CLASS).unwrap_or_default();
    let is_contact = Kind::of(&class) == Some(Kind::Individual);
    message.attachments.iter().all(|it| is_contact && media::photo(context.view(&it.props)).is_some())
}

/// Writes the vCard of `message`, and says whether there is one: items other than contacts and distribution lists have none. What is
/// wrong with the item, and what of it vCard can't hold, goes to the findings of `context`; of attachments [`has_place_for_all`] tells.
///
/// # Errors
/// Those of `out`.
pub fn write(message: &Message<'_>, context: Context<'_>, version: Version, out: &mut dyn Write) -> io::Result<bool> {
    let view = context.view(&message.props);
    let Some(kind) = view.text(pr::MESSAGE_CLASS).and_then(|class| Kind::of(&class)) else { return Ok(false) };
    let mut lines = Lines::new(out);
    let lines = &mut lines;
    lines.begin("VCARD")?;
    lines.raw("VERSION", if version == Version::V4 { "4.0" } else { "3.0" })?;
    lines.raw("PRODID", "-//pffkit//pffkit//EN")?;
    lines.raw("UID", &Builder::from_md5_bytes(digest(view)).into_uuid().urn().to_string())?;
    if let Some(modified) = view.int(pr::LAST_MODIFICATION_TIME).and_then(filetime_to_utc) {
        let pattern = if version == Version::V4 { "%Y%m%dT%H%M%SZ" } else { "%Y-%m-%dT%H:%M:%SZ" };
        lines.raw("REV", &modified.strftime(pattern).to_string())?;
    }
    match kind {
        Kind::Individual => contact::write(lines, message, context, version)?,
        Kind::Group => members::write(lines, message, context, version)?,
    }
    lines.end("VCARD")?;
    Ok(true)
}

#[cfg(test)]
mod tests;
