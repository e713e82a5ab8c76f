//! Where folders and messages go.

use super::*;
use pffkit::ErrorKind;
use pffkit::exm::{Anchor, FolderId};
use pffkit::mt::object::{FolderMapEntry, MAPI_STORE, Permission};

fn header(splice: bool, folder_map: Vec<(u64, bool, u64, &str)>) -> Header {
    let entry = |(nid, create, target, name): (u64, bool, u64, &str)| FolderMapEntry {
        nid,
        create,
        target,
        name: name.to_owned(),
    };
    Header { splice, folder_map: folder_map.into_iter().map(entry).collect(), ..Header::default() }
}

fn plain() -> Header {
    header(false, vec![(0x122, true, UNANCHORED, "Import of a.pst")])
}

fn root() -> Frame<'static> {
    let parent = Parent { kind: MAPI_STORE, nid: 0 };
    Frame::Folder(Folder { nid: 0x122, parent, props: props([(0x3001_001F, Value::str(""))]), acl: Vec::new() })
}

/// Path and number of messages of each folder that was created or that holds something.
fn contents(dir: &Path) -> Vec<String> {
    let folders = Mailbox::open(dir).unwrap().folders().unwrap();
    let shown = folders.iter().filter(|f| f.id > 0xFFFF || f.messages > 0);
    shown.map(|f| format!("{} {}", f.path.trim_start_matches("/Top of Information Store/"), f.messages)).collect()
}

fn accepting() -> ImportOptions {
    ImportOptions { accept_existing: true, ..ImportOptions::default() }
}

#[test]
fn a_stream_goes_into_a_folder_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let frames = vec![
        root(),
        folder(2, 0x122, "Inbox"),
        message(3, 2, []),
        message(4, UNANCHORED, []),
        folder(5, UNANCHORED, "Loose"),
    ];
    let (outcome, items) = import(dir.path(), &stream(&plain(), frames), ImportOptions::default());
    assert!(outcome.error.is_none() && items.is_empty());
    assert_eq!(contents(dir.path()), ["Drafts 1", "Import of a.pst 0", "Import of a.pst/Inbox 1", "Loose 0"]);
    let totals = outcome.totals;
    assert_eq!((totals.folders, totals.existing_folders, totals.messages, totals.found), (3, 0, 2, 5));
}

#[test]
fn an_anchor_takes_all_that_has_no_place() {
    let dir = tempfile::tempdir().unwrap();
    import_frames(dir.path(), vec![folder(1, UNANCHORED, "Old")]);
    let mut store = Store::open(dir.path(), options()).unwrap();
    let anchor = Anchor::parse("ipm_subtree/OLD").unwrap().find(&mut store).unwrap();
    assert_eq!(anchor, FolderId(0x1D_0000));
    for missing in ["INBOX/none", "0x1E0000", "3"] {
        let error = Anchor::parse(missing).unwrap().find(&mut store).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage, "{missing}");
    }
    drop(store);
    let frames = vec![root(), message(3, 0x122, []), message(4, UNANCHORED, [])];
    let options = ImportOptions { anchor: Some(anchor), ..ImportOptions::default() };
    let (outcome, _) = import(dir.path(), &stream(&plain(), frames), options);
    assert!(outcome.error.is_none());
    assert_eq!(contents(dir.path()), ["Old 1", "Old/Import of a.pst 1"]);
}

#[test]
fn special_folders_are_met_and_others_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let header = header(true, vec![(1, false, 0x09, ""), (2, false, 0x0D, "Posteingang"), (9, false, 0x7777, "gone")]);
    let frames = vec![
        folder(1, 0, "Top"),
        folder(2, 1, "Posteingang"),
        folder(3, 1, "CONTACTS"),
        folder(4, 2, "Sub"),
        message(5, 2, []),
        message(6, 3, []),
        message(7, 4, []),
    ];
    let (outcome, items) = import(dir.path(), &stream(&header, frames), ImportOptions::default());
    assert!(outcome.error.is_none());
    assert_eq!(contents(dir.path()), ["Inbox 1", "Inbox/Sub 1", "Contacts 1"]);
    assert_eq!((outcome.totals.folders, outcome.totals.existing_folders), (1, 3));
    // The entry of the map that leads nowhere is reported.
    assert_eq!(items.len(), 1);
    assert!(items[0].findings[0].found.contains("0x7777"), "{items:?}");
}

