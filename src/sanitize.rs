//! Text of a file that somebody else wrote, made safe to show and to use as a name.

use std::borrow::Cow;

/// Bytes of a file name that [`file_name`] makes at most: what file systems take (255), less room for ` (2)` and an extension.
pub const NAME_BYTES: usize = 230;

/// `text` for a terminal or a log: one line, no escape sequences, nothing that turns the direction of what follows. What is
/// taken out stays readable as `\n`, `\t` or `\u{1b}`.
pub fn text(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_unsafe(c) {
            // `escape_default` leaves no character outside of ASCII, all of these become `\n` or `\u{…}`.
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Whether `c` does something to a terminal other than being shown.
fn is_unsafe(c: char) -> bool {
    c.is_control() || is_bidi_control(c) || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Embeddings, overrides and isolates of the bidirectional algorithm: they make `txt.exe` out of `exe.txt`.
fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// `name` as the name of one file or directory on Linux, macOS and Windows: never a path, never empty, never a device, never an option
/// of a command or the formula of a spreadsheet, at most `max` bytes (the extension is kept where it fits). The same name always becomes the same name, and a name that was
/// made here stays as it is. Different names may become the same: the caller numbers them.
pub fn file_name(name: &str, max: usize) -> String {
    let mut clean: String = name.chars().map(|c| if is_forbidden(c) { '_' } else { c }).collect();
    let start = clean.len() - clean.trim_start().len();
    if clean[start..].starts_with(['=', '+', '-', '@']) {
        clean.replace_range(start..=start, "_");
    }
    let clean = trim(&clean);
    let clean = if is_device(clean) { format!("_{clean}") } else { clean.to_owned() };
    let cut = cut(&clean, max);
    if cut.is_empty() { "_".to_owned() } else { cut }
}

/// The name of the file at the end of `path`, for whoever makes a file of it: without directories, control characters, and what turns the
/// direction of text; all else stays.
pub fn last_of_path(path: &str) -> String {
    let clean: String = path.chars().filter(|c| !is_unsafe(*c)).collect();
    let last = clean.rsplit(['/', '\\']).map(str::trim).find(|name| !name.is_empty());
    last.filter(|name| name.chars().any(|c| c != '.')).unwrap_or("_").to_owned()
}

fn is_forbidden(c: char) -> bool {
    is_unsafe(c) || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|')
}

/// Without what Windows drops at the end, and without blanks at the start.
fn trim(name: &str) -> &str {
    name.trim_start().trim_end_matches(|c: char| c == '.' || c.is_whitespace())
}

/// Whether Windows takes `name` for a device, whatever its extension.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let port = |prefix: &str| {
        let mut rest = stem.strip_prefix(prefix).unwrap_or_default().chars();
        matches!((rest.next(), rest.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$") || port("COM") || port("LPT")
}

/// Extensions longer than this are taken for a part of the name.
const EXTENSION_BYTES: usize = 16;

/// At most `max` bytes of `name`, whole characters, the extension kept where it is short.
fn cut(name: &str, max: usize) -> String {
    if name.len() <= max {
        return name.to_owned();
    }
    let dot = name.rfind('.').filter(|dot| *dot > 0 && name.len() - dot <= EXTENSION_BYTES.min(max / 2));
    let (stem, extension) = name.split_at(dot.unwrap_or(name.len()));
    let stem = &stem[..stem.floor_char_boundary(max.saturating_sub(extension.len()))];
    format!("{}{extension}", trim(stem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmless_text_is_not_touched() {
        for harmless in ["", "Re: Größe 日本語 💩 שלום", "a\u{200D}b"] {
            assert!(matches!(text(harmless), Cow::Borrowed(t) if t == harmless));
        }
    }

    #[test]
    fn escapes_and_overrides_are_disarmed() {
        for (from, to) in [
            ("\x1b]0;owned\x07", "\\u{1b}]0;owned\\u{7}"),
            ("a\nb\tc\r", "a\\nb\\tc\\r"),
            ("\u{9b}2J\u{7f}", "\\u{9b}2J\\u{7f}"),
            ("a\u{202E}gpj.exe", "a\\u{202e}gpj.exe"),
            ("\u{2067}\u{2028}", "\\u{2067}\\u{2028}"),
            ("C:\\ü\x01", "C:\\ü\\u{1}"),
        ] {
            assert_eq!(text(from), to);
        }
    }

    #[test]
    fn names_that_are_safe_everywhere() {
        for (from, to) in [
            ("Report.pdf", "Report.pdf"),
            ("Größe 日本語.txt", "Größe 日本語.txt"),
            ("", "_"),
            (".", "_"),
            ("..", "_"),
            ("../../etc/passwd", ".._.._etc_passwd"),
            ("C:\\boot.ini", "C__boot.ini"),
            ("a\0b\nc", "a_b_c"),
            ("what? *now*", "what_ _now_"),
            ("trailing. . ", "trailing"),
            (" \u{3000}leading", "leading"),
            ("nul", "_nul"),
            ("NUL.txt", "_NUL.txt"),
            ("con .txt", "_con .txt"),
            ("COM7", "_COM7"),
            ("lpt¹.doc", "_lpt¹.doc"),
            ("COM10", "COM10"),
            ("console", "console"),
            ("x\u{202E}fdp.exe", "x_fdp.exe"),
            (".profile", ".profile"),
            ("-rf", "_rf"),
            (" =1+1", "_1+1"),
            ("+49 30", "_49 30"),
            ("@home", "_home"),
            ("- -", "_ -"),
        ] {
            assert_eq!(file_name(from, NAME_BYTES), to, "{from:?}");
        }
    }

    #[test]
    fn names_of_files_somewhere() {
        for (from, to) in [
            ("Größe: \"1\".txt", "Größe: \"1\".txt"),
            ("../../etc/passwd", "passwd"),
            ("C:\\a\\b.txt", "b.txt"),
            ("a/b/", "b"),
            ("x\u{202E}fdp.exe", "xfdp.exe"),
            ("a\r\nb", "ab"),
            ("..", "_"),
            ("/", "_"),
            ("", "_"),
        ] {
            assert_eq!(last_of_path(from), to, "{from:?}");
        }
    }

    #[test]
    fn long_names_are_cut_between_characters_and_keep_their_extension() {
        assert_eq!(file_name("aaaaaaaaaa.txt", 10), "aaaaaa.txt");
        assert_eq!(file_name("ääääää", 5), "ää");
        assert_eq!(file_name("日本語日本語.eml", 12), "日本.eml");
        assert_eq!(file_name("ab .cdefghijkl", 4), "ab");
        assert_eq!(file_name("aaaa.averyveryverylongextension", 10), "aaaa.avery");
        assert_eq!(file_name("abc", 0), "_");
    }

    #[test]
    fn a_safe_name_stays_as_it_is() {
        for name in
            ["../x", "NUL", "a. ", "aaaaaaaaaa . .txt", "日本語日本語日本語.eml", "", "a.b.c.d.e.f", "x   .y", "--x"]
        {
            for max in [1, 4, 8, 12, NAME_BYTES] {
                let once = file_name(name, max);
                assert_eq!(file_name(&once, max), once, "{name:?} {max}");
                assert!(once.len() <= max.max(1), "{once:?} {max}");
            }
        }
    }
}
