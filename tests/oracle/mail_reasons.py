"""Why our mail and the peer's differ, and which side is right: each reason holds only where the properties bear it out."""
import html
import re

# When the peer wrote its files: what has no time of its own is dated then.
EXPORTED = range(1795420000, 1795440000)
UNSENT = 8
# Items that are not mail. Of these `mt2eml` writes .ics and .vcf, which compare.py compares.
OTHER = ("IPM.Appointment", "IPM.Contact", "IPM.AbchPerson", "IPM.DistList", "IPM.Task", "IPM.Activity",
         "IPM.StickyNote")
# Items that are written like mail, which theirs wraps in TNEF.
WRAPPED = ("IPM.Post", "IPM.Microsoft.ScheduleData.FreeBusy")
# Fields that theirs has where the header that a message came with has not. All can be made of properties, and say nothing new.
MADE = ("Thread-Index", "Thread-Topic", "Sender", "Content-Language", "X-Auto-Response-Suppress", "Acceptlanguage")
ADDRESSES = ("To", "Cc", "Bcc", "Reply-To", "From", "Disposition-Notification-To", "Return-Receipt-To")


def reason(what, own, other, facts, kept):
    """Why ours and theirs differ in `what`; `None` where that is not known. `kept`: the header that the message came with."""
    if facts["lost"]:
        return "theirs lost all properties of the message but its ids"
    if what.startswith("attachment"):
        return attachment(what, own, other, facts)
    if what in BODIES:
        return BODIES[what](own or "", other or "", facts)
    return field(what, own, other, facts, kept)


def field(what, own, other, facts, kept):
    if own and own == kept.get(what):
        return "ours is the field that the message came with; theirs is made of properties, or missing"
    if what in FIELDS and (why := FIELDS[what](own, other, facts)):
        return why
    if what in ADDRESSES and own and other:
        return people(own, other)
    if own is None and kept and what not in kept:
        return "not in the header that the message came with, which is kept" if what in MADE else None
    return None


def people(own, other):
    """Why lists of people differ."""
    a, b = ([person for value in side for person in value] for side in (own, other))
    if [address for _, address in a] == [address for _, address in b]:
        if all(x == y or (not x and y.strip("'") == address) for (x, address), (y, _) in zip(a, b)):
            return "the name is the address again, which ours leaves out"
    if all(n == "" and m == x and y == "invalid@invalid" for (n, x), (m, y) in zip(a, b)):
        return "the name is the address, which theirs does not see"
    if all(x == y or (n == m and y == "invalid@invalid" and x.endswith("@pffkit.invalid")) for (n, x), (m, y) in zip(a, b)):
        return "nothing but a name is known; ours has that in the address, so that two people stay two"
    return None


def exported(own, other, facts):
    submitted, *others = facts["times"]
    if submitted is None and other[0] in EXPORTED and own[0] in (*others, 0):
        return "no PidTagClientSubmitTime: theirs is when it was exported, ours the delivery or the creation, or none"
    return None


def subject(own, other, facts):
    if own is None and other == [""]:
        return "there is none; theirs is empty"
    if own[0].encode("cp932", "replace").decode("cp1252", "replace")[:4] == other[0][:4]:
        return "the code page of the file is 932; theirs read it as 1252"
    return None


FIELDS = {
    "Date": exported,
    "From": lambda own, other, facts: "RFC 5322 3.6 demands it, theirs lacks it" if other is None else None,
    "Message-ID": lambda own, other, facts:
        "none is stored: ours is made of the content, theirs has none" if other is None and not facts["message_id"] else None,
    "Importance": lambda own, other, facts:
        "nothing is said where it is normal" if own is None and other == ["Normal"] and facts["importance"] in (None, 1) else None,
    "Sensitivity": lambda own, other, facts:
        "there is no such value in RFC 4021 2.1.55" if own is None and other == ["Normal"] and facts["sensitivity"] in (None, 0) else None,
    "Thread-Index": lambda own, other, facts:
        "no PidTagConversationIndex: theirs is made up" if own is None and not facts["index"] else None,
    "Thread-Topic": lambda own, other, facts:
        "no PidTagConversationTopic: theirs is the subject" if own is None and not facts["topic"] else None,
    "X-Unsent": lambda own, other, facts:
        "mfUnsent is set: a draft, which theirs does not tell" if other is None and facts["flags"] & UNSENT else None,
    "X-Mailer": lambda own, other, facts:
        "who wrote the file is not who wrote the message" if other[0].startswith("gromox") else None,
    "X-Priority": lambda own, other, facts:
        "Importance, for programs that know this one only" if other is None and facts["importance"] in (0, 2) else None,
    "X-Message-Flag": lambda own, other, facts:
        "PidTagFlagStatus says that the message is not flagged" if own is None and facts["flag_status"] not in (1, 2) else
        "flagged, with no word why: ours has Outlook's" if own == ["Follow up"] and other is None and facts["flag_status"] in (1, 2) else None,
    "X-Message-Completed": lambda own, other, facts:
        "PidTagFlagStatus says that the flag is done with, which theirs does not tell" if other is None and facts["flag_status"] == 1 else None,
    "Subject": subject,
    "Content-ID": lambda own, other, facts:
        "theirs gives each message one; nothing refers to it" if own is None else None,
    "X-Ms-Has-Attach": lambda own, other, facts: "for Exchange only; the structure says it" if own is None else None,
    "X-Ms-Tnef-Correlator": lambda own, other, facts: "theirs is wrapped in TNEF" if own is None else None,
    "charset text/plain": lambda own, other, facts: "theirs says us-ascii of text that is not" if own is None else None,
}
for name in ("Originalclientipaddress", "Originalserveripaddress", "Submissionquotaskipped", "Scl"):
    FIELDS["X-Ms-Exchange-Organization-" + name] = lambda own, other, facts: "for servers of one organization only" if own is None else None


