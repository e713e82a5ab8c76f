//! Restrictions and rule actions ([MS-OXCDATA] 2.12, [MS-OXORULE] 2.2.5), owning all that they hold.

use super::{Guid, PropTag, Value};

/// A property value under its tag, as restrictions and actions hold it.
pub type Tagged = (PropTag, Value<'static>);

/// How a restriction compares ([MS-OXCDATA] 2.12.5), open: the constants are the operators that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RelOp(pub u8);

#[allow(missing_docs)]
impl RelOp {
    pub const LT: Self = Self(0);
    pub const LE: Self = Self(1);
    pub const GT: Self = Self(2);
    pub const GE: Self = Self(3);
    pub const EQ: Self = Self(4);
    pub const NE: Self = Self(5);
    pub const REGEX: Self = Self(6);
    pub const MEMBER_OF_DL: Self = Self(0x64);
}

/// A restriction: a condition on an object ([MS-OXCDATA] 2.12).
#[derive(Debug, Clone)]
pub enum Restriction {
    /// All of them hold.
    And(Vec<Restriction>),
    /// One of them holds.
    Or(Vec<Restriction>),
    /// It does not hold.
    Not(Box<Restriction>),
    /// The text of a property matches.
    Content {
        /// Low half: 0 full string, 1 substring, 2 prefix. 0x10000 ignore case, 0x20000 ignore non-space, 0x40000 loose.
        fuzzy: u32,
        /// The property.
        tag: PropTag,
        /// What it is matched with.
        value: Tagged,
    },
    /// A property compares with a value.
    Property {
        /// How.
        relop: RelOp,
        /// The property.
        tag: PropTag,
        /// The value.
        value: Tagged,
    },
    /// Two properties compare.
    Compare {
        /// How.
        relop: RelOp,
        /// The left one.
        left: PropTag,
        /// The right one.
        right: PropTag,
    },
    /// Bits of a number are all clear, or some are set.
    Bitmask {
        /// 0: all clear; 1: some set.
        relop: u8,
        /// The property.
        tag: PropTag,
        /// The bits.
        mask: u32,
    },
    /// The size of a property compares with a number.
    Size {
        /// How.
        relop: RelOp,
        /// The property.
        tag: PropTag,
        /// The number of bytes.
        size: u32,
    },
    /// The property is there.
    Exist(PropTag),
    /// A recipient or attachment (what `tag` says) meets a condition.
    SubObject {
        /// The table of recipients or attachments.
        tag: PropTag,
        /// The condition.
        inner: Box<Restriction>,
    },
    /// A condition with remarks.
    Comment {
        /// The remarks, at least one.
        props: Vec<Tagged>,
        /// The condition.
        inner: Option<Box<Restriction>>,
    },
    /// A condition with annotations, as [`Restriction::Comment`].
    Annotation {
        /// The annotations, at least one.
        props: Vec<Tagged>,
        /// The condition.
        inner: Option<Box<Restriction>>,
    },
    /// A condition and how many objects are wanted.
    Count {
        /// How many.
        count: u32,
        /// The condition.
        inner: Box<Restriction>,
    },
    /// No condition.
    Null,
}

/// The actions of a rule, at least one ([MS-OXORULE] 2.2.5.1).
#[derive(Debug, Clone)]
pub struct Actions(pub Vec<Action>);

/// One action of a rule.
#[derive(Debug, Clone)]
pub struct Action {
    /// The variant of the action, for those that have some.
    pub flavor: u32,
    /// Flags of the action's owner.
    pub flags: u32,
    /// What is done.
    pub data: ActionData,
}

/// What an action does ([MS-OXORULE] 2.2.5.1.2).
#[derive(Debug, Clone)]
pub enum ActionData {
    /// Moves the message.
    Move(Destination),
    /// Copies the message.
    Copy(Destination),
    /// Replies with a template.
    Reply(Template),
    /// Replies with the out-of-office template.
    OofReply(Template),
    /// Leaves it to the client: its own bytes.
    Defer(Vec<u8>),
    /// Sends it back, with a code.
    Bounce(u32),
    /// Forwards to recipients: each a list of properties, at least one.
    Forward(Vec<Vec<Tagged>>),
    /// Forwards on behalf to recipients, as [`ActionData::Forward`].
    Delegate(Vec<Vec<Tagged>>),
    /// Sets a property.
    Tag(Tagged),
    /// Deletes.
    Delete,
    /// Marks as read.
    MarkAsRead,
}

/// Where a message is moved or copied to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A folder of the same store, as the content of an SVREID ([`Value::SvrEid`]).
    SameStore(Vec<u8>),
    /// A folder of another store.
    OtherStore {
        /// The store.
        store: StoreEntryId,
        /// The entry id of the folder.
        folder: Vec<u8>,
    },
}

/// The template of a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The id of its folder.
    pub folder: u64,
    /// The id of the message.
    pub message: u64,
    /// The GUID of the template.
    pub guid: Guid,
}

/// The entry id of a store object ([MS-OXCDATA] 2.2.4.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreEntryId {
    /// The full form.
    Wrapped {
        /// Flags of the wrapper.
        flags: u32,
        /// Flags of what is wrapped.
        wrapped_flags: u32,
        /// The provider of what is wrapped.
        provider: Guid,
        /// The type of what is wrapped: private (0xC) or public (0x6) store.
        kind: u32,
        /// The server's short name.
        server: String,
        /// The mailbox's distinguished name.
        dn: String,
    },
    /// The short form, in which a GUID is all that follows.
    Guid {
        /// Flags of the wrapper.
        flags: u32,
        /// The GUID.
        guid: Guid,
    },
}
