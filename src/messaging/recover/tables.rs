//! The tables of folders: which there are, whose they are, and which nodes they list that no page has.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::marks::{Marks, OF_FOLDER, OF_MESSAGE};
use super::orphans::{Orphan, Orphans};
use super::{is_missing, put};
use crate::damage::Findings;
use crate::ltp::{PropertyContext, TableContext, headless};
use crate::mapi::tag::pr;
use crate::ndb::{Arena, Bid, Database, Nid, NidType, Recover, Scope, index::Doubt};

/// A table with the rows whose nodes are missing.
pub(super) struct Table {
    /// Its folder, where that is known.
    pub(super) owner: Option<Nid>,
    /// The node that a row stands for and what the row shows of it, by ascending id.
    pub(super) missing: Vec<(Nid, Marks)>,
    /// The nodes that all of its rows stand for.
    pub(super) listed: Vec<Nid>,
}

/// A table as it was found.
struct Found {
    data: Bid,
    sub: Bid,
    owner: Option<Nid>,
    /// Whether a node has it.
    has_node: bool,
    /// Whether the block is lost that tells of its parts.
    headless: bool,
}

/// PidTagLtpParentNid: only the tables of search folders have this column, and what they list is in other folders.
const PARENT_NID: u16 = 0x67F1;

/// What a table is, by the ids of its rows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Contents,
    Hierarchy,
}

impl Sort {
    fn lists(self, typ: NidType) -> bool {
        match self {
            Self::Contents => [NidType::NORMAL_MESSAGE, NidType::ASSOC_MESSAGE].contains(&typ),
            Self::Hierarchy => [NidType::NORMAL_FOLDER, NidType::SEARCH_FOLDER].contains(&typ),
        }
    }

    fn node_types(self) -> &'static [NidType] {
        match self {
            Self::Contents => &[NidType::CONTENTS_TABLE, NidType::ASSOC_CONTENTS_TABLE],
            Self::Hierarchy => &[NidType::HIERARCHY_TABLE],
        }
    }
}

/// The contents tables (of messages and FAI) of all folders. Those that nothing had get a node, where their folder is known.
pub(super) fn contents(db: &mut Database<'_>, orphans: &Orphans, recover: Recover) -> Vec<Table> {
    tables(db, orphans, Sort::Contents, recover)
}

/// The hierarchy tables of all folders.
pub(super) fn hierarchies(db: &mut Database<'_>, orphans: &Orphans, recover: Recover) -> Vec<Table> {
    tables(db, orphans, Sort::Hierarchy, recover)
}

fn tables(db: &mut Database<'_>, orphans: &Orphans, sort: Sort, recover: Recover) -> Vec<Table> {
    let quiet = Findings::new();
    let of_nodes = db.nodes(&quiet).filter(|n| sort.node_types().contains(&n.nid.typ())).map(|n| {
        let owner = Some(n.nid.with_type(NidType::NORMAL_FOLDER));
        Found { data: n.data, sub: n.sub, owner, has_node: true, headless: is_headless(db, n.data, n.sub) }
    });
    let mut found: Vec<Found> = of_nodes.collect();
    let unnamed = |o: &Orphan| {
        let headless = is_headless(db, o.data, o.sub);
        Found { data: o.data, sub: o.sub, owner: None, has_node: false, headless }
    };
    found.extend(orphans.tables.iter().map(unnamed));
    // Two tables don't list the same node: of those that do, the newer one is the folder's.
    let mut listed = HashSet::new();
    let mut tables = Vec::new();
    let mut unowned: HashMap<usize, Vec<usize>> = HashMap::new();
    // What can be read of a table tells more than what is left of another.
    found.sort_by_key(|found| found.headless);
    for mut found in found {
        let Some(ids) = row_ids(db, &found, sort) else { continue };
        if ids.iter().any(|nid| listed.contains(nid)) && !found.has_node {
            continue;
        }
        listed.extend(ids.iter().copied());
        found.owner = found.owner.or_else(|| owner_by_rows(db, &ids));
        if found.owner.is_none() {
            unowned.entry(ids.len()).or_default().push(tables.len());
        }
        tables.push((found, ids));
    }
    if sort == Sort::Contents {
        owners_by_count(db, &unowned, &mut tables);
    }
    let missing: Vec<_> = tables.iter().map(|(found, ids)| missing(db, found, ids, sort, recover)).collect();
    for (found, ids) in tables.iter().filter(|(found, _)| !found.has_node && !found.headless) {
        let typ = match ids.first().map(|nid| nid.typ()) {
            Some(NidType::ASSOC_MESSAGE) => NidType::ASSOC_CONTENTS_TABLE,
            Some(NidType::NORMAL_MESSAGE) => NidType::CONTENTS_TABLE,
            _ => NidType::HIERARCHY_TABLE,
        };
        if let Some(nid) = found.owner.map(|o| o.with_type(typ)).filter(|nid| is_missing(db, *nid)) {
            put(db, nid, found.data, found.sub, Nid(0), Doubt::Orphan);
        }
    }
    let with_owner = |((found, listed), missing): ((Found, _), _)| Table { owner: found.owner, missing, listed };
    tables.into_iter().zip(missing).map(with_owner).collect()
}

