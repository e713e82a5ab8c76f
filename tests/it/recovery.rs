//! Destroyed trees and headers: what the blocks still hold comes out, once, and what may differ is named.

use std::collections::{BTreeMap, BTreeSet};

use pffkit::damage::{Effect, Finding, Findings};
use pffkit::limits::{Limit, Limits};
use pffkit::mapi::{PropTag, Value, tag::pr};
use pffkit::messaging::write::nid::IPM_SUBTREE;
use pffkit::messaging::{Store, recover};
use pffkit::mt::from_pff::{Item, Observer, Options, Totals, export};
use pffkit::mt::object::{Attachment, Message, Parent};
use pffkit::ndb::crypt::CryptMethod;
use pffkit::ndb::page::{PageTrailer, PageType};
use pffkit::ndb::{Arena, Bid, Database, Format, Ib, Layout, Nid, NidType, Recover, Scope, Subnodes};

use crate::recipes::build::{self, MONDAY, file, noise, props, text};
use crate::support::diff::{Row, Stream, diff};
use crate::support::mutate::{Mutation, Random, mutate};
use crate::support::{corpus, fixture};

/// One file of each format.
const FIXTURES: [&str; 3] = ["sample.pst", "ansi.pst", "ost4k.ost"];

/// The folders that no file has: "Recovered" and "Recovered deleted items".
const MADE_UP: [u32; 2] = [recover::RECOVERED.0, recover::DELETED.0];
/// The property of an item that is not whole.
const DAMAGE: &str = "pffkit:damage";

/// The items of which something is told, with what is told.
#[derive(Default)]
pub struct Named(BTreeMap<u32, Vec<Finding>>);

impl Named {
    fn add(&mut self, item: &Item) {
        self.0.entry(item.nid).or_default().extend(item.findings.iter().cloned());
    }

    /// Whether a finding in the ledger's entry of item `nid` names the difference `row`: it says that the item as a whole can't be trusted,
    /// or names the property, or one of the `blocks` in which what differs is.
    fn tells(&self, nid: u32, row: &Row, blocks: &BTreeSet<u64>) -> bool {
        let tells = |f: &Finding| {
            f.effect > Effect::Notice
                && (f.nid == Some(nid) || f.bid.is_some_and(|bid| blocks.contains(&Bid(bid).key())) || names(f, row))
        };
        self.0.get(&nid).is_some_and(|findings| findings.iter().any(tells))
    }
}

/// Whether `finding` speaks of what differs in `row`.
fn names(finding: &Finding, row: &Row) -> bool {
    let text = format!("{} {}", finding.expected, finding.found);
    match row.prop.as_str() {
        "#recipients" => finding.structure == "recipient table",
        "#attachments" | "#embedded" => {
            finding.structure.contains("attachment") || finding.structure.contains("embedded")
        }
        prop => match u32::from_str_radix(prop, 16) {
            // STRING8 in the file is Unicode in the stream.
            Ok(tag) => text.contains(&format!("property {:04X}", PropTag(tag).id())),
            Err(_) => finding.structure == "name-to-id map",
        },
    }
}

/// The blocks of a message by what is in them.
#[derive(Default)]
struct Blocks {
    /// Its own: the heap of its properties, and what leads to the others.
    own: BTreeSet<u64>,
    /// Large values of its properties.
    values: BTreeSet<u64>,
    recipients: BTreeSet<u64>,
    attachments: BTreeSet<u64>,
}

