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
use super::vcf::{Kind, NO_YEAR, day, full_name};
use super::{Context, Key, View, plain};
use crate::damage::{Effect, Finding};
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
    /// A text; the first of a list of them.
    Text(Key),
    /// The texts of a list behind the first.
    Rest(Key),
    /// FN.
    FullName,
    /// The given name, or FN where no part of the name is known.
    FirstName,
    /// The address, type (`SMTP`) and display name of an e-mail address, by its number from 0.
    Email(usize),
    EmailType(usize),
    EmailName(usize),
    /// A line of the street of an address; the last one takes all lines from there on.
    Street(Key, usize, usize),
    /// A day as Outlook writes it, month first.
    Day(Key, Key),
    /// A day of which the year is not known.
    DayOfYear(Key, Key),
    /// Year, month or day of the birthday.
    Birth(fn(Date) -> Option<i16>),
    /// A name that has words that no part of the name has.
    OtherName(Key),
    /// The whole of an address that has no parts.
    Label(&'static Postal),
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
const MAILING: Postal = keys::MAILING_ADDRESS;

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
    ("Birth Year", Field::Birth(year)),
    ("Birth Month", Field::Birth(|day| Some(day.month().into()))),
    ("Birth Day", Field::Birth(|day| Some(day.day().into()))),
    ("Custom 1", Field::Text(keys::address(0x804F))),
    ("Custom 2", Field::Text(keys::address(0x8050))),
    ("Custom 3", Field::Text(keys::address(0x8051))),
    ("Custom 4", Field::Text(keys::address(0x8052))),
    ("Notes", Field::Notes),
];

