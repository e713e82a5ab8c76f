//! Whatever stops an import, whole messages are in the mailbox and nothing else.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};

use super::*;
use pffkit::mt::object::Attachment;

const MESSAGES: u64 = 1300;

/// Two folders and many messages with a recipient, an attachment and an embedded message each.
fn many() -> Vec<u8> {
    let mut frames = vec![folder(1, UNANCHORED, "A"), folder(2, UNANCHORED, "B")];
    frames.extend((0..MESSAGES).map(|n| whole_message(100 + n, 1 + n % 2, numbered(n))));
    stream(&Header::default(), frames)
}

fn numbered(n: u64) -> Message<'static> {
    let body = |text: String| props([(0x001A_001F, Value::str("IPM.Note")), (0x1000_001F, Value::str(text))]);
    let embedded = Message { props: body(format!("embedded {n}")), ..Message::default() };
    Message {
        props: body(format!("body {n}")),
        recipients: vec![props([(0x3001_001F, Value::str(format!("recipient {n}")))])],
        attachments: vec![
            Attachment { props: props([(0x3701_0102, Value::bin(format!("data {n}").into_bytes()))]), embedded: None },
            Attachment { props: props([(0x3705_0003, Value::I32(5))]), embedded: Some(Box::new(embedded)) },
        ],
    }
}

fn mt2exm(dir: &Path, more: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_mt2exm"))
        .arg("--at")
        .arg(format!("store:{}", dir.display()))
        .args(["--user-id", "5"])
        .args(more)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Feeds `bytes` from another thread, and keeps the pipe open until the receiver is dropped.
fn feed(child: &mut Child, bytes: Vec<u8>) -> std::sync::mpsc::Sender<()> {
    let mut stdin = child.stdin.take().unwrap();
    let (keep, kept) = std::sync::mpsc::channel::<()>();
    std::thread::spawn(move || {
        let _ = stdin.write_all(&bytes);
        let _ = kept.recv();
    });
    keep
}

/// Reads what `mt2exm -v` says until it has created `n` messages.
fn wait_for(child: &mut Child, n: usize) {
    let said = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    assert_eq!(said.map_while(Result::ok).filter(|line| line.starts_with("created message")).take(n).count(), n);
}

/// All that is in the mailbox is whole; gives back how many messages that is.
fn assert_whole(dir: &Path) -> u64 {
    assert_sound(dir);
    let mut mailbox = Mailbox::open(dir).unwrap();
    let folders = mailbox.folders().unwrap();
    let mut count = 0;
    for folder in folders {
        for info in mailbox.messages(folder.id).unwrap() {
            let stored = mailbox.message(info.id).unwrap().unwrap();
            assert!(stored.findings.is_empty());
            let message = stored.frame.message;
            let n: u64 = message.props.str(PropTag(0x1000_001F)).unwrap()["body ".len()..].parse().unwrap();
            assert_eq!(message.recipients.len(), 1);
            assert_eq!(
                message.attachments[0].props.get(PropTag(0x3701_0102)).unwrap().as_bin().unwrap(),
                format!("data {n}").as_bytes()
            );
            let embedded = message.attachments[1].embedded.as_ref().unwrap();
            assert_eq!(embedded.props.str(PropTag(0x1000_001F)).unwrap(), format!("embedded {n}"));
            count += 1;
        }
    }
    count
}

#[test]
fn a_killed_import_leaves_whole_messages() {
    let bytes = many();
    for point in [1, 999, 1000, 1200] {
        let dir = tempfile::tempdir().unwrap();
        let mut child = mt2exm(dir.path(), &["-v"]);
        let _open = feed(&mut child, bytes.clone());
        wait_for(&mut child, point);
        child.kill().unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(9));
        let kept = assert_whole(dir.path());
        // Not more than one batch was open.
        assert!(kept <= MESSAGES && kept + 1000 >= point as u64, "{kept} at {point}");
        let (outcome, _) =
            import(dir.path(), &bytes, ImportOptions { accept_existing: true, ..ImportOptions::default() });
        assert!(outcome.error.is_none());
        assert_eq!(assert_whole(dir.path()), kept + MESSAGES);
        let left = std::fs::read_dir(dir.path().join("tmp")).unwrap().count();
        assert_eq!(left, 1, "only the directory imap.rfc822");
    }
}

