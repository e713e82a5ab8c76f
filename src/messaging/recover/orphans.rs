//! The roots of data trees and subnode trees that no node and no other block names, and what is in them.

use std::collections::HashSet;

use super::marks::{Marks, OF_FOLDER, OF_MESSAGE};
use super::pair::{Sub, Subs, Want, text};
use super::{is_missing, put, tables};
use crate::damage::Findings;
use crate::ltp::{PropertyContext, TableContext};
use crate::mapi::{PropType, tag::pr};
use crate::ndb::{Arena, Bid, Database, Nid, NidType, Scope, index::Doubt};

/// Data without a node.
pub(super) struct Orphan {
    /// The root of the data tree.
    pub(super) data: Bid,
    /// The top of its subnodes, once that is found.
    pub(super) sub: Bid,
    /// What is known of its subnodes.
    pub(super) want: Want,
    /// Whether it is an associated message.
    pub(super) associated: bool,
    /// What tells it from others of its kind.
    pub(super) marks: Marks,
}

/// All of them.
pub(super) struct Orphans {
    /// Messages; embedded ones have an owner, and are not among them.
    pub(super) messages: Vec<Orphan>,
    /// Folders.
    pub(super) folders: Vec<Orphan>,
    /// Tables, the newest first.
    pub(super) tables: Vec<Orphan>,
    subs: Subs,
    /// Messages that nothing speaks for.
    pub(super) gone: Vec<Orphan>,
    stores: Vec<Orphan>,
    name_maps: Vec<Orphan>,
}

/// PidTagHasAttachments is computed; this bit of PidTagMessageFlags is stored (MSGFLAG_HASATTACH).
const HAS_ATTACHMENTS: i64 = 0x10;
/// MSGFLAG_ASSOCIATED.
const ASSOCIATED: i64 = 0x40;
/// How the classes of associated messages begin that only some writers flag ([MS-OXOCFG], [MS-OXORULE]).
const ASSOCIATED_CLASSES: [&str; 4] =
    ["IPM.Configuration.", "IPM.Microsoft.FolderDesign.", "IPM.Rule", "IPM.ExtendedRule."];
/// PidTagDisplayTo.
const DISPLAY_TO: u16 = 0x0E04;
/// PidTagIpmSubTreeEntryId: every store has it, and nothing else.
const IPM_SUBTREE: u16 = 0x35E0;
/// PidTagNameidStreamGuid, -Entry, -String.
const NAMEID_STREAMS: [u16; 3] = [0x0002, 0x0003, 0x0004];

impl Orphans {
    /// Looks at all blocks that nothing names.
    pub(super) fn find(db: &Database<'_>) -> Self {
        let mut orphans = Self {
            messages: Vec::new(),
            folders: Vec::new(),
            tables: Vec::new(),
            subs: Subs::new(Vec::new()),
            gone: Vec::new(),
            stores: Vec::new(),
            name_maps: Vec::new(),
        };
        let (named, quiet) = (named(db), Findings::new());
        let mut subs = Vec::new();
        for bid in db.blocks(&quiet).map(|b| b.bid).filter(|bid| !named.contains(&bid.key())) {
            if db.holds_subnodes(bid) { subs.push(Sub::read(db, bid)) } else { orphans.sort(db, bid) }
        }
        orphans.subs = Subs::new(subs);
        orphans.pair();
        orphans
    }

    /// Finds the subnodes of everything. What refers to subnodes chooses first, since it can tell which are its own.
    fn pair(&mut self) {
        self.tables.sort_by_key(|t| std::cmp::Reverse(t.data));
        self.gone.sort_by_key(|t| std::cmp::Reverse(t.data));
        let Self { messages, tables, gone, subs, stores, name_maps, folders: _ } = self;
        let with_subnodes = |o: &&mut Orphan| !o.want.needs.is_empty();
        let mut take = |orphan: &mut Orphan| orphan.sub = subs.take(orphan.data, &orphan.want);
        tables.iter_mut().chain(stores).chain(name_maps).filter(with_subnodes).for_each(&mut take);
        let (first, then): (Vec<_>, Vec<_>) = messages.iter_mut().partition(with_subnodes);
        first.into_iter().chain(then).chain(gone).for_each(take);
    }

