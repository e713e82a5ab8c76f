//! A name for items that bring none.

use md5::{Digest, Md5};

use super::{Key, View};
use crate::mapi::PropTag;
use crate::mapi::guid::{PSETID_ADDRESS, PSETID_APPOINTMENT, PSETID_COMMON, PSETID_NOTE};
use crate::mapi::tag::pr;

/// PidTagSearchKey: copies of an item share it, so that it alone does not tell them apart.
const SEARCH_KEY: PropTag = PropTag(0x300B_0102);
/// When it was made and changed, PidLidAppointmentStartWhole, PidLidCommonStart, and PidLidNoteColor.
const NUMBERS: [Key; 5] = [
    Key::Tag(pr::CREATION_TIME),
    Key::Tag(pr::LAST_MODIFICATION_TIME),
    Key::Lid(PSETID_APPOINTMENT, 0x820D),
    Key::Lid(PSETID_COMMON, 0x8516),
    Key::Lid(PSETID_NOTE, 0x8B00),
];
/// PidLidEmail1EmailAddress.
const EMAIL: Key = Key::Lid(PSETID_ADDRESS, 0x8083);

/// 16 bytes that are the same for the same item each time, and for another item others.
pub(super) fn digest(view: View<'_>) -> [u8; 16] {
    let mut digest = Md5::new();
    digest.update(view.bytes(SEARCH_KEY).unwrap_or_default());
    for key in
        [Key::Tag(pr::MESSAGE_CLASS), Key::Tag(pr::SUBJECT), Key::Tag(pr::DISPLAY_NAME), EMAIL, Key::Tag(pr::BODY)]
    {
        digest.update(view.text(key).unwrap_or_default().as_bytes());
        digest.update([0]);
    }
    for key in NUMBERS {
        digest.update(view.int(key).unwrap_or_default().to_le_bytes());
    }
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapi::{Props, Value};
    use crate::mime::Names;

    #[test]
    fn items_that_differ_in_their_text_or_change_alone_are_not_taken_for_each_other() {
        let of = |body: &'static str, changed: i64| {
            let mut props = Props::new();
            props.set(pr::SUBJECT, Value::str("Note"));
            props.set(pr::BODY, Value::str(body));
            props.set(pr::LAST_MODIFICATION_TIME, Value::I64(changed));
            digest(View::new(&props, &Names::default()))
        };
        assert_eq!(of("a", 1), of("a", 1));
        assert_ne!(of("a", 1), of("b", 1));
        assert_ne!(of("a", 1), of("a", 2));
    }
}
