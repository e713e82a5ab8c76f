use jiff::civil::DateTime;

use super::keys::*;
use super::*;
use crate::mapi::{PropTag, Props, Value};
use crate::mime::testing::{Stage, at, hex, text, unfolded};
use crate::mime::{Key, View};
use crate::mt::object::Attachment;

/// [MS-OXOCAL] 4.1.1.2: Mondays, Thursdays and Fridays at 10:00, 12 times; that of 2007-04-16 at 11:00, with another subject and place.
const WEEKLY: &str = "043004300B2001000000C0210000010000000000000032000000222000000C0000000000000001000000A096BC0C01000000A096BC0C8020BC0C20ADBC0C0630000009300000580200007602000001003499BC0C5299BC0CF898BC0C11002200210053696D706C6520526563757272656E6365207769746820657863657074696F6E730800070033342F34313431000000000400000000000000000000003499BC0C5299BC0CF898BC0C2100530069006D0070006C006500200052006500630075007200720065006E006300650020007700690074006800200065007800630065007000740069006F006E0073000700330034002F0034003100340031000000000000000000";
/// [MS-OXOCAL] 4.1.1.3: every third day at 8:00 from 2011-04-07 to 2011-05-04, without 2011-04-19 and 2011-04-22.
const DAILY: &str = "043004300A2000000000A0050000E010000000000000212000000A0000000000000002000000A0C1DC0C80D2DC0C00000000207EDC0C0016DD0C0630000009300000E0010000FE01000000000000000000000000";
/// Pacific time since 2007, as PidLidTimeZoneStruct.
const PACIFIC: &str =
    "E001000000000000C4FFFFFF000000000B0000000100020000000000000000000000030000000200020000000000000000";

fn key(tag: u32) -> Key {
    Key::Tag(PropTag(tag))
}

fn subject() -> Key {
    Key::Tag(pr::SUBJECT)
}

fn lines(stage: &Stage, message: &Message<'_>) -> Vec<String> {
    let mut out = Vec::new();
    let method = Method::of(stage.context().view(&message.props));
    assert!(write(message, stage.context(), method, &mut out).unwrap());
    unfolded(out)
}

/// The lines of the `n`-th component called `name`, those of its parts included.
fn component<'l>(lines: &'l [String], name: &str, n: usize) -> &'l [String] {
    let begin = lines.iter().enumerate().filter(|(_, line)| **line == format!("BEGIN:{name}")).nth(n).unwrap().0;
    let end = lines[begin..].iter().position(|line| *line == format!("END:{name}")).unwrap();
    &lines[begin..=begin + end]
}

fn has(lines: &[String], expected: &[&str]) {
    for line in expected {
        assert!(lines.iter().any(|l| l == line), "{line} is not in {lines:#?}");
    }
}

fn has_no(lines: &[String], names: &[&str]) {
    for name in names {
        assert!(!lines.iter().any(|line| line.starts_with(name)), "{name} is in {lines:#?}");
    }
}

fn weekly(stage: &mut Stage) -> Message<'static> {
    weekly_with(stage, WEEKLY)
}

fn weekly_with(stage: &mut Stage, recur: &str) -> Message<'static> {
    stage.message(
        "IPM.Appointment",
        vec![
            (subject(), text("Simple Recurrence")),
            (LOCATION, text("34/4639")),
            (key(0x1000_001F), text("Bring your own")),
            (RECUR, hex(recur)),
            (TIME_ZONE_STRUCT, hex(PACIFIC)),
            (TIME_ZONE_DESCRIPTION, text("Pacific Standard Time")),
            (BUSY_STATUS, Value::I32(2)),
            (REMINDER_SET, Value::Bool(1)),
            (REMINDER_DELTA, Value::I32(0x5AE9_80E1)),
            (
                CLEAN_GLOBAL_OBJECT_ID,
                hex(&format!("040000008200E00074C5B7101A82E008{}10000000{}", "00".repeat(20), "AB".repeat(16))),
            ),
            (Key::Tag(pr::LAST_MODIFICATION_TIME), at("2007-03-01T12:00:00")),
        ],
    )
}

