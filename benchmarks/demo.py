"""The demo: seconds until its page can be opened, first and second start, and the memory of each of its processes."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.place import ROOT

NAMES = {"gunicorn": "web", "celery": "worker", "sandbox": "sandbox", "valkey": "broker", "manage.py": "supervisor"}
SETTLE = 8  # seconds until the worker has loaded everything
GIVE_UP = 120


def start(folder):
    """Start the demo; return its process and the seconds until its address was printed."""
    kept = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")}
    environment = {**kept, "FLEXSPACE_DEMO": "1", "FLEXSPACE_VAR": folder}
    command = [sys.executable, "manage.py", "demo", "--no-browser", "--port", "18400", "--sandbox-port", "18401"]
    began = time.monotonic()
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        if re.search(r"http://127\.0\.0\.1:184\d\d", line):
            return process, time.monotonic() - began
        if time.monotonic() - began > GIVE_UP:
            break
    raise SystemExit("The demo did not start.")


def family(pid):
    """Return the process and everything it started, at any depth."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def memory(pid):
    """Return name → megabytes: resident, and what is not shared with another process."""
    sums = {}
    for one in family(pid):
        try:
            command = Path(f"/proc/{one}/cmdline").read_text().replace("\0", " ")
            rollup = Path(f"/proc/{one}/smaps_rollup").read_text()
        except OSError:
            continue
        name = next((label for part, label in NAMES.items() if part in command), "other")
        name = "guardian" if "guardian" in command else name
        rss, own = (int(re.search(rf"^{key}:\s+(\d+)", rollup, re.MULTILINE)[1]) / 1024 for key in ("Rss", "Pss"))
        resident, proportional = sums.get(name, (0, 0))
        sums[name] = (resident + rss, proportional + own)
    return sums


def main():
    with tempfile.TemporaryDirectory(prefix="fx-demo-", ignore_cleanup_errors=True) as folder:
        for which in ("first", "second"):
            process, seconds = start(folder)
            try:
                print(f"{which} start: {seconds:.1f} s", flush=True)
                time.sleep(SETTLE)
                if which == "second":
                    sums = memory(process.pid)
                    for name, (resident, own) in sorted(sums.items(), key=lambda item: -item[1][0]):
                        print(f"{name:<12}{resident:>7.0f} MB resident{own:>7.0f} MB when shared pages are divided")
                    total = [sum(pair[index] for pair in sums.values()) for index in (0, 1)]
                    print(f"{'together':<12}{total[0]:>7.0f} MB resident{total[1]:>7.0f} MB")
            finally:
                process.send_signal(signal.SIGINT)
                process.wait(timeout=30)


if __name__ == "__main__":
    main()
