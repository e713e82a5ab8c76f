//! Property tags and types ([MS-OXCDATA] 2.9 and 2.11.1).

use std::fmt;

/// A property tag: the id in the high, the type in the low 16 bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct PropTag(pub u32);

/// A property type ([MS-OXCDATA] 2.11.1), open: every 16-bit number is one, the constants are those that are known.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PropType(pub u16);

#[allow(missing_docs)]
impl PropType {
    pub const UNSPECIFIED: Self = Self(0x0000);
    pub const NULL: Self = Self(0x0001);
    pub const SHORT: Self = Self(0x0002);
    pub const LONG: Self = Self(0x0003);
    pub const FLOAT: Self = Self(0x0004);
    pub const DOUBLE: Self = Self(0x0005);
    pub const CURRENCY: Self = Self(0x0006);
    pub const APPTIME: Self = Self(0x0007);
    pub const ERROR: Self = Self(0x000A);
    pub const BOOLEAN: Self = Self(0x000B);
    pub const OBJECT: Self = Self(0x000D);
    pub const I8: Self = Self(0x0014);
    pub const STRING8: Self = Self(0x001E);
    pub const UNICODE: Self = Self(0x001F);
    pub const SYSTIME: Self = Self(0x0040);
    pub const CLSID: Self = Self(0x0048);
    pub const SVREID: Self = Self(0x00FB);
    pub const SRESTRICTION: Self = Self(0x00FD);
    pub const ACTIONS: Self = Self(0x00FE);
    pub const BINARY: Self = Self(0x0102);
    pub const MV_SHORT: Self = Self(0x1002);
    pub const MV_LONG: Self = Self(0x1003);
    pub const MV_FLOAT: Self = Self(0x1004);
    pub const MV_DOUBLE: Self = Self(0x1005);
    pub const MV_CURRENCY: Self = Self(0x1006);
    pub const MV_APPTIME: Self = Self(0x1007);
    pub const MV_I8: Self = Self(0x1014);
    pub const MV_STRING8: Self = Self(0x101E);
    pub const MV_UNICODE: Self = Self(0x101F);
    pub const MV_SYSTIME: Self = Self(0x1040);
    pub const MV_CLSID: Self = Self(0x1048);
    pub const MV_BINARY: Self = Self(0x1102);

    /// Bytes of one value (of one element, for multi-value types) of a fixed-size type; `None` for the others.
    pub const fn fixed_size(self) -> Option<usize> {
        match self.0 & 0x0FFF {
            0x0001 => Some(0),
            0x000B => Some(1),
            0x0002 => Some(2),
            0x0003 | 0x0004 | 0x000A => Some(4),
            0x0005 | 0x0006 | 0x0007 | 0x0014 | 0x0040 => Some(8),
            0x0048 => Some(16),
            _ => None,
        }
    }

    /// Whether values of this type are lists.
    pub const fn is_multi(self) -> bool {
        self.0 & 0x1000 != 0
    }

    /// Whether it is one of the constants above but UNSPECIFIED: how its values are stored is known.
    pub const fn is_known(self) -> bool {
        match self.element() {
            Self::OBJECT | Self::SVREID | Self::SRESTRICTION | Self::ACTIONS => !self.is_multi(),
            Self::STRING8 | Self::UNICODE | Self::BINARY => true,
            Self::NULL | Self::ERROR | Self::BOOLEAN => !self.is_multi(),
            // No bits beyond those of a type.
            other => other.0 <= 0x0FFF && other.fixed_size().is_some(),
        }
    }

    /// The type of one element of a multi-value type; the type itself for the others.
    pub const fn element(self) -> Self {
        Self(self.0 & !0x1000)
    }
}

impl fmt::Debug for PropType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}", self.0)
    }
}

impl PropTag {
    /// The tag of property `id` with type `typ`.
    pub const fn new(id: u16, typ: PropType) -> Self {
        Self((id as u32) << 16 | typ.0 as u32)
    }

