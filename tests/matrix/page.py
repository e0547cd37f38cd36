"""Writes docs/resiliency-matrix.md from the table."""

from collections import defaultdict

from tests.matrix.cells import PARTS, REASONS, STEPS
from tests.matrix.table import NEVER, OPEN, Cell, cells, definition, driven, marked, node
from tests.repo.source import ROOT

PAGE = ROOT / "docs" / "resiliency-matrix.md"
HEAD = """# What happens when something goes wrong

Every step of taking money, giving it back, cancelling and hearing of it, against every fault: {proven} cells are
shown by tests, {never} cannot happen, {open} are not shown yet. `python -m tests.matrix` writes this page from
`tests/matrix/cells.py`; `python -m tests.matrix T4-F8c` runs the tests of a cell. The build fails for a missing cell,
for a test that is gone, and while this page is not what the table says. A cell holds as long as its tests pass: they
run with `make test`, those marked *proof* with `make proof`.

**NS** nothing was sent · **RS** resumed under the same key · **UNK** unknown until Stripe is read, and locked ·
**REJ** final failure with a sentence · **BO** backs off under the same key · **RO** reader offline, intent kept ·
**RB** reader busy, never taken over · **RT** the same intent is sent again · **FZ** frozen: the intent decides ·
**POLL** found without an event · **DUP** no second effect · **CUR** what Stripe says now counts · **LATE** booked and
flagged · **CX** only the intent decides · **R400** refused unread · **IGN** stored, no effect · **QUAR** kept for a
manager · **ACCT** other account: dropped · **VER** read in our version · **RBK** rolled back whole · **DEG** works
without Redis · **LEASE** one run wins · **CLK** Stripe's clock · **SER** one of two wins, the other sees it · **TAB**
lives on the server · **RST** only read until a manager confirms the restored backup · `·` cannot happen ·
**?** not shown yet
"""


def write() -> None:
    """Write the page."""
    PAGE.write_text(text(), encoding="utf-8")


def text() -> str:
    """Return the page."""
    found = cells()
    counts = {"proven": sum(cell.proven for cell in found)}
    counts |= {
        "never": sum(cell.outcome == NEVER for cell in found),
        "open": sum(cell.outcome == OPEN for cell in found),
    }
    parts = [HEAD.format(**counts)]
    for number, (title, _rows, faults, steps) in enumerate(PARTS):
        parts.append(_part(title, faults, steps, [cell for cell in found if cell.part == number]))
    return "\n".join([*parts, _why(found)])


def _part(title: str, faults: dict[str, str], steps: list[str], found: list[Cell]) -> str:
    at = {(cell.step, cell.fault): cell for cell in found}
    lines = [f"## {title}\n", "| step | " + " | ".join(f"{key} {word}" for key, word in faults.items()) + " |",
             "|---|" + "---|" * len(faults)]  # fmt: skip
    for step in steps:
        shown = [at[step, fault].outcome.replace(OPEN, "**?**") for fault in faults]
        lines.append(f"| **{step}** {STEPS[step]} | " + " | ".join(shown) + " |")
    proofs: dict[str, list[str]] = defaultdict(list)
    for cell in found:
        for name in cell.names if cell.proven else ():
            proofs[name].append(cell.id)
    lines.append("\n| test | cells |\n|---|---|")
    lines += [f"| {_test(name)} | {', '.join(ids)} |" for name, ids in sorted(proofs.items())]
    return "\n".join(lines) + "\n"


def _test(name: str) -> str:
    path, function = node(name).split("::")
    found = definition(name)
    assert found is not None, name
    long = " *proof*" if marked(found, "proof") else " *proof, one cell always*" if driven(found) else ""
    return f"`{path}` `{function}`{long}"


def _why(found: list[Cell]) -> str:
    lines = []
    for title, outcome in (("Not shown yet", OPEN), ("Why a cell cannot happen", NEVER)):
        reasons: dict[str, list[str]] = defaultdict(list)
        for cell in found:
            if cell.outcome == outcome:
                reasons[cell.names[0]].append(cell.id)
        lines.append(f"## {title}\n")
        lines += [f"- {REASONS[key]}: {', '.join(ids)}" for key, ids in reasons.items()]
        lines.append("")
    return "\n".join(lines)