def leaves(tree):
    return sorted(re.findall(r"[\w.+-]+/[\w.+-]+", tree))


def no_mail(facts):
    """Why what is no mail is not the same in both."""
    if facts["class"].startswith(OTHER):
        return "no mail: theirs is a TNEF stream or a calendar in a mail, ours .ics or .vcf"
    if facts["class"].startswith(WRAPPED):
        return "no mail: theirs is in a TNEF stream, which few programs show; ours is a mail of its own"
    return None


def structure(own, other, facts):
    if why := no_mail(facts):
        return why
    if "related(" in own and "related(" not in other and leaves(own) == leaves(other):
        return "the HTML shows these pictures: ours are related to it, theirs files beside it"
    if own.startswith("report(") and leaves(own + "message/x") == leaves(re.sub(r"message/[d]\S+?(?=[,)])", "message/x", other, count=1)):
        return "RFC 6522 3: the machine's part is there once; theirs adds one to that of the file"
    if leaves(own + ", text/html") == leaves(other) and from_text(facts):
        return "the RTF says that it was made from text ([MS-OXRTFEX] 2.2.3.1)"
    if leaves(other + ", text/html") == leaves(own) and facts["html"]:
        return "PidTagBodyHtml is stored, which theirs does not read"
    if leaves(other + ", text/plain") == leaves(own) and facts["rtf"] and not facts["plain"]:
        return "only RTF is stored: ours has its text beside the HTML"
    return None


def from_text(facts):
    return facts["rtf"] and "\\fromtext" in facts["rtf"]


def words(markup):
    """The words of HTML, without what is not shown."""
    markup = re.sub(r"(?is)<(head|style|script|title)\b.*?</\1>|<!--.*?-->", " ", markup)
    return html.unescape(re.sub(r"<[^>]*>", " ", markup)).replace("\xa0", " ").split()


def html_body(own, other, facts):
    if why := no_mail(facts):
        return why
    if not own and other and from_text(facts):
        return "the RTF says that it was made from text ([MS-OXRTFEX] 2.2.3.1)"
    if own and not other and facts["rtf"] and not facts["html"]:
        return "the HTML is in the RTF; theirs lost it"
    if own and not other and facts["html"]:
        return "PidTagBodyHtml is stored, which theirs does not read"
    if facts["rtf"] and not facts["html"] and "".join(words(own)) == "".join(words(other)):
        return "made of RTF, which has no one form as HTML; the text is the same"
    return None


def plain_body(own, other, facts):
    if why := no_mail(facts):
        return why
    if not other and facts["rtf"] and not facts["plain"]:
        return "only RTF is stored: ours has its text beside the HTML"
    return None


def meeting(own, other, facts):
    if why := no_mail(facts):
        return why
    method = re.compile(r"^METHOD:\S+", re.M)
    if own and other and method.findall(own) == method.findall(other):
        return "a calendar with the same METHOD; compare.py compares what else is in it"
    return None


BODIES = {"structure": structure, "text/html": html_body, "text/plain": plain_body, "text/calendar": meeting}


def attachment(what, own, other, facts):
    if other and other.type == "application/ms-tnef":
        return no_mail(facts)
    if what == "attachment disposition" and own.disposition == "inline" and own.link:
        return "the HTML shows it"
    if what == "attachment name" and own.type == "message/rfc822" and not other.name:
        return "PidTagDisplayName and .eml; theirs has no name"
    kinds = ("message/delivery-status", "message/disposition-notification")
    if what == "attachment" and own is None and other.type in kinds:
        return "RFC 6522 3: the machine's part is there once; theirs adds one to that of the file"
    return None
