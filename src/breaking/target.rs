//! Chooses the pages and blocks that are broken.

use std::collections::BTreeSet;

use super::too_few;
use crate::Result;
use crate::damage::Findings;
use crate::ndb::audit::{Extent, Use};
use crate::ndb::{Database, Ib};
use crate::random::Random;

/// Among what is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All pages and blocks.
    Any,
    /// The pages of both trees.
    TreePage,
    /// The pages of the node B-tree: its leaves, or those above them.
    Nbt { leaf: bool },
    /// The same of the block B-tree.
    Bbt { leaf: bool },
}

impl Wanted {
    fn holds(self, db: &Database<'_>, extent: &Extent) -> bool {
        let is_leaf = || db.page_level(Ib(extent.ib)) == Some(0);
        match self {
            Self::Any => !matches!(extent.holds, Use::Header),
            Self::TreePage => matches!(extent.holds, Use::Nbt | Use::Bbt),
            Self::Nbt { leaf } => extent.holds == Use::Nbt && leaf == is_leaf(),
            Self::Bbt { leaf } => extent.holds == Use::Bbt && leaf == is_leaf(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Any => "pages and blocks",
            Self::TreePage => "pages of trees",
            Self::Nbt { leaf: true } => "leaves of the node B-tree",
            Self::Nbt { leaf: false } => "pages above the leaves of the node B-tree",
            Self::Bbt { leaf: true } => "leaves of the block B-tree",
            Self::Bbt { leaf: false } => "pages above the leaves of the block B-tree",
        }
    }
}

/// A page or block that is broken.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub ib: u64,
    pub len: u64,
    /// What its CRC covers.
    pub body_len: u64,
    /// The root of the tree that it is a page of.
    pub root: Option<u64>,
    extent: Extent,
}

impl Target {
    pub fn new(db: &Database<'_>, extent: Extent) -> Self {
        let (header, layout) = (db.header(), db.header().layout);
        let root = match extent.holds {
            Use::Nbt => Some(header.root.nbt.ib.0),
            Use::Bbt => Some(header.root.bbt.ib.0),
            _ => None,
        };
        let is_block = matches!(extent.holds, Use::Data | Use::Internal);
        let block = is_block.then(|| db.block_ref(extent.bid, &Findings::new()).ok().flatten()).flatten();
        let body_len = block.map_or((layout.page - layout.page_trailer) as u64, |b| u64::from(b.cb));
        Self { ib: extent.ib, len: extent.len, body_len, root, extent }
    }

    pub fn is_block(&self) -> bool {
        matches!(self.extent.holds, Use::Data | Use::Internal)
    }

    /// For people: what it is, and its id.
    pub fn name(&self) -> String {
        let what = match self.extent.holds {
            Use::Nbt => "NBT page",
            Use::Bbt => "BBT page",
            Use::Map => return format!("map page at {:#x}", self.ib),
            Use::Internal => "internal block",
            _ => "data block",
        };
        format!("{what} {} at {:#x}", self.extent.bid, self.ib)
    }
}

/// `count` different ones of what is `wanted`, in the order of the walk.
pub(super) fn choose(db: &Database<'_>, wanted: Wanted, count: u64, random: &mut Random) -> Result<Vec<Target>> {
    let mut there = 0;
    let is_one = |extent: &Extent| extent.len > 0 && extent.ib + extent.len <= db.len() && wanted.holds(db, extent);
    db.structures(&mut |extent| there += u64::from(is_one(&extent)));
    if count > there {
        return Err(too_few(&format!("{there} {}", wanted.name())));
    }
    let mut chosen = BTreeSet::new();
    while (chosen.len() as u64) < count {
        chosen.insert(random.below(there));
    }
    let (mut n, mut targets) = (0, Vec::new());
    db.structures(&mut |extent| {
        if is_one(&extent) {
            if chosen.contains(&n) {
                targets.push(Target::new(db, extent));
            }
            n += 1;
        }
    });
    Ok(targets)
}
