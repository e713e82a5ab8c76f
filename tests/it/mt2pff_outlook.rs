//! What Outlook and its repair tool look at in a file that was made of a stream, and readers mostly don't.

use std::collections::HashSet;

use pffkit::ltp::TableContext;
use pffkit::mapi::guid::{PS_MAPI, PS_PUBLIC_STRINGS, PSETID_COMMON};
use pffkit::mapi::special::SpecialFolder;
use pffkit::mapi::tag::pr;
use pffkit::mapi::{PropName, PropTag, PropType, Props, Value};
use pffkit::messaging::write::entry_id_parts;
use pffkit::mt::object::{
    Attachment, Folder, FolderMapEntry, Frame, Header, MAPI_FOLDER, MAPI_STORE, Message, MessageFrame, NamedProperty,
    Parent, UNANCHORED,
};
use pffkit::mt::{Encoded, Writer};
use pffkit::ndb::{Bid, Format, Nid, NidType, Scope, Subnodes};

use crate::mt2pff::written;
use crate::recipes::build::{noise, props, text};
use crate::write::own::with_store;

const BOTH: [Format; 2] = [Format::Unicode, Format::Ansi];

fn folder(nid: u64, parent: Parent, name: &str) -> Frame<'static> {
    Frame::Folder(Folder { nid, parent, props: props([(0x3001_001F, text(name))]), acl: Vec::new() })
}

fn message(nid: u64, parent: u64, message: Message<'static>) -> Frame<'static> {
    let parent = Parent { kind: MAPI_FOLDER, nid: parent };
    Frame::Message(MessageFrame { nid, parent, message, rfc822: Vec::new().into() })
}

fn within(nid: u64) -> Parent {
    Parent { kind: MAPI_FOLDER, nid }
}

/// The top folder of a stream of a PFF file, and that of what people see.
fn pff() -> [Frame<'static>; 2] {
    [folder(0x122, Parent { kind: MAPI_STORE, nid: 0 }, "Unnamed folder 290"), folder(0x8022, within(0x122), "Top")]
}

fn stream(folder_map: &[(u64, SpecialFolder)], frames: impl IntoIterator<Item = Frame<'static>>) -> Vec<u8> {
    let entry = |(nid, folder): &(u64, SpecialFolder)| FolderMapEntry {
        nid: *nid,
        create: false,
        target: folder.id(),
        name: String::new(),
    };
    let header = Header { splice: true, folder_map: folder_map.iter().map(entry).collect(), ..Header::default() };
    let mut writer = Writer::new(Vec::new(), &header).unwrap();
    frames.into_iter().for_each(|frame| writer.write(&Encoded::frame(&frame).unwrap()).unwrap());
    writer.finish().unwrap()
}

/// A message with two recipients, a body that is too large for a heap, a file and a message with a file of its own.
fn rich() -> Message<'static> {
    let recipient = |name| props([(0x3001_001F, text(name)), (0x0C15_0003, Value::I32(1))]);
    let file = |len| Attachment {
        props: props([
            (0x3704_001F, text("Ä.bin")),
            (0x7FFE_000B, Value::Bool(0)),
            (0x3701_0102, Value::bin(noise(1, len))),
        ]),
        embedded: None,
    };
    let inner = Message {
        props: props([(0x0037_001F, text("inner")), (0x1000_001F, text(&"y".repeat(9000)))]),
        attachments: vec![file(5)],
        ..Message::default()
    };
    Message {
        props: props([(0x0037_001F, text("outer")), (0x1000_001F, text(&"x".repeat(9000)))]),
        recipients: vec![recipient("Ann"), recipient("Bob")],
        attachments: vec![
            file(20_000),
            file(1),
            Attachment { props: props([(0x3001_001F, text("inner"))]), embedded: Some(Box::new(inner)) },
        ],
    }
}

fn rich_file(format: Format) -> Vec<u8> {
    let frames = pff().into_iter().chain([message(0x20_0024, 0x8022, rich()), message(0x20_0044, 0x8022, rich())]);
    let (file, totals, told) = written(&stream(&[], frames), format);
    assert!(totals.is_whole(), "{told:#?}");
    file
}

