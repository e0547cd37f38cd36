"""The tabs on which what is sold is mapped to access groups."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from access.enums import Source
from access.models import AccessGroup, GroupMapping
from access.services import connecting
from flexspace.core.models import AuditEvent, Location
from members.models import Floor, Plan, Product, Resource
from members.services.check_ins import check_in
from tests.access.doors import BY
from tests.factories.members import make_member
from tests.factories.memberships import make_plan
from tests.factories.passes import make_pass, make_product
from tests.factories.resources import make_floor, make_resource, make_room
from tests.members.test_pages import page, send

pytestmark = pytest.mark.django_db
TABS = ["plans", "places", "resources", "passes", "bookings"]


@pytest.fixture
def client():
    """Return a browser, where other tests of doors have SALTO's client."""
    return Client()


def text_of(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def lines(answer):
    found = {}
    for section in answer.context["sections"]:
        found |= {line.name: [group.name for group in line.groups] for line in section.lines}
    return found


def look(client, ada, doors, tab, query=""):
    return page(client, ada, "access:mapping", doors.config.uuid, tab, query=query)


def tick(client, ada, doors, source, subject, *groups, **more):
    pks = [doors.group(name).pk for name in groups]
    return send(client, ada, "access:mapping_set", doors.config.uuid, source, subject.pk, group=pks, **more)


def stock(hafen, numbers=range(1)):
    for one in numbers:
        floor = make_floor(hafen, name=f"Floor {one}")
        make_plan(hafen, name=f"Flex {one}")
        make_resource(hafen, name=f"Desk {one}", floor=floor)
        make_room(hafen, name=f"Room {one}")
        make_product(hafen, name=f"Pass {one}")


@pytest.mark.parametrize(
    ("tab", "names"),
    [
        ("plans", ["Flex 0"]),
        ("places", ["Hafenplatz", "Floor 0"]),
        ("resources", ["Desk 0"]),
        ("passes", ["Pass 0"]),
        ("bookings", ["Room 0"]),
    ],
)
def test_tab_shows_what_the_connections_locations_have(client, doors, ada, hafen, kiyosumi, tab, names):
    stock(hafen)
    make_plan(kiyosumi, name="Elsewhere")
    assert list(lines(look(client, ada, doors, tab))) == names


@pytest.mark.parametrize("tab", TABS)
def test_tab_takes_the_same_queries_at_one_and_five(client, doors, ada, hafen, tab, django_assert_max_num_queries):
    counts = []
    client.force_login(ada)
    for numbers in (range(1), range(1, 5)):
        stock(hafen, numbers)
        for row in Plan.objects.all():
            doors.map(row)
        with django_assert_max_num_queries(12) as seen:
            client.get(reverse("access:mapping", args=[doors.config.uuid, tab]))
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_ticks_are_what_is_mapped_afterwards(client, doors, ada, hafen):
    plan = make_plan(hafen, name="Flex")
    answer = tick(client, ada, doors, "plan", plan, "Members", "Floor 1")
    assert answer.url == reverse("access:mapping", args=[doors.config.uuid, "plans"]) + f"#plan-{plan.pk}"
    assert lines(look(client, ada, doors, "plans")) == {"Flex": ["Floor 1", "Members"]}
    tick(client, ada, doors, "plan", plan, "Cleaners", "Members")
    assert lines(look(client, ada, doors, "plans")) == {"Flex": ["Cleaners", "Members"]}
    tick(client, ada, doors, "plan", plan)
    assert lines(look(client, ada, doors, "plans")) == {"Flex": []}
    assert AuditEvent.objects.filter(action="access.mapping.added").count() == 3
    assert AuditEvent.objects.filter(action="access.mapping.removed").count() == 3


def test_what_people_hold_goes_through_what_was_ticked(client, doors, ada, hafen):
    plan = doors.plan(group=None)
    lena = doors.member(plan=plan)
    tick(client, ada, doors, "plan", plan, "Members")
    doors.run()
    assert doors.groups_of(lena) == ["Members"]


@pytest.mark.parametrize("source", list(Source))
def test_every_source_can_be_mapped(client, doors, ada, hafen, source):
    stock(hafen)
    subject = {
        Source.PLAN: Plan.objects,
        Source.LOCATION: Location.objects.filter(pk=hafen.pk),
        Source.FLOOR: Floor.objects,
        Source.RESOURCE: Resource.objects.filter(kind="desk"),
        Source.DAY_PASS: Product.objects,
        Source.BOOKING: Resource.objects.filter(kind="room"),
    }[source].get()
    tick(client, ada, doors, source.value, subject, "Members")
    row = GroupMapping.objects.get()
    assert (row.source, row.subject_id) == (source, subject.pk)


def test_another_locations_plan_is_refused(client, doors, ada, kiyosumi):
    tick(client, ada, doors, "plan", make_plan(kiyosumi), "Members")
    assert not GroupMapping.objects.exists()


def test_another_connections_group_is_not_taken(client, doors, ada, hafen):
    other = connecting.save_connection(by=BY, name="Other", client_id="x")
    foreign = AccessGroup.objects.create(connection=other, group_id="g", name="Foreign")
    send(client, ada, "access:mapping_set", doors.config.uuid, "plan", make_plan(hafen).pk, group=[foreign.pk, "x"])
    assert not GroupMapping.objects.exists()


def test_group_without_a_schedule_is_flagged(client, doors, ada, hafen):
    AccessGroup.objects.filter(name="Members").update(scheduled=False)
    make_plan(hafen)
    assert "Members opens nothing" in text_of(look(client, ada, doors, "plans"))


def test_archived_thing_that_is_mapped_stays_in_sight(client, doors, ada, hafen):
    plan = doors.plan()
    Plan.objects.filter(pk=plan.pk).update(is_active=False)
    make_plan(hafen, name="Old", is_active=False)
    answer = look(client, ada, doors, "plans")
    assert lines(answer) == {"Flex": ["Members"]}
    assert "not offered any more" in text_of(answer)


def test_deleted_group_stays_in_sight_and_is_not_offered(client, doors, ada):
    doors.plan()
    AccessGroup.objects.filter(name="Members").update(gone_at="2026-11-01T00:00:00Z")
    answer = look(client, ada, doors, "plans")
    assert "Members: deleted" in text_of(answer)
    assert "Members" not in [group.name for group in answer.context["groups"]]


def test_groups_are_read_again(client, doors, ada):
    AccessGroup.objects.filter(name="Cleaners").delete()
    send(client, ada, "access:mapping_groups", doors.config.uuid, "plans")
    assert AccessGroup.objects.filter(name="Cleaners").exists()


@pytest.mark.parametrize("tab", TABS)
def test_empty_tab_says_what_to_do(client, doors, ada, tab):
    AccessGroup.objects.all().delete()
    assert "Make them in SALTO KS" in text_of(look(client, ada, doors, tab))


def test_long_list_comes_in_pages_and_saving_stays_on_its_page(client, doors, ada, hafen):
    for number in range(51):
        make_resource(hafen, name=f"Desk {number:02}")
    first = look(client, ada, doors, "resources")
    assert len(lines(first)) == 50
    at = first.context["page"].older
    second = look(client, ada, doors, "resources", query=f"?at={at}")
    assert list(lines(second)) == ["Desk 50"]
    desk = second.context["sections"][0].lines[0]
    answer = send(client, ada, "access:mapping_set", doors.config.uuid, "resource", desk.subject_id, at=at)
    assert f"?at={at}" in answer.url.replace("%3D", "=")


def test_only_an_admin_maps(client, doors, mia, hafen):
    plan = make_plan(hafen)
    assert tick(client, mia, doors, "plan", plan, "Members").status_code == 403
    assert page(client, mia, "access:mapping", doors.config.uuid, "plans").status_code == 403


def test_day_pass_page_says_what_doors_do_with_a_pass_nobody_has_used(doors, client, ada):
    guest, product = make_member(doors.location, name="Guest"), make_product(doors.location)
    doors.map(product, source=Source.DAY_PASS)
    make_pass(guest, product=product)
    client.force_login(ada)
    said = text_of(client.get(reverse("access:mapping", args=[doors.config.uuid, "passes"])))
    assert "A pass that nobody has checked in with opens nothing" in said
    doors.run()
    assert guest.email not in doors.users()
    assert "from then until the end of that day or half day" in said
    check_in(by=BY, member=guest, location=doors.location, now=timezone.now())
    doors.run()
    assert doors.groups_of(guest) == ["Members"]
