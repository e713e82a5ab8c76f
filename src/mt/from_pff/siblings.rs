//! The names of folders. No two in one folder may have the same: targets refuse that, or take one for the other.

use std::collections::HashMap;

use super::Options;
use crate::damage::Findings;
use crate::mapi::special::SpecialFolder;
use crate::mapi::{Props, tag::pr};
use crate::messaging::{Census, Store};
use crate::mt::object::Parent;
use crate::ndb::{Arena, Nid, Scope};

/// The names that the children of one folder have used up, without regard to ASCII case, which is how targets compare; each with the
/// number that its next namesake tries first.
type Names = HashMap<String, u64>;

/// What the folders of a stream are called.
pub(super) struct Siblings {
    /// By the folder that the children are in: its number in the target, where it is one that the target has, else in the stream.
    taken: HashMap<u64, Names>,
    /// The folders that the target has, and their numbers there.
    targets: HashMap<u64, u64>,
    /// The names of these, which they have before all others, and where.
    given: HashMap<Nid, (u64, String)>,
}

impl Siblings {
    /// The names in a stream of `store`. Where folders go to those of the target, others beside them get none of the names of both.
    pub fn new(store: &Store<'_>, census: &Census, options: &Options) -> Self {
        let map = options.splice.iter().flatten().filter(|entry| !entry.create);
        let targets: HashMap<u64, u64> = map.map(|entry| (entry.nid, entry.target)).collect();
        let mut siblings = Self { taken: HashMap::new(), targets, given: HashMap::new() };
        for (nid, parent) in &census.folders {
            if *nid != Nid::ROOT_FOLDER && siblings.targets.contains_key(&u64::from(nid.0)) {
                let parent = siblings.place(u64::from(parent.0));
                let name = siblings.free(parent, stored_name(store, *nid));
                siblings.given.insert(*nid, (parent, name));
            }
        }
        siblings.reserve_targets();
        siblings
    }

    /// The names that folders of the target have are used up there.
    fn reserve_targets(&mut self) {
        for folder in self.targets.values().filter_map(|target| SpecialFolder::from_id(*target)) {
            if let Some(parent) = folder.parent() {
                let taken = self.taken.entry(parent.id()).or_default();
                taken.entry(folder.name().to_ascii_lowercase()).or_insert(2);
            }
        }
    }

    /// The name of folder `nid` in `parent`: `name`, where no other there has it.
    pub fn name(&mut self, nid: Nid, parent: Parent, name: String) -> String {
        let parent = self.place(parent.nid);
        // One that has lost its parent comes to be elsewhere.
        match self.given.remove(&nid) {
            Some((place, name)) if place == parent => name,
            _ => self.free(parent, name),
        }
    }

    /// Says that all children of `parent` have their names. Of folders that get children from elsewhere, too, they are kept.
    pub fn end(&mut self, parent: Nid) {
        if parent != Nid::ROOT_FOLDER && !self.targets.contains_key(&u64::from(parent.0)) {
            self.taken.remove(&u64::from(parent.0));
        }
    }

    /// By what the names in `parent` are known.
    fn place(&self, parent: u64) -> u64 {
        self.targets.get(&parent).copied().unwrap_or(parent)
    }

    /// `name`, or one like it that is free in `place`.
    fn free(&mut self, place: u64, name: String) -> String {
        unique(name, self.taken.entry(place).or_default())
    }
}

/// The name of folder `nid` as the file has it; what is wrong with the folder is told when it is written.
fn stored_name(store: &Store<'_>, nid: Nid) -> String {
    let (arena, findings) = (Arena::new(), Findings::new());
    let scope = Scope { db: store.db, arena: &arena, findings: &findings };
    name_of(nid, &store.node_props(scope, nid).unwrap_or_default())
}

/// The name that folder `nid` with `props` is to have.
pub(super) fn name_of(nid: Nid, props: &Props<'_>) -> String {
    let name = props.str(pr::DISPLAY_NAME).filter(|name| !name.is_empty());
    name.map_or_else(|| format!("Unnamed folder {}", nid.0), str::to_owned)
}

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
