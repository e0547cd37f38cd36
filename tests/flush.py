"""Empties the test database quickly between tests that commit.

Django truncates every table and then writes content types and permissions anew: with some ninety tables that takes
PostgreSQL longer than most tests. Here only tables that hold rows are emptied, by DELETE, and what ``migrate`` wrote
stays.
"""

from django.core.management.commands import flush
from django.core.management.sql import sql_flush as django_sql_flush

WRITTEN_BY_MIGRATE = {"django_content_type", "auth_permission", "django_site"}


def quick_sql_flush(style, connection, reset_sequences=True, allow_cascade=False):
    """Return the statements that empty the database; Django's own when sequences are to be reset."""
    if reset_sequences:
        return django_sql_flush(style, connection, reset_sequences, allow_cascade)
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    tables = [name for name in names if name not in WRITTEN_BY_MIGRATE]
    if connection.vendor != "postgresql":
        return connection.ops.sql_flush(style, tables)
    quoted = [connection.ops.quote_name(name) for name in tables]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in quoted))
        full = [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT usesuper FROM pg_user WHERE usename = CURRENT_USER")
        [superuser] = cursor.fetchone()
    if not full:
        return []
    if not superuser:  # foreign keys stay in force, so every table has to go at once
        return [f"TRUNCATE {', '.join(full)} CASCADE"]
    without_keys = ["SET LOCAL session_replication_role = replica"]
    return [*without_keys, *[f"DELETE FROM {name}" for name in full]]


def install():
    """Let Django's test cases use it."""
    flush.sql_flush = quick_sql_flush
    flush.emit_post_migrate_signal = lambda *_args, **_kwargs: None
