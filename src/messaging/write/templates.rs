//! The columns of the tables, as Outlook's own files have them: those that [MS-PST] demands and those that it adds.

use crate::mapi::PropTag;
use crate::ndb::Nid;

const fn tags<const N: usize>(tags: [u32; N]) -> [PropTag; N] {
    let mut out = [PropTag(0); N];
    let mut i = 0;
    while i < N {
        out[i] = PropTag(tags[i]);
        i += 1;
    }
    out
}

/// Hierarchy table ([MS-PST] 2.4.4.4.1).
pub static HIERARCHY: [PropTag; 11] = tags([
    0x3001_001F,
    0x3602_0003,
    0x3603_0003,
    0x360A_000B,
    0x0E30_0102,
    0x0E33_0014,
    0x0E34_0102,
    0x0E38_0003,
    0x3613_001F,
    0x6635_0003,
    0x6636_0003,
]);

/// Contents table (2.4.4.5.1).
pub static CONTENTS: [PropTag; 26] = tags([
    0x0E17_0003,
    0x001A_001F,
    0x0E07_0003,
    0x0017_0003,
    0x0042_001F,
    0x0037_001F,
    0x0E06_0040,
    0x0039_0040,
    0x0E08_0003,
    0x0E04_001F,
    0x0E03_001F,
    0x0057_000B,
    0x0058_000B,
    0x0036_0003,
    0x1097_0003,
    0x0070_001F,
    0x0071_0102,
    0x3013_0102,
    0x65C6_0003,
    0x3008_0040,
    0x0E30_0102,
    0x0E33_0014,
    0x0E34_0102,
    0x0E3D_0102,
    0x0E3C_0102,
    0x0E38_0003,
]);

/// Contents table of folder-associated messages (2.4.4.6.1).
pub static ASSOC_CONTENTS: [PropTag; 13] = tags([
    0x0E17_0003,
    0x001A_001F,
    0x0E07_0003,
    0x3001_001F,
    0x7003_0003,
    0x7004_0102,
    0x7005_0102,
    0x7006_001F,
    0x7007_0003,
    0x6800_001F,
    0x6803_000B,
    0x6805_1003,
    0x682F_001F,
]);

/// Contents table of a search folder (2.4.8.6.2.1).
pub static SEARCH_CONTENTS: [PropTag; 17] = tags([
    0x67F1_0003,
    0x0E05_001F,
    0x0E17_0003,
    0x001A_001F,
    0x0E07_0003,
    0x0017_0003,
    0x0042_001F,
    0x0037_001F,
    0x0E06_0040,
    0x0E08_0003,
    0x0E04_001F,
    0x0E03_001F,
    0x0057_000B,
    0x0058_000B,
    0x0036_0003,
    0x0E2A_000B,
    0x3008_0040,
]);

/// Attachment table (2.4.6.1.1).
pub static ATTACHMENTS: [PropTag; 4] = tags([0x370B_0003, 0x0E20_0003, 0x3705_0003, 0x3704_001F]);

/// Recipient table (2.4.5.3.1).
pub static RECIPIENTS: [PropTag; 12] = tags([
    0x0E0F_000B,
    0x3002_001F,
    0x3003_001F,
    0x0FFF_0102,
    0x3001_001F,
    0x0C15_0003,
    0x300B_0102,
    0x0FF9_0102,
    0x0FFE_0003,
    0x3900_0003,
    0x3A40_000B,
    0x39FF_001F,
]);

/// Receive-folder table: which class of messages is delivered to which folder.
pub static RECEIVE_FOLDERS: [PropTag; 2] = tags([0x6605_0003, 0x001A_001F]);

static OUTGOING_QUEUE: [PropTag; 3] = tags([0x0E14_0003, 0x0E10_0003, 0x0039_0040]);
static TABLE_6B6: [PropTag; 3] = tags([0x0E33_0014, 0x0E37_0102, 0x0E38_0003]);
static TABLE_6D7: [PropTag; 7] =
    tags([0x0E3E_0102, 0x0E31_0102, 0x0E30_0102, 0x0E38_0003, 0x0E34_0102, 0x0E33_0014, 0x001A_001F]);
static TABLE_6F8: [PropTag; 2] = tags([0x3007_0040, 0x0E33_0014]);

/// Nodes that hold an empty table in every file (2.7.1, and what Outlook adds).
pub static EMPTY_TABLES: [(Nid, &[PropTag]); 10] = [
    (Nid(0x60D), &HIERARCHY),
    (Nid(0x60E), &CONTENTS),
    (Nid(0x60F), &ASSOC_CONTENTS),
    (Nid(0x610), &SEARCH_CONTENTS),
    (Nid(0x64C), &OUTGOING_QUEUE),
    (Nid::ATTACHMENT_TABLE, &ATTACHMENTS),
    (Nid::RECIPIENT_TABLE, &RECIPIENTS),
    (Nid(0x6B6), &TABLE_6B6),
    (Nid(0x6D7), &TABLE_6D7),
    (Nid(0x6F8), &TABLE_6F8),
];
