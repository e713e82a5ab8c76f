//! Folders ([MS-PST] 2.4.4): their tables, checked against the parent fields of the node B-tree.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use super::Store;
use super::homes::{self, Home, table_of};
use crate::Result;
use crate::damage::{Effect, Finding, Findings};
use crate::mapi::Props;
use crate::ndb::{Database, Nid, NidType, Scope};

/// How many nodes of each kind name one folder as their parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Folders.
    pub folders: u32,
    /// Search folders.
    pub search_folders: u32,
    /// Messages.
    pub messages: u32,
    /// Associated messages (FAI).
    pub fai: u32,
}

impl Counts {
    fn of(&mut self, typ: NidType) -> Option<&mut u32> {
        match typ {
            NidType::NORMAL_FOLDER => Some(&mut self.folders),
            NidType::SEARCH_FOLDER => Some(&mut self.search_folders),
            NidType::NORMAL_MESSAGE => Some(&mut self.messages),
            NidType::ASSOC_MESSAGE => Some(&mut self.fai),
            _ => None,
        }
    }

    fn get(mut self, typ: NidType) -> u32 {
        self.of(typ).copied().unwrap_or(0)
    }
}

/// What one walk over the node B-tree tells of a file. Its size is that of the folders, not of the messages.
#[derive(Debug, Clone, Default)]
pub struct Census {
    /// All together.
    pub total: Counts,
    /// By parent.
    pub by_parent: BTreeMap<Nid, Counts>,
    /// All folders and their parents.
    pub folders: BTreeMap<Nid, Nid>,
    /// The folders below each folder. The root folder is its own parent, and not below itself.
    pub subfolders: BTreeMap<Nid, BTreeSet<Nid>>,
    /// Folders that another folder lists than the one that their parent field names. They are counted, and are, below the former.
    pub moved: BTreeMap<Nid, Home>,
    /// The same of messages, once that matters. They are counted for the folder that their parent field names.
    messages: OnceLock<BTreeMap<Nid, Home>>,
}

impl Census {
    /// Counts the nodes of `db`, and reads which folder lists which. What can't be read of the tree is a finding.
    pub fn take(db: &Database<'_>, findings: &Findings) -> Self {
        let mut census = Self::default();
        for node in db.nodes(findings) {
            let typ = node.nid.typ();
            let Some(total) = census.total.of(typ) else { continue };
            *total += 1;
            if let Some(n) = census.by_parent.entry(node.parent).or_default().of(typ) {
                *n += 1;
            }
            if typ == NidType::NORMAL_FOLDER {
                census.folders.insert(node.nid, node.parent);
                if node.nid != node.parent {
                    census.subfolders.entry(node.parent).or_default().insert(node.nid);
                }
            }
        }
        for (nid, home) in homes::elsewhere(db, &census.folders, &[NidType::NORMAL_FOLDER]) {
            census.put_below(nid, home, db.limits().folder_depth);
        }
        census
    }

    /// Puts folder `nid` below the one that lists it, unless that is below it, on one of `levels` levels.
    fn put_below(&mut self, nid: Nid, home: Home, levels: usize) {
        let above = std::iter::successors(Some(home.folder), |folder| self.folders.get(folder).copied());
        if above.take(levels + 1).any(|folder| folder == nid) {
            return;
        }
        self.folders.insert(nid, home.folder);
        if let Some(former) = self.by_parent.get_mut(&home.named) {
            former.folders = former.folders.saturating_sub(1);
        }
        self.by_parent.entry(home.folder).or_default().folders += 1;
        if let Some(former) = self.subfolders.get_mut(&home.named) {
            former.remove(&nid);
        }
        self.subfolders.entry(home.folder).or_default().insert(nid);
        self.moved.insert(nid, home);
    }

    /// What names `folder` as its parent.
    pub fn of(&self, folder: Nid) -> Counts {
        self.by_parent.get(&folder).copied().unwrap_or_default()
    }

    /// The folder that message `nid` belongs to, where its parent field names another one. The first call reads the tables of all folders.
    pub fn home(&self, db: &Database<'_>, nid: Nid) -> Option<Nid> {
        let types = [NidType::NORMAL_MESSAGE, NidType::ASSOC_MESSAGE];
        let homes = self.messages.get_or_init(|| homes::elsewhere(db, &self.folders, &types));
        homes.get(&nid).map(|home| home.folder)
    }

    /// All messages that [`Census::home`] knows, if it has been asked.
    pub fn known_homes(&self) -> impl Iterator<Item = (Nid, Home)> {
        self.messages.get().into_iter().flatten().map(|(nid, home)| (*nid, *home))
    }
}

/// A folder of a store.
#[derive(Debug, Clone, Copy)]
pub struct Folder<'s> {
    store: &'s Store<'s>,
    /// Its node.
    pub nid: Nid,
}

impl<'s> Folder<'s> {
    /// The folder in node `nid`.
    pub fn new(store: &'s Store<'s>, nid: Nid) -> Self {
        Self { store, nid }
    }

