"""The log of an attempt tells its whole story: replayed, it gives the row."""

import pytest
from django.db import transaction
from django.utils import timezone

from flexspace.core.models import AuditEvent
from terminal.enums import AttemptState, CancelReason
from terminal.models import Attempt, AttemptTransition
from terminal.services.machine import Locked, Moved, move
from tests.terminal.desk import ADMIN

pytestmark = pytest.mark.django_db(transaction=True)


def declined_and_paid(desk, attempt):
    desk.advance(attempt)
    desk.tap("4000000000000002")
    desk.settle(attempt, 2)
    desk.again(attempt)
    desk.settle(attempt, 2)
    desk.tap()


def lost_and_sent_again(desk, attempt):
    desk.fault("request_lost", "POST /v1/terminal/readers")
    desk.advance(attempt)
    desk.settle(attempt, 3)
    desk.again(attempt)


def walked_off(desk, attempt):
    desk.settle(attempt, 100)


def discarded(desk, attempt):
    desk.cancel(attempt, reason=CancelReason.STAFF)


STORIES = {
    declined_and_paid: ["reserved", "created", "dispatching", "waiting", "declined", "declined", "dispatching",
                        "waiting", "succeeded"],
    lost_and_sent_again: ["reserved", "created", "dispatching", "unknown", "unknown", "dispatching", "waiting"],
    walked_off: ["reserved", "created", "dispatching", "waiting", "canceling", "canceled"],
    discarded: ["reserved", "failed"],
}  # fmt: skip


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_replaying_the_log_gives_the_row(desk, story):
    attempt = desk.start(desk.invoice(14500))
    story(desk, attempt)
    desk.settle(attempt, 4)
    log = list(attempt.transitions.order_by("version"))
    assert [line.to_state for line in log] == STORIES[story]
    assert [line.version for line in log] == list(range(1, attempt.version + 1))
    assert [line.from_state for line in log] == ["", *(line.to_state for line in log[:-1])]
    assert (log[-1].to_state, log[-1].version, log[-1].dispatch_seq) == (
        attempt.state,
        attempt.version,
        attempt.dispatch_seq,
    )


def test_every_change_of_state_is_audited_once(desk):
    attempt = desk.waiting(desk.invoice(14500))
    desk.tap()
    desk.settle(attempt)
    changes = [line.to_state for line in attempt.transitions.all() if line.to_state != line.from_state][1:]
    audited = AuditEvent.objects.filter(action__startswith="terminal.attempt.").order_by("pk")
    assert [event.action for event in audited] == [
        "terminal.attempt.started",
        *(f"terminal.attempt.{state}" for state in changes),
    ]


def test_writer_who_was_overtaken_changes_nothing(desk):
    attempt = desk.waiting(desk.invoice(14500))
    mine, theirs = (Attempt.objects.select_related("location", "reader").get(pk=attempt.pk) for _ in range(2))
    now = timezone.now()
    with transaction.atomic():
        move(Locked(theirs, []), AttemptState.WAITING, cause="theirs", by=ADMIN, now=now)
    with pytest.raises(Moved), transaction.atomic():
        move(Locked(mine, []), AttemptState.UNKNOWN, cause="mine", by=ADMIN, now=now)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.version) == ("waiting", theirs.version)
    assert AttemptTransition.objects.filter(attempt=attempt, cause="mine").count() == 0


def test_answer_that_comes_after_the_end_does_not_move_the_end(desk):
    attempt = desk.start(desk.invoice(14500))
    desk.reader_fault(slow={"seconds": 30, "answer": "late"})
    desk.wire.meanwhile(lambda: desk.cancel(Attempt.objects.get(pk=attempt.pk)))
    desk.wire.meanwhile(lambda: desk.sweep(4))
    ended = []
    desk.wire.meanwhile(lambda: ended.append(Attempt.objects.get(pk=attempt.pk)))
    desk.advance(attempt)  # the command's answer comes 30 s later: the intent is cancelled
    assert (ended[0].state, attempt.state, attempt.version > ended[0].version) == ("canceled", "canceled", True)
    assert (attempt.finished_at, attempt.holds_reader) == (ended[0].finished_at, False)
    assert desk.screen()["state"] == "idle"
