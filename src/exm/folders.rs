//! Where the folders and messages of a stream belong in the target.

use std::collections::{HashMap, HashSet};

use xxhash_rust::xxh3::xxh3_128;

use super::store::schema::{BUILT_IN, BuiltIn, DRAFTS, IPM_SUBTREE, ROOT};
use super::{FolderId, Target};
use crate::damage::{Effect, Finding, Findings};
use crate::mapi::tag::pr;
use crate::mapi::{Value, codepage};
use crate::mt::NameMap;
use crate::mt::object::{Folder, FolderMapEntry, Header, MAPI_STORE, Parent, UNANCHORED};
use crate::{Error, ErrorKind, Result, number};

/// Special folders by the names that `-B` takes for them.
const SPECIAL: [(&str, u64); 23] = [
    ("CALENDAR", 0x0F),
    ("COMMON_VIEWS", 0x07),
    ("CONFLICTS", 0x1A),
    ("CONTACTS", 0x13),
    ("DEFERRED_ACTION", 0x02),
    ("DELETED", 0x0B),
    ("DRAFT", 0x0E),
    ("DRAFTS", 0x0E),
    ("FINDER", 0x05),
    ("INBOX", 0x0D),
    ("IPM_SUBTREE", 0x09),
    ("JOURNAL", 0x10),
    ("JUNK", 0x17),
    ("LOCAL_FAILURES", 0x1B),
    ("NOTES", 0x11),
    ("OUTBOX", 0x0C),
    ("SENT", 0x0A),
    ("SERVER_FAILURES", 0x1C),
    ("SHORTCUTS", 0x04),
    ("SYNC_ISSUES", 0x19),
    ("TASKS", 0x12),
    ("TRASH", 0x0B),
    ("WASTEBASKET", 0x0B),
];
const VIEWS: (&str, u64) = ("VIEWS", 0x06);

/// The folder of the target that the user names (`-B`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// What the user wrote.
    text: String,
    /// The number of a folder, and the names of folders on the way down from it.
    start: u64,
    path: Vec<String>,
}

impl Anchor {
    /// What `text` says: a number (decimal, `0x…` hexadecimal, `0…` octal), or a path. The first part of a path is the name of a
    /// special folder in whatever case, or empty for the root of the store; the first `/` or `\` decides which of them divides.
    ///
    /// # Errors
    /// It is neither ([`ErrorKind::Usage`]).
    pub fn parse(text: &str) -> Result<Self> {
        if let Some(start) = number(text) {
            return Ok(Self { text: text.to_owned(), start, path: Vec::new() });
        }
        let separator = text.find(['/', '\\']).map_or('/', |at| if text[at..].starts_with('/') { '/' } else { '\\' });
        let mut parts = text.split(separator);
        let first = parts.next().unwrap_or_default();
        let special = SPECIAL.iter().chain([&VIEWS]).find(|(name, _)| name.eq_ignore_ascii_case(first));
        let start = match special {
            Some((_, id)) => *id,
            None if first.is_empty() && !text.is_empty() => ROOT,
            None => return Err(not_found(text)),
        };
        let path = parts.filter(|part| !part.is_empty()).map(str::to_owned).collect();
        Ok(Self { text: text.to_owned(), start, path })
    }

    /// The folder of `target` that this is.
    ///
    /// # Errors
    /// There is no such folder ([`ErrorKind::Usage`]), or the target fails.
    pub fn find(&self, target: &mut dyn Target) -> Result<FolderId> {
        let mut id = FolderId(self.start);
        for part in &self.path {
            id = target.subfolder(id, part)?.ok_or_else(|| not_found(&self.text))?;
        }
        if target.is_folder(id)? { Ok(id) } else { Err(not_found(&self.text)) }
    }

    /// Whether a mailbox that is yet to be created will have this folder.
    ///
    /// # Errors
    /// It will not ([`ErrorKind::Usage`]).
    pub fn check_new(&self) -> Result<()> {
        let mut id = self.start;
        for part in &self.path {
            let child = |folder: &&BuiltIn| folder.parent == id && folder.name.eq_ignore_ascii_case(part);
            id = BUILT_IN.iter().find(child).ok_or_else(|| not_found(&self.text))?.id;
        }
        let found = BUILT_IN.iter().any(|folder| folder.id == id && !folder.search);
        if found { Ok(()) } else { Err(not_found(&self.text)) }
    }
}

