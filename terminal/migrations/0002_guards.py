"""The log of an attempt cannot be rewritten."""

from django.db import migrations

from flexspace.core.append_only import forbid_updates


class Migration(migrations.Migration):
    dependencies = [("terminal", "0001_v0_1_initial")]
    operations = [forbid_updates("terminal_attempttransition")]