#[test]
fn a_folder_that_is_there_is_refused_or_taken() {
    let dir = tempfile::tempdir().unwrap();
    let bytes = stream(&plain(), vec![root(), folder(2, 0x122, "Inbox"), message(3, 2, [])]);
    let first = import(dir.path(), &bytes, ImportOptions::default()).0;
    assert!(first.error.is_none());
    let before = std::fs::read(dir.path().join("exmdb/exchange.sqlite3")).unwrap();
    let (refused, _) = import(dir.path(), &bytes, ImportOptions::default());
    let error = refused.error.unwrap();
    assert_eq!(error.kind(), ErrorKind::Target);
    for hint in ["\"Import of a.pst\"", "-x", "-B", "--root-name"] {
        assert!(error.message().contains(hint), "{error}");
    }
    assert_eq!(refused.totals.folders, 0);
    assert_eq!(std::fs::read(dir.path().join("exmdb/exchange.sqlite3")).unwrap(), before);
    let (again, items) = import(dir.path(), &bytes, accepting());
    assert!(again.error.is_none() && items.is_empty());
    assert_eq!((again.totals.folders, again.totals.existing_folders), (0, 2));
    assert_eq!(contents(dir.path()), ["Import of a.pst 0", "Import of a.pst/Inbox 2"]);
    assert_sound(dir.path());
}

#[test]
fn siblings_of_one_name_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let frames =
        vec![root(), folder(2, 0x122, "Sub"), folder(3, 0x122, "sub"), folder(4, 0x122, "SUB"), message(5, 3, [])];
    let bytes = stream(&plain(), frames);
    for run in [ImportOptions::default(), accepting()] {
        let (outcome, items) = import(dir.path(), &bytes, run);
        assert!(outcome.error.is_none());
        assert_eq!((items.len(), outcome.totals.part), (2, 2));
    }
    let expected =
        ["Import of a.pst 0", "Import of a.pst/Sub 0", "Import of a.pst/sub (2) 2", "Import of a.pst/SUB (3) 0"];
    assert_eq!(contents(dir.path()), expected);
    assert_sound(dir.path());
}

#[test]
fn what_has_no_name_or_parent_is_not_lost() {
    let dir = tempfile::tempdir().unwrap();
    let frames =
        vec![root(), folder(0x42, 0x122, ""), folder(3, 0x999, "Orphan"), message(4, 0x999, []), message(5, 3, [])];
    let (outcome, items) = import(dir.path(), &stream(&plain(), frames), ImportOptions::default());
    assert!(outcome.error.is_none());
    assert_eq!(
        contents(dir.path()),
        ["Drafts 1", "Import of a.pst 0", "Import of a.pst/Unnamed folder 0x42 0", "Orphan 1"]
    );
    let reported: Vec<_> = items.iter().map(|item| item.nid.unwrap()).collect();
    assert_eq!(reported, [0x42, 3, 4]);
    assert_eq!((outcome.totals.found, outcome.totals.part, outcome.totals.missing), (5, 3, 0));
}

