"""Doubt about money that a reader may have given back: no second command, and only Stripe's list ends it."""

import pytest
from django.utils import timezone

from billing.models import Refund
from flexspace.core.errors import Conflict
from terminal.models import Attempt, AttemptFlag
from terminal.services.dispatch import dispatch
from terminal.services.recheck import recheck
from tests.factories.refunds import give_back
from tests.terminal.flows import mails
from tests.terminal.interac import (
    PROMPT,
    TWO,
    begun,
    gone,
    in_canada,
    insert,
    only,
    paid,
    pass_time,
    prompts,
    waiting,
    wanted,
)  # fmt: skip

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(stripe, clock):
    return in_canada(stripe, clock)


@pytest.fixture
def pair(stripe, clock):
    """The same desk with two readers."""
    return in_canada(stripe, clock, **TWO)


def fresh(refund):
    return Refund.objects.get(pk=refund.pk)


def desk_mails(desk):
    """Let the time pass in which a receipt waits for another address, and let the mails go."""
    desk.clock.shift(120)
    mails()


def test_command_without_an_answer_is_never_sent_a_second_time(desk):
    refund = wanted(paid(desk))
    desk.fault("answer_lost", PROMPT)
    attempt = begun(desk, refund)
    pass_time(desk, attempt, 10)
    assert (attempt.state, attempt.unanswered) == ("waiting", 1)  # it was seen on the reader
    desk.customer_cancels()
    pass_time(desk, attempt, 6)
    assert attempt.state == "declined"
    assert desk.shown(attempt).actions == ("cancel",)
    with pytest.raises(Conflict, match="may be going back already"):
        desk.again(attempt)
    assert len(prompts(desk)) == 1


def test_command_that_never_arrived_holds_the_money_until_the_doubt_is_over(desk):
    refund = wanted(paid(desk))
    desk.fault("request_lost", PROMPT)
    attempt = begun(desk, refund)
    pass_time(desk, attempt, 30)
    assert (attempt.state, desk.shown(attempt).actions) == ("unknown", ("cancel",))
    desk.cancel(attempt)
    pass_time(desk, attempt, 8 * 60, every=20.0)
    assert (attempt.state, fresh(refund).state) == ("canceling", "reserved")
    with pytest.raises(Conflict):
        give_back(refund.payment, now=timezone.now())
    pass_time(desk, attempt, 3 * 60, every=20.0)
    assert (attempt.state, fresh(refund).state, gone(desk)) == ("canceled", "failed", [])


def test_reader_that_was_cut_off_while_the_bank_was_asked_is_believed_by_the_list_only(desk):
    refund, attempt = waiting(desk)
    desk.reader_fault(connection_error="charged")
    insert(desk)
    pass_time(desk, attempt, 10)
    assert (attempt.state, fresh(refund).state, gone(desk)) == ("succeeded", "succeeded", only(refund))

    rest, attempt = waiting(desk, paid(desk))
    desk.reader_fault(connection_error="not_charged")
    insert(desk)
    pass_time(desk, attempt, 10)
    assert (attempt.state, desk.shown(attempt).actions) == ("unknown", ("cancel",))
    pass_time(desk, attempt, 12 * 60, every=20.0)
    assert (attempt.state, fresh(rest).state, gone(desk)) == ("canceled", "failed", only(refund))


def test_reader_time_out_is_not_answered_by_a_second_command(desk):
    refund = wanted(paid(desk))
    desk.reader_fault(ack_timeout={"kind": "delivered", "seconds": 20})
    attempt = begun(desk, refund)
    pass_time(desk, attempt, 60, every=2.0)
    assert len(prompts(desk)) == 1
    insert(desk)
    pass_time(desk, attempt, 20)
    assert (attempt.state, fresh(refund).state, gone(desk)) == ("succeeded", "succeeded", only(refund))


def test_prompt_that_lights_up_after_the_end_is_written_down_and_told(desk):
    refund = wanted(paid(desk))
    desk.reader_fault(ack_timeout={"kind": "delivered", "seconds": 900})
    attempt = begun(desk, refund)
    desk.cancel(attempt)
    pass_time(desk, attempt, 11 * 60, every=20.0)
    assert (attempt.state, fresh(refund).state) == ("canceled", "failed")
    desk.clock.shift(300)
    insert(desk)
    desk.clock.shift(5)
    recheck(attempt.pk, now=timezone.now())
    attempt.refresh_from_db()
    assert (attempt.state, fresh(refund).state, gone(desk)) == ("succeeded", "succeeded", only(refund))
    assert list(AttemptFlag.objects.values_list("kind", flat=True)) == ["refund_late"]


def test_refund_that_has_ended_is_asked_for_no_more(desk):
    """As when Stripe's list has shown it while the reader was off."""
    refund = wanted(paid(desk))
    desk.reader_fault(offline=True)
    attempt = begun(desk, refund)
    assert attempt.state == "created"
    desk.heal_reader()
    Refund.objects.filter(pk=refund.pk).update(state="failed", finished_at=timezone.now(), next_check_at=None)
    desk.again(attempt)
    pass_time(desk, attempt, 10)
    assert (attempt.state, attempt.cancel_reason, len(prompts(desk))) == ("canceled", "refund_ended", 1)


def test_second_command_is_refused_where_it_would_be_sent(desk):
    """Whoever asked for it: the row says that one is out."""
    refund = wanted(paid(desk))
    desk.fault("request_lost", PROMPT)
    attempt = begun(desk, refund)
    assert (attempt.state, attempt.unanswered) == ("unknown", 1)
    Attempt.objects.filter(pk=attempt.pk).update(wants_dispatch=True)
    dispatch(attempt.pk, now=timezone.now(), timeout=20)
    assert len(prompts(desk)) == 1  # the first, which never arrived
    assert gone(desk) == []
