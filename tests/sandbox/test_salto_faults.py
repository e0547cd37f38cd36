"""Mischief with SALTO KS: what strikes which call, and what has happened nevertheless."""

import json
from email.utils import parsedate_to_datetime

import pytest
import requests

from tests.sandbox.desk import Clock
from tests.sandbox.ks import CONTROL, IDENTITY, Ks


def test_429_tells_when_to_come_back(ks: Ks) -> None:
    ana = ks.add()
    ks.fault("status", match="PATCH users/{user}/subscription", retry_after=7)
    answer = ks.subscribe(ana, "suspended")
    assert (answer.status_code, answer.headers["Retry-After"], answer.content) == (429, "7", b"")
    assert ks.state(ana) == "subscribed"
    assert ks.subscribe(ana, "suspended").status_code == 204


@pytest.mark.parametrize(
    ("kind", "status", "after"),
    [
        ("error_before", 500, "subscribed"),
        ("error_after", 500, "suspended"),
        ("unavailable", 503, "subscribed"),
        ("error_in_200", 200, "subscribed"),
    ],
)
def test_errors_before_and_after_the_write(ks: Ks, kind: str, status: int, after: str) -> None:
    ana = ks.add()
    ks.fault(kind, match="PATCH")
    assert ks.subscribe(ana, "suspended").status_code == status
    assert ks.state(ana) == after


def test_lost_answers_and_lost_requests(ks: Ks) -> None:
    ana = ks.add()
    ks.fault("answer_lost", match="PATCH")
    with pytest.raises(requests.ReadTimeout):
        ks.subscribe(ana, "suspended")
    assert ks.state(ana) == "suspended"
    ks.fault("request_lost", match="PATCH")
    with pytest.raises(requests.ConnectionError):
        ks.subscribe(ana, "subscribed")
    assert ks.state(ana) == "suspended"
    assert [one["code"] for one in ks.of_site("GET", "calls")["calls"] if one["method"] == "PATCH"] == [
        "answer_lost",
        "request_lost",
    ]


def test_lost_answer_also_loses_a_no(ks: Ks) -> None:
    ks.fault("answer_lost", match="GET users/{user}")
    with pytest.raises(requests.ReadTimeout):
        ks.at("GET", f"users/{ks.id}")


def test_one_page_of_a_list_fails_or_is_cut_off(ks: Ks) -> None:
    ks.of_site("POST", "fill", {"users": 48})
    ks.fault("page_error", match="GET users$", page=2)
    first = ks.ok("GET", "users", **{"$count": "true"})
    assert ks.call("GET", first["next_page_link"]).status_code == 500
    assert ks.call("GET", first["next_page_link"]).status_code == 200
    ks.fault("page_short", match="GET users$", page=2)
    assert len(ks.every("users")) == 30
    ks.fault("page_short", match="GET users$", page=1)
    short = ks.ok("GET", "users", **{"$count": "true"})
    assert (len(short["items"]), short["next_page_link"], short["count"]) == (10, None, 50)


def test_match_tells_a_list_from_what_is_below_it(ks: Ks) -> None:
    ks.fault("unavailable", match="GET users$", times=None)
    assert ks.at("GET", f"users/{ks.site['owner_user_id']}").status_code == 200
    assert ks.at("GET", "users").status_code == 503


def test_nth_and_times(ks: Ks) -> None:
    ks.fault("unavailable", match="GET users$", nth=2, times=2)
    assert [ks.at("GET", "users").status_code for _ in range(4)] == [200, 503, 503, 200]


def test_slow_and_latency_take_time(ks: Ks, clock: Clock) -> None:
    began = clock.now
    ks.settings(latency_seconds=0.5)
    ks.fault("slow", match="GET users$", seconds=3)
    ks.ok("GET", "users")
    assert clock.now - began == 3.5


def test_faults_of_the_realm_reach_the_identity_server(ks: Ks) -> None:
    ks.control("POST", "faults", {"kind": "error_after", "match": "POST connect/token"})
    held = ks.token["refresh_token"]
    assert ks.grant(grant_type="refresh_token", refresh_token=held).status_code == 500
    assert ks.grant(grant_type="refresh_token", refresh_token=held).json() == {"error": "invalid_grant"}
    ks.control("POST", "faults", {"kind": "unavailable", "match": "GET .well-known"})
    assert ks.session.get(f"{IDENTITY}/.well-known/openid-configuration").status_code == 503


