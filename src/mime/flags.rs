//! What the owner of a message did with it, in the letters by which mailboxes that are files tell it.

use super::field::Field;
use super::{View, tags};
use crate::mapi::PropTag;
use crate::mapi::tag::pr;

/// mfRead and mfUnsent of PidTagMessageFlags ([MS-OXCMSG] 2.2.1.6).
const READ: i64 = 0x1;
const UNSENT: i64 = 0x8;
/// PidTagMessageStatus; its bit for mail that IMAP clients have marked as deleted.
const MESSAGE_STATUS: PropTag = PropTag(0x0E17_0003);
const MARKED_DELETED: i64 = 0x8;
/// PidTagFlagStatus ([MS-OXOFLAG] 2.2.1.1): 2 is flagged, 1 complete.
const FLAGGED: i64 = 2;
/// PidTagLastVerbExecuted ([MS-OXOMSG] 2.2.1.42): reply, reply to all, forward.
const LAST_VERB: PropTag = PropTag(0x1081_0003);
const REPLIED: [i64; 2] = [102, 103];
const FORWARDED: i64 = 104;

/// What the owner of a message did with it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags {
    is_draft: bool,
    is_flagged: bool,
    is_forwarded: bool,
    is_replied: bool,
    is_read: bool,
    is_deleted: bool,
}

impl Flags {
    /// What the message `view` says.
    pub fn of(view: View<'_>) -> Self {
        let message = view.int(pr::MESSAGE_FLAGS).unwrap_or(0);
        let verb = view.int(LAST_VERB).unwrap_or(0);
        Self {
            is_draft: message & UNSENT != 0,
            is_flagged: view.int(tags::FLAG_STATUS) == Some(FLAGGED),
            is_forwarded: verb == FORWARDED,
            is_replied: REPLIED.contains(&verb),
            is_read: message & READ != 0,
            is_deleted: view.int(MESSAGE_STATUS).unwrap_or(0) & MARKED_DELETED != 0,
        }
    }

    /// The letters of a Maildir (<https://cr.yp.to/proto/maildir.html>), in the order of the alphabet as the format has it.
    pub fn maildir(self) -> String {
        letters([
            ('D', self.is_draft),
            ('F', self.is_flagged),
            ('P', self.is_forwarded),
            ('R', self.is_replied),
            ('S', self.is_read),
            ('T', self.is_deleted),
        ])
    }

    /// The fields of an mbox: Status and, where it says anything, X-Status. Nothing in it is new mail; that it was forwarded they have no
    /// letter for.
    pub(super) fn mbox(self) -> Vec<Field> {
        let more = [('A', self.is_replied), ('F', self.is_flagged), ('D', self.is_deleted), ('T', self.is_draft)];
        let fields = [(STATUS, letters([('R', self.is_read), ('O', true)])), (X_STATUS, letters(more))];
        let fields = fields.into_iter().filter(|(_, letters)| !letters.is_empty());
        fields.map(|(name, letters)| Field::tokens(name, [letters])).collect()
    }
}

const STATUS: &str = "Status";
const X_STATUS: &str = "X-Status";

/// Whether `field` is one by which an mbox tells flags.
pub(super) fn is_of_mbox(field: &Field) -> bool {
    field.is(STATUS) || field.is(X_STATUS)
}

fn letters<const N: usize>(flags: [(char, bool); N]) -> String {
    flags.into_iter().filter_map(|(letter, is_set)| is_set.then_some(letter)).collect()
}
