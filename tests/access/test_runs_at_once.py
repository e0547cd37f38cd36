"""Many runs, changes and clicks at one moment: one run at a time, nobody twice, nothing twice."""

import time

import pytest
from django.utils import timezone

from access.enums import RunKind
from access.models import AccessGrant, SaltoKSConfig, SaltoUser, SyncRun
from access.services.gathering import ensure_rows, rights_at
from access.services.syncing import sync
from tests.access.doors import BY
from tests.races import THREADS, at_once

pytestmark = pytest.mark.django_db(transaction=True)
WAIT = time.sleep


@pytest.fixture(autouse=True)
def real_pauses(monkeypatch, box):
    monkeypatch.setattr("access.salto_client.transport.sleep", lambda _: WAIT(0.01))


def config():
    return SaltoKSConfig.objects.get()


def test_twenty_full_runs_at_once_invite_once(doors):
    lena = doors.member()
    made = at_once(lambda _: sync(config(), by=BY))
    assert not [one for one in made if isinstance(one, Exception)]
    assert SyncRun.objects.filter(steps__isnull=False).distinct().count() == 1
    assert len(doors.calls("POST users")) == 1
    assert (doors.groups_of(lena), AccessGrant.objects.count()) == (["Members"], 1)


def test_full_runs_and_one_persons_do_not_meet(doors):
    lena = doors.inside()
    doors.lose(lena)
    kinds = [RunKind.FULL, RunKind.PEOPLE]
    made = at_once(lambda number: sync(config(), by=BY, kind=kinds[number % 2], members=[lena.pk]))
    assert not [one for one in made if isinstance(one, Exception)]
    doors.run()
    assert (doors.groups_of(lena), doors.state(lena)) == ([], "suspended")
    changes = [one for one in doors.calls("PATCH access_groups") if "remove_ids" in one["body"]]
    assert (len(changes), len(doors.calls("PATCH users/{user}/subscription"))) == (1, 1)


def test_twenty_at_once_make_one_row_a_member(doors):
    lena = doors.member()
    rights = rights_at(doors.config, [lena.pk], timezone.now())
    made = at_once(lambda _: ensure_rows(doors.config, rights))
    assert made == [None] * THREADS
    assert SaltoUser.objects.filter(member=lena).count() == 1