    /// Its properties.
    ///
    /// # Errors
    /// There is no such node, or no property context in it.
    pub fn props<'m>(&self, scope: Scope<'m>) -> Result<Props<'m>> {
        self.store.node_props(scope, self.nid)
    }

    /// The folders directly below it, by ascending id: those whose parent field names it, but for those that only another folder lists,
    /// and those that only it lists. Where the hierarchy table says otherwise that is a finding.
    pub fn subfolders(&self, census: &Census, findings: &Findings) -> BTreeSet<Nid> {
        let children = census.subfolders.get(&self.nid).cloned().unwrap_or_default();
        let mut listed = BTreeSet::new();
        self.rows(NidType::HIERARCHY_TABLE, findings, |nid| {
            listed.insert(nid);
        });
        for nid in children.difference(&listed) {
            let found = "none; the node B-tree has it, and it is kept";
            findings.add(self.finding("hierarchy table", format!("a row for folder {nid}"), found));
        }
        for nid in listed.difference(&children).filter(|n| n.typ() == NidType::NORMAL_FOLDER) {
            let elsewhere = census.folders.get(nid);
            let found = elsewhere.map_or("no such node".to_owned(), |p| format!("its parent is {p}"));
            let effect = if elsewhere.is_some() { Effect::Notice } else { Effect::Lost };
            findings.add(Finding { effect, ..self.finding("hierarchy table", format!("folder {nid} in it"), found) });
        }
        children
    }

    /// Calls `each` with every message (`typ` [`NidType::NORMAL_MESSAGE`]) or associated message ([`NidType::ASSOC_MESSAGE`])
    /// whose parent field names the folder: first those that its table lists, then the others, each group by ascending id. One that
    /// only one table lists belongs to the folder of that ([`Census::home`]). Where table and tree disagree that is a finding.
    pub fn for_each_message(&self, typ: NidType, census: &Census, findings: &Findings, mut each: impl FnMut(Nid)) {
        let most = self.store.db.limits().folder_items;
        let mut items = 0;
        let mut each = |nid| {
            items += 1;
            if items <= most {
                each(nid)
            }
        };
        let table = table_of(typ);
        let expected = census.of(self.nid).get(typ);
        let mut matched = 0;
        self.message_rows(typ, table, findings, |nid| {
            // A doubt about the node belongs to its message, which is read later.
            match self.store.db.node(nid, &Findings::new()) {
                Ok(Some(node)) if node.parent == self.nid => {
                    matched += 1;
                    each(nid);
                }
                Ok(Some(_)) if census.home(self.store.db, nid) == Some(self.nid) => each(nid),
                Ok(Some(node)) => {
                    let found = format!("its parent is {}", node.parent);
                    findings.add(self.finding("contents table", format!("message {nid} in it"), found));
                }
                Ok(None) | Err(_) => {
                    let lost = self.finding("contents table", format!("message {nid}, which it lists"), "no such node");
                    findings.add(Finding { effect: Effect::Lost, ..lost });
                }
            }
        });
        if matched < expected {
            self.unlisted(typ, table, census, findings, &mut each);
        }
        if items > most {
            let lost =
                self.finding("folder", format!("at most {most} messages"), format!("{items}; the others are left out"));
            findings.add(Finding { effect: Effect::Lost, ..lost });
        }
    }

    /// The messages that neither the table has nor that of another folder. This walks the whole node B-tree, so it is done only where the counts differ.
    fn unlisted(&self, typ: NidType, table: NidType, census: &Census, findings: &Findings, mut each: impl FnMut(Nid)) {
        let mut listed = BTreeSet::new();
        // What is wrong with the table has been recorded by the first walk over it.
        self.message_rows(typ, table, &Findings::new(), |nid| {
            listed.insert(nid);
        });
        for node in self.store.db.nodes(&Findings::new()) {
            let is_here = node.parent == self.nid && node.nid.typ() == typ && !listed.contains(&node.nid);
            if is_here && census.home(self.store.db, node.nid).is_none() {
                let found = "none; the node B-tree has it, and it is kept";
                findings.add(self.finding("contents table", format!("a row for message {}", node.nid), found));
                each(node.nid);
            }
        }
    }

    /// Calls `each` with the messages that the rows of `table` name. Rows come in ascending order: a repeated one must not repeat its
    /// message. One that is out of order is a finding and does not count as listed.
    fn message_rows(&self, typ: NidType, table: NidType, findings: &Findings, mut each: impl FnMut(Nid)) {
        let mut last = None;
        self.rows(table, findings, |nid| {
            if nid.typ() != typ || last.is_some_and(|l| nid <= l) {
                return findings.add(self.finding("contents table", "ascending rows of its kind", nid));
            }
            last = Some(nid);
            each(nid);
        });
    }

    /// Calls `each` with the node of each row of the folder's table of type `typ`.
    fn rows(&self, typ: NidType, findings: &Findings, each: impl FnMut(Nid)) {
        let nid = self.nid.with_type(typ);
        if let Err(e) = homes::rows(self.store.db, nid, findings, each) {
            findings.add(self.finding("folder table", format!("a readable table in node {nid}"), e));
        }
    }

    fn finding(
        &self,
        structure: &'static str,
        expected: impl std::fmt::Display,
        found: impl std::fmt::Display,
    ) -> Finding {
        Finding::new(Effect::Notice, structure, expected, found).nid(self.nid.0)
    }
}