/// Calls `each` with the id, data and subnodes of every node and subnode.
fn each_node(scope: Scope<'_>, each: &mut dyn FnMut(Nid, Bid, Bid)) {
    fn below(scope: Scope<'_>, sub: Bid, each: &mut dyn FnMut(Nid, Bid, Bid)) {
        for subnode in Subnodes::new(scope, sub).iter() {
            each(subnode.nid, subnode.data, subnode.sub);
            below(scope, subnode.sub, each);
        }
    }
    for node in scope.db.nodes(scope.findings) {
        each(node.nid, node.data, node.sub);
        below(scope, node.sub, each);
    }
}

/// `rgnid` ([MS-PST] 2.2.2.6) counts the ids of subnodes, too.
#[test]
fn counters_are_above_the_ids_of_subnodes() {
    for format in BOTH {
        let file = rich_file(format);
        with_store(&file, |_, scope| {
            let indexes = scope.db.header().indexes;
            let mut highest = [0; 32];
            each_node(scope, &mut |nid, _, _| {
                let highest = &mut highest[usize::from(nid.typ().0)];
                *highest = nid.index().max(*highest);
            });
            for typ in [NidType::NORMAL_MESSAGE, NidType::ATTACHMENT, NidType::LTP] {
                let typ = usize::from(typ.0);
                assert!(highest[typ] > 0x400 && indexes[typ] >= highest[typ], "{format:?} {typ:#x}");
            }
        });
    }
}

/// Calls `each` with every table of the file.
fn each_table(scope: Scope<'_>, each: &mut dyn FnMut(&TableContext<'_>)) {
    use NidType as T;
    let tables = [T::HIERARCHY_TABLE, T::CONTENTS_TABLE, T::ASSOC_CONTENTS_TABLE, T::RECEIVE_FOLDER_TABLE];
    each_node(scope, &mut |nid, data, sub| {
        if tables.contains(&nid.typ()) || [Nid::RECIPIENT_TABLE, Nid::ATTACHMENT_TABLE].contains(&nid) {
            each(&TableContext::open(scope, data, sub).unwrap());
        }
    });
}

/// No two rows of a file have the same version, and the header tells the last one (`dwUnique`).
#[test]
fn versions_of_rows_are_unique() {
    for format in BOTH {
        let file = rich_file(format);
        with_store(&file, |_, scope| {
            let mut versions = HashSet::new();
            each_table(scope, &mut |table| {
                table
                    .for_each_row(|row| {
                        let cells: Props<'_> = row.cells().collect();
                        let version = cells.int(pr::LTP_ROW_VER).unwrap();
                        assert!(versions.insert(version), "{version} twice");
                        assert!(version <= i64::from(scope.db.header().unique), "{version}");
                    })
                    .unwrap();
            });
            assert!(versions.len() > 10);
        });
    }
}

/// Cells of 4 and of 8 bytes stand in the order of their bits, as in every table that Outlook wrote.
#[test]
fn cells_of_4_and_8_bytes_are_in_one_order() {
    with_store(&rich_file(Format::Unicode), |_, scope| {
        let mut mixed = 0;
        each_table(scope, &mut |table| {
            let mut columns: Vec<_> = table.columns().iter().filter(|c| c.size >= 4).collect();
            columns.sort_by_key(|c| c.bit);
            assert!(columns.is_sorted_by_key(|c| c.offset), "{columns:?}");
            mixed += u32::from(columns.array_windows().any(|[a, b]| a.size < b.size));
        });
        assert!(mixed > 0);
    });
}

/// The bytes of the data of a node and of all below it.
fn bytes(scope: Scope<'_>, data: Bid, sub: Bid) -> u64 {
    let below = Subnodes::new(scope, sub).iter().map(|s| bytes(scope, s.data, s.sub));
    scope.db.data_len(data) + below.sum::<u64>()
}

/// PidTagMessageSize is what a message takes, with all that is in it, where the stream does not tell it.
#[test]
fn a_message_is_as_large_as_its_data() {
    let mut large = rich();
    (0..2000).for_each(|n| large.props.push(PropTag::new(0x4000 + n, PropType::UNICODE), text("a value")));
    let mut told = rich();
    told.props.push(pr::MESSAGE_SIZE, Value::I32(77));
    let messages = [Message::default(), rich(), large, told];
    let frames = (0..).zip(messages).map(|(n, m)| message(0x20_0024 + 32 * n, 0x8022, m));
    let stream = stream(&[], pff().into_iter().chain(frames));
    for format in BOTH {
        let (file, ..) = written(&stream, format);
        let ((), findings) = with_store(&file, |store, scope| {
            for nid in [0x20_0024, 0x20_0044, 0x20_0064] {
                let node = scope.db.node(Nid(nid), scope.findings).unwrap().unwrap();
                let size = store.node_props(scope, Nid(nid)).unwrap().int(pr::MESSAGE_SIZE);
                assert_eq!(size, i64::try_from(bytes(scope, node.data, node.sub)).ok(), "{format:?} {nid:#x}");
            }
            assert_eq!(store.node_props(scope, Nid(0x20_0084)).unwrap().int(pr::MESSAGE_SIZE), Some(77));
        });
        assert_eq!(findings, [""; 0]);
        assert!(cells(&file, Nid(0x802E), pr::MESSAGE_SIZE).iter().all(|size| size.is_some()));
    }
}

