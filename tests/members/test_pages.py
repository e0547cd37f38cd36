"""Pages of members and companies."""

import pytest
from django.urls import reverse

from members.models import Company, Member
from tests.factories.members import make_company, make_member

pytestmark = pytest.mark.django_db
FORM = {"name": "Lena Fischer", "email": "lena@example.com", "phone": "", "company": "", "note": ""}


def page(client, user, name, *args, query="", **headers):
    client.force_login(user)
    return client.get(reverse(name, args=args) + query, **headers)


def send(client, user, view, /, *args, **data):
    client.force_login(user)
    return client.post(reverse(view, args=args), data)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("name", "query", "expected"),
    [("members:member_list", "", 4), ("members:member_list", "?q=lena", 5), ("members:company_list", "", 4)],
)
def test_list_takes_the_same_queries_at_one_and_three_rows(
    client, hafen, ben, name, query, expected, count, django_assert_num_queries
):
    for _ in range(count):
        make_member(hafen, company=make_company(hafen))
    client.force_login(ben)
    with django_assert_num_queries(expected):  # session, user, locations, rows (search: people, companies)
        answer = client.get(reverse(name) + query)
    assert len(answer.context["members" if "member_list" in name else "companies"]) == count


def test_member_list_asks_once_for_all_debts(client, hafen, ben):
    people = [make_member(hafen) for _ in range(3)]
    text = page(client, ben, "members:member_list").content.decode()
    assert text.count(reverse("billing:owed")) == 1
    assert all(f"member={person.uuid}" in text for person in people)


def test_member_list_answers_htmx_with_the_rows_only(client, hafen, ben):
    make_member(hafen)
    text = page(client, ben, "members:member_list", query="?q=lena", headers={"hx-request": "true"}).content.decode()
    assert ("Lena Fischer" in text, "<html" in text) == (True, False)


def test_member_list_offers_a_drop_in_when_nobody_is_found(client, hafen, ben, vic):
    link = reverse("members:member_new") + "?name=Lean%20Fisher"
    assert link in page(client, ben, "members:member_list", query="?q=Lean+Fisher").content.decode()
    assert link not in page(client, vic, "members:member_list", query="?q=Lean+Fisher").content.decode()


def test_member_list_pages_by_name(client, hafen, ben):
    for number in range(51):
        make_member(hafen, name=f"Person {number:02}")
    first = page(client, ben, "members:member_list")
    assert [row.name for row in first.context["members"]] == [f"Person {number:02}" for number in range(50)]
    second = page(client, ben, "members:member_list", query=f"?at={first.context['page'].older}")
    assert [row.name for row in second.context["members"]] == ["Person 50"]


@pytest.mark.parametrize("name", ["member_detail", "member_edit"])
def test_member_of_another_location_is_not_there(client, hafen, ben, yuki, name):
    member = make_member(hafen)
    assert page(client, yuki, f"members:{name}", member.uuid).status_code == 404
    assert page(client, ben, f"members:{name}", member.uuid).status_code == 200


@pytest.mark.parametrize("name", ["company_detail", "company_edit"])
def test_company_of_another_location_is_not_there(client, hafen, ben, yuki, name):
    company = make_company(hafen)
    assert page(client, yuki, f"members:{name}", company.uuid).status_code == 404
    assert page(client, ben, f"members:{name}", company.uuid).status_code == 200


def test_archive_of_another_locations_member_is_not_there(client, hafen, yuki):
    member = make_member(hafen)
    assert send(client, yuki, "members:member_archive", member.uuid).status_code == 404


@pytest.mark.parametrize("name", ["member_new", "company_new"])
def test_viewer_may_not_add(client, vic, name):
    assert page(client, vic, f"members:{name}").status_code == 403


def test_member_detail_loads_what_higher_apps_know(client, hafen, ben):
    member = make_member(hafen)
    text = page(client, ben, "members:member_detail", member.uuid).content.decode()
    assert reverse("billing:payer_invoices", args=["member", member.uuid]) in text
    assert reverse("terminal:payer_panel", args=["member", member.uuid]) in text
    assert f"{member.name} added" in text


