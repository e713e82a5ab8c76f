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
}

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
            (_, "ul" | "uldb" | "uld" | "ulw") => self.group.style.underline = on,
            (_, "ulnone") => self.group.style.underline = false,
            (_, "strike" | "striked") => self.group.style.strike = on,
            (_, "v") => self.group.style.hidden = on,
            (_, "cf") => self.group.style.color = parameter.and_then(|n| usize::try_from(n).ok()).unwrap_or(0),
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
                let color = style.color.checked_sub(1).and_then(|_| self.colors.get(style.color)).copied();
                self.output.text(text, style, color);
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

/// The target of a field such as `HYPERLINK "https://example.org"`, where it is one that a mail client may follow.
fn hyperlink(instruction: &str) -> Option<String> {
    const SCHEMES: [&str; 7] = ["http:", "https:", "mailto:", "ftp:", "file:", "news:", "tel:"];
    let rest = instruction.trim().strip_prefix("HYPERLINK")?.trim_start();
    let target = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => rest.split_whitespace().next()?,
    };
    let lower = target.to_ascii_lowercase();
    SCHEMES.iter().any(|scheme| lower.starts_with(scheme)).then(|| target.to_owned())
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
