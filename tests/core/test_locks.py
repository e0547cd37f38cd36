"""One run at a time, and nothing that sticks when a run dies."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from flexspace.core.locks import only_one
from flexspace.core.models import JobLease

NOON = "2026-03-02T12:00:00Z"


@pytest.mark.django_db
def test_second_run_gets_nothing_until_the_first_ends():
    with only_one("sync", seconds=60) as first:
        assert first
        with only_one("sync", seconds=60) as second:
            assert second is None
        with only_one("other", seconds=60) as other:
            assert other
        assert first.renew()
    with only_one("sync", seconds=60) as third:
        assert third


@pytest.mark.django_db
def test_expired_lease_is_taken_over_and_the_late_holder_learns_it():
    with time_machine.travel(NOON, tick=False) as clock:
        with only_one("sync", seconds=60) as late:
            clock.shift(timedelta(seconds=61))
            with only_one("sync", seconds=60) as next_run:
                assert next_run
                assert late
                assert not late.renew()
            assert JobLease.objects.get(key="sync").holder is None
        row = JobLease.objects.get(key="sync")
    assert row.holder is None


@pytest.mark.django_db
def test_late_holder_does_not_free_the_lease_of_the_next():
    with time_machine.travel(NOON, tick=False) as clock:
        late = only_one("sync", seconds=60)
        late.__enter__()
        clock.shift(timedelta(seconds=61))
        with only_one("sync", seconds=60) as next_run:
            late.__exit__(None, None, None)
            assert next_run
            assert JobLease.objects.get(key="sync").holder == next_run.holder


@pytest.mark.django_db
def test_a_run_that_fails_frees_its_lease():
    with pytest.raises(ZeroDivisionError), only_one("sync", seconds=60):
        raise ZeroDivisionError
    assert JobLease.objects.get(key="sync").leased_until is None


@pytest.mark.django_db
def test_renew_moves_the_end():
    with time_machine.travel(NOON, tick=False) as clock, only_one("sync", seconds=60) as lease:
        clock.shift(timedelta(seconds=30))
        assert lease
        assert lease.renew()
        assert JobLease.objects.get(key="sync").leased_until == timezone.now() + timedelta(seconds=60)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_make_one_winner():
    start, done = threading.Barrier(20), threading.Event()
    wins = []

    def run():
        try:
            start.wait(timeout=20)
            with only_one("rush", seconds=60) as lease:
                wins.append(lease is not None)
                if lease:
                    done.wait(timeout=20)
                elif len(wins) == 20:
                    done.set()
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
        if len(wins) == 20:
            done.set()
    assert sorted(wins) == [False] * 19 + [True]
