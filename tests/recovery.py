#!/usr/bin/env python3
"""What pff2mt gets out of broken files, beside what other readers do and what the bytes still hold.

  recovery.py PFF2MT CORPUS MUTATE [--every N] [--markdown FILE]

CORPUS/broken.tsv has a row for each file, index and reader (columns file, index, mutation, intact, readpst, ..., best); MUTATE is a
module whose mutate(bytes, name, index) makes a broken file again. Every N-th row is tried (default: all).

Definitions:
  the intact file's map   for each message node the blocks it lives in: its data tree, its subnode tree, and the same of all subnodes
  still in the bytes      all bytes of these blocks (their trailers not) are in the broken file, at the same places, unchanged
  found                   a message of the intact file is in the stream: the same nid, or another nid and the same PidTagSearchKey,
                          PidTagCreationTime, PidTagMessageDeliveryTime and PidTagMessageSize
  of these found          the share of those still in the bytes that is found
  of the distinct         the same without copies: of messages that have all their blocks in common only one counts, since how many nodes
                          share blocks stands in the trees and tables alone
  whole                   found, and all its properties, recipients and attachments are those in the stream of the intact file
  extra                   a message in the stream that is none of the intact file, or one that is there twice
  named                   a message that differs has a line of its own in the ledger, with its node id, and in that for each property
                          that differs a finding that names the property, a block of the message, or its node
Readers that only count are compared by numbers, capped at what the intact file has.

Prints a table by kind of mutation and, before it, each file on which something is wrong: fewer messages than the best other reader
gets, loss with exit code 0, a crash, more than 10 seconds of processor time or 256 MiB of data, extra messages, a difference that is not named,
totals that don't add up. A run over all 1000 files takes two to ten minutes on two cores.
"""
import argparse
import collections
import csv
import importlib.util
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from mtstream import Stream  # noqa: E402
from pffmap import Pff  # noqa: E402

# Of the processor, as others may be at work; and of the clock, in which a run that only waits must end.
SECONDS, PATIENCE = 10, 100
MEMORY = 256 << 20
PEERS = ("readpst", "pffexport", "pypff")
EXITS = (0, 1, 3)


class Intact:
    """A sound file: its bytes, the map of its messages, and their contents as pff2mt gives them."""

    def __init__(self, tool, path):
        with open(path, "rb") as file:
            self.data = file.read()
        self.map = Pff(self.data).messages()
        with tempfile.TemporaryDirectory() as directory:
            self.stream = run(tool, path, directory).stream

    def in_bytes(self, broken):
        """The nids of the messages that are still in the bytes of `broken`."""
        same = lambda at, size: broken[at:at + size] == self.data[at:at + size]
        return {nid for nid, blocks in self.map.items() if all(same(*place) for place in blocks.values())}


class Run:
    """What one run of pff2mt came to."""

    def __init__(self, stream, ledger, totals, outcome):
        self.stream, self.ledger, self.totals, self.outcome = stream, ledger, totals, outcome


def run(tool, path, directory):
    out, ledger = os.path.join(directory, "stream"), os.path.join(directory, "ledger")
    for name in (out, ledger):
        with open(name, "wb"):
            pass
    command = [tool, "--loglevel", "1", "--ledger", ledger, "-o", out, path]
    def limit():
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))

    try:
        outcome = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False, preexec_fn=limit).returncode
    except subprocess.TimeoutExpired:
        outcome = f"more than {PATIENCE} s"
    with open(ledger, encoding="utf-8") as lines:
        lines = [json.loads(line) for line in lines] if outcome in EXITS else []
    totals = next((line["totals"] for line in lines if "totals" in line), {})
    with open(out, "rb") as file:
        data = file.read() if totals else b""
    stream = Stream(data) if data else None
    return Run(stream, [line for line in lines if "totals" not in line], totals, outcome)


IDENTITY = (0x300B, 0x3007, 0x0E06, 0x0E08)


def identity(message):
    """What tells a message from others, whatever its nid."""
    return tuple(value for (place, name, _), value in sorted(message.items(), key=str) if not place and name in IDENTITY)


def matched(stream, intact, in_bytes):
    """{nid in the stream: nid in the intact file}: by nid, then by identity. Of equal ones those that are `in_bytes` come first."""
    pairs = {nid: nid for nid in stream.messages if nid in intact.messages}
    missing = collections.defaultdict(list)
    for nid, message in sorted(intact.messages.items(), key=lambda item: item[0] in in_bytes):
        if nid not in pairs:
            missing[identity(message)].append(nid)
    for nid, message in stream.messages.items():
        same = missing.get(identity(message))
        if nid not in pairs and same:
            pairs[nid] = same.pop()
    return pairs


def distinct(nids, blocks):
    """The different messages among `nids`: copies have all their blocks in common."""
    return {frozenset(blocks[nid]) for nid in nids}


