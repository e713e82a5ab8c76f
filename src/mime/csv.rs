//! Contacts as CSV (RFC 4180), with the columns that Thunderbird and Outlook take.
//!
//! Every field is quoted. A spreadsheet may still take a field that begins with `=`, `+`, `-` or `@` for a formula: what would keep it
//! from that, a sign before the field, would be part of the name or the telephone number for every address book. So the data stays as it is.

use std::borrow::Cow;
use std::io::{self, Write};

use jiff::civil::Date;

use super::body::Body;
use super::vcf::email::{Email, emails};
use super::vcf::keys::{self, Postal, text};
use super::vcf::{Kind, day, full_name};
use super::{Context, Key, View, plain};
use crate::mapi::tag::pr;
use crate::mt::object::Message;

/// For which program the columns are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Mozilla Thunderbird; `thunderbird-csv` in Zimbra and Carbonio.
    Thunderbird,
    /// Microsoft Outlook; `outlook-2003-csv` in Zimbra and Carbonio.
    Outlook,
}

/// What a column holds.
#[derive(Debug, Clone, Copy)]
enum Field {
    /// A text.
    Text(Key),
    /// FN.
    FullName,
    /// The address, type (`SMTP`) and display name of an e-mail address, by its number from 0.
    Email(usize),
    EmailType(usize),
    EmailName(usize),
    /// A line of the street of an address; the last one takes all lines from there on.
    Street(Key, usize, usize),
    /// A day as Outlook writes it, month first.
    Day(Key, Key),
    /// Year, month or day of the birthday.
    Birth(fn(Date) -> i32),
    /// The first of some texts that is there.
    First(&'static [Key]),
    /// Texts of a list, with this between them.
    List(Key, &'static str),
    /// Sensitivity, private mark, gender as Outlook writes them.
    Sensitivity,
    Private,
    Gender,
    /// The body.
    Notes,
}

type Column = (&'static str, Field);

const fn plain(name: &'static str, id: u16) -> Column {
    (name, Field::Text(text(id)))
}

const HOME: Postal = keys::HOME_ADDRESS;
const WORK: Postal = keys::WORK_ADDRESS;
const OTHER: Postal = keys::OTHER_ADDRESS;

/// The columns of Thunderbird, in its order.
const THUNDERBIRD: &[Column] = &[
    ("First Name", Field::Text(keys::GIVEN_NAME)),
    ("Last Name", Field::Text(keys::SURNAME)),
    ("Display Name", Field::FullName),
    ("Nickname", Field::Text(keys::NICKNAME)),
    ("Primary Email", Field::Email(0)),
    ("Secondary Email", Field::Email(1)),
    ("Screen Name", Field::Text(keys::INSTANT_MESSAGING)),
    plain("Work Phone", 0x3A08),
    plain("Home Phone", 0x3A09),
    ("Fax Number", Field::First(&[text(0x3A24), text(0x3A23), text(0x3A25)])),
    plain("Pager Number", 0x3A21),
    plain("Mobile Number", 0x3A1C),
    ("Home Address", Field::Street(HOME.street, 0, 2)),
    ("Home Address 2", Field::Street(HOME.street, 1, 2)),
    ("Home City", Field::Text(HOME.city)),
    ("Home State", Field::Text(HOME.state)),
    ("Home ZipCode", Field::Text(HOME.code)),
    ("Home Country", Field::Text(HOME.country)),
    ("Work Address", Field::Street(WORK.street, 0, 2)),
    ("Work Address 2", Field::Street(WORK.street, 1, 2)),
    ("Work City", Field::Text(WORK.city)),
    ("Work State", Field::Text(WORK.state)),
    ("Work ZipCode", Field::Text(WORK.code)),
    ("Work Country", Field::Text(WORK.country)),
    ("Job Title", Field::Text(keys::TITLE)),
    ("Department", Field::Text(keys::DEPARTMENT)),
    ("Organization", Field::Text(keys::COMPANY)),
    ("Web Page 1", Field::First(&[keys::WORK_PAGE, keys::HTML])),
    ("Web Page 2", Field::Text(keys::HOME_PAGE)),
    ("Birth Year", Field::Birth(|day| i32::from(day.year()))),
    ("Birth Month", Field::Birth(|day| i32::from(day.month()))),
    ("Birth Day", Field::Birth(|day| i32::from(day.day()))),
    ("Custom 1", Field::Text(keys::address(0x804F))),
    ("Custom 2", Field::Text(keys::address(0x8050))),
    ("Custom 3", Field::Text(keys::address(0x8051))),
    ("Custom 4", Field::Text(keys::address(0x8052))),
    ("Notes", Field::Notes),
];

/// The columns of Outlook, in its order.
const OUTLOOK: &[Column] = &[
    ("Title", Field::Text(keys::PREFIX)),
    ("First Name", Field::Text(keys::GIVEN_NAME)),
    ("Middle Name", Field::Text(keys::MIDDLE_NAME)),
    ("Last Name", Field::Text(keys::SURNAME)),
    ("Suffix", Field::Text(keys::GENERATION)),
    ("Company", Field::Text(keys::COMPANY)),
    ("Department", Field::Text(keys::DEPARTMENT)),
    ("Job Title", Field::Text(keys::TITLE)),
    ("Business Street", Field::Street(WORK.street, 0, 3)),
    ("Business Street 2", Field::Street(WORK.street, 1, 3)),
    ("Business Street 3", Field::Street(WORK.street, 2, 3)),
    ("Business City", Field::Text(WORK.city)),
    ("Business State", Field::Text(WORK.state)),
    ("Business Postal Code", Field::Text(WORK.code)),
    ("Business Country/Region", Field::Text(WORK.country)),
    ("Home Street", Field::Street(HOME.street, 0, 3)),
    ("Home Street 2", Field::Street(HOME.street, 1, 3)),
    ("Home Street 3", Field::Street(HOME.street, 2, 3)),
    ("Home City", Field::Text(HOME.city)),
    ("Home State", Field::Text(HOME.state)),
    ("Home Postal Code", Field::Text(HOME.code)),
    ("Home Country/Region", Field::Text(HOME.country)),
    ("Other Street", Field::Street(OTHER.street, 0, 3)),
    ("Other Street 2", Field::Street(OTHER.street, 1, 3)),
    ("Other Street 3", Field::Street(OTHER.street, 2, 3)),
    ("Other City", Field::Text(OTHER.city)),
    ("Other State", Field::Text(OTHER.state)),
    ("Other Postal Code", Field::Text(OTHER.code)),
    ("Other Country/Region", Field::Text(OTHER.country)),
    plain("Assistant's Phone", 0x3A2E),
    plain("Business Fax", 0x3A24),
    plain("Business Phone", 0x3A08),
    plain("Business Phone 2", 0x3A1B),
    plain("Callback", 0x3A02),
    plain("Car Phone", 0x3A1E),
    plain("Company Main Phone", 0x3A57),
    plain("Home Fax", 0x3A25),
    plain("Home Phone", 0x3A09),
    plain("Home Phone 2", 0x3A2F),
    plain("ISDN", 0x3A2D),
    plain("Mobile Phone", 0x3A1C),
    plain("Other Fax", 0x3A23),
    plain("Other Phone", 0x3A1F),
    plain("Pager", 0x3A21),
    plain("Primary Phone", 0x3A1A),
    plain("Radio Phone", 0x3A1D),
    plain("TTY/TDD Phone", 0x3A4B),
    plain("Telex", 0x3A2C),
    plain("Account", 0x3A00),
    ("Anniversary", Field::Day(keys::ANNIVERSARY_LOCAL, keys::ANNIVERSARY)),
    ("Assistant's Name", Field::Text(keys::ASSISTANT)),
    ("Billing Information", Field::Text(keys::BILLING)),
    ("Birthday", Field::Day(keys::BIRTHDAY_LOCAL, keys::BIRTHDAY)),
    ("Business Address PO Box", Field::Text(WORK.box_)),
    ("Categories", Field::List(keys::KEYWORDS, ";")),
    ("Children", Field::List(keys::CHILDREN, ", ")),
    ("E-mail Address", Field::Email(0)),
    ("E-mail Type", Field::EmailType(0)),
    ("E-mail Display Name", Field::EmailName(0)),
    ("E-mail 2 Address", Field::Email(1)),
    ("E-mail 2 Type", Field::EmailType(1)),
    ("E-mail 2 Display Name", Field::EmailName(1)),
    ("E-mail 3 Address", Field::Email(2)),
    ("E-mail 3 Type", Field::EmailType(2)),
    ("E-mail 3 Display Name", Field::EmailName(2)),
    ("Gender", Field::Gender),
    plain("Government ID Number", 0x3A07),
    plain("Hobby", 0x3A43),
    ("Home Address PO Box", Field::Text(HOME.box_)),
    plain("Initials", 0x3A0A),
    ("Internet Free Busy", Field::Text(keys::FREE_BUSY)),
    plain("Language", 0x3A0C),
    plain("Location", 0x3A0D),
    ("Manager's Name", Field::Text(keys::MANAGER)),
    ("Mileage", Field::Text(keys::MILEAGE)),
    ("Notes", Field::Notes),
    ("Office Location", Field::Text(keys::OFFICE)),
    plain("Organizational ID Number", 0x3A10),
    ("Other Address PO Box", Field::Text(OTHER.box_)),
    ("Private", Field::Private),
    ("Profession", Field::Text(keys::PROFESSION)),
    plain("Referred By", 0x3A47),
    ("Sensitivity", Field::Sensitivity),
    ("Spouse", Field::Text(keys::SPOUSE)),
    ("User 1", Field::Text(keys::address(0x804F))),
    ("User 2", Field::Text(keys::address(0x8050))),
    ("User 3", Field::Text(keys::address(0x8051))),
    ("User 4", Field::Text(keys::address(0x8052))),
    ("Web Page", Field::First(&[keys::WORK_PAGE, keys::HTML, keys::HOME_PAGE])),
];

impl Dialect {
    fn columns(self) -> &'static [Column] {
        match self {
            Self::Thunderbird => THUNDERBIRD,
            Self::Outlook => OUTLOOK,
        }
    }

    /// Writes the line with the names of the columns.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_header(self, out: &mut dyn Write) -> io::Result<()> {
        write_row(self.columns().iter().map(|(name, _)| Cow::Borrowed(*name)), out)
    }

    /// Writes the line of the contact `message`, and says whether it is one.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(self, message: &Message<'_>, context: Context<'_>, out: &mut dyn Write) -> io::Result<bool> {
        let view = context.view(&message.props);
        let kind = view.text(pr::MESSAGE_CLASS).and_then(|class| Kind::of(&class));
        if kind != Some(Kind::Individual) {
            return Ok(false);
        }
        let contact = Contact { view, emails: emails(view, context), context };
        write_row(self.columns().iter().map(|(_, field)| contact.field(*field)), out)?;
        Ok(true)
    }
}

