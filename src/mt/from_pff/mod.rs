//! From a PFF file to the stream: one of the two places that know both.
//!
//! The folders are walked depth first, each folder's frame before its messages, its messages before its subfolders. Messages
//! are prepared in windows, on several threads where there are some, and written in order: the bytes are the same for any number.

mod convert;
mod pipe;
mod report;

use std::collections::{BTreeSet, HashSet};
use std::io::Write;

use rayon::prelude::*;

pub use pipe::{Event, Pipe};
pub use report::{Item, Kind, Observer, Outcome, Tally, Totals};

use super::NameMap;
use super::frame::Encoded;
use super::object::{
    Folder as FolderFrame, FolderMapEntry, Frame, Header, MAPI_FOLDER, MAPI_STORE, MessageFrame, NamedProperty, Parent,
    UNANCHORED,
};
use super::write::Writer;
use crate::damage::{Effect, Finding, Findings};
use crate::mapi::{PropTag, PropType, Props, Value, tag::pr};
use crate::messaging::special::Placement;
use crate::messaging::{Census, Folder, Store};
use crate::ndb::{Arena, Nid, NidType, Scope};
use crate::{Error, ErrorKind, Result};
use convert::Converter;

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
    /// Threads that prepare messages.
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

/// The folder that takes what no folder of the file holds: its id is one that no file uses.
const RECOVERED: Nid = Nid::new(NidType::NORMAL_FOLDER, 0x07FF_FFFF);
/// Its name.
const RECOVERED_NAME: &str = "Recovered";
/// Messages that are prepared at a time, for each thread.
const WINDOW: usize = 32;

/// Writes `store` to `out`. Tells `observer` of every object that is written or left out, and returns `out` and the totals.
/// `findings` holds what the opening of the file has found, and takes what is wrong with its node B-tree.
///
/// # Errors
/// `out` can't be written; with `strict`, the first finding; an object of `only` is not in the file.
pub fn export<W: Write>(
    store: &Store<'_>,
    options: &Options,
    findings: &Findings,
    out: W,
    observer: &mut dyn Observer,
) -> Result<(W, Totals)> {
    let census = Census::take(store.db, findings);
    let jobs = options.jobs.max(1);
    let pool = (jobs > 1).then(|| rayon::ThreadPoolBuilder::new().num_threads(jobs).build());
    let pool = pool.transpose().map_err(|e| Error::new(ErrorKind::Io, format!("threads can't be started: {e}")))?;
    let mut export = Export {
        store,
        options,
        census,
        pool,
        writer: Writer::new(out, &options.header())?,
        announced: HashSet::new(),
        visited: BTreeSet::new(),
        totals: Totals::default(),
        observer,
    };
    let total = export.census.total;
    let fai = if options.assoc { total.fai } else { 0 };
    export.observer.begin(u64::from(total.messages) + u64::from(fai));
    export.file_findings(findings)?;
    if options.only.is_empty() {
        export.everything()?;
    } else {
        options.only.iter().try_for_each(|nid| export.only(*nid))?;
    }
    let out = export.writer.finish()?;
    Ok((out, export.totals))
}

struct Export<'s, 'o, W: Write> {
    store: &'s Store<'s>,
    options: &'o Options,
    census: Census,
    pool: Option<rayon::ThreadPool>,
    writer: Writer<W>,
    /// Property ids whose names have been written.
    announced: HashSet<u16>,
    /// Folders that have been walked.
    visited: BTreeSet<Nid>,
    totals: Totals,
    observer: &'o mut dyn Observer,
}

/// A folder that is being walked.
#[derive(Clone, Copy)]
struct Place<'p> {
    nid: Nid,
    /// What its messages have as their parent.
    parent: Parent,
    path: &'p str,
    depth: usize,
}

impl<'p> Place<'p> {
    fn new(nid: Nid, path: &'p str, depth: usize) -> Self {
        Self { nid, parent: Parent { kind: MAPI_FOLDER, nid: u64::from(nid.0) }, path, depth }
    }
}

