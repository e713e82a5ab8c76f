//! GUIDs in the packet form of [MS-DTYP] 2.3.4.2 and the property sets of [MS-OXPROPS] 1.3.2.

use std::fmt;

/// A GUID as 16 bytes, the first three groups little-endian.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Guid(pub [u8; 16]);

impl Guid {
    /// The GUID `{a-b-c-d…}` from its groups as they are written.
    pub const fn new(a: u32, b: u16, c: u16, d: [u8; 8]) -> Self {
        let (a, b, c) = (a.to_le_bytes(), b.to_le_bytes(), c.to_le_bytes());
        Self([a[0], a[1], a[2], a[3], b[0], b[1], c[0], c[1], d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7]])
    }

    /// The GUID `{low-0000-0000-C000-000000000046}` that most MAPI property sets share.
    pub const fn ole(low: u32) -> Self {
        Self::new(low, 0, 0, [0xC0, 0, 0, 0, 0, 0, 0, 0x46])
    }

    /// The GUID in the first 16 bytes of `bytes`; `None` when there are fewer.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.first_chunk::<16>().map(|b| Self(*b))
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let b = &self.0;
        write!(
            f,
            "{:02x}{:02x}{:02x}{:02x}-{:02x}{:02x}-{:02x}{:02x}-{:02x}{:02x}-{:02x}{:02x}{:02x}{:02x}{:02x}{:02x}",
            b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]
        )
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// PS_MAPI: the ids below 0x8000.
pub const PS_MAPI: Guid = Guid::ole(0x0002_0328);
/// PS_PUBLIC_STRINGS.
pub const PS_PUBLIC_STRINGS: Guid = Guid::ole(0x0002_0329);
/// PS_INTERNET_HEADERS.
pub const PS_INTERNET_HEADERS: Guid = Guid::ole(0x0002_0386);
/// PSETID_Common.
pub const PSETID_COMMON: Guid = Guid::ole(0x0006_2008);
/// PSETID_Address.
pub const PSETID_ADDRESS: Guid = Guid::ole(0x0006_2004);
/// PSETID_Appointment.
pub const PSETID_APPOINTMENT: Guid = Guid::ole(0x0006_2002);
/// PSETID_Task.
pub const PSETID_TASK: Guid = Guid::ole(0x0006_2003);
/// PSETID_Log.
pub const PSETID_LOG: Guid = Guid::ole(0x0006_200A);
/// PSETID_Note.
pub const PSETID_NOTE: Guid = Guid::ole(0x0006_200E);
/// PSETID_Meeting.
pub const PSETID_MEETING: Guid =
    Guid::new(0x6ED8_DA90, 0x450B, 0x101B, [0x98, 0xDA, 0x00, 0xAA, 0x00, 0x3F, 0x13, 0x05]);