impl Blocks {
    fn of(db: &Database<'_>, nid: u32) -> Self {
        let (mut blocks, findings, arena) = (Self::default(), Findings::new(), Arena::new());
        let Some(node) = db.node(Nid(nid), &findings).ok().flatten() else { return blocks };
        let scope = Scope { db, arena: &arena, findings: &findings };
        for subnode in Subnodes::new(scope, node.sub).iter() {
            let part = match subnode.nid.typ() {
                NidType::RECIPIENT_TABLE => &mut blocks.recipients,
                NidType::ATTACHMENT_TABLE | NidType::ATTACHMENT => &mut blocks.attachments,
                _ => &mut blocks.values,
            };
            collect(db, subnode.data, part);
            collect(db, subnode.sub, part);
        }
        let mut all = BTreeSet::new();
        collect(db, node.data, &mut all);
        collect(db, node.sub, &mut all);
        let parts = [&blocks.values, &blocks.recipients, &blocks.attachments];
        blocks.own = all.into_iter().filter(|bid| parts.iter().all(|part| !part.contains(bid))).collect();
        blocks
    }

    /// Those that `row` depends on.
    fn behind(&self, row: &Row) -> BTreeSet<u64> {
        let part = match (row.kind, row.prop.as_str()) {
            ("recipient", _) | ("message", "#recipients") => &self.recipients,
            ("attachment" | "embedded", _) | ("message", "#attachments") => &self.attachments,
            _ => &self.values,
        };
        if row.place.contains("/att") { self.own.union(&self.attachments) } else { self.own.union(part) }
            .copied()
            .collect()
    }
}

/// Adds `bid` and all that it leads to.
fn collect(db: &Database<'_>, bid: Bid, into: &mut BTreeSet<u64>) {
    if !bid.is_none() && into.insert(bid.key()) && bid.is_internal() {
        db.named_in(bid).into_iter().for_each(|child| collect(db, child, into));
    }
}

impl Observer for Named {
    fn item(&mut self, item: &Item) {
        self.add(item);
    }
    // A message that comes out in "Recovered" is whole: only a notice names it.
    fn notice(&mut self, item: &Item) {
        self.add(item);
    }
}

pub struct Read {
    pub stream: Stream,
    pub totals: Totals,
    named: Named,
    /// The blocks of each item of which something is told.
    blocks: BTreeMap<u32, Blocks>,
}

fn read(data: &[u8]) -> pffkit::Result<Read> {
    read_with(data, Recover::Auto, Limits::default())
}

pub fn read_with(data: &[u8], how: Recover, limits: Limits) -> pffkit::Result<Read> {
    let findings = Findings::new();
    let db = recover::open(data, limits, how, &findings)?;
    let store = Store::open(&db, None, &findings);
    let mut named = Named::default();
    let (stream, totals) = export(&store, &Options::new("root"), &findings, Vec::new(), &mut named)?;
    assert_eq!(totals.found, totals.whole + totals.part + totals.missing);
    assert_eq!(totals.messages + totals.fai, totals.whole + totals.part);
    let blocks = named.0.keys().map(|nid| (*nid, Blocks::of(&db, *nid))).collect();
    Ok(Read { stream: Stream::read(&stream), totals, named, blocks })
}

/// The tree pages of a file: type, level, offset; found by this test's own walk from the roots.
fn tree_pages(data: &[u8]) -> (&'static Layout, Vec<(PageType, u8, usize)>) {
    let db = Database::open(data, Limits::default(), &Findings::new()).unwrap();
    let (layout, root) = (db.header().layout, db.header().root);
    let mut todo = vec![root.nbt.ib.0, root.bbt.ib.0];
    let mut pages = Vec::new();
    while let Some(ib) = todo.pop() {
        let ib = ib as usize;
        let page = &data[ib..ib + layout.page];
        let trailer = PageTrailer::parse(layout, page).unwrap();
        let wide = layout.format == Format::Unicode4k;
        let count = usize::from(page[layout.btree_meta]);
        let level = page[layout.btree_meta + if wide { 5 } else { 3 }];
        pages.push((trailer.ptype, level, ib));
        if level > 0 {
            todo.extend((0..count).map(|i| layout.read_id(&page[i * layout.bt_entry + 2 * layout.id..])));
        }
    }
    (layout, pages)
}