    /// The property id.
    pub const fn id(self) -> u16 {
        (self.0 >> 16) as u16
    }

    /// The property type.
    pub const fn typ(self) -> PropType {
        PropType(self.0 as u16)
    }

    /// The same property with another type.
    pub const fn with_type(self, typ: PropType) -> Self {
        Self::new(self.id(), typ)
    }

    /// Whether the id is one of the range that the file's name map gives a meaning to (0x8000 to 0xFFFE).
    pub const fn is_named(self) -> bool {
        self.id() >= 0x8000
    }
}

impl fmt::Debug for PropTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08X}", self.0)
    }
}

impl fmt::Display for PropTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08X}", self.0)
    }
}

/// The well-known tags that this crate treats in a special way ([MS-OXPROPS] 2).
#[allow(missing_docs)]
pub mod pr {
    use super::PropTag;

    pub const MESSAGE_CLASS: PropTag = PropTag(0x001A_001F);
    pub const SUBJECT: PropTag = PropTag(0x0037_001F);
    pub const CLIENT_SUBMIT_TIME: PropTag = PropTag(0x0039_0040);
    pub const SUBJECT_PREFIX: PropTag = PropTag(0x003D_001F);
    pub const START_DATE: PropTag = PropTag(0x0060_0040);
    pub const END_DATE: PropTag = PropTag(0x0061_0040);
    pub const SENDER_NAME: PropTag = PropTag(0x0C1A_001F);
    pub const RECIPIENT_TYPE: PropTag = PropTag(0x0C15_0003);
    pub const MESSAGE_DELIVERY_TIME: PropTag = PropTag(0x0E06_0040);
    pub const MESSAGE_FLAGS: PropTag = PropTag(0x0E07_0003);
    pub const MESSAGE_SIZE: PropTag = PropTag(0x0E08_0003);
    pub const RECORD_KEY: PropTag = PropTag(0x0FF9_0102);
    pub const NORMALIZED_SUBJECT: PropTag = PropTag(0x0E1D_001F);
    pub const RTF_IN_SYNC: PropTag = PropTag(0x0E1F_000B);
    pub const RTF_COMPRESSED: PropTag = PropTag(0x1009_0102);
    pub const BODY: PropTag = PropTag(0x1000_001F);
    pub const HTML: PropTag = PropTag(0x1013_0102);
    pub const DISPLAY_NAME: PropTag = PropTag(0x3001_001F);
    pub const COMMENT: PropTag = PropTag(0x3004_001F);
    pub const CREATION_TIME: PropTag = PropTag(0x3007_0040);
    pub const LAST_MODIFICATION_TIME: PropTag = PropTag(0x3008_0040);
    pub const FOLDER_TYPE: PropTag = PropTag(0x3601_0003);
    pub const CONTENT_COUNT: PropTag = PropTag(0x3602_0003);
    pub const SUBFOLDERS: PropTag = PropTag(0x360A_000B);
    pub const CONTAINER_CLASS: PropTag = PropTag(0x3613_001F);
    pub const ATTACH_DATA_BIN: PropTag = PropTag(0x3701_0102);
    pub const ATTACH_DATA_OBJ: PropTag = PropTag(0x3701_000D);
    pub const ATTACH_FILENAME: PropTag = PropTag(0x3704_001F);
    pub const ATTACH_METHOD: PropTag = PropTag(0x3705_0003);
    pub const ATTACH_LONG_FILENAME: PropTag = PropTag(0x3707_001F);
    pub const ATTR_HIDDEN: PropTag = PropTag(0x10F4_000B);
    pub const INTERNET_CPID: PropTag = PropTag(0x3FDE_0003);
    pub const MESSAGE_CODEPAGE: PropTag = PropTag(0x3FFD_0003);
    pub const LTP_ROW_ID: PropTag = PropTag(0x67F2_0003);
    pub const LTP_ROW_VER: PropTag = PropTag(0x67F3_0003);
    pub const PST_PASSWORD: PropTag = PropTag(0x67FF_0003);
}
