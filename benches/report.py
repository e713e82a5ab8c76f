"""Makes performance.md and performance.svg of what compare.sh has measured: report.py WORK OUTPUT"""
import csv
import math
import statistics
import sys
from collections import defaultdict
from pathlib import Path

COLOURS = {"pff2mt": "#0b6e4f", "readpst": "#c1440e", "pffexport": "#3a5a98", "pypff": "#8a6d1d"}
MISSING = "not measured"
READERS = ("pff2mt", "readpst", "pffexport", "pypff")


def rows(path):
    with open(path, newline="") as file:
        return list(csv.reader(file, delimiter="\t"))


class Results:
    def __init__(self, work):
        self.machine = dict(rows(work / "machine.tsv"))
        self.inputs = {name: (int(size), int(items)) for name, size, items in rows(work / "inputs.tsv")}
        self.values = defaultdict(list)
        self.failed = {}
        for step, name, program, _, value, _, status in rows(work / "results.tsv"):
            if status == "ok":
                self.values[step, name, program].append(float(value))
            else:
                self.failed[step, name, program] = status

    def best(self, step, name, program):
        values = self.values.get((step, name, program))
        return min(values) if values else None

    def median(self, step, name, program):
        values = self.values.get((step, name, program))
        return statistics.median(values) if values else None

    def main(self):
        return next((name for name in self.inputs if name.startswith("main-")), "")

    def formats(self):
        return [name for name in self.inputs if name.startswith("formats-")]

    def series(self):
        names = [name for name in self.inputs if name.startswith("items-")]
        return sorted(names, key=lambda name: self.inputs[name][1])


def ratio(a, b):
    return a / b if a is not None and b else None


def shown(value, unit=""):
    return MISSING if value is None else f"{value:.2f}{unit}"


def table(head, lines):
    out = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    out += ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join(out) + "\n"


def goals(r):
    main, best = r.main(), r.best
    halves = [best("pipe", main, part) for part in ("reading", "importing")]
    slower = max(halves) if None not in halves else None
    lines = [
        ("`pff2mt --jobs 1` to the floor of reading", ratio(best("floor", main, "pff2mt-1"), best("floor", main, "floor")), "at most", 2.0),
        ("`--jobs 2` against `--jobs 1`, into a pipe that `cat` reads beside them", ratio(best("floor", main, "pff2mt-1"), best("floor", main, "pff2mt-2")), "at least", 1.6),
        ("the same into `/dev/null`", ratio(best("floor", main, "pff2mt-1-alone"), best("floor", main, "pff2mt-2-alone")), "at least", 1.6),
    ]
    for peer, goal in (("pffexport", 10), ("pypff", 10), ("readpst", 5)):
        lines.append((f"rate over {peer}", ratio(best("peers", main, peer), best("peers", main, "pff2mt")), "at least", goal))
    lines += [
        ("`mt2exm` to the floor of writing", ratio(best("import", main, "mt2exm"), best("import", main, "store_floor")), "at most", 1.6),
        ("the whole pipe to its slower half", ratio(best("pipe", main, "both"), slower), "at most", 1.2),
    ]
    for name in r.formats():
        shape = {"mail": "of mail", "mixed": "of items of all sorts"}[name.split("-")[1]]
        rate = ratio(best("formats", name, "readpst"), best("formats", name, "mt2eml-2"))
        lines.append((f"rate of `mt2eml --jobs 2` over `readpst -e`, {r.inputs[name][0] / 1e6:,.0f} MB {shape}", rate, "at least", 4))
    names = r.series()
    for small, large in zip(names, names[1:]):
        cost = ratio(r.best("series", large, "pff2mt"), r.best("series", small, "pff2mt"))
        lines.append((f"cost of {r.inputs[large][1]:,} items over that of {r.inputs[small][1]:,}", cost, "at most", 11))
    return lines


def format_floors(r):
    """What a program that did nothing but the unavoidable with two threads would reach, and how far mt2eml is from it."""
    lines = []
    for name in r.formats():
        peer, ours, floor = (r.best("formats", name, program) for program in ("readpst", "mt2eml-2", "floor"))
        if None not in (peer, ours, floor):
            lines.append((name, shown(ours / floor), shown(peer / floor), shown(peer / ours)))
    head = ("input", "`mt2eml --jobs 2` to the floor", "rate of the floor over readpst", "rate of `mt2eml` over readpst")
    return ["The floor does with two threads what any program has to do that writes these files and their hashes:\n", table(head, lines)] if lines else []


def verdict(value, which, goal):
    if value is None:
        return ""
    return "met" if (value <= goal if which == "at most" else value >= goal) else "**missed**"


def rate_lines(r, step, name, programs=READERS):
    size, items = r.inputs[name]
    lines = []
    for program in programs:
        best, median = r.best(step, name, program), r.median(step, name, program)
        if best is None:
            status = r.failed.get((step, name, program))
            found = {"late": "gave up: too slow", "failed": "failed"}.get(status, MISSING)
            lines.append((name, program, found, "", "", ""))
        else:
            best = max(best, 0.01)
            lines.append((name, program, f"{best:.2f}", f"{median:.2f}", f"{size / best / 1e6:.1f}", f"{items / best:,.0f}"))
    return lines


def memory_lines(r):
    lines = []
    for name in r.inputs:
        for program in ("pff2mt", "mt2exm", "mt2pff", "mt2eml"):
            kib = r.best("memory", name, program)
            status = r.failed.get(("memory", name, program))
            if kib is not None or status:
                met = "failed within 64 MiB" if status else "met" if kib <= 65536 else "**missed**"
                lines.append((name, program, MISSING if kib is None else f"{kib / 1024:.1f}" if kib else "too quick to be seen", met))
    return lines


