//! The folders of the input and the directories that they become.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;

use crate::damage::{Effect, Finding, Findings};
use crate::mapi::special::SpecialFolder;
use crate::mapi::tag::pr;
use crate::mt::object::{Folder, MAPI_STORE, Parent, UNANCHORED};
use crate::sanitize::file_name;

/// Bytes of the name of a directory, and of the part of a file's name that says what it is.
pub(super) const NAME_BYTES: usize = 80;
/// Bytes of the path of a directory below the output. What would be longer goes to the top: systems take 4096 bytes at most for all.
const DIR_BYTES: usize = 700;
/// Bytes of a path that is told; so that folders without end in each other don't take memory without end.
const PATH_BYTES: usize = 4096;
/// What files end with. A directory that does would be where a file may have to be.
const EXTENSIONS: [&str; 9] = [".eml", ".mbox", ".ics", ".ifb", ".vcf", ".csv", ".jsonl", ".mt2eml", ".part"];
/// What a Maildir has in it.
const MAILDIR: [&str; 3] = ["cur", "new", "tmp"];

/// The folders so far.
pub(super) struct Places {
    places: Vec<Arc<Place>>,
    /// The names of the directories in each, folded.
    taken: Vec<HashSet<String>>,
    by_nid: HashMap<u64, usize>,
    /// The folder of deleted items, where the input tells it otherwise than by its name.
    wastebasket: Option<u64>,
}

/// A folder.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// How many there were before it.
    number: usize,
    /// Its path in the input, `/` before each name; empty for the top.
    pub path: String,
    /// Its directory below the output, `/` between the names.
    pub dir: String,
    /// Whether its items are wanted.
    pub is_wanted: bool,
    /// Whether its items are not among those that their owner has in view: it is the wastebasket, hidden, or in one that is.
    pub is_aside: bool,
}

impl Places {
    /// The top of the input is the directory `dir`; its items are wanted where `is_wanted`. `wastebasket` is the folder of deleted items,
    /// where that is known.
    pub fn new(dir: &str, is_wanted: bool, wastebasket: Option<u64>) -> Self {
        let top = Place { dir: dir.to_owned(), is_wanted, ..Place::default() };
        Self { places: vec![Arc::new(top)], taken: vec![HashSet::new()], by_nid: HashMap::new(), wastebasket }
    }

    /// Takes `folder` in; `wanted` says of a path whether its items are wanted.
    pub fn folder(&mut self, folder: &Folder<'_>, findings: &Findings, wanted: impl Fn(&str) -> bool) -> &Place {
        if folder.parent.kind == MAPI_STORE && self.by_nid.is_empty() {
            self.by_nid.insert(folder.nid, 0);
            return &self.places[0];
        }
        let parent = self.index(folder.parent, findings);
        let name = folder.props.str(pr::DISPLAY_NAME).filter(|name| !name.is_empty()).unwrap_or("Unnamed folder");
        let path = self.path(parent, name);
        let dir = self.dir(parent, name);
        self.by_nid.insert(folder.nid, self.places.len());
        let number = self.places.len();
        let is_aside = self.places[parent].is_aside || is_hidden(folder) || self.is_wastebasket(folder, &path, name);
        self.taken.push(HashSet::new());
        self.places.push(Arc::new(Place { number, is_wanted: wanted(&path), is_aside, path, dir }));
        &self.places[number]
    }

    /// The folder of an object with `parent`.
    pub fn parent(&self, parent: Parent, findings: &Findings) -> &Arc<Place> {
        &self.places[self.index(parent, findings)]
    }

    fn index(&self, parent: Parent, findings: &Findings) -> usize {
        if parent.kind == MAPI_STORE || parent.nid == UNANCHORED {
            return 0;
        }
        self.by_nid.get(&parent.nid).copied().unwrap_or_else(|| {
            let found = format!("{:#x}, which the input does not have; it goes to the top", parent.nid);
            findings.add(Finding::new(Effect::Altered, "parent folder", "a folder of the input", found));
            0
        })
    }

    fn is_wastebasket(&self, folder: &Folder<'_>, path: &str, name: &str) -> bool {
        // Deeper down the name is one that a user chose.
        let by_name =
            || path.matches('/').count() <= 2 && SpecialFolder::by_name(name) == Some(SpecialFolder::DeletedItems);
        self.wastebasket.map_or_else(by_name, |nid| nid == folder.nid)
    }

    fn path(&self, parent: usize, name: &str) -> String {
        let name = name[..name.floor_char_boundary(PATH_BYTES / 2)].replace('/', "\u{2215}");
        let above = &self.places[parent].path;
        if above.len() + name.len() < PATH_BYTES { format!("{above}/{name}") } else { format!("/…/{name}") }
    }

    fn dir(&mut self, parent: usize, name: &str) -> String {
        let mut name = file_name(name, NAME_BYTES);
        let lower = name.to_lowercase();
        if EXTENSIONS.iter().any(|end| lower.ends_with(end)) || MAILDIR.contains(&lower.as_str()) {
            name.push('_');
        }
        let is_long = self.places[parent].dir.len() + name.len() > DIR_BYTES;
        let above = if is_long { 0 } else { parent };
        let name = unique(name, &mut self.taken[above]);
        join(&self.places[above].dir, &name)
    }
}

