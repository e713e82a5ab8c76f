//! Reports: what became of a message ([MS-OXCMAIL] 2.2.4; RFC 3464, RFC 8098).

use super::Item;
use super::part::{Content, Data, Part};
use crate::mapi::tag::pr;
use crate::mime::address::{AddressBook, Person, Role};
use crate::mime::{View, tags};

/// What a report tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    NotDelivered,
    Delivered,
    Read,
    NotRead,
}

impl Kind {
    /// The kind by the end of the message class of a report.
    pub(super) fn of(class: &str) -> Option<Self> {
        let end = class.strip_prefix("REPORT.")?.rsplit('.').next()?;
        Some(match end {
            "NDR" => Self::NotDelivered,
            "DR" => Self::Delivered,
            "IPNRN" => Self::Read,
            "IPNNRN" => Self::NotRead,
            _ => return None,
        })
    }

    const fn is_delivery(self) -> bool {
        matches!(self, Self::NotDelivered | Self::Delivered)
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
        let lines = if kind.is_delivery() { delivery(item, kind, book) } else { disposition(item, kind, book) };
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
fn delivery(item: Item<'_>, kind: Kind, book: &AddressBook) -> String {
    let view = item.view();
    let reporter = view.text(tags::REPORTING_MESSAGE_TRANSFER_AGENT).unwrap_or("unknown".into());
    let mut out = line("Reporting-MTA", "dns", &reporter);
    for row in &item.message.recipients {
        let row = View::new(row, item.names);
        let Some(address) = Person::recipient(row).and_then(|person| book.address(&person)) else { continue };
        let (action, status) = if kind == Kind::Delivered { ("delivered", 200) } else { ("failed", 500) };
        out.push_str("\r\n");
        out.push_str(&line("Final-Recipient", "rfc822", &address));
        out.push_str(&line("Action", "", action));
        // Three digits of a decimal number ([MS-OXCMAIL] 2.2.4.4.3).
        let code = row.int(tags::NDR_STATUS_CODE).filter(|code| (200..600).contains(code)).unwrap_or(status);
        out.push_str(&line("Status", "", &format!("{}.{}.{}", code / 100, code / 10 % 10, code % 10)));
        if let Some(agent) = row.text(tags::REMOTE_MESSAGE_TRANSFER_AGENT) {
            out.push_str(&line("Remote-MTA", "dns", &agent));
        }
        if let Some(text) = diagnostic(row) {
            out.push_str(&line("Diagnostic-Code", "x-mapi", &text));
        }
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
    let address = address.unwrap_or_else(|| "unknown@pffkit.invalid".to_owned());
    let mut out = line("Final-Recipient", "rfc822", &address);
    if let Some(id) = view.text(tags::ORIGINAL_MESSAGE_ID) {
        out.push_str(&line("Original-Message-ID", "", &id));
    }
    let what = if kind == Kind::Read { "displayed" } else { "deleted" };
    out.push_str(&line("Disposition", "", &format!("manual-action/MDN-sent-automatically; {what}")));
    out
}

/// The text of a report that has no body.
pub(super) fn text(view: View<'_>, kind: Kind) -> String {
    let what = match kind {
        Kind::NotDelivered => "could not be delivered",
        Kind::Delivered => "was delivered",
        Kind::Read => "was read",
        Kind::NotRead => "was deleted without being read",
    };
    let subject = view.text(pr::SUBJECT).unwrap_or_default();
    format!("Your message {what}.\r\n\r\nSubject: {subject}\r\n")
}
