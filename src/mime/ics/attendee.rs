//! ORGANIZER and ATTENDEE ([MS-OXCICAL] 2.1.3.1.1.20.2 and .16).

use std::fmt::Write;
use std::io;

use super::event::{Instance, MEETING};
use super::keys;
use super::meeting::{Method, response};
use crate::damage::{Effect, Finding};
use crate::mapi::Props;
use crate::mapi::tag::pr;
use crate::mime::address::{Person, Role};
use crate::mime::lines::{Lines, Property};
use crate::mime::{Context, View};

/// PidTagRecipientFlags: recipOrganizer, recipExceptionalDeleted ([MS-OXOCAL] 2.2.4.10.1).
const ORGANIZER: i64 = 0x02;
const DELETED: i64 = 0x20;
/// The values of PidTagRecipientType; 0 is who sent it.
const ORIGINATOR: i64 = 0;
const OPTIONAL: i64 = 2;
const RESOURCE: i64 = 3;

/// Writes who takes part in `it`; nothing where it is neither a meeting nor has anybody but its organizer.
pub(super) fn write(lines: &mut Lines<'_>, it: &Instance<'_>, context: Context<'_>) -> io::Result<()> {
    let base = it.layers.base;
    let method = Method::of(base);
    if let Some(method @ (Method::Reply | Method::Counter)) = method {
        return write_response(lines, it, method, context);
    }
    let rows = || it.recipients.iter().map(|row| context.view(row));
    let is_meeting = it.state & MEETING != 0 || method.is_some();
    if !is_meeting && rows().all(is_organizer) {
        return Ok(());
    }
    let organizer = rows().find(|row| is_organizer(*row)).and_then(Person::recipient);
    let organizer = organizer.or_else(|| Person::find(base, Role::SENT_REPRESENTING));
    let organizer = organizer.or_else(|| Person::find(base, Role::SENDER));
    // Without recipients and an address, it is not a meeting, but an appointment of somebody who had no account.
    let is_known = |person: &Person| person.smtp.is_some() || person.x500.is_some();
    if let Some(organizer) = organizer.filter(|organizer| is_known(organizer) || !it.recipients.is_empty()) {
        write_person(lines, Property::new("ORGANIZER"), &organizer, context)?;
    }
    for row in rows().filter(|row| !is_organizer(*row)) {
        if flags(row) & DELETED == 0
            && let Some(person) = Person::recipient(row)
        {
            let status = row.int(keys::RECIPIENT_TRACK_STATUS).and_then(partstat).or_else(|| own_answer(it, &person));
            write_person(lines, attendee(row, status, response_requested(it)), &person, context)?;
        }
    }
    Ok(())
}

/// Writes whom a task was assigned to: the recipients of it.
pub(super) fn write_assignees(lines: &mut Lines<'_>, recipients: &[Props<'_>], context: Context<'_>) -> io::Result<()> {
    for row in recipients.iter().map(|row| context.view(row)) {
        if let Some(person) = Person::recipient(row) {
            let status = row.int(keys::RECIPIENT_TRACK_STATUS).and_then(partstat);
            write_person(lines, attendee(row, status, false), &person, context)?;
        }
    }
    Ok(())
}

/// Of a response: who answers, and whom.
fn write_response(lines: &mut Lines<'_>, it: &Instance<'_>, method: Method, context: Context<'_>) -> io::Result<()> {
    let base = it.layers.base;
    let rows = it.recipients.iter().map(|row: &Props<'_>| context.view(row));
    if let Some(organizer) = rows.filter_map(Person::recipient).next() {
        write_person(lines, Property::new("ORGANIZER"), &organizer, context)?;
    }
    let sender = Person::find(base, Role::SENT_REPRESENTING).or_else(|| Person::find(base, Role::SENDER));
    let Some(sender) = sender else { return Ok(()) };
    let answer = base.text(pr::MESSAGE_CLASS).map_or("NEEDS-ACTION", |class| response(&class));
    // Who proposes another time has not yet decided.
    let answer = if method == Method::Counter && answer == "NEEDS-ACTION" { "TENTATIVE" } else { answer };
    write_person(lines, Property::new("ATTENDEE").with("PARTSTAT", answer), &sender, context)
}

fn flags(row: View<'_>) -> i64 {
    row.int(keys::RECIPIENT_FLAGS).unwrap_or(0)
}

fn is_organizer(row: View<'_>) -> bool {
    flags(row) & ORGANIZER != 0 || row.int(pr::RECIPIENT_TYPE) == Some(ORIGINATOR)
}

/// PARTSTAT of an answer (PidTagRecipientTrackStatus, PidLidResponseStatus); `None` where there is none.
fn partstat(status: i64) -> Option<&'static str> {
    match status {
        2 => Some("TENTATIVE"),
        3 => Some("ACCEPTED"),
        4 => Some("DECLINED"),
        _ => None,
    }
}

