"""Small files, small functions, small views: the tail is what makes a codebase hard to read."""

import ast

from tests.repo.source import functions, name, python_files

MAX_FILE, MAX_FUNCTION, MAX_VIEW = 300, 50, 25


def body_lines(function):
    """Count a function's lines without its decorators and its docstring."""
    first = function.body[0]
    doc = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    return function.end_lineno - function.lineno + 1 - (first.end_lineno - first.lineno + 1 if doc else 0)


def test_no_file_is_longer_than_300_lines():
    lengths = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in python_files()}
    assert {path: lines for path, lines in lengths.items() if lines > MAX_FILE} == {}


def test_no_function_is_longer_than_50_lines():
    too_long = [
        f"{name(path)}:{function.lineno} {function.name}"
        for path in python_files()
        for function in functions(path)
        if body_lines(function) > MAX_FUNCTION
    ]
    assert too_long == []


def test_no_view_is_longer_than_25_lines():
    too_long = [
        f"{name(path)}:{function.lineno} {function.name}"
        for path in python_files("flexspace", "members", "billing", "terminal", "access")
        if path.name in ("views.py", "live.py", "webhooks.py") or path.parent.name == "views"
        for function in functions(path)
        if function.args.args and function.args.args[0].arg == "request" and body_lines(function) > MAX_VIEW
    ]
    assert too_long == []


def test_no_module_is_a_drawer_for_odds_and_ends():
    drawers = {"utils", "util", "helpers", "common", "misc", "managers", "exceptions"}
    assert [name(path) for path in python_files() if path.stem in drawers] == []
