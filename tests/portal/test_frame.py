"""The frame around every page, the pages that say what went wrong, and whether all is well."""

import datetime as dt

import pytest
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils import timezone
from django.views.defaults import server_error

from flexspace.core.models import JobLease
from flexspace.portal.health import readiness
from terminal.views.desk_reader import COOKIE, remember
from tests.portal.conftest import add_readers

HOME = "/"
LABELS = ("Members", "Readers", "Needs a look", "Stripe Config", "Activity")


def links(client):
    text = client.get(HOME).content.decode()
    rail = text.split('<nav class="rail"')[1].split("</nav>")[0]
    return [
        label for label in ("Members", "Readers", "Needs a look", "Stripe Config", "Activity") if f">{label}<" in rail
    ]


def test_navigation_shows_what_the_role_may_open(client, ben, mia):
    client.force_login(ben)
    assert links(client) == ["Members", "Readers"]
    client.force_login(mia)
    assert links(client) == ["Members", "Readers", "Needs a look", "Stripe Config", "Activity"]


def test_one_navigation_item_is_the_page_one_is_on(client, mia):
    client.force_login(mia)
    rail = client.get("/activity/").content.decode().split('<nav class="rail"')[1].split('<span class="rail__gap">')[0]
    assert rail.count('aria-current="page"') == 1


def test_frame_follows_running_payments_and_sends_the_token(client, ben):
    client.force_login(ben)
    text = client.get(HOME).content.decode()
    assert 'hx-get="/charge/running/"' in text
    assert '"X-CSRFToken"' in text
    assert '"allowEval":false' in text
    assert "style=" not in text
    assert "onclick" not in text
    assert "Ben" in text


def test_locations_are_offered_to_who_has_several(client, ada, ben):
    client.force_login(ben)
    assert "menu--location" not in client.get(HOME).content.decode()
    client.force_login(ada)
    assert 'href="/?at=KYS"' in client.get(HOME).content.decode()


@pytest.mark.parametrize(("level", "tone"), [(constants.SUCCESS, "toast--ok"), (constants.ERROR, "toast--bad")])
def test_messages_become_toasts(level, tone):
    text = render_to_string("components/toasts.html", {"messages": [Message(level, "<b>Saved</b>")]})
    assert tone in text
    assert "&lt;b&gt;Saved" in text


def test_missing_page_says_so_to_staff_and_to_strangers(client, ben):
    assert "There is no such page" in client.get("/nowhere/").content.decode()
    client.force_login(ben)
    page = client.get("/nowhere/")
    assert page.status_code == 404
    assert 'class="rail"' in page.content.decode()


def test_crash_page_needs_nothing():
    page = server_error(RequestFactory().get("/"))
    assert page.status_code == 500
    assert "That went wrong on our side" in page.content.decode()


def test_refused_form_explains_itself(ben):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ben)
    page = client.post("/sign-out/")
    assert page.status_code == 403
    assert "This form is no longer valid" in page.content.decode()


def test_healthz_is_public(client, db):
    assert client.get("/healthz").json() == {"status": "ok"}


def test_readyz_needs_a_schedule_that_ran(client, db):
    assert client.get("/readyz").status_code == 503
    JobLease.objects.create(key="a", last_started_at=timezone.now() - dt.timedelta(seconds=20))
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"database": True, "broker": True, "schedule_age_seconds": 20}
    JobLease.objects.update(last_started_at=timezone.now() - dt.timedelta(seconds=400))
    assert client.get("/readyz").status_code == 503


def test_readyz_says_when_the_broker_is_gone(client, db, monkeypatch):
    monkeypatch.setattr(readiness, "broker_answers", lambda: False)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["broker"]) == (503, False)


def test_a_broker_that_does_not_answer_is_gone(monkeypatch, settings):
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", "redis://127.0.0.1:1/0")  # a value set on conf would stay there
    assert readiness.broker_answers() is False


def test_this_browsers_reader_is_in_the_header(client, ben, yuki, hafen):
    (reader,) = add_readers(hafen, "Front desk S700")
    client.force_login(ben)
    assert client.get("/desk-reader/").status_code == 204
    kept = HttpResponse()
    remember(kept, reader)
    client.cookies[COOKIE] = kept.cookies[COOKIE].value
    assert "Front desk S700" in client.get("/desk-reader/").content.decode()
    client.force_login(yuki)
    client.cookies[COOKIE] = kept.cookies[COOKIE].value
    assert client.get("/desk-reader/").status_code == 204
