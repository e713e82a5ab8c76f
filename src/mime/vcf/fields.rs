//! Which property of a contact becomes which property of a vCard, where that is all there is to say.

use super::keys::{address, text};
use super::{Version, keys};
use crate::mime::Key;

/// A telephone number and its TYPEs in 4.0 and in 3.0.
pub(super) const TELEPHONES: [(Key, &str, &str); 19] = [
    (text(0x3A1A), "voice", "VOICE,PREF"),
    (text(0x3A08), "work,voice", "WORK,VOICE"),
    (text(0x3A1B), "work,voice", "WORK,VOICE"),
    (text(0x3A09), "home,voice", "HOME,VOICE"),
    (text(0x3A2F), "home,voice", "HOME,VOICE"),
    (text(0x3A1C), "cell", "CELL"),
    (text(0x3A1F), "voice", "VOICE"),
    (text(0x3A24), "work,fax", "WORK,FAX"),
    (text(0x3A25), "home,fax", "HOME,FAX"),
    (text(0x3A23), "fax", "FAX"),
    (text(0x3A21), "pager", "PAGER"),
    (text(0x3A1E), "x-car", "CAR"),
    (text(0x3A1D), "x-radio", "X-RADIO"),
    (text(0x3A02), "x-callback", "X-CALLBACK"),
    (text(0x3A2E), "x-assistant", "X-ASSISTANT"),
    (text(0x3A57), "work,x-company", "WORK,X-COMPANY"),
    (text(0x3A2D), "x-isdn", "ISDN"),
    (text(0x3A2C), "x-telex", "X-TELEX"),
    (text(0x3A4B), "textphone", "X-TTY"),
];

/// People: their TYPE in RELATED (4.0), and the property that programs use in 3.0.
pub(super) const RELATED: [(Key, &str, &str); 4] = [
    (keys::SPOUSE, "spouse", "X-SPOUSE"),
    (keys::CHILDREN, "child", "X-CHILD"),
    (keys::ASSISTANT, "agent", "X-ASSISTANT"),
    (keys::MANAGER, "x-manager", "X-MANAGER"),
];

/// Texts that are one property, called by `.1` in 4.0 and by `.2` in 3.0.
pub(super) const TEXTS: [(Key, &str, &str); 26] = [
    (keys::NICKNAME, "NICKNAME", "NICKNAME"),
    (keys::TITLE, "TITLE", "TITLE"),
    (keys::PROFESSION, "ROLE", "ROLE"),
    (text(0x3A43), "HOBBY", "X-HOBBY"),
    (text(0x3A0C), "X-LANGUAGE", "X-LANGUAGE"),
    (text(0x3A0A), "X-INITIALS", "X-INITIALS"),
    (text(0x3A0D), "X-LOCATION", "X-LOCATION"),
    (text(0x3A00), "X-ACCOUNT", "X-ACCOUNT"),
    (text(0x3A07), "X-GOVERNMENT-ID", "X-GOVERNMENT-ID"),
    (text(0x3A10), "X-ORGANIZATIONAL-ID", "X-ORGANIZATIONAL-ID"),
    (text(0x3A47), "X-REFERRED-BY", "X-REFERRED-BY"),
    (text(0x3A49), "X-COMPUTER-NETWORK-NAME", "X-COMPUTER-NETWORK-NAME"),
    (text(0x3A4A), "X-CUSTOMER-ID", "X-CUSTOMER-ID"),
    (keys::MILEAGE, "X-MILEAGE", "X-MILEAGE"),
    (keys::BILLING, "X-BILLING", "X-BILLING"),
    (address(0x802C), "X-PHONETIC-FIRST-NAME", "X-PHONETIC-FIRST-NAME"),
    (address(0x802D), "X-PHONETIC-LAST-NAME", "X-PHONETIC-LAST-NAME"),
    (address(0x802E), "X-PHONETIC-ORG", "X-PHONETIC-ORG"),
    (address(0x804F), "X-USER-FIELD-1", "X-USER-FIELD-1"),
    (address(0x8050), "X-USER-FIELD-2", "X-USER-FIELD-2"),
    (address(0x8051), "X-USER-FIELD-3", "X-USER-FIELD-3"),
    (address(0x8052), "X-USER-FIELD-4", "X-USER-FIELD-4"),
    (keys::FILE_UNDER, "X-FILE-AS", "X-FILE-AS"),
    (address(0x80B3), "X-PFFKIT-FAX-ADDRESS-1", "X-PFFKIT-FAX-ADDRESS-1"),
    (address(0x80C3), "X-PFFKIT-FAX-ADDRESS-2", "X-PFFKIT-FAX-ADDRESS-2"),
    (address(0x80D3), "X-PFFKIT-FAX-ADDRESS-3", "X-PFFKIT-FAX-ADDRESS-3"),
];

impl Version {
    /// The one of two spellings that this version has.
    pub(super) fn pick<T>(self, v4: T, v3: T) -> T {
        match self {
            Self::V4 => v4,
            Self::V3 => v3,
        }
    }
}
