"""The planted bugs fit the code as it is, name tests that exist, and are what the documentation shows."""

import ast

import pytest

from tests.planted import page
from tests.planted.bugs import BUGS
from tests.planted.run import planted, results
from tests.repo.source import ROOT, tree


def test_there_are_no_more_than_forty_each_once():
    assert len({bug.guard for bug in BUGS}) == len(BUGS) <= 40


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.guard)
def test_bug_fits_and_its_tests_exist(bug):
    ast.parse(planted(bug, (ROOT / bug.path).read_text(encoding="utf-8")))
    for test in bug.tests:
        path, _, function = test.partition("::")
        names = {one.name for one in tree(ROOT / path).body if isinstance(one, ast.FunctionDef)}
        assert not function or function in names, test


def test_every_bug_that_was_planted_was_noticed():
    assert [guard for guard, seen in results().items() if not seen["test"]] == []


def test_page_is_what_was_seen():
    assert page.PAGE.read_text(encoding="utf-8") == page.text(), "Run python -m tests.planted."
