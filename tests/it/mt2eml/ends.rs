//! How a run ends, and what becomes of damage.

use super::*;

#[test]
fn a_second_run_is_refused_unless_it_is_told_to_replace() {
    let dir = tempfile::tempdir().unwrap();
    export("sample.pst", &["-o", "out"], dir.path(), 0);
    let out = dir.path().join("out");
    let before = contents(&out);
    let stderr = export("sample.pst", &["-o", "out", "--mail", "mbox"], dir.path(), 4);
    assert!(stderr.contains("not empty") && stderr.contains("--force"), "{stderr}");
    assert!(contents(&out) == before);
    // What was changed is as it was; what the run knows nothing of stays.
    let mail = before.keys().find(|path| path.ends_with(".eml")).unwrap();
    fs::write(out.join(mail), "changed").unwrap();
    fs::write(out.join("mine"), "mine").unwrap();
    export("sample.pst", &["-o", "out", "--force"], dir.path(), 0);
    let mut after = contents(&out);
    assert_eq!(after.remove("mine").unwrap(), b"mine");
    assert!(after == before);
    let zip = ["--zip", "out.zip"];
    export("sample.pst", &zip, dir.path(), 0);
    export("sample.pst", &zip, dir.path(), 4);
    export("sample.pst", &["--zip", "out.zip", "--force"], dir.path(), 0);
}

#[cfg(unix)]
#[test]
fn links_in_the_output_lead_nowhere() {
    let dir = tempfile::tempdir().unwrap();
    export("sample.pst", &["-o", "out"], dir.path(), 0);
    let victim = dir.path().join("victim");
    fs::write(&victim, "untouched").unwrap();
    let out = dir.path().join("out");
    for path in contents(&out).keys() {
        fs::remove_file(out.join(path)).unwrap();
        std::os::unix::fs::symlink(&victim, out.join(path)).unwrap();
    }
    export("sample.pst", &["-o", "out", "--force"], dir.path(), 0);
    assert_eq!(fs::read(&victim).unwrap(), b"untouched");
    // A directory that is a link is refused.
    let top = out.join("Top of Outlook data file");
    fs::remove_dir_all(&top).unwrap();
    fs::create_dir(dir.path().join("elsewhere")).unwrap();
    std::os::unix::fs::symlink(dir.path().join("elsewhere"), &top).unwrap();
    export("sample.pst", &["-o", "out", "--force"], dir.path(), 4);
    assert_eq!(fs::read_dir(dir.path().join("elsewhere")).unwrap().count(), 0);
}

#[test]
fn damage_of_the_file_reaches_ledger_index_and_exit_code() {
    let dir = tempfile::tempdir().unwrap();
    export("damaged/block-crc.pst", &["-o", "out", "--ledger", "ledger"], dir.path(), 1);
    let index = index(&dir.path().join("out"));
    let findings = |item: &Json| item["findings"].as_array().unwrap().len();
    let damaged: Vec<&Json> = index.iter().filter(|item| findings(item) > 0).collect();
    assert_eq!((index.len(), damaged.len()), (2, 1));
    assert_eq!(damaged[0]["findings"][0]["structure"], "BLOCKTRAILER.dwCRC");
    let ledger = lines(&dir.path().join("ledger"));
    assert_eq!(ledger.len(), 2);
    assert_eq!(ledger[0], *damaged[0]);
    for (name, count) in [("found", 2), ("whole", 1), ("part", 1), ("missing", 0)] {
        assert_eq!(ledger[1]["totals"][name], count, "{name}");
    }
}

