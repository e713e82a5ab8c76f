//! The floor of `mt2exm`: what it costs to put the rows and content files of a mailbox where they belong, and nothing else.
//!
//! `store_floor SOURCE_MAILBOX TARGET_DIR` copies the mailbox by bare prepared statements into a new database of the same schema with
//! the same pragmas, a thousand messages a transaction, and each content file under its final name; before each commit the file system is
//! synced once. It prints one JSON line: `rows`, `files`, `bytes` (of content files), and `seconds` of the writing. Rows and files
//! are read a batch at a time, and the reading is not in the seconds.
//!
//! Not in it: reading the stream, hashing and compressing of contents. `compress` is that second figure: the seconds that one
//! thread takes to hash and compress them at the level of `mt2exm`; on a machine with a second processor it need not add to the first.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pffkit::exm::store::{PRAGMAS, schema};
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params_from_iter};
use xxhash_rust::xxh3::xxh3_128;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Messages of one batch, as `mt2exm` has it.
const BATCH: i64 = 1000;

/// Tables without an owner that is a message.
const OTHERS: [&str; 9] = [
    "configurations",
    "allocated_eids",
    "named_properties",
    "store_properties",
    "folders",
    "folder_properties",
    "permissions",
    "rules",
    "receive_table",
];

/// Tables of messages in the order in which they are filled, and the condition for the rows of the messages that are in `batch`.
const OF_MESSAGES: [(&str, &str); 7] = [
    ("messages", "message_id IN batch"),
    ("message_properties", "message_id IN batch"),
    ("recipients", "message_id IN batch"),
    ("recipients_properties", "recipient_id IN (SELECT recipient_id FROM recipients WHERE message_id IN batch)"),
    ("attachments", "message_id IN batch"),
    ("attachment_properties", "attachment_id IN (SELECT attachment_id FROM attachments WHERE message_id IN batch)"),
    ("msgtime_index", "message_id IN batch"),
];

/// Replaces the messages of the batch by those that are embedded in them.
const EMBEDDED: &str = "CREATE TEMP TABLE deeper AS SELECT message_id FROM messages WHERE parent_attid IN
                        (SELECT attachment_id FROM attachments WHERE message_id IN batch);
                        DELETE FROM batch; INSERT INTO batch SELECT message_id FROM deeper; DROP TABLE deeper";

/// Properties whose value is the id of a content file.
const IN_FILES: [i64; 8] =
    [0x1000_001E, 0x1000_001F, 0x007D_001E, 0x007D_001F, 0x1013_0102, 0x1009_0102, 0x3701_0102, 0x3701_000D];

/// Some messages on the same depth: each is in the database before what is embedded in it, as the foreign keys have it.
struct Batch {
    rows: Vec<(&'static str, Vec<Vec<Value>>)>,
    files: Vec<(PathBuf, Vec<u8>)>,
}

#[derive(Default)]
struct Sums {
    rows: usize,
    files: usize,
    bytes: usize,
    writing: Duration,
    compressing: Duration,
}

fn main() -> Outcome<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(source), Some(target)) = (arguments.next(), arguments.next()) else {
        return Err("give a mailbox and a directory that is not there".into());
    };
    fs::create_dir(&target)?;
    fs::create_dir(target.join("cid"))?;
    let from = Connection::open_with_flags(source.join("exmdb/exchange.sqlite3"), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let mut to = Connection::open(target.join("exchange.sqlite3"))?;
    to.query_row("PRAGMA journal_mode=WAL", [], |_| Ok(()))?;
    to.execute_batch(PRAGMAS)?;
    to.execute_batch(schema::TABLES)?;
    from.execute_batch("CREATE TEMP TABLE batch (id INTEGER PRIMARY KEY)")?;

    let mut sums = Sums::default();
    let mut seen = HashSet::new();
    let mut first = Batch { rows: Vec::new(), files: Vec::new() };
    for table in OTHERS {
        first.rows.push((table, rows(&from, table, "1")?));
    }
    write(&mut to, &target, &[first], &mut sums)?;
    let mut last = 0i64;
    while next_batch(&from, &mut last)? {
        let mut batches = Vec::new();
        loop {
            let batch = read(&from, &source, &mut seen)?;
            compress(&batch, &mut sums)?;
            batches.push(batch);
            from.execute_batch(EMBEDDED)?;
            if is_empty(&from)? {
                break;
            }
        }
        write(&mut to, &target, &batches, &mut sums)?;
    }
    let start = Instant::now();
    drop(to);
    sums.writing += start.elapsed();
    println!(
        "{{\"rows\":{},\"files\":{},\"bytes\":{},\"seconds\":{:.3},\"compress\":{:.3}}}",
        sums.rows,
        sums.files,
        sums.bytes,
        sums.writing.as_secs_f64(),
        sums.compressing.as_secs_f64()
    );
    Ok(())
}

