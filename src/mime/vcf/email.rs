//! The three e-mail addresses of a contact ([MS-OXOCNTC] 2.2.1.2).

use super::keys::address;
use crate::mime::address::{is_x500, one_off, smtp};
use crate::mime::{Context, View};

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

/// The e-mail addresses of the contact `view`, in order.
pub(in crate::mime) fn emails(view: View<'_>, context: Context<'_>) -> Vec<Email> {
    FIRST.into_iter().filter_map(|first| email(view, first, context)).collect()
}

fn email(view: View<'_>, first: u32, context: Context<'_>) -> Option<Email> {
    let text = |distance| view.text(address(first + distance)).unwrap_or_default().into_owned();
    let entry = view.bytes(address(first + ORIGINAL_ENTRY_ID)).and_then(|id| one_off(&id));
    let [_, entry_kind, entry_address] = entry.unwrap_or_default();
    let (kind, stored) = (text(ADDRESS_TYPE), text(EMAIL_ADDRESS));
    let (kind, stored) = if stored.is_empty() { (entry_kind, entry_address) } else { (kind, stored) };
    let name = text(0);
    if stored.is_empty() {
        return None;
    }
    let resolved = || is_x500(&stored).then(|| context.book.get(&stored)).flatten();
    let shown = || smtp(&text(ORIGINAL_DISPLAY_NAME)).or_else(|| smtp(&name));
    let smtp = smtp(&stored).or_else(resolved).or_else(shown);
    Some(Email { name, smtp, address: stored, kind })
}
