"""Doors follow contracts: a membership ends and the seat is freed, it is renewed and the door opens again."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from access.models import SaltoKSConfig, SyncOptions
from access.tasks import sync_all_of
from flexspace.management.seed.data import HAFENPLATZ
from flexspace.management.seed.doors import ADMIN, Doors
from members.models import Membership
from tests.e2e.look import at_widths
from tests.factories.members import make_member
from tests.factories.memberships import make_membership, make_plan

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def site(outside, hafen, ada, settings, sandbox_process):
    """Return Hafenplatz's connection, with Lena inside, and unsubscribing switched on."""
    settings.SALTO_API_BASE = f"{sandbox_process.url}/salto/api"
    settings.SALTO_IDENTITY_BASE = f"{sandbox_process.url}/salto/identity"
    type(ada).objects.filter(pk=ada.pk).update(email=ADMIN)
    lena = make_member(hafen, name="Lena Fischer")
    today = hafen.today(timezone.now())
    make_membership(lena, make_plan(hafen, name="Hot desk"), starts_on=today - timedelta(days=40))
    name = f"Hafenplatz {timezone.now():%H%M%S%f}"
    Doors(replace(HAFENPLATZ, name=name), hafen, timezone.now()).write()
    config = SaltoKSConfig.objects.get(name=name)
    SyncOptions.objects.filter(connection=config).update(unsubscribe=True, grace_hours=0)
    config.lena = lena
    return config


def at_the_door(outside, site):
    told = {"user": site.lena.email, "lock": "Front door"}
    return outside.control(f"salto/sites/{site.site_id}/door", told)


def test_a_membership_ends_and_the_seat_is_free_it_is_renewed_and_the_door_opens(counter_of, ada, outside, site):
    desk, lena = counter_of(ada), site.lena
    page = desk.go("members:member_detail", lena.uuid)
    expect(page.get_by_text("Lena Fischer can get in at Front door and Hot desk area.")).to_be_visible()
    assert at_the_door(outside, site)["opens"]

    yesterday = site.places.get().location.today(timezone.now()) - timedelta(days=1)
    Membership.objects.filter(member=lena).update(ends_on=yesterday)
    sync_all_of(site.pk)
    page.get_by_role("link", name="get in?").click()
    expect(page.locator(".door-answer__say")).to_contain_text("Lena Fischer cannot get in, and has no reason to.")
    expect(page.locator(".chain")).to_contain_text("because they had lost all access")
    assert not at_the_door(outside, site)["opens"]

    Membership.objects.filter(member=lena).update(ends_on=None)
    page.get_by_role("button", name="Look again now").click()
    expect(page.locator(".door-answer__say")).to_contain_text("Lena Fischer can get in at Front door and Hot desk area")
    assert at_the_door(outside, site)["opens"]

    page.get_by_role("link", name="Access", exact=True).click()
    expect(page.get_by_role("img", name="seats in use today")).to_be_visible()


def test_the_pages_hold_on_wide_and_narrow_screens(counter_of, ada, outside, site):
    lena, wrong = site.lena, {}
    run = site.runs.filter(kind="full").first()
    told = [("overview", []), ("run_list", []), ("run_detail", [run.uuid]), ("member_why", [lena.uuid])]
    stray = site.users.filter(member=None).first()
    desk = counter_of(ada, has_touch=True)
    for name, args in [*told, ("user_adopt", [stray.pk])]:
        page = desk.go(f"access:{name}", *args)
        if name == "overview":
            expect(page.get_by_role("img", name="seats in use today")).to_be_visible()
        if found := at_widths(page):
            wrong[name] = found
    assert wrong == {}


def inside_too(site, number):
    """Return further people in Lena's plan, let in."""
    plan, place = Membership.objects.get(member=site.lena).plan, site.places.get().location
    people = [make_member(place, name=f"Person {one}") for one in range(number)]
    for one in people:
        make_membership(one, plan, starts_on=place.today(timezone.now()) - timedelta(days=30))
    sync_all_of(site.pk)
    return people


def map_hot_desk(page, *, front_door):
    page.locator("summary", has_text="Hot desk").click()
    form = page.locator("details", has=page.locator("summary", has_text="Hot desk"))
    form.get_by_label("Front door", exact=True).set_checked(front_door)
    form.get_by_role("button", name="Save").click()


def look_at_everybody(page, site):
    """Press "Sync now", be the worker, and let the page that waits come back."""
    page.get_by_role("button", name="Sync now").click()
    expect(page.get_by_text("Looking at the whole site")).to_be_visible()
    sync_all_of(site.pk)
    expect(page.get_by_text("Looking at the whole site")).to_be_hidden()


def test_a_bad_mapping_is_stopped_by_the_breaker_and_nobody_is_locked_out(counter_of, ada, outside, site):
    inside_too(site, 6)
    desk = counter_of(ada)
    page = desk.go("access:mapping", site.uuid, "plans")
    map_hot_desk(page, front_door=False)
    expect(page.locator("summary", has_text="Hot desk")).not_to_contain_text("Front door")

    page = desk.go("access:overview")
    look_at_everybody(page, site)
    expect(page.get_by_role("alert")).to_contain_text("7 places in groups would go at once; 5 of 14 may")
    assert at_the_door(outside, site)["opens"]
    page.get_by_role("link", name="Review the run").click()
    expect(page.get_by_role("heading", name="Stopped")).to_be_visible()
    expect(page.get_by_role("row", name="Lena Fischer").first).to_contain_text("Held back")
    expect(page.get_by_role("button", name="I have looked: run anyway")).to_be_visible()

    map_hot_desk(desk.go("access:mapping", site.uuid, "plans"), front_door=True)
    page = desk.go("access:overview")
    look_at_everybody(page, site)
    expect(page.get_by_role("alert")).to_have_count(0)
    assert at_the_door(outside, site)["opens"]


def test_no_seat_is_free_somebody_waits_and_gets_in_when_one_is(counter_of, ada, outside, site):
    used = outside.control(f"salto/sites/{site.site_id}", method="GET")["seats"]["used"]
    outside.control(f"salto/sites/{site.site_id}/console", {"do": "seats", "seats": used})
    [waits] = inside_too(site, 1)
    page = counter_of(ada).go("access:member_why", waits.uuid)
    expect(page.locator(".door-answer__say")).to_contain_text("No seat is free. They are number 1 on the waiting list.")
    page.get_by_role("link", name="Seats and runs").click()
    expect(page.locator("#waiting")).to_contain_text("Person 0")
    idle = page.locator("#idle").get_by_role("listitem").filter(has_text="Rolf Adler")
    free = page.locator(".stat", has_text="Seats").filter(has_text="1 free")
    for _ in range(3):  # the lists are read anew now and then: a button may go while it is pressed
        idle.get_by_role("button", name="Unsubscribe").click()
        with suppress(AssertionError):
            said = "Rolf Adler is unsubscribed. The seat is free."
            expect(page.get_by_role("status")).to_contain_text(said, timeout=5_000)
            break
    expect(free).to_be_visible()
    look_at_everybody(page, site)
    expect(page.locator("#waiting")).to_have_count(0)
    expect(page.locator(".stat", has_text="Waiting for a seat")).to_contain_text("Nobody")
    there = outside.control(f"salto/sites/{site.site_id}/users", method="GET")["users"]
    person = next(one for one in there if one["user"]["email"] == waits.email)
    assert (person["subscription_state"], len(person["groups"])) == ("subscribed", 2)
