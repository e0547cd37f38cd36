"""Signals of payments at Stripe."""

from django.dispatch import Signal

# Kwarg: config_id. A payout holds a payment that was not compared yet. Sent by whoever may not wait for the comparison.
books_wanted = Signal()
