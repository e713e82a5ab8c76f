//! De-encapsulation: the HTML or text that an RTF document was made from ([MS-OXRTFEX]).

use super::reader::{Event, Reader};

/// What an RTF document was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Html,
    Text,
    Rtf,
}

/// How many events the header may take before FROMHTML or FROMTEXT ([MS-OXRTFEX] 2.2.3.1).
const HEADER: usize = 12;

/// What `rtf` was made from.
pub(super) fn origin(rtf: &[u8]) -> Origin {
    let word = |event| match event {
        Event::Word("fromhtml", Some(1)) => Some(Origin::Html),
        Event::Word("fromtext", _) => Some(Origin::Text),
        // The header ends with the first table.
        Event::Word("fonttbl", _) => Some(Origin::Rtf),
        _ => None,
    };
    Reader::new(rtf).take(HEADER).find_map(word).unwrap_or(Origin::Rtf)
}

/// The HTML in `rtf`. Lines end with CRLF.
pub(super) fn html(rtf: &[u8]) -> String {
    extract(rtf, |word| {
        Some(match word {
            "par" | "line" => "\r\n",
            "tab" => "\t",
            "lquote" => "&lsquo;",
            "rquote" => "&rsquo;",
            "ldblquote" => "&ldquo;",
            "rdblquote" => "&rdquo;",
            "bullet" => "&bull;",
            "endash" => "&ndash;",
            "emdash" => "&mdash;",
            "~" => "&nbsp;",
            "_" => "&shy;",
            _ => return None,
        })
    })
}

/// The text in `rtf`. Lines end with CRLF.
pub(super) fn text(rtf: &[u8]) -> String {
    extract(rtf, character)
}

/// What a control word is as a character of plain text.
pub(super) fn character(word: &str) -> Option<&'static str> {
    Some(match word {
        "par" | "line" => "\r\n",
        "tab" => "\t",
        "lquote" => "\u{2018}",
        "rquote" => "\u{2019}",
        "ldblquote" => "\u{201C}",
        "rdblquote" => "\u{201D}",
        "bullet" => "\u{2022}",
        "endash" => "\u{2013}",
        "emdash" => "\u{2014}",
        "enspace" => "\u{2002}",
        "emspace" => "\u{2003}",
        "~" => "\u{A0}",
        "_" => "\u{2011}",
        "-" => "\u{AD}",
        _ => return None,
    })
}

/// What a group inherits and restores.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    /// Whether `\*` stands at its start: without a known word behind it, the group is ignored.
    starred: bool,
    /// Whether it is passed over.
    ignored: bool,
    /// Whether its content was not in the original (HTMLRTF).
    rtf_only: bool,
}

/// The content of `rtf` that belongs to the original; `symbol` gives what control words stand for.
fn extract(rtf: &[u8], symbol: impl Fn(&str) -> Option<&'static str>) -> String {
    let mut out = String::new();
    let mut outer = Vec::new();
    let mut group = Group::default();
    for event in Reader::new(rtf) {
        match event {
            Event::Open => {
                outer.push(group);
                group.starred = false;
            }
            Event::Close => group = outer.pop().unwrap_or_default(),
            Event::Word("*", _) => group.starred = true,
            Event::Word("htmltag", _) => group = Group { rtf_only: false, ..Group::default() },
            Event::Word("htmlrtf", parameter) => group.rtf_only = parameter != Some(0),
            Event::Word(word, _) if group.starred || is_destination(word) => {
                group.ignored = true;
                group.starred = false;
            }
            Event::Text(_) | Event::Word(..) if group.ignored || group.rtf_only => {}
            Event::Word(word, _) => out.push_str(symbol(word).unwrap_or_default()),
            Event::Text(text) => out.push_str(&text),
            Event::Binary(_) => {}
        }
    }
    out
}

/// Whether `word` begins a group whose text is not text of the document.
pub(super) fn is_destination(word: &str) -> bool {
    const DESTINATIONS: [&str; 16] = [
        "fonttbl",
        "colortbl",
        "stylesheet",
        "info",
        "pict",
        "object",
        "header",
        "headerl",
        "headerr",
        "headerf",
        "footer",
        "footerl",
        "footerr",
        "footerf",
        "footnote",
        "filetbl",
    ];
    DESTINATIONS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_document_comes_from() {
        assert_eq!(origin(b"{\\rtf1\\ansi\\ansicpg1251\\fromhtml1 \\deff0"), Origin::Html);
        assert_eq!(origin(b"{\\rtf1\\ansi\\fromtext \\fbidi \\deff0"), Origin::Text);
        assert_eq!(origin(b"{\\rtf1\\ansi\\deff0{\\fonttbl{\\f0 A;}}\\fromhtml1 }"), Origin::Rtf);
        assert_eq!(origin(b""), Origin::Rtf);
    }

    /// After the example of [MS-OXRTFEX] 3.1.
    #[test]
    fn html_comes_back_as_it_was() {
        let rtf = br"{\rtf1\ANSI\ansicpg1251\fromhtml1 \deff0
{\fonttbl {\f0\fmodern Courier New;}{\f1\fswiss Arial;}{\f2\fswiss\fcharset0 Arial;}}
{\colortbl\red0\green0\blue0;\red0\green0\blue255;}
{\*\htmltag64}
\uc1\pard\plain\deftab360 \f0\fs24
{\*\htmltag19 <HTML>\par
}
{\*\htmltag34 <HEAD>\par
}
{\*\htmltag27 \'20\'20<STYLE>\par
}
{\*\htmltag241   <!-- a comment -->}
{\*\htmltag50 <BODY>}\htmlrtf \lang1033 \htmlrtf0
{\*\htmltag64 <P>}\htmlrtf {\htmlrtf0 Note the line break inside a P tag.
{\*\htmltag84 <b>}\htmlrtf {\b \htmlrtf0 This is bold text{\*\htmltag92 </b>}\htmlrtf }\htmlrtf0
{\*\htmltag84 &nbsp;}\htmlrtf \'a0\htmlrtf0
{\*\mhtmltag84 <a href=rewritten>}{\*\htmltag84 <a href=original>}\lquote x\rquote\~\par
\htmlrtf }\htmlrtf0{\*\htmltag58 </BODY>}}";
        let expected = "<HTML>\r\n<HEAD>\r\n  <STYLE>\r\n  <!-- a comment --><BODY><P>Note the line break inside a P tag.<b>\
            This is bold text</b>&nbsp;<a href=original>&lsquo;x&rsquo;&nbsp;\r\n</BODY>";
        assert_eq!(origin(rtf), Origin::Html);
        assert_eq!(html(rtf), expected);
    }

    #[test]
    fn text_comes_back_as_it_was() {
        let rtf = b"{\\rtf1\\ansi\\ansicpg1252\\fromtext \\deff0{\\fonttbl{\\f0\\fswiss Arial;}}\r\n\\uc1\\pard\\plain \\f0 a\\tab b\\par\r\n{c\\{\\}\\\\ \\'e4}\\par }";
        assert_eq!(text(rtf), "a\tb\r\nc{}\\ ä\r\n");
    }

    /// [MS-OXRTFEX] 2.1.3.1.3: the state goes into groups and comes back behind them.
    #[test]
    fn htmlrtf_in_nested_groups() {
        assert_eq!(html(b"a\\htmlrtf b{c\\htmlrtf0 d}e\\htmlrtf0 f"), "adf");
    }
}
