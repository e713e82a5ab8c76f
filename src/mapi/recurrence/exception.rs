//! Instances that differ from their series: ExceptionInfo and ExtendedException ([MS-OXOCAL] 2.2.1.44.2 and 2.2.1.44.4).

use jiff::civil::DateTime;

use super::{lost, wall};
use crate::bytes::Cursor;
use crate::damage::{Effect, Finding, Findings};
use crate::mapi::codepage;

/// Bits of [`Exception::overrides`] that are no field of it.
pub mod overrides {
    /// ARO_SUBJECT.
    pub(super) const SUBJECT: u16 = 0x0001;
    /// ARO_MEETINGTYPE.
    pub(super) const MEETING_TYPE: u16 = 0x0002;
    /// ARO_REMINDERDELTA.
    pub(super) const REMINDER_DELTA: u16 = 0x0004;
    /// ARO_REMINDER.
    pub(super) const REMINDER: u16 = 0x0008;
    /// ARO_LOCATION.
    pub(super) const LOCATION: u16 = 0x0010;
    /// ARO_BUSYSTATUS.
    pub(super) const BUSY_STATUS: u16 = 0x0020;
    /// ARO_ATTACHMENT.
    pub(super) const ATTACHMENT: u16 = 0x0040;
    /// ARO_SUBTYPE.
    pub(super) const SUB_TYPE: u16 = 0x0080;
    /// ARO_APPTCOLOR.
    pub(super) const APPOINTMENT_COLOR: u16 = 0x0100;
    /// ARO_EXCEPTIONAL_BODY: the embedded message has a body of its own.
    pub const EXCEPTIONAL_BODY: u16 = 0x0200;
}

/// An instance that differs from its series: what is `None` is as in the series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// StartDateTime.
    pub start: DateTime,
    /// EndDateTime.
    pub end: DateTime,
    /// OriginalStartDate: when the pattern has it.
    pub original_start: DateTime,
    /// OverrideFlags.
    pub overrides: u16,
    /// WideCharSubject, or Subject.
    pub subject: Option<String>,
    /// MeetingType: what PidLidAppointmentStateFlags of the instance is.
    pub meeting_type: Option<u32>,
    /// ReminderDelta: minutes.
    pub reminder_delta: Option<u32>,
    /// ReminderSet.
    pub reminder_set: Option<bool>,
    /// WideCharLocation, or Location.
    pub location: Option<String>,
    /// BusyStatus.
    pub busy_status: Option<u32>,
    /// Attachment: whether the embedded message has attachments of its own.
    pub attachment: Option<bool>,
    /// SubType: whether it is an all-day event.
    pub sub_type: Option<bool>,
}

/// The fewest bytes of an ExceptionInfo: three times and the flags.
const EXCEPTION_INFO: usize = 14;

/// The exceptions at `cursor`, from ExceptionCount to the end of the structure.
pub(super) fn read(cursor: &mut Cursor<'_>, change_highlight: bool, findings: &Findings) -> Vec<Exception> {
    let Some(count) = cursor.u16().map(usize::from) else {
        lost(cursor, "ExceptionCount", findings);
        return Vec::new();
    };
    let mut exceptions = Vec::with_capacity(count.min(cursor.left() / EXCEPTION_INFO));
    for n in 1..=count {
        let Some(exception) = info(cursor) else {
            lost(cursor, &format!("ExceptionInfo {n} of {count}"), findings);
            return exceptions;
        };
        exceptions.push(exception);
    }
    // The texts that follow only say the same in Unicode; without them those before are good enough.
    if extend(cursor, &mut exceptions, change_highlight).is_none() {
        let found = format!("the end of the value, {} bytes on", cursor.left());
        let finding = Finding::new(Effect::Altered, "ExtendedException", "one for each ExceptionInfo", found);
        findings.add(finding.at(cursor.at() as u64));
    }
    exceptions
}

fn info(cursor: &mut Cursor<'_>) -> Option<Exception> {
    let (start, end, original) = (cursor.u32()?, cursor.u32()?, cursor.u32()?);
    let flags = cursor.u16()?;
    let has = |flag| flags & flag != 0;
    let number = |cursor: &mut Cursor<'_>, flag| if has(flag) { cursor.u32().map(Some) } else { Some(None) };
    let text = |cursor: &mut Cursor<'_>, flag| if has(flag) { narrow(cursor).map(Some) } else { Some(None) };
    let exception = Exception {
        start: wall(start),
        end: wall(end),
        original_start: wall(original),
        overrides: flags,
        subject: text(cursor, overrides::SUBJECT)?,
        meeting_type: number(cursor, overrides::MEETING_TYPE)?,
        reminder_delta: number(cursor, overrides::REMINDER_DELTA)?,
        reminder_set: number(cursor, overrides::REMINDER)?.map(|v| v != 0),
        location: text(cursor, overrides::LOCATION)?,
        busy_status: number(cursor, overrides::BUSY_STATUS)?,
        attachment: number(cursor, overrides::ATTACHMENT)?.map(|v| v != 0),
        sub_type: number(cursor, overrides::SUB_TYPE)?.map(|v| v != 0),
    };
    number(cursor, overrides::APPOINTMENT_COLOR)?;
    Some(exception)
}

/// A text of bytes, its length before it twice: first with, then without the NUL that is not there.
fn narrow(cursor: &mut Cursor<'_>) -> Option<String> {
    let _with_nul = cursor.u16()?;
    let len = cursor.u16()?;
    let bytes = cursor.take(usize::from(len))?;
    Some(codepage::decode(codepage::WESTERN, bytes).text.into_owned())
}

/// A text of UTF-16, its length in units before it.
fn wide(cursor: &mut Cursor<'_>) -> Option<String> {
    let units = usize::from(cursor.u16()?);
    let bytes = cursor.take(units * 2)?;
    Some(codepage::utf16(bytes).text.into_owned())
}

/// Puts the texts of the ExtendedExceptions in.
fn extend(cursor: &mut Cursor<'_>, exceptions: &mut [Exception], change_highlight: bool) -> Option<()> {
    cursor.block()?;
    for exception in exceptions {
        if change_highlight {
            cursor.block()?;
        }
        cursor.block()?;
        let (subject, location) = (exception.subject.is_some(), exception.location.is_some());
        if !subject && !location {
            continue;
        }
        cursor.take(12)?;
        if subject {
            exception.subject = Some(wide(cursor)?);
        }
        if location {
            exception.location = Some(wide(cursor)?);
        }
        cursor.block()?;
    }
    Some(())
}