#[test]
fn access_lists_are_taken_over() {
    let dir = tempfile::tempdir().unwrap();
    let row = |flags, list: Vec<(u32, Value<'static>)>| Permission { row_flags: flags, props: props(list) };
    let acl = vec![
        row(1, vec![(0x39FE_001F, Value::str("ann@example.com")), (0x6673_0003, Value::I32(0x121))]),
        row(1, vec![(0x39FE_001F, Value::str("default")), (0x6673_0003, Value::I32(0x41))]),
        row(4, vec![(0x39FE_001F, Value::str("bob@example.com")), (0x6673_0003, Value::I32(1))]),
        row(1, vec![(0x0FFF_0102, Value::bin(&b"EX"[..])), (0x6673_0003, Value::I32(1))]),
    ];
    let frame = Frame::Folder(Folder {
        nid: 1,
        parent: in_folder(UNANCHORED),
        props: props([(0x3001_001F, Value::str("Shared"))]),
        acl,
    });
    let (_, items) = import(dir.path(), &stream(&Header::default(), vec![frame]), ImportOptions::default());
    let rows =
        texts(&database(dir.path()), "SELECT username || ' ' || permission FROM permissions WHERE folder_id=1900544");
    // Owner implies visible and contact, any implies own, read implies visible.
    assert_eq!(rows, [format!("ann@example.com {}", 0x121 | 0x8 | 0x600), format!("default {}", 0x41 | 0x10 | 0x400)]);
    assert_eq!(items[0].findings.len(), 2);
}

#[test]
fn folder_properties_arrive() {
    let dir = tempfile::tempdir().unwrap();
    let list = [
        (0x3001_001F, Value::str("Box")),
        (0x3004_001F, Value::str("a comment")),
        (0x3007_0040, Value::I64(131_000_000_000_000_000)),
        (0x3602_0003, Value::I32(12)),
        (0x3613_001F, Value::str("IPF.Note")),
        (0x65E0_0102, Value::bin(vec![1; 22])),
    ];
    let frame = Frame::Folder(Folder { nid: 1, parent: in_folder(UNANCHORED), props: props(list), acl: Vec::new() });
    import_frames(dir.path(), vec![frame]);
    let stored = Mailbox::open(dir.path()).unwrap().folder(0x1D_0000).unwrap().unwrap();
    let tags: Vec<_> = stored.folder.props.iter().map(|(tag, _)| format!("{tag}")).collect();
    assert_eq!(
        tags,
        [
            "0E230003", "3001001F", "3004001F", "30070040", "30080040", "3613001F", "40820040", "65E00102", "65E20102",
            "65E30102", "663E0003", "670A0040", "670B0003", "67510003"
        ]
    );
    assert_eq!(stored.folder.props.str(PropTag(0x3004_001F)), Some("a comment"));
    assert_eq!(stored.folder.parent.nid, 9);
}

#[test]
fn a_malformed_frame_costs_only_itself() {
    let dir = tempfile::tempdir().unwrap();
    let mut bytes = stream(&plain(), vec![root(), message(3, 0x122, [])]);
    // A frame of an unknown type, 24 bytes.
    bytes.extend_from_slice(&24u64.to_le_bytes());
    bytes.extend_from_slice(&[7; 24]);
    let rest = stream(&plain(), vec![root(), message(4, 0x122, [])]);
    let head = stream(&plain(), vec![root()]).len();
    bytes.extend_from_slice(&rest[head..]);
    let (outcome, items) = import(dir.path(), &bytes, ImportOptions::default());
    assert!(outcome.error.is_none());
    assert_eq!((outcome.totals.messages, outcome.totals.missing, items.len()), (2, 1, 1));
}

/// Who may do what in a folder without a place of its own is not said of the folder that its content goes to.
#[test]
fn access_lists_of_folders_without_a_place_are_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let header = header(true, vec![(1, false, UNANCHORED, "Top"), (2, false, 3, "Spooler Queue")]);
    let acl = vec![Permission {
        row_flags: 1,
        props: props([(0x39FE_001F, Value::str("eve@example.com")), (0x6673_0003, Value::I32(0x5FB))]),
    }];
    let shared = |nid| {
        let parent = in_folder(UNANCHORED);
        Frame::Folder(Folder { nid, parent, props: props([(0x3001_001F, Value::str("x"))]), acl: acl.clone() })
    };
    let (outcome, items) = import(dir.path(), &stream(&header, vec![shared(1), shared(2)]), ImportOptions::default());
    assert!(outcome.error.is_none() && items.is_empty(), "{items:?}");
    assert_eq!(number(&database(dir.path()), "SELECT COUNT(*) FROM permissions WHERE username LIKE 'eve%'"), 0);
}

