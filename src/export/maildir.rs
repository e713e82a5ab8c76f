//! The names of files in a Maildir (<https://cr.yp.to/proto/maildir.html>).

use super::place::join;
use super::tree::Tree;
use crate::Result;
use crate::mapi::PropTag;
use crate::mapi::tag::pr;
use crate::mapi::time::filetime_to_unix;
use crate::mime::{View, eml};

/// The directories that make one.
const PARTS: [&str; 3] = ["cur", "new", "tmp"];
/// What stands in a name for the machine that delivered the mail.
const HOST: &str = "pffkit";

/// mfRead and mfUnsent of PidTagMessageFlags ([MS-OXCMSG] 2.2.1.6).
const READ: i64 = 0x1;
const UNSENT: i64 = 0x8;
/// PidTagMessageStatus; its bit for mail that IMAP clients have marked as deleted.
const MESSAGE_STATUS: PropTag = PropTag(0x0E17_0003);
const MARKED_DELETED: i64 = 0x8;
/// PidTagFlagStatus ([MS-OXOFLAG] 2.2.1.1): 2 is flagged, 1 complete.
const FLAG_STATUS: PropTag = PropTag(0x1090_0003);
const FLAGGED: i64 = 2;
/// PidTagLastVerbExecuted ([MS-OXOMSG] 2.2.1.42): reply, reply to all, forward.
const LAST_VERB: PropTag = PropTag(0x1081_0003);
const REPLIED: [i64; 2] = [102, 103];
const FORWARDED: i64 = 104;

/// Makes the Maildir `dir` in `tree`, where it is not there.
pub(super) fn make(tree: &Tree, dir: &str) -> Result<()> {
    PARTS.iter().try_for_each(|part| tree.make_dirs(&join(dir, part)))
}

/// The file of a mail in the Maildir `dir`; `token` tells it from all others there. Its name is the same each time.
pub(super) fn path(dir: &str, token: &str, view: View<'_>) -> String {
    let seconds = eml::received(view).map_or(0, filetime_to_unix);
    join(dir, &format!("cur/{seconds}.{token}.{HOST}:2,{}", flags(view)))
}

/// The flags of a mail, in the order of the alphabet as the format has it.
fn flags(view: View<'_>) -> String {
    let message = view.int(pr::MESSAGE_FLAGS).unwrap_or(0);
    let status = view.int(MESSAGE_STATUS).unwrap_or(0);
    let verb = view.int(LAST_VERB).unwrap_or(0);
    [
        ('D', message & UNSENT != 0),
        ('F', view.int(FLAG_STATUS) == Some(FLAGGED)),
        ('P', verb == FORWARDED),
        ('R', REPLIED.contains(&verb)),
        ('S', message & READ != 0),
        ('T', status & MARKED_DELETED != 0),
    ]
    .into_iter()
    .filter_map(|(flag, set)| set.then_some(flag))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapi::time::unix_to_filetime;
    use crate::mapi::{Props, Value};
    use crate::mime::Names;

    #[test]
    fn a_name_with_all_flags_and_one_with_none() {
        let names = Names::default();
        assert_eq!(path("", "24", View::new(&Props::new(), &names)), "cur/0.24.pffkit:2,");
        let mut props = Props::new();
        props.set(pr::MESSAGE_DELIVERY_TIME, Value::I64(unix_to_filetime(1_709_542_800)));
        props.set(pr::MESSAGE_FLAGS, Value::I32(0x19));
        props.set(MESSAGE_STATUS, Value::I32(8));
        props.set(FLAG_STATUS, Value::I32(2));
        props.set(LAST_VERB, Value::I32(103));
        let view = View::new(&props, &names);
        assert_eq!(path("a/b", "24", view), "a/b/cur/1709542800.24.pffkit:2,DFRST");
    }
}