#[test]
fn a_series_and_its_exception() {
    let mut stage = Stage::default();
    let message = weekly(&mut stage);
    let lines = lines(&stage, &message);
    assert_eq!(lines[..4], ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//pffkit//pffkit//EN", "BEGIN:VTIMEZONE"]);
    let series = component(&lines, "VEVENT", 0);
    has(
        series,
        &[
            "DTSTAMP:20070301T120000Z",
            "DTSTART;TZID=America/Los_Angeles:20070326T100000",
            "DTEND;TZID=America/Los_Angeles:20070326T103000",
            "RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,TH,FR;WKST=SU;COUNT=12",
            "SUMMARY:Simple Recurrence",
            "TRIGGER:-PT15M",
            "TRANSP:OPAQUE",
        ],
    );
    has_no(series, &["EXDATE", "RECURRENCE-ID", "ORGANIZER"]);
    let exception = component(&lines, "VEVENT", 1);
    has(
        exception,
        &[
            "RECURRENCE-ID;TZID=America/Los_Angeles:20070416T100000",
            "DTSTART;TZID=America/Los_Angeles:20070416T110000",
            "DTEND;TZID=America/Los_Angeles:20070416T113000",
            "SUMMARY:Simple Recurrence with exceptions",
            "LOCATION:34/4141",
            "DESCRIPTION:Bring your own",
            "TRIGGER:-PT15M",
        ],
    );
    has_no(exception, &["RRULE"]);
    assert_eq!(series[1], exception[1], "the same UID");
    assert_eq!(stage.findings(), []);
}

#[test]
fn a_series_in_a_zone_without_a_name_and_without_some_days() {
    let mut stage = Stage::default();
    let message = stage.message("IPM.Appointment", vec![(RECUR, hex(DAILY)), (START_WHOLE, at("2011-04-07T06:00:00"))]);
    let lines = lines(&stage, &message);
    has(
        component(&lines, "VEVENT", 0),
        &[
            "DTSTART;TZID=UTC+0200:20110407T080000",
            "RRULE:FREQ=DAILY;INTERVAL=3;UNTIL=20110504T060000Z",
            "EXDATE;TZID=UTC+0200:20110419T080000,20110422T080000",
        ],
    );
    has(component(&lines, "VTIMEZONE", 0), &["TZID:UTC+0200", "TZOFFSETTO:+0200"]);
    assert!(stage.findings()[0].to_string().contains("120 minutes"));
}

#[test]
fn an_exception_with_a_message_of_its_own() {
    let mut stage = Stage::default();
    let mut message = weekly(&mut stage);
    // ARO_ATTACHMENT and ARO_EXCEPTIONAL_BODY beside subject and location, and the attachment flag behind the location.
    let blob = WEEKLY
        .replace("1100220021005369", "5102220021005369")
        .replace("33342F34313431000000", "33342F3431343101000000000000");
    message.props.set(
        PropTag::new(
            stage.props(vec![(RECUR, Value::Null)]).iter().next().unwrap().0.id(),
            crate::mapi::PropType::BINARY,
        ),
        hex(&blob),
    );
    let mut own = stage.message(
        "IPM.OLE.CLASS.{00061055-0000-0000-C000-000000000046}",
        vec![(EXCEPTION_REPLACE_TIME, at("2007-04-16T17:00:00")), (key(0x1000_001F), text("Other body"))],
    );
    own.attachments = vec![stage.attachment(vec![(Key::Tag(pr::ATTACH_DATA_BIN), Value::bin(b"own".to_vec()))])];
    let mut exception = stage.attachment(vec![(ATTACHMENT_FLAGS, Value::I32(2))]);
    exception.embedded = Some(Box::new(own));
    let file = stage.attachment(vec![
        (Key::Tag(pr::ATTACH_DATA_BIN), Value::bin(b"all".to_vec())),
        (Key::Tag(pr::ATTACH_LONG_FILENAME), text("a;b.txt")),
        (key(0x370E_001F), text("text/plain")),
    ]);
    message.attachments = vec![exception, file];
    let lines = lines(&stage, &message);
    let attach =
        "ATTACH;FMTTYPE=text/plain;FILENAME=\"a;b.txt\";X-FILENAME=\"a;b.txt\";ENCODING=BASE64;VALUE=BINARY:YWxs";
    has(component(&lines, "VEVENT", 0), &[attach, "DESCRIPTION:Bring your own"]);
    let exception = component(&lines, "VEVENT", 1);
    has(
        exception,
        &["ATTACH;FMTTYPE=application/octet-stream;ENCODING=BASE64;VALUE=BINARY:b3du", "DESCRIPTION:Other body"],
    );
    assert_eq!(exception.iter().filter(|line| line.starts_with("ATTACH")).count(), 1);
    assert_eq!(stage.findings(), []);
}

/// The weekly example, whose exception has, in place of the texts, the fields that `flags` say.
fn with_exception(flags: &str, fields: &str) -> String {
    let (before, _texts) = WEEKLY.split_once("11002200").unwrap();
    format!("{before}{flags}{fields}0000000004000000000000000000000000000000")
}

#[test]
fn an_exception_without_the_files_of_its_series() {
    let mut stage = Stage::default();
    // ARO_ATTACHMENT: none.
    let mut message = weekly_with(&mut stage, &with_exception("4000", "00000000"));
    message.attachments = vec![stage.attachment(vec![(Key::Tag(pr::ATTACH_DATA_BIN), Value::bin(b"all".to_vec()))])];
    let lines = lines(&stage, &message);
    has(component(&lines, "VEVENT", 0), &["ATTACH;FMTTYPE=application/octet-stream;ENCODING=BASE64;VALUE=BINARY:YWxs"]);
    has_no(component(&lines, "VEVENT", 1), &["ATTACH"]);
}

#[test]
fn an_instance_that_was_cancelled() {
    let mut stage = Stage::default();
    // ARO_MEETINGTYPE: a meeting that was received and cancelled.
    let message = weekly_with(&mut stage, &with_exception("0200", "07000000"));
    let lines = lines(&stage, &message);
    has_no(component(&lines, "VEVENT", 0), &["STATUS"]);
    has(
        component(&lines, "VEVENT", 1),
        &["STATUS:CANCELLED", "RECURRENCE-ID;TZID=America/Los_Angeles:20070416T100000"],
    );
}

#[test]
fn days_without_times() {
    let mut stage = Stage::default();
    // Midnight of Berlin, in winter; no zone is told.
    let set = vec![
        (SUB_TYPE, Value::Bool(1)),
        (START_WHOLE, at("2024-01-09T23:00:00")),
        (END_WHOLE, at("2024-01-11T23:00:00")),
        (BUSY_STATUS, Value::I32(0)),
    ];
    let message = stage.message("IPM.Appointment", set);
    let lines = lines(&stage, &message);
    has(&lines, &["DTSTART;VALUE=DATE:20240110", "DTEND;VALUE=DATE:20240112", "TRANSP:TRANSPARENT"]);
    has_no(&lines, &["BEGIN:VTIMEZONE"]);
}

#[test]
fn what_an_appointment_says_of_itself() {
    let mut stage = Stage::default();
    let set = vec![
        (subject(), text("Ärger, ; und \\")),
        (START_WHOLE, at("2024-01-09T10:00:00")),
        (DURATION, Value::I32(45)),
        (KEYWORDS, Value::MvStr(vec!["red".into(), "a,b".into()])),
        (IMPORTANCE, Value::I32(2)),
        (SENSITIVITY, Value::I32(2)),
        (SEQUENCE, Value::I32(3)),
        (STATE_FLAGS, Value::I32(4)),
        (BUSY_STATUS, Value::I32(3)),
        (key(0x1013_0102), Value::bin(b"<p>x;y".to_vec())),
        (Key::Tag(pr::CREATION_TIME), at("2024-01-01T00:00:01")),
    ];
    let message = stage.message("IPM.Appointment.Custom", set);
    let lines = lines(&stage, &message);
    has(
        &lines,
        &[
            "SUMMARY:Ärger\\, \\; und \\\\",
            "DTSTART:20240109T100000Z",
            "DTEND:20240109T104500Z",
            "CATEGORIES:red,a\\,b",
            "PRIORITY:1",
            "CLASS:PRIVATE",
            "SEQUENCE:3",
            "STATUS:CANCELLED",
            "X-MICROSOFT-CDO-BUSYSTATUS:OOF",
            "X-ALT-DESC;FMTTYPE=text/html:<p>x\\;y",
            "DESCRIPTION:x\\;y",
            "CREATED:20240101T000001Z",
            "DTSTAMP:20240101T000001Z",
        ],
    );
    assert!(stage.message("IPM.Note", vec![]).props.len() == 1);
    let nothing = stage.message("IPM.Appointment", vec![]);
    assert!(!write(&nothing, stage.context(), None, &mut Vec::new()).unwrap());
    assert_eq!(stage.findings().len(), 1);
}

fn person(stage: &mut Stage, name: &str, address: &str, kind: i32, flags: i32, status: i32) -> Props<'static> {
    stage.props(vec![
        (Key::Tag(pr::DISPLAY_NAME), text(name)),
        (key(0x3002_001F), text("SMTP")),
        (key(0x3003_001F), text(address)),
        (Key::Tag(pr::RECIPIENT_TYPE), Value::I32(kind)),
        (RECIPIENT_FLAGS, Value::I32(flags)),
        (RECIPIENT_TRACK_STATUS, Value::I32(status)),
    ])
}

