//! A name for items that bring none.

use md5::{Digest, Md5};

use super::{Key, View};
use crate::mapi::PropTag;
use crate::mapi::guid::{PSETID_ADDRESS, PSETID_APPOINTMENT, PSETID_COMMON};
use crate::mapi::tag::pr;

/// PidTagSearchKey: copies of an item share it, so that it alone does not tell them apart.
const SEARCH_KEY: PropTag = PropTag(0x300B_0102);
/// PidLidAppointmentStartWhole, PidLidCommonStart.
const TIMES: [Key; 2] = [Key::Lid(PSETID_APPOINTMENT, 0x820D), Key::Lid(PSETID_COMMON, 0x8516)];
/// PidLidEmail1EmailAddress.
const EMAIL: Key = Key::Lid(PSETID_ADDRESS, 0x8083);

/// 16 bytes that are the same for the same item each time, and for another item others.
pub(super) fn digest(view: View<'_>) -> [u8; 16] {
    let mut digest = Md5::new();
    digest.update(view.bytes(SEARCH_KEY).unwrap_or_default());
    for key in [Key::Tag(pr::MESSAGE_CLASS), Key::Tag(pr::SUBJECT), Key::Tag(pr::DISPLAY_NAME), EMAIL] {
        digest.update(view.text(key).unwrap_or_default().as_bytes());
        digest.update([0]);
    }
    for key in [Key::Tag(pr::CREATION_TIME)].into_iter().chain(TIMES) {
        digest.update(view.int(key).unwrap_or_default().to_le_bytes());
    }
    digest.finalize().into()
}
