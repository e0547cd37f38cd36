"""Reads the fault matrix: which cells there are, which are missing, and which tests drive each."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from tests.matrix.cells import PARTS, REASONS
from tests.matrix.drivers import DRIVERS
from tests.repo.source import ROOT, tree

NEVER, OPEN = "·", "open"


@dataclass(frozen=True, slots=True)
class Cell:
    """One step and one fault: the outcome that must hold, and the names of what shows it, or the reason why not."""

    part: int
    step: str
    fault: str
    outcome: str
    names: tuple[str, ...]

    @property
    def id(self) -> str:
        """Return its name in tests and in the page."""
        return f"{self.step}-{self.fault}"

    @property
    def proven(self) -> bool:
        """Return whether tests show it."""
        return self.outcome not in (NEVER, OPEN)


def cells() -> list[Cell]:
    """Return every cell that is written down."""
    return list(_read())


def _read() -> Iterator[Cell]:
    for number, (_title, rows, _faults, _steps) in enumerate(PARTS):
        for steps, row in rows.items():
            for step in steps.split():
                for faults, text in row.items():
                    outcome, *names = text.split()
                    for fault in faults.split():
                        yield Cell(number, step, fault, outcome, tuple(names))


def wanted() -> list[tuple[int, str, str]]:
    """Return part, step and fault of every cell that there must be."""
    return [(number, step, fault) for number, part in enumerate(PARTS) for step in part[3] for fault in part[2]]


def problems(found: list[Cell]) -> list[str]:
    """Return what is wrong with the table: missing, doubled or empty cells, unknown names."""
    places = [(cell.part, cell.step, cell.fault) for cell in found]
    said = [f"missing: {step}-{fault}" for part, step, fault in wanted() if (part, step, fault) not in places]
    said += [f"twice or unknown: {place}" for place in places if places.count(place) > 1 or place not in wanted()]
    for cell in found:
        known: Mapping[str, str] = DRIVERS if cell.proven else REASONS
        if not cell.names or (not cell.proven and len(cell.names) > 1):
            said.append(f"nothing named: {cell.id}")
        said += [f"unknown: {name} of {cell.id}" for name in cell.names if name not in known]
    used = {name for cell in found for name in cell.names}
    return said + [f"used by no cell: {name}" for name in {*DRIVERS, *REASONS} - used]


def node(name: str) -> str:
    """Return the test behind a driver's name, as pytest calls it."""
    module, function = DRIVERS[name].split("::")
    return f"tests/{module}.py::{function}"


def definition(name: str) -> ast.FunctionDef | None:
    """Return the function of a driver; None when there is none of that name any more."""
    path, function = node(name).split("::")
    if not (ROOT / path).exists():
        return None
    found = (one for one in tree(ROOT / path).body if isinstance(one, ast.FunctionDef) and one.name == function)
    return next(found, None)


def marked(function: ast.FunctionDef, mark: str) -> bool:
    """Return whether a decorator of the function is ``pytest.mark.<mark>``."""
    return any(ast.unparse(one) == f"pytest.mark.{mark}" for one in function.decorator_list)


def cells_of(driver: str, *, often: str) -> pytest.MarkDecorator:
    """Return the parameters of a driver that the table itself drives: step and fault, named like the cell.

    The cell ``often`` runs with every run of the tests, the others by ``make proof``.
    """
    mine = [cell for cell in cells() if driver in cell.names]
    assert often in {cell.id for cell in mine}, often
    rows = [
        pytest.param(one.step, one.fault, id=one.id, marks=[] if one.id == often else [pytest.mark.proof])
        for one in mine
    ]
    return pytest.mark.parametrize(("step", "fault"), rows)


def driven(function: ast.FunctionDef) -> bool:
    """Return whether the table drives the test."""
    return any(ast.unparse(one).startswith("cells_of(") for one in function.decorator_list)
