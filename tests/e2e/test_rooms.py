"""Desks and rooms in a browser: a room is booked by pressing a free hour, and every page reads well and fits."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from members.enums import ResourceKind
from members.models import Assignment, Booking
from tests.e2e.look import walk
from tests.factories.members import make_company, make_member
from tests.factories.resources import make_assignment, make_floor, make_resource, make_room

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def tomorrow(place):
    return place.today(timezone.now()) + timedelta(days=1)


def assigned(holder, desk):
    day = desk.location.today(timezone.now())
    return make_assignment(holder, desk, starts_on=day, today=day)


def test_front_desk_presses_a_free_hour_and_cancels_again(counter_of, hafen, ben):
    room = make_room(hafen, name="Elbe")
    make_member(hafen, name="Lena Fischer", email="lena@example.com")
    counter = counter_of(ben)
    page = counter.go("members:room_list", query=f"?day={tomorrow(hafen):%Y-%m-%d}")
    page.locator(".day__gap").nth(7).click()  # the eighth hour from seven on
    expect(page.get_by_label("From")).to_have_value("14:00")
    expect(page.get_by_label("Until")).to_have_value("15:00")
    page.get_by_label("For").fill("Nobody Real")
    page.get_by_role("button", name="Book").click()
    counter.says("Nobody here is called")
    page.get_by_label("For").fill("lena@example.com")
    page.get_by_role("button", name="Book").click()
    expect(page.locator(".toast").get_by_text("Elbe is booked for Lena Fischer")).to_be_visible()
    expect(page.locator(".day__block")).to_have_count(1)
    page.get_by_role("button", name="Cancel 14:00–15:00 for Lena Fischer").click()
    expect(page.locator(".toast").get_by_text("Elbe is free again")).to_be_visible()
    expect(page.locator(".day__block")).to_have_count(0)
    assert Booking.objects.get(resource=room).cancelled_at is not None


def test_picture_follows_the_form(counter_of, hafen, ben):
    day = tomorrow(hafen)
    lena, (elbe, alster) = make_member(hafen), [make_room(hafen, name=name) for name in ("Elbe", "Alster")]
    start = timezone.now().astimezone(hafen.zone).replace(hour=10, minute=0, second=0) + timedelta(days=1)
    Booking.objects.create(resource=elbe, member=lena, starts_at=start, ends_at=start + timedelta(hours=1))
    page = counter_of(ben).go("members:member_book", lena.uuid)
    page.get_by_label("Room").select_option(label="Elbe")
    page.get_by_label("Day", exact=True).fill(f"{day:%Y-%m-%d}")
    expect(page.locator(".day__block")).to_have_count(1)
    page.get_by_label("Room").select_option(label=alster.name)
    expect(page.get_by_text("Alster on")).to_be_visible()
    expect(page.locator(".day__block")).to_have_count(0)


def test_desk_is_assigned_and_given_back_from_the_members_page(counter_of, hafen, ben):
    lena = make_member(hafen, name="Lena Fischer")
    assigned(make_member(hafen), make_resource(hafen, name="Desk 1"))
    make_resource(hafen, name="Desk 2")
    counter = counter_of(ben)
    page = counter.go("members:member_detail", lena.uuid)
    page.get_by_role("link", name="Assign a desk").click()
    expect(page.get_by_label("Desk or office").locator("option:checked")).to_have_text("Desk 2 · free")
    page.get_by_role("button", name="Assign").click()
    expect(page.locator(".toast").get_by_text("Desk 2 is assigned to Lena Fischer")).to_be_visible()
    page.get_by_role("link", name="End Desk 2").click()
    page.get_by_label("Reason").fill("Moves out")
    page.get_by_role("button", name="End it").click()
    counter.says("Moves out")
    assert Assignment.objects.get(member=lena).ends_on == hafen.today(timezone.now())


def pages(hafen):
    """Return every page of desks and rooms, with a room in use from seven on and one that is free."""
    floor, lena = make_floor(hafen), make_member(hafen, name="Lena Fischer-Hohenstein von der Wiese")
    room, company = make_room(hafen, name="Elbe", floor=floor), make_company(hafen)
    make_room(hafen, name="Alster")
    desk = make_resource(hafen, name="Desk 1", floor=floor)
    office = make_resource(hafen, ResourceKind.OFFICE, name="Office 1", seats=6)
    held = assigned(lena, desk)
    assigned(company, office)
    seven = timezone.now().astimezone(hafen.zone).replace(hour=7, minute=0, second=0)
    for hour, minutes in ((0, 15), (2, 60), (5, 240)):
        start = seven + timedelta(hours=hour)
        Booking.objects.create(resource=room, member=lena, starts_at=start, ends_at=start + timedelta(minutes=minutes))
    plain = ["members:room_list", "members:resource_list", "members:resource_floors", "members:resource_new"]
    return [
        *((name, []) for name in plain),
        *((f"members:resource_{name}", [desk.uuid]) for name in ("detail", "edit", "assign")),
        *((f"members:resource_{name}", [room.uuid]) for name in ("detail", "book")),
        ("members:assignment_end", [held.uuid]),
        ("members:member_detail", [lena.uuid]),
        ("members:member_assign", [lena.uuid]),
        ("members:member_book", [lena.uuid]),
        ("members:company_detail", [company.uuid]),
        ("members:company_assign", [company.uuid]),
    ]


def test_every_page_of_desks_and_rooms_reads_well_and_fits(counter_of, hafen, mia):
    assert walk(counter_of(mia, has_touch=True), pages(hafen)) == {}
