"""A connection that turns amber says so on Access and on the start page, and mails once each time."""

import pytest
from django.test import Client
from django.utils import timezone

from access import tasks
from access.models import SaltoKSConfig
from billing.emails import letter_of
from billing.models import Notice
from flexspace.core.actors import Actor
from flexspace.core.models import Condition
from flexspace.portal.health.looking import look_at_all
from flexspace.portal.health.watching import watch as health_watch
from tests.access.test_pages import Reader

pytestmark = pytest.mark.django_db(transaction=True)


def minute(doors):
    tasks.sync_due_of(doors.config.pk)
    return [letter_of(one).subject for one in Notice.objects.filter(kind="doors").order_by("pk")]


def home(user):
    client = Client()
    client.force_login(user)
    return " ".join(client.get("/").content.decode().split())


def filled(doors, seats):
    doors.run()
    doors.staff("seats", seats=seats)
    doors.run()


@pytest.mark.parametrize(("seats", "amber"), [(3, False), (2, True)])
def test_four_fifths_of_the_seats_are_told(doors, ada, seats, amber):
    filled(doors, seats)
    said = f"2 of {seats} seats are in use"
    assert (said in Reader(ada).get("overview")) is amber
    assert (said in home(ada)) is amber
    assert minute(doors) == (["SALTO KS is running out of seats"] if amber else [])


def test_mailed_once_each_time_it_turns_amber(doors, ada):
    filled(doors, 2)
    for _ in range(3):
        assert len(minute(doors)) == 1
        doors.pass_time(minutes=1)
    filled(doors, 10)
    assert len(minute(doors)) == 1
    filled(doors, 2)
    assert len(minute(doors)) == 2


def test_last_good_run_hours_ago_is_told_and_mailed(doors, ada):
    doors.run()
    doors.pass_time(minutes=119)
    assert minute(doors) == []
    doors.pass_time(minutes=1)
    SaltoKSConfig.objects.update(problem="unreachable")  # tried again by itself: not told before it lasts
    assert minute(doors) == ["The doors have not been synced for hours"]
    assert "Doors were last brought in line with what people hold on 26 Nov, 10:00" in home(ada)
    letter = letter_of(Notice.objects.get())
    assert letter.button == "Open Access"
    assert "26 Nov, 10:00" in letter.text


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        ({"state": "broken", "problem": "revoked"}, "SALTO KS no longer accepts our sign-in."),
        ({"problem": "site_expired"}, "subscription has expired, so nobody gets in"),
        ({"problem": "no_mappings"}, "nothing is taken away before somebody has looked at it"),
    ],
)
def test_what_waits_for_somebody_is_told_at_once_and_mailed(doors, ada, trouble, said):
    doors.run()
    SaltoKSConfig.objects.update(**trouble)
    assert said in home(ada)
    assert minute(doors) == ["The doors no longer follow what people hold"]
    assert Reader(ada).get("overview").count(said) == 1  # its own notice says it already


def test_only_those_who_may_set_doors_right_are_mailed(doors, ada, ben):
    filled(doors, 2)
    minute(doors)
    assert list(Notice.objects.values_list("to", flat=True)) == [ada.email]


def test_whoever_works_elsewhere_is_told_nothing(doors, kiyosumi, ben):
    filled(doors, 2)
    ben.locations.set([kiyosumi])
    assert "seats are in use" not in home(ben)


def test_connection_without_a_site_has_nothing_to_tell(doors):
    SaltoKSConfig.objects.update(site_id="", created_at=timezone.now() - timezone.timedelta(days=9))
    assert minute(doors) == []


def test_told_once_more_when_it_is_a_day_old_and_when_the_last_seat_goes(doors, ada):
    filled(doors, 3)
    doors.staff("seats", seats=2)
    doors.run()
    assert minute(doors) == ["SALTO KS is running out of seats"]  # straight to red: none is free
    for minutes, told in [(120, 2), (22 * 60 - 1, 2), (1, 3)]:
        doors.pass_time(minutes=minutes)
        SaltoKSConfig.objects.update(problem="unreachable")
        assert len(minute(doors)) == told


def test_health_says_how_a_site_stands_and_leaves_the_mail_to_the_watch_of_doors(doors, ada):
    def said():
        found = {check.label: check for check in look_at_all(timezone.now()) if check.key.startswith("doors:")}
        return [(label, check.level.value, check.said) for label, check in found.items()]

    filled(doors, 3)
    name = doors.config.name
    assert said() == [
        (f"Doors follow, {name}", "green", "Nothing waits for somebody."),
        (f"Seats, {name}", "green", "2 of 3 seats are in use."),
        (f"Last good sync, {name}", "green", "The site was last brought in line 0 min ago."),
    ]
    doors.staff("seats", seats=2)
    doors.run()
    doors.pass_time(minutes=121)
    SaltoKSConfig.objects.update(state="broken", problem="invalid_grant")
    (_, stopped, _), (_, level, sentence), (_, other, why) = said()
    assert (stopped, level, other) == ("red", "red", "amber")
    assert sentence.startswith("2 of 2 seats are in use, 0 free.")
    assert why.endswith("SALTO KS no longer accepts our sign-in. Sign in again.")
    health_watch(by=Actor.job("test"), now=timezone.now())
    assert not Notice.objects.filter(kind="doors").exists()
    assert not Condition.objects.filter(key__startswith="doors:").exists()


def test_a_revoked_sign_in_is_cured_from_the_page_that_tells_it_by_whoever_may(doors, ada, ben):
    doors.run()
    SaltoKSConfig.objects.update(state="broken", problem="revoked")
    assert f"/salto-ks/{doors.config.uuid}/sign-in/" in Reader(ada).get("overview")
    said = Reader(ben).get("overview")
    assert "/sign-in/" not in said
    assert "Tell an admin" in said


def test_a_run_at_an_expired_site_is_not_said_to_be_done(doors, ada):
    doors.inside()
    doors.staff("expire")
    doors.run()
    said = Reader(ada).get("run_list")
    assert "Held back" in said
    assert "subscription has expired, so nobody gets in" in said