def unnamed(nid, theirs, message, intact_message, ledger, blocks):
    """The differences of a message that no finding of its own names."""
    differ = [key for key in message.keys() | intact_message.keys() if message.get(key) != intact_message.get(key)]
    findings = [f for item in ledger if item["nid"] == f"{nid:#x}" and item["emitted"]
                for f in item["findings"] if f["effect"] != "notice"]
    places = {place for place, _ in blocks[theirs].values()}
    of_all = any(f.get("bid", 0) & ~1 in blocks[theirs] or f.get("offset") in places
                 or f["structure"] in ("NBTENTRY", "BBTENTRY", "message") for f in findings)
    told = " ".join(f"{f['expected']} {f['found']} {f['structure']}" for f in findings)
    name = lambda key: f"{key[1]:04x}" if isinstance(key[1], int) else "name-to-id map"
    return [key for key in differ if not of_all and name(key) not in told]


def attempt(task):
    """(row, counts, complaints) of one broken file."""
    tool, corpus, mutate_path, row = task
    intact = intact_file(tool, os.path.join(corpus, row["file"]))
    broken, _ = mutation(mutate_path)(intact.data, row["file"], int(row["index"]))
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, row["file"])
        with open(path, "wb") as file:
            file.write(broken)
        result = run(tool, path, directory)
    in_bytes = intact.in_bytes(broken)
    found, whole, extra, silent = {}, set(), 0, []
    if result.stream:
        found = matched(result.stream, intact.stream, in_bytes)
        extra = len(result.stream.messages) - len(found) + result.stream.repeated
        for nid, theirs in found.items():
            ours, want = result.stream.messages[nid], intact.stream.messages[theirs]
            if ours == want:
                whole.add(theirs)
            else:
                silent += [(hex(nid), key) for key in unnamed(nid, theirs, ours, want, result.ledger, intact.map)]
    got = set(found.values())
    missed = in_bytes - got
    there = distinct(in_bytes, intact.map)
    counts = {"files": 1, "intact": int(row["intact"]), "best": int(row["best"]), "bound": len(in_bytes), "found": len(got),
              "whole": len(whole), "reached": len(in_bytes & got), "distinct": len(there),
              "distinct reached": len(there & distinct(got, intact.map)), "extra": extra}
    counts |= {peer: min(int(row[peer] or 0), counts["intact"]) for peer in PEERS}
    return row, counts, complaints(row, counts, result, silent, missed)


def complaints(row, counts, result, silent, missed):
    totals = result.totals
    sums = totals and totals["found"] != totals["whole"] + totals["part"] + totals["missing"]
    wrong = [
        (result.outcome not in EXITS, f"outcome {result.outcome}"),
        (counts["found"] < counts["best"], "less than the best"),
        (result.outcome == 0 and counts["found"] < counts["intact"], "loss with exit code 0"),
        (counts["extra"], f"{counts['extra']} extra"),
        (silent, f"{len(silent)} differences not named: {silent[:2]}"),
        (sums, "totals that don't add up"),
        (missed, f"{len(missed)} still in the bytes: {[hex(n) for n in sorted(missed)[:4]]}"),
    ]
    place = f"{row['file']}\t{row['index']}\t{row['mutation']}\t{counts['found']} of {counts['intact']}, best {counts['best']}"
    return [f"{place}\t{what}" for is_so, what in wrong if is_so]


CACHE = {}


def intact_file(tool, path):
    if path not in CACHE:
        CACHE[path] = Intact(tool, path)
    return CACHE[path]


def mutation(path):
    if path not in CACHE:
        spec = importlib.util.spec_from_file_location("mutation", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        CACHE[path] = module.mutate
    return CACHE[path]


SHARES = (("reached", "bound"), ("distinct reached", "distinct"))
COLUMNS = ("readpst", "pffexport", "pypff", "best", "found", "whole", "bound")


def table(sums):
    """The lines of the table, as Markdown."""
    head = ["mutation", "files", "messages", "readpst", "pffexport", "pypff", "best of the three", "**pff2mt**", "of them whole",
            "still in the bytes", "of these found", "of the distinct", "extra"]
    yield "| " + " | ".join(head) + " |"
    yield "|---" + "|--:" * (len(head) - 1) + "|"
    for kind, c in sums.items():
        cells = [kind, c["files"], c["intact"]]
        cells += [f"{100 * c[name] / c['intact']:.1f} %" for name in COLUMNS]
        cells += [f"{100 * c[part] / max(c[whole], 1):.2f} %" for part, whole in SHARES]
        cells += [c["extra"]]
        yield "| " + " | ".join(map(str, cells)) + " |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("tool", "corpus", "mutate"):
        parser.add_argument(name)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--markdown", help="write the table to this file")
    args = parser.parse_args()
    begun = time.monotonic()
    with open(os.path.join(args.corpus, "broken.tsv"), encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))[::args.every]
    sums = collections.defaultdict(collections.Counter)
    tasks = [(args.tool, args.corpus, args.mutate, row) for row in rows]
    with ProcessPoolExecutor(2) as pool:
        for row, counts, wrong in pool.map(attempt, tasks):
            for kind in (row["mutation"].split()[0], "all"):
                sums[kind].update(counts)
            for line in wrong:
                print(line, flush=True)
    sums["all"] = sums.pop("all")
    lines = list(table(sums))
    print("\n".join(lines))
    print(f"{len(rows)} files in {time.monotonic() - begun:.0f} s")
    if args.markdown:
        with open(args.markdown, "w", encoding="utf-8") as out:
            out.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