/// What is there is equal to what it was, or a finding of its own names it; what is not whole says so itself.
fn no_silent_difference(what: &str, intact: &Read, broken: &Read) {
    assert!(!broken.totals.is_whole(), "{what}: the damage is not told");
    for row in diff(&broken.stream, &intact.stream).iter().filter(|r| r.ours.is_some() && r.kind != "folder map") {
        let nid = row.place.split('/').next().unwrap_or_default().trim_start_matches("0x");
        let nid = u32::from_str_radix(nid, 16).unwrap_or(0);
        if row.prop.contains(DAMAGE) {
            assert!(row.ours.as_ref().is_some_and(|text| text.len() <= 600), "{what}: {row:?}");
        } else {
            assert!(is_told(broken, row, nid), "{what}: {row:?} is not named: {:?}", broken.named.0.get(&nid));
        }
    }
    let names = &broken.stream.names;
    let says_so = |m: &pffkit::mt::object::MessageFrame<'_>| {
        m.message.props.iter().any(|(tag, _)| names.get(*tag).is_some_and(|name| name.to_string().contains(DAMAGE)))
    };
    let marked: BTreeSet<u32> =
        broken.stream.messages.iter().filter(|(_, m)| says_so(m)).map(|(nid, _)| *nid as u32).collect();
    let part = |findings: &Vec<Finding>| findings.iter().any(|f| f.effect > Effect::Notice);
    let not_whole: BTreeSet<u32> = broken.named.0.iter().filter(|(_, f)| part(f)).map(|(nid, _)| *nid).collect();
    let emitted = broken.stream.messages.keys().map(|nid| *nid as u32);
    let expected: BTreeSet<u32> = emitted.filter(|nid| not_whole.contains(nid)).collect();
    assert_eq!(marked, expected, "{what}: the items that say that they are not whole are those of the ledger");
}

/// A folder is as good as its name and its place; of a message every property counts.
fn is_told(broken: &Read, row: &Row, nid: u32) -> bool {
    let blocks = broken.blocks.get(&nid).map(|blocks| blocks.behind(row)).unwrap_or_default();
    MADE_UP.contains(&nid) || broken.named.tells(nid, row, &blocks)
}

/// How many messages of `intact` are in `broken`: under the same id, or as another message of the same subject and time.
fn found(intact: &Read, broken: &Read) -> usize {
    let key = |m: &pffkit::mt::object::Message<'_>| {
        let of = |tag| m.props.get(tag).map(|v: &Value<'_>| format!("{v:?}"));
        (of(pr::SUBJECT), of(pr::CREATION_TIME), of(pr::MESSAGE_SIZE), of(pr::BODY))
    };
    let (theirs, ours) = (&intact.stream.messages, &broken.stream.messages);
    let mut others: Vec<_> =
        ours.iter().filter(|(nid, _)| !theirs.contains_key(nid)).map(|(_, m)| key(&m.message)).collect();
    let mut found = 0;
    for (nid, m) in theirs {
        let other = others.iter().position(|k| *k == key(&m.message));
        if ours.contains_key(nid) {
            found += 1;
        } else if let Some(i) = other {
            others.swap_remove(i);
            found += 1;
        }
    }
    found
}

/// `page` destroyed: zeroed, or full of what is no page.
fn destroyed(data: &[u8], layout: &Layout, pages: &[usize], garbage: bool) -> Vec<u8> {
    let (mut out, mut random) = (data.to_vec(), Random(7));
    for at in pages.iter().flat_map(|ib| *ib..ib + layout.page) {
        out[at] = if garbage { random.next() as u8 } else { 0 };
    }
    out
}

