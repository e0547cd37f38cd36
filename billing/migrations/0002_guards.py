"""Payments, allocations, credit notes and logs cannot be rewritten; of a refund only what became of it changes.

What is moved off an invoice is at most what the payment paid of it, and a payment pays no more than came.
"""

from django.db import migrations

from flexspace.core.append_only import forbid_updates, freeze_columns, keep_sum_above_zero, keep_sum_within


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
        keep_sum_above_zero("billing_allocation", "amount", "payment_id", "invoice_id"),
        keep_sum_within("billing_allocation", "amount", "payment_id", "billing_payment"),
        freeze_columns("billing_dispute", "uuid", "payment_id", "reference", "currency", "livemode"),
        freeze_columns("billing_refund", "uuid", "payment_id", "method", "origin", "amount", "currency", "actor_id"),
    ]
