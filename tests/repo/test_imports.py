"""The layers are kept, and an import inside a function says why it is there."""

import ast
import subprocess
import sys

from tests.repo.source import ROOT, functions, name, python_files

REASONS = ("(app ready)", "(models are not loaded before this point)", "(slow import)", "(an optional dependency)")


def test_layers_are_kept():
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-logo"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_deferred_imports_have_an_allowed_reason():
    unexplained = [
        f"{name(path)}:{node.lineno}"
        for path in python_files("flexspace", "members", "billing", "terminal", "access", "sandbox")
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
        and not any(reason in path.read_text(encoding="utf-8").splitlines()[node.lineno - 1] for reason in REASONS)
    ]
    assert unexplained == []
