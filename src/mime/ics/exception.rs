//! Instances that differ from their series.

use std::borrow::Cow;

use super::clock::time;
use super::common::Layers;
use super::event::Instance;
use super::series::{Series, period};
use super::{attachment, keys};
use crate::damage::{Effect, Finding};
use crate::mapi::recurrence::{Exception, overrides};
use crate::mime::Context;
use crate::mt::object::{Attachment, Message};

/// The exceptions of `series`, whose first instance is `main`: what they don't change is as there.
pub(super) fn read<'v>(
    message: &'v Message<'v>,
    series: &Series,
    main: &Instance<'v>,
    context: Context<'v>,
) -> Vec<Instance<'v>> {
    let embedded: Vec<_> = message.attachments.iter().filter(|it| attachment::is_exception(it, context)).collect();
    let mut unused = embedded.len();
    let mut instances = Vec::with_capacity(series.recur.exceptions.len());
    for exception in &series.recur.exceptions {
        let own =
            embedded.iter().find(|it| belongs(it, exception, series, context)).and_then(|it| it.embedded.as_deref());
        unused -= usize::from(own.is_some()).min(unused);
        instances.push(instance(exception, own, series, main, context));
    }
    if unused > 0 {
        let expected = "an ExceptionInfo for each embedded exception";
        context.findings.add(Finding::new(
            Effect::Lost,
            "PidLidAppointmentRecur",
            expected,
            format!("{unused} without"),
        ));
    }
    instances
}

/// Whether the message in `attachment` is that of `exception`: by the day that it replaces, or by its beginning.
fn belongs(attachment: &Attachment<'_>, exception: &Exception, series: &Series, context: Context<'_>) -> bool {
    let replaced =
        attachment.embedded.as_deref().and_then(|m| time(context.view(&m.props), keys::EXCEPTION_REPLACE_TIME));
    match replaced {
        Some(replaced) => series.clock.to_local(replaced).date() == exception.original_start.date(),
        None => time(context.view(&attachment.props), keys::EXCEPTION_START) == Some(exception.start),
    }
}

fn instance<'v>(
    exception: &Exception,
    own: Option<&'v Message<'v>>,
    series: &Series,
    main: &Instance<'v>,
    context: Context<'v>,
) -> Instance<'v> {
    let view = own.map(|own| context.view(&own.props));
    let all_day = exception.sub_type.unwrap_or(main.all_day);
    let (start, end) = period(&series.clock, exception.start, exception.end, all_day);
    let set = exception.reminder_set.unwrap_or(main.reminder.is_some());
    let delta = exception.reminder_delta.map(i64::from).or(main.reminder);
    let delta = delta.or_else(|| main.layers.int(keys::REMINDER_DELTA));
    let text = |text: &Option<String>| text.clone().map(Cow::Owned);
    let own_body = exception.overrides & overrides::EXCEPTIONAL_BODY != 0;
    let with_recipients = own.filter(|own| !own.recipients.is_empty());
    let with_attachments = own.filter(|_| exception.attachment == Some(true));
    Instance {
        layers: Layers { own: view, base: main.layers.base },
        body: view.filter(|_| own_body).unwrap_or(main.body),
        recipients: with_recipients.map_or(main.recipients, |own| &own.recipients),
        attachments: with_attachments.map_or(main.attachments, |own| &own.attachments),
        start,
        end,
        recurrence_id: Some(series.instance(exception.original_start.date())),
        subject: text(&exception.subject).or_else(|| main.subject.clone()),
        location: text(&exception.location).or_else(|| main.location.clone()),
        busy: exception.busy_status.map(i64::from).or(main.busy),
        all_day,
        reminder: delta.filter(|_| set),
        kind: 3,
    }
}
