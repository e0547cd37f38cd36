"""The fault matrix is whole, names tests that exist, and is what the documentation shows."""

import pytest

from tests.matrix import page
from tests.matrix.cells import CALLS
from tests.matrix.table import cells, definition, marked, problems


def test_no_cell_is_missing():
    assert problems(cells()) == []


def test_missing_and_misspelled_cells_are_noticed():
    found = [cell for cell in cells() if cell.id != "T4-F8c"]
    assert problems(found)[0] == "missing: T4-F8c"
    assert "F8c" in CALLS["T4"]


@pytest.mark.parametrize("cell", [pytest.param(cell, id=cell.id) for cell in cells() if cell.proven])
def test_cell_is_shown_by_tests_that_run(cell):
    """A test that is gone, or is skipped whatever it runs on, shows nothing."""
    for name in cell.names:
        found = definition(name)
        assert found is not None, name
        assert not marked(found, "skip")
        assert not marked(found, "xfail")


def test_page_is_what_the_table_says():
    assert page.PAGE.read_text(encoding="utf-8") == page.text(), "Run python -m tests.matrix."
