//! Breaks PFF files on purpose, in a way that can be repeated: for those who want to know what a reader does with them.
//!
//! The file is copied and then changed in places that are chosen among its pages and blocks, or sectors. What it keeps in memory is
//! the list of these places.

mod repair;
mod target;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};

use clap::ValueEnum;
use serde::Serialize;

use crate::damage::Findings;
use crate::limits::Limits;
use crate::ndb::Database;
use crate::random::Random;
use crate::{Error, ErrorKind, Result};
use target::{Target, Wanted};

/// How a file is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A bit of a page or block turns over.
    BitFlip,
    /// A range in a page or block is NUL.
    Zero,
    /// Two sectors of 512 bytes change places.
    Swap,
    /// A sector is written over another one.
    Duplicate,
    /// The second half of a page of a tree is that of the tree's root, or NUL in the root itself.
    Torn,
    /// The file ends early.
    Truncate,
    /// The header is NUL.
    Header,
    /// A leaf of the node B-tree is NUL.
    NbtLeaf,
    /// A leaf of the block B-tree is NUL.
    BbtLeaf,
    /// A page above the leaves of the node B-tree is NUL.
    NbtInner,
    /// A page above the leaves of the block B-tree is NUL.
    BbtInner,
}

/// What is to be done.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How the file is broken.
    pub kind: Kind,
    /// Where the random numbers begin.
    pub seed: u64,
    /// In how many places.
    pub count: u64,
    /// Whether the CRCs and trailers of the pages and blocks that were changed are made right again.
    pub repair: bool,
}

/// A change that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// How.
    pub kind: Kind,
    /// Its first byte.
    pub offset: u64,
    /// How many bytes it spans.
    pub len: u64,
    /// The page or block that it is in, where it was chosen among these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub structure: Option<String>,
    /// What was done, for people.
    pub what: String,
}

/// Bytes of a sector.
const SECTOR: u64 = 512;
/// Bytes of the header that get lost.
const HEADER: usize = 564;
/// How often a place is chosen anew where the change would change nothing.
const TRIES: usize = 64;

/// Copies the file `data` to `out`, an empty file that can be read, too, and breaks it there. `told` is called for each change.
///
/// # Errors
/// `data` can't be read as a PFF file, it has fewer places to be broken than `options` demand, `out` can't be written.
pub fn break_file(data: &[u8], out: &mut File, options: &Options, told: &mut dyn FnMut(&Change)) -> Result<()> {
    let repairable = [Kind::BitFlip, Kind::Zero, Kind::Swap, Kind::Duplicate, Kind::Torn].contains(&options.kind);
    if options.repair && !repairable {
        let message = "what is lost has no CRC that could be made right: leave out --repair, or choose another kind";
        return Err(Error::new(ErrorKind::Usage, message));
    }
    let db = Database::open(data, Limits::default(), &Findings::new())?;
    io::copy(&mut &*data, out).map_err(Error::of_output)?;
    let mut breaker =
        Breaker { db: &db, data, out, random: Random(options.seed), options, changed: BTreeMap::new(), told };
    breaker.run()?;
    if options.repair {
        let Breaker { out, changed, .. } = breaker;
        repair::repair(&db, data, out, &changed)?;
    }
    Ok(())
}

struct Breaker<'b> {
    db: &'b Database<'b>,
    data: &'b [u8],
    out: &'b mut File,
    random: Random,
    options: &'b Options,
    /// The lengths of the ranges that were changed, by offset.
    changed: BTreeMap<u64, u64>,
    told: &'b mut dyn FnMut(&Change),
}

