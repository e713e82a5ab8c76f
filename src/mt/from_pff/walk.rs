//! The walk over the folders of a file.

use std::collections::{BTreeSet, HashMap};

use super::convert::Converter;
use super::message::Unread;
use super::report::Left;
use super::sink::{News, Place, Sink};
use super::{Item, Options};
use crate::damage::{Effect, Finding, Findings};
use crate::mapi::{Props, Value, tag::pr};
use crate::messaging::{Census, Folder, Store, misnamed_parent};
use crate::mt::object::{Folder as FolderFrame, MAPI_FOLDER, MAPI_STORE, Parent, UNANCHORED};
use crate::ndb::{Arena, Nid, NidType, Scope};
use crate::{Error, ErrorKind, Result};

/// Walks the folders of a file.
pub(super) struct Walk<'f, 'w, S> {
    pub(super) store: &'f Store<'f>,
    pub(super) options: &'w Options,
    pub(super) census: &'w Census,
    /// Folders that have been walked.
    pub(super) visited: BTreeSet<Nid>,
    /// Folders that have been left out because they are hidden, or are in a hidden one.
    hidden: BTreeSet<Nid>,
    pub(super) sink: &'w mut S,
    left: Left,
}

impl<'f, 'w, S: Sink<'f>> Walk<'f, 'w, S> {
    pub(super) fn new(store: &'f Store<'f>, options: &'w Options, census: &'w Census, sink: &'w mut S) -> Self {
        Self { store, options, census, visited: BTreeSet::new(), hidden: BTreeSet::new(), sink, left: Left::default() }
    }

    /// Walks all that the options ask for, and says what they left out.
    pub(super) fn run(mut self) -> Result<Left> {
        if self.options.only.is_empty() {
            self.everything()?;
        } else {
            self.options.only.iter().try_for_each(|nid| self.only(*nid))?;
        }
        self.settle_hidden();
        Ok(self.left)
    }

    fn everything(&mut self) -> Result<()> {
        let root = Parent { kind: MAPI_STORE, nid: 0 };
        self.left.search_folders = u64::from(self.census.total.search_folders);
        self.folder(Nid::ROOT_FOLDER, root, "", 0, &mut Names::new())?;
        self.unreachable_folders()?;
        self.unreachable_messages()
    }

    fn only(&mut self, nid: Nid) -> Result<()> {
        let findings = Findings::new();
        let unanchored = Parent { kind: MAPI_FOLDER, nid: UNANCHORED };
        let missing = || {
            let message = format!("there is no object {nid} in the file; `pffck -t` lists those that are");
            Error::new(ErrorKind::NotFound, message)
        };
        self.store.db.node(nid, &findings)?.ok_or_else(missing)?;
        match nid.typ() {
            NidType::NORMAL_FOLDER => self.folder(nid, unanchored, "", 0, &mut Names::new()),
            NidType::NORMAL_MESSAGE | NidType::ASSOC_MESSAGE => {
                self.message(&Place { parent: unanchored, ..Place::new(nid, "", 0) }, nid)
            }
            _ => Err(Error::new(ErrorKind::Usage, format!("object {nid} is neither a folder nor a message"))),
        }
    }

    /// Walks folder `nid` and all that is below it. `siblings` holds the names that its parent has used up.
    fn folder(&mut self, nid: Nid, parent: Parent, path: &str, depth: usize, siblings: &mut Names) -> Result<()> {
        if !self.visited.insert(nid) {
            return Ok(());
        }
        let arena = Arena::new();
        let findings = Findings::new();
        let scope = Scope { db: self.store.db, arena: &arena, findings: &findings };
        let folder = Folder::new(self.store, nid);
        let props = folder.props(scope).unwrap_or_else(|e| {
            let found = format!("{e}; the folder is kept without its properties");
            findings.add(Finding::new(Effect::Lost, "folder", "a readable property context", found).nid(nid.0));
            Props::new()
        });
        let hidden = props.int(pr::ATTR_HIDDEN).is_some_and(|v| v != 0);
        if hidden && !self.options.hidden {
            self.skip_hidden(nid);
            return Ok(());
        }
        let (place, name) = self.folder_frame(scope, nid, (parent, path, depth), props, siblings)?;
        if let Some(home) = self.census.moved.get(&nid) {
            findings.add(misnamed_parent(nid, home.named, home.folder));
        }
        let mut children = folder.subfolders(self.census, &findings);
        if depth >= scope.db.limits().folder_depth && !children.is_empty() {
            findings.add(too_deep(nid, depth, children.len()));
            // They are found again as unreachable.
            children.clear();
        }
        self.sink.tell(Item::folder(nid, &place.path, &name).with(findings.take()), News::Folder)?;
        self.messages(&place, NidType::NORMAL_MESSAGE)?;
        self.messages(&place, NidType::ASSOC_MESSAGE)?;
        self.subfolders(&place, &children)
    }

    fn subfolders(&mut self, place: &Place, children: &BTreeSet<Nid>) -> Result<()> {
        let mut names = Names::new();
        children.iter().try_for_each(|nid| self.folder(*nid, place.parent, &place.path, place.depth + 1, &mut names))
    }

    /// Hands on a folder with `props`, below `path`; returns its place, and the name that it got.
    pub(super) fn folder_frame(
        &mut self,
        scope: Scope<'_>,
        nid: Nid,
        (parent, path, depth): (Parent, &str, usize),
        mut props: Props<'_>,
        siblings: &mut Names,
    ) -> Result<(Place, String)> {
        let name = props.str(pr::DISPLAY_NAME).filter(|n| !n.is_empty()).map(str::to_owned);
        let name = unique(name.unwrap_or_else(|| format!("Unnamed folder {}", nid.0)), siblings);
        if props.str(pr::DISPLAY_NAME).is_some_and(|old| !old.is_empty() && old != name) {
            let found = format!("another with this name beside it; it is called \"{name}\" here");
            scope
                .findings
                .add(Finding::new(Effect::Notice, "PidTagDisplayName", "a name of its own", found).nid(nid.0));
        }
        props.set(pr::DISPLAY_NAME, Value::str(name.clone()));
        let mut converter = Converter::new(&self.store.names, scope.findings);
        let props = converter.folder(props);
        let names = converter.into_names();
        let top = nid == Nid::ROOT_FOLDER;
        let path = if top { String::new() } else { format!("{path}/{}", name.replace('/', "\u{2215}")) };
        let place = Place::new(nid, path, depth);
        self.sink.folder(&place, FolderFrame { nid: u64::from(nid.0), parent, props, acl: Vec::new() }, names)?;
        Ok((place, name))
    }

    /// Counts hidden folder `nid` and all that is below it. However deep that goes, there is no recursion.
    fn skip_hidden(&mut self, nid: Nid) {
        let mut todo = vec![nid];
        while let Some(nid) = todo.pop() {
            self.hidden.insert(nid);
            self.left.hidden_folders += 1;
            let counts = self.census.of(nid);
            self.left.hidden_items += u64::from(counts.messages) + u64::from(counts.fai);
            let children = self.census.subfolders.get(&nid).into_iter().flatten();
            todo.extend(children.filter(|child| self.visited.insert(**child)));
        }
    }

    /// Counts messages that other folders list than their parent fields name as what these are: hidden or not.
    fn settle_hidden(&mut self) {
        let counted = |typ| typ == NidType::NORMAL_MESSAGE || self.options.assoc;
        for (_, home) in self.census.known_homes().filter(|(nid, _)| counted(nid.typ())) {
            self.left.hidden_items += u64::from(self.hidden.contains(&home.folder));
            let was_counted = self.hidden.contains(&home.named);
            self.left.hidden_items = self.left.hidden_items.saturating_sub(u64::from(was_counted));
        }
    }

    fn messages(&mut self, place: &Place, typ: NidType) -> Result<()> {
        if typ == NidType::ASSOC_MESSAGE && !self.options.assoc {
            self.left.fai_left_behind += u64::from(self.census.of(place.nid).fai);
            return Ok(());
        }
        let findings = Findings::new();
        let folder = Folder::new(self.store, place.nid);
        let mut result = Ok(());
        folder.for_each_message(typ, self.census, &findings, |nid| {
            if result.is_ok() {
                result = self.message(place, nid);
            }
        });
        result?;
        // What the table lists and nobody has: there is no node to read, but it must be counted and named.
        let missing = findings.take();
        for f in missing.iter().filter(|f| f.effect == Effect::Lost) {
            self.sink.tell(Item::missing(place.nid, &place.path, f), News::Missing)?;
        }
        self.notices(Item::folder(place.nid, &place.path, ""), missing)
    }

    pub(super) fn message(&mut self, place: &Place, nid: Nid) -> Result<()> {
        self.sink.message(Unread { store: self.store, nid, place: place.clone() })
    }

    /// Tells of `findings` that cost no item.
    pub(super) fn notices(&mut self, item: Item, findings: Vec<Finding>) -> Result<()> {
        if findings.is_empty() { Ok(()) } else { self.sink.tell(item.with(findings), News::Notice) }
    }

    /// Folders that no walk from the root reaches: their parent is not there, they are too deep, or they are each other's parents.
    fn unreachable_folders(&mut self) -> Result<()> {
        let root = Parent { kind: MAPI_FOLDER, nid: u64::from(Nid::ROOT_FOLDER.0) };
        let lost: BTreeSet<Nid> =
            self.census.folders.keys().copied().filter(|nid| !self.visited.contains(nid)).collect();
        let mut names = Names::new();
        // First those whose parent is not among them: the others are then found below these.
        let (tops, rest): (Vec<Nid>, Vec<Nid>) = lost
            .iter()
            .copied()
            .partition(|nid| self.census.folders.get(nid).is_none_or(|parent| !lost.contains(parent)));
        for nid in tops.into_iter().chain(rest) {
            if self.visited.contains(&nid) {
                continue;
            }
            let parent = self.census.folders.get(&nid).copied().unwrap_or_default();
            let found =
                format!("{parent}, which the walk from the root does not reach; the folder is kept below the root");
            let finding = Finding::new(Effect::Notice, "NBTENTRY.nidParent", "a folder", found).nid(nid.0);
            self.notices(Item::folder(nid, "", ""), vec![finding])?;
            self.folder(nid, root, "", 0, &mut names)?;
        }
        Ok(())
    }
}