fn all_messages_come_out(name: &str, data: &[u8]) {
    let intact = read(data).unwrap();
    assert!(intact.totals.is_whole(), "{name}");
    let all = intact.totals.messages as usize;
    let (layout, pages) = tree_pages(data);
    for (ptype, level, ib) in &pages {
        let what = format!("{name}: {ptype:?} of level {level} at {ib:#x}");
        for garbage in [false, true] {
            let broken = read(&destroyed(data, layout, &[*ib], garbage)).unwrap();
            assert!(found(&intact, &broken) * 100 >= all * 99, "{what}, garbage: {garbage}");
            assert_eq!(broken.stream.messages.len(), found(&intact, &broken), "{what}: more than there were");
            no_silent_difference(&what, &intact, &broken);
        }
        // A wrong CRC: the entries are still there.
        let mut flipped = data.to_vec();
        flipped[ib + layout.page - layout.page_trailer + if layout.format == Format::Ansi { 8 } else { 4 }] ^= 0xFF;
        let broken = read(&flipped).unwrap();
        assert_eq!(broken.totals.messages, intact.totals.messages, "{what}, wrong CRC");
        no_silent_difference(&what, &intact, &broken);
    }
    let every: Vec<usize> = pages.iter().map(|(_, _, ib)| *ib).collect();
    for garbage in [false, true] {
        let broken = read(&destroyed(data, layout, &every, garbage)).unwrap();
        assert!(found(&intact, &broken) * 100 >= all * 99, "{name}: all at once, garbage: {garbage}");
    }
}

#[test]
fn destroyed_tree_pages_cost_no_message() {
    for name in FIXTURES {
        all_messages_come_out(name, &std::fs::read(fixture(name)).unwrap());
    }
}

#[test]
fn destroyed_tree_pages_of_real_files_cost_no_message() {
    let Some(corpus) = corpus() else { return };
    for name in ["hughbe-hughbe-outlook.pst", "iped-test-sample.pst"] {
        all_messages_come_out(name, &std::fs::read(corpus.join(name)).unwrap());
    }
}

/// `data` with the heap in the data tree that `find` finds destroyed: from bSig to hidUserRoot its HNHDR ([MS-PST] 2.3.1.2) is wrong.
fn without_heap(data: &[u8], find: impl FnOnce(Scope<'_>) -> Bid) -> Vec<u8> {
    let (findings, arena) = (Findings::new(), Arena::new());
    let db = Database::open(data, Limits::default(), &findings).unwrap();
    let bid = find(Scope { db: &db, arena: &arena, findings: &findings });
    let at = db.located(bid, &findings).unwrap().ib.0 as usize;
    let mut broken = data.to_vec();
    broken[at + 2..at + 8].iter_mut().for_each(|b| *b ^= 0xFF);
    broken
}

fn without_heap_of(data: &[u8], nid: Nid) -> Vec<u8> {
    without_heap(data, |scope| scope.db.node(nid, scope.findings).unwrap().unwrap().data)
}

/// `data` without that of subnode `subnode` of message `nid`.
fn without_subnode(data: &[u8], nid: Nid, subnode: Nid) -> Vec<u8> {
    without_heap(data, |scope| {
        let node = scope.db.node(nid, scope.findings).unwrap().unwrap();
        Subnodes::new(scope, node.sub).find(subnode).unwrap().data
    })
}

/// Properties that a table has of each object ([MS-PST] 2.4.4.5.1, 2.4.6.1.1), here some that targets show.
const OF_MESSAGES: [PropTag; 6] = [
    pr::MESSAGE_CLASS,
    pr::SUBJECT,
    pr::MESSAGE_FLAGS,
    PropTag(0x0E06_0040),
    PropTag(0x0042_001F),
    PropTag(0x0E04_001F),
];
const OF_ATTACHMENTS: [PropTag; 2] = [pr::ATTACH_FILENAME, pr::ATTACH_METHOD];

/// In place of its properties a message has those that the table of its folder tells; recipients and attachments it has anyhow. Without any
/// of these there is none.
#[test]
fn a_message_without_properties_keeps_what_is_beside_them() {
    let data = std::fs::read(fixture("sample.pst")).unwrap();
    let intact = read(&data).unwrap();
    let (mut with, mut without) = (0, 0);
    for (nid, frame) in &intact.stream.messages {
        let (whole, nid32) = (&frame.message, Nid(*nid as u32));
        let broken_data = without_heap_of(&data, nid32);
        let broken = read(&broken_data).unwrap();
        let left = &broken.stream.messages[nid].message;
        for tag in OF_MESSAGES {
            assert_eq!(words(left.props.get(tag)), words(whole.props.get(tag)), "{nid:#x} {tag}");
        }
        assert_eq!(format!("{:?}", left.recipients), format!("{:?}", whole.recipients), "{nid:#x}");
        let contents = |m: &Message<'_>| {
            let content =
                |a: &Attachment<'_>| (a.props.get(pr::ATTACH_DATA_BIN).map(|v| format!("{v:?}")), a.embedded.is_some());
            m.attachments.iter().map(content).collect::<Vec<_>>()
        };
        assert_eq!(contents(left), contents(whole), "{nid:#x}");
        assert_eq!((broken.totals.part, broken.totals.missing), (1, 0), "{nid:#x}");
        no_silent_difference(&format!("{nid:#x} without properties"), &intact, &broken);

        let Parent { nid: folder, .. } = frame.parent;
        let table = Nid(folder as u32).with_type(NidType::CONTENTS_TABLE);
        let broken = read(&without_heap_of(&broken_data, table)).unwrap();
        let has_parts = !whole.recipients.is_empty() || !whole.attachments.is_empty();
        *if has_parts { &mut with } else { &mut without } += 1;
        assert_eq!(broken.stream.messages.contains_key(nid), has_parts, "{nid:#x}");
        let expected = if has_parts { (1, 0) } else { (0, 1) };
        assert_eq!((broken.totals.part, broken.totals.missing), expected, "{nid:#x}");
    }
    assert!(with >= 5 && without >= 5, "{with} {without}");
}