fn meeting(stage: &mut Stage, class: &'static str, more: Vec<(Key, Value<'static>)>) -> Message<'static> {
    let mut set = vec![
        (START_WHOLE, at("2024-01-09T10:00:00")),
        (END_WHOLE, at("2024-01-09T11:00:00")),
        (STATE_FLAGS, Value::I32(1)),
        (key(0x0042_001F), text("Sender")),
        (key(0x0064_001F), text("SMTP")),
        (key(0x0065_001F), text("sender@example.org")),
    ];
    set.extend(more);
    stage.message(class, set)
}

#[test]
fn who_takes_part() {
    let mut stage = Stage::default();
    let mut message = meeting(&mut stage, "IPM.Appointment", vec![]);
    message.recipients = vec![
        person(&mut stage, "Boss", "boss@example.org", 1, 3, 1),
        person(&mut stage, "Doe, J", "j@example.org", 1, 1, 3),
        person(&mut stage, "", "o@example.org", 2, 1, 2),
        person(&mut stage, "Room", "room@example.org", 3, 1, 0),
        person(&mut stage, "Gone", "gone@example.org", 1, 0x21, 0),
    ];
    let lines = lines(&stage, &message);
    has(
        &lines,
        &[
            "ORGANIZER;CN=Boss:mailto:boss@example.org",
            "ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN=\"Doe, J\":mailto:j@example.org",
            "ATTENDEE;ROLE=OPT-PARTICIPANT;PARTSTAT=TENTATIVE:mailto:o@example.org",
            "ATTENDEE;CUTYPE=RESOURCE;ROLE=NON-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN=Room:mailto:room@example.org",
        ],
    );
    assert_eq!(lines.iter().filter(|line| line.starts_with("ATTENDEE")).count(), 3);
    has_no(&lines, &["METHOD"]);
}

