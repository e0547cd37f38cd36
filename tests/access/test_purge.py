"""Old runs go, but never the newest of a kind."""

import pytest

from access import tasks
from access.models import SyncRun

pytestmark = pytest.mark.django_db


def kept():
    tasks.purge_runs()
    return SyncRun.objects.count()


def test_quiet_runs_go_after_days_and_others_after_a_year(doors):
    doors.run()
    doors.member()
    doors.run()
    doors.run()
    doors.run()
    assert kept() == 4
    doors.pass_time(days=4)
    assert kept() == 2
    assert sorted(run.steps.count() for run in SyncRun.objects.all()) == [0, 2]
    doors.pass_time(days=366)
    assert kept() == 1


def test_sign_ins_go(doors):
    assert doors.config.trips.count() == 1
    doors.pass_time(hours=1)
    kept()
    assert doors.config.trips.count() == 0