/// A small value in words.
fn words(value: Option<&Value<'_>>) -> String {
    format!("{value:?}")
}

/// The bytes of a value, in memory or not.
fn bytes_of(value: &Value<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    match value {
        Value::Bin(b) => bytes.extend_from_slice(b),
        Value::Stream(stream) => stream.copy_to(&mut bytes).unwrap(),
        other => panic!("{other:?}"),
    }
    bytes
}

/// In place of its properties an attachment has those that the attachment table tells, and its content where that is in blocks of its own.
#[test]
fn an_attachment_without_properties_keeps_its_content() {
    let storage = noise(3, 70_000);
    let object = [(0x3705_0003, Value::I32(6)), (0x3701_000D, Value::bin(storage)), (0x3704_001F, text("Storage"))];
    for format in [Format::Ansi, Format::Unicode, Format::Unicode4k] {
        let mut nid = Nid(0);
        let data = file(format, CryptMethod::Permute, |store| {
            nid = build::Item::mail("Four", MONDAY)
                .attach("large.bin", "", noise(1, 50_000))
                .embed("Inner", build::Item::mail("Inner", MONDAY).body("Words."))
                .attachment(props(object.clone()))
                .attach("small.bin", "", noise(2, 100))
                .put(store, IPM_SUBTREE);
        });
        let intact = read(&data).unwrap();
        let key = u64::from(nid.0);
        let whole = &intact.stream.messages[&key].message;
        let contents = |a: &Attachment<'_>| {
            let value = |tag| a.props.get(tag).map(bytes_of);
            let inner = a.embedded.as_ref().map(|m| format!("{m:?}"));
            (value(pr::ATTACH_DATA_BIN), value(pr::ATTACH_DATA_OBJ), inner)
        };
        for (n, attachment) in whole.attachments.iter().enumerate() {
            let what = format!("{format:?}, attachment {n}");
            let subnode = Nid::new(NidType::ATTACHMENT, 0x401 + n as u32);
            let broken_data = without_subnode(&data, nid, subnode);
            let broken = read(&broken_data).unwrap();
            let left = &broken.stream.messages[&key].message;
            assert_eq!((left.attachments.len(), broken.totals.part), (4, 1), "{what}");
            for tag in OF_ATTACHMENTS {
                assert_eq!(words(left.attachments[n].props.get(tag)), words(attachment.props.get(tag)), "{what}");
            }
            // The small one was among the properties.
            let kept = if n == 3 { (None, None, None) } else { contents(attachment) };
            assert_eq!(contents(&left.attachments[n]), kept, "{what}");
            no_silent_difference(&what, &intact, &broken);

            let broken = read(&without_subnode(&broken_data, nid, Nid::ATTACHMENT_TABLE)).unwrap();
            let left = &broken.stream.messages[&key].message.attachments;
            let mut expected: Vec<_> = whole.attachments.iter().map(contents).collect();
            match n {
                // That it was an object the table alone tells.
                2 => expected[n] = (expected[n].1.take(), None, None),
                3 => drop(expected.pop()),
                _ => {}
            }
            assert_eq!(left.iter().map(contents).collect::<Vec<_>>(), expected, "{what}, without the table");
            // What it is its content tells.
            let method = left.get(n).map(|a| a.props.int(pr::ATTACH_METHOD));
            assert_eq!(method, [Some(1), Some(5), Some(1), None].map(|m| m.map(Some))[n], "{what}, without the table");
            assert_eq!(broken.totals.part, 1, "{what}, without the table");
        }
    }
}

