"""Pages of desks, offices, rooms and floors, as manager, front desk, viewer and stranger."""

import re
from datetime import date, timedelta

import pytest
from django.urls import reverse

from members.enums import ResourceKind
from members.models import Booking, Floor, Resource
from members.services.bookings import cancel
from tests.factories.members import make_company, make_member
from tests.factories.resources import NINE, make_assignment, make_booking, make_floor, make_resource, make_room, on
from tests.factories.sold import BY
from tests.members.test_pages import page, send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def text_of(answer):
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def errors_of(answer):
    return {name: [*said] for name, said in answer.context["form"].errors.items()}


def at(code):
    return {"query": {"at": code}}


@pytest.mark.parametrize("count", [1, 3])
def test_rooms_take_the_same_queries_at_one_and_three(client, hafen, ben, count, django_assert_num_queries):
    for number in range(count):
        room = make_room(hafen, floor=make_floor(hafen, name=f"Floor {number}"))
        make_booking(make_member(hafen), room, hour=4)
    client.force_login(ben)
    with django_assert_num_queries(5):  # session, user, locations, rooms, bookings
        answer = client.get(reverse("members:room_list"))
    assert len(answer.context["lines"]) == count


@pytest.mark.parametrize("count", [1, 3])
def test_desks_take_the_same_queries_at_one_and_three(client, hafen, ben, count, django_assert_num_queries):
    for _ in range(count):
        make_assignment(make_member(hafen))
    client.force_login(ben)
    with django_assert_num_queries(5):  # session, user, locations, desks, assignments
        answer = client.get(reverse("members:resource_list"))
    assert [line.now is not None for line in answer.context["lines"]] == [True] * count


@pytest.mark.parametrize("count", [1, 3])
def test_holds_take_the_same_queries_at_one_and_three(client, hafen, ben, count, django_assert_num_queries):
    member = make_member(hafen)
    for number in range(count):
        make_assignment(member)
        make_booking(member, hour=4 + number)
    client.force_login(ben)
    with django_assert_num_queries(6):  # session, user, locations, member, assignments, bookings
        answer = client.get(reverse("members:member_holds", args=[member.uuid]))
    assert (len(answer.context["held"]), len(answer.context["booked"])) == (count, count)


def test_list_says_who_has_a_desk_now_and_then(client, hafen, ben):
    desks = [make_resource(hafen, name=f"Desk {number}") for number in (10, 9)]
    make_assignment(make_member(hafen, name="Lena Fischer"), desks[0], ends_on=on("2026-11-30"))
    make_assignment(make_company(hafen, name="Nordlicht"), desks[0], starts_on=on("2026-12-01"))
    make_resource(hafen, ResourceKind.ROOM, name="Elbe")
    text = text_of(page(client, ben, "members:resource_list"))
    assert text.index("Desk 9") < text.index("Desk 10")
    for words in ("Lena Fischer until 30 Nov 2026", "Nordlicht from 1 Dec 2026", "Desk 9 Free"):
        assert words in text
    assert "Elbe" not in text


def test_picture_shows_who_has_the_room_when(client, hafen, ben, vic):
    room = make_room(hafen, name="Elbe")
    make_booking(make_member(hafen, name="Otto Adler"), room, hour=0, hours=1)
    make_booking(make_member(hafen, name="Lena Fischer"), room, hour=2, hours=2)
    dropped = make_booking(make_member(hafen, name="Ida Holm"), room, hour=6)
    cancel(by=BY, booking=dropped, now=NINE)
    answer = page(client, ben, "members:room_list")
    [(_row, strip)] = answer.context["lines"]
    assert [(block.hours, block.state) for block in strip.blocks] == [("09:00–10:00", "past"), ("11:00–13:00", "now")]
    assert (strip.labels[0], strip.labels[-1], strip.now) == ("07", "20", "35.714%")
    assert [gap.at for gap in strip.gaps] == [f"{hour}:00" for hour in range(13, 21)]
    assert strip.words == "09:00–10:00 Otto Adler, 11:00–13:00 Lena Fischer"
    assert "day__gap" in answer.content.decode()
    assert "day__gap" not in page(client, vic, "members:room_list").content.decode()


