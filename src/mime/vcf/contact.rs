//! A contact.

use std::borrow::Cow;
use std::io;

use jiff::civil::Date;

use super::email::{Email, emails};
use super::fields::{RELATED, TELEPHONES, TEXTS};
use super::keys::{self, Postal};
use super::{Version, media};
use crate::mapi::tag::pr;
use crate::mime::body::Body;
use crate::mime::ics::{nearest_day, time};
use crate::mime::lines::{Lines, Property};
use crate::mime::{Context, Key, View, plain};
use crate::mt::object::Message;

/// The year that stands for none in birthdays of which only the day is known.
pub(in crate::mime) const NO_YEAR: i16 = 1604;

/// Writes the properties of the contact `message`.
pub(super) fn write(
    lines: &mut Lines<'_>,
    message: &Message<'_>,
    context: Context<'_>,
    version: Version,
) -> io::Result<()> {
    let view = context.view(&message.props);
    let emails = emails(view, context);
    write_name(lines, view, &emails, version)?;
    write_organization(lines, view)?;
    for (key, v4, v3) in TEXTS {
        if let Some(text) = view.text(key) {
            lines.text(version.pick(v4, v3), &text)?;
        }
    }
    write_emails(lines, &emails, version)?;
    for (key, v4, v3) in TELEPHONES {
        for number in view.texts(key).iter().filter(|number| !number.is_empty()) {
            write_telephone(lines, number, v4, v3, version)?;
        }
    }
    write_addresses(lines, view, version)?;
    write_links(lines, view)?;
    write_dates(lines, view, version)?;
    write_people(lines, view, version)?;
    write_marks(lines, view, version)?;
    if let Some(note) = plain::text(&Body::read(view, context.findings)) {
        lines.text("NOTE", &note)?;
    }
    media::write(lines, message, context, version)
}

/// The name of the item: what it is shown as, filed under, or whatever else tells it from others.
pub(in crate::mime) fn full_name<'v>(view: View<'v>) -> Option<Cow<'v, str>> {
    let composed = || {
        let parts: Vec<_> = keys::NAME.iter().filter_map(|key| view.text(*key)).collect();
        (!parts.is_empty()).then(|| Cow::Owned(parts.join(" ")))
    };
    let text = |key: Key| view.text(key);
    text(pr::DISPLAY_NAME.into())
        .or_else(composed)
        .or_else(|| text(keys::FILE_UNDER))
        .or_else(|| text(keys::COMPANY))
        .or_else(|| text(pr::SUBJECT.into()))
}

fn write_name(lines: &mut Lines<'_>, view: View<'_>, emails: &[Email], version: Version) -> io::Result<()> {
    let email = emails.first().map(|email| Cow::Borrowed(email.smtp.as_ref().unwrap_or(&email.address).as_str()));
    lines.text("FN", &full_name(view).or(email).unwrap_or("Unnamed".into()))?;
    let parts = [keys::SURNAME, keys::GIVEN_NAME, keys::MIDDLE_NAME, keys::PREFIX, keys::GENERATION];
    let parts = parts.map(|key| view.text(key).unwrap_or_default());
    let named = parts.iter().any(|part| !part.is_empty());
    if !named && version == Version::V4 {
        return Ok(());
    }
    let name = match view.text(keys::FILE_UNDER) {
        Some(file_under) if version == Version::V4 => Property::new("N").with("SORT-AS", &file_under),
        _ => "N".into(),
    };
    lines.structured(name, &parts)
}

fn write_organization(lines: &mut Lines<'_>, view: View<'_>) -> io::Result<()> {
    match (view.text(keys::COMPANY), view.text(keys::DEPARTMENT)) {
        (None, None) => Ok(()),
        (Some(company), None) => lines.structured("ORG", &[company]),
        (company, Some(department)) => lines.structured("ORG", &[company.unwrap_or_default(), department]),
    }
}

