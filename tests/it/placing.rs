//! Where folders and messages come to be in a stream, and what they are called there.

use std::collections::{BTreeMap, BTreeSet};

use pffkit::mapi::special::SpecialFolder as F;
use pffkit::mapi::tag::pr;
use pffkit::mapi::{Guid, PropTag, Value};
use pffkit::messaging::write::entry_id_parts;
use pffkit::messaging::write::nid::IPM_SUBTREE;
use pffkit::messaging::{Census, special};
use pffkit::mt::from_pff::Options;
use pffkit::mt::object::UNANCHORED;
use pffkit::ndb::crypt::CryptMethod;
use pffkit::ndb::{Format, Nid};

use crate::recipes::build::{self, Item, MONDAY, Store, folder};
use crate::support::diff::Stream;
use crate::support::{Exported, corpus, export_file};
use crate::write::own::with_store;

fn file(fill: impl FnOnce(&mut Store<'_>)) -> Vec<u8> {
    build::file(Format::Unicode, CryptMethod::None, fill)
}

fn export(data: &[u8], splice: bool, options: Options) -> Exported {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("box.pst");
    std::fs::write(&path, data).unwrap();
    export_file(&path, splice, options).unwrap()
}

fn all() -> Options {
    Options::new("all")
}

fn only(nids: &[Nid]) -> Options {
    Options { only: nids.to_vec(), ..all() }
}

/// The special folders of `data`.
fn placed(data: &[u8]) -> BTreeMap<Nid, F> {
    let place = |store: &pffkit::messaging::Store<'_>, scope: pffkit::ndb::Scope<'_>| {
        special::placements(store, &Census::take(scope.db, scope.findings), scope)
    };
    with_store(data, place).0.into_iter().map(|p| (p.nid, p.folder)).collect()
}

/// The names in `exported`, by parent. No two of one parent are equal to a reader that does not heed ASCII case.
fn names(exported: &Exported) -> BTreeMap<u64, BTreeSet<String>> {
    let stream = Stream::read(&exported.stream);
    let mut names: BTreeMap<u64, BTreeSet<String>> = BTreeMap::new();
    let mut folded = BTreeSet::new();
    for folder in stream.folders.values() {
        let name = folder.props.str(pr::DISPLAY_NAME).unwrap().to_owned();
        assert!(folded.insert((folder.parent.nid, name.to_ascii_lowercase())), "two are called {name}");
        names.entry(folder.parent.nid).or_default().insert(name);
    }
    names
}

fn setting(store: &mut Store<'_>, folder: Nid) {
    store.add_associated(folder, &Item::mail("Setting", MONDAY).0).unwrap();
}

const ROOT: u64 = Nid::ROOT_FOLDER.0 as u64;

/// Folders beyond the last level are put below the root, where others may have their names.
#[test]
fn folders_that_are_too_deep_have_names_of_their_own() {
    let data = file(|store| {
        folder(store, Nid::ROOT_FOLDER, "Folder", "IPF.Note");
        let mut parent = IPM_SUBTREE;
        for n in 0..600 {
            parent = folder(store, parent, "Folder", "IPF.Note");
            Item::mail(&format!("{n}"), MONDAY).put(store, parent);
        }
    });
    let exported = export(&data, false, all());
    let below_root = &names(&exported)[&ROOT];
    assert!(["Folder", "Folder (2)", "Folder (3)"].iter().all(|name| below_root.contains(*name)), "{below_root:?}");
    let t = exported.totals;
    assert_eq!((t.messages, t.moved_folders, t.renamed_folders), (600, 2, 2));
    // Nothing is lost by it.
    assert!(t.is_whole(), "{t:?}");
    // One that is named brings those as well.
    let top = Nid(0x8022 + 0x20 * 5);
    let exported = export(&data, false, only(&[top]));
    names(&exported);
    assert!(exported.totals.messages > 590, "{:?}", exported.totals);
}

/// What has lost its parent goes beside what is below the root already.
#[test]
fn orphans_have_names_of_their_own() {
    let data = file(|store| {
        for name in ["Archive", "Recovered", "recovered (2)"] {
            folder(store, Nid::ROOT_FOLDER, name, "IPF.Note");
        }
        let gone = folder(store, IPM_SUBTREE, "Gone", "IPF.Note");
        Item::mail("Where am I?", MONDAY).put(store, gone);
        setting(store, gone);
        for name in ["ARCHIVE", "Recovered"] {
            folder(store, gone, name, "IPF.Note");
        }
        store.defects.no_node.insert(gone);
        store.defects.no_row.insert(gone);
    });
    let exported = export(&data, false, all());
    let below_root = &names(&exported)[&ROOT];
    for name in ["Archive", "ARCHIVE (2)", "Recovered", "Recovered (3)", "recovered (2)", "Recovered (4)"] {
        assert!(below_root.contains(name), "{name}: {below_root:?}");
    }
    let t = exported.totals;
    assert_eq!((t.moved_folders, t.moved_messages, t.renamed_folders), (2, 1, 2));
    assert!(t.is_whole(), "{t:?}");
    // What is not asked for is counted all the same.
    assert_eq!((t.messages, t.fai, t.fai_left_behind), (1, 0, 1));
    let with_fai = export(&data, false, Options { assoc: true, ..all() }).totals;
    assert_eq!((with_fai.messages, with_fai.fai, with_fai.fai_left_behind, with_fai.moved_messages), (1, 1, 0, 2));
}

/// A file with folders in folders, one of them hidden, and a message in each.
struct Nested {
    data: Vec<u8>,
    outer: Nid,
    inner: Nid,
    hidden: Nid,
    below_hidden: Nid,
    message: Nid,
}

fn nested() -> Nested {
    let mut nids = Vec::new();
    let data = file(|store| {
        let outer = folder(store, IPM_SUBTREE, "Same", "IPF.Note");
        let inner = folder(store, outer, "Same", "IPF.Note");
        let hidden = folder(store, outer, "Hidden", "IPF.Note");
        store.folder_props(hidden).unwrap().push(pr::ATTR_HIDDEN, Value::Bool(1));
        let below_hidden = folder(store, hidden, "Below", "IPF.Note");
        for nid in [outer, inner, hidden, below_hidden] {
            Item::mail("One", MONDAY).put(store, nid);
            setting(store, nid);
        }
        let message = Item::mail("Two", MONDAY).put(store, inner);
        nids = vec![outer, inner, hidden, below_hidden, message];
    });
    let [outer, inner, hidden, below_hidden, message] = nids[..] else { unreachable!() };
    Nested { data, outer, inner, hidden, below_hidden, message }
}

/// What is named is in the stream once, whatever else is named, in whatever order.
#[test]
fn named_objects_come_once() {
    let Nested { data, outer, inner, hidden, below_hidden, message } = nested();
    for (nids, folders, messages, tops) in [
        (vec![message, message], 0, 1, 0),
        (vec![message, inner], 1, 2, 1),
        (vec![inner, message], 1, 2, 1),
        (vec![outer, inner, outer], 4, 5, 1),
        (vec![inner, outer], 4, 5, 1),
        (vec![below_hidden, message, outer], 4, 5, 1),
    ] {
        let exported = export(&data, false, only(&nids));
        let t = exported.totals;
        assert_eq!((t.folders, t.messages), (folders, messages), "{nids:?}");
        assert_eq!(names(&exported).get(&UNANCHORED).map_or(0, BTreeSet::len), tops, "{nids:?}");
    }
    // That a folder is hidden does not matter where it is named.
    for (nids, folders, messages) in [
        (vec![hidden], 2, 2),
        (vec![below_hidden], 1, 1),
        (vec![outer], 2, 3),
        (vec![outer, hidden], 4, 5),
        (vec![outer, below_hidden], 3, 4),
        (vec![below_hidden, outer], 3, 4),
    ] {
        let t = export(&data, false, Options { hidden: false, ..only(&nids) }).totals;
        assert_eq!((t.folders, t.messages), (folders, messages), "{nids:?}");
    }
    let t = export(&data, false, Options { hidden: false, ..all() }).totals;
    assert_eq!((t.hidden_folders, t.hidden_messages, t.hidden_fai, t.fai_left_behind), (2, 2, 2, 2));
}

/// Two folders of the same name, both where the reader says.
#[test]
fn named_folders_have_names_of_their_own() {
    let (mut one, mut two) = (Nid(0), Nid(0));
    let data = file(|store| {
        let (here, there) = (folder(store, IPM_SUBTREE, "a", ""), folder(store, IPM_SUBTREE, "b", ""));
        (one, two) = (folder(store, here, "Same", "IPF.Note"), folder(store, there, "SAME", "IPF.Note"));
    });
    let names = names(&export(&data, false, only(&[one, two])));
    assert!(names[&UNANCHORED].iter().eq(["SAME (2)", "Same"]), "{names:?}");
}

/// The folder that is called as the target calls it goes before others, and these are not put into it.
#[test]
fn nothing_is_merged_unasked() {
    let mut nids = Vec::new();
    let data = file(|store| {
        for name in ["Sent Mail", "sent items", "Posteingang", "Inbox", "Drafts"] {
            nids.push(folder(store, IPM_SUBTREE, name, "IPF.Note"));
        }
        // An entry id says otherwise than the name.
        let id = store.entry_id(nids[0]);
        store.folder_props(nids[3]).unwrap().push(PropTag(0x36D7_0102), Value::bin(id));
    });
    let special = placed(&data);
    assert_eq!(special.get(&nids[1]), Some(&F::SentItems));
    assert_eq!(special.get(&nids[3]), Some(&F::Inbox));
    assert_eq!(special.get(&nids[0]), Some(&F::Drafts));
    assert!(!special.contains_key(&nids[2]) && !special.contains_key(&nids[4]), "{special:?}");
    let exported = export(&data, true, all());
    let top = &names(&exported)[&u64::from(IPM_SUBTREE.0)];
    let expected = ["Deleted Items", "Drafts (2)", "Inbox", "Posteingang", "Sent Mail", "sent items"];
    assert!(top.iter().eq(expected), "{top:?}");
    assert_eq!(exported.totals.renamed_folders, 1);
    let plain = export(&data, false, all());
    assert!(names(&plain)[&u64::from(IPM_SUBTREE.0)].contains("Drafts"));
    let plan = |store: &pffkit::messaging::Store<'_>, scope: pffkit::ndb::Scope<'_>| {
        special::plan(store, &Census::take(scope.db, scope.findings), scope).namesakes
    };
    let namesakes = with_store(&data, plan).0;
    assert_eq!(namesakes.iter().map(|n| (n.nid, n.folder)).collect::<Vec<_>>(), [(nids[4], F::Drafts)]);
}

/// A special folder that has lost its parent goes beside what is below the root.
#[test]
fn a_special_orphan_has_a_name_of_its_own() {
    let data = file(|store| {
        folder(store, Nid::ROOT_FOLDER, "Drafts", "IPF.Note");
        let inbox = folder(store, IPM_SUBTREE, "Inbox", "IPF.Note");
        let gone = folder(store, IPM_SUBTREE, "Gone", "IPF.Note");
        let drafts = folder(store, gone, "Drafts", "IPF.Note");
        let id = store.entry_id(drafts);
        store.folder_props(inbox).unwrap().push(PropTag(0x36D7_0102), Value::bin(id));
        store.defects.no_node.insert(gone);
    });
    let exported = export(&data, true, all());
    let below_root = &names(&exported)[&ROOT];
    assert!(below_root.contains("Drafts") && below_root.contains("Drafts (2)"), "{below_root:?}");
}

/// A folder that was copied from another store has entry ids of folders there.
#[test]
fn entry_ids_of_another_store_tell_nothing() {
    let mut nids = Vec::new();
    let build = |uid: Option<Guid>, nids: &mut Vec<Nid>| {
        file(|store| {
            *nids = ["Inbox", "Feeds", "Entwürfe"].map(|name| folder(store, IPM_SUBTREE, name, "IPF.Note")).into();
            let mut id = store.entry_id(nids[1]);
            if let Some(uid) = uid {
                id[4..20].copy_from_slice(&uid.0);
            }
            store.folder_props(nids[0]).unwrap().push(PropTag(0x36D7_0102), Value::bin(id));
        })
    };
    let own = build(None, &mut nids);
    assert_eq!(placed(&own).get(&nids[1]), Some(&F::Drafts));
    let foreign = build(Some(Guid([7; 16])), &mut nids);
    assert_eq!(placed(&foreign).get(&nids[1]), None);
    assert_eq!(placed(&foreign).get(&nids[2]), Some(&F::Drafts));
}

/// Its Inbox came from another store.
#[test]
fn entry_ids_of_another_store_tell_nothing_in_a_real_file() {
    let Some(corpus) = corpus() else { return };
    let data = std::fs::read(corpus.join("iped-test-sample.pst")).unwrap();
    let special = placed(&data);
    // "Rascunhos" and "RSS Feeds".
    assert_eq!(special.get(&Nid(0x81C2)), Some(&F::Drafts));
    assert_eq!(special.get(&Nid(0x81E2)), None);
    let foreign = |store: &pffkit::messaging::Store<'_>, scope: pffkit::ndb::Scope<'_>| {
        let inbox = store.node_props(scope, Nid(0x80C2)).unwrap();
        let id = inbox.get(PropTag(0x36D7_0102)).unwrap().as_bin().unwrap().to_vec();
        (entry_id_parts(&id).unwrap(), store.props(scope).get(pr::RECORD_KEY).unwrap().as_bin().unwrap().to_vec())
    };
    let ((uid, nid), key) = with_store(&data, foreign).0;
    assert!(nid == Nid(0x81E2) && uid.0[..] != key[..]);
}