/// Format, encoding and trees are known without the header.
#[test]
fn a_destroyed_header_costs_nothing() {
    for name in FIXTURES.into_iter().chain(["crypt-none.pst", "crypt-cyclic.pst"]) {
        let data = std::fs::read(fixture(name)).unwrap();
        let intact = read(&data).unwrap();
        for destroyed in [4, 512] {
            let mut broken = data.clone();
            broken[..destroyed].fill(0);
            let broken = read(&broken).unwrap();
            assert!(broken.totals.file_damage > 0, "{name}");
            let rows = diff(&broken.stream, &intact.stream);
            assert!(rows.is_empty(), "{name}: {rows:?}");
        }
    }
}

/// Flipped bytes in the entries of a leaf: the other entries come out, the ones that differ are named.
#[test]
fn damaged_entries_are_named() {
    for name in FIXTURES {
        let data = std::fs::read(fixture(name)).unwrap();
        let intact = read(&data).unwrap();
        let (layout, pages) = tree_pages(&data);
        for (_, _, ib) in pages.iter().filter(|(ptype, level, _)| *ptype == PageType::NBT && *level == 0) {
            for at in (0..layout.nbt_entry * 4).step_by(3) {
                let mut broken = data.clone();
                broken[ib + at] ^= 0x55;
                let what = format!("{name}: byte {at} of page {ib:#x}");
                no_silent_difference(&what, &intact, &read(&broken).unwrap());
            }
        }
    }
}

/// What is cut off is missing; what is before the cut is not.
#[test]
fn a_cut_file_gives_what_is_left() {
    for name in FIXTURES {
        let data = std::fs::read(fixture(name)).unwrap();
        let intact = read(&data).unwrap();
        let layout = Database::open(&data, Limits::default(), &Findings::new()).unwrap().header().layout;
        for tenths in 1..10 {
            let cut = &data[..data.len() * tenths / 10];
            let tree_page_left = pffkit::ndb::scan::tree_pages(cut, layout).any(|p| p.sound && p.bref.ib > Ib(0));
            match read(cut) {
                Ok(broken) => no_silent_difference(&format!("{name} cut at {tenths}/10"), &intact, &broken),
                Err(e) => assert!(!tree_page_left || e.to_string().contains("cut"), "{name}: {e}"),
            }
        }
    }
}