/// What the owner of the mailbox has answered, where `person` is that: nobody tracks it in their recipient table
/// ([MS-OXCICAL] 2.1.3.1.1.20.2.3).
fn own_answer(it: &Instance<'_>, person: &Person) -> Option<&'static str> {
    let owners = [Role::RECEIVED_BY, Role::RCVD_REPRESENTING].map(|role| Person::find(it.layers.base, role));
    let is_own = owners.iter().flatten().any(|owner| owner.is_same(person));
    it.layers.int(keys::RESPONSE_STATUS).filter(|_| is_own).and_then(partstat)
}

/// Whether an answer is wanted: where PidTagResponseRequested does not deny it.
fn response_requested(it: &Instance<'_>) -> bool {
    it.layers.int(keys::RESPONSE_REQUESTED) != Some(0)
}

/// ATTENDEE with what `row` says of the part that they take, what they have answered, and whether they are to.
fn attendee(row: View<'_>, status: Option<&str>, requested: bool) -> Property {
    let property = match row.int(pr::RECIPIENT_TYPE) {
        Some(OPTIONAL) => Property::new("ATTENDEE").with("ROLE", "OPT-PARTICIPANT"),
        Some(RESOURCE) => Property::new("ATTENDEE").with("CUTYPE", "RESOURCE").with("ROLE", "NON-PARTICIPANT"),
        _ => Property::new("ATTENDEE").with("ROLE", "REQ-PARTICIPANT"),
    };
    let open = status.is_none() && requested;
    let property = property.with("PARTSTAT", status.unwrap_or("NEEDS-ACTION"));
    if open { property.with("RSVP", "TRUE") } else { property }
}

fn write_person(lines: &mut Lines<'_>, property: Property, person: &Person, context: Context<'_>) -> io::Result<()> {
    person.tell(context.findings);
    let named = if person.name.is_empty() { property.clone() } else { property.clone().with("CN", &person.name) };
    match context.book.address(person) {
        Some(address) => {
            lines.raw(named, &mailto(&address))?;
            // There is one organizer.
            let more: &[String] = if property == Property::new("ORGANIZER") { &[] } else { &person.more };
            if more.len() < person.more.len() {
                let found = format!("a list; {} left out", person.more.join(", "));
                context.findings.add(Finding::new(
                    Effect::Lost,
                    "PidTagEmailAddress",
                    "one address of the organizer",
                    found,
                ));
            }
            more.iter().try_for_each(|address| lines.raw(property.clone(), &mailto(address)))
        }
        None => {
            let expected = "an attendee with a name or an address";
            context.findings.add(Finding::new(Effect::Lost, "recipient", expected, "neither"));
            Ok(())
        }
    }
}

/// The URL of `address` (RFC 6068): what a quoted local part has is encoded.
fn mailto(address: &str) -> String {
    let mut url = "mailto:".to_owned();
    for c in address.chars() {
        match c {
            ' ' | '"' | '\\' | '(' | ')' | ',' | ':' | ';' | '<' | '>' if address.starts_with('"') => {
                // Writing to a string can't fail.
                _ = write!(url, "%{:02X}", u32::from(c));
            }
            c => url.push(c),
        }
    }
    url
}