/// A message that is ready to be written.
struct Prepared<'w> {
    frame: Option<Encoded<'w>>,
    names: Vec<NamedProperty>,
    item: Item,
    tally: Tally,
    findings: &'w Findings,
}

/// What one message is prepared in.
struct Slot {
    nid: Nid,
    arena: Arena,
    findings: Findings,
}

impl<W: Write> Export<'_, '_, W> {
    fn everything(&mut self) -> Result<()> {
        let root = Parent { kind: MAPI_STORE, nid: 0 };
        self.totals.search_folders = u64::from(self.census.total.search_folders);
        self.folder(Nid::ROOT_FOLDER, root, "", 0, &mut HashSet::new())?;
        self.unreachable_folders()?;
        self.unreachable_messages()
    }

    fn only(&mut self, nid: Nid) -> Result<()> {
        let findings = Findings::new();
        let unanchored = Parent { kind: MAPI_FOLDER, nid: UNANCHORED };
        let missing = || {
            let message = format!("there is no object {nid} in the file; `pffck -t` lists those that are");
            Error::new(ErrorKind::NotFound, message)
        };
        self.store.db.node(nid, &findings)?.ok_or_else(missing)?;
        match nid.typ() {
            NidType::NORMAL_FOLDER => self.folder(nid, unanchored, "", 0, &mut HashSet::new()),
            NidType::NORMAL_MESSAGE | NidType::ASSOC_MESSAGE => {
                self.window(&[nid], Place { parent: unanchored, ..Place::new(nid, "", 0) })
            }
            _ => Err(Error::new(ErrorKind::Usage, format!("object {nid} is neither a folder nor a message"))),
        }
    }

    /// Writes folder `nid` and all that is below it. `siblings` holds the names that its parent has used up.
    fn folder(
        &mut self,
        nid: Nid,
        parent: Parent,
        path: &str,
        depth: usize,
        siblings: &mut HashSet<String>,
    ) -> Result<()> {
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
        let hidden = props.int(pr::ATTR_HIDDEN).is_some_and(|v| v != 0);
        if hidden && !self.options.hidden {
            return self.skip_hidden(nid);
        }
        let name = self.folder_frame(scope, nid, (parent, depth), props, siblings)?;
        let top = nid == Nid::ROOT_FOLDER;
        let path = if top { String::new() } else { format!("{path}/{}", name.replace('/', "\u{2215}")) };
        self.observer.folder(&path);
        let children = folder.subfolders(&self.census, &findings);
        self.report(Item::folder(nid, &path, &name), &findings)?;
        let place = Place::new(nid, &path, depth);
        self.messages(place, NidType::NORMAL_MESSAGE)?;
        self.messages(place, NidType::ASSOC_MESSAGE)?;
        self.subfolders(place, &children)
    }

    fn subfolders(&mut self, place: Place<'_>, children: &BTreeSet<Nid>) -> Result<()> {
        let most = self.store.db.limits().folder_depth;
        if place.depth >= most && !children.is_empty() {
            // What is deeper is found again as unreachable, and comes out below the root.
            return Ok(());
        }
        let mut names = HashSet::new();
        children.iter().try_for_each(|nid| self.folder(*nid, place.parent, place.path, place.depth + 1, &mut names))
    }