#[test]
fn who_has_answered_and_who_need_not() {
    let mut stage = Stage::default();
    let more = vec![
        (RESPONSE_STATUS, Value::I32(4)),
        (RESPONSE_REQUESTED, Value::Bool(0)),
        (key(0x0075_001F), text("SMTP")),
        (key(0x0076_001F), text("Me@example.org")),
    ];
    let mut message = meeting(&mut stage, "IPM.Appointment", more);
    message.recipients = vec![
        person(&mut stage, "Me", "me@example.org", 1, 0, 0),
        person(&mut stage, "J", "j@example.org", 1, 0, 5),
        person(&mut stage, "", "me@example.org", 2, 0, 3),
    ];
    has(
        &lines(&stage, &message),
        &[
            "ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=DECLINED;CN=Me:mailto:me@example.org",
            "ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;CN=J:mailto:j@example.org",
            "ATTENDEE;ROLE=OPT-PARTICIPANT;PARTSTAT=ACCEPTED:mailto:me@example.org",
        ],
    );
}

#[test]
fn who_is_alone_organizes_nothing() {
    let mut stage = Stage::default();
    let mut message = meeting(&mut stage, "IPM.Appointment", vec![(STATE_FLAGS, Value::I32(0))]);
    message.recipients = vec![person(&mut stage, "Unknown", "", 0, 2, 0)];
    has_no(&lines(&stage, &message), &["ORGANIZER", "ATTENDEE"]);
    message.recipients.push(person(&mut stage, "J", "j@example.org", 1, 0, 0));
    assert_eq!(lines(&stage, &message).iter().filter(|line| line.starts_with("ORGANIZER")).count(), 1);
}

#[test]
fn what_meetings_send() {
    let mut stage = Stage::default();
    let mut request = meeting(&mut stage, "IPM.Schedule.Meeting.Request", vec![]);
    request.recipients = vec![person(&mut stage, "J", "j@example.org", 1, 0, 0)];
    has(&lines(&stage, &request), &["METHOD:REQUEST", "ORGANIZER;CN=Sender:mailto:sender@example.org"]);
    let cancel = meeting(&mut stage, "IPM.Schedule.Meeting.Canceled", vec![(STATE_FLAGS, Value::I32(5))]);
    has(&lines(&stage, &cancel), &["METHOD:CANCEL", "STATUS:CANCELLED"]);
    let mut reply = meeting(&mut stage, "IPM.Schedule.Meeting.Resp.Neg", vec![]);
    reply.recipients = vec![person(&mut stage, "Boss", "boss@example.org", 1, 0, 0)];
    let answer = [
        "METHOD:REPLY",
        "ATTENDEE;PARTSTAT=DECLINED;CN=Sender:mailto:sender@example.org",
        "ORGANIZER;CN=Boss:mailto:boss@example.org",
    ];
    has(&lines(&stage, &reply), &answer);
    let proposal = vec![
        (COUNTER_PROPOSAL, Value::Bool(1)),
        (PROPOSED_START, at("2024-01-09T14:00:00")),
        (PROPOSED_END, at("2024-01-09T15:00:00")),
    ];
    let counter = meeting(&mut stage, "IPM.Schedule.Meeting.Resp.Tent", proposal);
    let counter = lines(&stage, &counter);
    has(&counter, &["METHOD:COUNTER", "DTSTART:20240109T140000Z", "DTEND:20240109T150000Z"]);
    has(&counter, &["ATTENDEE;PARTSTAT=TENTATIVE;CN=Sender:mailto:sender@example.org"]);
}

#[test]
fn a_request_for_one_instance_of_a_series() {
    let mut stage = Stage::default();
    let id = format!("040000008200E00074C5B7101A82E00807E80109{}10000000{}", "00".repeat(16), "AB".repeat(16));
    let more = vec![(GLOBAL_OBJECT_ID, hex(&id)), (EXCEPTION_REPLACE_TIME, at("2024-01-09T09:00:00"))];
    let request = meeting(&mut stage, "IPM.Schedule.Meeting.Request", more);
    let lines = lines(&stage, &request);
    has(&lines, &["RECURRENCE-ID:20240109T090000Z", "DTSTART:20240109T100000Z"]);
    assert!(lines.iter().any(|line| line.starts_with("UID:040000008200E00074C5B7101A82E00800000000")));
}

