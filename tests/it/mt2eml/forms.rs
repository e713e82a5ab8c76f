//! What is written, and in which form.

use super::*;

#[test]
fn a_zip_file_holds_the_same_as_the_directory() {
    let dir = tempfile::tempdir().unwrap();
    for mail in ["eml", "mbox", "maildir"] {
        export("sample.pst", &["-o", mail, "--mail", mail], dir.path(), 0);
        let name = format!("{mail}.zip");
        export("sample.pst", &["--zip", &name, "--mail", mail], dir.path(), 0);
        let mut zip = zip::ZipArchive::new(File::open(dir.path().join(&name)).unwrap()).unwrap();
        let mut entries = BTreeMap::new();
        for i in 0..zip.len() {
            let mut entry = zip.by_index(i).unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            let name = entry.name().unwrap().into_owned();
            if name.contains("Welcome to your mailbox (200024)") {
                assert_eq!(entry.last_modified().unwrap().to_string(), "2024-03-04 09:01:00");
            }
            assert!(entries.insert(name, bytes).is_none());
        }
        assert!(entries == contents(&dir.path().join(mail)), "{mail}");
    }
    let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 6, "{left:?}");
}

#[test]
fn filters() {
    let dir = tempfile::tempdir().unwrap();
    let mut n = 0;
    let mut filtered = |args: &[&str]| {
        n += 1;
        let out = n.to_string();
        export("sample.pst", &[&["-o", &out], args].concat(), dir.path(), 0);
        subjects(&dir.path().join(out))
    };
    assert_eq!(filtered(&["--folder", "inbox/projects", "--folder", "*/junk*"]), ["You have won"]);
    assert_eq!(filtered(&["--folder", "projects"]), ["A note in a folder", "Minutes"]);
    assert_eq!(filtered(&["--folder", "Top*/Inbox/Projects"]), ["A note in a folder", "Minutes"]);
    assert_eq!(filtered(&["--folder", "Sent Items"]), ["RE: Welcome to your mailbox", "Rich text"]);
    assert_eq!(filtered(&["--until", "2023-05-09", "--class", "IPM.Note"]), ["Old news"]);
    assert_eq!(filtered(&["--until", "2023-05-09T09:01:00Z", "--class", "IPM.Note"]), [""; 0]);
    assert_eq!(filtered(&["--until", "2023-05-09T09:01:01Z", "--class", "ipm.note"]), ["Old news"]);
    assert_eq!(filtered(&["--class", "IPM.Contact"]).len(), 2);
    assert_eq!(filtered(&["--since", "100y"]).len(), 30);
    assert_eq!(filtered(&["--since", "2090-01-01", "--class", "IPM.Note"]), [""; 0]);
    assert_eq!(filtered(&["--exclude", "Top of Outlook data file"]), [""; 0]);
    assert_eq!(filtered(&["--with-assoc"]).len(), 32);
    assert_eq!(filtered(&["--max-size", "1GB"]).len(), 30);
    let small = filtered(&["--max-size", "8KB"]).len();
    assert!(small > 20 && small < 30, "{small}");
    let stderr = export("sample.pst", &["-o", "told", "--folder", "Inbox", "--exclude", "projects"], dir.path(), 0);
    assert!(stderr.contains(" items left out") && !stderr.contains("no folder is called"), "{stderr}");
    let args = ["-o", "warned", "--folder", "Inbox", "--folder", "Imbox", "--exclude", "Top/Project"];
    let stderr = export("sample.pst", &args, dir.path(), 0);
    let warned = |name: &str| stderr.contains(&format!("no folder is called {name};"));
    assert!(warned("Imbox") && warned("Top/Project") && !warned("Inbox"), "{stderr}");
}

/// A series is wanted as long as it goes on, a task that is still to be done by the day on which it is due.
#[test]
fn times_of_series_and_tasks() {
    let dir = tempfile::tempdir().unwrap();
    let mut n = 0;
    let mut filtered = |args: &[&str]| {
        n += 1;
        let out = n.to_string();
        let classes = ["--class", "IPM.Appointment", "--class", "IPM.Task"];
        export("sample.pst", &[&["-o", &out], &classes[..], args].concat(), dir.path(), 0);
        subjects(&dir.path().join(out))
    };
    assert_eq!(filtered(&["--since", "2024-04-15"]), ["Weekly meeting"]);
    assert_eq!(filtered(&["--since", "2024-05-07"]), [""; 0]);
    assert_eq!(filtered(&["--until", "2024-03-04T09:30", "--since", "2024-03-04T09:01"]), ["Weekly meeting"]);
    let tasks = ["Buy milk", "Dentist", "Holiday", "Weekly meeting", "Write the report"];
    assert_eq!(filtered(&["--since", "2024-03-05"]), tasks);
}

