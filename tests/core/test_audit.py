"""The audit log: written with its change or not at all, about every row, never rewritten."""

import pytest
import structlog
from django.db import DatabaseError, connection, transaction

from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.models import AuditEvent, AuditSubject, Location, User

JOB = Actor.job("tests")


@pytest.fixture
def place(db):
    return Location.objects.create(name="Quay", code="QU", time_zone="Europe/Berlin", currency="EUR", country="DE")


@pytest.mark.django_db(transaction=True)
def test_needs_a_transaction():
    assert not connection.in_atomic_block
    with pytest.raises(RuntimeError, match="transaction"):
        audit.record("core.location.renamed", by=JOB, about=[])


def test_event_keeps_who_what_and_when(place):
    user = User.objects.create_user("ada@example.org", name="Ada")
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        event = audit.record(
            "core.location.renamed",
            by=Actor.of(user),
            about=[place],
            location=place,
            before={"name": "Key"},
            after={"name": "Quay"},
            reason="typo",
        )
    event.refresh_from_db()
    assert (event.actor_kind, event.actor_id, event.actor_label) == ("user", str(user.pk), "Ada")
    assert (event.before, event.after, event.reason, event.request_id) == (
        {"name": "Key"},
        {"name": "Quay"},
        "typo",
        "r-1",
    )


def test_every_subject_has_the_event_once_on_its_timeline(place):
    user = User.objects.create_user("ada@example.org", name="Ada")
    first = audit.record("a", by=JOB, about=[place, user, place])
    second = audit.record("b", by=JOB, about=[place])
    assert audit.timeline(place) == [second, first]
    assert audit.timeline(user) == [first]
    assert audit.timeline(place, limit=1) == [second]


@pytest.mark.parametrize("model", [AuditEvent, AuditSubject])
def test_rows_cannot_be_rewritten(place, model):
    audit.record("a", by=JOB, about=[place])
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        model.objects.update(**({"reason": "never"} if model is AuditEvent else {"kind": "x"}))


def test_actors_say_who_they_are():
    assert Actor.job("renewals") == Actor("job", "renewals", "Flexspace")
    assert Actor.stripe().label == "Stripe"
    assert Actor("user", "7", "Ada").user_id == 7
    assert Actor.job("renewals").user_id is None
