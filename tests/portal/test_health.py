"""The health page, what a monitor reads, and the mail that is sent once a turn."""

import datetime as dt

import pytest
from django.conf import settings as configured
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing.emails import letter_of
from billing.models import Notice
from flexspace.core.actors import Actor
from flexspace.core.api_tokens import create_token
from flexspace.core.conditions import turn
from flexspace.core.levels import Level
from flexspace.core.models import AuditEvent, Condition, JobLease
from flexspace.portal import tasks
from flexspace.portal.health.looking import look_at_all
from flexspace.portal.health.watching import watch
from terminal.models import StripeConfig
from tests.portal.conftest import NOW, add_readers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker_up")]
BY = Actor.job("test")
GREEN, AMBER, RED = Level.GREEN, Level.AMBER, Level.RED


def page(user):
    client = Client()
    client.force_login(user)
    return " ".join(client.get(reverse("portal:health")).content.decode().split())


def mails():
    return [letter_of(row) for row in Notice.objects.filter(kind="health").order_by("pk")]


def test_everything_works(running, ada):
    assert {check.name for check in look_at_all(NOW) if check.level is not GREEN} == {"backups"}
    said = page(ada)
    assert "Everything works." in said
    assert "Wants a look" not in said
    assert "Not watched" in said


def test_trouble_comes_first_with_its_cure_and_where_it_is(running, ada):
    StripeConfig.objects.update(key_rights={"charge_read": {"state": "missing", "at": NOW.isoformat()}})
    said = page(ada)
    assert "Something wants a look." in said
    trouble, fine = said.split('<details class="card', 1)
    assert "1 permission is missing from the key: Charges and Refunds: read." in trouble
    assert reverse("terminal:stripe_rights", args=[running.pk]) in trouble
    assert "Answers in" in fine
    assert "Answers in" not in trouble
    JobLease.objects.all().delete()
    assert [check.level for check in look_at_all(NOW)][:3] == [RED, AMBER, GREEN]


def test_mailed_once_a_turn_and_not_when_it_is_well_again(running, ada, mia, ben):
    def minute(**known):
        StripeConfig.objects.update(**known)
        watch(by=BY, now=timezone.now())
        return [letter.subject for letter in mails()]

    first = "Clock against Hafenplatz Ltd wants a look"
    assert minute() == []
    assert minute(clock_ahead=40.0) == [first]
    assert minute(clock_ahead=50.0) == [first]
    assert minute(clock_ahead=0.0) == [first]
    assert "Well again" in page(ada)
    later = NOW + dt.timedelta(seconds=1)
    StripeConfig.objects.update(clock_ahead=400.0)
    watch(by=BY, now=later)
    assert [letter.subject for letter in mails()] == [first, f"{first} now"]
    assert set(Notice.objects.values_list("to", flat=True)) == {ada.email}
    assert AuditEvent.objects.filter(action="portal.health.worse").count() == 2


def test_one_mail_tells_all_that_turned_in_one_look(running, ada):
    watch(by=BY, now=NOW)
    StripeConfig.objects.update(clock_ahead=40.0, webhook_proven_at=None, webhook_secret="")
    JobLease.objects.all().delete()
    watch(by=BY, now=NOW)
    [letter] = mails()
    assert letter.subject == "Schedule wants a look now, and 2 more"
    assert "40 s ahead of Stripe" in letter.text
    assert "Not set up" in letter.text
    assert (letter.button, letter.url) == ("Open Health", f"{configured.SITE_URL}/health/")


def test_turning_is_told_for_the_worse_only():
    def see(**levels):
        return turn("x:", {f"x:{name}": level for name, level in levels.items()}, now=NOW)

    assert see(a=GREEN, b=AMBER, c=RED) == ["x:c", "x:b"]
    assert see(a=GREEN, b=AMBER, c=AMBER) == []
    assert see(a=RED, b=RED, c=AMBER) == ["x:a", "x:b"]
    assert see(a=Level.UNWATCHED) == []
    assert list(Condition.objects.values_list("key", "level", "was")) == [("x:a", "unwatched", "red")]


def test_first_look_after_a_pause_tells_nothing(hafen, ada, clock):
    for shift, told in [(0, 0), (301, 0), (60, 1), (60, 1)]:
        clock.shift(dt.timedelta(seconds=shift))
        tasks.watch_health()
        assert len(mails()) == told


def test_start_page_of_an_admin_points_to_trouble(running, ada, client):
    client.force_login(ada)
    assert "under Health" not in client.get("/").content.decode()
    Condition.objects.create(key="health:broker", level=RED, since=NOW, was=GREEN)
    assert "1 thing under Health wants a look" in client.get("/").content.decode()


@pytest.mark.parametrize(("who", "status"), [("ada", 200), ("mia", 200), ("ben", 403), ("vic", 403)])
def test_page_is_for_managers_and_admins(request, client, who, status, running):
    client.force_login(request.getfixturevalue(who))
    assert client.get("/health/").status_code == status


def test_manager_sees_the_accounts_of_their_locations_only(running, kiyosumi, mia, ada):
    add_readers(kiyosumi, "Tokyo")
    assert "Kiyosumi Ltd" in page(ada)
    assert "Kiyosumi Ltd" not in page(mia)


@pytest.mark.parametrize("count", [1, 3])
def test_page_costs_the_same_whatever_it_shows(client, running, hafen, ada, count, django_assert_num_queries):
    for number in range(count):
        StripeConfig.objects.create(
            name=f"Other {number}", account_id=f"acct_{number}", country="DE", currency="EUR", secret_key="x"
        )
        add_readers(hafen, f"Another {number}")
    client.force_login(ada)
    client.get("/health/")
    with django_assert_num_queries(21):
        client.get("/health/")


def monitor(user, location, scope="health"):
    _, secret = create_token(
        by=user, name="Monitor", scopes=[scope], locations=[location], expires_at=NOW + dt.timedelta(days=9), now=NOW
    )
    return Client(headers={"Authorization": f"Bearer {secret}"})


def test_monitor_reads_one_state_a_check_and_the_worst(running, ada, hafen, kiyosumi):
    add_readers(kiyosumi, "Tokyo")
    caller = monitor(ada, hafen)
    answer = caller.get("/api/v1/health/")
    assert (answer.status_code, answer.json()["state"]) == (200, "green")
    states = {row["name"]: row["state"] for row in answer.json()["checks"]}
    assert states["schedule"] == "green"
    assert states["backups"] == "unwatched"
    assert [name for name in states if name.startswith("webhooks:")] == [f"webhooks:{running.pk}"]
    assert set(answer.json()["checks"][0]) == {"name", "state"}

    StripeConfig.objects.update(clock_ahead=40.0)
    assert (caller.get("/api/v1/health/").status_code, caller.get("/api/v1/health/").json()["state"]) == (200, "amber")
    StripeConfig.objects.update(clock_ahead=400.0)
    answer = caller.get("/api/v1/health/")
    assert (answer.status_code, answer.json()["state"]) == (503, "red")


def test_health_token_opens_nothing_else_and_other_tokens_not_health(running, ada, hafen):
    assert monitor(ada, hafen).get("/api/v1/members/").status_code == 403
    assert monitor(ada, hafen, "read").get("/api/v1/health/").status_code == 403
    assert Client().get("/api/v1/health/").status_code == 401
