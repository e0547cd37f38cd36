"""What is known to go wrong with SALTO KS, by its number in the list of facts: from the fourteenth on."""

import datetime as dt
import json

import pytest

from access.models import SaltoKSConfig
from access.salto_client import SaltoClient, SaltoRefused
from access.salto_client.errors import read_error
from access.services.syncing import run_anyway
from access.services.tokens import ConnectionTokens
from members.models import Membership
from tests.access.doors import BY, Doors, findings, stops
from tests.factories.members import make_company, make_member
from tests.factories.memberships import make_membership

pytestmark = pytest.mark.django_db


def test_trap_14_nobody_is_ever_deleted(doors):
    lena = doors.inside()
    doors.lose(lena)
    doors.run()
    assert doors.calls("DELETE") == []


def test_trap_15_expired_site_blames_nobody_and_changes_nothing(doors):
    lena = doors.inside()
    doors.staff("expire")
    run = doors.run()
    assert (stops(run), run.steps.count(), run.finding_counts) == (["site_expired"], 0, {})
    assert SaltoKSConfig.objects.get(pk=doors.config.pk).problem == "site_expired"
    doors.staff("renew")
    assert doors.run().steps.count() == 0
    assert doors.state(lena) == "subscribed"


def test_trap_16_full_site_frees_a_seat_before_it_takes_one(doors):
    doors.staff("seats", seats=3)
    lena = doors.inside()
    doors.lose(lena)
    new = doors.member("Newcomer")
    run = doors.run()
    assert [kind for kind, _ in doors.steps(run)] == ["remove", "unsubscribe", "create", "add"]
    assert {state for _, state in doors.steps(run)} == {"done"}
    assert (doors.state(lena), doors.groups_of(new), doors.seats()) == ("suspended", ["Members"], 3)


def test_trap_17_subscribed_and_verified_before_groups_are_given(doors):
    lena = doors.inside()
    doors.lose(lena)
    doors.run()
    doors.renew(lena)
    doors.run()
    names = [one["name"] for one in doors.at_site("GET", "calls")["calls"]][-4:]
    assert names == ["PATCH users/{user}/subscription", "GET users/{user}",
                     "PATCH access_groups/{group}/users", "GET access_groups/{group}/users"]  # fmt: skip


@pytest.mark.parametrize("roles", [["site_pod_member"], ["site_user"]])
def test_trap_18_pod_members_are_skipped_and_said(doors, roles):
    """A pod's member is told by the role; where it is not, SALTO KS refuses once, and that is remembered."""
    doors.staff("add_user", first_name="Pod", email="pod@example.org", pod=True, roles=roles)
    doors.set(adopt_on_match=True)
    member = make_member(doors.location, email="pod@example.org")
    make_membership(member, doors.plan(), starts_on=dt.date(2026, 11, 1))
    doors.run()
    assert (doors.row(member).problem == "pod") is (roles == ["site_user"])
    counted = doors.counting()
    run = doors.run()
    assert (run.steps.count(), findings(run)["protected"]) == (0, 1)
    assert not any(name.startswith("PATCH") for name in counted())


def test_trap_19_no_pin_is_ever_rotated(doors):
    doors.inside()
    assert doors.calls("PUT") == []


def test_trap_20_site_is_called_by_its_uuid(doors, client):
    assert doors.config.site_uid not in json.dumps(doors.at_site("GET", "calls"))
    with pytest.raises(SaltoRefused) as refusal:
        SaltoClient(ConnectionTokens(doors.config), doors.config.site_uid).site()
    assert refusal.value.number == 1100


@pytest.mark.parametrize(
    ("status", "body", "code", "number"),
    [
        (404, {"ErrorCode": 2202, "Message": "User not found"}, "refused", 2202),
        (200, {"ErrorCode": 1101, "Message": "no"}, "refused", 1101),
        (200, {"ErrorCode": 2201, "Message": "no"}, "unreachable", 2201),
        (403, {"type": "x", "title": "Forbidden", "status": 403, "traceId": "t"}, "refused", 0),
        (400, {"error": "invalid_grant"}, "invalid_grant", 0),
        (403, {"ErrorCode": 2212, "Message": "x"}, "site_expired", 2212),
        (400, {"ErrorCode": 2210, "Message": "x"}, "not_released", 2210),
        (401, None, "revoked", 0),
        (429, "slow down", "rate_limited", 0),
        (503, "<html>", "unreachable", 0),
        (302, "", "unreachable", 0),
    ],
)
def test_trap_22_every_shape_of_error_is_read(status, body, code, number):
    problem = read_error(status, body)
    assert (problem.code, problem.number) == (code, number)


