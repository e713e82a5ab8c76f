//! Texts in many languages, and the forms in which a body is stored.

use std::fmt::Write;

use super::lzfu;
use super::random::Random;

/// A language: its words, the end of a sentence, how it answers.
pub(super) struct Language {
    words: &'static [&'static str],
    between: &'static str,
    stop: &'static str,
    /// Prefixes of a subject: reply and forward.
    pub prefixes: [&'static str; 2],
    /// Somebody who writes in it.
    pub people: &'static [&'static str],
}

const fn spaced(
    words: &'static [&'static str],
    prefixes: [&'static str; 2],
    people: &'static [&'static str],
) -> Language {
    Language { words, between: " ", stop: ".", prefixes, people }
}

const fn unspaced(
    words: &'static [&'static str],
    stop: &'static str,
    prefixes: [&'static str; 2],
    people: &'static [&'static str],
) -> Language {
    Language { words, between: "", stop, prefixes, people }
}

/// The languages; those that come twice are met twice as often.
static LANGUAGES: [&Language; 18] = [
    &ENGLISH,
    &ENGLISH,
    &GERMAN,
    &GERMAN,
    &FRENCH,
    &SPANISH,
    &POLISH,
    &TURKISH,
    &VIETNAMESE,
    &RUSSIAN,
    &GREEK,
    &HEBREW,
    &ARABIC,
    &HINDI,
    &THAI,
    &JAPANESE,
    &CHINESE,
    &KOREAN,
];

static ENGLISH: Language = spaced(
    &[
        "report", "meeting", "the", "quarter", "please", "budget", "of", "delivery", "and", "review", "for", "Monday",
        "it’s",
    ],
    ["RE: ", "FW: "],
    &["Jane Doe", "John Smith", "Siobhán O’Neill"],
);
static GERMAN: Language = spaced(
    &["Bericht", "Besprechung", "für", "größere", "Lieferung", "und", "Grüße", "die", "Änderung", "bitte", "Straße"],
    ["AW: ", "WG: "],
    &["Zoë Müller", "Jörg Weiß"],
);
static FRENCH: Language = spaced(
    &["réunion", "le", "rapport", "été", "très", "pour", "une", "façon", "déjà", "livraison", "et", "merci", "cœur"],
    ["RE: ", "TR: "],
    &["Hélène Lefèvre", "François Noël"],
);
static SPANISH: Language = spaced(
    &["informe", "reunión", "mañana", "año", "para", "¿cuándo?", "presupuesto", "envío", "los", "gracias", "¡listo!"],
    ["RE: ", "RV: "],
    &["José García", "María Núñez"],
);
static POLISH: Language = spaced(
    &["zażółć", "spotkanie", "sprawozdanie", "dostawa", "proszę", "już", "źródło", "budżet", "łączna", "dzięki"],
    ["ODP: ", "PD: "],
    &["Łukasz Wiśniewski"],
);
static TURKISH: Language = spaced(
    &["toplantı", "rapor", "bütçe", "teşekkürler", "İstanbul", "ığdır", "çalışma", "için", "güncel", "değişiklik"],
    ["YNT: ", "İLT: "],
    &["Ayşe Yılmaz"],
);
static VIETNAMESE: Language = spaced(
    &["cuộc", "họp", "báo", "cáo", "ngân", "sách", "giao", "hàng", "cảm", "ơn", "được", "những", "thứ", "hai"],
    ["RE: ", "FW: "],
    &["Nguyễn Thị Hương"],
);
static RUSSIAN: Language = spaced(
    &["отчёт", "встреча", "для", "поставка", "и", "пожалуйста", "бюджет", "на", "неделя", "срок", "объём"],
    ["Отв: ", "Пересл: "],
    &["Иван Петров", "Ольга Щукина"],
);
static GREEK: Language = spaced(
    &["έκθεση", "συνάντηση", "για", "παράδοση", "και", "παρακαλώ", "προϋπολογισμός", "ευχαριστώ", "Δευτέρα"],
    ["ΑΠ: ", "ΠΡΘ: "],
    &["Νίκος Παππάς"],
);
static HEBREW: Language = spaced(
    &["פגישה", "דוח", "תקציב", "משלוח", "בבקשה", "תודה", "שבוע", "עד", "יום", "ראשון"],
    ["תשובה: ", "העברה: "],
    &["דוד כהן"],
);
static ARABIC: Language = spaced(
    &["اجتماع", "تقرير", "الميزانية", "تسليم", "من", "فضلك", "شكرا", "الأسبوع", "على", "مراجعة"],
    ["رد: ", "إعادة توجيه: "],
    &["أحمد حسن"],
);
static HINDI: Language = spaced(
    &["बैठक", "रिपोर्ट", "बजट", "कृपया", "धन्यवाद", "सप्ताह", "और", "के", "लिए", "सोमवार"],
    ["RE: ", "FW: "],
    &["प्रिया शर्मा"],
);
static THAI: Language = unspaced(
    &["การประชุม", "รายงาน", "งบประมาณ", "กรุณา", "ขอบคุณ", "สัปดาห์", "และ", "วันจันทร์"],
    " ",
    ["RE: ", "FW: "],
    &["สมชาย ใจดี"],
);
static JAPANESE: Language = unspaced(
    &["会議", "報告", "の", "予算", "を", "納品", "月曜日", "確認", "お願いします", "資料", "来週", "は"],
    "。",
    ["RE: ", "FW: "],
    &["山田 太郎", "佐藤 花子"],
);
static CHINESE: Language = unspaced(
    &["会议", "報告", "预算", "交付", "谢谢", "请", "星期一", "审查", "的", "和", "項目", "𠮷祥"],
    "。",
    ["答复: ", "转发: "],
    &["李伟", "王小明"],
);
static KOREAN: Language = spaced(
    &["회의", "보고서", "예산", "납품", "부탁드립니다", "감사합니다", "다음", "주", "월요일", "검토", "👍"],
    ["RE: ", "FW: "],
    &["김민수"],
);