/// Calls `with` with the table in `found`, where it is one of this sort.
fn with_table<T>(db: &Database<'_>, found: &Found, with: impl FnOnce(&TableContext<'_>) -> Option<T>) -> Option<T> {
    let (arena, findings) = (Arena::new(), Findings::new());
    let scope = Scope { db, arena: &arena, findings: &findings };
    let table = TableContext::open(scope, found.data, found.sub).ok()?;
    let of_search_folder = table.columns().iter().any(|c| c.tag.id() == PARENT_NID);
    if of_search_folder { None } else { with(&table) }
}

/// Whether the block is lost that tells of the parts of the table in `data` and `sub`.
fn is_headless(db: &Database<'_>, data: Bid, sub: Bid) -> bool {
    let (arena, findings) = (Arena::new(), Findings::new());
    TableContext::open(Scope { db, arena: &arena, findings: &findings }, data, sub).is_err()
}

/// The nodes that the table lists; `None` where it lists others than `sort` does, or none.
fn row_ids(db: &Database<'_>, found: &Found, sort: Sort) -> Option<Vec<Nid>> {
    let ids = if found.headless {
        left_of_index(db, found.data, sort)
    } else {
        with_table(db, found, |table| {
            let mut ids = Vec::new();
            table.row_ids(|row| ids.push(Nid(row.id))).ok()?;
            ids.retain(|nid| sort.lists(nid.typ()));
            Some(ids)
        })?
    };
    (!ids.is_empty()).then_some(ids)
}

fn left_of_index(db: &Database<'_>, data: Bid, sort: Sort) -> Vec<Nid> {
    let (arena, findings) = (Arena::new(), Findings::new());
    headless::row_ids(Scope { db, arena: &arena, findings: &findings }, data, |nid| sort.lists(nid.typ()))
}

/// Whether something of a contents table is left in `data`.
pub(super) fn is_left_of_contents(db: &Database<'_>, data: Bid) -> bool {
    !left_of_index(db, data, Sort::Contents).is_empty()
}

/// The folder that is the parent of most of the nodes `ids` that are known.
fn owner_by_rows(db: &Database<'_>, ids: &[Nid]) -> Option<Nid> {
    let quiet = Findings::new();
    let mut votes: BTreeMap<Nid, usize> = BTreeMap::new();
    for node in ids.iter().filter_map(|nid| db.node(*nid, &quiet).ok().flatten()).filter(|n| n.parent.0 != 0) {
        *votes.entry(node.parent).or_default() += 1;
    }
    votes.into_iter().max_by_key(|(_, n)| *n).map(|(nid, _)| nid)
}

/// The folders of tables (by their number of rows) that nothing else tells the folder of: where only one folder without a table has
/// as many messages, and only one table as many rows.
fn owners_by_count(db: &Database<'_>, unowned: &HashMap<usize, Vec<usize>>, tables: &mut [(Found, Vec<Nid>)]) {
    let quiet = Findings::new();
    let mut folders: HashMap<usize, Vec<Nid>> = HashMap::new();
    let without_table = |nid: &Nid| is_missing(db, nid.with_type(NidType::CONTENTS_TABLE));
    let taken: HashSet<Nid> = tables.iter().filter_map(|(found, _)| found.owner).collect();
    for node in db.nodes(&quiet).filter(|n| n.nid.typ() == NidType::NORMAL_FOLDER) {
        if !without_table(&node.nid) || taken.contains(&node.nid) {
            continue;
        }
        let (arena, findings) = (Arena::new(), Findings::new());
        let scope = Scope { db, arena: &arena, findings: &findings };
        let pc = PropertyContext::open(scope, node.data, node.sub).ok();
        let count = pc.and_then(|pc| pc.get(pr::CONTENT_COUNT.id())).and_then(|v| v.as_int());
        if let Some(count) = count.and_then(|n| usize::try_from(n).ok()) {
            folders.entry(count).or_default().push(node.nid);
        }
    }
    for (count, list) in unowned {
        if let ([table], Some([folder])) = (list.as_slice(), folders.get(count).map(Vec::as_slice)) {
            tables[*table].0.owner = Some(*folder);
        }
    }
}

/// The rows of nodes that are missing among those that the table `lists`, by ascending id. Of a row that is lost there are no marks.
fn missing(db: &Database<'_>, found: &Found, lists: &[Nid], sort: Sort, recover: Recover) -> Vec<(Nid, Marks)> {
    let ids = if sort == Sort::Contents { &OF_MESSAGE } else { &OF_FOLDER };
    // What a sound page does not name is not there any more.
    let may_be = |nid| recover > Recover::Auto || db.index().is_some_and(|index| index.is_lost(nid));
    let listed = |nid: Nid| sort.lists(nid.typ()) && nid.typ() != NidType::SEARCH_FOLDER;
    let wanted = |nid| listed(nid) && may_be(nid) && is_missing(db, nid);
    let missing = lists.iter().filter(|nid| wanted(**nid));
    let mut rows: BTreeMap<Nid, Marks> = missing.map(|nid| (*nid, Marks::default())).collect();
    with_table(db, found, |table| {
        let read = table.for_each_row_of(
            |row| wanted(Nid(row.id)),
            |row| {
                rows.insert(Nid(row.id), Marks::of_row(row.cells(), ids));
            },
        );
        read.ok()
    });
    rows.into_iter().collect()
}