/// The number of a folder.
fn number(text: &str) -> Option<u64> {
    number::parse(text).filter(|number| *number != 0 && i64::try_from(*number).is_ok())
}

fn not_found(what: &str) -> Error {
    let message = format!(
        "the mailbox has no folder \"{}\" to put things into (-B takes a number, or a path like INBOX/2021 or \
         \"/Top of Information Store/Inbox\"; exmls shows what there is)",
        what.escape_debug()
    );
    Error::new(ErrorKind::Usage, message)
}

/// The most bytes of a path that is told to people.
const PATH_BYTES: usize = 1000;

/// The path of the folder `name` in the folder that is called `parent`, for people. Of one that is longer than a thousand bytes the end
/// is told, behind an ellipsis: folders may be nested deep, and nothing may grow with the square of that.
pub(super) fn path_below(parent: &str, name: &str) -> String {
    let path = format!("{parent}/{name}");
    if path.len() <= PATH_BYTES {
        return path;
    }
    let cut = path.ceil_char_boundary(path.len() - PATH_BYTES);
    format!("…{}", &path[cut..])
}

/// What two names of siblings that differ in nothing but the case of ASCII letters have in common. Names may be long: this is not.
pub(super) fn fold(name: &str) -> u128 {
    xxh3_128(name.to_ascii_lowercase().as_bytes())
}

/// Where things go.
pub(super) struct Placement {
    anchor_of_folders: FolderId,
    anchor_of_messages: FolderId,
    /// Whether folders that are there already are taken for the ones of the stream.
    accept_existing: bool,
    /// Whether the folders of the stream are to meet those of the mailbox, by name where the map has no entry.
    splice: bool,
    places: HashMap<u64, Place>,
    /// The folders of the target that folders of this stream have become.
    taken: HashSet<FolderId>,
    /// By parent and folded name: the first number that siblings of this name have not been told apart by.
    numbers: HashMap<(FolderId, u128), u64>,
    paths: HashMap<FolderId, String>,
}

enum Place {
    /// In this folder.
    Folder(FolderId),
    /// Wherever things go that have no place.
    Anchor,
    /// The built-in search folder of this name: what would be in it goes where things go that have no place.
    Search(&'static str),
    /// In a folder of this name, yet to be made, below a folder of this number.
    New(u64, String),
}

/// What became of a folder of the stream.
pub(super) struct Placed {
    pub id: FolderId,
    pub created: bool,
    /// Whether there is no folder of the target that it has become: its content goes where things go that have no place.
    pub unanchored: bool,
}

impl Placement {
    /// The places that `header` gives. Without an `anchor`, folders that have no place go below the top of the mailbox and
    /// messages to the drafts.
    pub fn new(
        target: &mut dyn Target,
        header: &Header,
        anchor: Option<FolderId>,
        accept_existing: bool,
        findings: &Findings,
    ) -> Result<Self> {
        let mut placement = Self {
            anchor_of_folders: anchor.unwrap_or(FolderId(IPM_SUBTREE)),
            anchor_of_messages: anchor.unwrap_or(FolderId(DRAFTS)),
            accept_existing,
            splice: header.splice,
            places: HashMap::from([(UNANCHORED, Place::Anchor)]),
            taken: HashSet::new(),
            numbers: HashMap::new(),
            paths: BUILT_IN.iter().map(|folder| (FolderId(folder.id), folder.name.to_owned())).collect(),
        };
        for entry in &header.folder_map {
            if let Some(name) = search_folder(entry) {
                let found = format!("{:#x}, the search folder \"{name}\"; nothing can be put into it", entry.target);
                findings.add(Finding::new(Effect::Notice, "folder map", "an ordinary folder of the mailbox", found));
                placement.places.insert(entry.nid, Place::Search(name));
                continue;
            }
            let known = entry.target == UNANCHORED || target.is_folder(FolderId(entry.target))?;
            let goal = if known { entry.target } else { UNANCHORED };
            if !known {
                let found = format!("{:#x} for \"{}\"", entry.target, entry.name.escape_debug());
                findings.add(Finding::new(Effect::Altered, "folder map", "a folder of the mailbox", found));
            }
            let place = match (entry.create, goal) {
                (true, goal) => Place::New(goal, entry.name.clone()),
                (false, UNANCHORED) => Place::Anchor,
                (false, goal) => Place::Folder(FolderId(goal)),
            };
            placement.places.insert(entry.nid, place);
        }
        Ok(placement)
    }