    /// Puts the data tree `bid` where it belongs.
    fn sort(&mut self, db: &Database<'_>, bid: Bid) {
        let (arena, findings) = (Arena::new(), Findings::new());
        let scope = Scope { db, arena: &arena, findings: &findings };
        let freed = db.index().is_some_and(|index| index.is_freed(bid));
        if let Ok(pc) = PropertyContext::open(scope, bid, Bid(0)) {
            let (list, marks) = match () {
                () if pc.find(pr::MESSAGE_CLASS.id()).is_some() => (&mut self.messages, OF_MESSAGE),
                () if pc.find(pr::CONTENT_COUNT.id()).is_some() => (&mut self.folders, OF_FOLDER),
                () if pc.find(IPM_SUBTREE).is_some() => (&mut self.stores, OF_FOLDER),
                () if NAMEID_STREAMS.iter().all(|id| pc.find(*id).is_some()) => (&mut self.name_maps, OF_FOLDER),
                () => return,
            };
            let mut want = want(&pc);
            if marks != OF_MESSAGE {
                (want.to, want.attachments) = (None, None);
            }
            let associated = is_associated(&pc);
            let orphan = Orphan { data: bid, sub: Bid(0), want, associated, marks: Marks::of_object(&pc, &marks) };
            match (freed, marks) {
                (false, _) => list.push(orphan),
                (true, OF_MESSAGE) => self.gone.push(orphan),
                // What is deleted tells nothing of what is not.
                (true, _) => (),
            }
        } else if let Some(table) = TableContext::open(scope, bid, Bid(0)).ok().filter(|_| !freed) {
            let want = Want { needs: table.rows_subnode().into_iter().collect(), ..Want::default() };
            self.tables.push(Orphan { data: bid, sub: Bid(0), want, associated: false, marks: Marks::default() });
        } else if !freed && tables::is_left_of_contents(db, bid) {
            let want = Want::default();
            self.tables.push(Orphan { data: bid, sub: Bid(0), want, associated: false, marks: Marks::default() });
        }
    }

    /// Gives the message store and the name-to-id map their nodes back, where these are missing. Of several the newest is it.
    pub(super) fn put_special(&self, db: &mut Database<'_>) {
        for (nid, list) in [(Nid::MESSAGE_STORE, &self.stores), (Nid::NAME_TO_ID_MAP, &self.name_maps)] {
            let newest = list.iter().max_by_key(|o| (db.index().is_some_and(|i| i.is_in_use(o.data)), o.data));
            if let Some(orphan) = newest.filter(|_| is_missing(db, nid)) {
                put(db, nid, orphan.data, orphan.sub, Nid(0), Doubt::Orphan);
            }
        }
    }
}

/// All blocks that a node or another block names.
fn named(db: &Database<'_>) -> HashSet<u64> {
    let quiet = Findings::new();
    let mut named: HashSet<u64> = db.nodes(&quiet).flat_map(|n| [n.data.key(), n.sub.key()]).collect();
    for block in db.blocks(&quiet).filter(|b| b.bid.is_internal()) {
        named.extend(db.named_in(block.bid).iter().map(|bid| bid.key()));
    }
    named
}

/// What the property context of a message tells of its subnodes.
fn want(pc: &PropertyContext<'_>) -> Want {
    let in_subnode = |p: &&crate::ltp::Prop| {
        let typ = p.tag.typ();
        let inline = typ.fixed_size().is_some_and(|size| size <= 4) && !typ.is_multi();
        !inline && p.hnid != 0 && Nid(p.hnid).typ() != NidType::HID && typ != PropType::OBJECT
    };
    let value = |id| pc.find(id).and_then(|p| pc.value(p).ok());
    Want {
        needs: pc.props().iter().filter(in_subnode).map(|p| Nid(p.hnid)).collect(),
        to: value(DISPLAY_TO).and_then(|v| text(&v)),
        attachments: Some(flags(pc) & HAS_ATTACHMENTS != 0),
    }
}

fn flags(pc: &PropertyContext<'_>) -> i64 {
    let flags = pc.find(pr::MESSAGE_FLAGS.id()).and_then(|p| pc.value(p).ok());
    flags.and_then(|v| v.as_int()).unwrap_or(0)
}

fn is_associated(pc: &PropertyContext<'_>) -> bool {
    let class = pc.find(pr::MESSAGE_CLASS.id()).and_then(|p| pc.value(p).ok()).and_then(|v| text(&v));
    let by_class = class.is_some_and(|class| ASSOCIATED_CLASSES.iter().any(|start| class.starts_with(start)));
    by_class || flags(pc) & ASSOCIATED != 0
}
