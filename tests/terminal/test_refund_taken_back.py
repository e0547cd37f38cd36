"""A refund that waits for its reader is taken back before one was chosen, and never once a command may be under way."""

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.queries.refunds import refundable
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict
from flexspace.core.models import Location
from terminal.models import AttemptFlag
from terminal.services.reader_refund import BeingGivenBack, start_refund, take_back
from tests.terminal.desk import ADMIN
from tests.terminal.interac import fresh, gone, in_canada, insert, only, paid, pass_time, waiting, wanted
from tests.terminal.money_back import work

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(stripe, clock):
    return in_canada(stripe, clock)


def test_key_on_its_row_ends_it_at_once_and_nothing_was_sent(client, ada, desk):
    refund, calls = wanted(paid(desk)), len(desk.calls())
    client.force_login(ada)
    page, key = (reverse(*name) for name in (("billing:payment_detail", None, [refund.payment.uuid]),
                                             ("terminal:refund_take_back", None, [refund.uuid])))  # fmt: skip
    assert f'action="{key}"' in client.get(page).content.decode()
    shown = client.post(key, follow=True).content.decode()
    assert all(words in shown for words in ("CA$145.00 is not refunded: nothing went back.", "It was cancelled here"))
    refund = fresh(refund)
    assert (refund.state, refund.failure_code, refund.next_check_at) == ("failed", "canceled_here", None)
    assert (refundable(refund.payment).total, key in shown) == (14500, False)
    told = next(event for event in audit.timeline(refund) if event.action == "billing.refund.failed")
    assert told.actor_label == Actor.of(ada).label
    assert "does not wait for a reader any more" in client.post(key, follow=True).content.decode()
    with pytest.raises(Conflict, match="does not wait for a reader"):
        start_refund(by=ADMIN, refund=refund, reader=desk.reader, now=timezone.now())
    work(desk, 60)
    assert (len(desk.calls()), gone(desk), AttemptFlag.objects.exists()) == (calls, [], False)


def test_one_that_a_reader_has_is_left_to_its_screen(client, ada, desk):
    refund, attempt = waiting(desk)
    with pytest.raises(BeingGivenBack):
        take_back(by=ADMIN, refund=refund, now=timezone.now())
    client.force_login(ada)
    key = reverse("terminal:refund_take_back", args=[refund.uuid])
    assert client.post(key).url == reverse("terminal:attempt", args=[attempt.uuid])
    page = client.get(reverse("billing:payment_detail", args=[refund.payment.uuid])).content.decode()
    assert (fresh(refund).state, key in page) == ("reserved", False)
    insert(desk)
    desk.settle(attempt)
    assert gone(desk) == only(refund)


def test_one_that_a_reader_has_had_ends_by_what_stripe_shows_only(desk):
    refund, attempt = waiting(desk)
    desk.cancel(attempt)
    for _ in range(20):
        desk.clock.shift(5)
        desk.sweep()
        attempt.refresh_from_db()
        if not attempt.is_live:
            break
    assert (attempt.is_live, fresh(refund).state) == (False, "reserved")
    with pytest.raises(Conflict) as said:
        take_back(by=ADMIN, refund=refund, now=timezone.now())
    assert (said.value.code, fresh(refund).state) == ("was_on_reader", "reserved")
    pass_time(desk, attempt, 60)
    assert fresh(refund).state == "failed"


def test_managers_hear_of_one_that_a_program_had_asked_for(desk):
    refund = wanted(paid(desk), by=Actor("token", "1", "Bookings"))
    take_back(by=ADMIN, refund=refund, now=timezone.now())
    assert AttemptFlag.objects.get().refund == refund


def test_only_who_may_refund_there_takes_it_back(client, vic, mia, yuki, desk):
    refund = wanted(paid(desk))
    key = reverse("terminal:refund_take_back", args=[refund.uuid])
    answers = []
    for person in (vic, yuki):
        client.force_login(person)
        answers.append(client.post(key).status_code)
    assert (answers, fresh(refund).state) == ([403, 404], "reserved")
    mia.locations.add(Location.objects.get(code="KNG"))
    client.force_login(mia)
    assert client.get(key).status_code == 405
    assert client.post(key).url == reverse("billing:payment_detail", args=[refund.payment.uuid])
    assert fresh(refund).state == "failed"
