#!/usr/bin/env python3
"""What readpst, pffexport and mt2eml bring out of the same files, as a table for the README.

    losses.py MT2EML FILE...

There is no list of what the files hold that is nobody's output, so for each file and row it is taken to be the most that one of the
three found. A file, known by its SHA-256, is there where two of them have it.
"""
import collections
import email
import email.utils
import hashlib
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.parse

ROWS = {
    "items": "items of all kinds",
    "mails": "mails as RFC 5322 demands, with From and Date",
    "attachments": "attachments of mails, byte by byte",
    "messages": "messages in messages",
    "html": "HTML of mails, that in RTF included",
    "pictures": "pictures that the HTML shows",
    "charset": "texts beyond ASCII that are in the charset they name",
    "recipients": "recipients of mails",
    "bcc": "Bcc recipients",
    "keywords": "categories of mails",
    "events": "appointments as iCalendar",
    "zones": "appointments with a time zone",
    "series": "series as RRULE",
    "todos": "tasks as iCalendar",
    "journals": "journal entries and notes as iCalendar",
    "cards": "contacts as vCard",
    "photos": "photos of contacts",
}
# readpst attaches the RTF of a body, and meetings as text/calendar: neither is an attachment of the file.
MADE = "rtf-body.rtf"
ITEM = re.compile(r"(Activity|Appointment|Contact|Distribution ?List|Document|Email|Meeting|Message|Note|Post|RSS|StickyNote|Task)\d{5}$")


