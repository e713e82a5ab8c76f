//! The message store node ([MS-PST] 2.4.3) and what every reading of a file needs.

use std::collections::BTreeMap;

use super::homes::misnamed_parent;
use super::listing::Listing;
use super::text::{self, Charset, props};
use super::{Message, NameMap};
use crate::Result;
use crate::damage::{Effect, Finding, Findings};
use crate::ltp::PropertyContext;
use crate::mapi::{PropTag, Props, codepage, tag::pr};
use crate::ndb::{Arena, Database, Nid, NidType, Node, Scope};

/// A store: a file whose names and code page are known.
#[derive(Debug)]
pub struct Store<'a> {
    /// The file.
    pub db: &'a Database<'a>,
    /// The names of its named properties.
    pub names: NameMap,
    /// The code pages of its 8-bit strings.
    pub charset: Charset,
    /// Whether it has a password. Reading needs none: Outlook only compares a checksum.
    pub has_password: bool,
}

/// How many messages are asked for their code page.
const MESSAGES_ASKED: usize = 64;

/// The properties of a store that name its code page: PidTagCodePageId, then PidTagMessageCodepage.
const CODE_PAGES: [PropTag; 2] = [PropTag(0x66C3_0003), pr::MESSAGE_CODEPAGE];

impl<'a> Store<'a> {
    /// Opens the store in `db`. `user_charset` is the code page that the user names for strings that nothing else tells of.
    /// What is wrong with the store's own nodes goes to `findings`.
    pub fn open(db: &'a Database<'a>, user_charset: Option<u32>, findings: &Findings) -> Self {
        let arena = Arena::new();
        let scope = Scope { db, arena: &arena, findings };
        let names = NameMap::read(scope).unwrap_or_else(|e| {
            let found = format!("{e}; named properties are kept under made-up names");
            findings.add(
                Finding::new(Effect::Lost, "name-to-id map", "a readable node 0x61", found).nid(Nid::NAME_TO_ID_MAP.0),
            );
            NameMap::unreadable()
        });
        let mut store =
            Self { db, names, charset: Charset { user: user_charset, ..Charset::default() }, has_password: false };
        let props = store.props(scope);
        let code_page = CODE_PAGES.iter().find_map(|tag| props.int(*tag)).and_then(|cp| u32::try_from(cp).ok());
        // UTF-16 is no code page of 8-bit text.
        let is_narrow = |cp: &u32| text::narrow(*cp) == Some(*cp);
        store.charset.store = code_page.filter(is_narrow).or_else(|| store.code_page_of_messages(scope));
        // Every OST has all bits set there.
        store.has_password = props.int(pr::PST_PASSWORD).is_some_and(|p| p != 0 && p != -1);
        store
    }

    /// The code page, but for UTF-8, that most of the first messages name: folders of ANSI files don't tell, and Outlook wrote all of a file
    /// in the code page of its Windows.
    fn code_page_of_messages(&self, scope: Scope<'_>) -> Option<u32> {
        if scope.db.header().layout.unicode_text {
            return None;
        }
        let messages = scope.db.nodes(scope.findings).filter(|n| n.nid.typ() == NidType::NORMAL_MESSAGE);
        let mut votes = BTreeMap::new();
        for node in messages.take(MESSAGES_ASKED) {
            let (arena, findings) = (Arena::new(), Findings::new());
            let scope = Scope { db: scope.db, arena: &arena, findings: &findings };
            let pc = PropertyContext::open(scope, node.data, node.sub);
            let told = pc.ok().and_then(|pc| Charset::default().of_object(&pc).windows());
            if let Some(cp) = told.filter(|cp| *cp != codepage::UTF8) {
                *votes.entry(cp).or_insert(0) += 1;
            }
        }
        votes.into_iter().max_by_key(|(_, n)| *n).map(|(cp, _)| cp)
    }

    /// The properties of the store.
    pub fn props<'m>(&self, scope: Scope<'m>) -> Props<'m> {
        self.node_props(scope, Nid::MESSAGE_STORE).unwrap_or_else(|e| {
            let expected = "a readable node 0x21";
            scope.findings.add(Finding::new(Effect::Notice, "message store", expected, e).nid(Nid::MESSAGE_STORE.0));
            Props::new()
        })
    }

    /// The properties of the property context in node `nid`.
    ///
    /// # Errors
    /// There is no such node, or no property context in it.
    pub fn node_props<'m>(&self, scope: Scope<'m>, nid: Nid) -> Result<Props<'m>> {
        let node = self.node(scope, nid)?;
        let pc = PropertyContext::open(scope, node.data, node.sub)?;
        Ok(props(scope, &pc, self.charset.of_object(&pc), |_| true).collect())
    }

    /// The node `nid`.
    ///
    /// # Errors
    /// There is none, or the pages that would tell can't be read.
    pub fn node(&self, scope: Scope<'_>, nid: Nid) -> Result<Node> {
        node(scope, nid)
    }

    /// The message in node `nid`.
    ///
    /// # Errors
    /// There is no such node, or nothing of it can be read.
    pub fn message<'m>(&self, scope: Scope<'m>, nid: Nid) -> Result<Message<'m>> {
        let node = self.node(scope, nid)?;
        Message::read(scope, node.data, node.sub, self.charset, || self.listing(nid, node.parent))
    }

    /// The message in node `nid`, which is one of `folder`. That its parent field names another one is a finding.
    ///
    /// # Errors
    /// As [`Store::message`].
    pub fn message_of<'m>(&self, scope: Scope<'m>, nid: Nid, folder: Nid) -> Result<Message<'m>> {
        let node = self.node(scope, nid)?;
        if node.parent != folder {
            scope.findings.add(misnamed_parent(nid, node.parent, folder));
        }
        Message::read(scope, node.data, node.sub, self.charset, || self.listing(nid, folder))
    }

    /// The row of message `nid` in the table of `folder`.
    fn listing(&self, nid: Nid, folder: Nid) -> Option<Listing> {
        let fai = nid.typ() == NidType::ASSOC_MESSAGE;
        let table = folder.with_type(if fai { NidType::ASSOC_CONTENTS_TABLE } else { NidType::CONTENTS_TABLE });
        // What is wrong with the table is told where the folder is walked.
        let table = self.db.node(table, &Findings::new()).ok().flatten()?;
        Some(Listing { data: table.data, sub: table.sub, id: nid.0 })
    }
}

/// The node `nid`.
///
/// # Errors
/// As [`Store::node`].
pub(super) fn node(scope: Scope<'_>, nid: Nid) -> Result<Node> {
    scope.db.node(nid, scope.findings)?.ok_or_else(|| {
        crate::Error::new(crate::ErrorKind::NotFound, format!("node {nid} is not in the node B-tree"))
            .within("NBTENTRY")
    })
}

/// The node that a PST's own entry id points to ([MS-PST] 2.4.3.2): flags, the store's record key, then the nid.
pub fn entry_id_nid(entry_id: &[u8]) -> Option<Nid> {
    let entry_id = entry_id.first_chunk::<24>().filter(|_| entry_id.len() == 24)?;
    crate::bytes::u32_at(entry_id, 20).map(Nid).filter(|nid| nid.0 != 0)
}
