"""Lists of SALTO KS: envelope, pages, filters, versions, shapes of errors."""

import pytest
import requests

from tests.sandbox.ks import Ks


@pytest.fixture
def many(ks: Ks) -> Ks:
    """A site with 45 people, all of them in the group Members."""
    ks.of_site("POST", "fill", {"users": 43, "groups": ["Members"]})
    return ks


def test_list_is_an_envelope_with_small_pages_and_absolute_links(many: Ks) -> None:
    first = many.ok("GET", "users")
    assert (len(first["items"]), first["count"]) == (20, None)
    assert first["next_page_link"] == f"http://salto.test/salto/api/v1.2/sites/{many.id}/users?$top=20&$skip=20"
    everybody = many.every("users")
    assert len({one["id"] for one in everybody}) == 45
    assert len(many.every("users", **{"$top": 45})) == 45


def test_page_holds_at_most_a_hundred(many: Ks) -> None:
    many.of_site("POST", "fill", {"users": 100, "prefix": "more"})
    page = many.ok("GET", "users", **{"$top": 1000, "$count": "true"})
    assert (len(page["items"]), page["count"]) == (100, 145)
    assert page["next_page_link"].endswith("$top=100&$count=true&$skip=100")


def test_count_is_told_when_asked_for(many: Ks) -> None:
    assert many.ok("GET", "users", **{"$count": "true", "$top": 1})["count"] == 45
    assert many.ok("GET", "users", version="v1.1", **{"$inlinecount": "allpages"})["count"] == 45


def test_filter_is_carried_to_the_next_page(many: Ks) -> None:
    found = many.every("users", **{"$filter": "contains(user/email,'person1')", "$top": 4})
    assert len(found) == 11


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("user/last_name eq '7'", 1),
        ("(user/last_name eq '7') and (user/first_name eq 'Person')", 1),
        ("user/last_name eq '7' or user/last_name eq '8'", 2),
        ("not user/first_name eq 'Person'", 2),
        ("blocked eq true", 0),
        ("user/email eq null", 0),
        ("startswith(user/email,'person4')", 4),
        ("user/email ne 'person0@people.example'", 44),
    ],
)
def test_filter(many: Ks, text: str, number: int) -> None:
    assert many.ok("GET", "users", **{"$filter": text, "$count": "true"})["count"] == number


@pytest.mark.parametrize(
    "query",
    [
        {"$filter": "user/mail eq 'x'"},
        {"$filter": "user/email eq x"},
        {"$filter": "user/email eq 'x"},
        {"$filter": "user/email is 'x'"},
        {"$filter": "user/email eq 'x' and"},
        {"$filter": "user/email eq 'x' x"},
        {"$filter": "user/email eq 'x'; DROP TABLE objects"},
        {"$orderby": "date"},
        {"$orderby": "user/email sideways"},
        {"$top": "0"},
        {"$skip": "-1"},
        {"$select": "id"},
    ],
)
def test_wrong_query_is_a_1102(ks: Ks, query: dict[str, str]) -> None:
    assert ks.error("GET", "users", **query) == (400, 1102)


def test_order(many: Ks) -> None:
    names = [one["user"]["last_name"] for one in many.every("users", **{"$orderby": "user/email desc", "$top": 10})]
    mails = [one["user"]["email"] for one in many.every("users", **{"$orderby": "user/email desc"})]
    assert mails == sorted(mails, reverse=True)
    assert len(names) == 45


def test_members_are_people_of_the_platform(many: Ks) -> None:
    path = f"access_groups/{many.group()}/users"
    page = many.ok("GET", path, version="v1.1", **{"$top": 10, "$count": "true"})
    assert (len(page["items"]), page["count"]) == (10, 43)
    platform = {one["user"]["id"] for one in many.every("users")}
    assert set(many.members()) < platform
    outside = many.every(path, version="v1.1", excluded="true")
    assert {one["first_name"] for one in outside} == {"Olga", "Flexspace"}
    found = many.every(path, version="v1.1", **{"$filter": "email eq 'person7@people.example'"})
    assert [one["last_name"] for one in found] == ["7"]


def status(ks: Ks, method: str, path: str, version: str) -> int:
    return ks.at(method, path, None, version=version).status_code


def test_versions_are_per_endpoint(ks: Ks) -> None:
    group = ks.group()
    seen = {
        path: (status(ks, "GET", path, "v1.1"), status(ks, "GET", path, "v1.2"))
        for path in (
            "users",
            "access_groups",
            "locks",
            "me",
            "roles",
            "entries",
            f"access_groups/{group}/users",
            f"access_groups/{group}/time_schedules",
        )
    }
    assert list(seen.values()) == [(200, 200)] * 3 + [(405, 200)] * 2 + [(200, 405)] * 3


def test_what_is_nowhere_is_not_found(ks: Ks) -> None:
    assert status(ks, "GET", "users", "v1.0") == 404
    assert status(ks, "GET", "webhooks", "v1.2") == 404
    assert status(ks, "GET", f"users/{ks.id}/access", "v1.2") == 404


def test_errors_have_the_shape_of_their_version(ks: Ks) -> None:
    old = ks.at("GET", "users/nonsense")
    assert (old.status_code, set(old.json())) == (400, {"ErrorCode", "Message"})
    new = ks.at("GET", "roles", version="v2")
    assert (new.status_code, set(new.json())) == (403, {"type", "title", "status", "traceId"})
    assert new.headers["Content-Type"].startswith("application/problem+json")


def test_snapshot_costs_the_calls_it_must(many: Ks) -> None:
    """The formula of the product's snapshot: 2 + ceil(U/page) + ceil(G/page) + Σ ceil(members/page)."""
    before = many.of_site("GET", "counts")["last"]
    many.ok("GET")
    many.ok("GET", "me")
    many.every("users", **{"$top": 100})
    for group in many.every("access_groups", **{"$top": 100}):
        many.every(f"access_groups/{group['id']}/users", version="v1.1", **{"$top": 20})
    counts: requests.Response | dict = many.of_site("GET", f"counts?after={before}")
    assert counts["by_call"] == {
        "GET access_groups": 1,
        "GET access_groups/{group}/users": 3 + 1,
        "GET me": 1,
        "GET sites/{site}": 1,
        "GET users": 1,
    }
    assert counts["total"] == 8
