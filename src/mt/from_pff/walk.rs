//! The walk over the folders of a file.

use std::collections::BTreeSet;

use super::convert::Converter;
use super::message::Unread;
use super::report::Left;
use super::siblings::{Siblings, name_of};
use super::sink::{News, Place, Sink};
use super::{Item, Options};
use crate::Result;
use crate::damage::{Effect, Finding, Findings};
use crate::mapi::{Props, Value, tag::pr};
use crate::messaging::{Census, Folder, Store, misnamed_parent};
use crate::mt::object::{Folder as FolderFrame, MAPI_FOLDER, MAPI_STORE, Parent, UNANCHORED};
use crate::ndb::{Arena, Nid, NidType, Scope};

/// Walks the folders of a file.
pub(super) struct Walk<'f, 'w, S> {
    pub(super) store: &'f Store<'f>,
    pub(super) options: &'w Options,
    pub(super) census: &'w Census,
    /// The objects that the options name.
    named: BTreeSet<Nid>,
    /// Folders that have been walked.
    pub(super) visited: BTreeSet<Nid>,
    /// Folders that have been left out because they are hidden, or are in a hidden one.
    hidden: BTreeSet<Nid>,
    siblings: Siblings,
    /// Folders in those of the last level that may be, and these.
    deep: Vec<(Nid, Nid)>,
    pub(super) sink: &'w mut S,
    pub(super) left: Left,
}

/// Where a folder goes: its parent, the path of that, and how many folders are above it.
pub(super) type Above<'p> = (Parent, &'p str, usize);

/// The top of a stream.
const STORE: Above<'_> = (Parent { kind: MAPI_STORE, nid: 0 }, "", 0);
/// Where what has no place in the file goes.
pub(super) const BELOW_ROOT: Above<'_> = (Parent { kind: MAPI_FOLDER, nid: Nid::ROOT_FOLDER.0 as u64 }, "", 1);
/// Where the reader of the stream says.
const UNANCHORED_PLACE: Above<'_> = (Parent { kind: MAPI_FOLDER, nid: UNANCHORED }, "", 0);

