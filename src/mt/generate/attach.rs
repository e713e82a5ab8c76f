//! Which messages have attachments, and how large they are.

use super::random::{Noise, Random};
use super::{Attachments, MOST_EACH, Options};
use crate::mapi::tag::pr;
use crate::mapi::{PropTag, Props, Stream, Value, attach_method};
use crate::mt::object::Attachment;

const FILES: [(&str, &str); 6] = [
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("zip", "application/zip"),
];
/// Half of all attachments are not larger than twice this, where nothing asks for a size.
const SMALL: u64 = 4 << 10;
const HUGE: u64 = 16 << 20;
/// The most bytes of one attachment; what is more is divided.
const LARGE: u64 = 64 << 20;
const LARGEST: u64 = 1 << 30;
/// Frames are smaller than 4 GiB. A message gets what was missing before it, less than this, and the share of its own, which is not
/// more than [`MOST_EACH`]; 64 MiB are left for what it has besides.
const MOST_MISSING: u64 = (4 << 30) - MOST_EACH - (64 << 20);
/// How many times its argument [`Random::heavy`] is on average: 7 doublings, times one and a half.
const HEAVY_MEAN: u64 = 10;

/// Hands out attachments.
pub(super) struct Attacher {
    options: Options,
    /// How many bytes have to be missing until there is another attachment.
    threshold: u64,
}

impl Attacher {
    pub fn new(options: &Options, random: &mut Random) -> Self {
        let mut attacher = Self { options: *options, threshold: 0 };
        attacher.threshold = attacher.next_threshold(random);
        attacher
    }

    /// The attachments of message `n`, before which the stream has `written` bytes.
    pub fn attachments(&mut self, n: u64, written: u64, random: &mut Random) -> Vec<Attachment<'static>> {
        let mut due = match self.options.size {
            Some(size) => self.due(size, n, written, random),
            None => self.unasked(random),
        };
        let (most, crowd) = match self.options.attachments {
            Attachments::Many => (LARGE, random.heavy(1).min(20)),
            Attachments::Huge => (LARGEST, 1),
            Attachments::None | Attachments::Few => (LARGE, 1),
        };
        let each = due.div_ceil(crowd).min(most);
        let mut attachments = Vec::new();
        while due > 0 {
            let len = due.min(each);
            due -= len;
            attachments.push(file(&format!("{n}-{}", attachments.len() + 1), len, random));
        }
        attachments
    }

    /// One message in so many has attachments.
    fn spacing(&self) -> u64 {
        match self.options.attachments {
            Attachments::None | Attachments::Few => 6,
            Attachments::Many => 2,
            Attachments::Huge => 50,
        }
    }

    /// Bytes of attachments where nothing asks for a size.
    fn unasked(&self, random: &mut Random) -> u64 {
        let has_some = random.below(self.spacing()) == 0;
        match self.options.attachments {
            _ if !has_some => 0,
            Attachments::None => 0,
            Attachments::Few | Attachments::Many => random.heavy(SMALL),
            Attachments::Huge => random.heavy(HUGE).min(LARGEST),
        }
    }

    /// What is missing of `size` at message `n`, once it is enough for an attachment; all of it at the last message.
    fn due(&mut self, size: u64, n: u64, written: u64, random: &mut Random) -> u64 {
        let messages = u128::from(self.options.messages.max(1));
        let goal = u128::from(size) * u128::from(n + 1) / messages;
        let due = u64::try_from(goal).unwrap_or(size).saturating_sub(written);
        if due < self.threshold && n + 1 < u64::from(self.options.messages) {
            return 0;
        }
        self.threshold = self.next_threshold(random);
        due
    }

    fn next_threshold(&self, random: &mut Random) -> u64 {
        let each = self.options.size.unwrap_or(0) / u64::from(self.options.messages.max(1));
        random.heavy((each * self.spacing() / HEAVY_MEAN).max(1)).min(MOST_MISSING)
    }
}

/// A file of `len` bytes.
pub(super) fn file(name: &str, len: u64, random: &mut Random) -> Attachment<'static> {
    let (extension, mime) = *random.pick(&FILES);
    let name = format!("{name}.{extension}");
    let mut props = Props::new();
    props.push(pr::ATTACH_METHOD, Value::I32(attach_method::BY_VALUE));
    props.push(pr::ATTACH_DATA_BIN, Value::Stream(Stream::new(Noise { seed: random.next(), len })));
    props.push(pr::ATTACH_FILENAME, Value::str(name.clone()));
    props.push(pr::ATTACH_LONG_FILENAME, Value::str(name));
    props.push(PropTag(0x3703_001F), Value::str(format!(".{extension}")));
    props.push(PropTag(0x370E_001F), Value::str(mime));
    Attachment { props, embedded: None }
}