def test_faults_are_listed_and_switched_off(ks: Ks) -> None:
    ids = [ks.fault("unavailable", times=None), ks.fault("slow", seconds=1)]
    assert [one["id"] for one in ks.of_site("GET", "faults")["faults"]] == ids
    ks.of_site("DELETE", f"faults/{ids[0]}")
    assert ks.at("GET").status_code == 200
    ks.of_site("DELETE", "faults")
    assert ks.of_site("GET", "faults")["faults"] == []


def test_control_says_what_is_wrong(ks: Ks) -> None:
    def refused(path: str, body: object) -> tuple[int, str]:
        answer = ks.session.post(f"{CONTROL}/{path}", data=json.dumps(body))
        return answer.status_code, answer.json()["error"]

    at = f"sites/{ks.id}"
    assert refused(f"{at}/faults", {"kind": "rain"})[0] == 400
    assert refused(f"{at}/settings", {"colour": 1}) == (400, "unknown settings: colour")
    assert refused(f"{at}/console", {"do": "dance"})[0] == 400
    assert refused(f"{at}/console", {"do": "suspend", "user": "nobody"}) == (400, "no user nobody")
    assert refused("sites", {}) == (400, "name is missing")
    assert refused("sites/none/console", {}) == (400, "no site none")
    assert refused("nothing", {})[0] == 404
    assert refused(f"{at}/door", [])[0] == 400


def test_site_is_built_as_told_and_found_again(ks: Ks) -> None:
    built = ks.control(
        "POST",
        "sites",
        {
            "name": "Annex",
            "seats": 4,
            "country": "JP",
            "time_zone": "Asia/Tokyo",
            "locks": ["Door", "Gate"],
            "groups": [{"name": "Days", "locks": ["Gate"]}, {"name": "Odd", "schedule": "none"}],
            "users": [
                {"first_name": "Mia", "last_name": "M", "email": "mia@x.example", "groups": ["Days"], "pin": True},
                {
                    "first_name": "Leo",
                    "last_name": "L",
                    "tag": "02300001",
                    "state": "suspended",
                    "roles": ["front_desk"],
                },
                {"first_name": "Pod", "last_name": "P", "pod": True},
            ],
        },
    )
    assert built["seats"] == {"bought": 4, "used": 4}
    assert [(one["customer_reference"], one["members"], one["locks"], one["scheduled"]) for one in built["groups"]] == [
        ("Days", 1, ["Gate"], True),
        ("Odd", 0, ["Door", "Gate"], False),
    ]
    people = ks.control("GET", "sites/Annex/users")["users"]
    assert [one["credentials"] for one in people[2:]] == [["pin_code"], ["tag"], []]
    assert people[3]["subscription_state"] == "suspended"
    assert ks.control("POST", "sites", {"name": "Annex"})["id"] == built["id"]
    assert ks.control("GET", "clients")["clients"][0]["client_id"] == "flexspace"
    assert [one["name"] for one in ks.control("GET", "sites")["sites"]] == ["Harbour Works", "Annex"]


def test_reset_forgets_everything(ks: Ks) -> None:
    ks.control("POST", "reset")
    assert ks.control("GET", "sites") == {"sites": []}
    assert ks.at("GET").status_code == 401


def test_fault_may_be_about_one_person(ks: Ks) -> None:
    ana, ben = ks.add(), ks.add("Ben")
    ks.fault("error_before", about=ben["id"])
    assert ks.subscribe(ana, "suspended").status_code == 204
    assert ks.subscribe(ben, "suspended").status_code == 500
    ks.fault("error_before", match="PATCH access_groups", about=ben["user"]["id"])
    assert ks.change([ana["user"]["id"]]).status_code == 204
    assert ks.change([ana["user"]["id"], ben["user"]["id"]]).status_code == 500


def test_answers_are_dated_by_the_clock_of_the_api(ks: Ks, clock: Clock) -> None:
    def ahead(answer: requests.Response) -> float:
        return parsedate_to_datetime(answer.headers["Date"]).timestamp() - clock.now

    assert ahead(ks.at("GET")) == 0
    ks.control("POST", "settings", {"clock_skew_seconds": 900})
    assert ahead(ks.at("GET", f"users/{ks.id}")) == 900
