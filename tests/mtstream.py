"""The messages of a GXMT0005 stream, taken apart far enough to be compared: a small reader written apart from pffkit."""
import struct

FIXED = {0x02: 2, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 1, 0x14: 8, 0x40: 8, 0x48: 16}
TEXT = (0x1E, 0x1F)
COUNTED = (0x0D, 0x102)
MULTI = 0x1000
MESSAGE, NAMED = 5, 250
DAMAGE = b"pffkit:damage\0"
ROW_ID, ATTACH_NUM = 0x67F20003, 0x0E210003


class Cursor:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        self.at += n
        return self.data[self.at - n:self.at]

    def number(self, fmt):
        return struct.unpack("<" + fmt, self.take(struct.calcsize("<" + fmt)))[0]

    def text(self):
        return self.take(self.data.index(b"\0", self.at) + 1 - self.at)

    def value(self, typ):
        if typ & MULTI:
            return tuple(self.value(typ & ~MULTI) for _ in range(self.number("I")))
        if typ in FIXED:
            return self.take(FIXED[typ])
        if typ in TEXT:
            return self.text()
        if typ in COUNTED:
            return self.take(self.number("I"))
        if typ == 0xFB:
            return self.take(self.number("H"))
        raise ValueError(f"type {typ:#x}")

    def props(self):
        out = {}
        for _ in range(self.number("H")):
            tag = self.number("I")
            out[tag] = self.value(tag & 0xFFFF)
        return out


class Stream:
    """`messages`: {nid: {(place, property): value}}; `repeated`: how many messages came more than once."""

    def __init__(self, data):
        self.names, self.messages, self.repeated = {}, {}, 0
        at = 10
        for _ in range(2):
            at += 8 + struct.unpack_from("<Q", data, at)[0]
        while at < len(data):
            size, kind, nid = struct.unpack_from("<QIQ", data, at)
            body = Cursor(data[at + 32:at + 8 + size])
            if kind == NAMED:
                self.names[nid >> 16] = body.data
            elif kind == MESSAGE:
                self.repeated += nid in self.messages
                self.messages[nid] = self._message(body, "")
            at += 8 + size

    def _props(self, props, place, into):
        for tag, value in props.items():
            name = self.names.get(tag >> 16) if tag >= 0x80000000 else None
            if name is None or not name.endswith(DAMAGE):
                into[place, name or tag >> 16, tag & 0xFFFF] = value

    def _message(self, body, place):
        out = {}
        self._props(body.props(), place, out)
        if body.number("B"):
            for i in range(body.number("I")):
                props = body.props()
                self._props(props, f"{place}/to{props.get(ROW_ID, i)}", out)
        if body.number("B"):
            for i in range(body.number("H")):
                props = body.props()
                at = f"{place}/att{props.get(ATTACH_NUM, i)}"
                self._props(props, at, out)
                if body.number("B"):
                    out.update(self._message(body, at + "/message"))
        return out
