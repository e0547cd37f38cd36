"""What the health page is told of the rows: each queue, account and job as it stands."""

import datetime as dt
import os

import pytest

from billing.models import Collection, Notice
from flexspace.core.levels import Level
from flexspace.core.models import JobLease
from flexspace.portal import tasks
from flexspace.portal.health import facts
from flexspace.portal.health.looking import look_at_all
from terminal.enums import AttemptState, EventState
from terminal.models import Attempt, StripeConfig, WebhookEvent
from tests.factories.billing import make_issued_invoice
from tests.portal.conftest import NOW, paid_by_rows

pytestmark = pytest.mark.django_db
GREEN, AMBER, RED = Level.GREEN, Level.AMBER, Level.RED


def levels(now=NOW):
    return {check.name: check.level for check in look_at_all(now)}


def test_each_fact_is_read_from_the_rows(running, hafen, run, settings, tmp_path):
    (attempt,) = run(hafen)
    late = NOW - dt.timedelta(minutes=6)
    Attempt.objects.filter(pk=attempt.pk).update(next_check_at=late)
    WebhookEvent.objects.create(
        config=running, event_id="evt_1", type="x", received_at=late, state=EventState.FAILED, next_try_at=NOW
    )
    assert facts.attempts(NOW) == facts.Queue(1, 360)
    assert facts.events(NOW) == facts.Queue(1, 360)
    WebhookEvent.objects.update(next_try_at=None)
    assert facts.events(NOW) == facts.Queue(0, 0, given_up=1)
    WebhookEvent.objects.update(received_at=NOW - dt.timedelta(days=8))
    assert facts.events(NOW) == facts.Queue(0, 0)

    ended = NOW - dt.timedelta(hours=5)
    Attempt.objects.filter(pk=attempt.pk).update(
        state=AttemptState.CANCELED, finished_at=ended, remote_id="pi_1", holds_reader=False, next_check_at=None
    )
    assert facts.rechecks(NOW) == facts.Queue(1, 5 * 3600)
    Attempt.objects.filter(pk=attempt.pk).update(rechecked_at=NOW - dt.timedelta(hours=21))
    assert facts.rechecks(NOW) == facts.Queue(1, 3600)
    Attempt.objects.filter(pk=attempt.pk).update(rechecked_at=NOW - dt.timedelta(hours=19))
    assert facts.rechecks(NOW) == facts.Queue(0, 0)

    done = tmp_path / "dump"
    done.write_text("x")
    os.utime(done, (NOW.timestamp() - 90, NOW.timestamp() - 90))
    settings.BACKUP_STAMP = str(done)
    assert levels()["backups"] is GREEN
    settings.BACKUP_STAMP = str(tmp_path / "none")
    assert levels()["backups"] is RED


def test_mail_that_is_tried_again_and_again_waits_since_it_was_asked_for(running, hafen):
    def notice(**more):
        cause = f"health:{Notice.objects.count()}"
        Notice.objects.create(kind="health", cause=cause, location=hafen, to="a@example.com", **more)

    asked, soon = NOW - dt.timedelta(hours=2), NOW + dt.timedelta(minutes=20)
    notice(created_at=asked, next_try_at=soon)
    assert facts.mails(NOW) == facts.Queue(0, 0)
    notice(created_at=asked, next_try_at=NOW - dt.timedelta(minutes=3))
    assert facts.mails(NOW) == facts.Queue(1, 180)
    notice(created_at=asked, next_try_at=soon, tries=4)
    assert facts.mails(NOW) == facts.Queue(2, 7200)
    Notice.objects.update(state="failed", next_try_at=None)
    assert facts.mails(NOW) == facts.Queue(0, 0)


def test_invoice_waits_to_be_collected_unless_a_person_or_a_mail_holds_it_up(hafen, kiyosumi):
    def due(place, day, **more):
        row = make_issued_invoice(place, 2500, now=NOW)
        Collection.objects.create(invoice=row, location=place, next_try_on=dt.date(2026, 11, day), **more)

    due(hafen, 23)
    assert facts.collecting(NOW) == facts.Queue(0, 0)
    due(hafen, 20, state="retry", stop_reason="bank_said_no")
    assert facts.collecting(NOW) == facts.Queue(1, 3 * 86400)
    due(hafen, 18, stop_reason="mail_not_sent: 550 no such mailbox")
    due(hafen, 18, stop_reason="mail_on_its_way")
    due(hafen, 18, state="stopped")
    assert facts.collecting(NOW) == facts.Queue(1, 3 * 86400)
    due(kiyosumi, 22)
    assert facts.collecting(NOW).count == 2


@pytest.mark.parametrize(("event_after", "amber"), [(None, True), (-130, True), (-110, False), (5, False)])
def test_payment_that_no_event_followed(running, hafen, run, event_after, amber):
    (attempt,) = run(hafen)
    paid = NOW - dt.timedelta(minutes=40)
    StripeConfig.objects.update(webhook_proven_at=NOW - dt.timedelta(days=1))
    paid_by_rows(attempt, paid)
    if event_after is not None:
        at = paid + dt.timedelta(seconds=event_after)
        WebhookEvent.objects.create(config=running, event_id="evt_1", type="x", received_at=at, next_try_at=None)
    assert levels()[f"webhooks:{running.pk}"] is (AMBER if amber else GREEN)
    StripeConfig.objects.update(webhook_proven_at=paid + dt.timedelta(minutes=1))
    assert levels()[f"webhooks:{running.pk}"] is GREEN


def test_job_that_never_began_counts_from_the_first_that_did(running):
    key = "job:terminal.tasks.sync_readers"
    JobLease.objects.filter(key=key).delete()
    assert levels()["schedule"] is GREEN
    JobLease.objects.filter(key__startswith="job:").update(created_at=NOW - dt.timedelta(minutes=4))
    assert levels()["schedule"] is AMBER
    JobLease.objects.all().delete()
    assert levels()["schedule"] is RED


def test_start_of_a_scheduled_job_is_kept_and_of_no_other(db):
    class Task:
        name = "terminal.tasks.sync_readers"

    tasks.note_job(task=Task)
    Task.name = "terminal.tasks.advance_attempt"
    tasks.note_job(task=Task)
    assert list(JobLease.objects.values_list("key", "last_started_at")) == [("job:terminal.tasks.sync_readers", NOW)]