/// The copies of one message are told by tables and trees alone. Here the trees are cut off, and of the table of one folder the first
/// block, of that of another some rows: which nodes there were what is left of the row indexes tells, that they were this message its
/// count of references.
#[test]
fn copies_come_out_of_a_cut_file() {
    let Some(corpus) = corpus() else { return };
    let data = std::fs::read(corpus.join("p2j-97-outlook-pass12345.pst")).unwrap();
    let intact = read(&data).unwrap();
    for cut in [106_496, 129_703] {
        let broken = read(&data[..cut]).unwrap();
        assert!(broken.stream.messages.keys().eq(intact.stream.messages.keys()), "cut at {cut}");
        no_silent_difference(&format!("cut at {cut}"), &intact, &broken);
    }
}

/// What comes out of broken files is equal to what was in the sound one, or named.
fn nothing_differs_in_silence(name: &str, data: &[u8], rounds: u64) {
    let intact = read(data).unwrap();
    let kinds = [Mutation::Flip(20), Mutation::Flip(200), Mutation::Truncate, Mutation::Zero(4), Mutation::Copy(4)];
    for (kind, seed) in kinds.into_iter().flat_map(|kind| (0..rounds).map(move |seed| (kind, seed))) {
        let broken = mutate(data, kind, seed);
        match read(&broken) {
            Ok(read) if !read.totals.is_whole() => {
                no_silent_difference(&format!("{name} {kind:?} {seed}"), &intact, &read)
            }
            // What was hit holds nothing that a message needs.
            Ok(read) => assert_eq!(read.stream.messages.len(), intact.stream.messages.len(), "{name} {kind:?} {seed}"),
            Err(_) => (),
        }
    }
}

#[test]
fn broken_fixtures_differ_in_nothing_that_is_not_named() {
    for name in FIXTURES {
        nothing_differs_in_silence(name, &std::fs::read(fixture(name)).unwrap(), 12);
    }
}

#[test]
fn broken_real_files_differ_in_nothing_that_is_not_named() {
    let Some(corpus) = corpus() else { return };
    for name in ["hughbe-hughbe-outlook.pst", "iped-test-sample.pst", "p2j-97-outlook-pass12345.pst"] {
        nothing_differs_in_silence(name, &std::fs::read(corpus.join(name)).unwrap(), 4);
    }
}

/// Deleted items come only where they are asked for, in their own folder, and what is live comes as it always does.
#[test]
fn deleted_items_come_when_asked_for() {
    let Some(corpus) = corpus() else { return };
    for name in ["p2j-97-outlook-pass12345.pst", "hughbe-hughbe-outlook.pst", "iped-test-sample.pst"] {
        let data = std::fs::read(corpus.join(name)).unwrap();
        let plain = read(&data).unwrap();
        let searched = read_with(&data, Recover::Always, Limits::default()).unwrap();
        assert!(diff(&searched.stream, &plain.stream).is_empty(), "{name}: nothing is lost, so nothing more is found");
        let deleted = read_with(&data, Recover::Deleted, Limits::default()).unwrap();
        for (nid, message) in &deleted.stream.messages {
            let live = plain.stream.messages.contains_key(nid);
            assert_ne!(live, message.parent.nid == u64::from(recover::DELETED.0), "{name}: {nid:#x}");
        }
        assert!(plain.stream.messages.keys().all(|nid| deleted.stream.messages.contains_key(nid)), "{name}");
    }
}

/// A limit that is reached is told.
#[test]
fn limits_are_kept_and_told() {
    let data = std::fs::read(fixture("sample.pst")).unwrap();
    let all = read(&data).unwrap().totals.messages;
    let limit = |text: &str| Limits::with(&[text.parse::<Limit>().unwrap()]);
    let some = read_with(&data, Recover::Auto, limit("items=1")).unwrap();
    assert!(some.totals.messages < all && !some.totals.is_whole());
    let flat = read_with(&data, Recover::Auto, limit("folders=1")).unwrap();
    // All is there still, below the root.
    assert_eq!((flat.totals.messages, flat.totals.moved_folders > 0), (all, true));
    assert!(flat.totals.is_whole(), "{:?}", flat.totals);
    let none = read_with(&data, Recover::Auto, limit("pages=1"));
    assert!(none.is_err() || !none.unwrap().totals.is_whole());
}
