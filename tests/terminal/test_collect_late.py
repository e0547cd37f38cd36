"""Cards that come late, days that lie too far ahead, and charges that another worker takes over."""

import datetime as dt

import pytest
from django.utils import timezone

from billing.services import collecting
from flexspace.core.errors import DomainError
from tests.terminal import saved
from tests.terminal.desk import ADMIN
from tests.terminal.saved import CREATE, collection_of, keep_card, night, owing, paid

pytestmark = pytest.mark.django_db(transaction=True)
DAY = 86400


@pytest.mark.parametrize("days", [22, 40])
def test_card_that_comes_weeks_after_the_first_try_is_charged(desk, days):
    invoice = owing(desk, card=saved.EXPIRED)
    night(desk)
    desk.clock.shift(days * DAY)
    keep_card(desk, invoice.member, saved.OK)
    assert (night(desk).charged, paid(invoice), collection_of(invoice).state) == (1, 14500, "collected")


def test_late_card_is_asked_again_after_stripe_wanted_fewer_calls(desk):
    invoice = owing(desk, card=saved.EXPIRED)
    night(desk)
    desk.clock.shift(22 * DAY)
    keep_card(desk, invoice.member, saved.OK)
    desk.fault("status", CREATE, status=429, code="rate_limit")
    assert list(night(desk).stopped.values()) == ["not_now"]
    desk.sweep(60, every=5.0)
    assert paid(invoice) == 14500


def test_late_card_whose_charge_was_canceled_before_any_bank_was_asked_is_charged_the_next_day(desk):
    invoice = owing(desk, card=saved.EXPIRED)
    night(desk)
    desk.clock.shift(22 * DAY)
    keep_card(desk, invoice.member, saved.OK)
    attempt = saved.reserve(invoice)
    desk.cancel(attempt)
    desk.advance(attempt)
    assert (attempt.state, attempt.sent_at, collection_of(invoice).state) == ("failed", None, "retry")
    assert night(desk).charged == 0
    desk.clock.shift(DAY)
    assert (night(desk).charged, paid(invoice)) == (1, 14500)


def test_charge_that_another_worker_took_over_does_not_stop_the_run(desk, monkeypatch):
    mine, others = owing(desk, 2000), owing(desk, 3000)
    with monkeypatch.context() as patch:
        patch.setattr("terminal.services.collect_due.advance", lambda *_args, **_more: None)
        run = night(desk)
    assert (run.charged, run.stopped) == (2, {})
    desk.sweep(60, every=5.0)
    assert (paid(mine), paid(others)) == (2000, 3000)


def test_retry_is_put_off_for_three_weeks_from_the_first_try_and_no_longer(desk):
    invoice = owing(desk, card=saved.NO_MONEY)
    night(desk)
    last = desk.location.today(timezone.now()) + dt.timedelta(days=21)
    with pytest.raises(DomainError, match=f"Choose {last.day} {last:%b %Y} or earlier"):
        collecting.put_off(by=ADMIN, invoice=invoice, until=last + dt.timedelta(days=1), now=timezone.now())
    collecting.put_off(by=ADMIN, invoice=invoice, until=last, now=timezone.now())
    desk.clock.shift(21 * DAY)
    assert (night(desk).charged, collection_of(invoice).tries) == (1, 2)