/// Mail about a meeting is of when it came, not of when the meeting begins; times that are none are passed over.
#[test]
fn meeting_mail_is_of_when_it_came() {
    const START: u32 = 0x8001_0040;
    let mut stream = Stream::new();
    let name = PropName::lid(PSETID_APPOINTMENT, 0x820D);
    stream.put(Frame::NamedProperty(NamedProperty { tag: PropTag(START), name }));
    let (years, none) = (|n: i64| time(MONDAY + n * 366 * DAY), Value::I64(0x0CB3_4557_A3DD_4000));
    let request = Item::mail("Request", MONDAY).set(0x001A_001F, text("IPM.Schedule.Meeting.Request"));
    stream.message(0x24, 1, request.set(START, years(6)));
    stream.message(0x44, 1, Item::mail("Note", MONDAY).set(START, years(6)));
    stream.message(0x64, 1, Item::mail("Unsent", MONDAY).set(0x0E06_0040, none.clone()).set(START, none.clone()));
    let meeting = |subject| Item::mail(subject, MONDAY).set(0x001A_001F, text("IPM.Appointment"));
    stream.message(0x84, 1, meeting("Meeting").set(START, years(6)));
    let report =
        Item::new("REPORT.IPM.Note.NDR", "Report", MONDAY).set(0x3007_0040, years(6)).set(0x3008_0040, years(6));
    stream.message(0xA4, 1, report.set(0x0032_0040, time(MONDAY)));
    let stream = stream.finish();
    let dir = tempfile::tempdir().unwrap();
    let args = ["-o", "out", "--mail", "maildir", "--until", "2025-01-01"];
    assert_eq!(run_with(&args, dir.path(), &stream).0, 0);
    let out = dir.path().join("out");
    assert_eq!(subjects(&out), ["Note", "Report", "Request", "Unsent"]);
    let seconds = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() as i64;
    for (path, (_, time)) in tree(&out).into_iter().filter(|(path, _)| path.contains("cur/")) {
        let came = if path.contains(".24.") || path.contains(".44.") { MONDAY + 60 } else { MONDAY };
        assert!(path.starts_with(&format!("cur/{came}.")) && seconds(time) == came, "{path}");
    }
    assert_eq!(run_with(&["-o", "late", "--since", "2030-01-01"], dir.path(), &stream).0, 0);
    assert_eq!(subjects(&dir.path().join("late")), ["Meeting"]);
}

/// What is associated is so by its node, whether its flags say it or not, and a stream tells it on.
#[test]
fn associated_messages_are_known() {
    let dir = tempfile::tempdir().unwrap();
    let kinds = |out: &str| {
        let index = fs::read_to_string(dir.path().join(out).join("index.jsonl")).unwrap();
        ["fai", "message"].map(|kind| index.matches(&format!("{{\"kind\":\"{kind}\"")).count())
    };
    export("sample.pst", &["-o", "all", "--with-assoc"], dir.path(), 0);
    assert_eq!(kinds("all"), [2, 30]);
    let options = Options { assoc: true, ..Options::new("") };
    let stream = export_file(&fixture("sample.pst"), false, options).unwrap().stream;
    assert_eq!(run_with(&["-o", "some"], dir.path(), &stream).0, 0);
    assert_eq!(kinds("some"), [0, 30]);
}

