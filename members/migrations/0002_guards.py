"""What became of a day pass's credits cannot be rewritten; and what PostgreSQL is told about the search."""

from django.db import migrations

from flexspace.core.append_only import forbid_updates


def sample_more(_apps, schema_editor):
    """Keep a thousand samples of the terms: with the usual hundred a rare prefix is taken for one percent of all.

    Then the whole table is read instead of the index. It works from the next ANALYZE on, which comes by itself.
    """
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE members_searchterm ALTER COLUMN term SET STATISTICS 1000")


def sample_as_usual(_apps, schema_editor):
    """Go back to the server's own number."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE members_searchterm ALTER COLUMN term SET STATISTICS -1")


class Migration(migrations.Migration):
    dependencies = [("members", "0001_v0_1_initial")]
    operations = [forbid_updates("members_daypassentry"), migrations.RunPython(sample_more, sample_as_usual)]
