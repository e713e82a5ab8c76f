//! Compressed RTF ([MS-OXRTFCP]).

use crate::bytes::{crc32, u32_at};
use crate::damage::{Effect, Finding, Findings};
use crate::mapi::lzfu::{DICTIONARY, INITIAL};

/// COMPTYPE of compressed contents.
const COMPRESSED: u32 = u32::from_le_bytes(*b"LZFu");
/// COMPTYPE of contents that are RTF as they are.
const UNCOMPRESSED: u32 = u32::from_le_bytes(*b"MELA");
/// Bytes of the header.
const HEADER: usize = 16;
/// Bytes of the header that COMPSIZE does not count.
const UNCOUNTED: usize = 4;
/// The RTF in `bytes`, a value of PidTagRtfCompressed; `None` where there is none. What is wrong with the value is recorded. The
/// result is never more than nine times as long as `bytes`, whatever length they claim.
pub fn decompress(bytes: &[u8], findings: &Findings) -> Option<Vec<u8>> {
    let report = |effect, expected: &str, found: String| {
        findings.add(Finding::new(effect, "PidTagRtfCompressed", expected, found));
    };
    let field = |at| u32_at(bytes, at).map(|v| v as usize);
    let (Some(size), Some(raw_size), Some(kind), Some(crc)) = (field(0), field(4), u32_at(bytes, 8), u32_at(bytes, 12))
    else {
        report(Effect::Lost, "a header of 16 bytes", format!("{} bytes", bytes.len()));
        return None;
    };
    let end = size.saturating_add(UNCOUNTED);
    if end != bytes.len() {
        report(Effect::Notice, "a COMPSIZE that fits the value", format!("{size} in a value of {} bytes", bytes.len()));
    }
    let contents = &bytes[HEADER..end.clamp(HEADER, bytes.len())];
    let rtf = match kind {
        UNCOMPRESSED => contents[..raw_size.min(contents.len())].to_vec(),
        COMPRESSED => {
            let found = crc32(contents);
            if found != crc {
                report(Effect::Altered, &format!("contents with CRC {crc:#010x}"), format!("{found:#010x}"));
            }
            let (rtf, whole) = expand(contents);
            if !whole {
                report(Effect::Lost, "an end mark behind the last run", "the end of the value".into());
            }
            rtf
        }
        other => {
            report(Effect::Lost, "COMPTYPE LZFu or MELA", format!("{other:#010x}"));
            return None;
        }
    };
    if rtf.len() != raw_size {
        report(Effect::Notice, "a RAWSIZE that is true", format!("{raw_size} for {} bytes", rtf.len()));
    }
    Some(rtf)
}

/// The bytes that `contents` stand for, and whether their end mark was there.
fn expand(contents: &[u8]) -> (Vec<u8>, bool) {
    // The dictionary is what was written last, and before that what it begins with.
    let mut out = Vec::with_capacity(INITIAL.len() + contents.len() * 2);
    out.extend_from_slice(INITIAL);
    let is_whole = runs(contents, &mut out).is_some();
    out.drain(..INITIAL.len());
    (out, is_whole)
}

/// Adds what `contents` stand for to `out`; `None` where they end without an end mark.
fn runs(contents: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut input = contents.iter().copied();
    loop {
        let control = input.next()?;
        for bit in 0..8 {
            let first = input.next()?;
            if control >> bit & 1 == 0 {
                out.push(first);
                continue;
            }
            let reference = usize::from(u16::from_be_bytes([first, input.next()?]));
            let (offset, length) = (reference >> 4, (reference & 0xF) + 2);
            let back = out.len().wrapping_sub(offset) % DICTIONARY;
            if back == 0 {
                return Some(());
            }
            repeat(out, back, length);
        }
    }
}

/// Adds the `length` bytes that begin `back` bytes before the end of `out`, which may go on into themselves.
fn repeat(out: &mut Vec<u8>, back: usize, length: usize) {
    match out.len().checked_sub(back) {
        Some(from) if length <= back => out.extend_from_within(from..from + length),
        // What the dictionary has where nothing has been written yet is 0.
        _ => (0..length).for_each(|_| out.push(out.len().checked_sub(back).map_or(0, |at| out[at]))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [MS-OXRTFCP] 3.1.1.
    const SIMPLE: &[u8] = &[
        0x2d, 0, 0, 0, 0x2b, 0, 0, 0, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5, 0xc7, 0xa7, 0x03, 0x00, 0x0a, 0x00, 0x72,
        0x63, 0x70, 0x67, 0x31, 0x32, 0x35, 0x42, 0x32, 0x0a, 0xf3, 0x20, 0x68, 0x65, 0x6c, 0x09, 0x00, 0x20, 0x62,
        0x77, 0x05, 0xb0, 0x6c, 0x64, 0x7d, 0x0a, 0x80, 0x0f, 0xa0,
    ];
    /// [MS-OXRTFCP] 3.1.2: a reference to bytes that it writes itself.
    const CROSSING: &[u8] = &[
        0x1a, 0, 0, 0, 0x1c, 0, 0, 0, 0x4c, 0x5a, 0x46, 0x75, 0xe2, 0xd4, 0x4b, 0x51, 0x41, 0x00, 0x04, 0x20, 0x57,
        0x58, 0x59, 0x5a, 0x0d, 0x6e, 0x7d, 0x01, 0x0e, 0xb0,
    ];

    fn effects(bytes: &[u8]) -> (Option<Vec<u8>>, Vec<Effect>) {
        let findings = Findings::new();
        let rtf = decompress(bytes, &findings);
        (rtf, findings.take().iter().map(|f| f.effect).collect())
    }

    #[test]
    fn the_examples_of_the_specification() {
        assert_eq!(effects(SIMPLE), (Some(b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n".to_vec()), vec![]));
        assert_eq!(effects(CROSSING), (Some(b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}".to_vec()), vec![]));
    }

    #[test]
    fn uncompressed_rtf() {
        let mela = [&[15, 0, 0, 0, 3, 0, 0, 0][..], b"MELA", &[0; 4], b"{a}"].concat();
        assert_eq!(effects(&mela), (Some(b"{a}".to_vec()), vec![]));
    }

    #[test]
    fn false_lengths_and_sums_are_findings() {
        let with = |at: usize, byte: u8| {
            let mut bytes = SIMPLE.to_vec();
            bytes[at] = byte;
            effects(&bytes)
        };
        let whole = effects(SIMPLE).0;
        assert_eq!(with(7, 0xFF), (whole.clone(), vec![Effect::Notice]));
        assert_eq!(with(3, 0xFF), (whole.clone(), vec![Effect::Notice]));
        assert_eq!(with(12, 0), (whole, vec![Effect::Altered]));
        assert_eq!(with(8, 0), (None, vec![Effect::Lost]));
    }

    #[test]
    fn every_cut_is_a_loss_and_keeps_what_was_there() {
        (0..SIMPLE.len()).for_each(|n| {
            let (rtf, effects) = effects(&SIMPLE[..n]);
            assert!(effects.contains(&Effect::Lost), "{n}");
            assert_eq!(rtf.is_some(), n >= HEADER, "{n}");
        });
    }
}