#[test]
fn one_file_for_all_calendars_and_contacts_of_a_user() {
    let dir = tempfile::tempdir().unwrap();
    export("sample.pst", &["-o", "out", "--layout", "user"], dir.path(), 0);
    let out = dir.path().join("out");
    assert_eq!(check_index(&out), 30);
    let tops: HashSet<String> = paths(&out).iter().map(|path| path.split('/').next().unwrap().to_owned()).collect();
    let expected = ["Calendar.ics", "Tasks.ics", "Journal.ics", "Contacts.csv", "Contacts.vcf", "mail"];
    assert_eq!(tops, expected.map(str::to_owned).into());
    let calendar = fs::read_to_string(out.join("Calendar.ics")).unwrap();
    assert_eq!(calendar.matches("BEGIN:VCALENDAR").count(), 1);
    assert!(calendar.ends_with("END:VCALENDAR\r\n"));
    // Two contacts below the names of the columns; the list of them has no place in a table.
    let contacts = csv::Reader::from_path(out.join("Contacts.csv")).unwrap().into_records().count();
    assert_eq!(contacts, 2);
    assert_eq!(
        export("sample.pst", &["-o", "x", "--layout", "user", "--calendar", "item"], dir.path(), 2).lines().count(),
        1
    );
}

/// The stream of the sample, with a copy of its calendar in a folder with what `change` sets.
fn with_copy(change: impl Fn(&mut Props<'_>)) -> Vec<u8> {
    const COPIES: u64 = 0x1000_0000;
    let stream = export_file(&fixture("sample.pst"), false, Options::new("")).unwrap().stream;
    let mut reader = Reader::new(&stream[..]).unwrap();
    let mut writer = Writer::new(Vec::new(), reader.header()).unwrap();
    let mut calendar = None;
    while let Some(frame) = reader.next_frame().unwrap() {
        writer.write(&Encoded::frame(&frame).unwrap()).unwrap();
        let copy = match frame {
            Frame::Folder(folder) if folder.props.str(pr::DISPLAY_NAME) == Some("Calendar") => {
                calendar = Some(folder.nid);
                let mut props = folder.props.clone();
                props.set(pr::DISPLAY_NAME, Value::str("Copy"));
                change(&mut props);
                Frame::Folder(Folder { nid: folder.nid + COPIES, props, ..folder })
            }
            Frame::Message(message) if Some(message.parent.nid) == calendar => {
                let parent = Parent { nid: message.parent.nid + COPIES, ..message.parent };
                Frame::Message(MessageFrame { nid: message.nid + COPIES, parent, ..message })
            }
            _ => continue,
        };
        writer.write(&Encoded::frame(&copy).unwrap()).unwrap();
    }
    writer.finish().unwrap()
}

/// Each calendar can be read without the others.
#[test]
fn every_calendar_tells_its_time_zones() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(run_with(&["-o", "out"], dir.path(), &with_copy(|_| ())).0, 0);
    let top = dir.path().join("out/Top of Outlook data file");
    let [calendar, copy] =
        ["Calendar", "Copy"].map(|name| fs::read_to_string(top.join(format!("{name}/{name}.ics"))).unwrap());
    assert!(calendar.contains("BEGIN:VTIMEZONE"));
    assert_eq!(calendar, copy);
}

/// What is deleted or hidden is in the output, but not among what is imported, and it makes nobody busy.
#[test]
fn deleted_and_hidden_items_do_not_come_back() {
    let dir = tempfile::tempdir().unwrap();
    // Events of the calendar and of files elsewhere, and the busy times of the folder with the copies.
    let counts = |name: &str, folder: &str, change: &dyn Fn(&mut Props<'_>)| {
        let stream = with_copy(change);
        assert_eq!(run_with(&["-o", name, "--layout", "user"], dir.path(), &stream).0, 0);
        let out = dir.path().join(name);
        let events = |path: &str| fs::read_to_string(out.join(path)).unwrap().matches("BEGIN:VEVENT").count();
        let aside = paths(&out).into_iter().filter(|path| path.starts_with("mail/") && path.ends_with(".ics"));
        let aside: usize = aside.map(|path| events(&path)).sum();
        let name = format!("busy, {name}");
        let range = ["--ifb", "2024-01-01/2025-01-01", "--folder", folder];
        assert_eq!(run_with(&[&["-o", &name], &range[..]].concat(), dir.path(), &stream).0, 0);
        let busy = fs::read_to_string(dir.path().join(name).join("FreeBusy.ifb")).unwrap();
        (events("Calendar.ics"), aside, busy.contains("FREEBUSY;"))
    };
    let (all, aside, is_busy) = counts("in view", "Copy", &|_| ());
    assert_eq!((aside, is_busy), (0, true));
    let name = "Gelöschte Elemente";
    let deleted = counts("deleted", name, &|props| props.set(pr::DISPLAY_NAME, Value::str(name)));
    let hidden = counts("hidden", "Copy", &|props| props.set(pr::ATTR_HIDDEN, Value::Bool(1)));
    assert_eq!([deleted, hidden], [(all / 2, all / 2, false); 2]);
}