#[test]
fn months_of_other_calendars() {
    let mut stage = Stage::default();
    // Every month of the Hijri calendar on day 5, from 2024-01-17, 4 times.
    let blob = "043004300C200A0006000000000001000000000000000500000022200000040000000000000000000000000000004085420D4085420D0630000009300000000000001E000000000000000000000000000000";
    let message = stage.message("IPM.Appointment", vec![(RECUR, hex(blob))]);
    let lines = lines(&stage, &message);
    assert_eq!(lines[3], "X-MICROSOFT-CALSCALE:Hijri");
    let event = component(&lines, "VEVENT", 0);
    has(event, &["X-MICROSOFT-RRULE:FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=5;COUNT=4"]);
    has_no(event, &["RRULE", "X-MICROSOFT-CALSCALE"]);
    let mut folder = Vec::new();
    let mut calendar = Calendar::begin(&mut folder, None).unwrap();
    assert!(calendar.add(&message, stage.context()).unwrap());
    calendar.finish().unwrap();
    has(component(&unfolded(folder), "VEVENT", 0), &["X-MICROSOFT-CALSCALE:Hijri"]);
    assert!(stage.findings().iter().any(|finding| finding.to_string().contains("Hijri")));
}

fn task(pattern: &str, more: Vec<(Key, Value<'static>)>) -> (Stage, Vec<String>) {
    let mut stage = Stage::default();
    let mut set = vec![(TASK_RECURRING, Value::Bool(1)), (TASK_RECURRENCE, hex(pattern))];
    set.extend(more);
    let message = stage.message("IPM.Task", set);
    let lines = lines(&stage, &message);
    (stage, lines)
}

#[test]
fn a_task() {
    let mut stage = Stage::default();
    let set = vec![
        (TASK_START, at("2024-01-09T00:00:00")),
        (TASK_DUE, at("2024-01-12T00:00:00")),
        (TASK_STATUS, Value::I32(1)),
        (PERCENT_COMPLETE, Value::F64(0.25)),
        (REMINDER_SET, Value::Bool(1)),
        (REMINDER_TIME, at("2024-01-12T07:00:00")),
        (ESTIMATED_EFFORT, Value::I32(90)),
        (TASK_OWNER, text("J")),
    ];
    let message = stage.message("IPM.Task", set);
    has(
        &lines(&stage, &message),
        &[
            "DTSTART;VALUE=DATE:20240109",
            "DUE;VALUE=DATE:20240112",
            "STATUS:IN-PROCESS",
            "PERCENT-COMPLETE:25",
            "TRIGGER;VALUE=DATE-TIME:20240112T070000Z",
            "X-PFFKIT-ESTIMATED-EFFORT:PT90M",
            "X-PFFKIT-OWNER:J",
        ],
    );
    let done = vec![(TASK_COMPLETE, Value::Bool(1)), (TASK_COMPLETED, at("2024-01-13T00:00:00"))];
    let done = stage.message("IPM.Task", done);
    has(&lines(&stage, &done), &["STATUS:COMPLETED", "COMPLETED:20240113T000000Z"]);
}

#[test]
fn a_task_that_comes_back() {
    // The daily example up to EndDate, as a count of 10.
    let counted = DAILY[..116].replace("21200000", "22200000");
    let (_, lines) = task(&counted, vec![(TASK_DUE, at("2011-04-25T00:00:00"))]);
    has(&lines, &["DTSTART;VALUE=DATE:20110425", "DURATION:P1D", "RRULE:FREQ=DAILY;INTERVAL=3;COUNT=4"]);
    has_no(&lines, &["DUE", "EXDATE"]);
    let (_, lines) =
        task(&counted, vec![(TASK_START, at("2011-04-16T00:00:00")), (TASK_DUE, at("2011-04-17T00:00:00"))]);
    has(&lines, &["DTSTART;VALUE=DATE:20110416", "DUE;VALUE=DATE:20110417", "EXDATE;VALUE=DATE:20110419,20110422"]);
    has_no(&lines, &["DURATION"]);
    let sliding = counted.replacen("E010000000000000", "E010000001000000", 1);
    let (stage, lines) = task(&sliding, vec![]);
    has(&lines, &["X-PFFKIT-REGENERATES:FREQ=DAILY;INTERVAL=3"]);
    has_no(&lines, &["RRULE"]);
    assert_eq!(stage.findings().len(), 1);
}

#[test]
fn how_far_what_comes_again_reaches() {
    let reach = |of: fn(View<'_>) -> Option<(DateTime, DateTime)>, class, set| {
        let mut stage = Stage::default();
        let message = stage.message(class, set);
        of(stage.context().view(&message.props)).map(|(from, to)| format!("{from} {to}"))
    };
    let daily = |hex_of: &str| vec![(RECUR, hex(hex_of)), (START_WHOLE, at("2011-04-07T06:00:00"))];
    let found = reach(reach_of_series, "IPM.Appointment", daily(DAILY));
    assert_eq!(found.as_deref(), Some("2011-04-07T06:00:00 2011-05-04T06:30:00"));
    let endless = DAILY.replacen("21200000", "23200000", 1);
    let found = reach(reach_of_series, "IPM.Appointment", daily(&endless)).unwrap();
    assert!(found.ends_with(" 9999-12-31T23:59:59.999999999"), "{found}");
    assert_eq!(reach(reach_of_series, "IPM.Appointment", vec![(START_WHOLE, at("2011-04-07T06:00:00"))]), None);
    let task = |mut set: Vec<_>| {
        set.push((TASK_DUE, at("2011-04-10T00:00:00")));
        reach(reach_of_open_task, "IPM.Task", set)
    };
    assert_eq!(task(vec![]).as_deref(), Some("2011-04-10T00:00:00 2011-04-10T00:00:00"));
    let recurring = || vec![(TASK_RECURRING, Value::Bool(1)), (TASK_RECURRENCE, hex(&DAILY[..116]))];
    assert_eq!(task(recurring()).as_deref(), Some("2011-04-10T00:00:00 2011-05-04T00:00:00"));
    assert_eq!(task(vec![(TASK_COMPLETE, Value::Bool(1))]), None);
    assert_eq!(reach(reach_of_open_task, "IPM.Task", vec![]), None);
}

#[test]
fn a_task_of_somebody_else() {
    let mut stage = Stage::default();
    let mut message = stage.message("IPM.Task", vec![(TASK_DUE, at("2024-01-12T00:00:00"))]);
    message.recipients = vec![person(&mut stage, "J", "j@example.org", 1, 0, 0)];
    let expected = "ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;CN=J:mailto:j@example.org";
    has(&lines(&stage, &message), &[expected, "DUE;VALUE=DATE:20240112"]);
}

#[test]
fn addresses_of_an_uncommon_form() {
    let mut stage = Stage::default();
    let mut message = stage.message("IPM.Task", vec![(TASK_DUE, at("2024-01-12T00:00:00"))]);
    for address in ["a@b.c; d@e.f", "john doe@c.d", "jörg@c.d"] {
        message.recipients.push(person(&mut stage, "J", address, 1, 0, 0));
    }
    let to =
        |address: &str, name| format!("ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION{name}:mailto:{address}");
    let expected = [to("a@b.c", ";CN=J"), to("d@e.f", ""), to("%22john%20doe%22@c.d", ";CN=J")];
    has(&lines(&stage, &message), &expected.each_ref().map(String::as_str));
    let findings: Vec<_> = stage.findings().into_iter().map(|finding| finding.structure).collect();
    assert_eq!(findings, ["PidTagEmailAddress"]);
}

#[test]
fn a_reminder_that_is_known_by_its_time_only() {
    let mut stage = Stage::default();
    for (class, is_set) in [("IPM.Task", 1), ("IPM.Appointment", 1), ("IPM.Task", 0), ("IPM.Appointment", 0)] {
        let set = vec![
            (START_WHOLE, at("2024-01-12T08:00:00")),
            (REMINDER_SET, Value::Bool(is_set)),
            (REMINDER_SIGNAL, at("2024-01-12T07:00:00")),
        ];
        let message = stage.message(class, set);
        let alarms = lines(&stage, &message).into_iter().filter(|line| line.starts_with("TRIGGER"));
        let expected = ["TRIGGER;VALUE=DATE-TIME:20240112T070000Z"];
        assert_eq!(alarms.collect::<Vec<_>>(), expected[..usize::from(is_set)]);
    }
}

#[test]
fn journal_entries_and_notes() {
    let mut stage = Stage::default();
    let set = vec![
        (subject(), text("Call")),
        (LOG_START, at("2024-01-09T10:00:00")),
        (LOG_DURATION, Value::I32(7)),
        (LOG_TYPE, text("Phone call")),
        (CONTACTS, Value::MvStr(vec!["J".into()])),
    ];
    let entry = stage.message("IPM.Activity", set);
    let expected = ["DTSTART:20240109T100000Z", "X-PFFKIT-TYPE:Phone call", "X-PFFKIT-DURATION:PT7M", "CONTACT:J"];
    has(component(&lines(&stage, &entry), "VJOURNAL", 0), &expected);
    let note = stage.message("IPM.StickyNote", vec![(NOTE_COLOR, Value::I32(3)), (key(0x1000_001F), text("a\r\nb"))]);
    has(component(&lines(&stage, &note), "VJOURNAL", 0), &["COLOR:yellow", "DESCRIPTION:a\\nb"]);
}

/// When `messages` make their owner busy, from the 12th to the 16th of April 2007.
fn busy(stage: &Stage, messages: &[&Message<'_>]) -> Vec<String> {
    let range = |text: &str| text.parse().unwrap();
    let mut free_busy = FreeBusy::new(range("2007-04-12T00:00:00"), range("2007-04-17T00:00:00"));
    messages.iter().for_each(|message| free_busy.add(message, stage.context()));
    let mut out = Vec::new();
    let mut calendar = Calendar::begin(&mut out, None).unwrap();
    calendar.add_free_busy(&free_busy).unwrap();
    calendar.finish().unwrap();
    unfolded(out).into_iter().filter(|line| line.starts_with("FREEBUSY")).collect()
}

#[test]
fn nobody_is_busy_with_what_is_cancelled() {
    let mut stage = Stage::default();
    let series = weekly_with(&mut stage, &with_exception("0200", "07000000"));
    let times =
        |day: &str| vec![(START_WHOLE, at(&format!("{day}T01:00:00"))), (END_WHOLE, at(&format!("{day}T02:00:00")))];
    let meeting = stage.message("IPM.Appointment", [times("2007-04-14"), vec![(STATE_FLAGS, Value::I32(5))]].concat());
    let other = stage.message("IPM.Appointment", [times("2007-04-15"), vec![(STATE_FLAGS, Value::I32(1))]].concat());
    assert_eq!(
        busy(&stage, &[&series, &meeting, &other]),
        [
            "FREEBUSY;FBTYPE=BUSY:20070412T170000Z/20070412T173000Z",
            "FREEBUSY;FBTYPE=BUSY:20070413T170000Z/20070413T173000Z",
            "FREEBUSY;FBTYPE=BUSY:20070415T010000Z/20070415T020000Z",
        ]
    );
}

#[test]
fn busy_times() {
    let mut stage = Stage::default();
    let series = weekly(&mut stage);
    let single = |stage: &mut Stage, start, end, busy| {
        stage.message(
            "IPM.Appointment",
            vec![(START_WHOLE, at(start)), (END_WHOLE, at(end)), (BUSY_STATUS, Value::I32(busy))],
        )
    };
    let touching = single(&mut stage, "2007-04-12T17:30:00", "2007-04-12T18:00:00", 2);
    let free = single(&mut stage, "2007-04-13T01:00:00", "2007-04-13T02:00:00", 0);
    let away = single(&mut stage, "2007-04-10T00:00:00", "2007-04-12T01:00:00", 3);
    assert_eq!(
        busy(&stage, &[&series, &touching, &free, &away]),
        [
            "FREEBUSY;FBTYPE=BUSY:20070412T170000Z/20070412T180000Z",
            "FREEBUSY;FBTYPE=BUSY:20070413T170000Z/20070413T173000Z",
            "FREEBUSY;FBTYPE=BUSY:20070416T180000Z/20070416T183000Z",
            "FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20070412T000000Z/20070412T010000Z",
        ]
    );
}

#[test]
fn a_folder_has_each_zone_once_and_before_it_is_used() {
    let mut stage = Stage::default();
    let message = weekly(&mut stage);
    let mut out = Vec::new();
    let mut calendar = Calendar::begin(&mut out, None).unwrap();
    for _ in 0..3 {
        assert!(calendar.add(&message, stage.context()).unwrap());
    }
    calendar.finish().unwrap();
    let lines = unfolded(out);
    let zones: Vec<_> = lines.iter().enumerate().filter(|(_, line)| *line == "BEGIN:VTIMEZONE").collect();
    let first = lines.iter().position(|line| line == "BEGIN:VEVENT").unwrap();
    assert!(zones.len() == 1 && zones[0].0 < first);
}

#[test]
fn attachments_that_are_no_bytes() {
    let mut stage = Stage::default();
    let mut message = meeting(&mut stage, "IPM.Appointment", vec![]);
    let link = stage.attachment(vec![(key(0x370D_001F), text("https://example.org/a"))]);
    let mail = stage.message("IPM.Note", vec![(subject(), text("inner"))]);
    let props = stage.props(vec![(Key::Tag(pr::DISPLAY_NAME), text("inner"))]);
    let share = stage.attachment(vec![(key(0x370D_001F), text("\\\\server\\a.txt"))]);
    let forged = stage.attachment(vec![(key(0x370D_001F), text("https://x\r\nX-EVIL: b"))]);
    message.attachments = vec![link, Attachment { props, embedded: Some(Box::new(mail)) }, share, forged];
    let lines = lines(&stage, &message);
    has(&lines, &["ATTACH:https://example.org/a", "ATTACH:https://xX-EVIL:%20b"]);
    let head = "ATTACH;FMTTYPE=message/rfc822;FILENAME=inner.eml;X-FILENAME=inner.eml;ENCODING=BASE64;VALUE=BINARY:";
    let mail = lines.iter().find_map(|line| line.strip_prefix(head)).unwrap();
    let mail = encodify::base64::STANDARD.decode(mail).unwrap();
    assert!(String::from_utf8(mail).unwrap().contains("Subject: inner\r\n"));
    assert!(stage.findings().iter().any(|finding| finding.to_string().contains("neither (without name)")));
}

/// Every byte of a blob changed in several ways: whatever it says then, there is an end, and lines that are lines.
#[test]
fn blobs_that_say_anything() {
    let Value::Bin(blob) = hex(WEEKLY) else { panic!() };
    for at in 0..blob.len() {
        for change in [0x01, 0x80, 0xFF] {
            let mut stage = Stage::default();
            let mut changed = blob.to_vec();
            changed[at] ^= change;
            let set =
                vec![(RECUR, Value::bin(changed.clone())), (TIME_ZONE_STRUCT, hex(PACIFIC)), (START_WHOLE, at_start())];
            let message = stage.message("IPM.Appointment", set);
            let lines = lines(&stage, &message);
            assert_eq!(lines.last().map(String::as_str), Some("END:VCALENDAR"));
            let task = vec![(TASK_RECURRING, Value::Bool(1)), (TASK_RECURRENCE, Value::bin(changed))];
            let task = stage.message("IPM.Task", task);
            self::lines(&stage, &task);
            let mut zone = hex(PACIFIC);
            if let Value::Bin(bytes) = &mut zone {
                let at = at % bytes.len();
                bytes.to_mut()[at] ^= change;
            }
            let message = stage.message("IPM.Appointment", vec![(RECUR, hex(DAILY)), (TIME_ZONE_STRUCT, zone)]);
            self::lines(&stage, &message);
        }
    }
}

fn at_start() -> Value<'static> {
    at("2007-03-26T17:00:00")
}

#[test]
fn as_a_part_of_a_mail() {
    let mut stage = Stage::default();
    let mut request = meeting(&mut stage, "IPM.Schedule.Meeting.Request", vec![]);
    let file = |bytes: &[u8]| (Key::Tag(pr::ATTACH_DATA_BIN), Value::bin(bytes.to_vec()));
    request.attachments = vec![stage.attachment(vec![file(b"x")])];
    let other = |stage: &Stage, message: &Message<'_>| {
        let context = stage.context();
        let item = crate::mime::eml::Item { message, names: context.names };
        crate::mime::other(item, context.book, context.findings)
    };
    let part = other(&stage, &request).unwrap();
    assert_eq!((part.media_type, part.method), ("text/calendar", Some("REQUEST")));
    assert!(part.text.contains("METHOD:REQUEST") && !part.text.contains("ATTACH"), "the mail has them");
    let mut appointment = meeting(&mut stage, "IPM.Appointment", vec![]);
    appointment.attachments = vec![stage.attachment(vec![file(b"x")])];
    let part = other(&stage, &appointment).unwrap();
    assert!(part.method.is_none() && part.text.contains("ATTACH"));
    let contact = stage.message("IPM.Contact", vec![]);
    assert_eq!(other(&stage, &contact).unwrap().media_type, "text/vcard");
    let note = stage.message("IPM.Note", vec![]);
    assert!(other(&stage, &note).is_none());
}