    /// The path of a folder of the target, for people; empty where it is not known.
    pub fn path(&self, id: FolderId) -> &str {
        self.paths.get(&id).map_or("", String::as_str)
    }

    /// Finds or creates the folder that `folder` of the stream becomes.
    pub fn folder(
        &mut self,
        target: &mut dyn Target,
        folder: &Folder<'_>,
        names: &NameMap,
        findings: &Findings,
    ) -> Result<Placed> {
        let there = |id, unanchored| Ok(Placed { id, created: false, unanchored });
        let (parent, name, reuse) = match self.places.get(&folder.nid) {
            Some(Place::Folder(id)) => return there(*id, false),
            Some(Place::Anchor | Place::Search(_)) => return there(self.anchor_of_folders, true),
            Some(Place::New(UNANCHORED, name)) => (self.anchor_of_folders, name.clone(), self.accept_existing),
            Some(Place::New(parent, name)) => (FolderId(*parent), name.clone(), self.accept_existing),
            None => {
                let parent = self.parent(folder.parent, self.anchor_of_folders, findings);
                (parent, name_of(folder, findings), self.accept_existing || self.splice)
            }
        };
        let (name, existing) = self.free_name(target, parent, name, reuse, findings)?;
        let id = match existing {
            Some(id) => id,
            None => target.create_folder(parent, &name, folder, names, findings)?,
        };
        self.places.insert(folder.nid, Place::Folder(id));
        self.taken.insert(id);
        let path = path_below(self.path(parent), &name);
        self.paths.insert(id, path);
        Ok(Placed { id, created: existing.is_none(), unanchored: false })
    }

    /// The folder that a message with `parent` belongs in.
    pub fn of_message(&self, parent: Parent, findings: &Findings) -> FolderId {
        self.parent(parent, self.anchor_of_messages, findings)
    }

    fn parent(&self, parent: Parent, anchor: FolderId, findings: &Findings) -> FolderId {
        match self.places.get(&parent.nid) {
            Some(Place::Folder(id)) => *id,
            Some(Place::Anchor) => anchor,
            Some(Place::Search(name)) => {
                let found = format!("the search folder \"{name}\"; it goes to \"{}\"", self.path(anchor));
                findings.add(Finding::new(Effect::Altered, "parent folder", "an ordinary folder", found));
                anchor
            }
            _ if parent.kind == MAPI_STORE => anchor,
            _ => {
                let found =
                    format!("{:#x}, which the stream does not have; it goes to \"{}\"", parent.nid, self.path(anchor));
                findings.add(Finding::new(Effect::Altered, "parent folder", "a folder of the stream", found));
                anchor
            }
        }
    }

    /// The name that a folder called `name` can have in `parent`, and the folder that is to be taken for it; one that is there already
    /// only where it may be reused.
    fn free_name(
        &mut self,
        target: &mut dyn Target,
        parent: FolderId,
        name: String,
        reuse: bool,
        findings: &Findings,
    ) -> Result<(String, Option<FolderId>)> {
        let key = (parent, fold(&name));
        let numbered = |n: u64| format!("{name} ({n})");
        let mut n = self.numbers.get(&key).copied();
        loop {
            let candidate = n.map_or_else(|| name.clone(), numbered);
            match target.subfolder(parent, &candidate)? {
                // Another folder of this stream has the name: a source may hold siblings that are called the same.
                Some(id) if self.taken.contains(&id) => {
                    let next = n.map_or(2, |n| n + 1);
                    self.numbers.insert(key, next);
                    n = Some(next);
                }
                Some(_) if !reuse => return Err(collision(&candidate, self.path(parent))),
                existing => {
                    if n.is_some() {
                        let found = format!("two; this one is called \"{}\"", candidate.escape_debug());
                        findings.add(Finding::new(Effect::Altered, "folder name", "one folder of this name", found));
                    }
                    return Ok((candidate, existing));
                }
            }
        }
    }
}

/// The name of the built-in search folder that `entry` says a folder of the source is; `None` where it says something else.
fn search_folder(entry: &FolderMapEntry) -> Option<&'static str> {
    let folder = BUILT_IN.iter().find(|folder| folder.search && folder.id == entry.target);
    folder.filter(|_| !entry.create).map(|folder| folder.name)
}