#[test]
fn an_item_a_file() {
    let dir = tempfile::tempdir().unwrap();
    export("sample.pst", &["-o", "out", "--calendar", "item", "--contacts", "item"], dir.path(), 0);
    let out = dir.path().join("out");
    assert_eq!(check_index(&out), 30);
    let of = |extension: &str| paths(&out).iter().filter(|path| path.ends_with(extension)).count();
    assert_eq!((of(".eml"), of(".ics"), of(".vcf")), (19, 8, 3));
    let note = paths(&out).into_iter().find(|path| path.contains("/Remember the milk")).unwrap();
    let note = fs::read_to_string(out.join(note)).unwrap();
    assert!(note.contains("BEGIN:VJOURNAL") && note.contains("SUMMARY:Remember the milk"), "{note}");
}

#[test]
fn mbox_and_maildir() {
    let dir = tempfile::tempdir().unwrap();
    export("sample.pst", &["-o", "mbox", "--mail", "mbox"], dir.path(), 0);
    let inbox = fs::read_to_string(dir.path().join("mbox/Top of Outlook data file/Inbox/Inbox.mbox")).unwrap();
    let starts = inbox.lines().filter(|line| line.starts_with("From ")).count();
    export("sample.pst", &["-o", "maildir", "--mail", "maildir"], dir.path(), 0);
    let maildir = dir.path().join("maildir/Top of Outlook data file/Inbox");
    let mails: Vec<String> =
        fs::read_dir(maildir.join("cur")).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!((starts, mails.len()), (12, 12));
    assert!(maildir.join("new").is_dir() && maildir.join("tmp").is_dir());
    let welcome = format!("{}.200024.pffkit:2,", MONDAY + 60);
    assert!(mails.iter().any(|name| name.starts_with(&welcome)), "{mails:?}");
    let draft = dir.path().join("maildir/Top of Outlook data file/Drafts/cur");
    let draft = fs::read_dir(draft).unwrap().next().unwrap().unwrap().file_name().into_string().unwrap();
    assert!(draft.split(",").nth(1).unwrap().contains('D'), "{draft}");
}

