//! The HTML and the text of a document as they grow.

use std::fmt::Write;

use super::Style;

/// A list that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    Bullets,
    /// What the first item is called: 1, a, A, i or I.
    Numbers(char),
}

impl List {
    const fn tag(self) -> &'static str {
        match self {
            Self::Bullets => "ul",
            Self::Numbers(_) => "ol",
        }
    }
}

/// The list that an item is of, and its number there.
type Place = (List, Option<u32>);
/// The colour of the text, and the one behind it.
type Colors = [Option<[u8; 3]>; 2];

/// What is written so far. Runs of the same look share their tags.
#[derive(Debug, Default)]
pub(super) struct Output {
    html: String,
    text: String,
    /// The paragraph that is not ended yet.
    paragraph: String,
    /// The end tags of the run that is open, and what it looks like.
    run: Option<(Style, Colors)>,
    marker: String,
    list: Option<List>,
    /// The last item of any list.
    item: Option<Place>,
}

impl Output {
    pub(super) fn text(&mut self, text: &str, style: Style, colors: Colors) {
        let look = (Style { color: 0, background: 0, ..style }, colors);
        if self.run != Some(look) {
            self.end_run();
            begin_run(&mut self.paragraph, look);
            self.run = Some(look);
        }
        escape(&mut self.paragraph, text);
        self.text.push_str(text);
    }

    /// Text of the marker of a list item.
    pub(super) fn marker(&mut self, text: &str) {
        self.marker.push_str(text);
        self.text.push_str(text);
    }

    pub(super) fn line_break(&mut self) {
        self.paragraph.push_str("<br>\r\n");
        self.text.push_str("\r\n");
    }

    pub(super) fn begin_link(&mut self, target: &str) {
        self.end_run();
        self.paragraph.push_str("<a href=\"");
        escape(&mut self.paragraph, target);
        self.paragraph.push_str("\">");
    }

    pub(super) fn end_link(&mut self) {
        self.end_run();
        self.paragraph.push_str("</a>");
    }

    pub(super) fn picture(&mut self, content_id: &str) {
        self.end_run();
        self.paragraph.push_str("<img src=\"cid:");
        self.paragraph.push_str(content_id);
        self.paragraph.push_str("\" alt=\"\">");
    }

    fn end_run(&mut self) {
        let Some((style, colors)) = self.run.take() else { return };
        let tags = [
            (colors != [None; 2], "</span>"),
            (style.strike, "</s>"),
            (style.underline, "</u>"),
            (style.italic, "</i>"),
            (style.bold, "</b>"),
        ];
        tags.into_iter().filter(|(is_set, _)| *is_set).for_each(|(_, tag)| self.paragraph.push_str(tag));
    }

    pub(super) fn end_paragraph(&mut self) {
        self.end_run();
        self.text.push_str("\r\n");
        let content = std::mem::take(&mut self.paragraph);
        let marker = std::mem::take(&mut self.marker);
        let item = place(&marker, self.item);
        self.item = item.or(self.item);
        self.change_list(item.map(|(list, _)| list));
        let content = if content.is_empty() { "<br>" } else { &content };
        // Writing to a string can't fail.
        _ = match item {
            None => write!(self.html, "<p>{content}</p>\r\n"),
            Some((_, Some(number))) => write!(self.html, "<li value=\"{number}\">{content}</li>\r\n"),
            Some((_, None)) => write!(self.html, "<li>{content}</li>\r\n"),
        };
    }

    fn change_list(&mut self, list: Option<List>) {
        if self.list == list {
            return;
        }
        if let Some(old) = self.list {
            _ = write!(self.html, "</{}>\r\n", old.tag());
        }
        _ = match list {
            None => Ok(()),
            Some(List::Numbers(first)) if first != '1' => write!(self.html, "<ol type=\"{first}\">\r\n"),
            Some(new) => write!(self.html, "<{}>\r\n", new.tag()),
        };
        self.list = list;
    }

    /// The HTML and the text.
    pub(super) fn finish(mut self) -> (String, String) {
        if !self.paragraph.is_empty() || !self.marker.is_empty() {
            self.end_paragraph();
        }
        self.change_list(None);
        let head = "<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\"></head>";
        (format!("{head}\r\n<body>{}</body></html>\r\n", self.html), self.text)
    }
}

