//! The picture as SVG. Colours are those of Okabe and Ito, which people with any sort of colour vision tell apart; what matters most
//! has a pattern, too.

use std::fmt::Write;

use super::{GRID, KINDS, Map, State, Title};

/// Width of the picture, and of the margins around it.
const WIDTH: usize = 1000;
const MARGIN: usize = 40;
/// Where the grid starts from the left: the offsets of its rows stand before it.
const GRID_X: usize = 160;
/// From one cell to the next, and the side of one.
const STEP: usize = 10;
const SIDE: usize = 9;
/// Letters of the verdict in a line.
const LINE: usize = 118;

/// How each of [`KINDS`] is called and filled.
const LOOKS: [(&str, &str); KINDS.len()] = [
    ("header and its reserve", "#444444"),
    ("maps of free space", "#cc79a7"),
    ("node B-tree", "#009e73"),
    ("block B-tree", "#f0e442"),
    ("data", "#56b4e9"),
    ("trees of blocks", "#0072b2"),
    ("nothing refers to it", "url(#unreferenced)"),
    ("damaged", "url(#damaged)"),
    ("in reserve or leaked", "url(#kept)"),
    ("free", "#ffffff"),
];
/// The same of bytes that nothing tells of.
const UNKNOWN: (&str, &str) = ("not told by anything", "#dddddd");

const PATTERNS: &str = r##"<defs>
<pattern id="damaged" width="10" height="10" patternUnits="userSpaceOnUse"><rect width="10" height="10" fill="#d55e00"/><path d="M1 1 8 8M8 1 1 8" stroke="#000" stroke-width="1.6"/></pattern>
<pattern id="unreferenced" width="10" height="10" patternUnits="userSpaceOnUse"><rect width="10" height="10" fill="#e69f00"/><circle cx="4.5" cy="4.5" r="1.8" fill="#000"/></pattern>
<pattern id="kept" width="5" height="5" patternUnits="userSpaceOnUse"><rect width="5" height="5" fill="#fff"/><path d="M0 5 5 0" stroke="#777" stroke-width="1.2"/></pattern>
</defs>
"##;