/// An mbox is the mails themselves, once what stands for its format is taken off: the lines between mails, quoting, and the flags.
#[test]
fn an_mbox_keeps_flags_and_else_what_the_mails_are() {
    let came = "From: a@example.org\r\nTo: b@example.org\r\nSubject: s\r\nDate: Mon, 4 Mar 2024 09:00:00 +0000\r\n\
        Message-ID: <a@example.org>\r\nX-A: 1\r\n";
    let mut stream = Stream::new();
    let flags = |item: Item, flags, verb, flag, status| {
        let item = item.set(0x0E07_0003, Value::I32(flags)).set(0x1081_0003, Value::I32(verb));
        item.set(0x1090_0003, Value::I32(flag)).set(0x0E17_0003, Value::I32(status))
    };
    let mail = |subject| Item::mail(subject, MONDAY).body("From me\r\n>From you\r\n\r\nStatus: none\r\n");
    stream.message(0x24, 1, flags(mail("new"), 0, 0, 0, 0));
    stream.message(0x44, 1, flags(mail("all"), 9, 103, 2, 8));
    stream.message(0x64, 1, mail("kept").set(0x007D_001F, text(came)).embed("inner", mail("inner")));
    let stream = stream.finish();
    let dir = tempfile::tempdir().unwrap();
    for form in ["eml", "mbox"] {
        assert_eq!(run_with(&["-o", form, "--mail", form], dir.path(), &stream).0, 0);
    }
    let mbox = fs::read_to_string(dir.path().join("mbox/Items.mbox")).unwrap();
    let found: Vec<&str> = mbox.lines().filter(|line| line.contains("Status: ")).collect();
    let body = "Status: none";
    assert_eq!(found, ["Status: O", body, "Status: RO", "X-Status: AFDT", body, "Status: RO", body, body]);
    let mut mails = index(&dir.path().join("mbox")).into_iter().map(|item| {
        let (start, size) = (item["offset"].as_u64().unwrap() as usize, item["size"].as_u64().unwrap() as usize);
        let lines = mbox[start..start + size].strip_suffix("\n\n").unwrap().split('\n').skip(1);
        let is_flag = |line: &&str| line.contains("Status: ") && *line != body;
        let unquoted = lines.filter(|line| !is_flag(line)).map(|line| {
            let is_quoted = line.starts_with('>') && line.trim_start_matches('>').starts_with("From ");
            if is_quoted { &line[1..] } else { line }
        });
        unquoted.map(|line| format!("{line}\r\n")).collect::<String>()
    });
    let eml = contents(&dir.path().join("eml"));
    for name in ["new (24)", "all (44)", "kept (64)"] {
        assert_eq!(mails.next().unwrap(), String::from_utf8_lossy(&eml[&format!("{name}.eml")]), "{name}");
    }
    // Those of another mailbox are left out, in the mbox only.
    let mut stream = Stream::new();
    stream.message(0x24, 1, mail("kept").set(0x007D_001F, text(&format!("{came}status: U\r\nX-STATUS: D\r\n"))));
    let stream = stream.finish();
    for (form, path, count) in [("eml", "kept (24).eml", 2), ("mbox", "Items.mbox", 1)] {
        assert_eq!(run_with(&["-o", form, "--mail", form, "--force"], dir.path(), &stream).0, 0);
        let text = fs::read_to_string(dir.path().join(form).join(path)).unwrap();
        assert_eq!(text.to_lowercase().matches("status: ").count(), count + 1, "{text}");
    }
}

#[test]
fn an_index_for_spreadsheets_has_no_formulas() {
    let mut stream = Stream::new();
    stream.message(
        0x24,
        1,
        Item::mail("=HYPERLINK(\"http://example.org\")", MONDAY).attach("a,b.txt", "text/plain", &b"abc"[..]),
    );
    stream.folder(0x122, 1, "-rf");
    stream.message(0x44, 0x122, Item::mail("plain", MONDAY));
    let dir = tempfile::tempdir().unwrap();
    let (code, stderr) = run_with(&["-o", "out", "--index", "csv"], dir.path(), &stream.finish());
    assert_eq!(code, 0, "{stderr}");
    let mut reader = csv::Reader::from_path(dir.path().join("out/index.csv")).unwrap();
    let rows: Vec<BTreeMap<String, String>> = reader.deserialize().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["subject"], "'=HYPERLINK(\"http://example.org\")");
    assert_eq!((rows[0]["attachments"].as_str(), rows[0]["attachment_sizes"].as_str()), ("a,b.txt", "3"));
    assert_eq!((rows[1]["subject"].as_str(), rows[1]["nid"].as_str()), ("plain", "0x44"));
    // What it names is there.
    assert_eq!(
        [&rows[0]["path"], &rows[1]["path"]],
        ["_HYPERLINK(_http___example.org_) (24).eml", "_rf/plain (44).eml"]
    );
    assert!(rows.iter().all(|row| dir.path().join("out").join(&row["path"]).is_file()));
}

