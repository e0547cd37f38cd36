"""Twenty threads at one moment, and the guards of the code taken away to show that each is needed."""

import threading
import time
from contextlib import contextmanager

import pytest
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

THREADS = 20


def at_once(deed):
    """Run ``deed(number)`` in all threads at one moment and return the results; an exception is a result."""
    barrier, results = threading.Barrier(THREADS), [None] * THREADS

    def run(number):
        try:
            connection.ensure_connection()
            barrier.wait(30)
            results[number] = deed(number)
        except Exception as error:  # noqa: BLE001  (told to the test)
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def when_it_waits(deed, *, then):
    """Start ``deed()`` in a thread; once it waits for a lock of the caller's, call ``then()``. Return what deed did."""
    results = []

    def run():
        try:
            results.append(deed())
        except Exception as error:  # noqa: BLE001  (told to the test)
            results.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    for _ in range(1000):
        with connection.cursor() as cursor:
            cursor.execute(waits)
            if cursor.fetchone()[0] or results:
                break
        time.sleep(0.01)
    then()
    thread.join(60)
    return results[0]


@contextmanager
def guard(model, name, *, on):
    """Take a constraint away while ``on`` is false, and put it back over an empty table."""
    constraint = next((one for one in model._meta.constraints if one.name == name), None)
    field = None if constraint else model._meta.get_field(name)
    if on:
        yield
        return
    with connection.schema_editor() as editor:
        if constraint:
            editor.remove_constraint(model, constraint)
        else:
            loose = type(field)(max_length=field.max_length, null=field.null)
            loose.set_attributes_from_name(name)
            loose.model = model
            editor.alter_field(model, field, loose)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'TRUNCATE "{model._meta.db_table}" CASCADE')
        with connection.schema_editor() as editor:
            if constraint:
                editor.add_constraint(model, constraint)
            else:
                editor.alter_field(model, loose, field)


@contextmanager
def row_locks(*, on):
    """Let SELECT … FOR UPDATE lock nothing while ``on`` is false.

    Who has written then stays for a moment before the commit, in which the others look: on a busy machine they would
    come one by one, and nothing would go wrong.
    """
    real, commit = QuerySet.select_for_update, BaseDatabaseWrapper.commit

    def stay_and_commit(connection):
        time.sleep(0.05)
        commit(connection)

    if not on:
        QuerySet.select_for_update = lambda rows, *_args, **_how: rows.all()
        BaseDatabaseWrapper.commit = stay_and_commit
    try:
        yield
    finally:
        QuerySet.select_for_update, BaseDatabaseWrapper.commit = real, commit


both = pytest.mark.parametrize("on", [False, True], ids=["guard off", "guard on"])
