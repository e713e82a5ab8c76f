//! Which items are wanted.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::{Error, ErrorKind, Result};

/// What an item has to be like. [`Filter::default`] takes everything but associated messages.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Folders that are taken, with all below them; `None`: all.
    pub folders: Option<Globs>,
    /// Folders that are left out, with all below them.
    pub exclude: Option<Globs>,
    /// Message classes, with those derived from them; `None`: all.
    pub classes: Option<Globs>,
    /// Not before this FILETIME. An item that has no time is taken.
    pub since: Option<i64>,
    /// Before this FILETIME.
    pub until: Option<i64>,
    /// Not larger than this, in bytes.
    pub max_size: Option<u64>,
    /// Whether associated messages (FAI) are taken.
    pub assoc: bool,
}

/// Patterns in which `*`, `?`, `[…]`, `{a,b}` and `**` mean what they do in .gitignore; upper and lower case are the same.
#[derive(Debug, Clone)]
pub struct Globs(GlobSet);

impl Globs {
    /// Patterns for paths of folders. One without a slash is for a folder anywhere, one with a slash begins at the top.
    ///
    /// # Errors
    /// A pattern is malformed ([`ErrorKind::Usage`]).
    pub fn folders(patterns: &[String]) -> Result<Option<Self>> {
        let anchored = |pattern: &String| {
            let path = pattern.trim_matches('/');
            if pattern.trim_end_matches('/').contains('/') { path.to_owned() } else { format!("**/{path}") }
        };
        Self::new(patterns.iter().map(anchored), "/**")
    }

    /// Patterns for message classes.
    ///
    /// # Errors
    /// As [`Globs::folders`].
    pub fn classes(patterns: &[String]) -> Result<Option<Self>> {
        Self::new(patterns.iter().cloned(), ".*")
    }

    /// `patterns`, and the same with `below` behind them.
    fn new(patterns: impl Iterator<Item = String>, below: &str) -> Result<Option<Self>> {
        let mut set = GlobSetBuilder::new();
        let mut is_empty = true;
        for pattern in patterns {
            is_empty = false;
            for text in [&pattern, &format!("{pattern}{below}")] {
                let glob = GlobBuilder::new(text).case_insensitive(true).literal_separator(true).build();
                set.add(glob.map_err(|e| Error::new(ErrorKind::Usage, e.to_string()))?);
            }
        }
        let set = set.build().map_err(|e| Error::new(ErrorKind::Usage, e.to_string()))?;
        Ok((!is_empty).then_some(Self(set)))
    }

    fn matches(&self, text: &str) -> bool {
        self.0.is_match(text.trim_start_matches('/'))
    }
}

impl Filter {
    /// Whether items of the folder `path` are taken.
    pub fn folder(&self, path: &str) -> bool {
        self.folders.as_ref().is_none_or(|globs| globs.matches(path))
            && !self.exclude.as_ref().is_some_and(|globs| globs.matches(path))
    }

    /// Whether items of `class` are taken.
    pub fn class(&self, class: &str) -> bool {
        self.classes.as_ref().is_none_or(|globs| globs.matches(class))
    }

    /// Whether an item of `time` and `size` is taken; `is_assoc` says whether it is an associated one.
    pub fn item(&self, is_assoc: bool, time: Option<i64>, size: impl Fn() -> u64) -> bool {
        let is_late = |since| time.is_none_or(|time| time >= since);
        let is_early = |until| time.is_none_or(|time| time < until);
        let is_small = |max| size() <= max;
        (self.assoc || !is_assoc)
            && self.since.is_none_or(is_late)
            && self.until.is_none_or(is_early)
            && self.max_size.is_none_or(is_small)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders(patterns: &[&str]) -> Globs {
        let patterns: Vec<String> = patterns.iter().map(|p| (*p).to_owned()).collect();
        Globs::folders(&patterns).unwrap().unwrap()
    }

    #[test]
    fn folders_by_name_and_by_path() {
        for (pattern, path, matches) in [
            ("Inbox", "/Top/Inbox", true),
            ("inbox", "/Top/INBOX/Old", true),
            ("Inbox", "/Top/Inbox 2", false),
            ("Inbox*", "/Top/Inbox 2", true),
            ("Top/*", "/Top/Inbox/Old", true),
            ("*/Inbox", "/Top/Other/Inbox", false),
            ("/Inbox", "/Top/Inbox", false),
            ("/Top/", "/Top", true),
            ("Über*", "/Top/ÜBERSICHT", true),
            ("*", "", true),
            ("**", "", true),
        ] {
            assert_eq!(folders(&[pattern]).matches(path), matches, "{pattern} {path}");
        }
        assert!(Globs::folders(&[]).unwrap().is_none());
        assert_eq!(Globs::folders(&["a[".to_owned()]).unwrap_err().kind(), ErrorKind::Usage);
    }

    #[test]
    fn classes_with_those_derived_from_them() {
        let globs = Globs::classes(&["IPM.Note".to_owned()]).unwrap().unwrap();
        assert!(globs.matches("ipm.note") && globs.matches("IPM.Note.SMIME") && !globs.matches("IPM.Notes"));
    }

    #[test]
    fn times_are_from_and_before() {
        let filter = Filter { since: Some(10), until: Some(20), max_size: Some(5), ..Filter::default() };
        let taken = [(Some(9), 0), (Some(10), 5), (Some(19), 0), (Some(20), 0), (None, 5), (None, 6)]
            .map(|(time, size)| filter.item(false, time, || size));
        assert_eq!(taken, [false, true, true, false, true, false]);
    }
}
