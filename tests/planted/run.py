"""Takes one guard away after the other, on a copy of the project, and demands that a test notices."""

import datetime as dt
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.planted.bugs import BUGS, Bug
from tests.repo.source import ROOT

RESULTS = ROOT / "tests" / "planted" / "results.json"
LEAVE = shutil.ignore_patterns(".git", ".venv", "var", "__pycache__", "*_cache", ".hypothesis", "node_modules")
SUMMARY = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)


def run(bugs: list[Bug]) -> bool:
    """Plant ``bugs``, keep what was seen, and return whether every one was noticed."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(ROOT, copy, ignore=LEAVE)
        (copy / ".venv").symlink_to((ROOT / ".venv").resolve())
        _hash_migrations_only(copy)
        # The healthy tree must pass first: a test that always fails notices nothing.
        wanted = sorted({test for bug in bugs for test in bug.tests})
        healthy = _tests(copy, folder, wanted)
        if healthy.returncode:
            print(healthy.stdout[-3000:])  # noqa: T201
            raise SystemExit("The tests fail without any bug.")
        # Bugs in migrations last: each needs its own tables.
        noticed = [_one(copy, folder, bug) for bug in sorted(bugs, key=lambda bug: "migrations" in bug.path)]
        return all(noticed)


def _one(copy: Path, folder: str, bug: Bug) -> bool:
    path = copy / bug.path
    healthy = path.read_text(encoding="utf-8")
    path.write_text(planted(bug, healthy), encoding="utf-8")
    try:
        result = _tests(copy, folder, list(bug.tests), "-x")
    finally:
        path.write_text(healthy, encoding="utf-8")
    failed = SUMMARY.findall(result.stdout)
    noticed = result.returncode == 1 and bool(failed)
    _keep(bug, failed[0].split("[")[0] if noticed else "")
    print(f"{'noticed' if noticed else 'NOT NOTICED':<12} {bug.guard}", flush=True)  # noqa: T201
    return noticed


def planted(bug: Bug, text: str) -> str:
    """Return the file with the bug in it. Raises when the change does not fit exactly once."""
    if text.count(bug.old) != 1:
        raise ValueError(f"{bug.guard}: fits {text.count(bug.old)} times in {bug.path}.")
    return text.replace(bug.old, bug.new)


def _tests(copy: Path, folder: str, tests: list[str], *more: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=no", *more, *tests]
    environment = {**os.environ, "FLEXSPACE_VAR": f"{folder}/var"}
    return subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)


def _hash_migrations_only(copy: Path) -> None:
    """Let the copy use its tables again while only other files change."""
    tables = copy / "tests" / "tables.py"
    text = tables.read_text(encoding="utf-8")
    short = text.replace("name(path).startswith(PRODUCT)", '"/migrations/" in name(path)')
    assert short != text
    tables.write_text(short, encoding="utf-8")


def _keep(bug: Bug, test: str) -> None:
    seen = results()
    seen[bug.guard] = {"day": f"{dt.datetime.now(dt.UTC):%Y-%m-%d}", "test": test}
    known = {one.guard for one in BUGS}
    seen = {guard: seen[guard] for guard in sorted(seen) if guard in known}
    RESULTS.write_text(json.dumps(seen, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def results() -> dict[str, dict[str, str]]:
    """Return what was seen at the last run of each bug."""
    return json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}  # type: ignore[no-any-return]
