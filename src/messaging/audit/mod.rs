//! Checks what every node holds, and what a store must have ([MS-PST] 2.4, 2.6.3 and 2.7), beyond what reading needs.

mod folders;
mod mandatory;

use std::collections::HashSet;

use super::Store;
use crate::damage::{Effect, Finding, Findings};
use crate::ltp;
use crate::ndb::audit::Part;
use crate::ndb::{Arena, Bid, Nid, NidType, Scope, Subnodes};

/// Checks all nodes of `store`.
pub fn audit(store: &Store<'_>) -> Vec<Part> {
    let mut parts = vec![
        Part::of("heaps, properties, tables", |findings| nodes(store, findings)),
        Part::of("folders", |findings| folders::check(store, findings)),
        Part::of("what every store has", |findings| mandatory::check(store, findings)),
    ];
    parts.retain(|p| !p.findings.is_empty());
    parts
}

/// What a node holds.
enum Content {
    Properties,
    Table,
}

impl Content {
    /// What nodes of the type of `nid` hold, where that is a heap ([MS-PST] 2.2.2.1).
    fn of(nid: Nid) -> Option<Self> {
        use NidType as T;
        match nid.typ() {
            T::NORMAL_FOLDER | T::SEARCH_FOLDER | T::NORMAL_MESSAGE | T::ASSOC_MESSAGE | T::ATTACHMENT => {
                Some(Self::Properties)
            }
            T::SEARCH_CRITERIA_OBJECT => Some(Self::Properties),
            T::INTERNAL if [Nid::MESSAGE_STORE, Nid::NAME_TO_ID_MAP].contains(&nid) => Some(Self::Properties),
            T::HIERARCHY_TABLE | T::CONTENTS_TABLE | T::ASSOC_CONTENTS_TABLE | T::SEARCH_CONTENTS_TABLE => {
                Some(Self::Table)
            }
            T::ATTACHMENT_TABLE | T::RECIPIENT_TABLE | T::RECEIVE_FOLDER_TABLE | T::OUTGOING_QUEUE_TABLE => {
                Some(Self::Table)
            }
            _ => None,
        }
    }
}

fn nodes(store: &Store<'_>, findings: &Findings) {
    let mut seen = Seen::new();
    for node in store.db.nodes(&Findings::new()) {
        let (arena, own) = (Arena::new(), Findings::new());
        let scope = Scope { db: store.db, arena: &arena, findings: &own };
        content(scope, node.nid, (node.data, node.sub), &mut seen, 0);
        for finding in own.take() {
            findings.add(Finding { nid: finding.nid.or(Some(node.nid.0)), ..finding });
        }
    }
}

/// What has been checked. Copies share their blocks, and what a file says is embedded may be what embeds it: it is checked once.
type Seen = HashSet<(NidType, Bid, Bid)>;

/// Checks the node or subnode `nid`, and the subnodes below it that hold heaps.
fn content(scope: Scope<'_>, nid: Nid, (data, sub): (Bid, Bid), seen: &mut Seen, depth: usize) {
    let Some(holds) = Content::of(nid).filter(|_| !data.is_none() && seen.insert((nid.typ(), data, sub))) else {
        return;
    };
    let checked = match holds {
        Content::Properties => ltp::audit::properties(scope, data, sub),
        Content::Table => ltp::audit::table(scope, data, sub),
    };
    if let Err(e) = checked {
        scope.findings.add(Finding::new(Effect::Lost, "node", format!("a readable {}", nid.typ().name()), e));
    }
    if depth < 2 * scope.db.limits().embedding {
        for subnode in Subnodes::new(scope, sub).iter() {
            content(scope, subnode.nid, (subnode.data, subnode.sub), seen, depth + 1);
        }
    }
}
