use super::attach::Attacher;
use super::random::Random;
use super::{Attachments, MOST_EACH, Options, Shape};
use crate::mapi::Value;
use crate::mapi::tag::pr;
use crate::mt::object::Attachment;

/// What each message has besides its attachments here.
const BESIDES: u64 = 2000;

fn len(attachment: &Attachment<'_>) -> u64 {
    let Some(Value::Stream(data)) = attachment.props.get(pr::ATTACH_DATA_BIN) else { panic!("no data") };
    data.len()
}

/// The bytes of the attachments of each message, with 2000 bytes of other content before each.
fn attached(options: &Options) -> Vec<u64> {
    let mut random = Random(options.seed);
    let mut attacher = Attacher::new(options, &mut random);
    let mut written = 0;
    let mut of_message = |n| {
        let attachments = attacher.attachments(u64::from(n), written, &mut random);
        let bytes = attachments.iter().map(len).sum();
        written += bytes + BESIDES;
        bytes
    };
    (0..options.messages).map(&mut of_message).collect()
}

/// Any size that is accepted is met, and no message becomes too large for a frame.
#[test]
fn no_message_gets_more_than_a_frame_holds() {
    for (messages, size) in [(20, 20 << 30), (1000, 100_000_000_000), (6, 4_500_000_000), (300, 300 * MOST_EACH)] {
        for attachments in [Attachments::Few, Attachments::Many, Attachments::Huge] {
            for seed in 0..20 {
                let shape = Shape::Calendar;
                let bytes = attached(&Options { seed, messages, folders: 1, shape, attachments, size: Some(size) });
                let most = bytes.iter().max().unwrap();
                assert!(*most <= (4 << 30) - (64 << 20), "{messages} {attachments:?} {seed}: {most}");
                let others = BESIDES * u64::from(messages - 1);
                assert_eq!(bytes.iter().sum::<u64>() + others, size, "{messages} {attachments:?} {seed}");
            }
        }
    }
}
