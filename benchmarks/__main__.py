"""``make bench``: every quick measurement; or those named: ``python -m benchmarks lists --rows 1000000``."""

import argparse
import subprocess
import sys

QUICK = ["intake", "settle", "books", "lists", "billing_run", "access_planner", "demo"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", default=QUICK, metavar="name")
    options, extra = parser.parse_known_args()
    codes = []
    for name in options.names:
        print(f"\n== {name}", flush=True)
        codes.append(subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *extra], check=False).returncode)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