fn write_emails(lines: &mut Lines<'_>, emails: &[Email], version: Version) -> io::Result<()> {
    for (n, Email { smtp, address, kind, .. }) in emails.iter().enumerate() {
        let Some(smtp) = smtp else {
            lines.text(
                Property::new("X-PFFKIT-EMAIL").with("TYPE", if kind.is_empty() { "unknown" } else { kind }),
                address,
            )?;
            continue;
        };
        let property = Property::new("EMAIL");
        let property = match (version, n) {
            (Version::V4, 0) => property.with("PREF", "1"),
            (Version::V4, _) => property,
            (Version::V3, 0) => property.with_list("TYPE", "INTERNET,PREF"),
            (Version::V3, _) => property.with("TYPE", "INTERNET"),
        };
        lines.text(property, smtp)?;
    }
    Ok(())
}

fn write_telephone(lines: &mut Lines<'_>, number: &str, v4: &str, v3: &str, version: Version) -> io::Result<()> {
    let property = match version {
        Version::V4 => Property::new("TEL").with("TYPE", v4),
        Version::V3 => Property::new("TEL").with_list("TYPE", v3),
    };
    let first_choice = version == Version::V4 && v3.ends_with("PREF");
    lines.text(if first_choice { property.with("PREF", "1") } else { property }, number)
}

fn write_addresses(lines: &mut Lines<'_>, view: View<'_>, version: Version) -> io::Result<()> {
    let all = [
        (keys::HOME_ADDRESS, "home", "HOME"),
        (keys::WORK_ADDRESS, "work", "WORK"),
        (keys::OTHER_ADDRESS, "", "POSTAL"),
    ];
    let mut any = false;
    for (postal, v4, v3) in all {
        any |= write_address(lines, view, postal, version.pick(v4, v3), version)?;
    }
    if !any {
        write_address(lines, view, keys::MAILING_ADDRESS, version.pick("", "POSTAL"), version)?;
    }
    Ok(())
}

/// Writes an address, and says whether there is one.
fn write_address(
    lines: &mut Lines<'_>,
    view: View<'_>,
    postal: Postal,
    kind: &str,
    version: Version,
) -> io::Result<bool> {
    let Postal { box_, street, city, state, code, country, label, id } = postal;
    let text = |key| view.text(key).unwrap_or_default();
    // Where the office is stands beside the address of work ([MS-OXVCARD] 2.1.3.2.4).
    let extended = if id == keys::WORK_ADDRESS.id { text(keys::OFFICE) } else { "".into() };
    let mut parts = [text(box_), extended, text(street), text(city), text(state), text(code), text(country)];
    let label = view.text(label).filter(|label| !label.trim().is_empty());
    if parts.iter().all(|part| part.is_empty()) {
        // Few programs show the label, all the street.
        let Some(whole) = label.clone() else { return Ok(false) };
        parts[2] = whole;
    }
    let preferred = view.int(keys::POSTAL_ADDRESS_ID) == Some(id);
    let typed = |name: &str| match (kind, version) {
        ("", _) => Property::new(name),
        (_, Version::V3) if preferred => Property::new(name).with_list("TYPE", &format!("{kind},PREF")),
        _ => Property::new(name).with("TYPE", kind),
    };
    let mut property = typed("ADR");
    if let (Version::V4, Some(label)) = (version, &label) {
        property = property.with("LABEL", label);
    }
    if preferred && version == Version::V4 {
        property = property.with("PREF", "1");
    }
    lines.structured(property, &parts)?;
    if let (Version::V3, Some(label)) = (version, &label) {
        lines.text(typed("LABEL"), label)?;
    }
    Ok(true)
}

