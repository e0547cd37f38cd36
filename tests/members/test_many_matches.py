"""A search that very many match stays quick, and still finds the one person who holds every word."""

import pytest
from django.utils import timezone

from flexspace.core.actors import Actor
from members import queries
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
