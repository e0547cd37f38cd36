"""Pages on which a desk or office is given to somebody, and given back."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from members.models import Assignment
from members.services.assignments import end
from tests.factories.members import make_company, make_member
from tests.factories.resources import NINE, make_assignment, make_resource, on
from tests.factories.sold import BY
from tests.members.test_pages import page, send
from tests.members.test_resource_pages import errors_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def test_desk_is_assigned_from_its_page_by_a_typed_name(client, hafen, ben):
    desk, lena = make_resource(hafen, name="Desk 1"), make_member(hafen, name="Lena Fischer", email="lena@example.com")
    company = make_company(hafen, name="Nordlicht")
    twins = [make_member(hafen, name="Otto Adler") for _ in range(2)]
    facts = {"starts_on": "2026-11-23", "ends_on": "2026-11-30"}
    said = {
        "": ["This field is required."],
        "Nobody": ["Nobody here is called “Nobody”. Choose from the list."],
        "Otto Adler": ["“Otto Adler” is several. Start from the page of who is meant."],
    }
    for who, errors in said.items():
        assert errors_of(send(client, ben, "members:resource_assign", desk.uuid, who=who, **facts)) == {"who": errors}
    send(client, ben, "members:resource_assign", desk.uuid, who="LENA@example.com", **facts)
    assert Assignment.objects.get().member == lena
    assert errors_of(send(client, ben, "members:resource_assign", desk.uuid, who=twins[0].email, **facts)) == {
        "__all__": ["Lena Fischer has Desk 1 from 23 Nov 2026 until 30 Nov 2026."]
    }
    send(client, ben, "members:resource_assign", desk.uuid, who="nordlicht", starts_on="2026-12-01", ends_on="")
    assert Assignment.objects.latest("pk").company == company


def test_desk_is_assigned_from_a_payers_page_with_who_has_which(client, hafen, ben):
    desks = [make_resource(hafen, name=f"Desk {number}") for number in (1, 2, 3)]
    lena, company = make_member(hafen, name="Lena Fischer"), make_company(hafen, name="Nordlicht")
    make_assignment(lena, desks[1], ends_on=on("2026-11-30"))
    make_assignment(lena, desks[2], starts_on=on("2026-12-24"))
    text = text_of(page(client, ben, "members:company_assign", company.uuid))
    for words in ("Desk 1 · free", "Desk 2 · Lena Fischer until 30 Nov 2026", "Desk 3 · free before 24 Dec 2026"):
        assert words in text
    facts = {"resource": desks[0].pk, "starts_on": "2026-11-23", "ends_on": "2026-11-22"}
    assert "ends_on" in errors_of(send(client, ben, "members:company_assign", company.uuid, **facts))
    answer = send(client, ben, "members:company_assign", company.uuid, **facts | {"ends_on": ""})
    assert answer.url == reverse("members:company_detail", args=[company.uuid])
    person = make_member(hafen, company=company)
    text = text_of(page(client, ben, "members:member_holds", person.uuid))
    assert "Desk 1 Now held by Nordlicht for all of its people" in text
    assert "End Desk 1" not in text  # it is the company’s to give back
    assert "End Desk 1" in text_of(page(client, ben, "members:company_holds", company.uuid))


def test_desk_is_given_back(client, hafen, ben):
    row = make_assignment(make_member(hafen, name="Lena Fischer"), make_resource(hafen, name="Desk 1"))
    assert "Lena Fischer gives Desk 1 back?" in text_of(page(client, ben, "members:assignment_end", row.uuid))
    assert "reason" in errors_of(send(client, ben, "members:assignment_end", row.uuid, ends_on="2026-11-30"))
    send(client, ben, "members:assignment_end", row.uuid, ends_on="2026-11-30", reason="Moves out")
    row.refresh_from_db()
    assert (row.ends_on, row.end_reason) == (on("2026-11-30"), "Moves out")
    assert "Until 30 Nov 2026" in text_of(page(client, ben, "members:resource_detail", row.resource.uuid))


def test_every_assignment_still_to_come_can_be_ended_where_it_is_shown(client, hafen, ben):
    desk, lena = make_resource(hafen, name="Desk 1"), make_member(hafen, name="Lena Fischer")
    first = make_assignment(make_member(hafen, name="Emma Brandt"), desk, ends_on=on("2026-11-30"))
    second = make_assignment(lena, desk, starts_on=on("2026-12-01"), ends_on=on("2026-12-31"))
    third = make_assignment(lena, desk, starts_on=on("2027-01-01"))
    ends = [reverse("members:assignment_end", args=[row.uuid]) for row in (first, second, third)]
    there = page(client, ben, "members:resource_detail", desk.uuid).content.decode()
    assert [end in there for end in ends] == [True] * 3
    hers = page(client, ben, "members:member_holds", lena.uuid).content.decode()
    assert [end in hers for end in ends] == [False, True, True]

    assert "Lena Fischer does not get Desk 1?" in text_of(page(client, ben, "members:assignment_end", third.uuid))
    answer = send(client, ben, "members:assignment_end", third.uuid, ends_on="2026-11-23", reason="Moved away")
    assert errors_of(answer) == {
        "__all__": ["It begins on 1 Jan 2027. Enter 31 Dec 2026, and it never begins; or a later day, its last."]
    }
    send(client, ben, "members:assignment_end", third.uuid, ends_on="2026-12-31", reason="Moved away")
    there = page(client, ben, "members:resource_detail", desk.uuid)
    said = text_of(there)
    assert "Lena Fischer does not get Desk 1: it was to begin on 1 Jan 2027." in said
    assert "Never begins was to begin on 1 Jan 2027" in said
    hers = page(client, ben, "members:member_holds", lena.uuid).content.decode()
    for text in (there.content.decode(), hers):
        assert ends[2] not in text  # ended already
        assert ends[1] in text
    again = send(client, ben, "members:assignment_end", third.uuid, ends_on="2026-12-31", reason="Again")
    assert "does not get Desk 1" in errors_of(again)["__all__"][0]


def test_what_is_to_come_is_shown_however_much_is_over(client, hafen, ben):
    desk, member = make_resource(hafen, name="Desk 1"), make_member(hafen)
    now = make_assignment(member, desk, starts_on=on("2026-11-01"), ends_on=on("2026-11-30"))
    for month in range(1, 13):
        for day in (1, 8):
            row = make_assignment(member, desk, starts_on=date(2027, month, day), ends_on=date(2027, month, day + 6))
            cancel_before_it_begins(row)
    text = page(client, ben, "members:resource_detail", desk.uuid).content.decode()
    assert reverse("members:assignment_end", args=[now.uuid]) in text


def cancel_before_it_begins(row):
    end(by=BY, assignment=row, ends_on=row.starts_on - timedelta(days=1), reason="Test", now=NINE)
