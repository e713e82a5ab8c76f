#!/usr/bin/env python3
"""Makes a page that shows mails side by side as a mail program would, for a browser to render.

    page.py LEFT.eml RIGHT.eml... > page.html

Pictures are shown where the HTML finds them by Content-ID or Content-Location; what it does not find is listed below it.
"""
import base64
import email
import email.header
import html
import re
import sys
import urllib.parse


def leaves(part):
    """The parts of a mail that are no multipart; a mail in it is one."""
    if part.get_content_maintype() == "multipart":
        return [leaf for child in part.get_payload() if not isinstance(child, str) for leaf in leaves(child)]
    return [part]


def text(part):
    data = part.get_payload(decode=True) or b""
    try:
        return data.decode(part.get_content_charset("us-ascii"), "replace")
    except LookupError:
        return data.decode("latin-1")


def body(parts, kind):
    return next((text(part) for part in parts if part.get_content_type() == kind and not part.get_filename()), None)


def shown(path):
    """A mail as HTML that needs nothing else."""
    with open(path, "rb") as file:
        message = email.message_from_binary_file(file)
    parts, found = leaves(message), set()
    urls = {}
    for part in parts:
        for name in (part["Content-ID"], part["Content-Location"]):
            if name:
                data = base64.b64encode(part.get_payload(decode=True) or b"").decode()
                urls[name.strip().strip("<>")] = f"data:{part.get_content_type()};base64,{data}", part

    markup = body(parts, "text/html")
    if markup is None:
        markup = f"<pre>{html.escape(body(parts, 'text/plain') or '')}</pre>"
    # A picture without a whole URL is looked for where the page says that it is from (RFC 2557 5).
    base = re.search(r"""(?i)<base\s+href\s*=\s*["']?([^"'\s>]+)""", markup)

    def resolve(match):
        name = re.sub("(?i)^cid:", "", html.unescape(match[2]))
        name = name if name in urls or not base else urllib.parse.urljoin(base[1], name)
        if name not in urls:
            return match[0]
        found.add(urls[name][1])
        return f'{match[1]}"{urls[name][0]}"'

    markup = re.sub(r"""(?i)((?:src|background)\s*=\s*)["']?([^"'\s>]+)["']?""", resolve, markup)
    others = [part.get_filename() for part in parts if part.get_filename() and part not in found]
    head = "".join(f"<b>{name}</b>: {html.escape(str(email.header.make_header(email.header.decode_header(message[name] or 'none'))))}<br>" for name in ("From", "Subject", "Date"))
    frame = f'<iframe srcdoc="{html.escape(markup)}"></iframe>'
    return f"<td>{head}{frame}<i>attached: {html.escape(', '.join(map(str, others)))}</i></td>"


def main(paths):
    print('<meta charset="utf-8"><style>table{width:100%;table-layout:fixed}td{vertical-align:top;border:1px solid;font:12px sans-serif}'
          "iframe{width:100%;height:420px;border:0;border-top:1px solid}</style><table>")
    for left, right in zip(paths[::2], paths[1::2]):
        print(f"<tr>{shown(left)}{shown(right)}</tr>")
    print("</table>")


main(sys.argv[1:])