def chart(r):
    """Seconds against items, both axes logarithmic."""
    width, height, left, bottom, right, top = 760, 460, 80, 60, 120, 40
    points = {p: [] for p in COLOURS}
    for name in r.series():
        for program in COLOURS:
            seconds = r.best("series", name, program)
            if seconds:
                points[program].append((r.inputs[name][1], max(seconds, 0.01)))
    xs = [x for line in points.values() for x, _ in line]
    ys = [y for line in points.values() for _, y in line]
    if not xs:
        return None
    decades = lambda values: (math.floor(math.log10(min(values))), math.ceil(math.log10(max(values))))
    (x0, x1), (y0, y1) = decades(xs), decades(ys)
    x1, y1 = max(x1, x0 + 1), max(y1, y0 + 1)
    px = lambda x: left + (math.log10(x) - x0) / (x1 - x0) * (width - left - right)
    py = lambda y: height - bottom - (math.log10(y) - y0) / (y1 - y0) * (height - bottom - top)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<text x="{left}" y="24" font-size="16">Seconds to read a mailbox, by its number of items</text>',
    ]
    for e in range(x0, x1 + 1):
        x = px(10**e)
        out.append(f'<line x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{height - bottom}" stroke="#ddd"/>')
        out.append(f'<text x="{x:.1f}" y="{height - bottom + 20}" text-anchor="middle">{10**e:,}</text>')
    for e in range(y0, y1 + 1):
        y = py(10**e)
        out.append(f'<line x1="{left}" y1="{y:.1f}" x2="{width - right}" y2="{y:.1f}" stroke="#ddd"/>')
        out.append(f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{10**e:g} s</text>')
    out.append(f'<text x="{(left + width - right) / 2}" y="{height - 14}" text-anchor="middle">items (both axes are logarithmic)</text>')
    labels = []
    for program, line in points.items():
        if not line:
            continue
        colour = COLOURS[program]
        path = " ".join(f"{px(x):.1f},{py(y):.1f}" for x, y in line)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{px(x):.1f}" cy="{py(y):.1f}" r="4" fill="{colour}"/>' for x, y in line]
        x, y = px(line[-1][0]) + 8, py(line[-1][1])
        labels.append((y if x > width - right else y - 14, x, program, colour))
    last = -math.inf
    for y, x, program, colour in sorted(labels):
        last = y = max(y, last + 15)  # Labels of lines that meet stand below each other.
        out.append(f'<text x="{x:.1f}" y="{y + 4:.1f}" fill="{colour}">{program}</text>')
    return "\n".join(out + ["</svg>"]) + "\n"


def report(r, svg):
    m = r.machine
    versions = ", ".join(f"{peer} {m[peer]}" for peer in ("readpst", "pffexport", "pypff") if m.get(peer)) or "none"
    names = r.series()
    text = [
        "# Performance\n",
        "Made by `benches/compare.sh`; the inputs come from `pffgen | mt2pff`, so that everybody can make them again.\n",
        f"Machine: {m['cores']} cores, {m['memory']} GiB of memory. Other readers: {versions}. All runs together took "
        f"{float(m['seconds']) / 60:.0f} minutes. Each figure is the best of several rounds in which the programs took turns, unless "
        "it says otherwise; files were in the page cache.\n",
        "## Goals\n",
        table(("what", "measured", "goal", ""), [(w, shown(v), f"{which} {g:g}", verdict(v, which, g)) for w, v, which, g in goals(r)]),
        "A floor is what the work costs at least: decoding every block of the file and writing it out; writing the rows and content "
        "files that the mailbox has in the end; decoding every block, hashing and writing as many bytes in as many files as `mt2eml` does.\n",
    ]
    head = ("input", "program", "best, s", "median, s", "MB/s", "items/s")
    if r.main():
        size, items = r.inputs[r.main()]
        text += ["## Against other readers\n", f"One file of {size / 1e6:,.0f} MB with {items:,} messages. `pff2mt` writes the whole "
                 "stream to a file; readpst writes mbox files, pffexport a file for each part of an item; pypff reads every property and "
                 "attachment, but not the messages embedded in others, and writes nothing.\n",
                 table(head, rate_lines(r, "peers", r.main()))]
    if r.formats():
        programs = ("mt2eml-1", "mt2eml-2", "readpst", "floor")
        text += ["## Files of open formats\n", "`mt2eml` with one and two threads that render, and `readpst -D -e -j 0`. Both write a file for each mail, "
                 "and of mail the same; readpst leaves out the attachments of what is no mail, and writes no index. MB/s and items/s are those of the input.\n",
                 table(head, [line for name in r.formats() for line in rate_lines(r, "formats", name, programs)]), *format_floors(r)]
    if names:
        text += ["## Cost against size\n", "Items of all sorts without attachments. `pff2mt` writes into a pipe whose bytes are thrown away.\n"]
        text += ["![Seconds against items](performance.svg)\n"] if svg else []
        text += [table(head, [line for name in names for line in rate_lines(r, "series", name)])]
    if memory := memory_lines(r):
        text += ["## Memory\n", "The most memory of its own (heap and stacks, without the mapped file) that a program had, sampled every "
                 "50 ms; each ran with no more than 64 MiB allowed (`ulimit -d 65536`).\n",
                 table(("input", "program", "peak, MiB", "goal: 64 MiB"), memory)]
        text += [table(("input", "bytes", "messages"), [(n, f"{s:,}", f"{i:,}") for n, (s, i) in r.inputs.items()])]
    return "\n".join(text)


work, output = Path(sys.argv[1]), Path(sys.argv[2])
results = Results(work)
svg = chart(results)
if svg:
    (output / "performance.svg").write_text(svg)
(output / "performance.md").write_text(report(results, svg))
