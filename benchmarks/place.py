"""Where a measurement runs: a folder and databases of its own, gone afterwards.

SQLite always; PostgreSQL too when ``BENCH_POSTGRES`` names a server whose user may create databases, such as
``postgres://postgres@127.0.0.1:5432``.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parents[1]
SERVER = os.environ.get("BENCH_POSTGRES", "").rstrip("/")
NAME = "flexspace_bench"


def vendors() -> list[str]:
    """Return the databases that can be measured here."""
    return ["sqlite", "postgresql"] if SERVER else ["sqlite"]


@contextmanager
def databases(vendor: str, *sizes: str, keep: str = "") -> Iterator[dict[str, dict[str, str]]]:
    """Yield, for each of ``sizes``, the environment of a process that works on a migrated database.

    With the folder ``keep`` what an earlier run made there is used again and stays; otherwise all is empty and goes.
    """
    with tempfile.TemporaryDirectory(prefix="flexspace-bench-") as passing:
        folder = keep or passing
        made: dict[str, dict[str, str]] = {}
        try:
            for size in sizes:
                made[size] = _environment(vendor, size, folder, fresh=not keep)
                manage(made[size], "migrate", "--verbosity", "0")
                manage(made[size], "createcachetable")
            yield made
        finally:
            for size in sizes if vendor == "postgresql" and not keep else ():
                _on_server(f'DROP DATABASE IF EXISTS "{NAME}_{size}" WITH (FORCE)')


def manage(environment: dict[str, str], *command: str) -> None:
    """Run a command of the project in ``environment``."""
    subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True, stdout=2)


def _environment(vendor: str, size: str, folder: str, *, fresh: bool) -> dict[str, str]:
    if vendor == "postgresql":
        url = f"{SERVER}/{NAME}_{size}"
        if fresh:
            _on_server(f'DROP DATABASE IF EXISTS "{NAME}_{size}" WITH (FORCE)')
        with suppress(psycopg.errors.DuplicateDatabase):
            _on_server(f'CREATE DATABASE "{NAME}_{size}"')
    else:
        url = f"sqlite:///{folder}/{size}.sqlite3"
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "flexspace.settings.test",
        "DATABASE_URL": url,
        "FLEXSPACE_VAR": folder,
        "ALLOWED_HOSTS": "testserver",
        "PYTHONPATH": str(ROOT),
    }


def _on_server(statement: str) -> None:
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as server:
        server.execute(statement)
