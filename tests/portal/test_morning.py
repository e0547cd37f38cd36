"""The look at a location before it opens: when, what it says, who is mailed, and where it stands."""

import datetime as dt

import pytest
from django.urls import reverse

from billing.emails import letter_of
from billing.models import Notice
from flexspace.core.actors import Actor
from flexspace.core.models import AuditEvent, Location, SelfCheck
from flexspace.portal import tasks
from flexspace.portal.health import morning
from flexspace.portal.health.morning import due, self_check
from terminal.models import Reader
from terminal.stripe_client import StripeUnreachable
from tests.portal.conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker_up")]
BY = Actor.job("test")
AT_TEN = dt.time(10)


@pytest.fixture
def stripe_read(monkeypatch):
    """Count how often an account is read; nothing of it changes."""
    read = []
    monkeypatch.setattr(morning, "sync_account", lambda config, *, now: read.append(config.pk))
    return read


def at(hour, minute=0, day=23):
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=dt.UTC)  # Berlin is an hour ahead, Tokyo nine


def test_it_is_due_a_quarter_of_an_hour_before_opening_once_a_day_where_the_location_is(hafen, kiyosumi):
    assert [place.name for place in due(at(7, 44))] == []
    assert due(at(7, 45)) == [hafen]
    assert due(at(10, 1)) == []
    assert due(at(23, 50, day=22)) == [kiyosumi]  # nine in the morning of the 23rd in Tokyo
    SelfCheck.objects.create(location=hafen, on_date=dt.date(2026, 11, 23), at=NOW, level="green")
    assert due(at(8)) == []
    assert due(at(8, day=24)) == [hafen]
    Location.objects.filter(pk=hafen.pk).update(open_days="13457")
    assert due(at(8, day=24)) == []
    Location.objects.filter(pk=hafen.pk).update(open_days="")
    assert due(at(8, day=25)) == []


def test_a_dead_reader_is_mailed_once_to_who_can_see_to_it_and_stands_on_the_start_page(
    running, hafen, ada, mia, ben, client, stripe_read
):
    Location.objects.filter(pk=hafen.pk).update(opens_at=AT_TEN)
    Reader.objects.update(status="offline", last_seen_at=NOW - dt.timedelta(hours=14))
    tasks.look_before_opening()
    tasks.look_before_opening()
    letters = [letter_of(row) for row in Notice.objects.order_by("to")]
    assert [row.to for row in Notice.objects.order_by("to")] == sorted([ada.email, mia.email])
    assert {letter.subject for letter in letters} == {"Hafenplatz before it opens: Reader Desk wants a look"}
    assert "heard from it 14 h ago" in letters[0].text
    assert "power and network" in letters[0].text
    assert (stripe_read, AuditEvent.objects.get(action="portal.self_check").after["what"]) == (
        [running.pk],
        "Reader Desk",
    )
    client.force_login(ben)
    assert "Reader Desk" in client.get("/").content.decode()


def test_nothing_is_mailed_when_all_is_well_and_anybody_may_look_again(running, hafen, mia, client, stripe_read):
    row = self_check(by=BY, location=hafen, now=NOW, mails=True)
    assert (row.level, row.found, Notice.objects.count()) == ("green", [], 0)
    client.force_login(mia)
    assert "its readers are well" in client.get("/").content.decode()
    Reader.objects.update(status="offline")
    url = reverse("portal:self_check", args=[hafen.code])
    page = client.post(url, follow=True).content.decode()
    assert f"1 of {row.looked_at} things want a look" in page
    assert (SelfCheck.objects.get().level, Notice.objects.count()) == ("amber", 0)
    assert client.post(reverse("portal:self_check", args=["NO"])).status_code == 404


def test_stripe_that_does_not_answer_is_said_and_stops_nothing(running, hafen, ada, monkeypatch):
    def unreachable(config, *, now):
        type(config).objects.update(sync_error="Stripe cannot be reached at the moment.")
        raise StripeUnreachable("no")

    monkeypatch.setattr(morning, "sync_account", unreachable)
    row = self_check(by=BY, location=hafen, now=NOW, mails=True)
    assert [one["label"] for one in row.found] == ["Stripe answers for Hafenplatz Ltd"]
    assert Notice.objects.count() == 1


def test_a_mail_that_cannot_be_queued_leaves_nothing_behind(running, hafen, ada, monkeypatch, stripe_read):
    Reader.objects.update(status="offline")
    monkeypatch.setattr(morning, "mail_staff", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        self_check(by=BY, location=hafen, now=NOW, mails=True)
    assert not SelfCheck.objects.exists()