    fn folder_frame(
        &mut self,
        scope: Scope<'_>,
        nid: Nid,
        (parent, depth): (Parent, usize),
        mut props: Props<'_>,
        siblings: &mut HashSet<String>,
    ) -> Result<String> {
        let name = props.str(pr::DISPLAY_NAME).filter(|n| !n.is_empty()).map(str::to_owned);
        let name = unique(name.unwrap_or_else(|| format!("Unnamed folder {}", nid.0)), siblings);
        if props.str(pr::DISPLAY_NAME).is_some_and(|old| !old.is_empty() && old != name) {
            let found = format!("another with this name beside it; it is called \"{name}\" here");
            scope
                .findings
                .add(Finding::new(Effect::Notice, "PidTagDisplayName", "a name of its own", found).nid(nid.0));
        }
        props.set(pr::DISPLAY_NAME, Value::str(name.clone()));
        let mut converter = Converter::new(&self.store.names, scope.findings);
        let props = converter.folder(props);
        let names = converter.into_names();
        let frame = Frame::Folder(FolderFrame { nid: u64::from(nid.0), parent, props, acl: Vec::new() });
        if self.observer.wants_objects() {
            self.observer.object(depth, &frame);
        }
        let encoded = Encoded::frame(&frame)?;
        self.announce(names)?;
        self.writer.write(&encoded)?;
        self.totals.folders += 1;
        Ok(name)
    }

    fn skip_hidden(&mut self, nid: Nid) -> Result<()> {
        self.totals.hidden_folders += 1;
        let counts = self.census.of(nid);
        self.totals.hidden_items += u64::from(counts.messages) + u64::from(counts.fai);
        let children = self.census.subfolders.get(&nid).cloned().unwrap_or_default();
        children
            .iter()
            .try_for_each(|child| if self.visited.insert(*child) { self.skip_hidden(*child) } else { Ok(()) })
    }

    fn messages(&mut self, place: Place<'_>, typ: NidType) -> Result<()> {
        if typ == NidType::ASSOC_MESSAGE && !self.options.assoc {
            self.totals.fai_left_behind += u64::from(self.census.of(place.nid).fai);
            return Ok(());
        }
        let findings = Findings::new();
        let folder = Folder::new(self.store, place.nid);
        let census = std::mem::take(&mut self.census);
        let size = WINDOW * self.options.jobs.max(1);
        let mut window = Vec::with_capacity(size);
        let mut result = Ok(());
        folder.for_each_message(typ, &census, &findings, |nid| {
            window.push(nid);
            if window.len() == size && result.is_ok() {
                result = self.window(&window, place);
                window.clear();
            }
        });
        self.census = census;
        result?;
        self.window(&window, place)?;
        // What the table lists and nobody has: there is no node to read, but it must be counted and named.
        let missing = findings.take();
        for f in missing.iter().filter(|f| f.effect == Effect::Lost) {
            self.totals.listed_only += 1;
            let item = Item::missing(place.nid, place.path, f);
            self.observer.item(&item);
        }
        self.notices(Item::folder(place.nid, place.path, ""), missing)
    }

    /// Folders that no walk from the root reaches: their parent is not there, they are too deep, or they are each other's parents.
    fn unreachable_folders(&mut self) -> Result<()> {
        let root = Parent { kind: MAPI_FOLDER, nid: u64::from(Nid::ROOT_FOLDER.0) };
        let lost: Vec<Nid> = self.census.folders.keys().copied().filter(|nid| !self.visited.contains(nid)).collect();
        let mut names = HashSet::new();
        // First those whose parent is not among them: the others are then found below these.
        let (tops, rest): (Vec<Nid>, Vec<Nid>) = lost
            .iter()
            .copied()
            .partition(|nid| self.census.folders.get(nid).is_none_or(|parent| !lost.contains(parent)));
        for nid in tops.into_iter().chain(rest) {
            if self.visited.contains(&nid) {
                continue;
            }
            let parent = self.census.folders.get(&nid).copied().unwrap_or_default();
            let found =
                format!("{parent}, which the walk from the root does not reach; the folder is kept below the root");
            let finding = Finding::new(Effect::Notice, "NBTENTRY.nidParent", "a folder", found).nid(nid.0);
            self.notices(Item::folder(nid, "", ""), vec![finding])?;
            self.folder(nid, root, "", 0, &mut names)?;
        }
        Ok(())
    }

