"""Payments, allocations, credit notes and logs cannot be rewritten; of a refund only what became of it changes."""

from django.db import migrations

from flexspace.core.append_only import forbid_updates, freeze_columns


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_v0_1_initial")]
    operations = [
        forbid_updates(
            "billing_payment",
            "billing_allocation",
            "billing_refundallocation",
            "billing_refundtransition",
            "billing_creditnote",
        ),
        freeze_columns("billing_dispute", "uuid", "payment_id", "reference", "currency", "livemode"),
        freeze_columns("billing_refund", "uuid", "payment_id", "method", "origin", "amount", "currency", "actor_id"),
    ]
