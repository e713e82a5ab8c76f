//! The SQLite schema of a private store, version 27: tables, columns, declared types, indices and foreign keys.

/// The version that `configurations` names.
pub const VERSION: i64 = 27;

/// The statements that make an empty database; the order is the one in which a server would make the tables.
pub const TABLES: &str = "
CREATE TABLE configurations (
  config_id INTEGER PRIMARY KEY,
  config_value BLOB NOT NULL);

CREATE TABLE allocated_eids (
  range_begin INTEGER NOT NULL,
  range_end INTEGER NOT NULL,
  allocate_time INTEGER NOT NULL,
  is_system INTEGER DEFAULT NULL);
CREATE INDEX time_index ON allocated_eids(allocate_time);

CREATE TABLE named_properties (
  propid INTEGER PRIMARY KEY AUTOINCREMENT,
  name_string TEXT COLLATE NOCASE NOT NULL);
CREATE UNIQUE INDEX namedprop_unique ON named_properties(name_string);

CREATE TABLE store_properties (
  proptag INTEGER UNIQUE NOT NULL,
  propval BLOB NOT NULL);

CREATE TABLE folder_properties (
  folder_id INTEGER NOT NULL,
  proptag INTEGER NOT NULL,
  propval BLOB NOT NULL,
  FOREIGN KEY (folder_id) REFERENCES folders (folder_id) ON DELETE CASCADE ON UPDATE CASCADE);
CREATE INDEX fid_properties_index3 ON folder_properties(folder_id);
CREATE UNIQUE INDEX folder_property_index3 ON folder_properties(folder_id, proptag);

CREATE TABLE permissions (
  member_id INTEGER PRIMARY KEY AUTOINCREMENT,
  folder_id INTEGER NOT NULL,
  username TEXT COLLATE NOCASE NOT NULL,
  permission INTEGER NOT NULL,
  FOREIGN KEY (folder_id) REFERENCES folders (folder_id) ON DELETE CASCADE ON UPDATE CASCADE);
CREATE INDEX fid_permissions_index ON permissions(folder_id);
CREATE UNIQUE INDEX folder_username_index ON permissions(folder_id, username);
CREATE UNIQUE INDEX folder_username_index2 ON permissions(username, folder_id);

CREATE TABLE rules (
  rule_id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT COLLATE NOCASE,
  provider TEXT COLLATE NOCASE NOT NULL,
  sequence INTEGER NOT NULL,
  state INTEGER NOT NULL,
  level INTEGER,
  user_flags INTEGER,
  provider_data BLOB,
  condition BLOB NOT NULL,
  actions BLOB NOT NULL,
  folder_id INTEGER NOT NULL,
  FOREIGN KEY (folder_id) REFERENCES folders (folder_id) ON DELETE CASCADE ON UPDATE CASCADE);
CREATE INDEX fid_rules_index ON rules(folder_id);

CREATE TABLE message_properties (
  message_id INTEGER NOT NULL,
  proptag INTEGER NOT NULL,
  propval BLOB NOT NULL,
  FOREIGN KEY (message_id) REFERENCES messages (message_id) ON DELETE CASCADE ON UPDATE CASCADE);
CREATE INDEX mid_properties_index4 ON message_properties(message_id);
CREATE UNIQUE INDEX message_property_index4 ON message_properties(message_id, proptag);
CREATE INDEX conv_id_index ON message_properties(propval) WHERE proptag=806551810;

CREATE TABLE message_changes (
  message_id INTEGER NOT NULL,
  change_number INTEGER NOT NULL,
  indices BLOB NOT NULL,
  proptags BLOB NOT NULL,
  FOREIGN KEY (message_id) REFERENCES messages (message_id) ON DELETE CASCADE ON UPDATE CASCADE);
CREATE INDEX mid_changes_index ON message_changes(message_id);