def test_member_new_adds_a_person(client, hafen, ben):
    company = make_company(hafen, name="Fischer Lektorat")
    answer = send(client, ben, "members:member_new", **FORM | {"company": "fischer lektorat", "location": hafen.pk})
    member = Member.objects.get()
    assert answer.url == reverse("members:member_detail", args=[member.uuid])
    assert (member.name, member.company) == ("Lena Fischer", company)


def test_member_new_at_another_location_is_refused(client, hafen, kiyosumi, ben):
    answer = send(client, ben, "members:member_new", **FORM | {"location": kiyosumi.pk})
    assert (answer.status_code, Member.objects.count()) == (200, 0)


def test_member_new_with_an_unknown_company_is_refused(client, hafen, ben):
    answer = send(client, ben, "members:member_new", **FORM | {"company": "Nobody", "location": hafen.pk})
    assert "Add the company first" in answer.context["form"].errors["company"][0]


def test_member_new_with_a_card_number_is_refused(client, hafen, ben):
    answer = send(client, ben, "members:member_new", **FORM | {"note": "4242 4242 4242 4242", "location": hafen.pk})
    assert "Card numbers may not be stored" in answer.context["form"].errors["note"][0]
    assert Member.objects.count() == 0


def test_member_new_with_a_known_address_asks_first(client, hafen, ben):
    twin = make_member(hafen, name="Ines Duarte", email="lena@example.com")
    answer = send(client, ben, "members:member_new", **FORM | {"location": hafen.pk})
    assert reverse("members:member_detail", args=[twin.uuid]) in answer.content.decode()
    assert Member.objects.count() == 1
    send(client, ben, "members:member_new", **FORM | {"location": hafen.pk, "same_email": "on"})
    assert Member.objects.count() == 2


def test_member_new_starts_with_what_was_typed(client, hafen, ben):
    company = make_company(hafen)
    form = page(client, ben, "members:member_new", query=f"?name=lena@x.de&company={company.uuid}").context["form"]
    assert form.initial == {"email": "lena@x.de", "company": company.name, "location": hafen.pk}
    assert page(client, ben, "members:member_new", query="?company=nonsense").status_code == 200


def test_member_edit_saves_and_takes_no_location(client, hafen, kiyosumi, ben):
    member = make_member(hafen)
    send(client, ben, "members:member_edit", member.uuid, **FORM | {"name": "Lena Krause", "location": kiyosumi.pk})
    member.refresh_from_db()
    assert (member.name, member.location) == ("Lena Krause", hafen)


def test_company_new_and_edit_save(client, hafen, ben):
    facts = {"name": "Tiefgang", "email": "", "phone": "", "address": "Weg 1", "tax_id": "DE1"}
    send(client, ben, "members:company_new", **facts | {"location": hafen.pk})
    company = Company.objects.get()
    send(client, ben, "members:company_edit", company.uuid, **facts | {"tax_id": "DE2"})
    company.refresh_from_db()
    assert (company.address, company.tax_id) == ("Weg 1", "DE2")


def test_company_options_are_those_of_own_locations(client, hafen, kiyosumi, ben):
    make_company(hafen, name="Fischer Lektorat")
    make_company(kiyosumi, name="Fisch KK")
    text = page(client, ben, "members:company_options", query="?company=fis").content.decode()
    assert ("Fischer Lektorat" in text, "Fisch KK" in text) == (True, False)


def test_names_are_escaped(client, hafen, ben):
    member = make_member(hafen, name="<script>alert(1)</script>")
    for answer in (
        page(client, ben, "members:member_detail", member.uuid),
        page(client, ben, "members:member_list", query="?q=<script>"),
    ):
        assert "<script>alert" not in answer.content.decode()


def test_details_lead_to_the_counter_with_that_person_chosen(client, hafen, ben, vic):
    for kind, row in (("member", make_member(hafen)), ("company", make_company(hafen))):
        link = f"{reverse('desk:sell')}?{kind}={row.uuid}&amp;at={hafen.code}"
        found = [page(client, who, f"members:{kind}_detail", row.uuid).content.decode() for who in (ben, vic)]
        assert [link in text for text in found] == [True, False]
        client.force_login(ben)
        assert client.get(link.replace("&amp;", "&")).context["payer"] == row
