"""What nobody needs any longer goes, in batches, and nothing else does."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from flexspace.core import purge as module
from flexspace.core.api_tokens import create_token
from flexspace.core.locks import only_one
from flexspace.core.models import JobLease, OneUseToken, StoredAnswer
from flexspace.core.purge import purge
from flexspace.core.tasks import purge_old_rows

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def tokens(*ages):
    OneUseToken.objects.bulk_create(
        OneUseToken(token=uuid.uuid4(), purpose="test", used_at=NOW - timedelta(days=age)) for age in ages
    )


def run():
    with only_one("test", seconds=60) as lease:
        return purge(NOW, lease)


def test_old_rows_go_and_young_ones_stay(ada, hafen):
    tokens(31, 40, 29, 0)
    expires = NOW + timedelta(days=9)
    token, _ = create_token(by=ada, name="t", scopes=["read"], locations=[hafen], expires_at=expires, now=NOW)
    for hours in (23, 25):
        StoredAnswer.objects.create(
            token=token, key=str(hours), fingerprint="x", created_at=NOW - timedelta(hours=hours)
        )
    for key, minutes in (("live", 1), ("dead", -1)):
        Session.objects.create(session_key=key, session_data="", expire_date=NOW + timedelta(minutes=minutes))
    assert run() == {"form_tokens": 2, "api_answers": 1, "sessions": 1}
    assert sorted((NOW - used).days for used in OneUseToken.objects.values_list("used_at", flat=True)) == [0, 29]
    assert list(StoredAnswer.objects.values_list("key", flat=True)) == ["23"]
    assert list(Session.objects.values_list("session_key", flat=True)) == ["live"]
    assert run() == {"form_tokens": 0, "api_answers": 0, "sessions": 0}


def test_many_go_in_batches(monkeypatch):
    monkeypatch.setattr(module, "BATCH", 3)
    tokens(*[40] * 8)
    with CaptureQueriesContext(connection) as queries:
        assert run()["form_tokens"] == 8
    deletes = [query for query in queries if query["sql"].startswith('DELETE FROM "core_oneusetoken"')]
    assert len(deletes) == 3


def test_it_ends_when_another_run_took_the_lease():
    tokens(40)
    with only_one("test", seconds=60) as lease:
        JobLease.objects.filter(key="test").update(holder=uuid.uuid4())
        assert purge(NOW, lease)["form_tokens"] == 0
    assert OneUseToken.objects.count() == 1


def test_task_runs_one_at_a_time():
    tokens(40)
    with only_one("core.purge", seconds=60):
        purge_old_rows()
        assert OneUseToken.objects.count() == 1
    purge_old_rows()
    assert OneUseToken.objects.count() == 0