#[test]
fn what_a_contact_has_attached_is_in_a_mail_beside_it() {
    let contact = |name: &str| Item::mail(name, MONDAY).set(0x001A_001F, Value::str("IPM.Contact"));
    let mut stream = Stream::new();
    stream.message(0x24, 1, contact("Jane").attach("plan.txt", "text/plain", &b"the plan"[..]));
    stream.message(0x44, 1, contact("John"));
    stream.message(0x64, 1, contact("Ann").attach("ContactPicture.jpg", "image/jpeg", &b"jpeg"[..]));
    let stream = stream.finish();
    let dir = tempfile::tempdir().unwrap();
    for (form, beside) in [("folder", 1), ("item", 1), ("csv", 2)] {
        let (code, stderr) = run_with(&["-o", form, "--contacts", form], dir.path(), &stream);
        assert_eq!(code, 0, "{stderr}");
        let out = dir.path().join(form);
        assert_eq!(check_index(&out), 3);
        let mails: Vec<_> = paths(&out).into_iter().filter(|path| path.ends_with(".eml")).collect();
        assert_eq!(mails.len(), beside, "{mails:?}");
        let mail = fs::read(out.join(index(&out)[0]["attached_in"]["path"].as_str().unwrap())).unwrap();
        let parsed = mail_parser::MessageParser::default().parse(&mail).unwrap();
        assert_eq!(parsed.attachment(0).unwrap().contents(), b"the plan");
    }
    let (code, stderr) = run_with(&["--zip", "out.zip"], dir.path(), &stream);
    assert_eq!(code, 0, "{stderr}");
    let mut zip = zip::ZipArchive::new(File::open(dir.path().join("out.zip")).unwrap()).unwrap();
    for (path, (bytes, _)) in tree(&dir.path().join("folder")) {
        let mut found = Vec::new();
        zip.by_name(&path).unwrap().read_to_end(&mut found).unwrap();
        assert_eq!(found, bytes, "{path}");
    }
}

#[test]
fn forms_that_are_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let options = ["-o", "out", "--keep-rtf", "--contacts", "thunderbird-csv", "--vcard", "3.0"];
    let stderr = export("sample.pst", &options, dir.path(), 1);
    assert!(stderr.contains("no column for Title\n"), "{stderr}");
    assert!(stderr.contains("29 of 30 items are whole, 1 in part"), "{stderr}");
    let files = contents(&dir.path().join("out"));
    let text = |name: &str| {
        let (_, bytes) = files.iter().find(|(path, _)| path.contains(name)).unwrap();
        String::from_utf8_lossy(bytes).into_owned()
    };
    assert!(text("Rich text").contains("filename=body.rtf"));
    assert!(text("Contacts.vcf").contains("VERSION:3.0"));
    // [`pffkit::mime::csv::Dialect::Thunderbird`] has 37 columns.
    assert_eq!(text("Contacts.csv").lines().next().unwrap().split("\",\"").count(), 37);
}