/// What no page of the node B-tree names any more is found by what is in the blocks, as pff2mt finds it.
#[test]
fn a_file_without_its_node_tree_gives_what_its_stream_gives() {
    let dir = tempfile::tempdir().unwrap();
    let broken = dir.path().join("broken.pst");
    let command = |tool: &str, args: &[&str]| {
        let output = Command::new(tool).args(args).current_dir(dir.path()).output().unwrap();
        (output.status.code().unwrap(), output.stdout)
    };
    let sample = fixture("sample.pst");
    let args = [sample.to_str().unwrap(), "broken.pst", "--kind", "nbt-leaf", "--count", "9"];
    assert_eq!(command(env!("CARGO_BIN_EXE_pffbreak"), &args).0, 0);
    let (code, stream) = command(env!("CARGO_BIN_EXE_pff2mt"), &[broken.to_str().unwrap()]);
    assert_eq!(code, 1);
    assert_eq!(run(&["broken.pst", "-o", "file"], dir.path()).0, 1);
    run_with(&["-o", "stream"], dir.path(), &stream);
    let bytes = |out: &str| {
        let index = index(&dir.path().join(out));
        index.iter().map(|item| (item["path"].to_string(), item["sha256"].to_string())).collect::<Vec<_>>()
    };
    assert_eq!(bytes("file"), bytes("stream"));
    export("sample.pst", &["-o", "sound"], dir.path(), 0);
    let subjects =
        |out: &str| index(&dir.path().join(out)).iter().map(|i| i["subject"].to_string()).collect::<Vec<_>>();
    let (mut found, mut sound) = (subjects("file"), subjects("sound"));
    found.sort();
    sound.sort();
    assert_eq!(found, sound);
}

#[test]
fn a_file_that_cannot_be_read_says_so_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("letter.doc"), "Dear Sir or Madam").unwrap();
    fs::write(dir.path().join("empty"), "").unwrap();
    for (input, message) in
        [("letter.doc", "found \"Dear\""), ("missing.pst", "no such file"), (".", "a directory"), ("empty", "empty")]
    {
        let (code, stderr) = run(&[input, "-o", "out"], dir.path());
        assert_eq!(code, 3, "{input}: {stderr}");
        assert!(stderr.contains(message) && stderr.contains(input), "{input}: {stderr}");
    }
    assert_eq!(run_with(&["-o", "out"], dir.path(), b"").0, 3);
    assert!(!dir.path().join("out").exists());
    assert_eq!(run(&["letter.doc"], dir.path()).0, 2);
    assert_eq!(run(&["letter.doc", "-o", "out", "--folder", "a["], dir.path()).0, 2);
}

#[test]
fn what_was_complete_before_a_cut_is_kept() {
    let stream = export_file(&fixture("sample.pst"), false, Options::new("")).unwrap().stream;
    let cut = &stream[..stream.len() / 2];
    let mut reader = Reader::new(cut).unwrap();
    while let Ok(Some(_)) = reader.next_frame() {}
    // The last one is not whole.
    let complete = reader.counts().messages as usize - 1;
    let dir = tempfile::tempdir().unwrap();
    let (code, stderr) = run_with(&["-o", "out"], dir.path(), cut);
    assert_eq!(code, 3, "{stderr}");
    assert!(complete > 5 && stderr.contains("the stream is cut"), "{stderr}");
    assert_eq!(check_index(&dir.path().join("out")), complete);
    let (code, _) = run_with(&["--zip", "out.zip"], dir.path(), cut);
    let zip = zip::ZipArchive::new(File::open(dir.path().join("out.zip")).unwrap()).unwrap();
    assert_eq!((code, zip.len()), (3, contents(&dir.path().join("out")).len()));
}

/// An input that says no more does not keep the run from ending.
#[cfg(unix)]
#[test]
fn a_signal_ends_the_run_and_keeps_what_was_complete() {
    let stream = export_file(&fixture("sample.pst"), false, Options::new("")).unwrap().stream;
    let dir = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_mt2eml"))
        .args(["-o", "out", "--jobs", "1"])
        .current_dir(dir.path())
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(&stream[..stream.len() / 2]).unwrap();
    // It listens to signals before it writes.
    let mail = dir.path().join("out/Top of Outlook data file/Deleted Items/Old news (200104).eml");
    while !mail.exists() {
        assert!(child.try_wait().unwrap().is_none());
        std::thread::yield_now();
    }
    let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(check_index(&dir.path().join("out")) >= 1);
    drop(input);
}

/// A frame that can't be read, between two that can.
#[test]
fn a_bad_item_does_not_end_the_run() {
    let mut bytes = Vec::new();
    let mut ends = Vec::new();
    for n in 1..=3 {
        let mut stream = Stream::new();
        (0..n).for_each(|i| stream.message(0x24 + i * 0x20, 1, Item::mail("Subject", MONDAY)));
        bytes = stream.finish();
        ends.push(bytes.len());
    }
    // The number of properties of the second message: behind size, type, id and parent.
    bytes[ends[0] + 32..ends[0] + 34].copy_from_slice(&[0xFF, 0xFF]);
    let dir = tempfile::tempdir().unwrap();
    let (code, stderr) = run_with(&["-o", "out", "--ledger", "ledger"], dir.path(), &bytes);
    assert_eq!(code, 1, "{stderr}");
    assert_eq!(check_index(&dir.path().join("out")), 3);
    let ledger = lines(&dir.path().join("ledger"));
    assert_eq!((ledger.len(), &ledger[0]["kind"], &ledger[0]["path"]), (2, &Json::from("frame"), &Json::Null));
    assert_eq!(paths(&dir.path().join("out")).len(), 2);
}