fn collision(name: &str, parent: &str) -> Error {
    let message = format!(
        "there is a folder \"{}\" in \"{}\" already. Give -x to put things into it, -B for another place, or another name when \
         the stream is made (pff2mt --root-name)",
        name.escape_debug(),
        parent.escape_debug()
    );
    Error::new(ErrorKind::Target, message)
}

fn name_of(folder: &Folder<'_>, findings: &Findings) -> String {
    let given = match folder.props.by_id(pr::DISPLAY_NAME.id()) {
        Some(Value::Str(name)) => name.replace('\0', "\u{FFFD}"),
        // The code page is the one in which the property is read, too, which says what could not be.
        Some(Value::Str8(name)) => match str::from_utf8(name) {
            Ok(name) => name.to_owned(),
            Err(_) => codepage::decode(1252, name).text.into_owned(),
        },
        _ => String::new(),
    };
    if !given.is_empty() {
        return given;
    }
    let name = format!("Unnamed folder {:#x}", folder.nid);
    findings.add(Finding::new(Effect::Altered, "folder name", "a name", format!("none; it is called \"{name}\"")));
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors() {
        let parse = |text| Anchor::parse(text).ok().map(|anchor| (anchor.start, anchor.path.join("|")));
        let path = |start: u64, parts: &str| Some((start, parts.to_owned()));
        assert_eq!(parse("13"), path(13, ""));
        assert_eq!(parse("0x1D"), path(0x1D, ""));
        assert_eq!(parse("015"), path(13, ""));
        assert_eq!(parse("inbox"), path(0x0D, ""));
        assert_eq!(parse("INBOX/2021"), path(0x0D, "2021"));
        assert_eq!(parse("Trash//a/b/"), path(0x0B, "a|b"));
        assert_eq!(parse(r"INBOX\a/b"), path(0x0D, "a/b"));
        assert_eq!(parse(r"INBOX/a\b"), path(0x0D, r"a\b"));
        assert_eq!(parse("/Top of Information Store/Outbox"), path(1, "Top of Information Store|Outbox"));
        assert_eq!(parse("views"), path(6, ""));
        assert_eq!(parse("/"), path(1, ""));
        for bad in ["", "0", "nowhere", "nowhere/x", "0x", "-1", "18446744073709551615"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
    #[test]
    fn anchors_in_a_mailbox_that_is_not_there_yet() {
        let check = |text| Anchor::parse(text).unwrap().check_new();
        for good in ["13", "inbox", "/", "/top of information store/INBOX", "contacts/quick contacts"] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in ["3", "77", "INBOX/none", "/Spooler Queue", "/Top of Information Store/Inbox/x"] {
            let error = check(bad).unwrap_err();
            assert!(error.kind() == ErrorKind::Usage && error.message().contains(&format!("\"{bad}\"")), "{error}");
        }
    }

    #[test]
    fn long_paths_keep_their_end() {
        assert_eq!(path_below("a/b", "c"), "a/b/c");
        let path = (0..100).fold(String::new(), |path, n| path_below(&path, &format!("{n}{}", "ä".repeat(60))));
        assert!(path.starts_with('…') && path.contains("/99ä"), "{path}");
        assert!((PATH_BYTES - 3..=PATH_BYTES + 3).contains(&path.len()), "{}", path.len());
    }
}