fn begin_run(html: &mut String, (style, colors): (Style, Colors)) {
    let tags = [(style.bold, "<b>"), (style.italic, "<i>"), (style.underline, "<u>"), (style.strike, "<s>")];
    tags.into_iter().filter(|(is_set, _)| *is_set).for_each(|(_, tag)| html.push_str(tag));
    let css = ["color", "background-color"].into_iter().zip(colors).filter_map(|(name, color)| {
        let [red, green, blue] = color?;
        Some(format!("{name}:#{red:02x}{green:02x}{blue:02x}"))
    });
    let css = css.collect::<Vec<_>>().join(";");
    if !css.is_empty() {
        _ = write!(html, "<span style=\"{css}\">");
    }
}

/// Where an item with `marker` belongs that comes behind the item `last`; `None` where it is no item.
fn place(marker: &str, last: Option<Place>) -> Option<Place> {
    let marker = marker.trim();
    if marker.is_empty() {
        return None;
    }
    if marker.chars().any(|c| c.is_ascii_digit()) {
        let number = marker.trim_matches(|c: char| !c.is_ascii_digit()).parse().ok();
        return Some((List::Numbers('1'), number));
    }
    let bullet = (List::Bullets, None);
    // Bullets of some fonts are letters, too, but have nothing behind them.
    let readings = if marker.ends_with(['.', ')']) { readings(marker) } else { Vec::new() };
    let follows = |(list, number): &(List, u32)| last == Some((*list, number.checked_sub(1)));
    let reading = readings.iter().find(|reading| follows(reading));
    // Of an `i` and a `c` alone, the lower number is meant.
    let reading = reading.or_else(|| readings.iter().min_by_key(|(_, number)| *number));
    Some(reading.map_or(bullet, |(list, number)| (*list, Some(*number))))
}

/// What a number in letters may be: lettered or roman.
fn readings(marker: &str) -> Vec<(List, u32)> {
    const LONGEST: usize = 15;
    let letters = marker.trim_matches(|c: char| !c.is_ascii_alphabetic());
    let lower = letters.to_ascii_lowercase();
    let [letter, one] = if letters == lower { ['a', 'i'] } else { ['A', 'I'] };
    if letters.len() > LONGEST || (letters != lower && letters != letters.to_ascii_uppercase()) {
        return Vec::new();
    }
    let lettered = alphabetic(&lower).map(|number| (List::Numbers(letter), number));
    let roman = roman(&lower).map(|number| (List::Numbers(one), number));
    lettered.into_iter().chain(roman).collect()
}

/// The number that a, b, …, z, aa, bb, … stand for.
fn alphabetic(letters: &str) -> Option<u32> {
    let first = letters.bytes().next().filter(u8::is_ascii_lowercase)?;
    let rounds = u32::try_from(letters.len() - 1).ok()?;
    letters.bytes().all(|byte| byte == first).then(|| rounds * 26 + u32::from(first - b'a') + 1)
}

/// The number that roman digits stand for.
fn roman(digits: &str) -> Option<u32> {
    const DIGITS: [(&str, u32); 13] = [
        ("m", 1000),
        ("cm", 900),
        ("d", 500),
        ("cd", 400),
        ("c", 100),
        ("xc", 90),
        ("l", 50),
        ("xl", 40),
        ("x", 10),
        ("ix", 9),
        ("v", 5),
        ("iv", 4),
        ("i", 1),
    ];
    let (mut rest, mut number) = (digits, 0);
    for (digit, value) in DIGITS {
        while let Some(left) = rest.strip_prefix(digit) {
            (rest, number) = (left, number + value);
        }
    }
    (rest.is_empty() && number > 0).then_some(number)
}

/// `text` for the content or an attribute of HTML.
fn escape(html: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\u{A0}' => html.push_str("&nbsp;"),
            // Tabs and runs of blanks would be one blank.
            '\t' => html.push_str("&emsp;"),
            ' ' if html.ends_with(' ') => html.push_str("&nbsp;"),
            _ => html.push(c),
        }
    }
}
