//! Messages whose folder is not in the file.

use std::collections::BTreeMap;

use super::Item;
use super::sink::{Place, Sink};
use super::walk::{Above, BELOW_ROOT, Walk};
use crate::Result;
use crate::damage::{Effect, Finding, Findings};
use crate::mapi::{Props, Value, tag::pr};
use crate::messaging::recover::{self, DELETED, RECOVERED};
use crate::ndb::{Arena, Nid, NidType, Scope};

/// The name of the folder that takes what no folder of the file holds.
const RECOVERED_NAME: &str = "Recovered";
/// The name of the folder that takes deleted messages.
const DELETED_NAME: &str = "Recovered deleted items";

impl<'f, S: Sink<'f>> Walk<'f, '_, S> {
    /// Messages whose parent is no folder of the file go to a folder of their own, below one with the name of the old folder where a
    /// table still tells it; deleted ones to another.
    pub(super) fn unreachable_messages(&mut self) -> Result<()> {
        let mut stray: BTreeMap<Nid, Vec<Nid>> = BTreeMap::new();
        let is_message = |typ| typ == NidType::NORMAL_MESSAGE || typ == NidType::ASSOC_MESSAGE;
        let db = self.store.db;
        for node in db.nodes(&Findings::new()).filter(|n| is_message(n.nid.typ())) {
            if self.visited.contains(&node.parent) {
                continue;
            }
            if node.nid.typ() == NidType::ASSOC_MESSAGE && !self.options.assoc {
                self.left.fai_left_behind += 1;
            } else if self.census.home(db, node.nid).is_none() {
                stray.entry(node.parent).or_default().push(node.nid);
            }
        }
        let deleted = stray.remove(&DELETED);
        if !stray.is_empty() {
            self.stray_folder(RECOVERED, RECOVERED_NAME, stray)?;
        }
        deleted.map_or(Ok(()), |nids| self.stray_folder(DELETED, DELETED_NAME, BTreeMap::from([(DELETED, nids)])))
    }

    /// Hands on a folder that the file does not have, with the messages of the old folders `stray`.
    fn stray_folder(&mut self, nid: Nid, name: &str, stray: BTreeMap<Nid, Vec<Nid>>) -> Result<()> {
        let top = self.made_up_folder(nid, name, BELOW_ROOT)?;
        let old = stray.keys().copied().filter(|parent| *parent != nid).collect();
        let old_names = recover::names_of_lost_folders(self.store.db, &old);
        for (parent, nids) in stray {
            let place = match old_names.get(&parent) {
                Some(name) => &self.made_up_folder(parent, name, (top.parent, &top.path, 2))?,
                None => &top,
            };
            if parent != DELETED {
                self.tell_of_strays(place, parent, &nids)?;
            }
            nids.into_iter().try_for_each(|nid| self.message(place, nid))?;
        }
        Ok(())
    }

    fn tell_of_strays(&mut self, place: &Place, parent: Nid, nids: &[Nid]) -> Result<()> {
        self.left.moved_messages += nids.len() as u64;
        for nid in nids {
            let found = format!("{parent}, which is no folder; the message is kept in \"{}\"", place.path);
            let finding = Finding::new(Effect::Notice, "NBTENTRY.nidParent", "a folder", found).nid(nid.0);
            let item = Item { elsewhere: true, ..Item::message(*nid, &place.path) };
            self.notices(item, vec![finding])?;
        }
        Ok(())
    }

    /// Hands on a folder with nothing but a name.
    fn made_up_folder(&mut self, nid: Nid, name: &str, above: Above<'_>) -> Result<Place> {
        let (arena, findings) = (Arena::new(), Findings::new());
        let scope = Scope { db: self.store.db, arena: &arena, findings: &findings };
        let mut props = Props::new();
        props.set(pr::DISPLAY_NAME, Value::str(name.to_owned()));
        self.folder_frame(scope, nid, above, props).map(|(place, _)| place)
    }
}
