//! Subnode B-trees ([MS-PST] 2.2.2.8.3.3): the nodes that belong to one node.

use super::database::{Database, Scope};
use super::{Bid, Nid, data};
use crate::bytes::{u8_at, u16_at, u32_at};
use crate::damage::{Effect, Finding, Findings};
use crate::{Error, Result};

/// SLENTRY ([MS-PST] 2.2.2.8.3.3.1.1): a node inside a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subnode {
    /// Its id, unique in its parent.
    pub nid: Nid,
    /// The block or data tree with its data.
    pub data: Bid,
    /// Its own subnodes.
    pub sub: Bid,
}

/// The subnodes of one node. Where a block of the tree can't be read that is a finding, and the others are still given.
#[derive(Clone, Copy)]
pub struct Subnodes<'m> {
    scope: Scope<'m>,
    root: Option<Table<'m>>,
}

/// SLBLOCK (level 0) or SIBLOCK (level 1).
#[derive(Clone, Copy)]
struct Table<'m> {
    bytes: &'m [u8],
    level: u8,
    count: usize,
    size: usize,
}

/// The first byte of both.
const BTYPE: u8 = 2;

impl<'m> Table<'m> {
    fn read(scope: Scope<'m>, bid: Bid, level: Option<u8>) -> Result<Self> {
        let layout = scope.db.header().layout;
        let block = scope.block(bid)?;
        let (btype, found) = (u8_at(block, 0).unwrap_or(0), u8_at(block, 1).unwrap_or(0));
        if btype != BTYPE || found > 1 || level.is_some_and(|l| l != found) {
            let expected = format!("btype 2, cLevel {}", level.map_or("0 or 1".to_owned(), |l| l.to_string()));
            return Err(Error::mismatch(
                "SLBLOCK",
                0,
                expected,
                format!("btype {btype}, cLevel {found} in block {bid}"),
            ));
        }
        let size = layout.id * if found == 0 { 3 } else { 2 };
        let bytes = block.get(layout.subnode_header..).unwrap_or_default();
        let mut count = usize::from(u16_at(block, 2).unwrap_or(0));
        if count > bytes.len() / size {
            let most = bytes.len() / size;
            scope.findings.add(Finding::new(Effect::Lost, "SLBLOCK.cEnt", format!("at most {most}"), count).bid(bid.0));
            count = most;
        }
        Ok(Self { bytes, level: found, count, size })
    }

    /// The `field`th id of entry `i`.
    fn id(&self, scope: Scope<'m>, i: usize, field: usize) -> u64 {
        let layout = scope.db.header().layout;
        layout.read_id(self.bytes.get(i * self.size + field * layout.id..).unwrap_or_default())
    }

    /// The id of entry `i`: only the low 32 bits of a 64-bit field are the nid.
    fn nid(&self, i: usize) -> Nid {
        Nid(u32_at(self.bytes, i * self.size).unwrap_or(0))
    }

    /// The entry that leads to `nid`: its own in an SLBLOCK, in an SIBLOCK that with the greatest id up to it.
    fn position(&self, scope: Scope<'m>, nid: Nid) -> Option<usize> {
        let leads = |i: &usize| if self.level == 0 { self.nid(*i) == nid } else { self.nid(*i) <= nid };
        let ordered = (0..self.count).take_while(|i| self.nid(*i) <= nid).last();
        let found = (0..self.count).filter(leads).max_by_key(|i| self.nid(*i));
        if found.is_some() && found != ordered {
            let found = format!("entries in another order; {nid} was looked for in all of them");
            scope.findings.add(Finding::new(Effect::Notice, "SLBLOCK", "entries by ascending id", found));
        }
        found
    }

    fn entry(&self, scope: Scope<'m>, i: usize) -> Subnode {
        Subnode { nid: self.nid(i), data: Bid(self.id(scope, i, 1)), sub: Bid(self.id(scope, i, 2)) }
    }

    fn child(&self, scope: Scope<'m>, i: usize) -> Option<Self> {
        let bid = Bid(self.id(scope, i, 1));
        Self::read(scope, bid, Some(0))
            .inspect_err(|e| {
                scope.findings.add(Finding::new(Effect::Lost, "SLBLOCK", "a readable block", e).bid(bid.0));
            })
            .ok()
    }
}

impl Database<'_> {
    /// The blocks that the internal block `bid` names; none where it can't be read.
    pub fn named_in(&self, bid: Bid) -> Vec<Bid> {
        let layout = self.header().layout;
        let Ok(block) = self.block(bid, &Findings::new()) else { return Vec::new() };
        // The first id of each entry of an XBLOCK; those of an SLBLOCK or SIBLOCK start with a nid.
        let (start, ids, skip) = match (u8_at(&block, 0), u8_at(&block, 1)) {
            (Some(BTYPE), Some(0)) => (layout.subnode_header, 3, 1),
            (Some(BTYPE), _) => (layout.subnode_header, 2, 1),
            _ => (data::HEADER, 1, 0),
        };
        let count = usize::from(u16_at(&block, 2).unwrap_or(0));
        let entries = block.get(start..).unwrap_or_default().chunks_exact(ids * layout.id).take(count);
        let named = entries.flat_map(|e| e.chunks_exact(layout.id).skip(skip).map(|b| Bid(layout.read_id(b))));
        named.filter(|bid| !bid.is_none()).collect()
    }

    /// Whether block `bid` is the top of a subnode tree.
    pub fn holds_subnodes(&self, bid: Bid) -> bool {
        bid.is_internal() && self.block(bid, &Findings::new()).is_ok_and(|block| u8_at(&block, 0) == Some(BTYPE))
    }
}

impl<'m> Subnodes<'m> {
    /// The subnodes below block `root`; none where `root` is none.
    pub fn new(scope: Scope<'m>, root: Bid) -> Self {
        let table = (!root.is_none()).then(|| {
            Table::read(scope, root, None)
                .inspect_err(|e| {
                    scope.findings.add(Finding::new(Effect::Lost, "SLBLOCK", "a readable block", e).bid(root.0));
                })
                .ok()
        });
        Self { scope, root: table.flatten() }
    }

    /// All subnodes, by ascending id.
    pub fn iter(self) -> impl Iterator<Item = Subnode> {
        let scope = self.scope;
        let leaves = self.root.into_iter().flat_map(move |root| {
            let children = if root.level == 0 { 1 } else { root.count };
            (0..children).filter_map(move |i| if root.level == 0 { Some(root) } else { root.child(scope, i) })
        });
        leaves.flat_map(move |leaf| (0..leaf.count).map(move |i| leaf.entry(scope, i)))
    }

    /// The subnode `nid`, where there is one. That entries are not in their order is a finding where it matters.
    pub fn find(self, nid: Nid) -> Option<Subnode> {
        let mut table = self.root?;
        loop {
            let i = table.position(self.scope, nid)?;
            if table.level == 0 {
                return Some(table.entry(self.scope, i));
            }
            table = table.child(self.scope, i)?;
        }
    }
}
