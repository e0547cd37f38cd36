"""Writes the tables once for all test processes, because migrating takes each of them many seconds.

The first process migrates and leaves a copy, on PostgreSQL a database to begin with; the others begin with that copy,
and so do later calls until a line of the product or a package changes. ``migrate`` still runs on it: what is missing
would be added.
"""

import fcntl
import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path

import django
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.backends.sqlite3.creation import DatabaseCreation

from tests.repo.source import files, name

PRODUCT = ("flexspace/", "members/", "billing/", "terminal/", "access/")
COPIES = "tables-{}.sqlite3"
TEMPLATES = "flexspace_tables_"  # on PostgreSQL
_create_test_db, _empty_test_db = DatabaseCreation.create_test_db, DatabaseCreation._create_test_db


def install():
    """Let test databases begin with the copy."""
    if connection.vendor == "postgresql":
        kind = type(connection.creation)
        kind.create_test_db = _from_template(kind.create_test_db)
        return
    DatabaseCreation.create_test_db = _create_and_keep
    DatabaseCreation._create_test_db = _begin_with_copy


def _create_and_keep(self, *args, **options):
    """Create a test database as Django does; the process that finds no copy leaves one, while the others wait."""
    copy = _copy()
    if not copy.exists():
        with _one_by_one():
            if not copy.exists():
                made = _create_test_db(self, *args, **options)
                _keep(self.connection, copy)
                return made
    return _create_test_db(self, *args, **options)


def _begin_with_copy(self, *args, **options):
    """Put the copy where Django would migrate an empty file."""
    database = _empty_test_db(self, *args, **options)
    if _copy().exists() and not self.is_in_memory_db(database):
        shutil.copyfile(_copy(), database)
    return database


def _keep(connection, copy):
    """Leave a copy of what was migrated, in one step, and forget older ones."""
    for old in copy.parent.glob(COPIES.format("*")):
        old.unlink()
    unfinished = copy.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    with closing(sqlite3.connect(unfinished)) as target:
        connection.connection.backup(target)
    unfinished.replace(copy)


def _from_template(create):
    """Return ``create`` with PostgreSQL's own way to copy a database: the first leaves one for the others."""

    def create_test_db(self, *args, **options):
        name = TEMPLATES + _what_tables_follow_from()
        with _one_by_one():
            if name not in _templates(self):
                made = create(self, *args, **options)
                self.connection.close()  # nobody may be connected to what is copied
                with self._nodb_cursor() as cursor:
                    cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{made}"')
                return made
        self.connection.settings_dict["TEST"]["TEMPLATE"] = name
        return create(self, *args, **options)

    return create_test_db


def _templates(creation):
    """Return the names of the copies that are there, having forgotten those of other lines."""
    with creation._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [TEMPLATES])
        names = [row[0] for row in cursor.fetchall()]
        for old in names:
            if old != TEMPLATES + _what_tables_follow_from():
                with suppress(DatabaseError):  # somebody else's run is copying it
                    cursor.execute(f'DROP DATABASE IF EXISTS "{old}"')
    return names


@contextmanager
def _one_by_one() -> Iterator[None]:
    with (settings.VAR / "tables.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _copy() -> Path:
    """Return where the copy lies; its name says what the tables follow from."""
    return Path(settings.DATABASES["default"]["TEST"]["NAME"]).with_name(COPIES.format(_what_tables_follow_from()))


@cache
def _what_tables_follow_from() -> str:
    told = hashlib.sha256()
    for package in sorted(path.name for path in Path(django.__file__).parent.parent.glob("*.dist-info")):
        told.update(package.encode())
    for path in files():
        if path.suffix == ".py" and name(path).startswith(PRODUCT):
            told.update(path.read_bytes())
    return told.hexdigest()[:16]


def main() -> None:
    """Leave the copy before the tests begin: migrating fills one core, and all of them would wait for it."""
    django.setup()
    install()
    made = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, serialize=False, autoclobber=True)
    connection.creation.destroy_test_db(made, verbosity=0)


if __name__ == "__main__":
    main()
