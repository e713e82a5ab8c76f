//! A personal distribution list ([MS-OXOCNTC] 2.2.2).

use std::borrow::Cow;
use std::io;

use super::{Version, contact, keys};
use crate::bytes::{Cursor, hex};
use crate::damage::{Effect, Finding};
use crate::mapi::{Guid, Value};
use crate::mime::address::{is_x500, one_off, smtp};
use crate::mime::body::Body;
use crate::mime::lines::{Lines, Property};
use crate::mime::{Context, Key, View, plain};
use crate::mt::object::Message;

/// ProviderUID of a WrappedEntryId ([MS-OXOCNTC] 2.2.2.2.4.1).
const WRAPPED: Guid = Guid::new(0xD3AD_91C0, 0x9D51, 0x11CF, [0xA4, 0xA9, 0x00, 0xAA, 0x00, 0x47, 0xFA, 0xA4]);
/// Flags, ProviderUID and Type stand before the entry id that is wrapped.
const WRAPPED_HEAD: usize = 21;

/// The entry id and the one-off entry id of a member; either may be empty.
type Ids<'v> = (Cow<'v, [u8]>, Cow<'v, [u8]>);

/// A member, as far as the list knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    name: String,
    smtp: Option<String>,
    /// The address as it stands.
    address: String,
    /// The type of `address`.
    kind: String,
}

/// Writes the properties of the distribution list `message`.
pub(super) fn write(
    lines: &mut Lines<'_>,
    message: &Message<'_>,
    context: Context<'_>,
    version: Version,
) -> io::Result<()> {
    let view = context.view(&message.props);
    let name = view.text(keys::LIST_NAME).or_else(|| contact::full_name(view)).unwrap_or("Unnamed".into());
    lines.raw(version.pick("KIND", "X-ADDRESSBOOKSERVER-KIND"), "group")?;
    lines.text("FN", &name)?;
    if version == Version::V3 {
        lines.structured("N", &[&*name, "", "", "", ""])?;
    }
    lines.texts("CATEGORIES", &view.texts(keys::KEYWORDS))?;
    for member in members(view, context) {
        let Member { name, smtp, address, kind } = member;
        let named = |property: Property| if name.is_empty() { property } else { property.with("X-CN", &name) };
        match smtp {
            Some(smtp) => {
                let property = version.pick("MEMBER", "X-ADDRESSBOOKSERVER-MEMBER");
                lines.raw(named(property.into()), &format!("mailto:{smtp}"))?;
            }
            None => {
                let kind = if kind.is_empty() { "unknown" } else { &kind };
                lines.text(named(Property::new("X-PFFKIT-MEMBER").with("TYPE", kind)), &address)?;
            }
        }
    }
    match plain::text(&Body::read(view, context.findings)) {
        Some(note) => lines.text("NOTE", &note),
        None => Ok(()),
    }
}

/// The members. What the list says of them is a one-off entry id for each; who has none is known by the entry id that leads to them.
pub(super) fn members(view: View<'_>, context: Context<'_>) -> Vec<Member> {
    let lost = |found: String| {
        let expected = "members that are told by name and address";
        context.findings.add(Finding::new(Effect::Lost, "distribution list", expected, found));
    };
    let ids = ids(view, &lost);
    let member = |(n, (id, one_off)): (usize, &Ids<'_>)| {
        let found = member(one_off, context).or_else(|| member(id, context)).unwrap_or_else(|| Member::unknown(id));
        if found.smtp.is_none() {
            lost(format!("member {} of {} without an address", n + 1, ids.len()));
        }
        found
    };
    ids.iter().enumerate().map(member).collect()
}

/// For each member its entry id and its one-off entry id: of PidLidDistributionListStream where that is there, as then the lists beside it
/// are not kept up to date ([MS-OXOCNTC] 2.2.2.2.4).
fn ids<'v>(view: View<'v>, lost: &impl Fn(String)) -> Vec<Ids<'v>> {
    if let Some(stream) = view.bytes(keys::LIST_STREAM).filter(|stream| !stream.is_empty()) {
        return stream_ids(&stream, lost);
    }
    let list = |key: Key| match view.value(key) {
        Some(Value::MvBin(list)) => list.as_slice(),
        _ => &[],
    };
    let (one_offs, ids) = (list(keys::ONE_OFF_MEMBERS), list(keys::MEMBERS));
    let get =
        |list: &'v [Cow<'v, [u8]>], n: usize| list.get(n).map_or(Cow::Borrowed(&[][..]), |id| Cow::Borrowed(&**id));
    (0..one_offs.len().max(ids.len())).map(|n| (get(ids, n), get(one_offs, n))).collect()
}

/// The DistListMemberInfos of a PidLidDistributionListStream ([MS-OXOCNTC] 2.2.2.2.4.1).
fn stream_ids<'v>(stream: &[u8], lost: &impl Fn(String)) -> Vec<Ids<'v>> {
    /// StreamVersion, Reserved, BuildVersion and DistListStreamFlags stand before CountOfEntries.
    const BEFORE_COUNT: usize = 12;
    /// TotalEntryIDSize, TotalOneOffSize and TotalExtraSize.
    const TOTALS: usize = 12;
    let mut cursor = Cursor::new(stream);
    let Some(count) = cursor.take(BEFORE_COUNT).and_then(|_| cursor.u32()) else {
        lost("a stream that ends before its number of members".into());
        return Vec::new();
    };
    let _totals = cursor.take(TOTALS);
    let mut ids = Vec::new();
    let mut next = || {
        let (id, one_off, _extra) = (cursor.block()?, cursor.block()?, cursor.block()?);
        Some((Cow::Owned(id.to_vec()), Cow::Owned(one_off.to_vec())))
    };
    for n in 1..=count {
        let Some(member) = next() else {
            lost(format!("a stream that ends before member {n} of {count}"));
            break;
        };
        ids.push(member);
    }
    ids
}

/// The member that `id`, a one-off entry id or one in a WrappedEntryId, names.
fn member(id: &[u8], context: Context<'_>) -> Option<Member> {
    let wrapped = Guid::from_slice(id.get(4..)?)? == WRAPPED;
    let id = if wrapped { id.get(WRAPPED_HEAD..)? } else { id };
    let [name, kind, address] = one_off(id)?;
    let resolved = || is_x500(&address).then(|| context.book.get(&address)).flatten();
    let smtp = smtp(&address).or_else(resolved).or_else(|| smtp(&name));
    Some(Member { name, smtp, address, kind })
}

impl Member {
    /// A member of whom nothing but the entry id `id` is known.
    fn unknown(id: &[u8]) -> Self {
        Self { name: String::new(), smtp: None, address: hex(id), kind: "entry-id".into() }
    }
}
