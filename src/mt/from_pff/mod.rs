//! From a PFF file to the stream: one of the two places that know both.
//!
//! The folders are walked depth first, each folder before its messages, its messages before its subfolders (`walk`), and all that the
//! walk comes to is handed to a [`Sink`]. Those of the stream read, convert and encode each message by itself (`message`): one after
//! another (`step`), or by several threads at a time, which write in turn (`pipeline`). So the bytes (`output`) are the same for any
//! number of threads.

mod chunk;
mod convert;
mod message;
mod output;
mod pipeline;
mod report;
mod siblings;
mod sink;
mod step;
mod stray;
mod walk;

use std::io::Write;

pub use message::{Read, Unread};
pub use report::{Item, Kind, Left, Observer, Outcome, Share, Tally, Totals};
pub use sink::{News, Place, Sink};

use super::NameMap;
use super::object::{FolderMapEntry, Header, NamedProperty, UNANCHORED};
use super::write::Writer;
use crate::damage::Findings;
use crate::mapi::{PropTag, PropType};
use crate::messaging::special::{self, Placement, Plan};
use crate::messaging::{Census, Store};
use crate::ndb::{Arena, Nid, NidType, Scope};
use crate::{Error, ErrorKind, Result};
use message::Task;
use output::Output;
use step::Alone;
use walk::Walk;

/// What of a file goes into the stream, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// The name of the folder that everything comes under.
    pub root_name: String,
    /// Where folders belong in the target; `None`: everything under `root_name`.
    pub splice: Option<Vec<FolderMapEntry>>,
    /// Whether folders that are hidden (PidTagAttributeHidden) come along, with all that is below them.
    pub hidden: bool,
    /// Whether associated messages (FAI) come along.
    pub assoc: bool,
    /// Only these folders (with all below them) and messages; empty: everything.
    pub only: Vec<Nid>,
    /// Stop at the first finding.
    pub strict: bool,
    /// Threads that prepare and write messages, besides the one that walks over the folders; with 1 that does all.
    pub jobs: usize,
}

impl Options {
    /// Everything but FAI, under a folder `root_name`, on one thread.
    pub fn new(root_name: impl Into<String>) -> Self {
        Self {
            root_name: root_name.into(),
            splice: None,
            hidden: true,
            assoc: false,
            only: Vec::new(),
            strict: false,
            jobs: 1,
        }
    }

    /// Looks whether `store` has all objects of `only`, before anything is written.
    ///
    /// # Errors
    /// One is not in the file, or is neither a folder nor a message.
    pub fn check(&self, store: &Store<'_>) -> Result<()> {
        const KINDS: [NidType; 3] = [NidType::NORMAL_FOLDER, NidType::NORMAL_MESSAGE, NidType::ASSOC_MESSAGE];
        for nid in &self.only {
            if store.db.node(*nid, &Findings::new())?.is_none() {
                let message = format!("there is no object {nid} in the file; `pffck -t` lists those that are");
                return Err(Error::new(ErrorKind::NotFound, message));
            }
            if !KINDS.contains(&nid.typ()) {
                return Err(Error::new(ErrorKind::Usage, format!("object {nid} is neither a folder nor a message")));
            }
        }
        Ok(())
    }

    fn header(&self) -> Header {
        let under_root = || {
            vec![FolderMapEntry {
                nid: u64::from(Nid::ROOT_FOLDER.0),
                create: true,
                target: UNANCHORED,
                name: self.root_name.clone(),
            }]
        };
        Header {
            splice: self.splice.is_some(),
            folder_map: self.splice.clone().unwrap_or_else(under_root),
            ..Header::default()
        }
    }
}

/// What the folders of `store` are: its special folders, found by a walk over the file of its own.
pub fn plan(store: &Store<'_>) -> Plan {
    // What is wrong with the trees is found again by the export.
    let (arena, findings) = (Arena::new(), Findings::new());
    let census = Census::take(store.db, &findings);
    special::plan(store, &census, Scope { db: store.db, arena: &arena, findings: &findings })
}

/// The folder map that puts each folder where `placements` says.
pub fn folder_map(placements: &[Placement]) -> Vec<FolderMapEntry> {
    let entry = |p: &Placement| FolderMapEntry {
        nid: u64::from(p.nid.0),
        create: false,
        target: p.folder.id(),
        name: p.folder.name().to_owned(),
    };
    placements.iter().map(entry).collect()
}

/// The names of `store` as a reader of the stream knows them.
pub fn name_map(store: &Store<'_>) -> NameMap {
    let mut map = NameMap::default();
    for (id, name) in store.names.iter() {
        map.define(NamedProperty { tag: PropTag::new(id, PropType::UNSPECIFIED), name: name.clone() });
    }
    map
}

/// A file that is open.
#[derive(Clone, Copy)]
pub struct File<'f> {
    /// What is in it.
    pub store: &'f Store<'f>,
    /// What its opening has found, and takes what is wrong with its node B-tree.
    pub findings: &'f Findings,
}

impl<'f> File<'f> {
    /// Its size in bytes.
    pub fn len(self) -> u64 {
        self.store.db.len()
    }

    /// Whether it has no bytes; it never has none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Walks over it and hands on what `options` ask for.
    ///
    /// # Errors
    /// Those of `sink`; an object of `only` is not in the file.
    pub fn walk<S: Sink<'f>>(self, options: &Options, sink: &mut S) -> Result<Left> {
        let Self { store, findings } = self;
        options.check(store)?;
        let census = Census::take(store.db, findings);
        let fai = if options.assoc { census.total.fai } else { 0 };
        sink.begin(u64::from(census.total.messages) + u64::from(fai));
        if !findings.is_empty() {
            sink.tell(Item::file().with(findings.take()), News::File)?;
        }
        Walk::new(store, options, &census, sink).run()
    }
}

/// Writes `store` to `out`. Tells `observer` of every object that is written or left out, and returns `out` and the totals.
/// `findings` are those of [`File`].
///
/// # Errors
/// `out` can't be written; with `strict`, the first finding; an object of `only` is not in the file.
pub fn export<W: Write + Send>(
    store: &Store<'_>,
    options: &Options,
    findings: &Findings,
    out: W,
    observer: &mut (dyn Observer + Send),
) -> Result<(W, Totals)> {
    options.check(store)?;
    let file = File { store, findings };
    let task = Task { store, strict: options.strict };
    let alone = options.jobs <= 1 || observer.wants_objects();
    let out = Output::new(Writer::new(out, &options.header())?, task.strict, observer);
    if alone {
        let mut alone = Alone { task, out };
        let left = file.walk(options, &mut alone)?;
        return alone.out.finish(left);
    }
    pipeline::run(options.jobs, task, out, |line| file.walk(options, line))
}