/// The columns of Outlook, in its order.
const OUTLOOK: &[Column] = &[
    ("Title", Field::Text(keys::PREFIX)),
    ("First Name", Field::FirstName),
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

/// What Outlook has no column for.
const NOT_OUTLOOK: &[Column] = &[
    ("Nickname", Field::Text(keys::NICKNAME)),
    ("Birthday without a year", Field::DayOfYear(keys::BIRTHDAY_LOCAL, keys::BIRTHDAY)),
    ("Instant Messaging", Field::Text(keys::INSTANT_MESSAGING)),
    ("Web Page of Work", Field::Text(keys::WORK_PAGE)),
    ("Web Page at Home", Field::Text(keys::HOME_PAGE)),
];

/// What Thunderbird has no column for.
const NOT_THUNDERBIRD: &[Column] = &[
    ("Title", Field::Text(keys::PREFIX)),
    ("Middle Name", Field::Text(keys::MIDDLE_NAME)),
    ("Suffix", Field::Text(keys::GENERATION)),
    ("E-mail 3 Address", Field::Email(2)),
    ("Other Street", Field::Street(OTHER.street, 0, 1)),
    ("Other City", Field::Text(OTHER.city)),
    ("Other State", Field::Text(OTHER.state)),
    ("Other Postal Code", Field::Text(OTHER.code)),
    ("Other Country/Region", Field::Text(OTHER.country)),
    ("Other Address PO Box", Field::Text(OTHER.box_)),
    ("Business Address PO Box", Field::Text(WORK.box_)),
    ("Home Address PO Box", Field::Text(HOME.box_)),
    plain("Assistant's Phone", 0x3A2E),
    plain("Business Fax", 0x3A24),
    plain("Business Phone 2", 0x3A1B),
    plain("Callback", 0x3A02),
    plain("Car Phone", 0x3A1E),
    plain("Company Main Phone", 0x3A57),
    plain("Home Fax", 0x3A25),
    plain("Home Phone 2", 0x3A2F),
    plain("ISDN", 0x3A2D),
    plain("Other Fax", 0x3A23),
    plain("Other Phone", 0x3A1F),
    plain("Primary Phone", 0x3A1A),
    plain("Radio Phone", 0x3A1D),
    plain("TTY/TDD Phone", 0x3A4B),
    plain("Telex", 0x3A2C),
    plain("Account", 0x3A00),
    ("Anniversary", Field::Day(keys::ANNIVERSARY_LOCAL, keys::ANNIVERSARY)),
    ("Assistant's Name", Field::Text(keys::ASSISTANT)),
    ("Billing Information", Field::Text(keys::BILLING)),
    ("Categories", Field::List(keys::KEYWORDS, ";")),
    ("Children", Field::List(keys::CHILDREN, ", ")),
    ("Gender", Field::Gender),
    plain("Government ID Number", 0x3A07),
    plain("Hobby", 0x3A43),
    plain("Initials", 0x3A0A),
    ("Internet Free Busy", Field::Text(keys::FREE_BUSY)),
    plain("Language", 0x3A0C),
    plain("Location", 0x3A0D),
    ("Manager's Name", Field::Text(keys::MANAGER)),
    ("Mileage", Field::Text(keys::MILEAGE)),
    ("Office Location", Field::Text(keys::OFFICE)),
    plain("Organizational ID Number", 0x3A10),
    ("Private", Field::Private),
    ("Profession", Field::Text(keys::PROFESSION)),
    plain("Referred By", 0x3A47),
    ("Sensitivity", Field::Sensitivity),
    ("Spouse", Field::Text(keys::SPOUSE)),
];

/// What neither of them has a column for.
const NOWHERE: &[Column] = &[
    ("Display Name", Field::OtherName(text(0x3001))),
    ("File As", Field::OtherName(keys::FILE_UNDER)),
    ("Business Address", Field::Label(&WORK)),
    ("Home Address", Field::Label(&HOME)),
    ("Other Address", Field::Label(&OTHER)),
    ("Business Phone 3", Field::Rest(text(0x3A1B))),
    ("Home Phone 3", Field::Rest(text(0x3A2F))),
    ("Anniversary without a year", Field::DayOfYear(keys::ANNIVERSARY_LOCAL, keys::ANNIVERSARY)),
    ("Mailing Street", Field::Street(MAILING.street, 0, 2)),
    ("Mailing City", Field::Text(MAILING.city)),
    ("Mailing State", Field::Text(MAILING.state)),
    ("Mailing Postal Code", Field::Text(MAILING.code)),
    ("Mailing Country/Region", Field::Text(MAILING.country)),
    ("Mailing Address PO Box", Field::Text(MAILING.box_)),
    ("Companies", Field::List(keys::COMPANIES, ", ")),
    ("Contacts", Field::List(keys::CONTACTS, ", ")),
    ("FTP Site", Field::Text(keys::FTP_SITE)),
    ("HTML Page", Field::Text(keys::HTML)),
    plain("Computer Network Name", 0x3A49),
    plain("Customer ID", 0x3A4A),
    ("Phonetic First Name", Field::Text(keys::address(0x802C))),
    ("Phonetic Last Name", Field::Text(keys::address(0x802D))),
    ("Phonetic Company", Field::Text(keys::address(0x802E))),
];

impl Dialect {
    fn columns(self) -> &'static [Column] {
        match self {
            Self::Thunderbird => THUNDERBIRD,
            Self::Outlook => OUTLOOK,
        }
    }

    /// What the contacts of this program have no place for.
    fn lacks(self) -> impl Iterator<Item = &'static Column> {
        let own = match self {
            Self::Thunderbird => NOT_THUNDERBIRD,
            Self::Outlook => NOT_OUTLOOK,
        };
        own.iter().chain(NOWHERE)
    }

    /// Writes the line with the names of the columns.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_header(self, out: &mut dyn Write) -> io::Result<()> {
        write_row(self.columns().iter().map(|(name, _)| Cow::Borrowed(*name)), out)
    }

    /// Writes the line of the contact `message`, and says whether it is one. What of it no column holds goes to the findings of
    /// `context`.
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
        let cells: Vec<_> = self.columns().iter().map(|(_, field)| contact.cell(*field)).collect();
        let left_out = |field: &Field| contact.value(*field).is_some_and(|value| !cells.contains(&value));
        let left_out: Vec<_> = self.lacks().filter(|(_, field)| left_out(field)).map(|(name, _)| *name).collect();
        if !left_out.is_empty() {
            let found = format!("no column for {}", left_out.join(", "));
            context.findings.add(Finding::new(
                Effect::Altered,
                "contact",
                "values that columns have a place for",
                found,
            ));
        }
        write_row(cells.into_iter(), out)?;
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
    /// What stands in the column of `field`.
    fn cell(&self, field: Field) -> Cow<'_, str> {
        let default = match field {
            Field::Sensitivity => "Normal",
            Field::Private => "False",
            Field::Gender => "Unspecified",
            _ => "",
        };
        self.value(field).unwrap_or(Cow::Borrowed(default))
    }

    /// What the contact says of `field`.
    fn value(&self, field: Field) -> Option<Cow<'_, str>> {
        let view = self.view;
        let email = |n: usize| self.emails.get(n);
        let list = |texts: &[Cow<'_, str>], between| Some(Cow::Owned(texts.join(between)));
        let value = match field {
            Field::Text(key) => view.texts(key).into_iter().next(),
            Field::Rest(key) => list(view.texts(key).get(1..)?, ", "),
            Field::FullName => full_name(view),
            Field::FirstName => view.text(keys::GIVEN_NAME).or_else(|| {
                keys::NAME.iter().all(|part| view.text(*part).is_none()).then(|| full_name(view)).flatten()
            }),
            Field::OtherName(key) => view.text(key).filter(|name| self.has_other_words(name)),
            Field::Email(n) => email(n).map(|it| Cow::Borrowed(it.smtp.as_ref().unwrap_or(&it.address).as_str())),
            Field::EmailType(n) => email(n).map(|it| Cow::Borrowed(if it.smtp.is_some() { "SMTP" } else { &it.kind })),
            Field::EmailName(n) => email(n).map(|it| Cow::Borrowed(it.name.as_str())),
            Field::Street(key, line, of) => {
                view.text(key).and_then(|street| street_line(&street, line, of)).map(Cow::Owned)
            }
            Field::Label(&Postal { box_, street, city, state, code, country, label, .. }) => {
                let parts = [box_, street, city, state, code, country];
                parts.iter().all(|part| view.text(*part).is_none()).then(|| view.text(label)).flatten()
            }
            Field::Day(local, utc) => {
                let day = day(view, local, utc).filter(|day| year(*day).is_some());
                day.map(|day| day.strftime("%-m/%-d/%Y").to_string().into())
            }
            Field::DayOfYear(local, utc) => {
                let day = day(view, local, utc).filter(|day| year(*day).is_none());
                day.map(|day| day.strftime("%-m/%-d").to_string().into())
            }
            Field::Birth(part) => {
                day(view, keys::BIRTHDAY_LOCAL, keys::BIRTHDAY).and_then(part).map(|part| part.to_string().into())
            }
            Field::First(list) => list.iter().find_map(|key| view.text(*key)),
            Field::List(key, between) => list(&view.texts(key), between),
            Field::Sensitivity => match view.int(keys::SENSITIVITY) {
                Some(1) => Some("Personal".into()),
                Some(2) => Some("Private".into()),
                Some(3) => Some("Confidential".into()),
                _ => None,
            },
            Field::Private => view.is_set(keys::PRIVATE).then_some("True".into()),
            Field::Gender => match view.int(keys::GENDER) {
                Some(1) => Some("Female".into()),
                Some(2) => Some("Male".into()),
                _ => None,
            },
            Field::Notes => plain::text(&Body::read(view, self.context.findings)).map(|text| text.into_owned().into()),
        };
        value.filter(|value| !value.is_empty())
    }

    /// Whether `name` has words that neither the parts of the name nor the company have.
    fn has_other_words(&self, name: &str) -> bool {
        let parts = keys::NAME.into_iter().chain([keys::COMPANY]).filter_map(|key| self.view.text(key));
        let known = parts.collect::<Vec<_>>().join(" ");
        words(name).any(|word| !words(&known).any(|known| known == word))
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// The year of `day`, where it is known.
fn year(day: Date) -> Option<i16> {
    Some(day.year()).filter(|year| *year != NO_YEAR)
}

/// Line `line` of `of` columns for a street; the last one takes what is left.
fn street_line(street: &str, line: usize, of: usize) -> Option<String> {
    let lines: Vec<&str> = street.lines().collect();
    let taken = if line + 1 == of { lines.get(line..)? } else { lines.get(line..=line)? };
    Some(taken.join(", "))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::mapi::Value;
    use crate::mime::testing::{Stage, at, text as value};

    /// The cells of the contact that is `set`, by column, and what no column holds.
    fn row(dialect: Dialect, set: Vec<(Key, Value<'static>)>) -> (BTreeMap<&'static str, String>, Vec<String>) {
        let mut stage = Stage::default();
        let message = stage.message("IPM.Contact", set);
        let mut out = Vec::new();
        assert!(dialect.write(&message, stage.context(), &mut out).unwrap());
        let text = String::from_utf8(out).unwrap();
        let cells = text.strip_prefix('"').unwrap().strip_suffix("\"\r\n").unwrap().split("\",\"").map(str::to_owned);
        let row = dialect.columns().iter().map(|(name, _)| *name).zip(cells).filter(|(_, cell)| !cell.is_empty());
        (row.collect(), stage.findings().into_iter().map(|finding| finding.found).collect())
    }

    #[test]
    fn a_contact_without_parts_of_a_name() {
        let display = || (Key::Tag(pr::DISPLAY_NAME), value("Jane Doe"));
        let (cells, left_out) = row(Dialect::Outlook, vec![display()]);
        assert_eq!((cells["First Name"].as_str(), left_out.len()), ("Jane Doe", 0));
        let (cells, _) = row(Dialect::Outlook, vec![(keys::FILE_UNDER, value("ACME"))]);
        assert_eq!(cells["First Name"], "ACME");
        let (cells, left_out) = row(Dialect::Outlook, vec![display(), (keys::SURNAME, value("Doe"))]);
        assert_eq!((cells.get("First Name"), left_out), (None, vec!["no column for Display Name".to_owned()]));
        let email = vec![(keys::ADDRTYPE, value("SMTP")), (keys::EMAIL_ADDRESS, value("a@example.org"))];
        assert_eq!(row(Dialect::Outlook, email).0["E-mail Address"], "a@example.org");
    }

    #[test]
    fn what_no_column_holds_is_told() {
        let set = || {
            let phones = Value::MvStr(vec!["+1 1".into(), "+1 2".into()]);
            vec![
                (Key::Tag(pr::DISPLAY_NAME), value("Jane Q. Doe")),
                (keys::GIVEN_NAME, value("Jane")),
                (keys::MIDDLE_NAME, value("Q.")),
                (keys::SURNAME, value("Doe")),
                (keys::FILE_UNDER, value("Doe, Jane")),
                (keys::NICKNAME, value("JD")),
                (keys::INSTANT_MESSAGING, value("jane")),
                (keys::COMPANIES, Value::MvStr(vec!["A".into(), "B".into()])),
                (keys::FTP_SITE, value("ftp://example.org")),
                (keys::WORK_PAGE, value("http://example.org")),
                (keys::HTML, value("http://example.org")),
                (text(0x3A1B), phones),
                (keys::KEYWORDS, Value::MvStr(vec!["x".into(), "y".into()])),
                (OTHER.street, value("Street 1\r\nBack")),
                (MAILING.street, value("Street 1\r\nBack")),
                (HOME.label, value("Street 2")),
            ]
        };
        let (cells, left_out) = row(Dialect::Outlook, set());
        assert_eq!((cells["Business Phone 2"].as_str(), cells["Categories"].as_str()), ("+1 1", "x;y"));
        let both = "Home Address, Business Phone 3, ";
        let found = format!("no column for Nickname, Instant Messaging, {both}Companies, FTP Site");
        assert_eq!(left_out, [found]);
        let (cells, left_out) = row(Dialect::Thunderbird, set());
        assert_eq!((cells["Nickname"].as_str(), cells["Display Name"].as_str()), ("JD", "Jane Q. Doe"));
        let own = "Middle Name, Other Street, Business Phone 2, Categories, ";
        assert_eq!(left_out, [format!("no column for {own}{both}Mailing Street, Companies, FTP Site")]);
    }

    /// A column that one program has is a column of the other, or known to have no place there, or part of something that has one.
    #[test]
    fn no_column_is_forgotten() {
        const IN_PARTS: [&str; 17] = [
            "First Name",
            "Business Street",
            "Business Street 2",
            "Business Street 3",
            "Home Street",
            "Home Street 2",
            "Home Street 3",
            "Other Street 2",
            "Other Street 3",
            "E-mail Type",
            "E-mail Display Name",
            "E-mail 2 Type",
            "E-mail 2 Display Name",
            "E-mail 3 Type",
            "E-mail 3 Display Name",
            "Birthday",
            "Web Page",
        ];
        let has = |columns: &[Column], field: &Field| columns.iter().any(|(_, other)| same(other, field));
        let named = |columns: &[Column], name: &str| columns.iter().any(|(other, _)| *other == name);
        for (name, field) in OUTLOOK {
            let places = [has(THUNDERBIRD, field), named(NOT_THUNDERBIRD, name), IN_PARTS.contains(name)];
            assert_eq!(places.iter().filter(|is_there| **is_there).count(), 1, "{name}");
        }
        let in_parts =
            ["First Name", "Display Name", "Fax Number", "Web Page 1", "Web Page 2", "Birth Year", "Birth Month"];
        let in_parts = [&in_parts[..], &["Birth Day"]].concat();
        for (name, field) in THUNDERBIRD {
            let is_street = matches!(field, Field::Street(..));
            let places = [has(OUTLOOK, field), has(NOT_OUTLOOK, field), in_parts.contains(name), is_street];
            assert!(places.contains(&true), "{name}");
        }
        assert!(NOT_THUNDERBIRD.iter().all(|(name, _)| named(OUTLOOK, name)));
    }

    fn same(a: &Field, b: &Field) -> bool {
        format!("{a:?}") == format!("{b:?}")
    }

    #[test]
    fn a_day_without_a_year() {
        let set = || {
            let birthday = (keys::BIRTHDAY_LOCAL, at("1604-06-07T00:00:00"));
            vec![birthday, (keys::ANNIVERSARY_LOCAL, at("1604-06-06T00:00:00"))]
        };
        let (cells, left_out) = row(Dialect::Outlook, set());
        assert_eq!((cells.get("Birthday"), cells.get("Anniversary")), (None, None));
        assert_eq!(left_out, ["no column for Birthday without a year, Anniversary without a year"]);
        let (cells, left_out) = row(Dialect::Thunderbird, set());
        assert_eq!(cells, [("Birth Month", "6".into()), ("Birth Day", "7".into())].into());
        assert_eq!(left_out, ["no column for Anniversary without a year"]);
        let (cells, _) = row(Dialect::Outlook, vec![(keys::BIRTHDAY_LOCAL, at("1970-06-07T00:00:00"))]);
        assert_eq!(cells["Birthday"], "6/7/1970");
    }

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
