#!/usr/bin/env python3
"""Compares calendars and contacts with those that the peer made of the same files, field by field.

    compare.py OURS GOLDEN

Both have a directory for each file. Items are paired by what they say; each difference is listed with its reason, or as one without.
"""
import collections
import datetime
import pathlib
import sys

import icalendar


def unfolded(path):
    """The lines of `path`: name, parameters, value."""
    text = path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "")
    for line in text.splitlines():
        head, _, value = split_value(line)
        name, *parameters = head.split(";")
        yield name.upper(), sorted(p.upper() for p in parameters), value


def split_value(line):
    """`line` at the first colon outside of quotes."""
    quoted = False
    for at, c in enumerate(line):
        if c == '"':
            quoted = not quoted
        elif c == ":" and not quoted:
            return line[:at], ":", line[at + 1:]
    return line, "", ""


def plain(text):
    """A TEXT value without what line ends and blanks at its end make different."""
    text = text.replace("\\n", "\n").replace("\\N", "\n").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\")
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def moment(value):
    """A date, or a time in UTC."""
    if value.params.get("VALUE") == "DATE":
        # They give dates a time zone, which RFC 5545 3.2.19 forbids; the date is what counts.
        return value.to_ical().decode()[:8]
    dt = value.dt
    if isinstance(dt, datetime.datetime) and dt.tzinfo:
        return dt.astimezone(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    return dt.strftime("%Y%m%dT%H%M%S" if isinstance(dt, datetime.datetime) else "%Y%m%d")


TIMES = ("DTSTART", "DTEND", "DUE", "COMPLETED", "RECURRENCE-ID", "DTSTAMP", "CREATED", "LAST-MODIFIED")


def calendar(path):
    """The components of `path`: for each its fields, as far as both ways of writing can be compared."""
    parsed = icalendar.Calendar.from_ical(path.read_bytes())
    for item in parsed.subcomponents:
        if item.name not in ("VEVENT", "VTODO", "VJOURNAL"):
            continue
        fields = {}
        for name in item:
            values = item[name] if isinstance(item[name], list) else [item[name]]
            if name in TIMES:
                fields[name] = [moment(value) for value in values]
            elif name == "RRULE":
                fields[name] = [";".join(sorted(value.to_ical().decode().split(";"))) for value in values]
            elif name in ("ATTENDEE", "ORGANIZER"):
                fields[name] = sorted(str(value).lower() for value in values)
            else:
                fields[name] = [plain(value.to_ical().decode()) for value in values]
        for alarm in item.walk("VALARM"):
            fields.setdefault("TRIGGER", []).append(alarm["TRIGGER"].to_ical().decode())
        yield (item.name, fields.get("SUMMARY"), fields.get("DTSTART")), fields


def card(path):
    fields = collections.defaultdict(list)
    for name, parameters, value in unfolded(path):
        kind = [p.split("=", 1)[-1] for p in parameters if not p.startswith(("PREF", "VALUE", "ENCODING", "SORT-AS", "LABEL", "X-CN"))]
        kind = {t for k in kind for t in k.strip('"').replace(",", " ").split()} - {"VOICE", "INTERNET", "PREF"}
        if name == "PHOTO":
            kind, value = set(), value.rsplit(",", 1)[-1]
        fields[" ".join([name, *sorted(kind)])].append(plain(value))
    fields = {name: sorted(values) for name, values in fields.items()}
    yield ("VCARD", tuple(fields.get("FN", ())), tuple(fields.get("EMAIL", ()))), fields


# Why a field is on one side only. `ours`: only we have it; `theirs`: only they have it.
ONE_SIDED = {
    ("DTSTAMP", "ours"): "RFC 5545 3.6.1 demands it; they write it for meetings only",
    ("CREATED", "ours"): "PidTagCreationTime, which they leave out",
    ("LAST-MODIFIED", "ours"): "PidTagLastModificationTime, which they leave out",
    ("X-ALT-DESC", "ours"): "the HTML body, which they leave out",
    ("DESCRIPTION", "ours"): "the text of the HTML body, which they leave out",
    ("ATTACH", "ours"): "the item has attachments; theirs has none",
    ("ATTENDEE", "ours"): "the item has recipients; theirs has none",
    ("CLASS", "theirs"): "RFC 6350 has no CLASS; what is not public has X-CLASS",
    ("MAILER", "theirs"): "RFC 6350 has no MAILER",
    ("PROFILE", "theirs"): "RFC 6350 has no PROFILE",
    ("REV", "theirs"): "the item has no PidTagLastModificationTime: theirs is when it was imported",
    ("X-MS-OL-DESIGN", "theirs"): "the look of the business card; theirs is two bytes that are no text",
    ("GENDER", "ours"): "PidTagGender, which they leave out",
    ("X-FILE-AS", "ours"): "PidLidFileUnder, which they leave out",
    ("X-INITIALS", "ours"): "PidTagInitials, which they leave out",
    ("X-PHONETIC-FIRST-NAME", "ours"): "PidLidYomiFirstName, which they leave out",
    ("X-PHONETIC-LAST-NAME", "ours"): "PidLidYomiLastName, which they leave out",
    ("X-PHONETIC-ORG", "ours"): "PidLidYomiCompanyName, which they leave out",
    ("X-PFFKIT-OWNER", "ours"): "PidLidTaskOwner, which they leave out",
    ("X-PFFKIT-FAX-ADDRESS-2", "ours"): "PidLidFax2EmailAddress, which they leave out",
    ("ADR WORK", "ours"): "only PidLidWorkAddress is there, which they leave out",
    ("X-MICROSOFT-CDO-ALLDAYEVENT", "theirs"): "says nothing of a task",
    ("X-MICROSOFT-CDO-INSTTYPE", "theirs"): "says nothing of a task",
}


def reason(field, own, other):
    """Why the values of a field differ; `None` where that is not known."""
    if own is None and other == [""]:
        return "empty"
    if own is None or other is None:
        return ONE_SIDED.get((field, "theirs" if own is None else "ours"))
    if field == "PRODID":
        return "another program"
    if field == "UID" and (other[0].startswith("uuid:") or len(own[0]) == 32):
        return "the item has no global id; theirs is random, ours the same each time"
    if field == "REV":
        return "theirs is when it was imported"
    if field == "ORG" and [value + ";" for value in own] == other:
        return "theirs ends with an empty department"
    if field == "DTSTAMP":
        return "theirs is PidLidOwnerCriticalChange, ours the modification"
    if field == "BDAY" and datetime.date.fromisoformat(own[0]) - datetime.date.fromisoformat(other[0]) == datetime.timedelta(1):
        return "theirs is the day in UTC; midnight of the contact's zone was in the evening of it"
    if field == "RRULE" and [value.replace("BYMONTHDAY=31", "BYMONTHDAY=-1") for value in own] == other:
        return "the same days: the month has 31"
    if field == "DUE" and [value + "T000000Z" for value in own] == other:
        return "[MS-OXOTASK] 2.2.2.2.5 is a day without a time zone"
    return None


# Items that only one side has, and why; `*` is any file.
UNPAIRED = {
    ("*", "VJOURNAL", "ours"): "they do not export journal entries and notes",
    ("aspnet-split-test-part1.pst", "VCARD", "ours"): "twelve contacts whose class they did not import",
    ("hughbe-hughbe-outlook.pst", "VCARD", "ours"): "they do not export distribution lists",
    ("hughbe-backup-with-rules.pst", "VCARD", "both"): "RFC 6350 demands FN, which theirs has not",
    ("hira-contacts97-2002.pst", "VCARD", "both"): "the code page of the file is 932; theirs read it as 1252",
}


def compare(kind, own, other, told):
    for field in sorted(own.keys() | other.keys()):
        a, b = own.get(field), other.get(field)
        if a != b:
            side = "both" if a and b else "ours" if a else "theirs"
            why = reason(field, a, b)
            if field == "ORGANIZER" and side == "ours" and "ATTENDEE" in own:
                why = "the item has attendees, and RFC 5545 3.8.4.3 demands who has invited them"
            told[(kind, field, side, why)].append((a, b))


def items(directory):
    """The items of `directory` by what they say, and how many can't be read."""
    found, broken = collections.defaultdict(list), 0
    for path in sorted(directory.iterdir()):
        reader = {".ics": calendar, ".vcf": card}.get(path.suffix)
        try:
            for key, fields in reader(path) if reader else ():
                found[str(key)].append((key[0], fields))
        except ValueError:
            broken += 1
    return found, broken


def unpaired(name, own, other, broken):
    """What only one side has, as lines, and how much of it has no reason."""
    alone = collections.defaultdict(lambda: [0, 0])
    for key in own.keys() | other.keys():
        kind = (own[key] or other[key])[0][0]
        alone[kind][0] += max(len(own[key]) - len(other[key]), 0)
        alone[kind][1] += max(len(other[key]) - len(own[key]), 0)
    for kind, (ours, theirs) in sorted(alone.items()):
        side = "both" if ours and theirs else "ours" if ours else "theirs"
        why = UNPAIRED.get(("*", kind, side)) or UNPAIRED.get((name, kind, side))
        if kind == "VEVENT" and ours == broken and not theirs:
            why = "theirs are cut off behind UID"
        if ours or theirs:
            yield f"      {name} {kind}: {ours} ours, {theirs} theirs only: {why or 'NO REASON'}", 0 if why else ours + theirs


def main(ours, golden):
    told, pairs, unexplained = collections.defaultdict(list), 0, 0
    for directory in sorted(pathlib.Path(golden).iterdir()):
        own, _ = items(pathlib.Path(ours) / directory.name)
        other, broken = items(directory)
        for key in sorted(own.keys() | other.keys()):
            for (kind, a), (_, b) in zip(own[key], other[key]):
                pairs += 1
                compare(kind, a, b, told)
        for line, count in unpaired(directory.name, own, other, broken):
            print(line)
            unexplained += count
    for (kind, field, side, why), cases in sorted(told.items(), key=str):
        print(f"{len(cases):5} {kind} {field}, {side}: {why or 'NO REASON'}")
        for a, b in [] if why else cases[:3]:
            print("        ours  ", str(a)[:300])
            print("        theirs", str(b)[:300])
        unexplained += 0 if why else len(cases)
    print(f"{pairs} items compared, {unexplained} differences without a reason")


main(sys.argv[1], sys.argv[2])
