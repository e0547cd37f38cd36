"""Writes docs/planted-bugs.md from the list of bugs and what was seen at their last run."""

from tests.planted.bugs import BUGS
from tests.planted.run import results
from tests.repo.source import ROOT

PAGE = ROOT / "docs" / "planted-bugs.md"
HEAD = """# Planted bugs: every guard is missed when it is gone

`make planted` takes one guard of the money after the other away on a copy of the project (a unique constraint, a rule
for keys, a fence, a check of a version) and runs the tests that are there for it: one of them must fail. `make
planted ARGS=key` plants those whose name holds a word. The changes are in `tests/planted/bugs.py`; the build fails
when one does not fit its file any more, names a test that is gone, or was not noticed, or when this page is old. Run
on SQLite.

| guard | in | noticed by | last run |
|---|---|---|---|
"""


def write() -> None:
    """Write the page."""
    PAGE.write_text(text(), encoding="utf-8")


def text() -> str:
    """Return the page."""
    seen, lines = results(), []
    for bug in BUGS:
        last = seen.get(bug.guard, {"day": "never", "test": ""})
        by = f"`{last['test']}`" if last["test"] else "**not run yet**" if last["day"] == "never" else "**nothing**"
        lines.append(f"| {bug.guard} | `{bug.path}` | {by} | {last['day']} |")
    return HEAD + "\n".join(lines) + "\n"
