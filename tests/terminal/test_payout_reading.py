"""Payouts are read fairly: none blocks others, no older reading wins, and what is known stays until replaced."""

from django.db import connection
from django.utils import timezone

from terminal.models import PayoutLine, StripeMoney


def test_payout_of_a_payment_and_lines_to_compare_are_found_by_an_index(desk):
    by_intent = StripeMoney.objects.filter(intent_id="pi_1", kind="charge")
    lately = PayoutLine.objects.filter(config=desk.config, created_at__gt=timezone.now()).order_by()
    if connection.vendor == "sqlite":
        assert "stripe_money_intent (intent_id=?" in by_intent.explain()
        assert "payout_line_at (config_id=? AND created_at>?)" in lately.explain()
        return
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "stripe_money_intent" in by_intent.explain()
    assert "payout_line_at" in lately.explain()
