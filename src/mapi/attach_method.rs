//! Values of PidTagAttachMethod ([MS-OXCMSG] 2.2.2.9): what an attachment holds.

/// A file. It is the value that is meant where there is none.
pub const BY_VALUE: i32 = 1;
/// The path of a file.
pub const BY_REFERENCE: i32 = 2;
/// The path of a file that is not to be resolved.
pub const BY_REFERENCE_ONLY: i32 = 4;
/// A message.
pub const EMBEDDED: i32 = 5;
/// The storage of an OLE object.
pub const OLE: i32 = 6;
/// A link.
pub const BY_WEB_REFERENCE: i32 = 7;