/// What is told of folder `nid`, on the last level of those that may be, with `count` folders in it.
fn too_deep(nid: Nid, most: usize, count: usize) -> Finding {
    let found = format!("{count} folders in one of the last level; they are kept below the root");
    Finding::new(Effect::Altered, "folder", format!("at most {most} levels of folders"), found).nid(nid.0)
}

/// The names that the children of one folder have used up, without regard to ASCII case, which is how targets compare; each with the
/// number that its next namesake tries first.
pub(super) type Names = HashMap<String, u64>;

/// A name that is not among those `taken`, and is now; `name` itself where it can be.
fn unique(name: String, taken: &mut Names) -> String {
    let key = name.to_ascii_lowercase();
    let Some(first) = taken.get(&key).copied() else {
        taken.insert(key, 2);
        return name;
    };
    let mut free = first;
    while taken.contains_key(&format!("{key} ({free})")) {
        free += 1;
    }
    taken.insert(format!("{key} ({free})"), 2);
    taken.insert(key, free + 1);
    format!("{name} ({free})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_siblings_stay_apart() {
        let mut taken = Names::new();
        let names = ["Inbox", "inbox", "INBOX", "Inbox (2)", "Ärger", "ärger"];
        let out: Vec<String> = names.iter().map(|n| unique((*n).to_owned(), &mut taken)).collect();
        // Only ASCII letters are folded.
        assert_eq!(out, ["Inbox", "inbox (2)", "INBOX (3)", "Inbox (2) (2)", "Ärger", "ärger"]);
    }
}
