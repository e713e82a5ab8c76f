//! Which subnode tree belongs to which data: what the data refers to must be in it, and what both say must agree.

use crate::damage::Findings;
use crate::ltp::TableContext;
use crate::mapi::{Value, tag::pr};
use crate::ndb::{Arena, Bid, Database, Nid, NidType, Scope, Subnodes};

/// The top of a subnode tree that no node has.
pub(super) struct Sub {
    bid: Bid,
    nids: Vec<Nid>,
    /// The names of its recipients of the type "to", as PidTagDisplayTo has them; `None` where there is no recipient table.
    to: Option<String>,
    taken: bool,
}

/// What is known of the subnodes of a node.
#[derive(Debug, Clone, Default)]
pub(super) struct Want {
    /// Subnodes that the data refers to.
    pub(super) needs: Vec<Nid>,
    /// PidTagDisplayTo, of a message.
    pub(super) to: Option<String>,
    /// Whether it says that it has attachments, of a message.
    pub(super) attachments: Option<bool>,
}

/// Subnodes of a tree that are looked at: enough to know it.
const NIDS: usize = 4096;
/// MAPI_TO.
const TO: i64 = 1;

impl Sub {
    pub(super) fn read(db: &Database<'_>, bid: Bid) -> Self {
        let (arena, findings) = (Arena::new(), Findings::new());
        let scope = Scope { db, arena: &arena, findings: &findings };
        let subnodes = Subnodes::new(scope, bid);
        let nids = subnodes.iter().map(|s| s.nid).take(NIDS).collect();
        let table = subnodes.find(Nid::RECIPIENT_TABLE);
        let to = table.and_then(|s| TableContext::open(scope, s.data, s.sub).ok()).map(|table| names_of_to(&table));
        Self { bid, nids, to, taken: false }
    }

    fn is_of_message(&self) -> bool {
        let types = [NidType::RECIPIENT_TABLE, NidType::ATTACHMENT_TABLE, NidType::ATTACHMENT];
        self.nids.iter().any(|nid| types.contains(&nid.typ()))
    }

    /// How well it fits: `None` where it can't belong to what `want` tells of.
    fn fit(&self, want: &Want) -> Option<usize> {
        let has_attachments = self.nids.iter().any(|n| n.typ() == NidType::ATTACHMENT);
        let fits = want.needs.iter().all(|nid| self.nids.contains(nid))
            && want.attachments.is_none_or(|a| a == has_attachments)
            && self.is_of_message() == want.attachments.is_some();
        let same_names = matches!((&self.to, &want.to), (Some(a), Some(b)) if a == b);
        let proved = want.needs.len() + usize::from(same_names);
        let told_apart = self.to.is_none() || want.to.as_ref().is_none_or(|to| to.is_empty()) || proved > 0;
        (fits && told_apart).then_some(proved)
    }
}

fn names_of_to(table: &TableContext<'_>) -> String {
    let mut names = Vec::new();
    // What can't be read of the table is told when its message is read.
    let _ = table.for_each_row(|row| {
        let (mut name, mut to) = (String::new(), false);
        for (tag, value) in row.cells() {
            if tag.id() == pr::DISPLAY_NAME.id() {
                name = text(&value).unwrap_or_default();
            } else if tag.id() == pr::RECIPIENT_TYPE.id() {
                to = value.as_int() == Some(TO);
            }
        }
        if to {
            names.push(name);
        }
    });
    names.join("; ")
}

/// The text of a string of either kind, good enough to be compared.
pub(super) fn text(value: &Value<'_>) -> Option<String> {
    match value {
        Value::Str(text) => Some(text.to_string()),
        Value::Str8(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    }
}

/// All of them, by ascending id.
pub(super) struct Subs(Vec<Sub>);

/// How many neighbours of a block are looked at on each side: what is written together gets ids that are close together.
const NEIGHBOURS: usize = 512;

impl Subs {
    pub(super) fn new(mut subs: Vec<Sub>) -> Self {
        subs.sort_by_key(|s| s.bid);
        Self(subs)
    }

    /// Takes the tree that fits `want` best, of several the one whose id is closest to that of `data`. No block where none does.
    pub(super) fn take(&mut self, data: Bid, want: &Want) -> Bid {
        let middle = self.0.partition_point(|s| s.bid < data);
        let near = middle.saturating_sub(NEIGHBOURS)..(middle + NEIGHBOURS).min(self.0.len());
        let fitting = near.filter(|i| !self.0[*i].taken).filter_map(|i| {
            let far = self.0[i].bid.0.abs_diff(data.0);
            self.0[i].fit(want).map(|fit| (i, (fit, std::cmp::Reverse(far))))
        });
        let Some((best, _)) = fitting.max_by_key(|(_, score)| *score) else { return Bid(0) };
        self.0[best].taken = true;
        self.0[best].bid
    }
}