/// `gromox-exm2mt -s` maps every built-in folder onto itself, the search folder among them.
#[test]
fn a_search_folder_in_the_map_matters_only_where_something_is_to_go_there() {
    let dir = tempfile::tempdir().unwrap();
    let header = header(true, (1..=0x1D).map(|id| (id, false, id, "x")).collect());
    let frames = vec![folder(0x0D, 9, "Inbox"), folder(3, 1, "Spooler Queue"), message(0x1D_0001, 0x0D, [])];
    let (outcome, items) = import(dir.path(), &stream(&header, frames), ImportOptions::default());
    assert!(outcome.error.is_none() && items.is_empty() && outcome.totals.is_whole(), "{items:?}");
    let frames = vec![message(0x1D_0002, 3, [])];
    let (outcome, items) = import(dir.path(), &stream(&header, frames), ImportOptions::default());
    assert!(outcome.error.is_none());
    assert!(items[0].findings[0].found.contains("Spooler Queue"), "{items:?}");
    assert_eq!(contents(dir.path()), ["Inbox 1", "Drafts 1"]);
}

/// In a stream that maps special folders, too, a folder that is to be created is not one that is there.
#[test]
fn a_folder_to_be_created_is_not_one_that_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let bytes = stream(&header(true, vec![(0x122, true, 9, "inbox")]), vec![root()]);
    let (refused, _) = import(dir.path(), &bytes, ImportOptions::default());
    assert!(refused.error.unwrap().message().contains("-x"));
    let (outcome, _) = import(dir.path(), &bytes, accepting());
    assert_eq!((outcome.totals.folders, outcome.totals.existing_folders), (0, 1));
}

#[test]
fn free_and_busy_rights_are_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let acl = vec![Permission {
        row_flags: 1,
        props: props([(0x39FE_001F, Value::str("ann@example.com")), (0x6673_0003, Value::I32(0x1C01))]),
    }];
    let parent = in_folder(UNANCHORED);
    let frame = Frame::Folder(Folder { nid: 1, parent, props: props([(0x3001_001F, Value::str("Shared"))]), acl });
    import_frames(dir.path(), vec![frame]);
    let rights = "SELECT permission FROM permissions WHERE username='ann@example.com'";
    assert_eq!(number(&database(dir.path()), rights), 0x401);
}

/// The work grows with the number of folders, not with its square or worse: neither where all are called the same nor where they are nested
/// deep with long names.
#[test]
fn many_folders_are_placed_in_linear_time_and_memory() {
    const MANY: u64 = 400;
    let dir = tempfile::tempdir().unwrap();
    let mut frames = vec![root()];
    frames.extend((0..MANY).map(|n| folder(0x1000 + n, 0x122, if n % 2 == 0 { "same" } else { "SAME" })));
    let store = Store::open(dir.path(), options()).unwrap();
    let target = RefCell::new(Fussy { store, refused: 0, commits: 9, full: false, asked: 0 });
    let bytes = stream(&plain(), frames);
    let mut reader = Reader::new(&bytes[..]).unwrap();
    let outcome = Import::new(&target, ImportOptions::default(), &mut Log::default()).run(&mut reader, &|| false);
    assert!(outcome.error.is_none());
    let asked = target.borrow().asked;
    assert!(asked <= 3 * MANY, "{asked} questions");
    drop(target);
    assert!(contents(dir.path()).contains(&format!("Import of a.pst/SAME ({MANY}) 0")));

    let name = "n".repeat(250);
    let mut frames = vec![folder(1, UNANCHORED, "Deep")];
    frames.extend((2..MANY).map(|n| folder(n, n - 1, &name)));
    frames.push(message(5000, 99_999, []));
    let (outcome, _) = import(dir.path(), &stream(&Header::default(), frames), ImportOptions::default());
    assert!(outcome.error.is_none());
    let paths: usize = Mailbox::open(dir.path()).unwrap().folders().unwrap().iter().map(|f| f.path.len()).sum();
    assert!(paths < 1 << 20, "{paths} bytes");
}

/// A target that refuses one message, and can't commit from some commit on.
struct Fussy {
    store: Store,
    refused: u64,
    commits: u64,
    full: bool,
    /// How often was asked for a subfolder.
    asked: u64,
}

