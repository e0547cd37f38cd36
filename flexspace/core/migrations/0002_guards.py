"""The audit log cannot be rewritten."""

from django.db import migrations

from flexspace.core.append_only import forbid_updates


class Migration(migrations.Migration):
    dependencies = [("core", "0001_v0_1_initial")]
    operations = [forbid_updates("core_auditevent", "core_auditsubject")]
