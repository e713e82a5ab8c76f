//! Checks what every node holds, and what a store must have ([MS-PST] 2.4, 2.6.3 and 2.7), beyond what reading needs.

mod folders;
mod mandatory;

use std::collections::HashSet;

use super::Store;
use crate::damage::{Effect, Finding, Findings};
use crate::ltp::{self, PropertyContext};
use crate::mapi::tag::pr;
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
    let mut checked = Checked::default();
    for node in store.db.nodes(&Findings::new()) {
        let (arena, own) = (Arena::new(), Findings::new());
        let scope = Scope { db: store.db, arena: &arena, findings: &own };
        content(scope, node.nid, (node.data, node.sub), &mut checked, 0);
        for finding in own.take() {
            findings.add(Finding { nid: finding.nid.or(Some(node.nid.0)), ..finding });
        }
    }
    let header = store.db.header();
    if header.crc_right && header.unique < checked.version {
        let expected = format!("{} or more, the highest version of a row", checked.version);
        findings.add(Finding::new(Effect::Notice, "HEADER.dwUnique", expected, header.unique));
    }
}

/// What has been checked.
#[derive(Default)]
struct Checked {
    /// Copies share their blocks, and what a file says is embedded may be what embeds it: it is checked once.
    seen: HashSet<(NidType, Bid, Bid)>,
    /// The highest version of a row in any table (`PidTagLtpRowVer`).
    version: u32,
}

/// Checks the node or subnode `nid`, and the subnodes below it that hold heaps.
fn content(scope: Scope<'_>, nid: Nid, (data, sub): (Bid, Bid), checked: &mut Checked, depth: usize) {
    let mut is_new = || !data.is_none() && checked.seen.insert((nid.typ(), data, sub));
    let Some(holds) = Content::of(nid).filter(|_| is_new()) else {
        return;
    };
    let read = match holds {
        Content::Properties => ltp::audit::properties(scope, data, sub).map(|pc| {
            if [NidType::NORMAL_MESSAGE, NidType::ASSOC_MESSAGE].contains(&nid.typ()) {
                attachment_flag(scope, &pc, sub);
            }
        }),
        Content::Table => ltp::audit::table(scope, data, sub).map(|version| {
            checked.version = version.max(checked.version);
        }),
    };
    if let Err(e) = read {
        scope.findings.add(Finding::new(Effect::Lost, "node", format!("a readable {}", nid.typ().name()), e));
    }
    if depth < 2 * scope.db.limits().embedding {
        for subnode in Subnodes::new(scope, sub).iter() {
            content(scope, subnode.nid, (subnode.data, subnode.sub), checked, depth + 1);
        }
    }
}

/// The flag of PidTagMessageFlags without which lists show no attachments ([MS-OXCMSG] 2.2.1.6).
const HAS_ATTACHMENT: i64 = 0x10;

/// Checks the flag of the message with the properties `pc` and the subnodes `sub`.
fn attachment_flag(scope: Scope<'_>, pc: &PropertyContext<'_>, sub: Bid) {
    let flags = pc.get(pr::MESSAGE_FLAGS.id()).and_then(|flags| flags.as_int());
    let is_clear = flags.is_some_and(|flags| flags & HAS_ATTACHMENT == 0);
    if is_clear && Subnodes::new(scope, sub).iter().any(|subnode| subnode.nid.typ() == NidType::ATTACHMENT) {
        let found = "a cleared one: nothing shows that it has attachments";
        scope.findings.add(Finding::new(
            Effect::Notice,
            "PidTagMessageFlags",
            "the flag for attachments (0x10)",
            found,
        ));
    }
}
