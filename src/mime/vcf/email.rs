//! The three e-mail addresses of a contact ([MS-OXOCNTC] 2.2.1.2).

use super::keys::{self, address};
use crate::mapi::tag::pr;
use crate::mime::address::{is_x500, one_off, smtp, smtp_within};
use crate::mime::{Context, Key, View};

/// PidLidEmail1DisplayName, PidLidEmail2DisplayName, PidLidEmail3DisplayName; the other properties of each stand at fixed distances.
const FIRST: [u32; 3] = [0x8080, 0x8090, 0x80A0];
const ADDRESS_TYPE: u32 = 2;
const EMAIL_ADDRESS: u32 = 3;
const ORIGINAL_DISPLAY_NAME: u32 = 4;
const ORIGINAL_ENTRY_ID: u32 = 5;

/// One e-mail address of a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::mime) struct Email {
    /// What it is shown as.
    pub name: String,
    /// The address in the form of the internet; `None` where none is known.
    pub smtp: Option<String>,
    /// The address as it stands.
    pub address: String,
    /// The type of `address`: `SMTP`, `EX` or another.
    pub kind: String,
}

/// The e-mail addresses of the contact `view`, in order: those of [MS-OXOCNTC] 2.2.1.2 and, where none of them is one of the internet,
/// that of the object itself, which is all that entries of address books have ([MS-OXOABK] 2.2.3).
pub(in crate::mime) fn emails(view: View<'_>, context: Context<'_>) -> Vec<Email> {
    let mut emails: Vec<_> = FIRST.into_iter().filter_map(|first| numbered(view, first, context)).collect();
    if emails.iter().all(|email| email.smtp.is_none()) {
        emails.extend(own(view, context).filter(|own| emails.iter().all(|email| email.address != own.address)));
    }
    emails
}

/// The address whose display name is PidLid `first`.
fn numbered(view: View<'_>, first: u32, context: Context<'_>) -> Option<Email> {
    let text = |distance| view.text(address(first + distance)).unwrap_or_default().into_owned();
    let entry = view.bytes(address(first + ORIGINAL_ENTRY_ID)).and_then(|id| one_off(&id));
    let [_, entry_kind, entry_address] = entry.unwrap_or_default();
    let (kind, stored) = (text(ADDRESS_TYPE), text(EMAIL_ADDRESS));
    let (kind, stored) = if stored.is_empty() { (entry_kind, entry_address) } else { (kind, stored) };
    let name = text(0);
    let shown = smtp_within(&text(ORIGINAL_DISPLAY_NAME)).or_else(|| smtp_within(&name));
    Email::new(name, kind, stored, shown, context)
}

/// The address of the object itself.
fn own(view: View<'_>, context: Context<'_>) -> Option<Email> {
    let text = |key: Key| view.text(key).unwrap_or_default().into_owned();
    let shown = smtp(&text(keys::SMTP_ADDRESS));
    Email::new(text(pr::DISPLAY_NAME.into()), text(keys::ADDRTYPE), text(keys::EMAIL_ADDRESS), shown, context)
}

impl Email {
    /// The address `stored` of type `kind`; where it is none of the internet, the book may know that, or else it is `shown`. `None` where
    /// there is neither.
    fn new(name: String, kind: String, stored: String, shown: Option<String>, context: Context<'_>) -> Option<Self> {
        let resolved = || is_x500(&stored).then(|| context.book.get(&stored)).flatten();
        let smtp = smtp(&stored).or_else(resolved).or(shown);
        let address = if stored.is_empty() { smtp.clone()? } else { stored };
        Some(Self { name, smtp, address, kind })
    }
}
