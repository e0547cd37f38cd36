"""Payments and allocations cannot be rewritten."""

from django.db import migrations

from flexspace.core.append_only import forbid_updates


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_v0_1_initial")]
    operations = [
        forbid_updates(
            "billing_payment",
            "billing_allocation",
            "billing_refundallocation",
            "billing_refundtransition",
            "billing_creditnote",
        )
    ]