    /// Messages whose parent is no folder of the file: they go to a folder of their own.
    fn unreachable_messages(&mut self) -> Result<()> {
        let known = |nid: &Nid| self.visited.contains(nid);
        let orphaned = |c: &crate::messaging::Counts| c.messages > 0 || (self.options.assoc && c.fai > 0);
        let parents: BTreeSet<Nid> =
            self.census.by_parent.iter().filter(|(nid, c)| !known(nid) && orphaned(c)).map(|(nid, _)| *nid).collect();
        if parents.is_empty() {
            return Ok(());
        }
        let findings = Findings::new();
        let arena = Arena::new();
        let scope = Scope { db: self.store.db, arena: &arena, findings: &findings };
        let mut props = Props::new();
        props.set(pr::DISPLAY_NAME, Value::str(RECOVERED_NAME));
        let root = Parent { kind: MAPI_FOLDER, nid: u64::from(Nid::ROOT_FOLDER.0) };
        self.folder_frame(scope, RECOVERED, (root, 1), props, &mut HashSet::new())?;
        let path = format!("/{RECOVERED_NAME}");
        let place = Place::new(RECOVERED, &path, 1);
        let mut window = Vec::new();
        let db = self.store.db;
        let kinds = if self.options.assoc {
            [NidType::NORMAL_MESSAGE, NidType::ASSOC_MESSAGE]
        } else {
            [NidType::NORMAL_MESSAGE; 2]
        };
        for node in db.nodes(&findings) {
            if !kinds.contains(&node.nid.typ()) || !parents.contains(&node.parent) {
                continue;
            }
            let found = format!("{}, which is no folder; the message is kept in \"{RECOVERED_NAME}\"", node.parent);
            let finding = Finding::new(Effect::Notice, "NBTENTRY.nidParent", "a folder", found).nid(node.nid.0);
            self.notices(Item::folder(RECOVERED, &path, ""), vec![finding])?;
            window.push(node.nid);
            if window.len() == WINDOW {
                self.window(&window, place)?;
                window.clear();
            }
        }
        self.window(&window, place)
    }

    /// Prepares the messages `nids` and writes them in order.
    fn window(&mut self, nids: &[Nid], place: Place<'_>) -> Result<()> {
        let mut slots: Vec<Slot> =
            nids.iter().map(|nid| Slot { nid: *nid, arena: Arena::new(), findings: Findings::new() }).collect();
        let (store, show) = (self.store, self.observer.wants_objects());
        let prepared: Vec<Prepared<'_>> = match &self.pool {
            Some(pool) if !show => {
                pool.install(|| slots.par_iter_mut().map(|slot| prepare(store, slot, place, &mut |_| ())).collect())
            }
            _ => {
                let observer = &mut *self.observer;
                let mut each = |frame: &Frame<'_>| {
                    if show {
                        observer.object(place.depth + 1, frame)
                    }
                };
                slots.iter_mut().map(|slot| prepare(store, slot, place, &mut each)).collect()
            }
        };
        prepared.into_iter().try_for_each(|p| self.write(p))
    }

    fn write(&mut self, prepared: Prepared<'_>) -> Result<()> {
        let Prepared { frame, names, mut item, tally, findings } = prepared;
        if self.options.strict {
            // An item that is not whole must not be in the stream before the run stops.
            self.keep_strict(&findings.take())?;
        }
        match frame {
            Some(frame) => {
                self.announce(names)?;
                // Contents are read only now, so this is where their findings come from.
                self.writer.write(&frame)?;
                self.totals.add(tally);
            }
            None => item.emitted = false,
        }
        let nid = Nid(item.nid);
        self.report(item, findings)?;
        self.observer.done(nid);
        Ok(())
    }

    fn announce(&mut self, names: Vec<NamedProperty>) -> Result<()> {
        for name in names {
            if self.announced.insert(name.tag.id()) {
                self.writer.write(&Encoded::named_property(&name)?)?;
            }
        }
        Ok(())
    }

    fn file_findings(&mut self, findings: &Findings) -> Result<()> {
        let mut item = Item::file();
        item.findings = findings.take();
        self.keep_strict(&item.findings)?;
        self.totals.file_damage = item.findings.iter().filter(|f| f.effect > Effect::Notice).count() as u64;
        if self.totals.file_damage > 0 {
            self.observer.item(&item);
        } else if !item.findings.is_empty() {
            self.observer.notice(&item);
        }
        Ok(())
    }

    /// With `strict`, the first finding ends the run.
    fn keep_strict(&self, findings: &[Finding]) -> Result<()> {
        let stop = |f: &Finding| Error::new(ErrorKind::Corrupt, format!("{f} (stopped here because of --strict)"));
        findings.first().filter(|_| self.options.strict).map_or(Ok(()), |f| Err(stop(f)))
    }

    /// Tells of `findings` that cost no item.
    fn notices(&mut self, mut item: Item, findings: Vec<Finding>) -> Result<()> {
        self.keep_strict(&findings)?;
        if !findings.is_empty() {
            item.findings = findings;
            self.observer.notice(&item);
        }
        Ok(())
    }

    fn report(&mut self, mut item: Item, findings: &Findings) -> Result<()> {
        item.findings = findings.take();
        self.keep_strict(&item.findings)?;
        let outcome = item.outcome();
        if item.kind != Kind::Folder {
            self.totals.count(outcome);
        } else if outcome != Outcome::Whole {
            self.totals.folders_in_part += 1;
        }
        if outcome != Outcome::Whole {
            self.observer.item(&item);
        } else if !item.findings.is_empty() {
            self.observer.notice(&item);
        }
        Ok(())
    }
}

