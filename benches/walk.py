"""Reads every property and every attachment of a PFF file with pypff, and counts them: walk.py FILE

Messages that are embedded in others are counted as attachments: pypff has no way into them.
"""
import json
import sys

import pypff

counts = dict.fromkeys(["messages", "attachments", "recipients", "values", "bytes", "errors"], 0)


def attempt(read):
    """What `read` gives; None, counted, where pypff refuses."""
    try:
        return read()
    except (OSError, OverflowError, ValueError, MemoryError):
        counts["errors"] += 1
        return None


def values(item):
    for n in range(attempt(lambda: item.number_of_record_sets) or 0):
        record = attempt(lambda: item.get_record_set(n))
        for m in range(record.number_of_entries if record else 0):
            data = attempt(lambda: record.get_entry(m).data)
            counts["values"] += 1
            counts["bytes"] += len(data or b"")


def attachment(attached):
    counts["attachments"] += 1
    values(attached)
    left = attempt(lambda: attached.get_size()) or 0
    while left > 0:
        data = attempt(lambda: attached.read_buffer(min(left, 1 << 20)))
        if not data:
            break
        counts["bytes"] += len(data)
        left -= len(data)


def message(item):
    counts["messages"] += 1
    values(item)
    recipients = attempt(lambda: getattr(item, "recipients", None))
    if recipients:
        counts["recipients"] += recipients.number_of_record_sets
        values(recipients)
    for n in range(attempt(lambda: getattr(item, "number_of_attachments", 0)) or 0):
        attached = attempt(lambda: item.get_attachment(n))
        if attached:
            attachment(attached)


def folder(item):
    values(item)
    for n in range(attempt(lambda: item.number_of_sub_messages) or 0):
        inner = attempt(lambda: item.get_sub_message(n))
        if inner:
            message(inner)
    for n in range(attempt(lambda: item.number_of_sub_folders) or 0):
        inner = attempt(lambda: item.get_sub_folder(n))
        if inner:
            folder(inner)


sys.setrecursionlimit(10_000)
file = pypff.file()
file.open(sys.argv[1])
folder(file.get_root_folder())
print(json.dumps(counts))
