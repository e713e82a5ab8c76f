//! Who refers to which block ([MS-PST] 2.2.2.7.7.3): `cRef` is the number of references and one for the block B-tree itself.

use std::collections::HashMap;

use crate::bytes::{u8_at, u16_at};
use crate::damage::{Effect, Finding, Findings};
use crate::ndb::{Bid, Database, Layout, Nid, NidType};

/// A block, and how many refer to it.
struct Counted {
    key: u64,
    refs: u16,
}

/// All blocks of a file, by ascending key.
pub(super) struct References(Vec<Counted>);

impl References {
    pub fn of_blocks(db: &Database<'_>) -> Self {
        Self(db.blocks(&Findings::new()).map(|b| Counted { key: b.bid.key(), refs: 0 }).collect())
    }

    /// Counts a reference to `bid`; `false` where there is no such block.
    fn count(&mut self, bid: Bid) -> bool {
        if bid.is_none() {
            return true;
        }
        let found = self.0.binary_search_by_key(&bid.key(), |c| c.key);
        if let Some(counted) = found.ok().and_then(|i| self.0.get_mut(i)) {
            counted.refs = counted.refs.saturating_add(1);
        }
        found.is_ok()
    }

    fn refs(&self, bid: Bid) -> u16 {
        let found = self.0.binary_search_by_key(&bid.key(), |c| c.key);
        found.ok().and_then(|i| self.0.get(i)).map_or(0, |c| c.refs)
    }

    /// Whether something refers to `bid`.
    pub fn is_used(&self, bid: Bid) -> bool {
        self.refs(bid) > 0
    }

    /// Counts the references of all nodes and checks these. Returns how many there are.
    pub fn count_nodes(&mut self, db: &Database<'_>, findings: &Findings) -> u64 {
        let (mut count, mut highest) = (0, [0; 32]);
        let mut parents = HashMap::new();
        for node in db.nodes(&Findings::new()) {
            count += 1;
            let index = &mut highest[usize::from(node.nid.typ().0)];
            *index = node.nid.index().max(*index);
            for (field, bid) in [("NBTENTRY.bidData", node.data), ("NBTENTRY.bidSub", node.sub)] {
                if !self.count(bid) {
                    findings.add(no_such_block(field, bid).nid(node.nid.0));
                }
            }
            if node.nid == Nid::ROOT_FOLDER && node.parent != node.nid {
                let expected = format!("{}, the root folder itself", node.nid);
                findings.add(Finding::new(Effect::Notice, "NBTENTRY.nidParent", expected, node.parent).nid(node.nid.0));
            }
            let is_there = || node.parent.0 == 0 || is_node(db, node.parent);
            if !*parents.entry(node.parent).or_insert_with(is_there) {
                let found = format!("{}, which is no node", node.parent);
                findings.add(parent_finding(node.nid, found));
            }
        }
        if db.header().crc_right {
            check_indexes(&db.header().indexes, &highest, findings);
        }
        count
    }

    /// Counts the references of all XBLOCKs, XXBLOCKs, SLBLOCKs and SIBLOCKs. Returns the highest index of the subnodes of each type.
    pub fn count_internal(&mut self, db: &Database<'_>, findings: &Findings) -> [u32; 32] {
        let mut highest = [0; 32];
        for block in db.blocks(&Findings::new()).filter(|b| b.bid.is_internal()) {
            // One that can't be read is told where all blocks are read.
            let Ok(bytes) = db.block(block.bid, &Findings::new()) else { continue };
            for bid in children(db.header().layout, &bytes) {
                if !self.count(bid) {
                    findings.add(no_such_block("XBLOCK or SLBLOCK", bid).at(block.ib.0));
                }
            }
            for nid in subnodes(db.header().layout, &bytes) {
                let index = &mut highest[usize::from(nid.typ().0)];
                *index = nid.index().max(*index);
            }
        }
        highest
    }

    /// Compares `cRef` of all blocks with what was counted. Returns how many blocks nothing refers to.
    pub fn compare(&self, db: &Database<'_>, findings: &Findings) -> u64 {
        let (mut unused, mut bytes, mut first) = (0, 0, None);
        for block in db.blocks(&Findings::new()) {
            let refs = self.refs(block.bid);
            if refs == 0 {
                unused += 1;
                bytes += u64::from(block.cb);
                first.get_or_insert(block.ib.0);
            } else if !db.is_recovered() && block.refs != refs.saturating_add(1) {
                findings.add(wrong_count(block.refs, refs).at(block.ib.0).bid(block.bid.0));
            }
        }
        if let Some(first) = first {
            let found =
                format!("{unused} with {bytes} bytes that nothing refers to; Outlook gives them back in its time");
            findings.add(Finding::new(Effect::Notice, "BBTENTRY", "blocks that are in use", found).at(first));
        }
        unused
    }
}

