//! The names of files in a Maildir (<https://cr.yp.to/proto/maildir.html>).

use super::place::join;
use super::tree::Tree;
use crate::Result;
use crate::mapi::time::filetime_to_unix;
use crate::mime::{Flags, View, eml};

/// The directories that make one.
const PARTS: [&str; 3] = ["cur", "new", "tmp"];
/// What stands in a name for the machine that delivered the mail.
const HOST: &str = "pffkit";

/// Makes the Maildir `dir` in `tree`, where it is not there.
pub(super) fn make(tree: &Tree, dir: &str) -> Result<()> {
    PARTS.iter().try_for_each(|part| tree.make_dirs(&join(dir, part)))
}

/// The file of a mail in the Maildir `dir`; `token` tells it from all others there. Its name is the same each time.
pub(super) fn path(dir: &str, token: &str, view: View<'_>) -> String {
    let seconds = eml::received(view).map_or(0, filetime_to_unix);
    join(dir, &format!("cur/{seconds}.{token}.{HOST}:2,{}", Flags::of(view).maildir()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapi::tag::pr;
    use crate::mapi::time::unix_to_filetime;
    use crate::mapi::{PropTag, Props, Value};
    use crate::mime::Names;

    #[test]
    fn a_name_with_all_flags_and_one_with_none() {
        let names = Names::default();
        assert_eq!(path("", "24", View::new(&Props::new(), &names)), "cur/0.24.pffkit:2,");
        let mut props = Props::new();
        props.set(pr::MESSAGE_DELIVERY_TIME, Value::I64(unix_to_filetime(1_709_542_800)));
        props.set(pr::MESSAGE_FLAGS, Value::I32(0x19));
        props.set(PropTag(0x0E17_0003), Value::I32(8));
        props.set(PropTag(0x1090_0003), Value::I32(2));
        props.set(PropTag(0x1081_0003), Value::I32(103));
        let view = View::new(&props, &names);
        assert_eq!(path("a/b", "24", view), "a/b/cur/1709542800.24.pffkit:2,DFRST");
    }
}
