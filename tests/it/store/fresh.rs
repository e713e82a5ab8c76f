//! A mailbox that was just made.

use super::*;
use pffkit::exm::store::Store;
use std::os::unix::fs::PermissionsExt;

/// Position, id, parent, name, class, hidden: as a server makes them.
const FOLDERS: &str = "
1 1 0 Root Container||0
2 9 1 Top of Information Store||0
3 13 9 Inbox|IPF.Note|0
4 14 9 Drafts|IPF.Note|0
5 12 9 Outbox|IPF.Note|0
6 10 9 Sent Items|IPF.Note|0
7 11 9 Deleted Items|IPF.Note|0
8 19 9 Contacts|IPF.Contact|0
9 15 9 Calendar|IPF.Appointment|0
10 16 9 Journal|IPF.Journal|0
11 17 9 Notes|IPF.StickyNote|0
12 18 9 Tasks|IPF.Task|0
13 20 19 Quick Contacts|IPF.Contact.MOC.QuickContacts|1
14 21 19 IM Contacts List|IPF.Contact.MOC.ImContactList|1
15 22 19 GAL Contacts|IPF.Contact.GalContacts|1
16 23 9 Junk Email|IPF.Note|0
17 29 9 Conversation Action Settings|IPF.Configuration|1
18 2 1 Deferred Action||0
19 7 1 Common Views||0
20 8 1 Schedule||0
21 5 1 Finder||0
22 6 1 Views||0
23 4 1 Shortcuts||0
24 25 9 Sync Issues|IPF.Note|0
25 26 25 Conflicts|IPF.Note|0
26 27 25 Local Failures|IPF.Note|0
27 28 25 Server Failures|IPF.Note|0
28 24 1 Freebusy Data||0
29 3 1 Spooler Queue|IPF.Note|0
";

#[test]
fn holds_what_a_server_expects() {
    let dir = tempfile::tempdir().unwrap();
    drop(Store::open(dir.path(), super::options()).unwrap());
    let db = database(dir.path());
    let folders = texts(&db, "SELECT change_number || ' ' || folder_id || ' ' || IFNULL(parent_id, 0) || ' ' ||
        (SELECT propval FROM folder_properties p WHERE p.folder_id=f.folder_id AND proptag=0x3001001F) || '|' ||
        IFNULL((SELECT propval FROM folder_properties p WHERE p.folder_id=f.folder_id AND proptag=0x3613001F), '') || '|' ||
        IFNULL((SELECT propval FROM folder_properties p WHERE p.folder_id=f.folder_id AND proptag=0x10F4000B), 0)
        FROM folders f ORDER BY change_number");
    assert_eq!(format!("\n{}\n", folders.join("\n")), FOLDERS);
    // Ranges: 0x10000 times the position, the search folder has none; and the first one.
    let ranges = "SELECT COUNT(*) FROM allocated_eids WHERE is_system=1 AND range_begin=rowid*65536 AND range_end=rowid*65536+65535";
    assert_eq!(number(&db, ranges), 28);
    assert_eq!(number(&db, "SELECT COUNT(*) FROM allocated_eids WHERE range_begin=1 AND range_end=65535"), 1);
    assert_eq!(number(&db, "SELECT COUNT(*) FROM allocated_eids"), 29);
    let own =
        "SELECT COUNT(*) FROM folders WHERE is_search=0 AND cur_eid=change_number*65536 AND max_eid=cur_eid+65535";
    assert_eq!(number(&db, own), 28);
    assert_eq!(
        number(&db, "SELECT COUNT(*) FROM folders WHERE folder_id=3 AND is_search=1 AND cur_eid=0 AND max_eid=0"),
        1
    );
    // Properties that are the same for all.
    let tags = texts(
        &db,
        "SELECT printf('%08X:%d', proptag, COUNT(*)) FROM folder_properties GROUP BY proptag ORDER BY proptag",
    );
    assert_eq!(
        tags,
        [
            "0E230003:29",
            "10F4000B:4",
            "3001001F:29",
            "3004001F:29",
            "30070040:29",
            "30080040:29",
            "3613001F:20",
            "40820040:29",
            "65E20102:29",
            "65E30102:29",
            "663E0003:29",
            "66410003:29",
            "670A0040:29",
            "670B0003:29",
            "67510003:28"
        ]
    );
    let key = texts(
        &db,
        "SELECT hex(propval) FROM folder_properties WHERE folder_id=13 AND proptag IN (0x65E20102, 0x65E30102) ORDER BY proptag",
    );
    let inbox = "05000000A5187B6FBCDCEA1ED03C5657000000000003";
    assert_eq!(key, [inbox.to_owned(), format!("16{inbox}")]);
    // Configurations.
    let numbers = texts(
        &db,
        "SELECT config_id || '=' || config_value FROM configurations WHERE typeof(config_value)='integer' ORDER BY 1*config_id",
    );
    assert_eq!(numbers, ["2=256", "3=65535", "4=29", "5=29", "6=0", "7=0", "8=0", "9=0", "10=27"]);
    let guids =
        texts(&db, "SELECT config_value FROM configurations WHERE typeof(config_value)='text' ORDER BY config_id");
    assert_eq!(guids.len(), 2);
    assert_ne!(guids[0], guids[1]);
    assert!(guids.iter().all(|guid| guid.len() == 36 && guid.to_lowercase() == *guid));
    assert_eq!(
        texts(&db, "SELECT class || '=' || folder_id FROM receive_table ORDER BY rowid"),
        ["=13", "IPC=1", "IPM=13", "REPORT.IPM=13"]
    );
    assert_eq!(
        texts(&db, "SELECT folder_id || username || permission FROM permissions"),
        ["15default3072", "24default2048"]
    );
    assert_eq!(
        texts(&db, "SELECT printf('%08X', proptag) FROM store_properties ORDER BY proptag"),
        ["0E080014", "30070040", "661D000B", "66B30014", "66B40014"]
    );
    assert_eq!(
        texts(
            &db,
            "SELECT name || seq FROM sqlite_sequence WHERE name IN ('replguidmap', 'named_properties') ORDER BY 1"
        ),
        ["named_properties32768", "replguidmap5"]
    );
    // One time for all, in whole seconds.
    let times = "SELECT COUNT(DISTINCT t) FROM (SELECT (allocate_time + 11644473600) * 10000000 AS t FROM allocated_eids
        UNION SELECT propval FROM folder_properties WHERE proptag & 65535 = 64 UNION SELECT modified_time FROM receive_table)";
    assert_eq!(number(&db, times), 1);
    drop(db);
    assert_sound(dir.path());
}

