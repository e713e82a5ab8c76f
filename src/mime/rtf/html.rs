//! A document that was written as RTF, as HTML and as plain text: text, paragraphs, bold, italic, underline, colours, links, lists
//! and pictures. What mail has no use for (pages, sections, measures) is left out.

mod output;
mod picture;

use super::deencap::{character, is_destination};
use super::reader::{Event, Reader};
use output::Output;
pub use picture::Picture;
pub(in crate::mime) use picture::with_file_header;

/// A converted document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Converted {
    /// The HTML. Pictures are named by `cid:` links.
    pub html: String,
    /// The text without any formatting; lines end with CRLF.
    pub text: String,
    /// The pictures, in order.
    pub pictures: Vec<Picture>,
}

/// How text looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Style {
    bold: bool,
    italic: bool,
    underline: bool,
    strike: bool,
    hidden: bool,
    /// The number of a colour in the colour table; 0 is that of the reader.
    color: usize,
    /// The same of what is behind the text.
    background: usize,
}

/// The ways to underline.
const UNDERLINES: [&str; 18] = [
    "ul",
    "uld",
    "uldash",
    "uldashd",
    "uldashdd",
    "uldb",
    "ulhair",
    "ulhwave",
    "ulldash",
    "ulth",
    "ulthd",
    "ulthdash",
    "ulthdashd",
    "ulthdashdd",
    "ulthldash",
    "ululdbwave",
    "ulw",
    "ulwave",
];

/// What the text of a group is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Destination {
    #[default]
    Body,
    Ignored,
    Colors,
    /// The instruction of a field.
    Instruction,
    /// The marker of a list item.
    Marker,
    Picture,
}

/// What a group inherits and restores.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    starred: bool,
    destination: Destination,
    style: Style,
    /// Whether the group is the result of a field: its link ends with it.
    is_link: bool,
}

/// The HTML of `rtf`.
pub(super) fn convert(rtf: &[u8]) -> Converted {
    let mut converter = Converter::default();
    Reader::new(rtf).for_each(|event| converter.event(event));
    converter.finish()
}

#[derive(Default)]
struct Converter {
    output: Output,
    group: Group,
    outer: Vec<Group>,
    colors: Vec<[u8; 3]>,
    color: [u8; 3],
    instruction: String,
    picture: Option<picture::Reading>,
    pictures: Vec<Picture>,
}

impl Converter {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Open => {
                self.outer.push(self.group);
                self.group = Group { starred: false, is_link: false, ..self.group };
            }
            Event::Close => self.close(),
            Event::Word("*", _) => self.group.starred = true,
            Event::Word(word, parameter) => {
                let starred = std::mem::take(&mut self.group.starred);
                self.word(word, parameter, starred);
            }
            Event::Text(text) => self.text(&text),
            Event::Binary(bytes) => {
                if let Some(picture) = &mut self.picture {
                    picture.binary(bytes);
                }
            }
        }
    }

    fn close(&mut self) {
        if self.group.is_link {
            self.output.end_link();
        }
        let outer = self.outer.pop().unwrap_or_default();
        if self.group.destination == Destination::Picture && outer.destination != Destination::Picture {
            self.end_picture();
        }
        self.group = outer;
    }

    fn end_picture(&mut self) {
        let Some(picture) = self.picture.take().and_then(|reading| reading.finish(self.pictures.len())) else { return };
        self.output.picture(&picture.content_id);
        self.pictures.push(picture);
    }

    fn word(&mut self, word: &str, parameter: Option<i32>, starred: bool) {
        use Destination as D;
        let on = parameter != Some(0);
        match (self.group.destination, word) {
            (D::Ignored, _) => {}
            (D::Picture, _) => {
                if let Some(picture) = &mut self.picture {
                    picture.word(word);
                }
            }
            (D::Colors, "red") => self.color[0] = level(parameter),
            (D::Colors, "green") => self.color[1] = level(parameter),
            (D::Colors, "blue") => self.color[2] = level(parameter),
            (_, "colortbl") => self.group.destination = D::Colors,
            (_, "fldinst") => self.begin_instruction(),
            (_, "fldrslt") => self.begin_link(),
            (_, "pntext" | "listtext") => self.group.destination = D::Marker,
            (_, "pict") => self.begin_picture(),
            (_, "shppict") => {}
            // It repeats the picture before it for old readers.
            (_, "nonshppict") => self.group.destination = D::Ignored,
            // The result of an object is what is seen of it.
            (_, "object") => {}
            _ if starred || is_destination(word) => self.group.destination = D::Ignored,
            (D::Body, "par" | "sect" | "page" | "row") => self.output.end_paragraph(),
            (D::Body, "line") => self.output.line_break(),
            (D::Body, "cell") => self.text("\t"),
            (_, "plain") => self.group.style = Style::default(),
            (_, "b") => self.group.style.bold = on,
            (_, "i") => self.group.style.italic = on,
            (_, "ulnone") => self.group.style.underline = false,
            (_, "strike" | "striked") => self.group.style.strike = on,
            (_, "v") => self.group.style.hidden = on,
            (_, "cf") => self.group.style.color = number(parameter),
            (_, "cb" | "chcbpat" | "highlight") => self.group.style.background = number(parameter),
            _ if UNDERLINES.contains(&word) => self.group.style.underline = on,
            _ => {
                if let Some(text) = character(word) {
                    self.text(text);
                }
            }
        }
    }

    fn text(&mut self, text: &str) {
        match self.group.destination {
            Destination::Body if !self.group.style.hidden => {
                let style = self.group.style;
                let color = |n: usize| self.colors.get(n).filter(|_| n != 0).copied();
                self.output.text(text, style, [color(style.color), color(style.background)]);
            }
            Destination::Colors => text.bytes().filter(|byte| *byte == b';').for_each(|_| {
                self.colors.push(std::mem::take(&mut self.color));
            }),
            Destination::Instruction => self.instruction.push_str(text),
            Destination::Marker => self.output.marker(text),
            Destination::Picture => {
                if let Some(picture) = &mut self.picture {
                    picture.hex(text);
                }
            }
            Destination::Body | Destination::Ignored => {}
        }
    }

    fn begin_instruction(&mut self) {
        self.instruction.clear();
        self.group.destination = Destination::Instruction;
    }

    fn begin_link(&mut self) {
        self.group.destination = Destination::Body;
        if let Some(target) = hyperlink(&std::mem::take(&mut self.instruction)) {
            self.output.begin_link(&target);
            self.group.is_link = true;
        }
    }

    fn begin_picture(&mut self) {
        self.group.destination = Destination::Picture;
        self.picture = Some(picture::Reading::default());
    }

    fn finish(self) -> Converted {
        let (html, text) = self.output.finish();
        Converted { html, text, pictures: self.pictures }
    }
}