/// One of the languages.
pub(super) fn language(random: &mut Random) -> &'static Language {
    random.pick::<&Language>(&LANGUAGES)
}

impl Language {
    /// `least` to `most` words.
    pub fn words(&self, random: &mut Random, least: u64, most: u64) -> String {
        let count = least + random.below(most - least + 1);
        (0..count).map(|_| *random.pick(self.words)).collect::<Vec<_>>().join(self.between)
    }

    /// A text of a heavy-tailed number of paragraphs.
    pub fn text(&self, random: &mut Random) -> Text {
        let paragraphs = random.heavy(2).min(400);
        Text((0..paragraphs).map(|_| self.paragraph(random)).collect())
    }

    fn paragraph(&self, random: &mut Random) -> String {
        let sentences = 1 + random.below(4);
        let sentence = |random: &mut Random| self.words(random, 5, 18) + self.stop;
        (0..sentences).map(|_| sentence(random)).collect::<Vec<_>>().join(self.between)
    }
}

/// A text in paragraphs.
pub(super) struct Text(Vec<String>);

/// What word processors put before the text of every mail.
const STYLE: &str = "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">\r\n<style><!--\r\n\
@font-face {font-family:Calibri; panose-1:2 15 5 2 2 2 4 3 2 4;}\r\n\
p.MsoNormal, li.MsoNormal, div.MsoNormal {margin:0cm; font-size:11.0pt; font-family:\"Calibri\",sans-serif;}\r\n\
a:link, span.MsoHyperlink {mso-style-priority:99; color:#0563C1; text-decoration:underline;}\r\n\
div.WordSection1 {page:WordSection1;}\r\n--></style>";

impl Text {
    /// As plain text.
    pub fn plain(&self) -> String {
        self.0.iter().flat_map(|p| [p, "\r\n"]).collect()
    }

    /// As HTML.
    pub fn html(&self) -> String {
        let mut html = format!(
            "<html>\r\n<head>\r\n{STYLE}\r\n</head>\r\n<body lang=\"x-none\">\r\n<div class=\"WordSection1\">\r\n"
        );
        for paragraph in &self.0 {
            html.extend(["<p class=\"MsoNormal\"><span>", paragraph, "<o:p></o:p></span></p>\r\n"]);
        }
        html + "</div>\r\n</body>\r\n</html>\r\n"
    }

    /// As PidTagRtfCompressed.
    pub fn rtf(&self) -> Vec<u8> {
        lzfu::compressed(self.rtf_text().as_bytes())
    }

    /// As PidTagRtfCompressed that is not compressed.
    pub fn stored_rtf(&self) -> Vec<u8> {
        lzfu::uncompressed(self.rtf_text().as_bytes())
    }

    /// As PidTagRtfCompressed from which HTML can be taken out again ([MS-OXRTFEX] 2.1.3).
    pub fn html_in_rtf(&self) -> Vec<u8> {
        let mut rtf = String::from(
            "{\\rtf1\\ansi\\ansicpg1252\\fromhtml1 \\deff0{\\fonttbl\r\n{\\f0\\fswiss Arial;}}\r\n{\\colortbl\\red0\\green0\\blue0;}\r\n\
             \\uc1\\pard\\plain\\deftab360 \\f0\\fs24 \r\n{\\*\\htmltag19 <html>}{\\*\\htmltag34 <head>}{\\*\\htmltag41 </head>}\r\n\
             {\\*\\htmltag50 <body lang=\"x-none\">}\\htmlrtf \\lang1033 \\htmlrtf0 \r\n",
        );
        for paragraph in &self.0 {
            rtf.push_str("{\\*\\htmltag64 <p class=\"MsoNormal\">}\\htmlrtf {\\htmlrtf0 ");
            push_rtf(&mut rtf, paragraph);
            rtf.push_str("{\\*\\htmltag72 </p>}\\htmlrtf \\par}\\htmlrtf0\r\n");
        }
        rtf.push_str("{\\*\\htmltag58 </body>}{\\*\\htmltag27 </html>}}\r\n");
        lzfu::compressed(rtf.as_bytes())
    }

    fn rtf_text(&self) -> String {
        let mut rtf = String::from(
            "{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0\\fswiss\\fcharset0 Calibri;}}\r\n\\uc1\\pard\\plain\\f0\\fs22 ",
        );
        for paragraph in &self.0 {
            push_rtf(&mut rtf, paragraph);
            rtf.push_str("\\par\r\n");
        }
        rtf + "}\r\n"
    }
}

/// Appends `text` with its UTF-16 units as RTF writes them: a signed number, and "?" for readers that know none.
fn push_rtf(rtf: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '\\' | '{' | '}' => rtf.extend(['\\', c]),
            _ if c.is_ascii() => rtf.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a string can't fail.
                    let _ = write!(rtf, "\\u{}?", unit.cast_signed());
                }
            }
        }
    }
}
