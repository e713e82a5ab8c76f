//! Which items are wanted.

use std::collections::HashSet;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::form::Span;
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
    /// Not over before this FILETIME. An item that has no time is taken.
    pub since: Option<i64>,
    /// Begun before this FILETIME.
    pub until: Option<i64>,
    /// Not larger than this, in bytes.
    pub max_size: Option<u64>,
    /// Whether associated messages (FAI) are taken.
    pub assoc: bool,
}

/// Patterns in which `*`, `?`, `[…]`, `{a,b}` and `**` mean what they do in .gitignore; upper and lower case are the same. What a pattern
/// is letter by letter is met by it, too.
#[derive(Debug, Clone)]
pub struct Globs {
    /// Each as it was given.
    patterns: Vec<String>,
    /// [`GLOBS`] for each.
    set: GlobSet,
}

impl Globs {
    /// Patterns for paths of folders. One without a slash is for a folder anywhere, one with a slash begins at the top.
    ///
    /// # Errors
    /// A pattern is malformed ([`ErrorKind::Usage`]).
    pub fn folders(patterns: &[String]) -> Result<Option<Self>> {
        let anchored = |pattern: &str| {
            let path = pattern.trim_matches('/');
            if pattern.trim_end_matches('/').contains('/') { path.to_owned() } else { format!("**/{path}") }
        };
        Self::new(patterns, anchored, "/**")
    }

    /// Patterns for message classes.
    ///
    /// # Errors
    /// As [`Globs::folders`].
    pub fn classes(patterns: &[String]) -> Result<Option<Self>> {
        Self::new(patterns, str::to_owned, ".*")
    }

    /// `patterns` as `anchored` makes them globs, as they are, and both with `below` behind them.
    fn new(patterns: &[String], anchored: impl Fn(&str) -> String, below: &str) -> Result<Option<Self>> {
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            let (glob, literal) = (anchored(pattern), anchored(&globset::escape(pattern)));
            for text in [&glob, &format!("{glob}{below}"), &literal, &format!("{literal}{below}")] {
                let glob = GlobBuilder::new(text).case_insensitive(true).literal_separator(true).build();
                set.add(glob.map_err(|e| Error::new(ErrorKind::Usage, e.to_string()))?);
            }
        }
        let set = set.build().map_err(|e| Error::new(ErrorKind::Usage, e.to_string()))?;
        Ok((!patterns.is_empty()).then(|| Self { patterns: patterns.to_vec(), set }))
    }

    fn matches(&self, text: &str) -> bool {
        self.set.is_match(text.trim_start_matches('/'))
    }

    /// Which of the patterns, by their numbers, `text` meets.
    fn met_by(&self, text: &str) -> impl Iterator<Item = usize> {
        self.set.matches(text.trim_start_matches('/')).into_iter().map(|glob| glob / GLOBS)
    }
}

/// Globs that are made of one pattern.
const GLOBS: usize = 4;

/// Which patterns for folders have met one.
#[derive(Debug, Default)]
pub(super) struct Met {
    folders: HashSet<usize>,
    exclude: HashSet<usize>,
}

impl Met {
    /// Takes in the folder `path`.
    pub fn folder(&mut self, filter: &Filter, path: &str) {
        for (globs, met) in [(&filter.folders, &mut self.folders), (&filter.exclude, &mut self.exclude)] {
            met.extend(globs.iter().flat_map(|globs| globs.met_by(path)));
        }
    }

    /// The patterns that have met none.
    pub fn others(&self, filter: &Filter) -> Vec<String> {
        let all = [(&filter.folders, &self.folders), (&filter.exclude, &self.exclude)];
        let others = all.into_iter().flat_map(|(globs, met)| {
            let patterns = globs.iter().flat_map(|globs| globs.patterns.iter().enumerate());
            patterns.filter(|(number, _)| !met.contains(number)).map(|(_, pattern)| pattern.clone())
        });
        others.collect()
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

    /// Whether an item of `span` and `size` is taken; `is_assoc` says whether it is an associated one.
    pub fn item(&self, is_assoc: bool, span: impl Fn() -> Option<Span>, size: impl Fn() -> u64) -> bool {
        // It takes more than a look.
        let span = (self.since.is_some() || self.until.is_some()).then(span).flatten();
        let is_late = |since| span.is_none_or(|span| span.to >= since);
        let is_early = |until| span.is_none_or(|span| span.from < until);
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
            ("[Gmail]", "/Top/[Gmail]/All Mail", true),
            ("[Gmail]", "/Top/G", true),
            ("[Gmail]", "/Top/Gmail", false),
            ("Top/[gmail]/All*", "/Top/[Gmail]/All Mail", false),
            ("Top/[[]gmail]/All*", "/Top/[Gmail]/All Mail", true),
            ("a*b?", "/A*B?", true),
        ] {
            assert_eq!(folders(&[pattern]).matches(path), matches, "{pattern} {path}");
        }
        assert!(Globs::folders(&[]).unwrap().is_none());
        assert_eq!(Globs::folders(&["a[".to_owned()]).unwrap_err().kind(), ErrorKind::Usage);
    }

    #[test]
    fn patterns_that_meet_no_folder_are_known() {
        let globs = |patterns: &[&str]| Some(folders(patterns));
        let filter = Filter {
            folders: globs(&["Inbox", "Nowhere", "[Gmail]"]),
            exclude: globs(&["Old", "Top/Inbox/*"]),
            ..Filter::default()
        };
        let mut met = Met::default();
        ["", "/Top", "/Top/Inbox", "/Top/Inbox/New", "/Top/[Gmail]"].iter().for_each(|path| met.folder(&filter, path));
        assert_eq!(met.others(&filter), ["Nowhere", "Old"]);
    }

    #[test]
    fn classes_with_those_derived_from_them() {
        let globs = Globs::classes(&["IPM.Note".to_owned()]).unwrap().unwrap();
        assert!(globs.matches("ipm.note") && globs.matches("IPM.Note.SMIME") && !globs.matches("IPM.Notes"));
    }

    #[test]
    fn times_are_from_and_before() {
        let filter = Filter { since: Some(10), until: Some(20), max_size: Some(5), ..Filter::default() };
        let span = |(from, to)| Span { from, to };
        let taken = [
            (Some((9, 9)), 0),
            (Some((10, 10)), 5),
            (Some((19, 19)), 0),
            (Some((20, 20)), 0),
            (None, 5),
            (None, 6),
            (Some((0, 9)), 0),
            (Some((0, 10)), 0),
            (Some((19, i64::MAX)), 0),
            (Some((20, i64::MAX)), 0),
        ]
        .map(|(times, size)| filter.item(false, || times.map(span), || size));
        assert_eq!(taken, [false, true, true, false, true, false, false, true, true, false]);
    }
}