def test_other_days_and_unreadable_ones(client, hafen, ben):
    room = make_room(hafen, name="Elbe")
    make_booking(make_member(hafen), room, hour=24)
    client.force_login(ben)
    url = reverse("members:resource_detail", args=[room.uuid])
    assert len(client.get(url, {"day": "2026-11-24"}).context["strip"].blocks) == 1
    for day in ("", "2026-13-45", "yesterday"):
        assert client.get(url, {"day": day}).context["day"] == date(2026, 11, 23)


def test_picture_reaches_to_what_is_earlier_and_later(client, hafen, ben):
    room = make_room(hafen)
    make_booking(make_member(hafen), room, hour=10, hours=8)  # to three in the next night
    client.force_login(ben)
    strip = client.get(reverse("members:resource_detail", args=[room.uuid])).context["strip"]
    assert (strip.labels[0], strip.labels[-1], strip.blocks[0].hours) == ("07", "23", "19:00–03:00")
    later = client.get(reverse("members:resource_detail", args=[room.uuid]), {"day": "2026-11-24"}).context["strip"]
    assert (later.labels[0], later.blocks[0].x) == ("00", "0.000%")


def test_manager_makes_changes_and_archives(client, hafen, mia):
    floor = make_floor(hafen)
    facts = {"kind": "room", "name": "Elbe", "floor": floor.pk, "seats": 6}
    answer = send(client, mia, "members:resource_new", **facts)
    row = Resource.objects.get()
    assert (answer.url, row.floor, row.seats) == (reverse("members:resource_detail", args=[row.uuid]), floor, 6)
    assert errors_of(send(client, mia, "members:resource_new", **facts)) == {
        "__all__": ["Hafenplatz has something called Elbe already."]
    }
    send(client, mia, "members:resource_edit", row.uuid, **facts | {"name": "Alster", "floor": ""})
    row.refresh_from_db()
    assert (row.name, row.floor) == ("Alster", None)
    booking = make_booking(make_member(hafen), row, hour=4)
    send(client, mia, "members:resource_archive", row.uuid)
    assert Resource.objects.active().count() == 1
    cancel(by=BY, booking=booking, now=NINE)
    send(client, mia, "members:resource_archive", row.uuid)
    assert Resource.objects.active().count() == 0
    assert "Offer again" in text_of(page(client, mia, "members:resource_detail", row.uuid))
    send(client, mia, "members:resource_offer", row.uuid)
    assert Resource.objects.active().count() == 1


def test_manager_adds_and_renames_floors(client, hafen, mia, ben):
    send(client, mia, "members:resource_floor_new", name="First floor")
    floor = Floor.objects.get()
    assert errors_of(send(client, mia, "members:resource_floor_new", name="First floor")) == {
        "name": ["Hafenplatz has something called First floor already."]
    }
    send(client, mia, "members:resource_floor_rename", floor.pk, name="Ground floor")
    make_resource(hafen, floor=floor)
    text = text_of(page(client, ben, "members:resource_floors"))
    assert "Ground floor 1 resource" in text
    assert "Rename" not in text
    assert send(client, ben, "members:resource_floor_rename", floor.pk, name="X").status_code == 403


def test_front_desk_books_and_cancels(client, hafen, ben):
    room, lena = make_room(hafen, name="Elbe"), make_member(hafen, name="Lena Fischer")
    hours = {"day": "2026-11-24", "starts": "10:00", "ends": "11:30"}
    answer = send(client, ben, "members:resource_book", room.uuid, who="Lena Fischer", note="Pitch", **hours)
    assert answer.url == reverse("members:resource_detail", args=[room.uuid]) + "?day=2026-11-24"
    row = Booking.objects.get()
    assert (row.member, row.ends_at - row.starts_at, row.note) == (lena, timedelta(minutes=90), "Pitch")
    assert row.starts_at.astimezone(hafen.zone).hour == 10
    answer = send(client, ben, "members:member_book", lena.uuid, room=room.pk, **hours)
    assert errors_of(answer) == {"__all__": ["Lena Fischer has Elbe on Tue 24 Nov, 10:00–11:30."]}
    assert "booked on Tue 24 Nov, 10:00–11:30 · Pitch" in text_of(page(client, ben, "members:member_holds", lena.uuid))
    answer = send(client, ben, "members:booking_cancel", row.uuid, back="member")
    assert answer.url == reverse("members:member_detail", args=[lena.uuid])
    assert Booking.objects.standing().count() == 0
    answer = send(client, ben, "members:member_book", lena.uuid, room=room.pk, **hours | {"ends": "00:00"})
    assert answer.url == reverse("members:member_detail", args=[lena.uuid])
    assert send(client, ben, "members:booking_cancel", Booking.objects.standing().get().uuid).url.endswith("2026-11-24")