fn level(parameter: Option<i32>) -> u8 {
    parameter.and_then(|n| u8::try_from(n).ok()).unwrap_or(0)
}

fn number(parameter: Option<i32>) -> usize {
    parameter.and_then(|n| usize::try_from(n).ok()).unwrap_or(0)
}

/// The target of a field such as `HYPERLINK \o "tip" "https://example.org"`, where it is one that a mail client may follow.
fn hyperlink(instruction: &str) -> Option<String> {
    const SCHEMES: [&str; 7] = ["http:", "https:", "mailto:", "ftp:", "file:", "news:", "tel:"];
    let mut rest = instruction.trim().strip_prefix("HYPERLINK")?;
    let (mut target, mut place) = (None, None);
    while let Some(word) = argument(&mut rest) {
        match word {
            "\\l" => place = argument(&mut rest),
            // A tip, and the frame to show it in.
            "\\o" | "\\t" => _ = argument(&mut rest),
            _ if word.starts_with('\\') => {}
            _ => target = target.or(Some(word)),
        }
    }
    let target = target?;
    let lower = target.to_ascii_lowercase();
    let place = place.map(|place| format!("#{place}")).unwrap_or_default();
    SCHEMES.iter().any(|scheme| lower.starts_with(scheme)).then(|| format!("{target}{place}"))
}

