//! The schema, against a list of its own: tables, columns (name, type, NOT NULL, default, place in the primary key), indices
//! (name, unique, partial, columns), foreign keys (column, table) and collations.

use super::database;
use pffkit::exm::store::{Options, Store};
use rusqlite::Connection;

const EXPECTED: &str = "
allocated_eids
  range_begin INTEGER notnull
  range_end INTEGER notnull
  allocate_time INTEGER notnull
  is_system INTEGER default NULL
  index time_index (allocate_time)
attachment_properties
  attachment_id INTEGER notnull
  proptag INTEGER notnull
  propval BLOB notnull
  index attachment_property_index6 unique (attachment_id, proptag)
  index attid_properties_index6 (attachment_id)
  foreign attachment_id attachments.attachment_id
attachments
  attachment_id INTEGER pk1 autoincrement
  message_id INTEGER notnull
  index mid_attachments_index (message_id)
  foreign message_id messages.message_id
autoreply_ts
  peer VARCHAR(320) pk1
  ts INTEGER
  index (auto) unique (peer)
configurations
  config_id INTEGER pk1
  config_value BLOB notnull
folder_properties
  folder_id INTEGER notnull
  proptag INTEGER notnull
  propval BLOB notnull
  index fid_properties_index3 (folder_id)
  index folder_property_index3 unique (folder_id, proptag)
  foreign folder_id folders.folder_id
folders
  folder_id INTEGER pk1
  parent_id INTEGER
  change_number INTEGER notnull
  is_search INTEGER default 0
  search_flags INTEGER default NULL
  search_criteria BLOB default NULL
  cur_eid INTEGER notnull
  max_eid INTEGER notnull
  is_deleted INTEGER default 0
  index (auto) unique (change_number)
  index search_index10 (is_search)
  foreign parent_id folders.folder_id
message_changes
  message_id INTEGER notnull
  change_number INTEGER notnull
  indices BLOB notnull
  proptags BLOB notnull
  index mid_changes_index (message_id)
  foreign message_id messages.message_id
message_properties
  message_id INTEGER notnull
  proptag INTEGER notnull
  propval BLOB notnull
  index conv_id_index partial (propval)
  index message_property_index4 unique (message_id, proptag)
  index mid_properties_index4 (message_id)
  foreign message_id messages.message_id
messages
  message_id INTEGER pk1
  parent_fid INTEGER
  parent_attid INTEGER
  is_deleted INTEGER default 0
  is_associated INTEGER
  change_number INTEGER notnull
  read_cn INTEGER default NULL
  read_state INTEGER default 0
  message_size INTEGER notnull
  group_id INTEGER default NULL
  timer_id INTEGER default NULL
  mid_string TEXT default NULL
  index (auto) unique (change_number)
  index (auto) unique (read_cn)
  index assoc_index8 (is_associated)
  index attid_messages_index8 (parent_attid)
  index parent_assoc_index8 (parent_fid, is_associated)
  index parent_read_assoc_index8 (parent_fid, read_state, is_associated)
  index pid_messages_index8 (parent_fid)
  foreign parent_attid attachments.attachment_id
  foreign parent_fid folders.folder_id
msgtime_index
  folder_id INTEGER notnull pk1
  message_id INTEGER notnull pk2
  mtime INTEGER
  rcvtime INTEGER
  sndtime INTEGER
  index (auto) unique (folder_id, message_id)
  index msgtime_mt_idx unique (folder_id, mtime, message_id)
  index msgtime_rt_idx unique (folder_id, rcvtime, message_id)
  index msgtime_st_idx unique (folder_id, sndtime, message_id)
  foreign folder_id folders.folder_id
  foreign message_id messages.message_id
named_properties
  propid INTEGER pk1 autoincrement
  name_string TEXT notnull nocase
  index namedprop_unique unique (name_string)
permissions
  member_id INTEGER pk1 autoincrement
  folder_id INTEGER notnull
  username TEXT notnull nocase
  permission INTEGER notnull
  index fid_permissions_index (folder_id)
  index folder_username_index unique (folder_id, username)
  index folder_username_index2 unique (username, folder_id)
  foreign folder_id folders.folder_id
receive_table
  class TEXT notnull nocase
  folder_id INTEGER notnull
  modified_time INTEGER notnull
  index (auto) unique (class)
  index fid_receive_index (folder_id)
  foreign folder_id folders.folder_id
recipients
  recipient_id INTEGER pk1 autoincrement
  message_id INTEGER notnull
  index mid_recipients_index (message_id)
  foreign message_id messages.message_id
