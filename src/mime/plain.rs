//! The body of an item as text, for formats that have no HTML or that few programs read it in.

use std::borrow::Cow;

use super::body::Body;

/// Elements whose content is not shown.
const HIDDEN: [&str; 4] = ["head", "style", "script", "title"];
/// Elements that begin a new line.
const BLOCKS: [&str; 12] = ["br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "table", "ul", "ol"];
/// Characters by the names that HTML mail gives them.
const ENTITIES: [(&str, char); 7] =
    [("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"'), ("apos", '\''), ("nbsp", ' '), ("euro", '€')];
/// No entity is longer.
const LONGEST_ENTITY: usize = 12;

/// The text of `body`, or of its HTML; `None` where nothing is in it.
pub(super) fn text<'b>(body: &'b Body<'_>) -> Option<Cow<'b, str>> {
    let plain = body.plain.as_deref().map(Cow::Borrowed);
    let plain = plain.or_else(|| body.html.as_ref().map(|html| Cow::Owned(of_html(&html.text()))));
    plain.filter(|text| !text.trim().is_empty())
}

/// What `html` shows: its text, with a line for each block.
fn of_html(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some((shown, markup)) = rest.split_once('<') {
        push(&mut out, shown);
        if let Some(comment) = markup.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
            continue;
        }
        let (tag, after) = markup.split_once('>').unwrap_or((markup, ""));
        let name: String =
            tag.chars().take_while(|c| c.is_ascii_alphanumeric()).collect::<String>().to_ascii_lowercase();
        rest = if HIDDEN.contains(&name.as_str()) { behind(after, &name) } else { after };
        if BLOCKS.contains(&name.as_str()) && !out.is_empty() {
            out.truncate(out.trim_end_matches(' ').len());
            out.push('\n');
        }
    }
    push(&mut out, rest);
    out.trim().to_owned()
}

/// What of `html` is behind the end of the element `name`.
fn behind<'h>(html: &'h str, name: &str) -> &'h str {
    let is_end = |at: &usize| {
        let tag = html.get(at + 2..at + 2 + name.len());
        html[*at..].starts_with("</") && tag.is_some_and(|tag| tag.eq_ignore_ascii_case(name))
    };
    let end = html.match_indices('<').map(|(at, _)| at).find(is_end).unwrap_or(html.len());
    &html[end..]
}

/// Adds text of HTML, in which any white space is a blank and characters may stand by their names.
fn push(out: &mut String, shown: &str) {
    let mut rest = shown;
    while let Some(c) = rest.chars().next() {
        let entity = rest.strip_prefix('&').and_then(entity);
        let (c, len) = entity.map_or((c, c.len_utf8()), |(c, len)| (c, len + 1));
        rest = &rest[len..];
        match c {
            c if entity.is_none() && c.is_ascii_whitespace() => {
                if !out.is_empty() && !out.ends_with([' ', '\n']) {
                    out.push(' ');
                }
            }
            c => out.push(c),
        }
    }
}

/// The character that `text`, behind an `&`, begins with, and how long its name is, the semicolon included.
fn entity(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(LONGEST_ENTITY).position(|byte| byte == b';')?;
    let name = &text[..end];
    let number = name.strip_prefix('#').map(|number| match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    });
    let c = match number {
        Some(number) => char::from_u32(number.ok()?)?,
        None => ENTITIES.iter().find(|(known, _)| *known == name)?.1,
    };
    Some((c, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reader_would_see() {
        let html = "<html><head><title>t</title><style>p { a < b }</style></head>\r\n<body><!-- <p>no --><p>One &amp; two,\r\n  three</p>\
            <div>caf&#233;&nbsp;&#x20AC;5 &unknown; &</div>last<br>line</body></html>";
        assert_eq!(of_html(html), "One & two, three\ncafé €5 &unknown; &last\nline");
    }

    #[test]
    fn markup_without_an_end() {
        for html in ["a<b", "a<!-- b", "a<style>b", "a<style>b</sty", "a&", "a&#x110000;", "a&é;", "<"] {
            assert!(of_html(html).len() <= html.len(), "{html}");
        }
        assert_eq!(of_html("a<style>é</STYLE >b"), "ab");
    }
}