/// The values of the column `tag` of the table in node `nid`, as numbers.
fn cells(file: &[u8], nid: Nid, tag: PropTag) -> Vec<Option<i64>> {
    with_store(file, |store, scope| {
        let node = store.node(scope, nid).unwrap();
        let table = TableContext::open(scope, node.data, node.sub).unwrap();
        let mut values = Vec::new();
        table.for_each_row(|row| values.push(row.cells().collect::<Props<'_>>().int(tag))).unwrap();
        values
    })
    .0
}

/// PidTagAttachSize is the sum of the values, its own included, and what an embedded message takes.
#[test]
fn an_attachment_is_as_large_as_its_values() {
    with_store(&rich_file(Format::Unicode), |store, scope| {
        let message = store.message(scope, Nid(0x20_0024)).unwrap();
        let sizes: Vec<_> = message.attachments.iter().map(|a| a.props.int(PropTag(0x0E20_0003)).unwrap()).collect();
        // The name, a truth, the content, three numbers.
        let file = |content: i64| 2 * 5 + 1 + content + 3 * 4;
        assert_eq!(sizes[..2], [file(20_000), file(1)]);
        let node = scope.db.node(Nid(0x20_0024), scope.findings).unwrap().unwrap();
        let attachment = Subnodes::new(scope, node.sub).find(Nid::new(NidType::ATTACHMENT, 0x403)).unwrap();
        let inner = Subnodes::new(scope, attachment.sub).iter().find(|s| s.nid.typ() == NidType::NORMAL_MESSAGE);
        let inner = inner.map(|s| bytes(scope, s.data, s.sub)).unwrap();
        assert_eq!(sizes[2], 2 * 5 + 3 * 4 + i64::try_from(inner).unwrap());
    });
}

/// libpff can't open a file in which one of the streams of the name map is empty ([MS-PST] 2.4.7).
#[test]
fn no_stream_of_the_name_map_is_empty() {
    let names = [
        PropName::string(PS_PUBLIC_STRINGS, "Keywords"),
        PropName::lid(PS_MAPI, 0x8501),
        PropName::lid(PSETID_COMMON, 0x8501),
    ];
    for name in names {
        let tag = PropTag(0x8001_0003);
        let property = Frame::NamedProperty(NamedProperty { tag, name });
        let named = Message { props: props([(tag.0, Value::I32(5))]), ..Message::default() };
        let (file, totals, _) = written(&stream(&[], [property, message(1, UNANCHORED, named)]), Format::Unicode);
        assert!(totals.is_whole());
        with_store(&file, |store, scope| {
            let map = store.node_props(scope, Nid::NAME_TO_ID_MAP).unwrap();
            for id in 2..=4 {
                assert!(map.by_id(id).unwrap().as_bin().is_some_and(|stream| !stream.is_empty()), "{id}");
            }
        });
    }
}

/// The names of the folders that the store names, and PidTagValidFolderMask.
fn named(file: &[u8]) -> (Vec<(u32, String)>, Option<i64>) {
    with_store(file, |store, scope| {
        let own = store.props(scope);
        let folders = [0x35E0_0102, 0x35E3_0102, 0x35E5_0102, 0x35E6_0102, 0x35E7_0102].into_iter();
        let folders = folders.filter_map(|tag| Some((tag >> 16, own.get(PropTag(tag))?.as_bin()?.to_vec())));
        let name = |id: Vec<u8>| {
            let (key, nid) = entry_id_parts(&id).unwrap();
            assert_eq!(own.get(PropTag(0x0FF9_0102)).unwrap().as_bin(), Some(&key.0[..]));
            store.node_props(scope, nid).unwrap().str(pr::DISPLAY_NAME).unwrap().to_owned()
        };
        (folders.map(|(tag, id)| (tag, name(id))).collect(), own.int(PropTag(0x35DF_0003)))
    })
    .0
}

fn name_of(file: &[u8], nid: u32) -> String {
    let name = |props: Props<'_>| props.str(pr::DISPLAY_NAME).map(str::to_owned).unwrap_or_default();
    with_store(file, |store, scope| name(store.node_props(scope, Nid(nid)).unwrap())).0
}

fn names<const N: usize>(names: [(u32, &str); N]) -> Vec<(u32, String)> {
    names.map(|(tag, name)| (tag, name.to_owned())).to_vec()
}

/// A folder with the id of one that every file has is not that one: a PFF file's folder keeps the id, and another folder gets another one.
#[test]
fn ids_of_standard_folders_tell_nothing() {
    let usual = names([(0x35E0, "Top"), (0x35E3, "Deleted Items"), (0x35E7, "Search Root")]);
    let [root, top] = pff();
    let users = [folder(0x8062, within(0x8022), "Projects"), folder(0x8042, within(0x8022), "Clients")];
    let (file, totals, told) = written(&stream(&[], [root, top].into_iter().chain(users)), Format::Unicode);
    assert!(totals.is_whole(), "{told:?}");
    assert_eq!(named(&file), (usual, Some(0x89)));
    assert_eq!([0x8062, 0x8042].map(|nid| name_of(&file, nid)), ["Projects", "Clients"]);
    // As Outlook 97 has them.
    let [root, top] = pff();
    let own = [folder(0x8042, within(0x8022), "Deleted Items"), folder(0x8062, within(0x122), "Search Root")];
    let (file, ..) = written(&stream(&[], [root, top].into_iter().chain(own)), Format::Unicode);
    assert_eq!(named(&file).0, names([(0x35E0, "Top"), (0x35E3, "Deleted Items"), (0x35E7, "Search Root")]));
    assert_eq!([0x8042, 0x8062].map(|nid| name_of(&file, nid)), ["Deleted Items", "Search Root"]);
    assert_eq!(cells(&file, Nid(0x12D), pr::LTP_ROW_ID), [Some(0x2223), Some(0x8022), Some(0x8062)]);
    // Of a stream from elsewhere the ids are worth nothing.
    let users = [folder(0x8022, within(UNANCHORED), "Eins"), folder(0x8042, within(UNANCHORED), "Zwei")];
    let (file, ..) = written(&stream(&[], users), Format::Unicode);
    let usual = [(0x35E0, "Top of Outlook data file"), (0x35E3, "Deleted Items"), (0x35E7, "Search Root")];
    assert_eq!(named(&file).0, names(usual));
}

/// Where a stream names its own top folder, the deleted items of a new file are in it.
#[test]
fn the_deleted_items_are_below_the_top() {
    let map = [(0x9002, SpecialFolder::IpmSubtree)];
    let (file, ..) = written(&stream(&map, [folder(0x9002, within(UNANCHORED), "Mine")]), Format::Unicode);
    assert_eq!(named(&file).0, names([(0x35E0, "Mine"), (0x35E3, "Deleted Items"), (0x35E7, "Search Root")]));
    let children = Nid(0x9002).with_type(NidType::HIERARCHY_TABLE);
    assert_eq!(cells(&file, children, pr::LTP_ROW_ID), [Some(0x8062)]);
    assert_eq!(cells(&file, Nid(0x12D), pr::LTP_ROW_ID), [Some(0x2223), Some(0x8042), Some(0x9002)]);
}

/// What came before the stream told its top folder is in that one, too.
#[test]
fn what_comes_before_the_top_is_in_it() {
    let map = [(9, SpecialFolder::IpmSubtree)];
    let early = || [message(0x20_0024, UNANCHORED, about("early")), folder(0x9022, within(UNANCHORED), "First")];
    let top = folder(9, within(UNANCHORED), "Mine");
    let late = message(0x20_0044, 9, about("late"));
    let (file, ..) = written(&stream(&map, early().into_iter().chain([top, late])), Format::Unicode);
    let paths = [("early", "/Mine/Inbox"), ("late", "/Mine")].map(|(s, p)| (s.to_owned(), p.to_owned()));
    assert_eq!((placed(&file), name_of(&file, 0x8022)), (paths.to_vec(), "Mine".to_owned()));
    // Its name tells it.
    let top = folder(0x9042, within(UNANCHORED), "IPM_SUBTREE");
    let (file, ..) = written(&stream(&[], early().into_iter().chain([top])), Format::Unicode);
    assert_eq!(placed(&file), [("early".to_owned(), "/IPM_SUBTREE/Inbox".to_owned())]);
    // A PFF file has another folder where a new store has its top.
    let [root, _] = pff();
    let user = folder(0x8022, within(0x9042), "User");
    let top = folder(0x9042, within(0x122), "IPM_SUBTREE");
    let (file, ..) = written(&stream(&[], [root].into_iter().chain(early()).chain([top, user])), Format::Unicode);
    assert_eq!(placed(&file)[0].1, "/IPM_SUBTREE/Inbox");
    assert_eq!(named(&file).0[0], (0x35E0, "IPM_SUBTREE".to_owned()));
}

/// The store names the folders of views that the stream has ([MS-PST] 2.4.3.1), by their names or by the folder map.
#[test]
fn the_store_names_the_folders_of_views() {
    let views = [folder(0x8102, within(0x122), "IPM_COMMON_VIEWS"), folder(0x8122, within(0x122), "IPM_VIEWS")];
    let (file, ..) = written(&stream(&[], pff().into_iter().chain(views)), Format::Unicode);
    let (found, mask) = named(&file);
    assert_eq!(
        (found[2..4].to_vec(), mask),
        (names([(0x35E5, "IPM_VIEWS"), (0x35E6, "IPM_COMMON_VIEWS")]), Some(0xE9))
    );
    let map = [(7, SpecialFolder::CommonViews)];
    let views = [folder(7, Parent { kind: MAPI_STORE, nid: 0 }, "Ansichten")];
    let (file, ..) = written(&stream(&map, views), Format::Unicode);
    assert_eq!((named(&file).0[2].clone(), named(&file).1), ((0x35E6, "Ansichten".to_owned()), Some(0xC9)));
}

/// The paths of all messages of the file, by their subjects.
fn placed(file: &[u8]) -> Vec<(String, String)> {
    with_store(file, |store, scope| {
        let nodes: Vec<_> = scope.db.nodes(scope.findings).collect();
        let folder = |nid: Nid| store.node_props(scope, nid).unwrap().str(pr::DISPLAY_NAME).unwrap().to_owned();
        let path = |mut nid: Nid| {
            let mut path = String::new();
            while nid != Nid::ROOT_FOLDER {
                path = format!("/{}{path}", folder(nid));
                nid = nodes.iter().find(|n| n.nid == nid).unwrap().parent;
            }
            path
        };
        let messages = nodes.iter().filter(|n| n.nid.typ() == NidType::NORMAL_MESSAGE);
        let subject = |nid| store.message(scope, nid).unwrap().props.str(pr::SUBJECT).unwrap().to_owned();
        messages.map(|n| (subject(n.nid), path(n.parent))).collect()
    })
    .0
}

fn about(subject: &str) -> Message<'static> {
    Message { props: props([(0x0037_001F, text(subject))]), ..Message::default() }
}

/// A special folder that only the folder map knows is made when something is in it; a message without a folder is in the Inbox, and if the
/// stream has that one later, that is the same.
#[test]
fn special_folders_are_made_for_what_is_in_them() {
    use SpecialFolder as F;
    let map = [(13, F::Inbox), (9, F::IpmSubtree), (10, F::SentItems), (5, F::Conflicts), (11, F::DeletedItems)];
    let frames = [
        message(0x20_0024, UNANCHORED, about("none")),
        message(0x20_0044, 13, about("inbox")),
        message(0x20_0064, 9, about("top")),
        message(0x20_0084, 10, about("sent")),
        message(0x20_00A4, 5, about("conflict")),
        message(0x20_00C4, 11, about("deleted")),
        folder(0x9002, within(13), "Below"),
        message(0x20_00E4, 0x9002, about("below")),
        folder(0x9022, within(UNANCHORED), "Inbox"),
        message(0x20_0104, 0x9022, about("named")),
    ];
    let (file, totals, told) = written(&stream(&map, frames), Format::Unicode);
    assert!(totals.is_whole(), "{told:?}");
    let top = "/Top of Outlook data file";
    let expected = [
        ("none", "/Inbox"),
        ("inbox", "/Inbox"),
        ("top", ""),
        ("sent", "/Sent Items"),
        ("conflict", "/Sync Issues/Conflicts"),
        ("deleted", "/Deleted Items"),
        ("below", "/Inbox/Below"),
        ("named", "/Inbox"),
    ];
    assert_eq!(placed(&file), expected.map(|(subject, path)| (subject.to_owned(), format!("{top}{path}"))));
    let inboxes = with_store(&file, |store, scope| {
        let folders = scope.db.nodes(scope.findings).filter(|n| n.nid.typ() == NidType::NORMAL_FOLDER);
        let counts = folders.filter_map(|n| {
            let own = store.node_props(scope, n.nid).unwrap();
            (own.str(pr::DISPLAY_NAME) == Some("Inbox")).then(|| own.int(pr::CONTENT_COUNT).unwrap())
        });
        counts.collect::<Vec<_>>()
    });
    assert_eq!(inboxes.0, [3]);
}

/// A message whose folder is nowhere is told, and in the Inbox.
#[test]
fn a_message_whose_folder_is_missing_is_in_the_inbox() {
    let (file, totals, told) = written(&stream(&[], [message(0x20_0024, 77, about("lost"))]), Format::Unicode);
    assert_eq!((totals.part, told.len()), (1, 1));
    assert!(told[0].contains("0x4d, which the stream does not have; the Inbox is taken"), "{told:?}");
    assert_eq!(placed(&file)[0].1, "/Top of Outlook data file/Inbox");
}

/// What Outlook's own files have: a root without a name, and a queue of search folders.
#[test]
fn the_root_has_no_name() {
    let (file, ..) = written(&stream(&[], pff()), Format::Unicode);
    assert_eq!(name_of(&file, 0x122), "");
    assert!(with_store(&file, |store, scope| store.node(scope, Nid(0xEC1)).is_ok()).0);
}

/// PidTagConversationId of contents tables ([MS-OXOMSG] 2.2.1.2). The hash is that of a file that Outlook wrote.
#[test]
fn rows_tell_the_conversation() {
    const HASH: [u8; 16] =
        [0x42, 0x0A, 0xC7, 0xD6, 0x84, 0x1E, 0x91, 0x44, 0x72, 0x29, 0x56, 0x66, 0x87, 0x16, 0x69, 0xD9];
    let index: Vec<u8> = (0..27).collect();
    let topic = (0x0070_001F, text("I have attachments!"));
    let messages = [
        props([topic.clone()]),
        props([topic.clone(), (0x0071_0102, Value::bin(index.clone()))]),
        props([topic, (0x0071_0102, Value::bin(index.clone())), (0x3016_000B, Value::Bool(1))]),
        props([(0x3013_0102, Value::bin(vec![7; 16]))]),
        props([(0x0071_0102, Value::bin(index.clone()))]),
    ];
    let messages = messages.map(|props| Message { props, ..Message::default() });
    let frames = (0..).zip(messages).map(|(n, m)| message(0x20_0024 + 32 * n, 0x8022, m));
    let (file, ..) = written(&stream(&[], pff().into_iter().chain(frames)), Format::Unicode);
    let found = with_store(&file, |store, scope| {
        let node = store.node(scope, Nid(0x802E)).unwrap();
        let table = TableContext::open(scope, node.data, node.sub).unwrap();
        let mut found = Vec::new();
        table
            .for_each_row(|row| {
                let cells: Props<'_> = row.cells().collect();
                found.push(cells.get(PropTag(0x3013_0102)).and_then(Value::as_bin).map(<[u8]>::to_vec));
            })
            .unwrap();
        found
    });
    let expected = [Some(HASH.to_vec()), Some(HASH.to_vec()), Some(index[6..22].to_vec()), Some(vec![7; 16]), None];
    assert_eq!(found.0, expected);
}

/// Streams of PFF files may be without what the format demands, too: made-up mailboxes, and what recovery found.
#[test]
fn times_and_names_are_made_whatever_the_stream_comes_from() {
    let mut mail = rich();
    mail.props.push(pr::CLIENT_SUBMIT_TIME, Value::I64(5));
    let (file, ..) =
        written(&stream(&[], pff().into_iter().chain([message(0x20_0024, 0x8022, mail)])), Format::Unicode);
    with_store(&file, |store, scope| {
        let own = store.node_props(scope, Nid(0x20_0024)).unwrap();
        assert_eq!([pr::CREATION_TIME, pr::LAST_MODIFICATION_TIME].map(|tag| own.int(tag)), [Some(5); 2]);
        assert_eq!(own.str(PropTag(0x0E04_001F)), Some("Ann; Bob"));
    });
}