#[test]
fn an_output_that_cannot_be_written_is_the_targets_failure() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    let stderr = export("sample.pst", &["-o", "file/out"], dir.path(), 4);
    assert!(stderr.contains("file/out"), "{stderr}");
    export("sample.pst", &["--zip", "no/such/dir.zip"], dir.path(), 4);
}

/// No file may be larger than a limit, which is what a full disk is like.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_ends_the_run() {
    let dir = tempfile::tempdir().unwrap();
    for (how, left) in [
        ("-o out --jobs 1", None),
        ("-o out8 --jobs 8", None),
        ("-o mbox --mail mbox", None),
        ("--zip out.zip", Some("out.zip")),
    ] {
        let script = format!("trap '' XFSZ; ulimit -f 8; exec \"$MT2EML\" \"$FILE\" {how}");
        let output = Command::new("bash")
            .args(["-c", &script])
            .env("MT2EML", env!("CARGO_BIN_EXE_mt2eml"))
            .env("FILE", fixture("sample.pst"))
            .current_dir(dir.path())
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(4), "{how}: {stderr}");
        assert!(stderr.contains("can't be written"), "{how}: {stderr}");
        assert!(!stderr.contains("ZipWriter"), "{how}: {stderr}");
        // No zip file that looks whole, and nothing of what was in the making.
        assert!(left.is_none_or(|name| !dir.path().join(name).exists()));
        let all = tree(dir.path()).into_keys();
        assert_eq!(all.filter(|path| path.contains(".part")).count(), 0, "{how}");
    }
}

/// What is whole in the output is in the index, though something else could not be written.
#[cfg(target_os = "linux")]
#[test]
fn what_was_written_before_a_disk_was_full_is_listed() {
    let mut stream = Stream::new();
    for nid in 1..=40u64 {
        // One is too large.
        let size = if nid == 5 { 100_000 } else { 100 };
        let item = Item::mail("Subject", MONDAY).attach("a.bin", "application/octet-stream", vec![0; size]);
        stream.message(nid * 0x20 + 4, 1, item);
    }
    let stream = stream.finish();
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("box.mt"), &stream).unwrap();
    for jobs in ["1", "8"] {
        let script = format!("trap '' XFSZ; ulimit -f 32; exec \"$MT2EML\" box.mt -o {jobs} --jobs {jobs}");
        let mut command = Command::new("bash");
        command.args(["-c", &script]).env("MT2EML", env!("CARGO_BIN_EXE_mt2eml")).current_dir(dir.path());
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stderr));
        let out = dir.path().join(jobs);
        let listed = index(&out).iter().filter(|item| item["path"].is_string()).count();
        assert_eq!((listed, listed >= 4), (paths(&out).len(), true), "{jobs}");
        check_index(&out);
    }
}

/// A stream or a file comes through a pipe that has a name, too.
#[cfg(unix)]
#[test]
fn a_pipe_with_a_name_is_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    export("sample.pst", &["-o", "file"], dir.path(), 0);
    let stream = export_file(&fixture("sample.pst"), false, Options::new("")).unwrap().stream;
    fs::write(dir.path().join("box.mt"), stream).unwrap();
    fs::copy(fixture("sample.pst"), dir.path().join("box.pst")).unwrap();
    for input in ["box.mt", "box.pst"] {
        let script = format!("\"$MT2EML\" <(cat {input}) -o {input}.out");
        let mut command = Command::new("bash");
        command.args(["-c", &script]).env("MT2EML", env!("CARGO_BIN_EXE_mt2eml")).current_dir(dir.path());
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{input}: {}", String::from_utf8_lossy(&output.stderr));
        let out = dir.path().join(format!("{input}.out"));
        assert!(contents(&out) == contents(&dir.path().join("file")), "{input}");
    }
}
