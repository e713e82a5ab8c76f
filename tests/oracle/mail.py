#!/usr/bin/env python3
"""Compares mail with what the peer made of the same files: header, structure, bodies and attachments.

    mail.py OURS GOLDEN

Both have a directory for each file. Messages are paired by their order; each difference is listed with its reason, or as one without.
"""
import base64
import collections
import email
import email.header
import email.utils
import hashlib
import json
import pathlib
import re
import sys

from mail_reasons import reason

ADDRESSES = ("From", "Sender", "To", "Cc", "Bcc", "Reply-To", "Disposition-Notification-To", "Return-Receipt-To")


def decoded(value):
    """The text of a header field: encoded words decoded, blanks in a row made one."""
    text = ""
    for part, charset in email.header.decode_header(re.sub(r"\r?\n(?=[ \t])", "", str(value))):
        if isinstance(part, bytes):
            part = part.decode(charset if charset and charset != "unknown-8bit" else "utf-8", "replace")
        text += part
    return " ".join(text.split())


def field(name, value):
    """The value of a field as far as both ways of writing can be compared."""
    if name in ADDRESSES:
        people = email.utils.getaddresses([re.sub(r"\r?\n(?=[ \t])", "", str(value))])
        return tuple((decoded(person), address) for person, address in people)
    if name in ("Date", "Reply-By", "Expires"):
        try:
            return email.utils.parsedate_to_datetime(str(value)).timestamp()
        except ValueError:
            return decoded(value)
    if name in ("Content-Language", "X-Auto-Response-Suppress"):
        return decoded(value).lower().replace(" ", "")
    if name in ("Thread-Index", "Message-ID", "References", "In-Reply-To"):
        return "".join(str(value).split())
    return decoded(value)


def text_of(part):
    """The text of `part`, and whether it is in the charset that it says."""
    data = part.get_payload(decode=True) or b""
    charset = part.get_content_charset("us-ascii")
    try:
        text, good = data.decode(charset), True
    except (LookupError, UnicodeDecodeError):
        text, good = data.decode("utf-8", "replace"), False
    return text, good


def lines(text):
    """`text` without what line ends and blanks before them make different."""
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").rstrip().split("\n"))


def tree(part):
    """The structure of `part`, as `mixed(text/plain, image/png)`."""
    if part.get_content_maintype() == "multipart":
        return f"{part.get_content_subtype()}({', '.join(tree(child) for child in part.get_payload())})"
    return part.get_content_type()


Attachment = collections.namedtuple("Attachment", "name type size hash disposition dates link message")


def attachment(part):
    name, kind = decoded(part.get_filename() or ""), part.get_content_type()
    dates = [part.get_param(key, None, "content-disposition") for key in ("creation-date", "modification-date")]
    dates = [date and email.utils.parsedate_to_datetime(date) for date in dates]
    link = (part["Content-ID"] or part["Content-Location"] or "").strip().strip("<>")
    if kind == "message/rfc822":
        return Attachment(name, kind, 0, "", part.get_content_disposition(), dates, link, part.get_payload()[0])
    data = part.get_payload(decode=True) or b""
    if part.is_multipart():
        data = report(part)
    return Attachment(name, kind, len(data), hashlib.sha256(data).hexdigest(), part.get_content_disposition(), dates, link, None)


def report(part):
    """What a report tells machines, which the parser takes apart. Theirs is in base64, which RFC 2046 5.2 forbids for message/*."""
    blocks = [block.as_string(maxheaderlen=0) for block in part.get_payload()]
    text = "".join(block for block in blocks if block.strip())
    if part["Content-Transfer-Encoding"] == "base64":
        text = base64.b64decode(text).decode().replace("\r\n", "\n")
    return text.strip().encode()