/// The next word of an instruction or what is in quotes there.
fn argument<'i>(rest: &mut &'i str) -> Option<&'i str> {
    let text = rest.trim_start();
    let (word, behind) = match text.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
        None => text.split_at(text.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(text.len())),
    };
    *rest = behind;
    (!text.is_empty()).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(rtf: &[u8]) -> String {
        let html = convert(rtf).html;
        let body = html.split_once("<body>").unwrap().1;
        body.strip_suffix("</body></html>\r\n").unwrap().replace("\r\n", "")
    }

    #[test]
    fn paragraphs_and_styles() {
        let rtf = b"{\\rtf1{\\fonttbl{\\f0 Arial;}}{\\info{\\title no}}\\pard a {\\b b \\i c}<d>\\par\\par e\\line f}";
        assert_eq!(body(rtf), "<p>a <b>b </b><b><i>c</i></b>&lt;d&gt;</p><p><br></p><p>e<br>f</p>");
        assert_eq!(convert(rtf).text, "a b c<d>\r\n\r\ne\r\nf\r\n");
    }

    #[test]
    fn colours_links_and_hidden_text() {
        let rtf = br#"{\rtf1{\colortbl;\red255\green0\blue0;}\cf1 red\cf0  {\v no}{\field{\*\fldinst{HYPERLINK "http://a/?b&c"}}{\fldrslt{\ul link}}}x}"#;
        let expected = r#"<p><span style="color:#ff0000">red</span> <a href="http://a/?b&amp;c"><u>link</u></a>x</p>"#;
        assert_eq!(body(rtf), expected);
        assert_eq!(hyperlink("HYPERLINK \"javascript:alert(1)\""), None);
    }

    #[test]
    fn backgrounds_and_underlines() {
        let rtf = br"{\rtf1{\colortbl;\red255\green0\blue0;\red0\green0\blue255;}{\highlight1 a}{\cf2\chcbpat1 b}{\cb2 c\cb0 d}}";
        let expected = "<p><span style=\"background-color:#ff0000\">a</span>\
            <span style=\"color:#0000ff;background-color:#ff0000\">b</span>\
            <span style=\"background-color:#0000ff\">c</span>d</p>";
        assert_eq!(body(rtf), expected);
        assert_eq!(
            body(br"{\rtf1{\ulth a}{\ulwave b\ulwave0 c}{\uldash d\ulnone e}{\ulc1 f}}"),
            "<p><u>ab</u>c<u>d</u>ef</p>"
        );
    }

    #[test]
    fn where_links_lead() {
        let of = |instruction: &str| hyperlink(instruction).unwrap_or_default();
        assert_eq!(of(" HYPERLINK \\o \"a tip\" \"http://a/b c\" \\t \"_blank\""), "http://a/b c");
        assert_eq!(of("HYPERLINK \"http://a/\" \\l \"place\" \\h"), "http://a/#place");
        assert_eq!(of("HYPERLINK\"http://a/\""), "http://a/");
        assert_eq!(of("HYPERLINK \\n http://a/ "), "http://a/");
        assert_eq!(of("HYPERLINK \\l \"place\""), "");
        assert_eq!(of("HYPERLINK \\o \"http://tip\""), "");
    }

    #[test]
    fn lettered_and_roman_lists() {
        let list = |markers: &[&str]| {
            let items: String = markers.iter().map(|m| format!("{{\\pntext {m}\\tab}}x\\par")).collect();
            body(format!("{{\\rtf1 {items}}}").as_bytes()).replace("x</li>", "")
        };
        assert_eq!(list(&["a)", "b)"]), "<ol type=\"a\"><li value=\"1\"><li value=\"2\"></ol>");
        assert_eq!(list(&["(I)", "(II)"]), "<ol type=\"I\"><li value=\"1\"><li value=\"2\"></ol>");
        assert_eq!(list(&["iv.", "v."]), "<ol type=\"i\"><li value=\"4\"><li value=\"5\"></ol>");
        assert_eq!(list(&["H.", "I."]), "<ol type=\"A\"><li value=\"8\"><li value=\"9\"></ol>");
        assert_eq!(list(&["z.", "aa."]), "<ol type=\"a\"><li value=\"26\"><li value=\"27\"></ol>");
        assert_eq!(list(&["1.", "a."]), "<ol><li value=\"1\"></ol><ol type=\"a\"><li value=\"1\"></ol>");
        // Bullets that are letters of a font, and words.
        assert_eq!(
            list(&["o", "Note:", &"m".repeat(500), &format!("{}.", "m".repeat(500))]),
            format!("<ul>{}</ul>", "<li>".repeat(4))
        );
    }

    #[test]
    fn lists() {
        let rtf = b"{\\rtf1 {\\pntext\\'b7\\tab}{\\*\\pn\\pnlvlblt}one\\par{\\pntext\\'b7\\tab}two\\par\\pard{\\listtext 3.\\tab}three\\par end}";
        assert_eq!(body(rtf), "<ul><li>one</li><li>two</li></ul><ol><li value=\"3\">three</li></ol><p>end</p>");
        assert_eq!(convert(rtf).text, "\u{b7}\tone\r\n\u{b7}\ttwo\r\n3.\tthree\r\nend\r\n");
    }

    #[test]
    fn pictures() {
        let rtf = b"{\\rtf1 a{\\*\\shppict{\\pict\\pngblip\\picw1 89504e47\r\n0d0a}}{\\nonshppict{\\pict\\wmetafile8 00}}b{\\pict\\jpegblip\\bin3 \xff\xd8\xff}}";
        let converted = convert(rtf);
        let found: Vec<_> = converted.pictures.iter().map(|p| (p.media_type, p.bytes.as_slice())).collect();
        assert_eq!(found, [("image/png", &b"\x89PNG\r\n"[..]), ("image/jpeg", b"\xff\xd8\xff")]);
        let ids: Vec<_> =
            converted.pictures.iter().map(|p| format!("<img src=\"cid:{}\" alt=\"\">", p.content_id)).collect();
        assert_eq!(body(rtf), format!("<p>a{}b{}</p>", ids[0], ids[1]));
    }
}
