#!/usr/bin/env python3
"""Expands series and compares them with the days that they should have.

    expand.py DIR

DIR has pairs of N.ics and N.days. The first line of N.days is the first and the last day that are looked at; each further line is when an
instance begins: on the wall clock, and as Unix time (`-`: not compared). A day alone is that of an all-day event.
"""
import datetime
import pathlib
import sys

import icalendar
import recurring_ical_events


def starts(calendar, first, last):
    """When the instances from `first` to `last` begin, as the lines of N.days have it."""
    found = []
    for event in recurring_ical_events.of(calendar).between(first, last + datetime.timedelta(days=1)):
        start = event["DTSTART"].dt
        if isinstance(start, datetime.datetime):
            if first <= start.date() <= last:
                found.append((start.replace(tzinfo=None).isoformat(), str(int(start.timestamp()))))
        elif first <= start <= last:
            found.append((start.isoformat(), "-"))
    return sorted(found)


def same(found, expected):
    return len(found) == len(expected) and all(
        wall == other and (unix == "-" or unix == other_unix)
        for (other, other_unix), (wall, unix) in zip(found, expected))


def main(directory):
    pairs = differ = 0
    for path in sorted(pathlib.Path(directory).glob("*.ics"), key=lambda path: int(path.stem)):
        head, *lines = path.with_suffix(".days").read_text().splitlines()
        first, last = (datetime.date.fromisoformat(day) for day in head.split())
        expected = sorted(tuple(line.split()) for line in lines if line)
        text = path.read_bytes()
        found = starts(icalendar.Calendar.from_ical(text), first, last)
        pairs += 1
        if not same(found, expected):
            differ += 1
            rules = [line for line in text.decode().splitlines() if line.startswith(("RRULE", "DTSTART", "EXDATE", "TZID"))]
            print(path.name, rules[-6:])
            print("  expected only:", [e for e in expected if e[0] not in [f[0] for f in found]][:5], len(expected))
            print("  found only:", [f for f in found if f[0] not in [e[0] for e in expected]][:5], len(found))
            print("  other time:", [(f, e) for f, e in zip(found, expected) if f[0] == e[0] and e[1] not in ("-", f[1])][:3])
    print(f"{pairs} series, {differ} differ")


main(sys.argv[1])
