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
        fields[" ".join([name, *sorted(kind)])].append(plain(value))
    fields = {name: sorted(values) for name, values in fields.items()}
    yield ("VCARD", tuple(fields.get("FN", ())), tuple(fields.get("EMAIL", ()))), fields


# Field, what only one side has, and why. `ours`: only we have it; `theirs`: only they have it; `both`: the values differ.
REASONS = {
    ("DTSTAMP", "ours"): "RFC 5545 3.6.1 demands it; they write it for meetings only",
    ("CREATED", "ours"): "PidTagCreationTime",
    ("LAST-MODIFIED", "ours"): "PidTagLastModificationTime",
    ("X-ALT-DESC", "ours"): "the HTML body, which they leave out",
}


def reason(kind, field, side, own, other):
    return REASONS.get((field, side))


def compare(kind, own, other, told):
    for field in sorted(own.keys() | other.keys()):
        a, b = own.get(field), other.get(field)
        if a == b:
            continue
        side = "both" if a and b else "ours" if a else "theirs"
        told[(kind, field, side, reason(kind, field, side, a, b))].append((a, b))


def items(directory):
    found = collections.defaultdict(list)
    for path in sorted(directory.iterdir()):
        reader = {".ics": calendar, ".vcf": card}.get(path.suffix)
        try:
            for key, fields in reader(path) if reader else ():
                found[str(key)].append((key, fields))
        except ValueError as error:
            print(f"      {directory.name}/{path.name} can't be read: {str(error)[:120]!r}")
    return found


def main(ours, golden):
    told, pairs, alone = collections.defaultdict(list), 0, collections.Counter()
    for directory in sorted(pathlib.Path(golden).iterdir()):
        own = items(pathlib.Path(ours) / directory.name)
        other = items(directory)
        for key in sorted(own.keys() | other.keys()):
            both = list(zip(own[key], other[key]))
            pairs += len(both)
            for (kind, a), (_, b) in both:
                compare(kind[0], a, b, told)
            if len(own[key]) != len(other[key]):
                alone[(directory.name, key, len(own[key]), len(other[key]))] += 1
    for (kind, field, side, why), cases in sorted(told.items(), key=str):
        print(f"{len(cases):5} {kind} {field} {side}: {why or 'NO REASON'}")
        if not why:
            for a, b in cases[:3]:
                print("        ours  ", str(a)[:200])
                print("        theirs", str(b)[:200])
    for (name, key, a, b), _ in sorted(alone.items()):
        print(f"      {name} {key[:150]}: ours {a}, theirs {b}")
    unexplained = sum(len(cases) for (_, _, _, why), cases in told.items() if not why)
    print(f"{pairs} items compared, {len(alone)} not paired, {unexplained} without a reason")


main(sys.argv[1], sys.argv[2])