impl<'f, 'w, S: Sink<'f>> Walk<'f, 'w, S> {
    pub(super) fn new(store: &'f Store<'f>, options: &'w Options, census: &'w Census, sink: &'w mut S) -> Self {
        let named = options.only.iter().copied().collect();
        let siblings = Siblings::new(store, census, options);
        let (visited, hidden, deep, left) = (BTreeSet::new(), BTreeSet::new(), Vec::new(), Left::default());
        Self { store, options, census, named, visited, hidden, siblings, deep, sink, left }
    }

    /// Walks all that the options ask for, and says what they left out.
    pub(super) fn run(mut self) -> Result<Left> {
        if self.named.is_empty() {
            self.everything()?
        } else {
            self.only()?
        }
        self.settle_hidden();
        Ok(self.left)
    }

    fn everything(&mut self) -> Result<()> {
        self.left.search_folders = u64::from(self.census.total.search_folders);
        self.tree(Nid::ROOT_FOLDER, STORE, None, BELOW_ROOT)?;
        self.unreachable_folders()?;
        self.unreachable_messages()
    }

    /// Walks the objects that the options name, each once: first those that no other of them brings.
    fn only(&mut self) -> Result<()> {
        let is_folder = |nid: Nid| nid.typ() == NidType::NORMAL_FOLDER;
        // Folders that are each other's parents bring each other, so the others are looked at, too.
        let turn = |nid: Nid| match self.is_brought(nid) {
            false => 0,
            true if is_folder(nid) => 1,
            true => 2,
        };
        let mut once = BTreeSet::new();
        let objects = self.options.only.iter().copied().filter(|nid| once.insert(*nid));
        let mut objects: Vec<(u8, Nid)> = objects.map(|nid| (turn(nid), nid)).collect();
        objects.sort_by_key(|(turn, _)| *turn);
        for (turn, nid) in objects {
            if is_folder(nid) {
                self.tree(nid, UNANCHORED_PLACE, None, UNANCHORED_PLACE)?;
            } else if turn == 0 || !self.visited.contains(&self.parent_of(nid)) {
                let (parent, path, depth) = UNANCHORED_PLACE;
                self.message(&Place { parent, ..Place::new(nid, path, depth) }, nid)?;
            }
        }
        Ok(())
    }

    /// Whether another object that the options name brings `nid`.
    fn is_brought(&self, nid: Nid) -> bool {
        if nid.typ() == NidType::ASSOC_MESSAGE && !self.options.assoc {
            return false;
        }
        let mut seen = BTreeSet::from([nid]);
        let mut above = self.parent_of(nid);
        while seen.insert(above) && self.census.folders.contains_key(&above) {
            if self.named.contains(&above) {
                return true;
            }
            if !self.options.hidden && self.is_hidden(above) {
                return false;
            }
            above = self.parent_of(above);
        }
        false
    }

    fn parent_of(&self, nid: Nid) -> Nid {
        let known = self.census.folders.get(&nid).copied();
        // What can't be read of the trees has been told by the census.
        let of_node = || Some(self.store.db.node(nid, &Findings::new()).ok()??.parent);
        known.or_else(of_node).unwrap_or_default()
    }

    fn is_hidden(&self, nid: Nid) -> bool {
        let (arena, findings) = (Arena::new(), Findings::new());
        let scope = Scope { db: self.store.db, arena: &arena, findings: &findings };
        self.store.node_props(scope, nid).is_ok_and(|props| is_hidden(&props))
    }

    /// Walks folder `nid`, and what is too deep below it from `top`.
    fn tree(&mut self, nid: Nid, above: Above<'_>, moved: Option<Finding>, top: Above<'_>) -> Result<()> {
        self.folder(nid, above, moved)?;
        while let Some((nid, parent)) = self.deep.pop() {
            self.folder(nid, top, Some(too_deep(nid, parent, self.store.db.limits().folder_depth)))?;
        }
        Ok(())
    }

    /// Walks folder `nid` and all that is below it; `moved` tells why it is not where the file has it.
    fn folder(&mut self, nid: Nid, above: Above<'_>, moved: Option<Finding>) -> Result<()> {
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
        if is_hidden(&props) && !self.options.hidden && !self.named.contains(&nid) {
            self.skip_hidden(nid);
            return Ok(());
        }
        let (place, mut item) = self.folder_frame(scope, nid, above, props)?;
        self.left.renamed_folders += u64::from(item.elsewhere);
        if let Some(moved) = moved {
            self.left.moved_folders += 1;
            item.elsewhere = true;
            findings.add(moved);
        }
        if let Some(home) = self.census.moved.get(&nid) {
            findings.add(misnamed_parent(nid, home.named, home.folder));
        }
        let mut children = folder.subfolders(self.census, &findings);
        if place.depth >= scope.db.limits().folder_depth {
            // The first comes first from there, too.
            self.deep.extend(std::mem::take(&mut children).into_iter().rev().map(|child| (child, nid)));
        }
        self.sink.tell(item.with(findings.take()), News::Folder)?;
        self.messages(&place, NidType::NORMAL_MESSAGE)?;
        self.messages(&place, NidType::ASSOC_MESSAGE)?;
        self.subfolders(&place, &children)
    }

    fn subfolders(&mut self, place: &Place, children: &BTreeSet<Nid>) -> Result<()> {
        children.iter().try_for_each(|nid| self.folder(*nid, (place.parent, &place.path, place.depth + 1), None))?;
        self.siblings.end(place.nid);
        Ok(())
    }

    /// Hands on a folder with `props`; returns its place, and what there is to tell of it.
    pub(super) fn folder_frame(
        &mut self,
        scope: Scope<'_>,
        nid: Nid,
        (parent, path, depth): Above<'_>,
        mut props: Props<'_>,
    ) -> Result<(Place, Item)> {
        let name = self.siblings.name(nid, parent, name_of(nid, &props));
        let is_renamed = props.str(pr::DISPLAY_NAME).is_some_and(|old| !old.is_empty() && old != name);
        if is_renamed {
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
        let item = Item { elsewhere: is_renamed, ..Item::folder(nid, &place.path, &name) };
        Ok((place, item))
    }

    /// Counts hidden folder `nid` and all that is below it, but for what the options name. However deep that goes, there is no recursion.
    fn skip_hidden(&mut self, nid: Nid) {
        let mut todo = vec![nid];
        while let Some(nid) = todo.pop() {
            self.hidden.insert(nid);
            self.left.hidden_folders += 1;
            let counts = self.census.of(nid);
            self.left.hidden_messages += u64::from(counts.messages);
            self.left.hidden_fai += u64::from(counts.fai);
            let children = self.census.subfolders.get(&nid).into_iter().flatten();
            todo.extend(children.filter(|child| !self.named.contains(*child) && self.visited.insert(**child)));
        }
    }

    /// Counts messages that other folders list than their parent fields name as what these are: hidden or not.
    fn settle_hidden(&mut self) {
        let counted = |typ| typ == NidType::NORMAL_MESSAGE || self.options.assoc;
        for (nid, home) in self.census.known_homes().filter(|(nid, _)| counted(nid.typ())) {
            let is_fai = nid.typ() == NidType::ASSOC_MESSAGE;
            let sum = if is_fai { &mut self.left.hidden_fai } else { &mut self.left.hidden_messages };
            *sum += u64::from(self.hidden.contains(&home.folder));
            *sum = sum.saturating_sub(u64::from(self.hidden.contains(&home.named)));
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

    /// Folders that no walk from the root reaches: their parent is not there, or they are each other's parents.
    fn unreachable_folders(&mut self) -> Result<()> {
        let lost: BTreeSet<Nid> =
            self.census.folders.keys().copied().filter(|nid| !self.visited.contains(nid)).collect();
        // First those whose parent is not among them: the others are then found below these.
        let (tops, rest): (Vec<Nid>, Vec<Nid>) = lost
            .iter()
            .copied()
            .partition(|nid| self.census.folders.get(nid).is_none_or(|parent| !lost.contains(parent)));
        for nid in tops.into_iter().chain(rest) {
            let parent = self.census.folders.get(&nid).copied().unwrap_or_default();
            let found =
                format!("{parent}, which the walk from the root does not reach; the folder is kept below the root");
            let moved = Finding::new(Effect::Notice, "NBTENTRY.nidParent", "a folder", found).nid(nid.0);
            self.tree(nid, BELOW_ROOT, Some(moved), BELOW_ROOT)?;
        }
        Ok(())
    }
}

fn is_hidden(props: &Props<'_>) -> bool {
    props.int(pr::ATTR_HIDDEN).is_some_and(|v| v != 0)
}

/// What is told of folder `nid`, whose `parent` is on the last level of those that may be.
fn too_deep(nid: Nid, parent: Nid, most: usize) -> Finding {
    let found = format!("one in folder {parent} of the last level; it is kept at the top");
    Finding::new(Effect::Notice, "folder", format!("at most {most} levels of folders"), found).nid(nid.0)
}