class Mail:
    """A message taken apart."""

    def __init__(self, message):
        self.fields = collections.defaultdict(list)
        for name, value in message.items():
            name = "-".join(word.capitalize() for word in name.split("-")).replace("-Id", "-ID")
            if name not in ("Mime-Version", "Content-Type", "Content-Transfer-Encoding"):
                self.fields[name].append(field(name, value))
        self.structure = tree(message)
        self.bodies, self.attachments = {}, []
        self.walk(message)

    def walk(self, part):
        kind = part.get_content_type()
        if part.get_content_maintype() == "multipart":
            for child in part.get_payload():
                self.walk(child)
        elif kind in ("text/plain", "text/html", "text/calendar") and not part.get_filename() and kind not in self.bodies:
            text, good = text_of(part)
            self.bodies[kind] = lines(text)
            if not good:
                self.fields["charset " + kind].append(part.get_content_charset())
        else:
            self.attachments.append(attachment(part))


def paired(own, other):
    """Attachments that are the same by content, else by name, else by place; `None` where one side has no more."""
    rest = list(other)
    for key in (lambda a: (a.hash, a.name), lambda a: a.hash or a.name, lambda a: a.name, lambda a: a.type, lambda a: None):
        left = []
        for a in own:
            b = next((b for b in rest if key(b) == key(a)), None)
            if b:
                rest.remove(b)
                yield a, b
            else:
                left.append(a)
        own = left
    yield from ((a, None) for a in own)
    yield from ((None, b) for b in rest)


def differences(own, other, facts):
    """What differs between two messages, those in them included: what it is, ours, theirs, and what the properties say."""
    for name in sorted(own.fields.keys() | other.fields.keys()):
        if own.fields.get(name) != other.fields.get(name):
            yield name, own.fields.get(name), other.fields.get(name), facts
    if own.structure != other.structure:
        yield "structure", own.structure, other.structure, facts
    for kind in sorted(own.bodies.keys() | other.bodies.keys()):
        if own.bodies.get(kind) != other.bodies.get(kind):
            yield kind, own.bodies.get(kind), other.bodies.get(kind), facts
    embedded = [attached for attached in own.attachments if attached.message]
    for a, b in paired(own.attachments, other.attachments):
        if a is None or b is None:
            yield "attachment", a, b, facts
            continue
        for what in ("name", "type", "size", "hash", "disposition", "dates", "link"):
            if getattr(a, what) != getattr(b, what):
                yield "attachment " + what, a, b, facts
        if a.message and b.message:
            inner = {**facts["embedded"][embedded.index(a)], "lost": False}
            yield from differences(Mail(a.message), Mail(b.message), inner)


def read(path):
    return Mail(email.message_from_bytes(path.read_bytes()))


def pairs(ours, golden):
    """Paths of messages that are the same (theirs are numbered in the order in which ours come), and what the properties say."""
    for directory in sorted(golden.iterdir()):
        listed = (directory / "messages.tsv").read_text("utf-8", "replace").splitlines()
        numbers = [line.split("\t") for line in listed]
        own = len(list((ours / directory.name).glob("*.eml")))
        assert own == len(numbers), f"{directory.name}: {own} messages, theirs has {len(numbers)}"
        for at, (number, *_, kind, _) in enumerate(numbers):
            a, b = ours / directory.name / f"{at}.eml", directory / f"{number}.eml"
            if b.exists():
                yield a, b, {**json.loads(a.with_suffix(".json").read_text()), "lost": kind == "-"}


def main(ours, golden):
    told, count, unexplained = collections.defaultdict(list), 0, 0
    for a, b, facts in pairs(ours, golden):
        count += 1
        for what, x, y, facts in differences(read(a), read(b), facts):
            kept = Mail(email.message_from_string(facts["headers"])).fields if facts["headers"] else {}
            told[(what, reason(what, x, y, facts, kept))].append((x, y, a, b))
    for (what, why), cases in sorted(told.items(), key=str):
        print(f"{len(cases):5} {what}: {why or 'NO REASON'}")
        for x, y, *where in [] if why else cases[:3]:
            print("        ours  ", repr(x)[:300])
            print("        theirs", repr(y)[:300], *where)
        unexplained += 0 if why else len(cases)
    print(f"{count} messages compared, {unexplained} differences without a reason")


main(*map(pathlib.Path, sys.argv[1:]))