/// Reads and encodes one message. Nothing of it that can't be read stops the others.
fn prepare<'w>(
    store: &'w Store<'_>,
    slot: &'w mut Slot,
    place: Place<'_>,
    show: &mut dyn FnMut(&Frame<'_>),
) -> Prepared<'w> {
    let Slot { nid, arena, findings } = &*slot;
    let scope = Scope { db: store.db, arena, findings };
    let mut prepared = Prepared {
        frame: None,
        names: Vec::new(),
        item: Item::message(*nid, place.path),
        tally: Tally::default(),
        findings,
    };
    let mut converter = Converter::new(&store.names, findings);
    let frame = store.message(scope, *nid).and_then(|message| {
        let message = converter.message(message);
        prepared.item.describe(&message.props);
        prepared.tally = Tally::of(&message, *nid);
        let nid = u64::from(nid.0);
        let frame = Frame::Message(MessageFrame { nid, parent: place.parent, message, rfc822: Vec::new().into() });
        show(&frame);
        Encoded::frame(&frame)
    });
    prepared.names = converter.into_names();
    match frame {
        Ok(frame) => prepared.frame = Some(frame),
        Err(e) => findings.add(Finding::new(Effect::Lost, "message", "a readable message", e).nid(nid.0)),
    }
    prepared
}

/// A name that none of `taken` equals without regard to ASCII case, which is how targets compare; `name` itself where it can be.
fn unique(name: String, taken: &mut HashSet<String>) -> String {
    if taken.insert(name.to_ascii_lowercase()) {
        return name;
    }
    let mut n = 2u64;
    loop {
        let candidate = format!("{name} ({n})");
        if taken.insert(candidate.to_ascii_lowercase()) {
            return candidate;
        }
        n += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_siblings_stay_apart() {
        let mut taken = HashSet::new();
        let names = ["Inbox", "inbox", "INBOX", "Inbox (2)", "Ärger", "ärger"];
        let out: Vec<String> = names.iter().map(|n| unique((*n).to_owned(), &mut taken)).collect();
        // Only ASCII letters are folded.
        assert_eq!(out, ["Inbox", "inbox (2)", "INBOX (3)", "Inbox (2) (2)", "Ärger", "ärger"]);
    }
}
