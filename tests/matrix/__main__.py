"""Without an argument write docs/resiliency-matrix.md; with cells (``T4-F8c``) run the tests that show them."""

import sys

import pytest

from tests.matrix import page
from tests.matrix.table import cells, node

asked = sys.argv[1:]
if not asked:
    page.write()
    sys.exit(0)
tests = {node(name) for cell in cells() if cell.id in asked and cell.proven for name in cell.names}
if not tests:
    sys.exit(f"No test is named for {', '.join(asked)}.")
sys.exit(pytest.main(["-m", "proof or not proof", *sorted(tests)]))