def run(command, directory):
    try:
        subprocess.run(command, cwd=directory, timeout=120, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        pass


def mail(message, found, embedded=False):
    """Counts what is in a message, and in the messages in it."""
    found["mails"] += not embedded and bool(message["From"]) and bool(message["Date"])
    found["messages"] += embedded
    found["keywords"] += len([word for word in (message["Keywords"] or "").split(",") if word.strip()])
    for name in ("To", "Cc", "Bcc"):
        people = email.utils.getaddresses([str(value) for value in message.get_all(name, [])])
        people = [address for _, address in people if "@" in address]
        found["recipients"] += len(people)
        found["bcc"] += len(people) if name == "Bcc" else 0
    parts = list(own_parts(message))
    names = {name.strip().strip("<>") for part in parts for name in (part["Content-ID"], part["Content-Location"]) if name}
    for part in parts:
        if part.get_content_type() == "message/rfc822":
            mail(part.get_payload()[0], found, embedded=True)
        elif part.get_content_type() == "text/html" and not part.get_filename():
            found["html"] += 1
            found["pictures"] += len(links(part.get_payload(decode=True).decode("latin-1")) & names)
        elif part.get_filename(MADE) != MADE and part.get_content_type() != "text/calendar":
            found["attachments", hashlib.sha256(content(part)).hexdigest()] += 1
        if part.get_content_maintype() == "text" and not part.get_filename():
            found["charset"] += is_in_its_charset(part)


def links(markup):
    """What HTML shows: ids, and URLs, whole where it says where it is from (RFC 2557 5)."""
    base = re.search(r"""(?i)<base\s+href\s*=\s*["']?([^"'\s>]+)""", markup)
    shown = set(re.findall(r"""(?i)(?:src|background)\s*=\s*["']?(?:cid:)?([^"'\s>]+)""", markup))
    return shown | {urllib.parse.urljoin(base[1], link) for link in shown if base}


def own_parts(part):
    """The leaves of a message; a message in it is one."""
    if part.get_content_maintype() == "multipart":
        for child in part.get_payload():
            yield from own_parts(child) if not isinstance(child, str) else ()
    else:
        yield part


def content(part):
    """The bytes of a file; a report for machines has been taken apart into its blocks."""
    if part.is_multipart():
        blocks = (block.as_string(maxheaderlen=0) for block in part.get_payload())
        return "".join(block for block in blocks if block.strip()).replace("\n", "\r\n").encode()
    return part.get_payload(decode=True)


def is_in_its_charset(part):
    data = part.get_payload(decode=True) or b""
    try:
        return not data.isascii() and "\ufffd" not in data.decode(part.get_content_charset("us-ascii"))
    except (LookupError, UnicodeDecodeError):
        return False


def calendar(text, found):
    for name, row in (("VEVENT", "events"), ("VTODO", "todos"), ("VJOURNAL", "journals")):
        for item in re.findall(rf"BEGIN:{name}\b.*?END:{name}\b", text, re.S):
            found[row] += 1
            found["items"] += 1
            found["series"] += row == "events" and "\nRRULE" in item
            found["zones"] += row == "events" and bool(re.search(r"DTSTART;[^:]*TZID=", item)) and "BEGIN:VTIMEZONE" in text


def open_formats(directory):
    """What is in .eml, .ics and .vcf files."""
    found = collections.Counter()
    for path in directory.rglob("*"):
        if path.suffix == ".eml":
            message = email.message_from_bytes(path.read_bytes())
            # readpst makes mails without anything in them of some hidden items.
            found["items"] += any(own_parts(message))
            mail(message, found)
        elif path.suffix == ".ics":
            calendar(path.read_text("utf-8", "replace").replace("\r", ""), found)
        elif path.suffix == ".vcf":
            text = path.read_text("utf-8", "replace").replace("\r", "")
            found.update(items=text.count("BEGIN:VCARD"), cards=text.count("BEGIN:VCARD"), photos=text.count("\nPHOTO"))
    return found


def texts(directory):
    """What is in the directories that pffexport makes of items: text, HTML and files, but no mail, calendar or card."""
    found = collections.Counter()
    for path in directory.rglob("*"):
        inside = "Attachments" in path.relative_to(directory).parts[:-1]
        if path.is_dir() and ITEM.match(path.name):
            found["messages" if inside else "items"] += 1
        elif path.name == "Message.html":
            found["html"] += 1
        elif path.name == "Recipients.txt":
            text = path.read_text("utf-8", "replace")
            found["recipients"] += len(re.findall(r"(?m)^Email address:\s*\S*@", text))
            found["bcc"] += len(re.findall(r"(?m)^Recipient type:\s*BCC", text))
        elif path.is_file() and re.search(r"/(Message|Meeting|Email)\d{5}/Attachments/[^/]*$", path.as_posix()):
            found["attachments", hashlib.sha256(path.read_bytes()).hexdigest()] += 1
    return found


def readpst(file, directory):
    run(["readpst", "-e", "-D", "-q", "-j", "0", "-o", directory, file], directory)
    return open_formats(directory)


def pffexport(file, directory):
    run(["pffexport", "-q", "-m", "items", "-t", directory / "out", file], directory)
    return texts(directory / "out.export")


def mt2eml(program):
    def export(file, directory):
        run([program, file, "-o", directory / "out"], directory)
        return open_formats(directory / "out")
    return export


def main(program, *files):
    tools = {"readpst -e": readpst, "pffexport": pffexport, "mt2eml": mt2eml(pathlib.Path(program).resolve())}
    sums = {name: collections.Counter() for name in ("there", *tools)}
    for file in files:
        found = {}
        for name, tool in tools.items():
            with tempfile.TemporaryDirectory() as directory:
                found[name] = tool(pathlib.Path(file).resolve(), pathlib.Path(directory))
        for key in set().union(*found.values()):
            row, is_file = (key[0], True) if isinstance(key, tuple) else (key, False)
            most = sorted(counts[key] for counts in found.values())[-2 if is_file else -1]
            sums["there"][row] += most
            for name, counts in found.items():
                sums[name][row] += min(counts[key], most)
    print(f"| of {len(files)} files | there | {' | '.join(tools)} |\n|---|--:|{'--:|' * len(tools)}")
    for row, title in ROWS.items():
        print(f"| {title} | {' | '.join(f'{counts[row]:,}' for counts in sums.values())} |")


main(*sys.argv[1:])