#[test]
fn busy_times_of_a_range() {
    let busy = |range: &str| {
        let dir = tempfile::tempdir().unwrap();
        export("sample.pst", &["-o", "out", "--ifb", range], dir.path(), 0);
        let text = fs::read_to_string(dir.path().join("out/FreeBusy.ifb")).unwrap();
        text.lines()
            .filter_map(|line| line.strip_prefix("FREEBUSY;FBTYPE=BUSY:"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    // Ten weeks less the one that is deleted, the dentist and the holiday.
    assert_eq!(busy("2020-01-01/2030-01-01").len(), 9 + 2);
    let expected = ["20240401T070000Z/20240401T080000Z", "20240403T000000Z/20240404T000000Z"];
    assert_eq!(busy("2024-04-01/2024-04-08"), expected);
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(run(&["--ifb", "2024-04-08/2024-04-01", "-o", "out"], dir.path()).0, 2);
}

#[test]
fn tnef_gives_what_is_in_it_where_that_is_asked_for() {
    let attribute = |id: u32, data: &[u8]| {
        let sum = data.iter().fold(0u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
        [&[2], &id.to_le_bytes()[..], &(data.len() as u32).to_le_bytes(), data, &sum.to_le_bytes()].concat()
    };
    let head = [&0x223E_9F78u32.to_le_bytes()[..], &[0, 0]].concat();
    let parts = [attribute(0x0006_9002, &[0; 14]), attribute(0x0001_8010, b"a.txt\0"), attribute(0x0006_800F, b"abc")];
    let tnef = [head, parts.concat()].concat();
    let mut stream = Stream::new();
    stream.message(0x24, 1, Item::mail("wrapped", MONDAY).attach("winmail.dat", "application/ms-tnef", tnef));
    let stream = stream.finish();
    let dir = tempfile::tempdir().unwrap();
    for (args, name) in [(&["-o", "as-is"][..], "winmail.dat"), (&["-o", "unwrapped", "--unwrap-tnef"], "a.txt")] {
        assert_eq!(run_with(args, dir.path(), &stream).0, 0);
        let (_, mail) =
            contents(&dir.path().join(args[1])).into_iter().find(|(path, _)| path.ends_with(".eml")).unwrap();
        let parsed = mail_parser::MessageParser::default().parse(&mail).unwrap();
        let names: Vec<_> = parsed.attachments().map(|part| part.attachment_name()).collect();
        assert_eq!(names, [Some(name)]);
    }
}

/// The index tells of a mail what its file does.
#[test]
fn the_index_and_the_mail_agree() {
    let came = |from: &str| format!("From: {from}\r\nTo: a@b.c\r\nMessage-ID: <came@example.org>\r\n");
    let mut stream = Stream::new();
    let mail = |n: u64| Item::mail("Subject", MONDAY + n as i64);
    let headers =
        ["\"Doe, J. \\\"x\\\"\" <j@x.org>", "=?iso-8859-1?Q?J=F6rg?= <j@x.org>", "j@x.org", "A <a@x.org>, B <b@x.org>"];
    for (n, from) in (1..).zip(headers) {
        stream.message(n * 0x20 + 4, 1, mail(n).set(0x007D_001F, text(&came(from))));
    }
    let mut nobody = mail(5).0;
    nobody
        .props
        .retain(|tag, _| ![0x1035, 0x0042, 0x0064, 0x0065, 0x003B].contains(&tag.id()) && tag.id() >> 8 != 0x0C);
    stream.message(0xA4, 1, Item(nobody));
    stream.message(0xC4, 1, mail(6).from("Jörg", "j@exämple.org"));
    let stream = stream.finish();
    let dir = tempfile::tempdir().unwrap();
    for form in ["eml", "mbox"] {
        assert_eq!(run_with(&["-o", form, "--mail", form], dir.path(), &stream).0, 0);
        let index = index(&dir.path().join(form));
        let senders: Vec<_> = index.iter().map(|item| item["sender"].as_str().unwrap()).collect();
        let expected = ["Doe, J. \"x\" <j@x.org>", "Jörg <j@x.org>", "j@x.org", "A <a@x.org>, B <b@x.org>", ""];
        assert_eq!(senders, [&expected[..], &["Jörg <j@xn--exmple-cua.org>"]].concat());
        for item in index {
            let path = dir.path().join(form).join(item["path"].as_str().unwrap());
            let id = item["message_id"].as_str().unwrap();
            assert!(
                id.ends_with('>') && fs::read_to_string(path).unwrap().contains(&format!("Message-ID: {id}")),
                "{id}"
            );
        }
    }
}

/// What one item tells of an address is used for those behind it, and for the others what the user tells.
#[test]
fn addresses_of_exchange() {
    const X500: &str = "/O=ORG/OU=A/CN=JANE";
    let from = |item: Item| {
        let item = item.set(0x0064_001F, Value::str("EX")).set(0x0065_001F, Value::str(X500));
        item.set(0x0C1E_001F, Value::str("EX")).set(0x0C1F_001F, Value::str(X500)).set(0x003B_0102, Value::Null).0
    };
    let mut stream = Stream::new();
    for (nid, known) in [(0x24, false), (0x44, true), (0x64, false)] {
        let mut message = from(Item::mail("Subject", MONDAY));
        message.props.retain(|tag, _| tag.id() != 0x003B && tag.id() != 0x0C1D);
        if known {
            message.props.set(pffkit::mapi::PropTag(0x5D02_001F), Value::str("jane@example.org"));
        }
        stream.message(nid, 1, Item(message));
    }
    let stream = stream.finish();
    let dir = tempfile::tempdir().unwrap();
    let senders = |out: &str, args: &[&str]| {
        let (code, stderr) = run_with(&[&["-o", out], args].concat(), dir.path(), &stream);
        assert_eq!(code, 0, "{stderr}");
        index(&dir.path().join(out)).iter().map(|item| item["sender"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let learnt = senders("learnt", &["--jobs", "8"]);
    assert!(learnt[0].contains("IMCEAEX"), "{learnt:?}");
    assert_eq!(learnt[1..], ["Jane Doe <jane@example.org>", "Jane Doe <jane@example.org>"]);
    fs::write(dir.path().join("map"), format!("{X500}\ttold@example.org\n")).unwrap();
    let told = senders("told", &["--ex-map", "map"]);
    assert_eq!(told, ["told", "jane", "jane"].map(|name| format!("Jane Doe <{name}@example.org>")));
}
