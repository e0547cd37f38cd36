"""What Stripe posted is forgotten once it is old; that it came stays."""

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from flexspace.core.locks import only_one
from terminal.models import StripeConfig, WebhookEvent
from terminal.services.purge import purge_bodies
from terminal.tasks import purge_webhook_bodies

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def config(db):
    return StripeConfig.objects.create(
        name="A", account_id="acct_1", country="DE", currency="EUR", secret_key="sk_test_x"
    )


def event(config, name, *, received, done=None, again=None, **more):
    """Store an event that came ``received`` days ago, was done with ``done`` days ago and is due in ``again`` days."""
    return WebhookEvent.objects.create(
        config=config, event_id=name, type="charge.failed", body="{}", received_at=NOW - timedelta(days=received),
        processed_at=None if done is None else NOW - timedelta(days=done),
        next_try_at=None if again is None else NOW + timedelta(days=again), **more,
    )  # fmt: skip


def test_only_bodies_of_old_events_that_nothing_waits_for_are_emptied(config, settings):
    event(config, "old", received=91, done=91, state="processed", result="Read again: succeeded.")
    event(config, "failed for good", received=91, state="failed", error="ValueError")
    event(config, "processed again lately", received=91, done=2, state="processed")
    event(config, "waits", received=91, again=1, state="failed")
    event(config, "young", received=89, done=89, state="processed")
    with only_one("test", seconds=60) as lease:
        assert purge_bodies(NOW, lease) == 2
        assert purge_bodies(NOW, lease) == 0
    emptied = WebhookEvent.objects.filter(body="").values_list("event_id", "state", "result", "error")
    assert set(emptied) == {
        ("old", "processed", "Read again: succeeded.", ""),
        ("failed for good", "failed", "", "ValueError"),
    }
    settings.WEBHOOK_BODY_DAYS = 30
    purge_webhook_bodies()
    assert set(WebhookEvent.objects.exclude(body="").values_list("event_id", flat=True)) == {
        "processed again lately",
        "waits",
    }


@pytest.mark.postgres  # SQLite, which is for one desk, reads the table
def test_old_bodies_are_found_by_an_index_of_those_that_have_one(config):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    rows = WebhookEvent.objects.filter(received_at__lt=NOW - timedelta(days=90)).exclude(body="")
    assert "webhook_event_with_body" in rows.explain()


def test_event_without_a_body_is_not_processed_again(config, client, ada):
    old = event(config, "old", received=91, done=91, state="processed", result="Read again: succeeded.")
    WebhookEvent.objects.update(body="")
    client.force_login(ada)
    page = client.post(reverse("terminal:event_again", args=[old.pk]), follow=True)
    assert "It is too old: what it said was deleted." in page.content.decode()
    old.refresh_from_db()
    assert (old.state, old.next_try_at) == ("processed", None)
