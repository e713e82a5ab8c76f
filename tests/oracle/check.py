#!/usr/bin/env python3
"""Parses every .ics of a directory with icalendar and every .vcf with vobject, and fails where one is refused or says nothing.

    check.py DIR
"""
import pathlib
import sys

import icalendar
import vobject


def check_calendar(path):
    calendar = icalendar.Calendar.from_ical(path.read_bytes())
    assert not calendar.errors, (path, calendar.errors)
    items = [part for part in calendar.subcomponents if part.name in ("VEVENT", "VTODO", "VJOURNAL")]
    assert items, path
    for item in items:
        assert not item.errors, (path, item.errors)
        assert item["UID"] and item["DTSTAMP"].dt, path
        if item.name == "VEVENT":
            assert type(item["DTSTART"].dt) is type(item["DTEND"].dt), path
            assert item["DTSTART"].dt <= item["DTEND"].dt, path
    named = {zone["TZID"] for zone in calendar.subcomponents if zone.name == "VTIMEZONE"}
    used = {str(value.params["TZID"]) for item in items for value in item.values() if "TZID" in getattr(value, "params", {})}
    assert named == used, (path, named, used)


def check_card(path):
    text = path.read_bytes().decode("utf-8")
    card = vobject.readOne(text)
    assert card.fn.value, path
    assert card.version.value in ("3.0", "4.0"), path
    if card.version.value == "3.0":
        card.validate(raiseException=True)


def main(directory):
    calendars = sorted(pathlib.Path(directory).glob("*.ics"))
    cards = sorted(pathlib.Path(directory).glob("*.vcf"))
    for path in calendars:
        check_calendar(path)
    for path in cards:
        check_card(path)
    print(f"{len(calendars)} calendars, {len(cards)} cards")


main(sys.argv[1])
