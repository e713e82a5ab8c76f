//! Reports: what became of a message ([MS-OXCMAIL] 2.2.4; RFC 3464, RFC 8098).

use super::Item;
use super::part::{Content, Data, Part};
use crate::mapi::tag::pr;
use crate::mime::address::{AddressBook, Person, Role};
use crate::mime::{View, tags};

/// Whose address is not known.
const UNKNOWN: &str = "unknown@pffkit.invalid";

/// What a report tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    NotDelivered,
    Delayed,
    Relayed,
    Expanded,
    Delivered,
    Read,
    NotRead,
}

impl Kind {
    /// The kind by the end of the message class of a report ([MS-OXCMAIL] 2.2.3.7.1.1), the `DR` of which may be missing.
    pub(super) fn of(class: &str) -> Option<Self> {
        let class = class.strip_prefix("REPORT.")?;
        let name = class.strip_suffix(".DR").unwrap_or(class);
        Some(match (name.rsplit('.').next()?, name == class) {
            ("DELAYED", _) => Self::Delayed,
            ("RELAYED", _) => Self::Relayed,
            ("EXPANDED", _) => Self::Expanded,
            (_, false) | ("DR", _) => Self::Delivered,
            ("NDR", _) => Self::NotDelivered,
            ("IPNRN", _) => Self::Read,
            ("IPNNRN", _) => Self::NotRead,
            _ => return None,
        })
    }

    /// The Action of a report on a delivery and the status it has where no other is known (RFC 3464 2.3.3, 2.3.4).
    const fn action(self) -> Option<(&'static str, i64)> {
        Some(match self {
            Self::NotDelivered => ("failed", 500),
            Self::Delayed => ("delayed", 400),
            Self::Relayed => ("relayed", 200),
            Self::Expanded => ("expanded", 200),
            Self::Delivered => ("delivered", 200),
            Self::Read | Self::NotRead => return None,
        })
    }

    const fn is_delivery(self) -> bool {
        self.action().is_some()
    }

    const fn media_type(self) -> &'static str {
        if self.is_delivery() { "message/delivery-status" } else { "message/disposition-notification" }
    }
}

/// `text`, the body for people, with the machine's part behind it, and the message that it is about where it is there. `parts` are
/// the attachments; one that is the machine's part already is taken as it is.
pub(super) fn multipart<'a>(
    item: Item<'a>,
    kind: Kind,
    text: Part<'a>,
    mut parts: Vec<Part<'a>>,
    book: &AddressBook,
) -> Part<'a> {
    let mut take = |wanted: &dyn Fn(&Part<'_>) -> bool| parts.iter().position(wanted).map(|at| parts.remove(at));
    let stored = take(&|part| part.media_type == kind.media_type());
    let original = take(&|part| matches!(part.content, Content::Message(_)) || part.media_type.starts_with("message/"));
    let original = original.or_else(|| take(&|part| part.media_type == "text/rfc822-headers"));
    let machine = stored.unwrap_or_else(|| {
        let lines = kind.action().map_or_else(|| disposition(item, kind, book), |action| delivery(item, action, book));
        Part::new(kind.media_type(), Content::Lines(Data::Bytes(lines.into_bytes().into())))
    });
    let of_report = [text, machine].into_iter().chain(original).collect();
    let report_type = if kind.is_delivery() { "delivery-status" } else { "disposition-notification" };
    let report = Part::new("multipart/report", Content::Multi(of_report)).parameter("report-type", report_type);
    // A report has no more than three parts (RFC 6522 3).
    Part::multi("multipart/mixed", std::iter::once(report).chain(parts).collect())
}

/// A line of fields for a machine: ASCII, short enough for one line.
fn line(name: &str, kind: &str, value: &str) -> String {
    const LONGEST: usize = 900;
    let plain = value.chars().map(|c| if c.is_ascii_graphic() { c } else { ' ' }).take(LONGEST);
    let value = plain.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    let kind = if kind.is_empty() { String::new() } else { format!("{kind}; ") };
    format!("{name}: {kind}{value}\r\n")
}

