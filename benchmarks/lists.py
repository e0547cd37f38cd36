"""Lists and searches with ten thousand rows and with many more, side by side: how much longer does a page take?

One process for each database answers pages in turns; the quickest turns are compared, because what else runs on the
machine only ever adds. The goal is a ratio below 1.3 and the same number of queries.
"""

import argparse
import json
import subprocess
import sys
import time

from benchmarks.place import ROOT, databases, manage, vendors

SMALL = 10_000
GOAL = 1.3


class Answering:
    """A process that opens pages on one database when told to."""

    def __init__(self, environment):
        command = [sys.executable, "-m", "benchmarks.lists_pages"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.pages = json.loads(self.process.stdout.readline())

    def open(self, page):
        """Return milliseconds and queries of one page."""
        self.process.stdin.write(f"{page}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def has_rows(environment):
    """Return whether the database holds made rows already."""
    ask = "import sys; from flexspace.core.models import Location; sys.exit(not Location.objects.exists())"
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", ask]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False, stdout=2).returncode == 0


def compare(vendor, rows, turns, keep):
    """Measure every page on both databases and print one line for each."""
    with databases(vendor, "small", "large", keep=keep) as places:
        for size, count in (("small", SMALL), ("large", rows)):
            began = time.monotonic()
            if has_rows(places[size]):
                continue  # an earlier run made and kept them
            manage(places[size], "make_rows", "--members", str(count), "--invoices", str(count))
            print(f"{vendor}: made {count} members and invoices in {time.monotonic() - began:.0f} s", flush=True)
        small, large = Answering(places["small"]), Answering(places["large"])
        print(f"{'page':<44}{'10 k':>9}{f'{rows // 1000} k':>9}{'ratio':>8}{'queries':>9}")
        missed = 0
        for page in small.pages:
            for side in (small, large):
                side.open(page)
            pairs = [(small.open(page), large.open(page)) for _ in range(turns)]
            before, after = (min(pair[side]["ms"] for pair in pairs) for side in (0, 1))
            queries = {pairs[0][side]["queries"] for side in (0, 1)}
            missed += after / before >= GOAL or len(queries) > 1
            mark = "" if after / before < GOAL and len(queries) == 1 else "  <-- missed"
            counts = "/".join(map(str, sorted(queries)))
            print(f"{page:<44}{before:>6.1f} ms{after:>6.1f} ms{after / before:>8.2f}{counts:>9}{mark}", flush=True)
        small.close()
        large.close()
        print(f"{vendor}: {len(small.pages) - missed} of {len(small.pages)} pages below {GOAL}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="of the larger database (the goal is a million)")
    parser.add_argument("--turns", type=int, default=15)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    parser.add_argument("--keep", default="", help="a folder: what is made stays there for the next run")
    options, _ = parser.parse_known_args()
    for vendor in vendors():
        if options.only in (None, vendor):
            compare(vendor, options.rows, options.turns, options.keep)


if __name__ == "__main__":
    main()