/// Takes the next messages, in the order of their change numbers.
fn next_batch(from: &Connection, last: &mut i64) -> Outcome<bool> {
    from.execute_batch("DELETE FROM batch")?;
    let top = from.execute(
        "INSERT INTO batch SELECT message_id FROM messages WHERE change_number>?1 AND parent_fid IS NOT NULL \
         ORDER BY change_number LIMIT ?2",
        (*last, BATCH),
    )?;
    if top == 0 {
        return Ok(false);
    }
    *last =
        from.query_row("SELECT MAX(change_number) FROM messages WHERE message_id IN batch", [], |row| row.get(0))?;
    Ok(true)
}

fn is_empty(from: &Connection) -> Outcome<bool> {
    Ok(from.query_row("SELECT NOT EXISTS (SELECT 1 FROM batch)", [], |row| row.get(0))?)
}

fn read(from: &Connection, source: &Path, seen: &mut HashSet<String>) -> Outcome<Batch> {
    let mut batch = Batch { rows: Vec::new(), files: Vec::new() };
    for (table, condition) in OF_MESSAGES {
        batch.rows.push((table, rows(from, table, condition)?));
    }
    for (_, rows) in &batch.rows {
        for row in rows {
            let [_, Value::Integer(tag), Value::Text(id)] = row.as_slice() else { continue };
            if IN_FILES.contains(tag) && seen.insert(id.clone()) {
                batch.files.push((id.into(), fs::read(source.join("cid").join(id))?));
            }
        }
    }
    Ok(batch)
}

fn rows(from: &Connection, table: &str, condition: &str) -> Outcome<Vec<Vec<Value>>> {
    let mut query = from.prepare(&format!("SELECT * FROM {table} WHERE {condition}"))?;
    let columns = query.column_count();
    let rows = query.query_map([], |row| (0..columns).map(|i| row.get(i)).collect())?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn compress(batch: &Batch, sums: &mut Sums) -> Outcome<()> {
    for (_, packed) in &batch.files {
        let content = zstd::decode_all(&packed[..])?;
        let start = Instant::now();
        std::hint::black_box((xxh3_128(&content), zstd::bulk::compress(&content, 6)?));
        sums.compressing += start.elapsed();
    }
    Ok(())
}

fn write(to: &mut Connection, target: &Path, batches: &[Batch], sums: &mut Sums) -> Outcome<()> {
    let start = Instant::now();
    let transaction = to.transaction()?;
    let mut directories = HashSet::new();
    for batch in batches {
        write_files(batch, target, &mut directories, sums)?;
        write_rows(batch, &transaction, sums)?;
    }
    sync(target)?;
    transaction.commit()?;
    sums.writing += start.elapsed();
    Ok(())
}

fn write_files(batch: &Batch, target: &Path, directories: &mut HashSet<PathBuf>, sums: &mut Sums) -> Outcome<()> {
    for (id, bytes) in &batch.files {
        let path = target.join("cid").join(id);
        if let Some(parent) = path.parent().filter(|parent| directories.insert(parent.to_path_buf())) {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, bytes)?;
        sums.bytes += bytes.len();
    }
    sums.files += batch.files.len();
    Ok(())
}

fn write_rows(batch: &Batch, transaction: &Connection, sums: &mut Sums) -> Outcome<()> {
    for (table, rows) in &batch.rows {
        let Some(columns) = rows.first().map(Vec::len) else { continue };
        let marks = vec!["?"; columns].join(", ");
        let mut insert = transaction.prepare_cached(&format!("INSERT INTO {table} VALUES ({marks})"))?;
        for row in rows {
            insert.execute(params_from_iter(row))?;
        }
        sums.rows += rows.len();
    }
    Ok(())
}

/// Brings all files onto the disk, as `mt2exm` does before each commit.
fn sync(dir: &Path) -> Outcome<()> {
    #[cfg(target_os = "linux")]
    rustix::fs::syncfs(fs::File::open(dir)?)?;
    #[cfg(not(target_os = "linux"))]
    let _ = dir;
    Ok(())
}
