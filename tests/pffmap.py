"""Where in a sound PFF file each message lives: a small reader of the node database alone ([MS-PST] 2.2), written apart from pffkit."""
import struct
import zlib

NORMAL_MESSAGE = 4


class Layout:
    """Sizes that differ between ANSI, Unicode and 4 KiB-page files."""

    def __init__(self, version):
        ansi, wide = version in (14, 15), version >= 36
        self.wide = wide
        self.id = 4 if ansi else 8
        self.page, self.meta = (4096, 4056) if wide else (512, 496 if ansi else 488)
        self.root = (188, 196) if ansi else (224, 240)
        self.block_trailer, self.align = (24, 512) if wide else (12 if ansi else 16, 64)


class Pff:
    """Nodes and blocks of `data`."""

    def __init__(self, data):
        self.data = data
        self.layout = Layout(struct.unpack_from("<H", data, 10)[0])
        nbt, bbt = (self._id(at) for at in self.layout.root)
        self.nodes = {self._id(at) & 0xFFFFFFFF: (self._id(at + self.layout.id), self._id(at + 2 * self.layout.id))
                      for at in self._entries(nbt)}
        self.blocks = {}
        for at in self._entries(bbt):
            place, size = self._id(at + self.layout.id), struct.unpack_from("<H", data, at + 2 * self.layout.id)[0]
            self.blocks[self._id(at) & ~1] = (place, size)

    def _id(self, at):
        return int.from_bytes(self.data[at:at + self.layout.id], "little")

    def _entries(self, page):
        """Offsets of the entries of all leaf pages below `page`."""
        meta = page + self.layout.meta
        if self.layout.wide:
            count, size, level = *struct.unpack_from("<H", self.data, meta), self.data[meta + 4], self.data[meta + 5]
        else:
            count, size, level = self.data[meta], self.data[meta + 2], self.data[meta + 3]
        for at in range(page, page + count * size, size):
            if level:
                yield from self._entries(self._id(at + 2 * self.layout.id))
            else:
                yield at

    def _block(self, bid):
        place, size = self.blocks[bid & ~1]
        stored = self.data[place:place + size]
        if self.layout.wide:
            on_disk = -(-(size + self.layout.block_trailer) // self.layout.align) * self.layout.align
            inflated = struct.unpack_from("<H", self.data, place + on_disk - self.layout.block_trailer + 18)[0]
            if inflated != size:
                return zlib.decompress(stored)
        return stored

    def _ids(self, block, start, count, fields, stride):
        step = self.layout.id
        for i in range(count):
            at = start + i * stride * step
            yield [int.from_bytes(block[at + f * step:at + (f + 1) * step], "little") for f in fields]

    def _data_tree(self, bid, into):
        if not bid & ~1:
            return
        into.add(bid & ~1)
        if bid & 2:
            block = self._block(bid)
            for (child,) in self._ids(block, 8, struct.unpack_from("<H", block, 2)[0], [0], 1):
                self._data_tree(child, into)

    def _subnode_tree(self, bid, into):
        if not bid & ~1:
            return
        into.add(bid & ~1)
        block, start = self._block(bid), 4 if self.layout.id == 4 else 8
        count = struct.unpack_from("<H", block, 2)[0]
        if block[1]:
            for (child,) in self._ids(block, start, count, [1], 2):
                self._subnode_tree(child, into)
        else:
            for data, sub in self._ids(block, start, count, [1, 2], 3):
                self._data_tree(data, into)
                self._subnode_tree(sub, into)

    def blocks_of(self, nid):
        """The ids of all blocks that hold node `nid`: its data tree, its subnode tree and the data of all subnodes."""
        data, sub = self.nodes[nid]
        into = set()
        self._data_tree(data, into)
        self._subnode_tree(sub, into)
        return into

    def messages(self):
        """{nid: {bid: (offset, size)}} of all messages."""
        return {nid: {bid: self.blocks[bid] for bid in self.blocks_of(nid)}
                for nid in self.nodes if nid & 0x1F == NORMAL_MESSAGE}
