"""The Sync Options: stored, previewed before anything is switched on, opted in by name, and whom they protect."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse

from access import tasks
from access.models import SaltoKSConfig, SyncOptions, SyncRun
from flexspace.core.locks import only_one
from flexspace.core.models import AuditEvent
from tests.factories.billing import make_issued_invoice
from tests.members.test_pages import send

pytestmark = pytest.mark.django_db
STORED = {
    "grace_hours": 24, "manual_groups_count": "on", "max_unsubscribes": 5, "max_share_percent": 10,
    "resubscribe": "on", "when_full": "wait", "overdue_grace_days": 7, "booking_lead_minutes": 15,
    "booking_lag_minutes": 15,
}  # fmt: skip


@pytest.fixture
def client():
    """Return a browser, where other tests of doors have SALTO's client."""
    return Client()


@pytest.fixture
def off(doors):
    """Return doors that change nothing yet."""
    doors.set(enabled=False, unsubscribe=False, grace_hours=24)
    return doors


def text_of(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def options(doors):
    return SyncOptions.objects.get(connection=doors.config)


def save(client, ada, doors, **changes):
    data = {name: value for name, value in (STORED | changes).items() if value is not None}
    return send(client, ada, "access:options", doors.config.uuid, **data)


def preview(client, ada, doors, **changes):
    """Ask for what leads to a preview, and look at it."""
    answer = save(client, ada, doors, **changes)
    assert answer.status_code == 302, text_of(answer)
    return client.get(answer.url)


def press(client, shown, *users):
    return client.post(shown.wsgi_request.path, {"user": [row.pk for row in users]})


def idle(doors, name="Lena Fischer"):
    """Return somebody who lost all access while nobody was unsubscribed for it, and still takes a seat."""
    doors.set(enabled=True)
    lena = doors.inside(name)
    doors.lose(lena)
    doors.run()
    assert (doors.groups_of(lena), doors.state(lena)) == ([], "subscribed")
    doors.pass_time(minutes=5)
    return lena


def test_options_are_off_at_first(client, doors, ada):
    fresh = SyncOptions(connection=doors.config)
    assert (fresh.enabled, fresh.unsubscribe, fresh.pause_overdue) == (False, False, False)
    assert (fresh.manual_groups_count, fresh.resubscribe, fresh.when_full) == (True, True, "wait")


def test_what_switches_nothing_on_is_stored_at_once(client, off, ada):
    answer = save(client, ada, off, grace_hours=48, when_full="skip", manual_groups_count=None)
    assert answer.url == reverse("access:options", args=[off.config.uuid])
    row = options(off)
    assert (row.grace_hours, row.when_full, row.manual_groups_count) == (48, "skip", False)
    event = AuditEvent.objects.get(action="access.options.changed")
    assert (event.actor_label, event.after["grace_hours"]) == ("Ada", 48)
    assert not SyncRun.objects.exists()


@pytest.mark.parametrize("wrong", [{"grace_hours": -1}, {"max_share_percent": 101}, {"when_full": "shout"}])
def test_wrong_numbers_are_said_and_not_stored(client, off, ada, wrong):
    answer = save(client, ada, off, **wrong)
    assert (answer.status_code, "This needs another look" in text_of(answer)) == (422, True)
    assert not AuditEvent.objects.filter(action="access.options.changed").exists()


def test_switching_on_shows_first_who_would_change_and_why(client, off, ada):
    off.member("Lena Fischer")
    shown = preview(client, ada, off, enabled="on")
    assert [line[:3] for line in shown.context["lines"]] == [
        ("Lena Fischer", "Invited by mail, into Members", "has a right to it")
    ]
    assert "2 /10 → 3 /10" in text_of(shown)
    assert (options(off).enabled, len(off.users())) == (False, 2)


def test_pausing_for_overdue_invoices_shows_first_whose_doors_close(client, doors, ada):
    lena = doors.inside()
    invoice = make_issued_invoice(doors.location, member=lena)
    type(invoice).objects.filter(pk=invoice.pk).update(due_date=dt.date(2026, 11, 1))
    shown = preview(client, ada, doors, enabled="on", unsubscribe="on", pause_overdue="on", grace_hours=0)
    assert [line[:3] for line in shown.context["lines"]] == [
        ("Lena Fischer", "Out of Members", "an invoice is overdue")
    ]
    assert not options(doors).pause_overdue
    press(client, shown)
    assert options(doors).pause_overdue


def test_switched_on_is_what_was_previewed(client, off, ada):
    shown = preview(client, ada, off, enabled="on", grace_hours=3)
    answer = press(client, shown)
    assert answer.url == reverse("access:options", args=[off.config.uuid])
    assert (options(off).enabled, options(off).grace_hours) == (True, 3)


def test_those_without_access_already_keep_their_seat_unless_they_are_ticked(client, off, ada):
    lena = idle(off)
    shown = preview(client, ada, off, enabled="on", unsubscribe="on", grace_hours=0)
    assert [str(step.member) for step, *_ in shown.context["already"]] == ["Lena Fischer"]
    assert (shown.context["told"].seats_after, shown.context["told"].seats_least) == (3, 2)
    press(client, shown)
    off.run()
    assert off.state(lena) == "subscribed"


def test_ticked_ones_are_unsubscribed(client, off, ada):
    lena = idle(off)
    shown = preview(client, ada, off, enabled="on", unsubscribe="on", grace_hours=0)
    press(client, shown, off.row(lena))
    off.run()
    assert off.state(lena) == "suspended"
    assert AuditEvent.objects.filter(action="access.user.opted_in").count() == 1


def test_those_in_their_grace_period_are_asked_for_too(client, off, ada):
    lena = idle(off)
    shown = preview(client, ada, off, enabled="on", unsubscribe="on", grace_hours=24)
    press(client, shown, off.row(lena))
    off.run()
    assert off.state(lena) == "subscribed"
    off.pass_time(hours=25)
    off.run()
    assert off.state(lena) == "suspended"


def test_only_whom_the_preview_named_can_be_ticked(client, off, ada):
    off.set(enabled=True)
    tom = off.inside("Tom Weiss")
    shown = preview(client, ada, off, enabled="on", unsubscribe="on")
    press(client, shown, off.row(tom))
    assert off.row(tom).opted_in_at is None


def test_loss_in_the_previewed_run_is_told_with_the_reason(client, off, ada):
    off.set(enabled=True)
    lena = off.inside()
    off.lose(lena)
    shown = preview(client, ada, off, enabled="on", unsubscribe="on")
    [(name, what, *_)] = shown.context["lines"]
    assert (name, what) == ("Lena Fischer", "Out of Members, unsubscribed")
    assert shown.context["told"].seats_after == 2
    assert shown.context["already"] == []


def test_many_at_once_are_said_to_be_held_back(client, off, ada):
    off.set(enabled=True, max_unsubscribes=1)
    plan = off.plan()
    people = [off.member(f"Person {number}", plan) for number in range(3)]
    off.run()
    for person in people:
        off.lose(person)
    off.run()
    shown = preview(client, ada, off, enabled="on", unsubscribe="on", max_unsubscribes=1)
    assert len(shown.context["already"]) == 3
    assert "A run would hold back" in text_of(shown)


def test_older_preview_switches_nothing_on(client, off, ada):
    first = preview(client, ada, off, enabled="on")
    off.pass_time(minutes=5)
    preview(client, ada, off, enabled="on")
    press(client, first)
    assert not options(off).enabled


def test_preview_alone_stores_nothing_and_offers_no_switch(client, doors, ada):
    shown = preview(client, ada, doors, enabled="on", unsubscribe="on", grace_hours=5, preview="1")
    assert shown.context["on"] == []
    press(client, shown)
    assert options(doors).grace_hours == 0


def test_preview_by_options_that_are_not_stored_hinders_nobody(client, off, ada):
    off.set(enabled=True, max_unsubscribes=1)
    plan = off.plan()
    for person in [off.member(f"Person {number}", plan) for number in range(3)]:
        off.run()
        off.lose(person)
    preview(client, ada, off, enabled="on", unsubscribe="on", max_unsubscribes=1)
    assert SaltoKSConfig.objects.get(pk=off.config.pk).problem == ""


def test_site_that_cannot_be_read_is_said(client, off, ada):
    off.fault("unavailable", times=None)
    shown = preview(client, ada, off, enabled="on")
    assert "The site could not be read" in text_of(shown)


def test_connection_that_is_not_ready_is_said(client, off, ada):
    SaltoKSConfig.objects.update(state="broken", problem="revoked")
    assert "not ready yet" in text_of(save(client, ada, off, enabled="on"))


def test_only_an_admin_changes_options(client, off, mia):
    assert save(client, mia, off, grace_hours=1).status_code == 403


@pytest.fixture
def large(off):
    """Return doors of a site that a page does not read while somebody waits for it."""
    SaltoKSConfig.objects.update(seats_used=201)
    off.member("Lena Fischer")
    return off


def waits(client, url):
    return client.get(url, headers={"HX-Request": "true"})


def test_a_large_site_is_looked_at_by_a_worker_while_the_page_waits(client, large, ada):
    shown = preview(client, ada, large, enabled="on", grace_hours=3)
    url, run = shown.wsgi_request.path, SyncRun.objects.get()
    assert "Looking at the whole site" in text_of(shown)
    assert (waits(client, url).status_code, run.calls) == (204, 0)
    press(client, shown)
    assert not options(large).enabled  # nobody has seen it yet
    tasks.preview_site(run.pk)
    assert waits(client, url).headers["HX-Refresh"] == "true"
    shown = client.get(url)
    assert [line[0] for line in shown.context["lines"]] == ["Lena Fischer"]
    press(client, shown)
    assert (options(large).enabled, options(large).grace_hours) == (True, 3)


def test_a_preview_is_made_once(client, large, ada):
    preview(client, ada, large, enabled="on")
    run = SyncRun.objects.get()
    tasks.preview_site(run.pk)
    tasks.preview_site(run.pk)
    assert (SyncRun.objects.count(), run.steps.count()) == (1, 2)


def test_a_preview_that_another_run_was_in_the_way_of_says_so_and_switches_nothing_on(client, large, ada):
    shown = preview(client, ada, large, enabled="on")
    with only_one(f"access.site.{large.config.pk}", seconds=60):
        tasks.preview_site(SyncRun.objects.get().pk)
    shown = client.get(shown.wsgi_request.path)
    assert "Another look at the site was under way." in text_of(shown)
    press(client, shown)
    assert not options(large).enabled


def test_a_preview_that_no_worker_ended_is_not_waited_for_for_ever(client, large, ada):
    shown = preview(client, ada, large, enabled="on")
    large.pass_time(minutes=10, seconds=1)
    assert "did not end" in text_of(client.get(shown.wsgi_request.path))


def test_who_takes_a_seat_without_ever_having_been_let_in_is_told_with_the_preview(client, off, ada):
    off.set(enabled=True)
    off.staff("add_user", email="rolf@example.com", first_name="Rolf", last_name="Adler")
    shown = preview(client, ada, off, enabled="on", unsubscribe="on")
    assert "1 user takes a seat and opens nothing" in text_of(shown)
