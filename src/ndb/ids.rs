//! The three kinds of number that point at things: [`Nid`], [`Bid`], [`Ib`].

use std::fmt;

/// A node id ([MS-PST] 2.2.2.1): a type in the low 5 bits, an index above.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Nid(pub u32);

/// The type of a node ([MS-PST] 2.2.2.1, `nidType`), open: every 5-bit number is one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct NidType(pub u8);

#[allow(missing_docs)]
impl NidType {
    pub const HID: Self = Self(0x00);
    pub const INTERNAL: Self = Self(0x01);
    pub const NORMAL_FOLDER: Self = Self(0x02);
    pub const SEARCH_FOLDER: Self = Self(0x03);
    pub const NORMAL_MESSAGE: Self = Self(0x04);
    pub const ATTACHMENT: Self = Self(0x05);
    pub const SEARCH_UPDATE_QUEUE: Self = Self(0x06);
    pub const SEARCH_CRITERIA_OBJECT: Self = Self(0x07);
    pub const ASSOC_MESSAGE: Self = Self(0x08);
    pub const CONTENTS_TABLE_INDEX: Self = Self(0x0A);
    pub const RECEIVE_FOLDER_TABLE: Self = Self(0x0B);
    pub const OUTGOING_QUEUE_TABLE: Self = Self(0x0C);
    pub const HIERARCHY_TABLE: Self = Self(0x0D);
    pub const CONTENTS_TABLE: Self = Self(0x0E);
    pub const ASSOC_CONTENTS_TABLE: Self = Self(0x0F);
    pub const SEARCH_CONTENTS_TABLE: Self = Self(0x10);
    pub const ATTACHMENT_TABLE: Self = Self(0x11);
    pub const RECIPIENT_TABLE: Self = Self(0x12);
    pub const SEARCH_TABLE_INDEX: Self = Self(0x13);
    pub const LTP: Self = Self(0x1F);
}

impl NidType {
    /// What it is, in words for a finding.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HID => "heap item",
            Self::INTERNAL => "internal",
            Self::NORMAL_FOLDER => "normal folder",
            Self::SEARCH_FOLDER => "search folder",
            Self::NORMAL_MESSAGE => "normal message",
            Self::ATTACHMENT => "attachment",
            Self::SEARCH_UPDATE_QUEUE => "search update queue",
            Self::SEARCH_CRITERIA_OBJECT => "search criteria",
            Self::ASSOC_MESSAGE => "associated message",
            Self::CONTENTS_TABLE_INDEX => "contents table index",
            Self::RECEIVE_FOLDER_TABLE => "receive folder table",
            Self::OUTGOING_QUEUE_TABLE => "outgoing queue table",
            Self::HIERARCHY_TABLE => "hierarchy table",
            Self::CONTENTS_TABLE => "contents table",
            Self::ASSOC_CONTENTS_TABLE => "associated contents table",
            Self::SEARCH_CONTENTS_TABLE => "search contents table",
            Self::ATTACHMENT_TABLE => "attachment table",
            Self::RECIPIENT_TABLE => "recipient table",
            Self::SEARCH_TABLE_INDEX => "search table index",
            Self::LTP => "LTP",
            _ => "unknown",
        }
    }
}

#[allow(missing_docs)]
impl Nid {
    pub const MESSAGE_STORE: Self = Self(0x21);
    pub const NAME_TO_ID_MAP: Self = Self(0x61);
    pub const NORMAL_FOLDER_TEMPLATE: Self = Self(0xA1);
    pub const SEARCH_FOLDER_TEMPLATE: Self = Self(0xC1);
    pub const ROOT_FOLDER: Self = Self(0x122);
    pub const SEARCH_MANAGEMENT_QUEUE: Self = Self(0x1E1);
    pub const SEARCH_ACTIVITY_LIST: Self = Self(0x201);
    pub const ATTACHMENT_TABLE: Self = Self(0x671);
    pub const RECIPIENT_TABLE: Self = Self(0x692);

    /// The node with `index` and type `typ`.
    pub const fn new(typ: NidType, index: u32) -> Self {
        Self(index << 5 | typ.0 as u32 & 0x1F)
    }

    /// The type.
    pub const fn typ(self) -> NidType {
        NidType((self.0 & 0x1F) as u8)
    }

    /// The index.
    pub const fn index(self) -> u32 {
        self.0 >> 5
    }

    /// The node with the same index and type `typ`: the tables of a folder are found this way.
    pub const fn with_type(self, typ: NidType) -> Self {
        Self::new(typ, self.index())
    }
}

impl fmt::Debug for Nid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl fmt::Display for Nid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

/// A block id ([MS-PST] 2.2.2.2): bit 0 is reserved, bit 1 marks internal blocks.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Bid(pub u64);

impl Bid {
    /// Whether the block holds a tree (XBLOCK, XXBLOCK, SLBLOCK, SIBLOCK) and not data. Internal blocks are never obscured.
    pub const fn is_internal(self) -> bool {
        self.0 & 2 != 0
    }

    /// The id as the block B-tree has it: without the reserved bit.
    pub const fn key(self) -> u64 {
        self.0 & !1
    }

    /// Whether there is no block at all.
    pub const fn is_none(self) -> bool {
        self.key() == 0
    }
}

impl fmt::Debug for Bid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl fmt::Display for Bid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

/// A byte index ([MS-PST] 2.2.2.3): an offset from the start of the file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Ib(pub u64);

impl fmt::Debug for Ib {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}