#[test]
fn a_terminated_import_keeps_what_was_complete() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = mt2exm(dir.path(), &["-v"]);
    // The input falls silent behind the last message, in the middle of a frame.
    let mut bytes = many();
    bytes.truncate(bytes.len() - 10);
    let _open = feed(&mut child, bytes);
    wait_for(&mut child, MESSAGES as usize - 1);
    let killed = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(143));
    assert!(String::from_utf8_lossy(&output.stderr).contains("interrupted"));
    assert_eq!(assert_whole(dir.path()), MESSAGES - 1);
}

/// While the input is silent in the middle of a frame nobody else is kept from writing, and what is complete is there whatever comes.
#[test]
fn a_silent_input_holds_nothing_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = mt2exm(dir.path(), &["-v"]);
    let mut bytes = stream(&Header::default(), vec![folder(1, UNANCHORED, "A"), message(2, 1, []), message(3, 1, [])]);
    bytes.truncate(bytes.len() - 1);
    let _open = feed(&mut child, bytes);
    wait_for(&mut child, 1);
    let db = database(dir.path());
    let begun = std::time::Instant::now();
    while number(&db, "SELECT COUNT(*) FROM messages") == 0 {
        assert!(begun.elapsed().as_secs() < 30, "nothing is committed");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    db.execute_batch("BEGIN IMMEDIATE; ROLLBACK").unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(number(&db, "SELECT COUNT(*) FROM messages"), 1);
}

#[test]
fn a_cut_stream_is_noticed_and_what_was_complete_is_kept() {
    let frames: Vec<_> = std::iter::once(folder(1, UNANCHORED, "A"))
        .chain((0..5).map(|n| whole_message(100 + n, 1, numbered(n))))
        .collect();
    let bytes = stream(&Header::default(), frames);
    for missing in [1, 100] {
        let dir = tempfile::tempdir().unwrap();
        let child = {
            let mut child = mt2exm(dir.path(), &[]);
            child.stdin.take().unwrap().write_all(&bytes[..bytes.len() - missing]).unwrap();
            child
        };
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(3));
        assert!(String::from_utf8_lossy(&output.stderr).contains("4 messages"));
        assert_eq!(assert_whole(dir.path()), 4);
    }
}

/// A content file that the disk has no room for ends the import; the batches before it are there, and are what is said to be.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_keeps_what_was_committed_before() {
    let small = |n: u64| {
        whole_message(
            100 + n,
            1,
            Message { props: props([(0x1000_001F, Value::str("the same"))]), ..Message::default() },
        )
    };
    // Letters without a pattern: more than the limit even when they are compressed.
    let mut state = 1u64;
    let letters: String = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(b'0' + (state >> 58) as u8)
    })
    .take(16 << 20)
    .collect();
    let frames = std::iter::once(folder(1, UNANCHORED, "A"))
        .chain((0..1001).map(small))
        .chain([message(5000, 1, [(0x1000_001F, Value::str(letters))]), small(5001)])
        .collect();
    let dir = tempfile::tempdir().unwrap();
    let script = r#"trap '' XFSZ; ulimit -f 8192; exec "$0" --at "store:$1""#;
    let mut child = Command::new("bash")
        .args(["-c", script, env!("CARGO_BIN_EXE_mt2exm")])
        .arg(dir.path())
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(feed(&mut child, stream(&Header::default(), frames)));
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{stderr}");
    assert!(stderr.contains("a content file can't be written"), "{stderr}");
    assert_sound(dir.path());
    let kept = number(&database(dir.path()), "SELECT COUNT(*) FROM messages");
    // A batch ends after a thousand messages; on a slow machine sooner, by time.
    assert!((1..=1001).contains(&kept), "{kept}");
    assert!(stderr.contains(&format!(" {kept} messages")), "{stderr}");
    assert_eq!(std::fs::read_dir(dir.path().join("tmp")).unwrap().count(), 1, "only the directory imap.rfc822");
}