/// message/delivery-status: a block on the message, then one for each recipient (RFC 3464 2).
fn delivery(item: Item<'_>, action: (&str, i64), book: &AddressBook) -> String {
    let view = item.view();
    let reporter = view.text(tags::REPORTING_MESSAGE_TRANSFER_AGENT).unwrap_or("unknown".into());
    let rows = item.message.recipients.iter().map(|row| View::new(row, item.names));
    let known = rows.filter_map(|row| Some((row, book.address(&Person::recipient(row)?)?)));
    let mut blocks: Vec<_> = known.map(|(row, address)| recipient(row, &address, action)).collect();
    if blocks.is_empty() {
        // There must be one (RFC 3464 2.1).
        blocks.push(recipient(view, UNKNOWN, action));
    }
    line("Reporting-MTA", "dns", &reporter) + &blocks.concat()
}

/// What became of the message for one recipient (RFC 3464 2.3).
fn recipient(row: View<'_>, address: &str, (action, status): (&str, i64)) -> String {
    let mut out = "\r\n".to_owned() + &line("Final-Recipient", "rfc822", address) + &line("Action", "", action);
    // Three digits of a decimal number ([MS-OXCMAIL] 2.2.4.4.3).
    let code = row.int(tags::NDR_STATUS_CODE).filter(|code| (200..600).contains(code)).unwrap_or(status);
    out.push_str(&line("Status", "", &format!("{}.{}.{}", code / 100, code / 10 % 10, code % 10)));
    if let Some(agent) = row.text(tags::REMOTE_MESSAGE_TRANSFER_AGENT) {
        out.push_str(&line("Remote-MTA", "dns", &agent));
    }
    if let Some(text) = diagnostic(row) {
        out.push_str(&line("Diagnostic-Code", "x-mapi", &text));
    }
    out
}

/// Why a message was not delivered, in the words of the server or in MAPI's numbers.
fn diagnostic(row: View<'_>) -> Option<String> {
    let text = row.text(tags::SUPPLEMENTARY_INFO).map(|text| text.into_owned());
    text.or_else(|| {
        let reason = row.int(tags::NDR_REASON_CODE)?;
        let diagnostic = row.int(tags::NDR_DIAG_CODE).unwrap_or(-1);
        Some(format!("reason {reason}, diagnostic {diagnostic}"))
    })
}

/// message/disposition-notification (RFC 8098 3).
fn disposition(item: Item<'_>, kind: Kind, book: &AddressBook) -> String {
    let view = item.view();
    let reader = Person::find(view, Role::SENT_REPRESENTING).or_else(|| Person::find(view, Role::SENDER));
    let address = reader.and_then(|person| book.address(&person));
    let address = address.unwrap_or_else(|| UNKNOWN.to_owned());
    let mut out = line("Final-Recipient", "rfc822", &address);
    if let Some(id) = view.text(tags::ORIGINAL_MESSAGE_ID) {
        out.push_str(&line("Original-Message-ID", "", &id));
    }
    let what = if kind == Kind::Read { "displayed" } else { "deleted" };
    out.push_str(&line("Disposition", "", &format!("manual-action/MDN-sent-automatically; {what}")));
    out
}

/// The text of a report that has no body: PidTagReportText, or what its kind says.
pub(super) fn text(view: View<'_>, kind: Kind) -> String {
    if let Some(text) = view.text(tags::REPORT_TEXT) {
        return text.into_owned();
    }
    let what = match kind {
        Kind::NotDelivered => "could not be delivered",
        Kind::Delayed => "is delayed",
        Kind::Relayed => "was relayed",
        Kind::Expanded => "was sent on to the members of a list",
        Kind::Delivered => "was delivered",
        Kind::Read => "was read",
        Kind::NotRead => "was deleted without being read",
    };
    let subject = view.text(pr::SUBJECT).unwrap_or_default();
    format!("Your message {what}.\r\n\r\nSubject: {subject}\r\n")
}