/// URL, IMPP and FBURL.
fn write_links(lines: &mut Lines<'_>, view: View<'_>) -> io::Result<()> {
    let work = view.text(keys::WORK_PAGE);
    let page = view.text(keys::HTML).filter(|page| work.as_ref() != Some(page));
    for (kind, url) in
        [("work", work), ("work", page), ("home", view.text(keys::HOME_PAGE)), ("", view.text(keys::FTP_SITE))]
    {
        if let Some(url) = url {
            let property = Property::new("URL");
            lines.raw(if kind.is_empty() { property } else { property.with("TYPE", kind) }, &uri(&url))?;
        }
    }
    if let Some(address) = view.text(keys::INSTANT_MESSAGING) {
        let address = uri(&address);
        lines.raw("IMPP", &if address.contains(':') { address } else { format!("im:{address}") })?;
    }
    match view.text(keys::FREE_BUSY) {
        Some(url) => lines.raw("FBURL", &uri(&url)),
        None => Ok(()),
    }
}

/// `text` without what no URI holds.
pub(in crate::mime) fn uri(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.trim().chars() {
        match c {
            ' ' => out.push_str("%20"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// The day of `local`, which is that of the wall clock, or else of `utc`, which is the moment at which the day began somewhere.
pub(in crate::mime) fn day(view: View<'_>, local: Key, utc: Key) -> Option<Date> {
    time(view, local).map(|time| time.date()).or_else(|| time(view, utc).map(nearest_day))
}

fn write_dates(lines: &mut Lines<'_>, view: View<'_>, version: Version) -> io::Result<()> {
    let birthday = day(view, keys::BIRTHDAY_LOCAL, keys::BIRTHDAY);
    let anniversary = day(view, keys::ANNIVERSARY_LOCAL, keys::ANNIVERSARY);
    for (name, date) in [("BDAY", birthday), (version.pick("ANNIVERSARY", "X-ANNIVERSARY"), anniversary)] {
        let Some(date) = date else { continue };
        match version {
            Version::V4 if date.year() == NO_YEAR => lines.raw(name, &date.strftime("--%m%d").to_string())?,
            Version::V4 => lines.raw(name, &date.strftime("%Y%m%d").to_string())?,
            Version::V3 => {
                let property = Property::new(name).with("VALUE", "date");
                // RFC 2426 has no day without a year; this is what address books write and read.
                let omitted = date.year() == NO_YEAR;
                let property = if omitted { property.with("X-APPLE-OMIT-YEAR", "1604") } else { property };
                lines.raw(property, &date.to_string())?;
            }
        }
    }
    Ok(())
}

fn write_people(lines: &mut Lines<'_>, view: View<'_>, version: Version) -> io::Result<()> {
    for (key, v4, v3) in RELATED {
        for person in view.texts(key) {
            match version {
                Version::V4 => lines.text(Property::new("RELATED").with("TYPE", v4).with("VALUE", "text"), &person)?,
                Version::V3 => lines.text(v3, &person)?,
            }
        }
    }
    Ok(())
}

/// GENDER, CATEGORIES, the companies and people that the contact has to do with, and CLASS.
fn write_marks(lines: &mut Lines<'_>, view: View<'_>, version: Version) -> io::Result<()> {
    match view.int(keys::GENDER) {
        Some(1) => lines.raw(version.pick("GENDER", "X-GENDER"), "F")?,
        Some(2) => lines.raw(version.pick("GENDER", "X-GENDER"), "M")?,
        _ => {}
    }
    lines.texts("CATEGORIES", &view.texts(keys::KEYWORDS))?;
    lines.texts("X-PFFKIT-COMPANIES", &view.texts(keys::COMPANIES))?;
    lines.texts("X-PFFKIT-CONTACTS", &view.texts(keys::CONTACTS))?;
    let class = match view.int(keys::SENSITIVITY) {
        Some(3) => "CONFIDENTIAL",
        Some(1 | 2) => "PRIVATE",
        _ if view.is_set(keys::PRIVATE) => "PRIVATE",
        // Version 4.0 has no CLASS: what is not said is public.
        _ if version == Version::V4 => return Ok(()),
        _ => "PUBLIC",
    };
    lines.raw(version.pick("X-CLASS", "CLASS"), class)
}