impl pffkit::exm::Target for Fussy {
    fn is_folder(&mut self, id: FolderId) -> pffkit::Result<bool> {
        self.store.is_folder(id)
    }
    fn subfolder(&mut self, parent: FolderId, name: &str) -> pffkit::Result<Option<FolderId>> {
        self.asked += 1;
        self.store.subfolder(parent, name)
    }
    fn create_folder(
        &mut self,
        parent: FolderId,
        name: &str,
        folder: &Folder<'_>,
        names: &pffkit::mt::NameMap,
        findings: &pffkit::damage::Findings,
    ) -> pffkit::Result<FolderId> {
        self.store.create_folder(parent, name, folder, names, findings)
    }
    fn grant(
        &mut self,
        folder: FolderId,
        acl: &[Permission<'_>],
        findings: &pffkit::damage::Findings,
    ) -> pffkit::Result<()> {
        self.store.grant(folder, acl, findings)
    }
    fn write_message(
        &mut self,
        folder: FolderId,
        message: MessageFrame<'_>,
        names: &pffkit::mt::NameMap,
        findings: &pffkit::damage::Findings,
    ) -> pffkit::Result<pffkit::exm::MessageId> {
        if message.nid == self.refused {
            return Err(pffkit::Error::new(ErrorKind::Target, "I do not like it"));
        }
        self.full = message.nid == 11;
        self.store.write_message(folder, message, names, findings)
    }
    fn is_batch_full(&self) -> bool {
        self.full
    }
    fn commit(&mut self) -> pffkit::Result<()> {
        self.full = false;
        if self.commits == 0 {
            self.store.roll_back();
            return Err(pffkit::Error::new(ErrorKind::Target, "the disk is full"));
        }
        self.commits -= 1;
        self.store.commit()
    }
    fn commits(&self) -> u64 {
        self.store.commits()
    }
    fn roll_back(&mut self) {
        self.store.roll_back();
    }
}

fn fussy(refused: u64, commits: u64, keep_going: bool) -> (pffkit::exm::Outcome, usize, u64) {
    use pffkit::exm::Target;
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), options()).unwrap();
    let target = RefCell::new(Fussy { store, refused, commits, full: false, asked: 0 });
    let frames = std::iter::once(folder(1, UNANCHORED, "A")).chain((10..15).map(|nid| message(nid, 1, []))).collect();
    let bytes = stream(&Header::default(), frames);
    let mut log = Log::default();
    let options = ImportOptions { keep_going, ..ImportOptions::default() };
    let mut reader = Reader::new(&bytes[..]).unwrap();
    let outcome = Import::new(&target, options, &mut log).run(&mut reader, &|| false);
    target.borrow_mut().roll_back();
    drop(target);
    assert_sound(dir.path());
    let folders = "SELECT COUNT(*) FROM folders WHERE folder_id>0xFFFF";
    assert_eq!(number(&database(dir.path()), folders).cast_unsigned(), outcome.totals.folders);
    let there = number(&database(dir.path()), "SELECT COUNT(*) FROM messages");
    (outcome, log.items.len(), there.cast_unsigned())
}

#[test]
fn a_refused_message_ends_the_import_or_not() {
    let (outcome, items, there) = fussy(12, 9, false);
    assert_eq!(outcome.error.unwrap().message(), "I do not like it");
    assert_eq!((outcome.totals.messages, items, there), (2, 0, 2));
    let (outcome, items, there) = fussy(12, 9, true);
    assert!(outcome.error.is_none());
    assert_eq!((outcome.totals.messages, outcome.totals.missing, items, there), (4, 1, 1, 4));
    // Nothing was written before: nothing is kept, not even the folder.
    let (outcome, _, there) = fussy(10, 9, false);
    assert_eq!((outcome.totals.messages, outcome.totals.folders, there), (0, 0, 0));
}

#[test]
fn the_summary_tells_what_is_durable() {
    // Two messages are committed, the commit of the rest fails.
    let (outcome, _, there) = fussy(99, 1, false);
    assert_eq!(outcome.error.unwrap().message(), "the disk is full");
    assert_eq!((outcome.totals.messages, outcome.totals.folders, there), (2, 1, 2));
}