CREATE TABLE recipients (
  recipient_id INTEGER PRIMARY KEY AUTOINCREMENT,
  message_id INTEGER NOT NULL,
  FOREIGN KEY (message_id) REFERENCES messages (message_id) ON DELETE CASCADE ON UPDATE CASCADE);
CREATE INDEX mid_recipients_index ON recipients(message_id);

CREATE TABLE recipients_properties (
  recipient_id INTEGER NOT NULL,
  proptag INTEGER NOT NULL,
  propval BLOB NOT NULL,
  FOREIGN KEY (recipient_id) REFERENCES recipients (recipient_id) ON DELETE CASCADE ON UPDATE CASCADE);
CREATE INDEX rid_properties_index5 ON recipients_properties(recipient_id);
CREATE UNIQUE INDEX recipient_property_index5 ON recipients_properties(recipient_id, proptag);

CREATE TABLE replguidmap (
  replid INTEGER PRIMARY KEY AUTOINCREMENT,
  replguid VARCHAR(40));
CREATE UNIQUE INDEX replguidmap_guid ON replguidmap(replguid);

CREATE TABLE attachments (
  attachment_id INTEGER PRIMARY KEY AUTOINCREMENT,
  message_id INTEGER NOT NULL,
  FOREIGN KEY (message_id) REFERENCES messages (message_id) ON DELETE CASCADE ON UPDATE CASCADE);
CREATE INDEX mid_attachments_index ON attachments(message_id);

CREATE TABLE attachment_properties (
  attachment_id INTEGER NOT NULL,
  proptag INTEGER NOT NULL,
  propval BLOB NOT NULL,
  FOREIGN KEY (attachment_id) REFERENCES attachments (attachment_id) ON DELETE CASCADE ON UPDATE CASCADE);
CREATE INDEX attid_properties_index6 ON attachment_properties(attachment_id);
CREATE UNIQUE INDEX attachment_property_index6 ON attachment_properties(attachment_id, proptag);

CREATE TABLE folders (
  folder_id INTEGER PRIMARY KEY,
  parent_id INTEGER,
  change_number INTEGER UNIQUE NOT NULL,
  is_search INTEGER DEFAULT 0,
  search_flags INTEGER DEFAULT NULL,
  search_criteria BLOB DEFAULT NULL,
  cur_eid INTEGER NOT NULL,
  max_eid INTEGER NOT NULL,
  is_deleted INTEGER DEFAULT 0,
  FOREIGN KEY (parent_id) REFERENCES folders (folder_id) ON DELETE CASCADE ON UPDATE CASCADE);
CREATE INDEX search_index10 ON folders(is_search);

CREATE TABLE messages (
  message_id INTEGER PRIMARY KEY,
  parent_fid INTEGER,
  parent_attid INTEGER,
  is_deleted INTEGER DEFAULT 0,
  is_associated INTEGER,
  change_number INTEGER UNIQUE NOT NULL,
  read_cn INTEGER UNIQUE DEFAULT NULL,
  read_state INTEGER DEFAULT 0,
  message_size INTEGER NOT NULL,
  group_id INTEGER DEFAULT NULL,
  timer_id INTEGER DEFAULT NULL,
  mid_string TEXT DEFAULT NULL,
  FOREIGN KEY (parent_fid) REFERENCES folders (folder_id) ON DELETE CASCADE ON UPDATE CASCADE,
  FOREIGN KEY (parent_attid) REFERENCES attachments (attachment_id) ON DELETE CASCADE ON UPDATE CASCADE);
CREATE INDEX pid_messages_index8 ON messages(parent_fid);
CREATE INDEX attid_messages_index8 ON messages(parent_attid);
CREATE INDEX assoc_index8 ON messages(is_associated);
CREATE INDEX parent_assoc_index8 ON messages(parent_fid, is_associated);
CREATE INDEX parent_read_assoc_index8 ON messages(parent_fid, read_state, is_associated);

