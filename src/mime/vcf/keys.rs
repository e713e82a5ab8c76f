//! The properties of contacts and distribution lists ([MS-OXOCNTC] 2.2.1 and 2.2.2).

use crate::mapi::guid::{PS_PUBLIC_STRINGS, PSETID_ADDRESS, PSETID_COMMON};
use crate::mapi::{PropTag, PropType};
use crate::mime::Key;

pub(in crate::mime) const fn address(lid: u32) -> Key {
    Key::Lid(PSETID_ADDRESS, lid)
}

/// The text property `id`.
pub(in crate::mime) const fn text(id: u16) -> Key {
    Key::Tag(PropTag::new(id, PropType::UNICODE))
}

const fn tag(tag: u32) -> Key {
    Key::Tag(PropTag(tag))
}

pub(in crate::mime) const FILE_UNDER: Key = address(0x8005);
pub(in crate::mime) const POSTAL_ADDRESS_ID: Key = address(0x8022);
pub(in crate::mime) const INSTANT_MESSAGING: Key = address(0x8062);
pub(in crate::mime) const HTML: Key = address(0x802B);
pub(in crate::mime) const FREE_BUSY: Key = address(0x80D8);
pub(in crate::mime) const BIRTHDAY_LOCAL: Key = address(0x80DE);
pub(in crate::mime) const ANNIVERSARY_LOCAL: Key = address(0x80DF);
pub(in crate::mime) const LIST_NAME: Key = address(0x8053);
pub(in crate::mime) const ONE_OFF_MEMBERS: Key = address(0x8054);
pub(in crate::mime) const MEMBERS: Key = address(0x8055);
pub(in crate::mime) const LIST_STREAM: Key = address(0x8064);

pub(in crate::mime) const KEYWORDS: Key = Key::String(PS_PUBLIC_STRINGS, "keywords");
pub(in crate::mime) const PRIVATE: Key = Key::Lid(PSETID_COMMON, 0x8506);
pub(in crate::mime) const MILEAGE: Key = Key::Lid(PSETID_COMMON, 0x8534);
pub(in crate::mime) const BILLING: Key = Key::Lid(PSETID_COMMON, 0x8535);
pub(in crate::mime) const COMPANIES: Key = Key::Lid(PSETID_COMMON, 0x8539);
pub(in crate::mime) const CONTACTS: Key = Key::Lid(PSETID_COMMON, 0x853A);

pub(in crate::mime) const SENSITIVITY: Key = tag(0x0036_0003);
pub(in crate::mime) const GENDER: Key = tag(0x3A4D_0002);
pub(in crate::mime) const BIRTHDAY: Key = tag(0x3A42_0040);
pub(in crate::mime) const ANNIVERSARY: Key = tag(0x3A41_0040);
pub(in crate::mime) const CHILDREN: Key = tag(0x3A58_101F);
pub(in crate::mime) const USER_CERTIFICATE: Key = tag(0x3A22_0102);
pub(in crate::mime) const USER_X509_CERTIFICATE: Key = tag(0x3A70_1102);
pub(in crate::mime) const CONTACT_PHOTO: Key = tag(0x7FFF_000B);

pub(in crate::mime) const ADDRTYPE: Key = text(0x3002);
pub(in crate::mime) const EMAIL_ADDRESS: Key = text(0x3003);
pub(in crate::mime) const SMTP_ADDRESS: Key = text(0x39FE);

pub(in crate::mime) const SURNAME: Key = text(0x3A11);
pub(in crate::mime) const GIVEN_NAME: Key = text(0x3A06);
pub(in crate::mime) const MIDDLE_NAME: Key = text(0x3A44);
pub(in crate::mime) const PREFIX: Key = text(0x3A45);
pub(in crate::mime) const GENERATION: Key = text(0x3A05);
/// The parts of a name, as they are spoken.
pub(in crate::mime) const NAME: [Key; 5] = [PREFIX, GIVEN_NAME, MIDDLE_NAME, SURNAME, GENERATION];

pub(in crate::mime) const COMPANY: Key = text(0x3A16);
pub(in crate::mime) const DEPARTMENT: Key = text(0x3A18);
pub(in crate::mime) const NICKNAME: Key = text(0x3A4F);
pub(in crate::mime) const TITLE: Key = text(0x3A17);
pub(in crate::mime) const PROFESSION: Key = text(0x3A46);
pub(in crate::mime) const OFFICE: Key = text(0x3A19);
pub(in crate::mime) const SPOUSE: Key = text(0x3A48);
pub(in crate::mime) const ASSISTANT: Key = text(0x3A30);
pub(in crate::mime) const MANAGER: Key = text(0x3A4E);
pub(in crate::mime) const WORK_PAGE: Key = text(0x3A51);
pub(in crate::mime) const HOME_PAGE: Key = text(0x3A50);
pub(in crate::mime) const FTP_SITE: Key = text(0x3A4C);

/// A postal address, component by component.
#[derive(Debug, Clone, Copy)]
pub(in crate::mime) struct Postal {
    pub box_: Key,
    pub street: Key,
    pub city: Key,
    pub state: Key,
    pub code: Key,
    pub country: Key,
    /// The whole of it.
    pub label: Key,
    /// What PidLidPostalAddressId calls it.
    pub id: i64,
}

pub(in crate::mime) const HOME_ADDRESS: Postal = Postal {
    box_: text(0x3A5E),
    street: text(0x3A5D),
    city: text(0x3A59),
    state: text(0x3A5C),
    code: text(0x3A5B),
    country: text(0x3A5A),
    label: address(0x801A),
    id: 1,
};

pub(in crate::mime) const WORK_ADDRESS: Postal = Postal {
    box_: address(0x804A),
    street: address(0x8045),
    city: address(0x8046),
    state: address(0x8047),
    code: address(0x8048),
    country: address(0x8049),
    label: address(0x801B),
    id: 2,
};

/// The mailing address: a copy of one of the others, and in items of other programs often the only one.
pub(in crate::mime) const MAILING_ADDRESS: Postal = Postal {
    box_: text(0x3A2B),
    street: text(0x3A29),
    city: text(0x3A27),
    state: text(0x3A28),
    code: text(0x3A2A),
    country: text(0x3A26),
    label: text(0x3A15),
    id: -1,
};

pub(in crate::mime) const OTHER_ADDRESS: Postal = Postal {
    box_: text(0x3A64),
    street: text(0x3A63),
    city: text(0x3A5F),
    state: text(0x3A62),
    code: text(0x3A61),
    country: text(0x3A60),
    label: address(0x801C),
    id: 3,
};
