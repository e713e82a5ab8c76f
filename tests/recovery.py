#!/usr/bin/env python3
"""What pff2mt gets out of broken files, beside what other readers do.

  recovery.py PFF2MT CORPUS MUTATE [EVERY]

CORPUS/broken.tsv has a row for each file, index and reader (columns file, index, mutation, intact, ..., best); MUTATE FILE INDEX OUT
makes a broken file again. EVERY n-th row is tried (default: all). Prints a table by kind of mutation and each file on which less than
the best comes out, crashes, takes more than 10 seconds, or loses messages with exit code 0.
"""
import collections
import csv
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor


def messages(tool, path, ledger):
    """Messages in the stream, and the exit code."""
    try:
        run = subprocess.run([tool, "--loglevel", "1", "--ledger", ledger, "-o", os.devnull, path],
                             capture_output=True, timeout=10, check=False)
    except subprocess.TimeoutExpired:
        return 0, "more than 10 s"
    totals = {}
    if os.path.exists(ledger):
        with open(ledger, encoding="utf-8") as lines:
            for line in lines:
                totals = json.loads(line).get("totals", totals)
    return totals.get("messages", 0), run.returncode


def attempt(tool, corpus, mutate, row, directory):
    """(row, messages, outcome) of one broken file."""
    name = os.path.join(directory, f"{row['file']}.{row['index']}")
    source = os.path.join(corpus, row["file"])
    subprocess.run([sys.executable, mutate, source, row["index"], name], check=True, stdout=subprocess.DEVNULL)
    found, outcome = messages(tool, name, name + ".ledger")
    for path in (name, name + ".ledger"):
        if os.path.exists(path):
            os.unlink(path)
    return row, found, outcome


def main():
    tool, corpus, mutate = sys.argv[1:4]
    every = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    with open(os.path.join(corpus, "broken.tsv"), encoding="utf-8") as table:
        rows = list(csv.DictReader(table, delimiter="\t"))[::every]
    sums = collections.defaultdict(lambda: [0, 0, 0, 0])
    with tempfile.TemporaryDirectory() as directory, ThreadPoolExecutor(2) as pool:
        for row, found, outcome in pool.map(lambda r: attempt(tool, corpus, mutate, r, directory), rows):
            intact, best = int(row["intact"]), int(row["best"])
            for kind in (row["mutation"].split()[0], "all"):
                for i, n in enumerate((1, intact, best, found)):
                    sums[kind][i] += n
            wrong = [outcome not in (0, 1, 3) and f"outcome {outcome}", found < best and "less than the best",
                     outcome == 0 and found < intact and "loss with exit code 0", found > intact and "more than intact"]
            for what in filter(None, wrong):
                print(f"{row['file']}\t{row['index']}\t{row['mutation']}\t{found} of {intact}, best {best}\t{what}")
    print(f"{'mutation':<12}{'files':>6}{'intact':>8}{'best':>16}{'pff2mt':>16}")
    for kind, (files, intact, best, found) in sums.items():
        share = lambda n: f"{n} ({100 * n / max(intact, 1):.1f} %)"
        print(f"{kind:<12}{files:>6}{intact:>8}{share(best):>16}{share(found):>16}")


if __name__ == "__main__":
    main()