CREATE TABLE receive_table (
  class TEXT COLLATE NOCASE UNIQUE NOT NULL,
  folder_id INTEGER NOT NULL,
  modified_time INTEGER NOT NULL,
  FOREIGN KEY (folder_id) REFERENCES folders (folder_id) ON DELETE CASCADE ON UPDATE CASCADE);
CREATE INDEX fid_receive_index ON receive_table(folder_id);

CREATE TABLE search_scopes (
  folder_id INTEGER NOT NULL,
  included_fid INTEGER NOT NULL,
  FOREIGN KEY (folder_id) REFERENCES folders (folder_id) ON DELETE CASCADE ON UPDATE CASCADE,
  FOREIGN KEY (included_fid) REFERENCES folders (folder_id) ON DELETE CASCADE ON UPDATE CASCADE);
CREATE INDEX fid_scope_index ON search_scopes(folder_id);
CREATE INDEX included_scope_index ON search_scopes(included_fid);

CREATE TABLE search_result (
  folder_id INTEGER NOT NULL,
  message_id INTEGER NOT NULL,
  FOREIGN KEY (folder_id) REFERENCES folders (folder_id) ON DELETE CASCADE ON UPDATE CASCADE,
  FOREIGN KEY (message_id) REFERENCES messages (message_id) ON DELETE CASCADE ON UPDATE CASCADE);
CREATE INDEX fid_result_index ON search_result(folder_id);
CREATE INDEX mid_result_index ON search_result(message_id);
CREATE UNIQUE INDEX search_message_index ON search_result(folder_id, message_id);

CREATE TABLE autoreply_ts (
  peer VARCHAR(320) PRIMARY KEY,
  ts INTEGER);

CREATE TABLE msgtime_index (
  folder_id INTEGER NOT NULL,
  message_id INTEGER NOT NULL,
  mtime INTEGER,
  rcvtime INTEGER,
  sndtime INTEGER,
  PRIMARY KEY (folder_id, message_id),
  FOREIGN KEY (folder_id) REFERENCES folders (folder_id) ON DELETE CASCADE ON UPDATE CASCADE,
  FOREIGN KEY (message_id) REFERENCES messages (message_id) ON DELETE CASCADE ON UPDATE CASCADE);
CREATE UNIQUE INDEX msgtime_mt_idx ON msgtime_index(folder_id, mtime, message_id);
CREATE UNIQUE INDEX msgtime_rt_idx ON msgtime_index(folder_id, rcvtime, message_id);
CREATE UNIQUE INDEX msgtime_st_idx ON msgtime_index(folder_id, sndtime, message_id);

INSERT INTO sqlite_sequence (name, seq) VALUES ('replguidmap', 5), ('named_properties', 32768);
";

/// Keys of the table `configurations`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i64)]
pub enum Config {
    /// GUID of the mailbox, as text.
    MailboxGuid = 1,
    /// The next id of the store-level range.
    CurrentEid = 2,
    /// The last id of the store-level range.
    MaximumEid = 3,
    /// The last change number that was assigned.
    LastChange = 4,
    /// The last folder article number that was assigned.
    LastArticle = 5,
    /// Numbering of content files before they were named by their hash.
    LastContentId = 6,
    /// State of the background searches.
    SearchState = 7,
    /// Rights of everybody where a folder has no row of its own.
    DefaultPermission = 8,
    /// Rights of the anonymous likewise.
    AnonymousPermission = 9,
    /// Version of the schema.
    SchemaVersion = 10,
    /// GUID of the named-property mapping, as text.
    MappingSignature = 11,
}

/// One of the folders that every private store has. Its position in [`BUILT_IN`], counted from 1, is its change number and
/// its article number, and numbers the range of ids of its messages.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn {
    /// Its id.
    pub id: u64,
    /// The id of its parent; 0 for the root.
    pub parent: u64,
    /// Its English name.
    pub name: &'static str,
    /// Its container class; empty where it has none.
    pub class: &'static str,
    /// Whether it is hidden.
    pub hidden: bool,
    /// Whether it is a search folder.
    pub search: bool,
}

