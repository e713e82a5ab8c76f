//! The HTML and the text of a document as they grow.

use std::fmt::Write;

use super::Style;

/// A list that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    Bullets,
    Numbers,
}

impl List {
    const fn tag(self) -> &'static str {
        match self {
            Self::Bullets => "ul",
            Self::Numbers => "ol",
        }
    }
}

/// What is written so far. Runs of the same look share their tags.
#[derive(Debug, Default)]
pub(super) struct Output {
    html: String,
    text: String,
    /// The paragraph that is not ended yet.
    paragraph: String,
    /// The end tags of the run that is open, and what it looks like.
    run: Option<(Style, Option<[u8; 3]>)>,
    marker: String,
    list: Option<List>,
}

impl Output {
    pub(super) fn text(&mut self, text: &str, style: Style, color: Option<[u8; 3]>) {
        let look = (Style { color: 0, ..style }, color);
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
        let Some((style, color)) = self.run.take() else { return };
        let tags = [
            (color.is_some(), "</span>"),
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
        let list = list_of(&marker);
        self.change_list(list);
        let content = if content.is_empty() { "<br>" } else { &content };
        let number: Option<u32> = marker.trim().trim_matches(|c: char| !c.is_ascii_digit()).parse().ok();
        // Writing to a string can't fail.
        _ = match (list, number) {
            (None, _) => write!(self.html, "<p>{content}</p>\r\n"),
            (Some(List::Numbers), Some(number)) => write!(self.html, "<li value=\"{number}\">{content}</li>\r\n"),
            (Some(_), _) => write!(self.html, "<li>{content}</li>\r\n"),
        };
    }

    fn change_list(&mut self, list: Option<List>) {
        if self.list == list {
            return;
        }
        if let Some(old) = self.list {
            _ = write!(self.html, "</{}>\r\n", old.tag());
        }
        if let Some(new) = list {
            _ = write!(self.html, "<{}>\r\n", new.tag());
        }
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

fn begin_run(html: &mut String, (style, color): (Style, Option<[u8; 3]>)) {
    let tags = [(style.bold, "<b>"), (style.italic, "<i>"), (style.underline, "<u>"), (style.strike, "<s>")];
    tags.into_iter().filter(|(is_set, _)| *is_set).for_each(|(_, tag)| html.push_str(tag));
    if let Some([red, green, blue]) = color {
        _ = write!(html, "<span style=\"color:#{red:02x}{green:02x}{blue:02x}\">");
    }
}

/// What list an item with `marker` belongs to: numbered where the marker has a digit.
fn list_of(marker: &str) -> Option<List> {
    let marker = marker.trim();
    let is_number = marker.chars().any(|c| c.is_ascii_digit());
    (!marker.is_empty()).then_some(if is_number { List::Numbers } else { List::Bullets })
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