impl Breaker<'_> {
    fn run(&mut self) -> Result<()> {
        let wanted = match self.options.kind {
            Kind::Swap | Kind::Duplicate => return (0..self.options.count).try_for_each(|_| self.sectors()),
            Kind::Truncate => return self.truncate(),
            Kind::Header => return self.header(),
            Kind::BitFlip | Kind::Zero => Wanted::Any,
            Kind::Torn => Wanted::TreePage,
            Kind::NbtLeaf => Wanted::Nbt { leaf: true },
            Kind::NbtInner => Wanted::Nbt { leaf: false },
            Kind::BbtLeaf => Wanted::Bbt { leaf: true },
            Kind::BbtInner => Wanted::Bbt { leaf: false },
        };
        let targets = target::choose(self.db, wanted, self.options.count, &mut self.random)?;
        targets.iter().try_for_each(|t| match self.options.kind {
            Kind::BitFlip => self.flip(t),
            Kind::Zero => self.zero(t),
            Kind::Torn => self.tear(t),
            _ => self.lose(t),
        })
    }

    /// The bytes of the input at `offset`.
    fn original(&self, offset: u64, len: u64) -> &[u8] {
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(self.data.len());
        let end = start.saturating_add(usize::try_from(len).unwrap_or(usize::MAX)).min(self.data.len());
        &self.data[start..end]
    }

    fn flip(&mut self, target: &Target) -> Result<()> {
        let offset = target.ib + self.random.below(target.body_len);
        let bit = self.random.below(8);
        let byte = self.original(offset, 1).first().copied().unwrap_or(0) ^ 1 << bit;
        self.change(offset, &[byte], Some(target), format!("bit {bit} turned over"))
    }

    fn zero(&mut self, target: &Target) -> Result<()> {
        let (mut offset, mut len) = (target.ib, target.body_len);
        for _ in 0..TRIES {
            let start = self.random.below(target.body_len);
            let part = 1 + self.random.below(target.body_len - start);
            if self.original(target.ib + start, part).iter().any(|b| *b != 0) {
                (offset, len) = (target.ib + start, part);
                break;
            }
        }
        self.change(offset, &vec![0; len as usize], Some(target), format!("{len} bytes are NUL"))
    }

    fn tear(&mut self, target: &Target) -> Result<()> {
        let half = target.len / 2;
        let donor = target.root.filter(|root| *root != target.ib);
        let (bytes, what) = match donor {
            Some(root) => (self.original(root + half, half).to_vec(), format!("its second half is that of {root:#x}")),
            None => (vec![0; half as usize], "its second half is NUL".to_owned()),
        };
        self.change(target.ib + half, &bytes, Some(target), what)
    }

    fn lose(&mut self, target: &Target) -> Result<()> {
        self.change(target.ib, &vec![0; target.len as usize], Some(target), "it is NUL".to_owned())
    }

    /// Swaps two sectors, or writes one over the other: any but those of the header.
    fn sectors(&mut self) -> Result<()> {
        let first = self.db.header().layout.first_amap / SECTOR;
        let count = (self.data.len() as u64 / SECTOR).saturating_sub(first);
        let pair = (0..TRIES).find_map(|_| {
            let [a, b] = [0, 0].map(|_| (first + self.random.below(count)) * SECTOR);
            let is_new = ![a, b].iter().any(|at| self.changed.contains_key(at));
            (is_new && self.original(a, SECTOR) != self.original(b, SECTOR)).then_some((a, b))
        });
        let (a, b) = pair.ok_or_else(|| too_few("no more sectors that differ"))?;
        let (of_a, of_b) = (self.original(a, SECTOR).to_vec(), self.original(b, SECTOR).to_vec());
        if self.options.kind == Kind::Swap {
            self.change(a, &of_b, None, format!("it is the sector of {b:#x}"))?;
        }
        self.change(b, &of_a, None, format!("it is the sector of {a:#x}"))
    }

    fn header(&mut self) -> Result<()> {
        let len = HEADER.min(self.data.len());
        self.change(0, &vec![0; len], None, "the header is NUL".to_owned())
    }

    /// Keeps the maps of the first region at least: with less the file is only a header.
    fn truncate(&mut self) -> Result<()> {
        let (least, len) = (self.db.header().layout.first_amap, self.data.len() as u64);
        let end = least + self.random.below(len.saturating_sub(least));
        (self.told)(&Change {
            kind: self.options.kind,
            offset: end,
            len: len - end,
            structure: None,
            what: format!("the file ends here, {} bytes early", len - end),
        });
        self.out.set_len(end).map_err(Error::of_output)
    }

    fn change(&mut self, offset: u64, bytes: &[u8], target: Option<&Target>, what: String) -> Result<()> {
        self.out.seek(SeekFrom::Start(offset)).map_err(Error::of_output)?;
        self.out.write_all(bytes).map_err(Error::of_output)?;
        self.changed.insert(offset, bytes.len() as u64);
        let structure = target.map(Target::name);
        (self.told)(&Change { kind: self.options.kind, offset, len: bytes.len() as u64, structure, what });
        Ok(())
    }
}

fn too_few(what: &str) -> Error {
    Error::new(ErrorKind::Usage, format!("the file has {what}: choose a smaller --count or another kind"))
}