/// Whether no program shows `folder` to its owner: it says so, or it is a list of contacts that a program keeps for itself.
fn is_hidden(folder: &Folder<'_>) -> bool {
    /// Of the contacts of whom mail was sent to, of a chat program and the like.
    const INTERNAL: &str = "IPF.Contact.";
    let class = folder.props.str(pr::CONTAINER_CLASS).unwrap_or_default();
    folder.props.int(pr::ATTR_HIDDEN).is_some_and(|hidden| hidden != 0)
        || class.get(..INTERNAL.len()).is_some_and(|start| start.eq_ignore_ascii_case(INTERNAL))
}

/// What files are called apart by.
#[derive(Debug, Default)]
pub(super) struct Tokens(HashMap<usize, Count>);

/// The highest id of an item of a folder so far, and how many items there were.
#[derive(Debug, Default)]
struct Count {
    highest: Option<u64>,
    items: u64,
}

impl Tokens {
    /// What is in the name of the file of item `nid` of `place`, and of no other file in this directory: its id, with its number in the
    /// folder behind it where an item with a higher id came before.
    pub fn next(&mut self, place: &Place, nid: u64) -> String {
        let count = self.0.entry(place.number).or_default();
        count.items += 1;
        if count.highest.is_some_and(|highest| nid <= highest) {
            return format!("{nid:x}-{}", count.items);
        }
        count.highest = Some(nid);
        format!("{nid:x}")
    }
}

/// `name` in the directory `dir`.
pub(super) fn join(dir: &str, name: &str) -> String {
    if dir.is_empty() { name.to_owned() } else { format!("{dir}/{name}") }
}

/// A name that file systems, however they compare names, keep apart from all of `taken`; `name` itself where it can be.
fn unique(name: String, taken: &mut HashSet<String>) -> String {
    // Upper case first: that of `ß` and of ligatures is two letters.
    let fold =
        |name: &str| name.nfd().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfd().collect::<String>();
    let numbered = (2u64..).map(|n| format!("{name} ({n})"));
    let mut candidates = std::iter::once(name.clone()).chain(numbered);
    candidates.find(|candidate| taken.insert(fold(candidate))).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapi::{Props, Value};
    use crate::mt::object::MAPI_FOLDER;

    fn add(places: &mut Places, nid: u64, parent: u64, name: &str) -> (String, String) {
        let kind = if parent == 0 { MAPI_STORE } else { MAPI_FOLDER };
        let mut props = Props::new();
        props.set(pr::DISPLAY_NAME, Value::str(name.to_owned()));
        let folder = Folder { nid, parent: Parent { kind, nid: parent }, props, acl: Vec::new() };
        let place = places.folder(&folder, &Findings::new(), |_| true);
        (place.path.clone(), place.dir.clone())
    }

    const HOSTILE: [&str; 18] = [
        "Inbox",
        "INBOX",
        "../x",
        "con",
        "a.eml",
        "Cur",
        "é",
        "e\u{301}",
        "",
        "INBOX (2)",
        "index.jsonl",
        "Straße",
        "STRASSE",
        "\u{fb01}",
        "fi",
        "ΟΔΟΣ",
        "οδος",
        "-rf",
    ];

    #[test]
    fn directories_are_safe_and_apart() {
        let mut places = Places::new("", true, None);
        add(&mut places, 1, 0, "the name of the store");
        let dirs: Vec<String> =
            HOSTILE.into_iter().enumerate().map(|(i, name)| add(&mut places, 10 + i as u64, 1, name).1).collect();
        let expected = [
            "Inbox",
            "INBOX (2)",
            ".._x",
            "_con",
            "a.eml_",
            "Cur_",
            "é",
            "e\u{301} (2)",
            "Unnamed folder",
            "INBOX (2) (2)",
            "index.jsonl_",
            "Straße",
            "STRASSE (2)",
            "\u{fb01}",
            "fi (2)",
            "ΟΔΟΣ",
            "οδος (2)",
            "_rf",
        ];
        assert_eq!(dirs, expected);
        assert_eq!(add(&mut places, 50, 12, "a/b"), ("/../x/a∕b".replace("../x", "..∕x"), ".._x/a_b".to_owned()));
    }

    #[test]
    fn folders_in_folders_without_end() {
        let mut places = Places::new("", true, None);
        add(&mut places, 1, 0, "");
        let name = "n".repeat(300);
        for nid in 2..2000 {
            let (path, dir) = add(&mut places, nid, nid - 1, &name);
            assert!(path.len() <= PATH_BYTES && dir.len() <= DIR_BYTES + NAME_BYTES + 10, "{nid}");
        }
    }

    #[test]
    fn tokens_tell_items_of_one_id_apart() {
        let (mut tokens, place) = (Tokens::default(), Place::default());
        assert_eq!(
            [0x24, 0x44, 0x44, 0x24, 0x64].map(|nid| tokens.next(&place, nid)),
            ["24", "44", "44-3", "24-4", "64"]
        );
    }
}