#[test]
fn directories_and_modes() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("a/b");
    drop(Store::open(&home, super::options()).unwrap());
    let mode = |path: &str| std::fs::metadata(home.join(path)).unwrap().permissions().mode() & 0o7777;
    for path in ["", "config", "cid", "eml", "exmdb", "ext", "tmp", "tmp/imap.rfc822"] {
        assert_eq!(mode(path), 0o770, "{path}");
    }
    assert_eq!(mode("exmdb/exchange.sqlite3"), 0o660);
}

#[test]
fn other_things_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("thesis.txt"), "x").unwrap();
    let error = Store::open(dir.path(), super::options()).err().unwrap();
    assert!(error.message().contains("thesis.txt"), "{error}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);

    let dir = tempfile::tempdir().unwrap();
    drop(Store::open(dir.path(), super::options()).unwrap());
    let db = database(dir.path());
    db.execute("UPDATE configurations SET config_value=26 WHERE config_id=10", []).unwrap();
    let error = Store::open(dir.path(), super::options()).err().unwrap();
    assert!(error.message().contains("version 26") && error.message().contains("a server of today"), "{error}");
    db.execute("UPDATE configurations SET config_value=28 WHERE config_id=10", []).unwrap();
    let error = Store::open(dir.path(), super::options()).err().unwrap();
    assert!(error.message().contains("version 28") && error.message().contains("a newer version"), "{error}");
    db.execute_batch("DROP TABLE configurations").unwrap();
    assert!(Store::open(dir.path(), super::options()).is_err());
}

/// A mailbox keeps the number of its user.
#[test]
fn the_user_of_a_mailbox_stays() {
    let dir = tempfile::tempdir().unwrap();
    drop(Store::open(dir.path(), super::options()).unwrap());
    let absent = pffkit::exm::store::Options { user_id: None, ..super::options() };
    let store = RefCell::new(Store::open(dir.path(), absent.clone()).unwrap());
    let bytes = stream(&Header::default(), vec![folder(1, UNANCHORED, "A"), message(2, 1, [])]);
    let mut reader = Reader::new(&bytes[..]).unwrap();
    let outcome = Import::new(&store, ImportOptions::default(), &mut Log::default()).run(&mut reader, &|| false);
    assert!(outcome.error.is_none());
    drop(store);
    let keys =
        "SELECT COUNT(*) FROM message_properties WHERE proptag=0x65E20102 AND substr(hex(propval), 1, 8)='05000000'";
    assert_eq!(number(&database(dir.path()), keys), 1);
    let other = pffkit::exm::store::Options { user_id: Some(6), ..super::options() };
    let error = Store::open(dir.path(), other).err().unwrap();
    assert!(error.message().contains("number 5, not 6"), "{error}");
    database(dir.path()).execute("DELETE FROM folder_properties WHERE proptag=0x65E20102", []).unwrap();
    assert!(Store::open(dir.path(), absent).err().unwrap().message().contains("--user-id"));
    assert!(Store::open(dir.path(), super::options()).is_ok());
}

#[test]
fn an_interrupted_creation_is_finished() {
    let dir = tempfile::tempdir().unwrap();
    // A process that was killed behind the creation of the file, before the transaction.
    std::fs::create_dir(dir.path().join("exmdb")).unwrap();
    std::fs::write(dir.path().join("exmdb/exchange.sqlite3"), b"").unwrap();
    drop(Store::open(dir.path(), super::options()).unwrap());
    assert_sound(dir.path());
}
