"""Makes a table append-only in the database: an UPDATE trigger on PostgreSQL and SQLite.

Deleting is refused by taking the right away from the application's role on PostgreSQL
(``docs/operations.md``); a delete trigger would stop SQLite's test database from being emptied.
"""

from collections.abc import Collection
from typing import Any

from django.db import migrations

_POSTGRES = """
CREATE OR REPLACE FUNCTION flexspace_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$;
CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE ON {table}
FOR EACH ROW EXECUTE FUNCTION flexspace_append_only();
"""
_SQLITE = """
CREATE TRIGGER IF NOT EXISTS {table}_append_only BEFORE UPDATE ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
_POSTGRES_FROZEN = """
CREATE OR REPLACE FUNCTION flexspace_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'a column of % never changes', TG_TABLE_NAME; END $$;
CREATE OR REPLACE TRIGGER {table}_frozen BEFORE UPDATE OF {columns} ON {table}
FOR EACH ROW EXECUTE FUNCTION flexspace_frozen();
"""
_SQLITE_FROZEN = """
CREATE TRIGGER IF NOT EXISTS {table}_frozen BEFORE UPDATE OF {columns} ON {table}
BEGIN SELECT RAISE(ABORT, 'a column of {table} never changes'); END
"""

_POSTGRES_SUM = """
CREATE OR REPLACE FUNCTION {table}_not_below_zero() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.{amount} < 0 AND (SELECT COALESCE(SUM({amount}), 0) FROM {table} WHERE {same}) + NEW.{amount} < 0 THEN
    RAISE EXCEPTION 'the sum of {table} stays above zero' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER {table}_not_below_zero BEFORE INSERT ON {table}
FOR EACH ROW EXECUTE FUNCTION {table}_not_below_zero();
"""
_SQLITE_SUM = """
CREATE TRIGGER IF NOT EXISTS {table}_not_below_zero BEFORE INSERT ON {table}
WHEN NEW.{amount} < 0 AND (SELECT COALESCE(SUM({amount}), 0) FROM {table} WHERE {same}) + NEW.{amount} < 0
BEGIN SELECT RAISE(ABORT, 'the sum of {table} stays above zero'); END
"""

_POSTGRES_WITHIN = """
CREATE OR REPLACE FUNCTION {table}_within() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.{amount} > 0 AND (SELECT COALESCE(SUM({amount}), 0) FROM {table} WHERE {column} = NEW.{column})
    + NEW.{amount} > (SELECT {amount} FROM {whole} WHERE id = NEW.{column}) THEN
    RAISE EXCEPTION 'the sum of {table} stays within {whole}' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER {table}_within BEFORE INSERT ON {table}
FOR EACH ROW EXECUTE FUNCTION {table}_within();
"""
_SQLITE_WITHIN = """
CREATE TRIGGER IF NOT EXISTS {table}_within BEFORE INSERT ON {table}
WHEN NEW.{amount} > 0 AND (SELECT COALESCE(SUM({amount}), 0) FROM {table} WHERE {column} = NEW.{column})
  + NEW.{amount} > (SELECT {amount} FROM {whole} WHERE id = NEW.{column})
BEGIN SELECT RAISE(ABORT, 'the sum of {table} stays within {whole}'); END
"""


def forbid_updates(*tables: str) -> migrations.RunPython:
    """Return the migration operation that puts the trigger on ``tables``.

    Repeat it after a migration that adds or alters a column: on SQLite Django makes the table anew, without triggers.
    """
    return _trigger("append_only", _POSTGRES, _SQLITE, tables)


def freeze_columns(table: str, *columns: str) -> migrations.RunPython:
    """Return the migration operation that lets these ``columns`` of ``table`` never be written again.

    An UPDATE that names one is refused, even with the same value. Repeat it as ``forbid_updates``.
    """
    return _trigger("frozen", _POSTGRES_FROZEN, _SQLITE_FROZEN, [table], columns=", ".join(columns))


def keep_sum_above_zero(table: str, amount: str, *columns: str) -> migrations.RunPython:
    """Return the operation that refuses a row below zero which takes more than the rows of the same ``columns`` hold.

    Two transactions at once see each other's rows only under a lock of the caller's. Repeat it as ``forbid_updates``.
    """
    same = " AND ".join(f"{column} = NEW.{column}" for column in columns)
    return _trigger("not_below_zero", _POSTGRES_SUM, _SQLITE_SUM, [table], amount=amount, same=same)


def keep_sum_within(table: str, amount: str, column: str, whole: str) -> migrations.RunPython:
    """Return the operation that refuses a row with which the rows of one ``column`` exceed the row of ``whole``.

    Both tables hold it in ``amount``. Locks and repeats as ``keep_sum_above_zero``.
    """
    return _trigger("within", _POSTGRES_WITHIN, _SQLITE_WITHIN, [table], amount=amount, column=column, whole=whole)


def _trigger(name: str, postgres: str, sqlite: str, tables: Collection[str], **words: str) -> migrations.RunPython:
    """Return the operation that makes the trigger ``name`` on each of ``tables``, and takes it away again."""

    def add(_apps: Any, schema_editor: Any) -> None:
        sql = postgres if schema_editor.connection.vendor == "postgresql" else sqlite
        for table in tables:
            schema_editor.execute(sql.format(table=table, **words), params=None)

    def drop(_apps: Any, schema_editor: Any) -> None:
        for table in tables:
            suffix = f" ON {table}" if schema_editor.connection.vendor == "postgresql" else ""
            schema_editor.execute(f"DROP TRIGGER {table}_{name}{suffix}", params=None)

    return migrations.RunPython(add, drop)