impl Map {
    /// The picture below `title`.
    pub fn to_svg(&self, title: &Title<'_>) -> String {
        let mut body = String::new();
        let y = head(&mut body, self.len, title);
        let y = self.bar(&mut body, y);
        let y = self.legend(&mut body, y + 16);
        let height = self.grid(&mut body, y + 18) + MARGIN;
        let label = escape(&format!("{}: what is where in the file. {}", title.name, title.verdict));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
             role=\"img\" font-family=\"sans-serif\" font-size=\"14\" fill=\"#000\">\n<title>{label}</title>\n{PATTERNS}\
             <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fff\"/>\n{body}</svg>\n"
        )
    }

    /// All bytes as one bar. Returns where it ends.
    fn bar(&self, out: &mut String, y: usize) -> usize {
        const HEIGHT: usize = 24;
        let width = (WIDTH - 2 * MARGIN) as f64;
        let mut x = MARGIN as f64;
        for (_, fill, bytes) in self.figures() {
            let part = width * bytes as f64 / self.len.max(1) as f64;
            put(
                out,
                format_args!("<rect x=\"{x:.2}\" y=\"{y}\" width=\"{part:.2}\" height=\"{HEIGHT}\" fill=\"{fill}\"/>"),
            );
            x += part;
        }
        let (x, width) = (MARGIN, WIDTH - 2 * MARGIN);
        let frame = "fill=\"none\" stroke=\"#555\"";
        put(out, format_args!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{HEIGHT}\" {frame}/>"));
        y + HEIGHT
    }

    /// Name, filling and bytes of each kind, the unknown last.
    fn figures(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
        let (totals, unknown) = self.totals();
        let known = LOOKS.into_iter().zip(totals).map(|((name, fill), bytes)| (name, fill, bytes));
        known.chain((unknown > 0).then_some((UNKNOWN.0, UNKNOWN.1, unknown)))
    }

    /// What the colours stand for, in two columns. Returns where it ends.
    fn legend(&self, out: &mut String, y: usize) -> usize {
        const ROW: usize = 22;
        let figures: Vec<_> = self.figures().collect();
        let rows = figures.len().div_ceil(2);
        for (i, (name, fill, bytes)) in figures.iter().enumerate() {
            let (x, y) = (MARGIN + i / rows * 470, y + i % rows * ROW);
            let share = 100.0 * *bytes as f64 / self.len.max(1) as f64;
            put(
                out,
                format_args!("<rect x=\"{x}\" y=\"{y}\" width=\"14\" height=\"14\" fill=\"{fill}\" stroke=\"#555\"/>"),
            );
            put(out, format_args!("<text x=\"{}\" y=\"{}\">{name}</text>", x + 24, y + 12));
            let number = "text-anchor=\"end\"";
            put(
                out,
                format_args!("<text x=\"{}\" y=\"{}\" {number}>{} bytes</text>", x + 330, y + 12, grouped(*bytes)),
            );
            put(
                out,
                format_args!("<text x=\"{}\" y=\"{}\" {number}>{}</text>", x + 410, y + 12, percent(share, *bytes)),
            );
        }
        y + rows * ROW
    }

    /// The cells, a path for each kind, with the offset before every fifth row. Returns where it ends.
    fn grid(&self, out: &mut String, y: usize) -> usize {
        let note = format!("Each cell is {}; one with any damage is shown as damaged.", size(self.cell));
        put(out, format_args!("<text x=\"{MARGIN}\" y=\"{}\" fill=\"#444\">{note}</text>", y + 8));
        let y = y + 24;
        let mut paths = vec![String::new(); LOOKS.len() + 1];
        for i in 0..self.cells.len() {
            let (x, y) = (i % self.columns * STEP, i / self.columns * STEP);
            let path = &mut paths[self.shown(i).unwrap_or(LOOKS.len())];
            put(path, format_args!("M{x} {y}h{SIDE}v{SIDE}h-{SIDE}z"));
        }
        // Patterns are drawn for cells of one size: the grid as a whole is made larger.
        let scale = GRID.0 / self.columns;
        put(
            out,
            format_args!(
                "<g transform=\"translate({GRID_X} {y}) scale({scale})\" stroke=\"#999\" stroke-width=\".5\">"
            ),
        );
        let fills = LOOKS.iter().chain([&UNKNOWN]).map(|l| l.1);
        for (path, fill) in paths.iter().zip(fills).filter(|(path, _)| !path.is_empty()) {
            put(out, format_args!("<path d=\"{}\" fill=\"{fill}\"/>", path.trim_end()));
        }
        put(out, format_args!("</g>"));
        let rows = self.cells.len().div_ceil(self.columns);
        for row in (0..rows).step_by(5) {
            let offset = (row * self.columns) as u64 * self.cell;
            let style = "text-anchor=\"end\" font-size=\"11\" font-family=\"monospace\" fill=\"#444\"";
            let (x, y) = (GRID_X - 8, y + row * STEP * scale + 9 * scale);
            put(out, format_args!("<text x=\"{x}\" y=\"{y}\" {style}>{offset:#x}</text>"));
        }
        y + rows * STEP * scale
    }
}

/// File, size, format, verdict. Returns where it ends.
fn head(out: &mut String, len: u64, title: &Title<'_>) -> usize {
    let name = escape(title.name);
    put(out, format_args!("<text x=\"{MARGIN}\" y=\"52\" font-size=\"24\" font-weight=\"bold\">{name}</text>"));
    let about = escape(&format!("{} · {} ({} bytes)", title.format, size(len), grouped(len)));
    put(out, format_args!("<text x=\"{MARGIN}\" y=\"78\" fill=\"#444\">{about}</text>"));
    // The mark tells by its shape, too.
    let mark = match title.state {
        State::Sound => {
            "fill=\"#009e73\"/><path d=\"M45 98l4 4 7-8\" stroke=\"#fff\" stroke-width=\"2.5\" fill=\"none\"/>"
        }
        State::Readable => "fill=\"#56b4e9\"/><path d=\"M50 92v7M50 102v2.5\" stroke=\"#000\" stroke-width=\"2.5\"/>",
        State::Damaged => "fill=\"#d55e00\"/><path d=\"M46 94l8 8M54 94l-8 8\" stroke=\"#fff\" stroke-width=\"2.5\"/>",
    };
    put(out, format_args!("<circle cx=\"50\" cy=\"98\" r=\"10\" {mark}"));
    let mut y = 103;
    for line in wrapped(title.verdict) {
        put(out, format_args!("<text x=\"68\" y=\"{y}\" font-weight=\"bold\">{}</text>", escape(&line)));
        y += 20;
    }
    y
}

/// Writing into a string can't fail.
fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = writeln!(out, "{text}");
}

fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last().map_or(0, |l| l.chars().count());
        if last > 0 && last + 1 + word.chars().count() > LINE {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        }
    }
    lines
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A number with a comma between each three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn percent(share: f64, bytes: u64) -> String {
    if bytes > 0 && share < 0.05 { "&lt; 0.1 %".to_owned() } else { format!("{share:.1} %") }
}

/// A size for people.
fn size(bytes: u64) -> String {
    indicatif::HumanBytes(bytes).to_string()
}
