#!/usr/bin/env python3
"""Compares mail in a server with the PFF files that it is from: subject, sender, date and flags, message by message.

    imap.py PORT FILE...

The user of each file has its name; the mail was imported as Maildirs, whose names the server gives back as X-GUID. pypff reads the files;
where it does not find messages, readpst tells subject and sender.
"""
import collections
import datetime
import email
import email.header
import email.utils
import imaplib
import pathlib
import re
import subprocess
import sys
import tempfile

import pypff

# Classes that mt2eml does not write like mail.
OTHER = ("IPM.APPOINTMENT", "IPM.CONTACT", "IPM.ABCHPERSON", "IPM.DISTLIST", "IPM.TASK", "IPM.ACTIVITY", "IPM.STICKYNOTE")
SMTP = re.compile(r"[^@\s/]+@[^@\s/]+$")


def decoded(text):
    """A header value as text, blanks in a row made one."""
    parts = email.header.decode_header(text)
    text = "".join(p if isinstance(p, str) else p.decode(c or "ascii", "replace") for p, c in parts)
    return " ".join(text.split())


class Stored:
    """What a file says of a message."""

    def __init__(self, message):
        self.entries = {}
        for record_set in message.record_sets:
            for entry in record_set.entries:
                self.entries.setdefault(entry.entry_type, entry)
        # Two characters before the subject tell how long its prefix is.
        subject = re.sub("^\x01.", "", self.text(0x0037), flags=re.S)
        self.subject = " ".join("".join(c if c.isprintable() else " " for c in subject).split())

    def text(self, tag):
        entry = self.entries.get(tag)
        try:
            return entry.data_as_string if entry and entry.data else ""
        except OSError:
            return ""

    def number(self, tag):
        entry = self.entries.get(tag)
        return entry.data_as_integer if entry else 0

    @property
    def kind(self):
        return self.text(0x001A).upper()

    @property
    def time(self):
        """When it was submitted, or else delivered, reported, made or changed."""
        times = (self.entries.get(tag) for tag in (0x0039, 0x0E06, 0x0032, 0x3007, 0x3008))
        known = (time.data_as_datetime for time in times if time and time.data)
        return next((int(time.replace(tzinfo=datetime.timezone.utc).timestamp()) for time in known), 0)

    @property
    def name(self):
        """Whom it is from."""
        return (self.text(0x0042) or self.text(0x0C1A)).strip()

    @property
    def senders(self):
        """The addresses of whom it is from, the best first."""
        found = [self.text(tag) for tag in (0x5D02, 0x0065, 0x5D01, 0x0C1F)]
        return [address.lower() for address in found if SMTP.match(address)]

    @property
    def flags(self):
        message, verb = self.number(0x0E07), self.number(0x1081)
        flags = {"\\Seen": message & 1, "\\Draft": message & 8, "\\Answered": verb in (102, 103), "\\Flagged": self.number(0x1090) == 2}
        return {name for name, is_set in flags.items() if is_set}


def stored(path):
    """The mail of a file by node, as far as pypff can read it."""
    file, found = pypff.file(), {}
    try:
        file.open(str(path))
        folders = [file.root_folder]
    except OSError:
        return found
    while folders:
        folder = folders.pop()
        for message in children(folder, "message"):
            item = Stored(message)
            if not item.kind.startswith(OTHER):
                found[message.identifier] = item
        folders += children(folder, "folder")
    return found


def children(folder, kind):
    """The messages or folders in `folder`; none where pypff can't read the list of them."""
    try:
        count = getattr(folder, f"number_of_sub_{kind}s")
    except OSError:
        return
    for at in range(count):
        try:
            yield getattr(folder, f"get_sub_{kind}")(at)
        except OSError:
            pass


def by_readpst(path):
    """Subject and sender of each mail of a file as readpst reads it."""
    with tempfile.TemporaryDirectory() as out:
        subprocess.run(["readpst", "-q", "-e", "-D", "-j", "0", "-o", out, path], check=True, stdout=subprocess.DEVNULL)
        mails = [email.message_from_bytes(file.read_bytes()) for file in pathlib.Path(out).rglob("*.eml")]
    return collections.Counter((decoded(mail["Subject"] or ""), email.utils.parseaddr(mail["From"])[1]) for mail in mails)


def fetched(server):
    """What the server says of each message: node, flags, date, subject, sender."""
    for line in server.list()[1]:
        mailbox = re.match(rb'\(.*\) "/" (.*)', line).group(1).decode()
        if server.select(mailbox, readonly=True)[0] == "OK" and server.search(None, "ALL")[1][0]:
            for answer in answers(server.fetch("1:*", "(X-GUID FLAGS ENVELOPE)")[1]):
                node = int(re.search(r"X-GUID \d+\.([0-9a-f]+)\.", answer).group(1), 16)
                flags = {flag.decode() for flag in imaplib.ParseFlags(answer.encode())} - {"\\Recent"}
                date, subject, sender = parsed(answer)[:3]
                yield node, flags, date, decoded(subject or ""), sender


def answers(parts):
    """The answers of a FETCH, each as one text, in which literals are quoted strings."""
    text = ""
    for part in parts:
        if isinstance(part, tuple):
            literal = part[1].decode().replace("\\", "\\\\").replace('"', '\\"')
            text += re.sub(r"\{\d+\}$", "", part[0].decode()) + f'"{literal}"'
        else:
            yield text + part.decode()
            text = ""


def parsed(text):
    """The list behind ENVELOPE."""
    tokens = iter(re.findall(r'"((?:[^"\\]|\\.)*)"|(NIL)|([()])', text[text.index("ENVELOPE") + 8:]))

    def value(token):
        quoted, nil, bracket = token
        if bracket == "(":
            return list(items())
        return None if nil else re.sub(r"\\(.)", r"\1", quoted)

    def items():
        for token in tokens:
            if token[2] == ")":
                return
            yield value(token)

    return value(next(tokens))


def differences(item, flags, date, subject, sender):
    """What is not as the file has it."""
    if subject != item.subject:
        yield f"subject {subject!r}, not {item.subject!r}"
    name, _, user, host = sender[0]
    if item.senders and f"{user}@{host}".lower() != item.senders[0]:
        yield f"from {user}@{host}, not {item.senders[0]}"
    # A group without members stands for nobody.
    if not item.senders and (decoded(name) if name else "") != item.name:
        yield f"from {name!r}, not {item.name!r}"
    moment = int(email.utils.parsedate_to_datetime(date).timestamp())
    if moment != item.time:
        yield f"date {moment}, not {item.time}"
    if flags != item.flags:
        yield f"flags {sorted(flags)}, not {sorted(item.flags)}"


def main(port, *files):
    count, told = 0, []
    for path in map(pathlib.Path, files):
        server = imaplib.IMAP4("127.0.0.1", int(port))
        server.login(path.name, "any")
        expected, found = stored(path), list(fetched(server))
        server.logout()
        count += len(found)
        unread = [message for message in found if message[0] not in expected]
        if unread:
            heads = collections.Counter((subject, f"{by[0][2]}@{by[0][3]}") for _, _, _, subject, by in unread)
            verdict = "readpst has the same" if heads == by_readpst(path) else f"unlike readpst: {heads}"
            told.append(f"{path.name}: pypff does not find {len(unread)} of {len(found)}; {verdict}")
        for node, *rest in found:
            item = expected.pop(node, None)
            told += [f"{path.name} {node:#x}: {problem}" for problem in differences(item, *rest)] if item else []
        told += [f"{path.name} {node:#x}: not in the server" for node in expected]
    print("\n".join([f"{count} messages", *told]))


main(*sys.argv[1:])
