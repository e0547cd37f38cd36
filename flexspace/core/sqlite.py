"""SQLite takes more values in one statement than Django lets it have."""

from typing import Any

from django.db.backends.signals import connection_created

MAX_VALUES = 32_766  # of one statement, since SQLite 3.32: https://www.sqlite.org/limits.html (variable number)


def connect() -> None:
    """Let every new connection to SQLite insert hundreds of rows by one statement, as PostgreSQL does."""
    connection_created.connect(_raise_limit, dispatch_uid="flexspace.core.sqlite")


def _raise_limit(sender: Any, connection: Any, **_kwargs: Any) -> None:
    if connection.vendor == "sqlite" and connection.Database.sqlite_version_info >= (3, 32):
        connection.features.max_query_params = MAX_VALUES