/// A TimeZoneDefinition with one rule, marked as effective, out of a PidLidTimeZoneStruct.
fn definition(name: &str, rule: &str) -> Value<'static> {
    let Value::Bin(rule) = hex(rule) else { panic!() };
    let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut bytes = vec![2, 1, name.len() as u8 + 6, 0, 2, 0, name.len() as u8 / 2, 0];
    bytes.extend(name);
    bytes.extend([1, 0, 2, 1, 0x3E, 0, 2, 0, 0x41, 6]);
    bytes.extend([0; 14]);
    bytes.extend(&rule[..12]);
    bytes.extend(&rule[14..30]);
    bytes.extend(&rule[32..]);
    Value::bin(bytes)
}

/// The start of the weekly example in the zone of `rule`, with a definition that has the rule of Pacific time.
fn start_of_weekly(rule: &str) -> String {
    let mut stage = Stage::default();
    let set = vec![
        (RECUR, hex(WEEKLY)),
        (TIME_ZONE_STRUCT, hex(rule)),
        (DEFINITION_RECUR, definition("Pacific Standard Time", PACIFIC)),
    ];
    let message = stage.message("IPM.Appointment", set);
    let lines = lines(&stage, &message);
    let start = component(&lines, "VEVENT", 0).iter().find(|line| line.starts_with("DTSTART"));
    start.cloned().unwrap()
}