/// Id of the root of the store.
pub const ROOT: u64 = 0x01;
/// Id of the spooler queue, a search folder.
pub const SPOOLER_QUEUE: u64 = 0x03;
/// Id of the folder that users see as the top of their mailbox.
pub const IPM_SUBTREE: u64 = 0x09;
/// Id of the Inbox.
pub const INBOX: u64 = 0x0D;
/// Id of the Drafts.
pub const DRAFTS: u64 = 0x0E;
/// Id of the Calendar.
pub const CALENDAR: u64 = 0x0F;
/// Id of the free/busy data.
pub const FREEBUSY: u64 = 0x18;

const fn built_in(id: u64, parent: u64, name: &'static str, class: &'static str) -> BuiltIn {
    BuiltIn { id, parent, name, class, hidden: false, search: false }
}

const fn hidden(id: u64, parent: u64, name: &'static str, class: &'static str) -> BuiltIn {
    BuiltIn { hidden: true, ..built_in(id, parent, name, class) }
}

/// The folders of an empty store, in the order in which they are made.
pub const BUILT_IN: [BuiltIn; 29] = [
    built_in(ROOT, 0, "Root Container", ""),
    built_in(IPM_SUBTREE, ROOT, "Top of Information Store", ""),
    built_in(INBOX, IPM_SUBTREE, "Inbox", "IPF.Note"),
    built_in(DRAFTS, IPM_SUBTREE, "Drafts", "IPF.Note"),
    built_in(0x0C, IPM_SUBTREE, "Outbox", "IPF.Note"),
    built_in(0x0A, IPM_SUBTREE, "Sent Items", "IPF.Note"),
    built_in(0x0B, IPM_SUBTREE, "Deleted Items", "IPF.Note"),
    built_in(0x13, IPM_SUBTREE, "Contacts", "IPF.Contact"),
    built_in(CALENDAR, IPM_SUBTREE, "Calendar", "IPF.Appointment"),
    built_in(0x10, IPM_SUBTREE, "Journal", "IPF.Journal"),
    built_in(0x11, IPM_SUBTREE, "Notes", "IPF.StickyNote"),
    built_in(0x12, IPM_SUBTREE, "Tasks", "IPF.Task"),
    hidden(0x14, 0x13, "Quick Contacts", "IPF.Contact.MOC.QuickContacts"),
    hidden(0x15, 0x13, "IM Contacts List", "IPF.Contact.MOC.ImContactList"),
    hidden(0x16, 0x13, "GAL Contacts", "IPF.Contact.GalContacts"),
    built_in(0x17, IPM_SUBTREE, "Junk Email", "IPF.Note"),
    hidden(0x1D, IPM_SUBTREE, "Conversation Action Settings", "IPF.Configuration"),
    built_in(0x02, ROOT, "Deferred Action", ""),
    built_in(0x07, ROOT, "Common Views", ""),
    built_in(0x08, ROOT, "Schedule", ""),
    built_in(0x05, ROOT, "Finder", ""),
    built_in(0x06, ROOT, "Views", ""),
    built_in(0x04, ROOT, "Shortcuts", ""),
    built_in(0x19, IPM_SUBTREE, "Sync Issues", "IPF.Note"),
    built_in(0x1A, 0x19, "Conflicts", "IPF.Note"),
    built_in(0x1B, 0x19, "Local Failures", "IPF.Note"),
    built_in(0x1C, 0x19, "Server Failures", "IPF.Note"),
    built_in(FREEBUSY, ROOT, "Freebusy Data", ""),
    BuiltIn { search: true, ..built_in(SPOOLER_QUEUE, ROOT, "Spooler Queue", "IPF.Note") },
];
