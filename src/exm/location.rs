//! Where a mailbox is: by `--at`, or by the name of its user.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use md5::{Digest, Md5};

use crate::{Error, ErrorKind, Result};

/// The longest file name that is made of the name of a user.
const NAME_BYTES: usize = 200;

/// Where a mailbox is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// An embedded mailbox in this directory.
    Store(PathBuf),
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(dir) => write!(f, "store:{}", dir.display()),
        }
    }
}

impl Location {
    /// The place that the URL `at` names (`store:DIR`), else the one of the mailbox of `user`; `None` when neither is given.
    ///
    /// # Errors
    /// The URL or user is malformed, or there is no home for mailboxes ([`ErrorKind::Usage`]).
    pub fn find(at: Option<&str>, user: Option<&str>) -> Result<Option<Self>> {
        match (at, user) {
            (Some(at), _) => Self::parse(at).map(Some),
            (None, Some(user)) => Ok(Some(Self::Store(home()?.join("mailboxes").join(file_name(user)?)))),
            (None, None) => Ok(None),
        }
    }

    fn parse(at: &str) -> Result<Self> {
        match at.split_once(':') {
            Some(("store", dir)) if !dir.is_empty() => Ok(Self::Store(PathBuf::from(dir))),
            _ => Err(usage(format!("\"{}\" is not a place for a mailbox; store:DIR is one", at.escape_debug()))),
        }
    }
}

/// The part of the address of `user` behind the `@`, for addresses that are made up; `localhost` where there is none.
pub fn domain(user: Option<&str>) -> String {
    let domain = user.and_then(|user| user.rsplit_once('@')).map_or("", |(_, domain)| domain);
    if domain.is_empty() { "localhost".to_owned() } else { domain.to_owned() }
}

/// Where the mailboxes of users are: `$PFFKIT_HOME`, else `pffkit` in `$XDG_DATA_HOME`, else in `~/.local/share`.
fn home() -> Result<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|value: &OsString| !value.is_empty()).map(PathBuf::from);
    variable("PFFKIT_HOME")
        .or_else(|| variable("XDG_DATA_HOME").filter(|dir| dir.is_absolute()).map(|dir| dir.join("pffkit")))
        .or_else(|| variable("HOME").map(|home| home.join(".local/share/pffkit")))
        .ok_or_else(|| usage("neither PFFKIT_HOME nor HOME is set; say by --at store:DIR where the mailbox is"))
}

/// The name of the directory for the mailbox of `user`. It has no separators, is the same on file systems that tell case and
/// on those that do not, and is a different one for every user: addresses are the same whatever their case.
fn file_name(user: &str) -> Result<String> {
    if user.is_empty() || user.starts_with('@') {
        let message = format!("\"{}\" is not a user; public stores are not written yet", user.escape_debug());
        return Err(usage(message));
    }
    let user = user.to_lowercase();
    let mut name = String::new();
    for (i, byte) in user.bytes().enumerate() {
        let plain = byte.is_ascii_alphanumeric() || matches!(byte, b'@' | b'_' | b'-') || (byte == b'.' && i > 0);
        if plain { name.push(char::from(byte)) } else { name.push_str(&format!("%{byte:02x}")) }
    }
    if name.ends_with('.') {
        // Some file systems drop a dot at the end.
        name.replace_range(name.len() - 1.., "%2e");
    }
    if name.len() > NAME_BYTES {
        let hash = u128::from_be_bytes(Md5::digest(user.as_bytes()).into());
        name.truncate(NAME_BYTES / 2);
        name.push_str(&format!("~{hash:032x}"));
    }
    Ok(name)
}

fn usage(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Usage, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_users() {
        let name = |user| file_name(user).unwrap();
        assert_eq!(name("user"), "user");
        assert_eq!(name("Jane.Doe@Example.ORG"), "jane.doe@example.org");
        assert_eq!(name("../../etc/passwd"), "%2e.%2f..%2fetc%2fpasswd");
        assert_eq!(name("."), "%2e");
        assert_eq!(name(".."), "%2e%2e");
        assert_eq!(name("a%2fb"), "a%252fb");
        assert_eq!(name("a\0b\u{1b}[2J"), "a%00b%1b%5b2j");
        assert_eq!(name("Ä"), name("ä"));
        assert_eq!(name("ä"), "%c3%a4");
        let (long, other) = ("x".repeat(300), "x".repeat(301));
        assert!(name(&long).len() < 255);
        assert_ne!(name(&long), name(&other));
        assert!(file_name("").is_err());
        assert!(file_name("@example.org").is_err());
    }

    #[test]
    fn places() {
        assert_eq!(Location::find(Some("store:/a/b"), Some("x")).unwrap(), Some(Location::Store("/a/b".into())));
        assert_eq!(Location::find(None, None).unwrap(), None);
        for bad in ["store:", "/a/b", "imap://x"] {
            assert!(Location::find(Some(bad), None).is_err());
        }
        assert_eq!(domain(Some("a@b.example")), "b.example");
        assert_eq!(domain(Some("a@")), "localhost");
        assert_eq!(domain(None), "localhost");
    }
}