#[test]
fn the_struct_counts_where_the_definition_contradicts_it() {
    assert_eq!(start_of_weekly(PACIFIC), "DTSTART;TZID=America/Los_Angeles:20070326T100000");
    // An hour farther west.
    let other = PACIFIC.replacen("E001", "1C02", 1);
    let start = start_of_weekly(&other);
    assert!(start.contains("(UTC-0900 and -0800 from 3-2-0-2 to 11-1-0-2)"), "{start}");
}

#[test]
fn each_end_of_an_appointment_has_its_zone() {
    let mut stage = Stage::default();
    // Seven hours in an airliner, on 2024-07-01.
    let eastern = PACIFIC.replacen("E001", "2C01", 1);
    let set = vec![
        (START_WHOLE, at("2024-07-01T16:00:00")),
        (END_WHOLE, at("2024-07-01T23:00:00")),
        (DEFINITION_START, definition("Pacific Standard Time", PACIFIC)),
        (DEFINITION_END, definition("Eastern Standard Time", &eastern)),
    ];
    let message = stage.message("IPM.Appointment", set);
    let expected = ["DTSTART;TZID=America/Los_Angeles:20240701T090000", "DTEND;TZID=America/New_York:20240701T190000"];
    has(&lines(&stage, &message), &expected);
    assert_eq!(stage.findings(), []);
}
