"""Writes the tables of SQLite once for all test processes, because migrating takes each of them seconds.

The first process migrates and leaves a copy; the others begin with that copy, and so do later calls until a line of
the product or a package changes. ``migrate`` still runs on it: what is missing would be added.
"""

import fcntl
import hashlib
import shutil
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path

import django
from django.conf import settings
from django.db.backends.sqlite3.creation import DatabaseCreation

from tests.repo.source import files, name

PRODUCT = ("flexspace/", "members/", "billing/", "terminal/", "access/")
COPIES = "tables-{}.sqlite3"
_create_test_db, _empty_test_db = DatabaseCreation.create_test_db, DatabaseCreation._create_test_db


def install():
    """Let SQLite's test databases begin with the copy."""
    DatabaseCreation.create_test_db = _create_and_keep
    DatabaseCreation._create_test_db = _begin_with_copy


def _create_and_keep(self, *args, **options):
    """Create a test database as Django does; the process that finds no copy leaves one, while the others wait."""
    copy = _copy()
    if not copy.exists():
        copy.parent.mkdir(parents=True, exist_ok=True)
        with (copy.parent / "tables.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
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


@cache
def _copy() -> Path:
    """Return where the copy lies; its name says what the tables follow from."""
    told = hashlib.sha256()
    for package in sorted(path.name for path in Path(django.__file__).parent.parent.glob("*.dist-info")):
        told.update(package.encode())
    for path in files():
        if path.suffix == ".py" and name(path).startswith(PRODUCT):
            told.update(path.read_bytes())
    return Path(settings.DATABASES["default"]["TEST"]["NAME"]).with_name(COPIES.format(told.hexdigest()[:16]))
