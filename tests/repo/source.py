"""The files of the project, for the tests that read them."""

import ast
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("flexspace", "members", "billing", "terminal", "sandbox")
_NOT_OURS = {".git", ".venv", "var", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"}


@cache
def files() -> tuple[Path, ...]:
    """Return every file of the project, whether git knows it yet or not."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in _NOT_OURS and not name.endswith("_cache")]
        found += [Path(folder) / name for name in names if name not in _NOT_OURS]
    return tuple(sorted(found))


def python_files(*folders: str) -> list[Path]:
    """Return the Python files of ``folders`` (all without any), but for migrations a command wrote."""
    return [
        path
        for path in files()
        if path.suffix == ".py"
        and not path.match("migrations/*_initial.py")
        and (not folders or path.relative_to(ROOT).parts[0] in folders)
    ]


@cache
def tree(path: Path) -> ast.Module:
    """Return the file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function of the file, methods and inner ones included."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def name(path: Path) -> str:
    """Return the path as people write it."""
    return path.relative_to(ROOT).as_posix()


def text_of(path: Path) -> str:
    """Return the file's text, "" for a picture or a font."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""