def test_hours_that_cannot_be_are_refused(client, hafen, ben):
    room, lena = make_room(hafen), make_member(hafen)

    def said(**hours):
        return errors_of(send(client, ben, "members:member_book", lena.uuid, room=room.pk, **hours))

    assert said(day="2026-11-24", starts="10:00", ends="10:00") == {"ends": ["It ends after it begins."]}
    assert said(day="2027-03-28", starts="02:30", ends="04:00") == {"starts": ["Clocks skip that time on this day."]}
    assert said(day="2026-11-22", starts="10:00", ends="11:00") == {
        "__all__": ["Book for a time that is not over, within the next two years."]
    }
    assert set(said(day="", starts="", ends="")) == {"day", "starts", "ends"}


def test_form_begins_with_the_pressed_hour_and_shows_the_day(client, hafen, ben):
    room = make_room(hafen, name="Elbe")
    make_booking(make_member(hafen, name="Otto Adler"), room, hour=24)
    client.force_login(ben)
    url = reverse("members:resource_book", args=[room.uuid])
    form = client.get(url, {"day": "2026-11-24", "from": "15:00"}).context["form"]
    assert {name: form[name].value() for name in ("day", "starts", "ends")} == {
        "day": date(2026, 11, 24), "starts": "15:00", "ends": "16:00",
    }  # fmt: skip
    assert client.get(url, {"from": "noon"}).context["form"]["starts"].value() == "13:00"
    preview = reverse("members:booking_preview")
    assert "Otto Adler" in client.get(preview, {"room": room.pk, "day": "2026-11-24"}).content.decode()
    assert client.get(preview, {"room": "x"}).content.decode().strip() == ""


def test_names_are_offered_while_they_are_typed(client, hafen, ben):
    make_member(hafen, name="Norbert Falk", email="nf@example.com")
    make_company(hafen, name="Nordlicht")
    client.force_login(ben)
    url = reverse("members:resource_people")
    assert "nf@example.com" in client.get(url, {"who": "nor"}).content.decode()
    assert "Nordlicht" not in client.get(url, {"who": "nor"}).content.decode()
    assert "Nordlicht" in client.get(url, {"who": "nor", "companies": "1"}).content.decode()


def test_nobody_sees_or_changes_another_place(client, hafen, yuki, kiyosumi):
    desk, room, member = make_resource(hafen), make_room(hafen), make_member(hafen)
    held, booked = make_assignment(member, desk), make_booking(member, room, hour=4)
    theirs = make_member(kiyosumi)
    for name, uuid in (
        ("resource_detail", desk.uuid), ("resource_assign", desk.uuid), ("resource_book", room.uuid),
        ("assignment_end", held.uuid), ("member_holds", member.uuid), ("member_assign", member.uuid),
        ("member_book", member.uuid),
    ):  # fmt: skip
        assert page(client, yuki, f"members:{name}", uuid).status_code == 404
    assert send(client, yuki, "members:booking_cancel", booked.uuid).status_code == 404
    facts = {"resource": desk.pk, "starts_on": "2027-11-23", "ends_on": ""}
    assert "resource" in errors_of(send(client, yuki, "members:member_assign", theirs.uuid, **facts))


@pytest.mark.parametrize("name", ["resource_edit", "resource_archive", "resource_assign", "resource_book"])
def test_viewer_changes_nothing(client, hafen, vic, name):
    row = make_room(hafen)
    assert send(client, vic, f"members:{name}", row.uuid).status_code == 403
    text = text_of(page(client, vic, "members:resource_detail", row.uuid))
    assert not {"Edit", "Archive", "Assign", "Book"} & set(text.split())


def test_pages_without_anything_say_what_comes_here(client, hafen, mia):
    lena = make_member(hafen)
    for name, args, words in (
        ("room_list", (), "No rooms at Hafenplatz yet"), ("resource_list", (), "No desks or offices yet"),
        ("resource_floors", (), "No floors at Hafenplatz yet"), ("member_book", (lena.uuid,), "No room here"),
        ("member_assign", (lena.uuid,), "No desk or office here"),
        ("member_holds", (lena.uuid,), "No desk, no office, no room booked."),
    ):  # fmt: skip
        assert words in text_of(page(client, mia, f"members:{name}", *args))