def test_trap_22_lists_are_read_with_and_without_an_envelope(doors, client):
    group = {"id": "7d53b0b3-3ef7-11e8-9f1c-0050568d6e36", "customer_reference": "Bare"}
    doors.answer("GET /salto/api/v1.2/sites", 200, [group])
    assert client.groups() == {group["id"]: "Bare"}


def test_trap_23_membership_ends_at_midnight_of_the_location(doors):
    lena = doors.inside()
    doors.end(lena, on=dt.date(2026, 11, 26))
    midnight = dt.datetime(2026, 11, 26, 23, 0, tzinfo=dt.UTC)  # in Berlin
    doors.clock.move_to(midnight - dt.timedelta(seconds=1))
    assert doors.run().steps.count() == 0
    doors.clock.move_to(midnight)
    assert doors.steps(doors.run()) == [("remove", "done"), ("unsubscribe", "done")]


def test_trap_25_lost_at_one_site_and_kept_at_the_other(doors, box, clock, kiyosumi, ada):
    lena = doors.inside()
    other = Doors(box, clock, kiyosumi, ada, name="Annex")
    make_membership(lena, other.plan("Tokyo"), starts_on=dt.date(2026, 11, 1))
    Membership.objects.filter(member=lena, plan__name="Tokyo").update(location=kiyosumi)
    other.run()
    assert (doors.seats(), other.seats()) == (3, 3)
    doors.pass_time(hours=2)
    Membership.objects.filter(member=lena, location=doors.location).update(ends_on=dt.date(2026, 11, 22))
    doors.run()
    other.run()
    assert (doors.state(lena), other.state(lena), other.groups_of(lena)) == ("suspended", "subscribed", ["Members"])


def test_trap_26_company_that_ends_is_held_back_and_let_go_on_by_somebody(doors):
    doors.staff("seats", seats=20)
    firm = make_company(doors.location)
    people = [make_member(doors.location, name=f"Person {number}", company=firm) for number in range(7)]
    make_membership(firm, doors.plan(), starts_on=dt.date(2026, 11, 1))
    doors.run()
    assert doors.seats() == 9
    doors.pass_time(hours=2)
    Membership.objects.filter(company=firm).update(ends_on=dt.date(2026, 11, 22))
    run = doors.run()
    assert (set(stops(run)), doors.seats()) == ({"many_unsubscribes", "many_removals"}, 9)
    assert {step.member.company_id for step in run.steps.select_related("member")} == {firm.pk}
    run_anyway(doors.config, by=BY, run=run)
    assert (doors.seats(), {doors.state(one) for one in people}) == (2, {"suspended"})


def test_trap_27_lost_role_stops_everything_and_is_said(doors):
    lena = doors.inside()
    doors.lose(lena)
    for deed, undo in (("block", "unblock"), ("suspend", "subscribe")):
        doors.staff(deed, user=doors.site["service"]["user_id"])
        counted = doors.counting()
        run = doors.run()
        assert (stops(run), doors.state(lena)) == (["own_user"], "subscribed")
        assert not any(name.startswith(("PATCH", "POST")) for name in counted())
        assert SaltoKSConfig.objects.get(pk=doors.config.pk).problem == "own_user"
        doors.staff(undo, user=doors.site["service"]["user_id"])
    assert doors.steps(doors.run()) == [("remove", "done"), ("unsubscribe", "done")]


def test_trap_29_roles_are_found_by_code(doors):
    doors.inside()
    assert doors.calls("POST users")[-1]["body"]["role_ids"] == [
        doors.site["roles"]["site_user"], doors.site["roles"]["site_mobile_user"],
    ]  # fmt: skip