fn is_node(db: &Database<'_>, nid: Nid) -> bool {
    db.node(nid, &Findings::new()).is_ok_and(|n| n.is_some())
}

fn no_such_block(structure: &'static str, bid: Bid) -> Finding {
    Finding::new(Effect::Lost, structure, format!("block {bid} in the block B-tree"), "none")
}

/// Only folders and messages are found by their parents.
fn parent_finding(nid: Nid, found: String) -> Finding {
    let placed = [NidType::NORMAL_FOLDER, NidType::NORMAL_MESSAGE, NidType::ASSOC_MESSAGE].contains(&nid.typ());
    let effect = if placed { Effect::Altered } else { Effect::Notice };
    Finding::new(effect, "NBTENTRY.nidParent", "a node of the file", found).nid(nid.0)
}

/// A block whose count is too low is given back while it is still in use; one whose count is too high is never.
fn wrong_count(found: u16, refs: u16) -> Finding {
    let expected = format!("{} ({refs} references and the block B-tree)", refs.saturating_add(1));
    let (effect, what) = if found <= refs {
        (Effect::Altered, "; the block can be given back while it is in use")
    } else {
        (Effect::Notice, "")
    };
    Finding::new(effect, "BBTENTRY.cRef", expected, format!("{found}{what}"))
}

fn check_indexes(told: &[u32; 32], highest: &[u32; 32], findings: &Findings) {
    for (typ, (told, highest)) in (0..).zip(told.iter().zip(highest)).filter(|(_, (told, highest))| told < highest) {
        let expected = format!("{highest:#x} or more for {} nodes", NidType(typ).name());
        let found = format!("{told:#x}: the next one gets an id that is in use");
        findings.add(Finding::new(Effect::Altered, "HEADER.rgnid", expected, found));
    }
}

/// Checks that the header counts the ids of subnodes, too. Outlook gives those of messages, attachments and large values from the counters of
/// the file; tables have fixed ones.
pub(super) fn check_subnodes(db: &Database<'_>, highest: &[u32; 32], findings: &Findings) {
    for typ in
        [NidType::NORMAL_MESSAGE, NidType::ATTACHMENT, NidType::LTP].into_iter().filter(|_| db.header().crc_right)
    {
        let (told, highest) = (db.header().indexes[usize::from(typ.0)], highest[usize::from(typ.0)]);
        if told < highest {
            let expected = format!("{highest:#x} or more for {} subnodes", typ.name());
            findings.add(Finding::new(Effect::Notice, "HEADER.rgnid", expected, format!("{told:#x}")));
        }
    }
}

/// The subnodes of an SLBLOCK (2.2.2.8.3.3.1); none of other blocks.
fn subnodes(layout: &Layout, bytes: &[u8]) -> Vec<Nid> {
    if (u8_at(bytes, 0), u8_at(bytes, 1)) != (Some(2), Some(0)) {
        return Vec::new();
    }
    let count = usize::from(u16_at(bytes, 2).unwrap_or(0));
    let entries = bytes.get(layout.subnode_header..).unwrap_or_default().chunks_exact(3 * layout.id).take(count);
    entries.map(|entry| Nid(layout.read_id(entry) as u32)).collect()
}

/// The blocks that an internal block refers to ([MS-PST] 2.2.2.8.3.2 and 2.2.2.8.3.3).
fn children(layout: &Layout, bytes: &[u8]) -> Vec<Bid> {
    let count = usize::from(u16_at(bytes, 2).unwrap_or(0));
    // Where the entries start, how many ids each has, and which of these are blocks.
    let (start, ids, blocks) = match (u8_at(bytes, 0), u8_at(bytes, 1)) {
        (Some(1), _) => (8, 1, 0..1),
        (Some(2), Some(0)) => (layout.subnode_header, 3, 1..3),
        (Some(2), _) => (layout.subnode_header, 2, 1..2),
        _ => return Vec::new(),
    };
    let entries = bytes.get(start..).unwrap_or_default().chunks_exact(ids * layout.id).take(count);
    let id = |entry: &[u8], i: usize| Bid(layout.read_id(entry.get(i * layout.id..).unwrap_or_default()));
    entries.flat_map(|e| blocks.clone().map(move |i| id(e, i))).collect()
}
