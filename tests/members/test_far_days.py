"""Days that overflow when anything is added to them, on the pages and in the API: a sentence, never an error."""

import pytest
from django.urls import reverse

from flexspace.core.days import OUT_OF_REACH
from members.enums import ProductKind
from tests.factories.members import make_member
from tests.factories.memberships import make_membership, make_plan
from tests.factories.passes import make_product
from tests.factories.resources import make_assignment, make_resource, make_room

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("noon"),
    pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"]),
]


@pytest.mark.parametrize(
    ("kind", "url", "field"),
    [
        ("member", "member_membership_start", "starts_on"),
        ("member", "member_membership_start", "billed_until"),
        ("member", "member_assign", "starts_on"),
        ("member", "member_assign", "ends_on"),
        ("member", "member_book", "day"),
        ("resource", "resource_assign", "starts_on"),
        ("assignment", "assignment_end", "ends_on"),
        ("membership", "membership_change", "from_date"),
        ("membership", "membership_pause", "from_date"),
        ("membership", "membership_pause", "until"),
        ("membership", "membership_discount", "from_date"),
        ("membership", "membership_discount", "until"),
        ("plan", "plan_price", "from_date"),
        ("product", "product_price", "from_date"),
    ],
)
def test_form_says_which_days_it_takes(client, hafen, mia, day, kind, url, field):
    member = make_member(hafen)
    row = {
        "member": lambda: member,
        "resource": lambda: make_resource(hafen),
        "assignment": lambda: make_assignment(member),
        "membership": lambda: make_membership(member),
        "plan": lambda: make_plan(hafen),
        "product": lambda: make_product(hafen, kind=ProductKind.SERVICE),
    }[kind]()
    client.force_login(mia)
    answer = client.post(reverse(f"members:{url}", args=[row.uuid]), {field: day})
    assert answer.context["form"].errors[field] == [OUT_OF_REACH]
    assert OUT_OF_REACH in answer.content.decode()


@pytest.mark.parametrize("what", ["change", "pause", "discount"])
def test_preview_says_nothing_of_days_out_of_reach(client, hafen, mia, day, what):
    row, other = make_membership(make_member(hafen)), make_plan(hafen, name="Resident")
    client.force_login(mia)
    data = {"plan": other.pk, "less": "10 %", "from_date": day, "until": day}
    answer = client.get(reverse(f"members:membership_{what}_preview", args=[row.uuid]), data)
    assert answer.context["said"] == []


def test_address_with_a_day_out_of_reach_shows_today(client, hafen, mia, day):
    room = make_room(hafen)
    client.force_login(mia)
    for where in (reverse("members:room_list"), reverse("members:resource_detail", args=[room.uuid])):
        answer = client.get(where, {"day": day})
        assert (answer.status_code, answer.context["day"].isoformat()) == (200, "2026-11-23")
