"""Doubt about money that a reader may have given back: no second command, and only Stripe's list ends it."""

import pytest
from django.conf import settings
from django.utils import timezone

from billing.models import Refund
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict
from flexspace.core.models import Location
from terminal.models import Attempt, AttemptFlag
from terminal.services.dispatch import dispatch
from terminal.services.key_rights import rights_of
from terminal.services.recheck import recheck
from tests.factories.refunds import give_back
from tests.terminal.interac import (
    PROMPT,
    TWO,
    begun,
    fresh,
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


def test_prompt_that_is_still_there_is_never_called_over(desk):
    """A reader without its network shows it until it can be told otherwise; removing the reader would end it."""
    refund, attempt = waiting(desk, None, 5000)
    desk.reader_fault(offline=True)
    pass_time(desk, attempt, 15 * 60, every=20.0)
    assert (attempt.state, fresh(refund).state) == ("canceling", "reserved")
    with pytest.raises(Conflict, match=r"Enter CA\$95\.00 or less"):
        give_back(refund.payment, 10000, now=timezone.now())
    desk.heal_reader()
    pass_time(desk, attempt, 70, every=10.0)
    assert (attempt.state, fresh(refund).state, desk.screen()["state"], gone(desk)) == (
        "canceled",
        "failed",
        "idle",
        [],
    )


def test_bank_that_is_deciding_at_the_last_moment_is_waited_for(desk):
    Location.objects.filter(pk=desk.location.pk).update(walk_off_seconds=600)
    refund, attempt = waiting(desk)
    pass_time(desk, attempt, 590)
    desk.control(f"accounts/{desk.key}/settings", {"authorize_seconds": 40})
    desk.clock.shift(5)
    insert(desk)
    pass_time(desk, attempt, 15)
    assert (attempt.state, fresh(refund).state) == ("canceling", "reserved")
    pass_time(desk, attempt, 60)
    assert (attempt.state, fresh(refund).state, gone(desk)) == ("succeeded", "succeeded", only(refund))


def test_plain_no_about_the_refund_frees_the_reader_at_once(desk):
    refund = wanted(paid(desk))
    desk.wire.answer(PROMPT, 400, '{"error": {"type": "invalid_request_error", "param": "amount", "message": "No"}}')
    attempt = begun(desk, refund)
    assert (attempt.state, attempt.holds_reader) == ("created", False)
    desk.cancel(attempt)
    pass_time(desk, attempt, 10)
    assert (attempt.state, fresh(refund).state) == ("canceled", "failed")


def test_doubt_holds_the_money_but_not_the_reader(desk):
    refund, attempt = waiting(desk)
    desk.reader_fault(connection_error="not_charged")
    insert(desk)
    pass_time(desk, attempt, 10)
    assert (attempt.state, attempt.unanswered) == ("unknown", 0)
    desk.cancel(attempt)
    pass_time(desk, attempt, 20)
    assert (attempt.state, attempt.holds_reader, fresh(refund).state) == ("canceling", False, "reserved")
    desk.waiting(desk.invoice(2000))


def test_other_reader_is_not_offered_in_doubt(pair):
    refund = wanted(paid(pair))
    pair.fault("answer_lost", PROMPT)
    attempt = begun(pair, refund)
    pass_time(pair, attempt, 4, every=2.0)
    assert (attempt.state, pair.shown(attempt).actions) == ("waiting", ("cancel",))
    with pytest.raises(Conflict, match="may be going back already"):
        pair.again(attempt, reader=next(one for one in pair.readers if one != attempt.reader))


def test_late_prompt_of_another_attempt_ends_the_one_that_asks_now(pair):
    """Were it left there, whoever presents the card would get the money twice."""
    front, lounge = pair.readers
    refund = wanted(paid(pair), 5000)
    pair.reader_fault(front, offline=True)
    first = begun(pair, refund, front)
    pair.cancel(first)
    pass_time(pair, first, 10)
    assert first.state == "canceled"
    Refund.objects.filter(pk=refund.pk).update(state="reserved", finished_at=None)  # as if the other had gone on
    second = begun(pair, refund, lounge)
    assert second.state == "waiting"
    pair.heal_reader(front)
    metadata = {"installation": settings.INSTALLATION, "refund": str(refund.uuid), "attempt": str(first.uuid)}
    body = {"payment_intent": refund.payment.reference, "amount": 5000,
            **{f"metadata[{name}]": value for name, value in metadata.items()}}  # fmt: skip
    pair.api(f"terminal/readers/{front.stripe_id}/refund_payment", body)
    insert(pair, reader=front)
    pass_time(pair, second, 20)
    assert (second.state, second.cancel_reason, fresh(refund).state) == ("canceled", "refund_ended", "succeeded")
    assert (pair.screen(lounge)["state"], gone(pair)) == ("idle", only(refund, 5000))


def test_cancelled_attempt_stays_what_it_was_when_another_gave_the_money_back(pair):
    front, lounge = pair.readers
    refund, attempt = waiting(pair, reader=front)
    pair.again(attempt, reader=lounge)
    pass_time(pair, attempt, 6, every=2.0)
    insert(pair, reader=lounge)
    pass_time(pair, attempt, 6, every=2.0)
    assert fresh(refund).state == "succeeded"
    recheck(attempt.pk, now=timezone.now())
    attempt.refresh_from_db()
    assert attempt.state == "canceled"
    assert pair.shown(attempt).sentence == "CA$145.00 went back on another reader."


def test_payment_that_stripe_no_longer_knows_holds_nothing_for_ever(desk):
    refund, attempt = waiting(desk)
    missing = '{"error": {"type": "invalid_request_error", "code": "resource_missing", "message": "No such intent"}}'
    for _ in range(600):
        desk.wire.answer("GET /v1/refunds?", 404, missing)
    pass_time(desk, attempt, 30 * 60, every=20.0)
    assert (attempt.is_live, fresh(refund).state) == (False, "failed")


def test_what_a_program_asked_for_and_nobody_presented_is_told(desk):
    refund = wanted(paid(desk), by=Actor("token", "1", "Till (API)"))
    pass_time(desk, begun(desk, refund), 0)
    attempt = Attempt.objects.get(refund=refund)
    desk.cancel(attempt)
    pass_time(desk, attempt, 10)
    assert list(AttemptFlag.objects.values_list("kind", flat=True)) == ["refund_failed"]


def test_refund_on_a_reader_proves_no_right_to_refund_without_one(desk):
    _refund, attempt = waiting(desk)
    insert(desk)
    pass_time(desk, attempt, 6)
    assert attempt.state == "succeeded"
    assert {row.right.name: row.state for row in rights_of(desk.config_now())}["charge_write"] != "proven"
