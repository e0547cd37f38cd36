"""A search that very many match stays quick, and still finds the one person who holds every word."""

from itertools import product
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from flexspace.core.actors import Actor
from members.queries import people as queries
from members.rules import search_terms, typed_terms
from members.services.members import archive_member
from tests.factories.members import make_company, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def crowd(hafen, kiyosumi):
    """Many who share a first name, at two locations."""
    for number in range(40):
        make_member(kiyosumi if number % 2 else hafen, name=f"Lena Tester{number:02}", email="")


def test_limit_holds_however_many_match(crowd, ada, ben, django_assert_num_queries):
    with django_assert_num_queries(2):
        assert len(queries.search(ada, "lena", limit=2).members) == 2
    assert len(queries.search(ben, "lena", limit=100).members) == 20


def test_the_one_is_found_among_many(crowd, hafen, ada, ben, yuki):
    wanted = make_member(hafen, name="Lena Fischer", email="")
    for text in ("lena fischer", "fischer lena", "le fi", "fischer"):
        assert queries.search(ada, text, limit=1).members == [wanted]
        assert queries.search(ben, text, limit=1).members == [wanted]
        assert queries.search(yuki, text, limit=1).members == []


def test_words_of_two_people_are_nobody(crowd, hafen, ada):
    make_member(hafen, name="Jonas Fischer", email="")
    assert queries.search(ada, "lena fischer").members == []


def test_archived_people_and_foreign_companies_take_nobodys_place(hafen, kiyosumi, ben):
    for number in range(30):
        gone = make_member(hafen, name=f"Lena Gone{number}", email="")
        archive_member(by=Actor.job("test"), member=gone, now=timezone.now())
        make_company(kiyosumi, name=f"Lena GmbH {number}")
    here, ours = make_member(hafen, name="Lena Here", email=""), make_company(hafen, name="Lena AG")
    found = queries.search(ben, "lena", limit=1)
    assert (found.members, found.companies) == ([here], [ours])


def test_rare_word_is_walked_and_the_common_one_looked_up(crowd, hafen, ada, monkeypatch):
    monkeypatch.setattr(queries, "COMMON", 10)
    wanted = make_member(hafen, name="Lena Ito", email="")
    with CaptureQueriesContext(connection) as captured:
        assert queries.search(ada, "lena ito").members == [wanted]
    [walk] = [query["sql"] for query in captured if 'FROM "members_member"' in query["sql"]]
    assert walk.index("'ito") < walk.index("'lena")


@pytest.mark.parametrize("common", [0, 3, 2000])
def test_found_are_exactly_those_who_hold_every_word(hafen, kiyosumi, ada, ben, yuki, monkeypatch, common):
    monkeypatch.setattr(queries, "COMMON", common)
    dice, words = Random(7), ["lena", "lea", "le", "ito", "fischer", "fi", "ana", "anabel"]
    people = []
    for number in range(40):
        name = " ".join(dice.sample(words, 2))
        email = f"{name.replace(' ', '.')}{number}@example.com" if number % 3 else ""
        people.append(make_member(dice.choice([hafen, kiyosumi]), name=name, email=email))
    for first, second in product(
        ["l", "le", "lea", "fi", "ito", "ana", "x"], ["i", "fis", "lena", "an", "ana.le", "1"]
    ):
        text = f"{first} {second}"
        holding = {
            person.pk
            for person in people
            for terms in [search_terms(person.name, person.email, "")]
            if all(any(term.startswith(typed) for term in terms) for typed in typed_terms(text))
        }
        for user, places in ((ada, {hafen, kiyosumi}), (ben, {hafen}), (yuki, {kiyosumi})):
            found = [person.pk for person in queries.search(user, text, limit=50).members]
            here = {person.pk for person in people if person.location in places}
            assert (text, sorted(found)) == (text, sorted(holding & here))
