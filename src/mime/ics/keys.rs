//! The properties of calendar items ([MS-OXOCAL] 2.2, [MS-OXOTASK] 2.2.2, [MS-OXOJRNL] 2.2.1, [MS-OXONOTE] 2.2.1).

use crate::mapi::PropTag;
use crate::mapi::guid::{
    PS_PUBLIC_STRINGS, PSETID_APPOINTMENT, PSETID_COMMON, PSETID_LOG, PSETID_MEETING, PSETID_NOTE, PSETID_TASK,
};
use crate::mime::Key;

const fn appointment(lid: u32) -> Key {
    Key::Lid(PSETID_APPOINTMENT, lid)
}

const fn common(lid: u32) -> Key {
    Key::Lid(PSETID_COMMON, lid)
}

const fn meeting(lid: u32) -> Key {
    Key::Lid(PSETID_MEETING, lid)
}

const fn task(lid: u32) -> Key {
    Key::Lid(PSETID_TASK, lid)
}

const fn log(lid: u32) -> Key {
    Key::Lid(PSETID_LOG, lid)
}

const fn tag(tag: u32) -> Key {
    Key::Tag(PropTag(tag))
}

pub(super) const SEQUENCE: Key = appointment(0x8201);
pub(super) const BUSY_STATUS: Key = appointment(0x8205);
pub(super) const LOCATION: Key = appointment(0x8208);
pub(super) const START_WHOLE: Key = appointment(0x820D);
pub(super) const END_WHOLE: Key = appointment(0x820E);
pub(super) const DURATION: Key = appointment(0x8213);
pub(super) const SUB_TYPE: Key = appointment(0x8215);
pub(super) const RECUR: Key = appointment(0x8216);
pub(super) const STATE_FLAGS: Key = appointment(0x8217);
pub(super) const RESPONSE_STATUS: Key = appointment(0x8218);
pub(super) const INTENDED_BUSY_STATUS: Key = appointment(0x8224);
pub(super) const EXCEPTION_REPLACE_TIME: Key = appointment(0x8228);
pub(super) const TIME_ZONE_STRUCT: Key = appointment(0x8233);
pub(super) const TIME_ZONE_DESCRIPTION: Key = appointment(0x8234);
pub(super) const PROPOSED_START: Key = appointment(0x8250);
pub(super) const PROPOSED_END: Key = appointment(0x8251);
pub(super) const COUNTER_PROPOSAL: Key = appointment(0x8257);
pub(super) const NOT_ALLOW_PROPOSE: Key = appointment(0x825A);
pub(super) const DEFINITION_START: Key = appointment(0x825E);
pub(super) const DEFINITION_END: Key = appointment(0x825F);
pub(super) const DEFINITION_RECUR: Key = appointment(0x8260);

pub(super) const REMINDER_DELTA: Key = common(0x8501);
pub(super) const REMINDER_TIME: Key = common(0x8502);
pub(super) const REMINDER_SET: Key = common(0x8503);
pub(super) const PRIVATE: Key = common(0x8506);
pub(super) const COMMON_START: Key = common(0x8516);
pub(super) const COMMON_END: Key = common(0x8517);
pub(super) const REMINDER_SIGNAL: Key = common(0x8560);
pub(super) const MILEAGE: Key = common(0x8534);
pub(super) const BILLING: Key = common(0x8535);
pub(super) const COMPANIES: Key = common(0x8539);
pub(super) const CONTACTS: Key = common(0x853A);

pub(super) const GLOBAL_OBJECT_ID: Key = meeting(0x03);
pub(super) const OWNER_CRITICAL_CHANGE: Key = meeting(0x1A);
pub(super) const CLEAN_GLOBAL_OBJECT_ID: Key = meeting(0x23);

pub(super) const TASK_STATUS: Key = task(0x8101);
pub(super) const PERCENT_COMPLETE: Key = task(0x8102);
pub(super) const TASK_START: Key = task(0x8104);
pub(super) const TASK_DUE: Key = task(0x8105);
pub(super) const TASK_COMPLETED: Key = task(0x810F);
pub(super) const ACTUAL_EFFORT: Key = task(0x8110);
pub(super) const ESTIMATED_EFFORT: Key = task(0x8111);
pub(super) const TASK_RECURRENCE: Key = task(0x8116);
pub(super) const TASK_COMPLETE: Key = task(0x811C);
pub(super) const TASK_OWNER: Key = task(0x811F);
pub(super) const TASK_RECURRING: Key = task(0x8126);

pub(super) const LOG_TYPE: Key = log(0x8700);
pub(super) const LOG_START: Key = log(0x8706);
pub(super) const LOG_DURATION: Key = log(0x8707);
pub(super) const LOG_END: Key = log(0x8708);

pub(super) const NOTE_COLOR: Key = Key::Lid(PSETID_NOTE, 0x8B00);

pub(super) const KEYWORDS: Key = Key::String(PS_PUBLIC_STRINGS, "keywords");

pub(super) const IMPORTANCE: Key = tag(0x0017_0003);
pub(super) const SENSITIVITY: Key = tag(0x0036_0003);
pub(super) const OWNER_APPOINTMENT_ID: Key = tag(0x0062_0003);
pub(super) const RESPONSE_REQUESTED: Key = tag(0x0063_000B);
pub(super) const RECIPIENT_FLAGS: Key = tag(0x5FFD_0003);
pub(super) const RECIPIENT_TRACK_STATUS: Key = tag(0x5FFF_0003);
pub(super) const ATTACHMENT_FLAGS: Key = tag(0x7FFD_0003);
pub(super) const EXCEPTION_START: Key = tag(0x7FFB_0040);