fn write_row<'t>(fields: impl Iterator<Item = Cow<'t, str>>, out: &mut dyn Write) -> io::Result<()> {
    let quoted = fields.map(|field| format!("\"{}\"", field.replace('\0', "").replace('"', "\"\"")));
    out.write_all(quoted.collect::<Vec<_>>().join(",").as_bytes())?;
    out.write_all(b"\r\n")
}

struct Contact<'v> {
    view: View<'v>,
    emails: Vec<Email>,
    context: Context<'v>,
}

impl Contact<'_> {
    fn field(&self, field: Field) -> Cow<'_, str> {
        let view = self.view;
        let email = |n: usize| self.emails.get(n);
        let known = |word: Option<&'static str>| word.map(Cow::Borrowed);
        match field {
            Field::Text(key) => view.text(key),
            Field::FullName => full_name(view),
            Field::Email(n) => email(n).map(|it| Cow::Borrowed(it.smtp.as_ref().unwrap_or(&it.address).as_str())),
            Field::EmailType(n) => email(n).map(|it| Cow::Borrowed(if it.smtp.is_some() { "SMTP" } else { &it.kind })),
            Field::EmailName(n) => email(n).map(|it| Cow::Borrowed(it.name.as_str())),
            Field::Street(key, line, of) => {
                view.text(key).and_then(|street| street_line(&street, line, of)).map(Cow::Owned)
            }
            Field::Day(local, utc) => day(view, local, utc).map(|day| day.strftime("%-m/%-d/%Y").to_string().into()),
            Field::Birth(part) => {
                day(view, keys::BIRTHDAY_LOCAL, keys::BIRTHDAY).map(|day| part(day).to_string().into())
            }
            Field::First(list) => list.iter().find_map(|key| view.text(*key)),
            Field::List(key, between) => Some(view.texts(key).join(between).into()),
            Field::Sensitivity => known(match view.int(keys::SENSITIVITY) {
                Some(1) => Some("Personal"),
                Some(2) => Some("Private"),
                Some(3) => Some("Confidential"),
                _ => Some("Normal"),
            }),
            Field::Private => known(Some(if view.is_set(keys::PRIVATE) { "True" } else { "False" })),
            Field::Gender => known(match view.int(keys::GENDER) {
                Some(1) => Some("Female"),
                Some(2) => Some("Male"),
                _ => Some("Unspecified"),
            }),
            Field::Notes => plain::text(&Body::read(view, self.context.findings)).map(|text| text.into_owned().into()),
        }
        .unwrap_or_default()
    }
}

/// Line `line` of `of` columns for a street; the last one takes what is left.
fn street_line(street: &str, line: usize, of: usize) -> Option<String> {
    let lines: Vec<&str> = street.lines().collect();
    let taken = if line + 1 == of { lines.get(line..)? } else { lines.get(line..=line)? };
    Some(taken.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted() {
        let mut out = Vec::new();
        let fields = ["a", "b,c", "d\"e", "f\r\ng", "+49 1", "=1+1"];
        write_row(fields.into_iter().map(Cow::Borrowed), &mut out).unwrap();
        assert_eq!(out, b"\"a\",\"b,c\",\"d\"\"e\",\"f\r\ng\",\"+49 1\",\"=1+1\"\r\n");
    }

    #[test]
    fn a_street_of_many_lines() {
        let lines = |street: &str| [0, 1, 2].map(|n| street_line(street, n, 3).unwrap_or_default());
        assert_eq!(lines("a"), ["a", "", ""]);
        assert_eq!(lines("a\r\nb\r\nc\r\nd"), ["a", "b", "c, d"]);
    }
}