recipients_properties
  recipient_id INTEGER notnull
  proptag INTEGER notnull
  propval BLOB notnull
  index recipient_property_index5 unique (recipient_id, proptag)
  index rid_properties_index5 (recipient_id)
  foreign recipient_id recipients.recipient_id
replguidmap
  replid INTEGER pk1 autoincrement
  replguid VARCHAR(40)
  index replguidmap_guid unique (replguid)
rules
  rule_id INTEGER pk1 autoincrement
  name TEXT nocase
  provider TEXT notnull nocase
  sequence INTEGER notnull
  state INTEGER notnull
  level INTEGER
  user_flags INTEGER
  provider_data BLOB
  condition BLOB notnull
  actions BLOB notnull
  folder_id INTEGER notnull
  index fid_rules_index (folder_id)
  foreign folder_id folders.folder_id
search_result
  folder_id INTEGER notnull
  message_id INTEGER notnull
  index fid_result_index (folder_id)
  index mid_result_index (message_id)
  index search_message_index unique (folder_id, message_id)
  foreign folder_id folders.folder_id
  foreign message_id messages.message_id
search_scopes
  folder_id INTEGER notnull
  included_fid INTEGER notnull
  index fid_scope_index (folder_id)
  index included_scope_index (included_fid)
  foreign folder_id folders.folder_id
  foreign included_fid folders.folder_id
store_properties
  proptag INTEGER notnull
  propval BLOB notnull
  index (auto) unique (proptag)
";

#[test]
fn tables_columns_indices_and_keys() {
    let dir = tempfile::tempdir().unwrap();
    drop(Store::open(&dir.path().join("box"), Options::default()).unwrap());
    let db = database(&dir.path().join("box"));
    assert_eq!(describe(&db), EXPECTED);
    // What would make a server treat the file as another one.
    let pragma = |name: &str| db.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(
        [pragma("page_size"), pragma("auto_vacuum"), pragma("user_version"), pragma("application_id")],
        [4096, 0, 0, 0]
    );
    let text = |name: &str| db.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!([text("journal_mode"), text("encoding")], ["wal", "UTF-8"]);
    let conversation: String =
        db.query_row("SELECT sql FROM sqlite_schema WHERE name='conv_id_index'", [], |row| row.get(0)).unwrap();
    assert!(conversation.ends_with("WHERE proptag=806551810"));
    let others = "SELECT COUNT(*) FROM sqlite_schema WHERE type NOT IN ('table', 'index')";
    assert_eq!(super::number(&db, others), 0, "triggers or views");
}

fn describe(db: &Connection) -> String {
    let mut out = String::from("\n");
    let tables = "SELECT name FROM sqlite_schema WHERE type='table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
    for table in super::texts(db, tables) {
        let sql = super::texts(db, &format!("SELECT sql FROM sqlite_schema WHERE name='{table}'")).remove(0);
        out += &format!("{table}\n");
        let columns = format!(
            "SELECT '  ' || name || ' ' || type || iif(\"notnull\", ' notnull', '') || iif(dflt_value IS NULL, '', ' default ' || dflt_value)
             || iif(pk, ' pk' || pk, '') FROM pragma_table_info('{table}') ORDER BY cid"
        );
        for column in super::texts(db, &columns) {
            let name = column.split_whitespace().next().unwrap().to_owned();
            let declared = sql.lines().map(str::trim).find(|line| line.starts_with(&format!("{name} "))).unwrap();
            let collated = if declared.contains("COLLATE NOCASE") { " nocase" } else { "" };
            let counted = if declared.contains("AUTOINCREMENT") { " autoincrement" } else { "" };
            out += &format!("{column}{collated}{counted}\n");
        }
        let indices = format!(
            "SELECT line FROM (SELECT '  index ' || iif(name LIKE 'sqlite_autoindex%', '(auto)', name) || iif(\"unique\", ' unique', '') ||
               iif(partial, ' partial', '') || ' (' ||
               (SELECT group_concat(c.name, ', ') FROM (SELECT * FROM pragma_index_info(l.name) ORDER BY seqno) c) || ')' AS line
             FROM pragma_index_list('{table}') l) ORDER BY line"
        );
        super::texts(db, &indices).iter().for_each(|line| out += &format!("{line}\n"));
        let keys = format!(
            "SELECT '  foreign ' || \"from\" || ' ' || \"table\" || '.' || \"to\" ||
             iif(on_update='CASCADE' AND on_delete='CASCADE', '', ' not cascading') FROM pragma_foreign_key_list('{table}') ORDER BY 1"
        );
        super::texts(db, &keys).iter().for_each(|line| out += &format!("{line}\n"));
    }
    out
}
