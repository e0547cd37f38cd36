"""Members and companies: services and the search."""

import pytest
from django.db import connection

from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from members.models import Member, SearchTerm
from members.queries import same_email, search
from members.services.members import archive_member, create_member, update_company, update_member
from tests.factories.billing import NOW
from tests.factories.members import make_company, make_member

pytestmark = pytest.mark.django_db
BY = Actor.job("test")


def names(user, text):
    found = search(user, text)
    return [str(row) for row in (*found.members, *found.companies)]


@pytest.mark.parametrize(
    "typed",
    ["lena", "FISCH", "lena fis", "fischer lena", "lena.f", "lena.f@example.com", "0176 555", "+49176"],
)
def test_search_finds_by_the_start_of_every_word(hafen, ben, typed):
    make_member(hafen, name="Lena Fischer", email="lena.f@example.com", phone="+49 176 5550142")
    make_member(hafen, name="Amara Osei", email="amara@example.com")
    assert names(ben, typed) == ["Lena Fischer"]


@pytest.mark.parametrize("typed", ["", "!", "ischer", "lena osei", "0177", "%", "_"])
def test_search_finds_nobody(hafen, ben, typed):
    make_member(hafen, name="Lena Fischer", email="lena.f@example.com", phone="+49 176 5550142")
    assert names(ben, typed) == []


def test_search_finds_companies_and_people(hafen, ben):
    make_company(hafen, name="Fischer Lektorat")
    make_member(hafen, name="Lena Fischer")
    assert names(ben, "fischer") == ["Lena Fischer", "Fischer Lektorat"]


def test_search_stays_inside_own_locations(hafen, kiyosumi, ben, yuki, ada):
    make_member(hafen, name="Lena Fischer")
    assert (names(ben, "lena"), names(yuki, "lena"), names(ada, "lena")) == (["Lena Fischer"], [], ["Lena Fischer"])


@pytest.mark.parametrize(("typed", "queries"), [("lena", 2), ("lena fischer", 3), ("lena fischer example one two", 3)])
def test_search_takes_as_many_queries_whoever_there_is(hafen, ben, typed, queries, django_assert_num_queries):
    for _ in range(3):
        make_member(hafen)
    assert ben.location_ids == [hafen.pk]
    with django_assert_num_queries(queries):
        search(ben, typed)


def test_search_reads_the_index_of_everybody_or_of_the_place(hafen):
    rows = SearchTerm.objects.filter(term__prefix="lena", member__isnull=False)
    here = rows.filter(location__in=[hafen.pk]).values("member")
    if connection.vendor == "sqlite":
        assert "search_term_member (term>? AND term<?)" in rows.explain()
        assert "COVERING INDEX search_term_place (location_id=? AND term>? AND term<?)" in here.explain()
        return
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        assert_walks("search_term_member", rows.explain())
        cursor.execute("DROP INDEX search_term_member")  # both would do for the few rows of a test
        assert_walks("search_term_place", here.explain())


def assert_walks(index, plan):
    assert (index in plan, "~>=~ 'lena'" in plan) == (True, True)


def test_search_for_companies_reads_no_members(hafen, kiyosumi, ben):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
    rows = SearchTerm.objects.filter(term__prefix="lena", company__isnull=False)
    for places in ([hafen.pk], [hafen.pk, kiyosumi.pk]):
        assert "search_term_company" in rows.filter(location__in=places).values("company").explain()


def test_terms_go_where_their_owner_goes(hafen, kiyosumi):
    member = make_member(hafen, name="Lena Fischer", email="lena@example.com")
    Member.objects.filter(pk=member.pk).update(location=kiyosumi)  # no page moves anybody yet
    update_member(by=BY, member=member, name="Lena Krause", email="lena@example.com", phone="", company=None, note="")
    assert set(member.terms.values_list("location__code", flat=True)) == {"KYS"}


def test_create_member_writes_clean_facts_and_one_audit_row(hafen):
    member = create_member(by=BY, location=hafen, name="  Élodie  Zürn ", email=" E.Z@Example.COM ", phone=" 030 1234 ")
    assert (member.name, member.sort_name, member.email, member.phone) == (
        "Élodie Zürn",
        "elodie zurn",
        "e.z@example.com",
        "030 1234",
    )
    assert [event.action for event in audit.timeline(member)] == ["members.member.created"]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"name": " "}, "name_missing"),
        ({"name": "4242 4242 4242 4242"}, "card_number"),
        ({"name": "Lena", "note": "pays with 4242424242424242"}, "card_number"),
        ({"name": "Lena", "phone": "4242 4242 4242 4242"}, "card_number"),
    ],
)
def test_create_member_refuses(hafen, facts, code):
    with pytest.raises(DomainError) as refused:
        create_member(by=BY, location=hafen, **facts)
    assert (refused.value.code, Member.objects.count()) == (code, 0)


def test_member_of_another_locations_company_is_refused(hafen, kiyosumi):
    with pytest.raises(DomainError) as refused:
        make_member(hafen, company=make_company(kiyosumi))
    assert refused.value.code == "other_location"


def test_update_member_moves_the_search_terms(hafen, ben):
    member = make_member(hafen, name="Lena Fischer", email="lena@example.com")
    update_member(by=BY, member=member, name="Lena Krause", email="lena@example.com", phone="", company=None, note="")
    assert (names(ben, "fischer"), names(ben, "krause")) == ([], ["Lena Krause"])
    event = audit.timeline(member)[0]
    assert (event.before["name"], event.after["name"]) == ("Lena Fischer", "Lena Krause")


def test_update_company_moves_the_search_terms(hafen, ben):
    company = make_company(hafen, name="Tiefgang")
    update_company(by=BY, company=company, name="Hochgang", email="", phone="", address="", tax_id="")
    assert (names(ben, "tief"), names(ben, "hoch")) == ([], ["Hochgang"])


def test_archive_member_leaves_search_and_happens_once(hafen, ben):
    member = make_member(hafen)
    archive_member(by=BY, member=member, now=NOW)
    assert names(ben, "lena") == []
    with pytest.raises(Conflict):
        archive_member(by=BY, member=member, now=NOW)


def test_same_email_finds_others_at_the_location(hafen, kiyosumi):
    lena = make_member(hafen, email="family@example.com")
    make_member(kiyosumi, email="family@example.com")
    assert same_email(hafen, " Family@example.com") == [lena]
    assert same_email(hafen, "family@example.com", but=lena) == []
    assert same_email(hafen, "") == []
