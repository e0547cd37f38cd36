"""People of a SALTO KS site: two ids, seats, states, what is refused, in which words."""

import pytest

from tests.sandbox.desk import Clock
from tests.sandbox.ks import Ks


def test_site_shows_seats_under_their_misleading_names_and_who_the_owner_is(ks: Ks) -> None:
    site = ks.ok("GET")
    assert (site["active_user_amount"], site["subscribed_user_amount"]) == (2, 10)
    assert site["subscription_valid"] is True
    assert ks.ok("GET", "subscription")["user_amount"] == 10
    listed = {one["user"]["id"]: one for one in ks.every("users")}
    owner = listed[site["owner"]["id"]]
    service = listed[ks.ok("GET", "me")["user"]["id"]]
    assert [role["code"] for role in owner["roles"]] == [role["code"] for role in service["roles"]]


def test_me_is_the_caller(ks: Ks) -> None:
    me = ks.ok("GET", "me")
    assert me["id"] == ks.site["service"]["user_id"]
    assert (me["ownership_state"], me["member_of_pods"], me["guest_of_pods"]) == ("none", [], [])


def test_roles_are_those_one_may_assign_and_differ_from_site_to_site(ks: Ks) -> None:
    roles = {role["code"]: role for role in ks.every("roles")}
    assert set(roles) == {"site_user", "site_mobile_user"}
    assert roles["site_mobile_user"]["is_hierarchical"] is False
    other = ks.box.salto.add_site(name="Annex")
    assert other["roles"]["site_user"] != roles["site_user"]["id"]


def test_site_is_named_by_its_uuid_only(ks: Ks) -> None:
    printed = ks.ok("GET")["site_uid"]
    answer = ks.call("GET", f"sites/{printed}")
    assert (answer.status_code, answer.json()["ErrorCode"]) == (400, 1100)
    found = ks.call("GET", "sites", **{"$filter": f"site_uid eq '{printed}'"}).json()["items"]
    assert [one["id"] for one in found] == [ks.id]


def test_site_of_others_is_shut_and_not_listed(ks: Ks) -> None:
    other = ks.box.salto.add_site(name="Annex")
    assert ks.call("GET", f"sites/{other['id']}").status_code == 403
    assert [one["id"] for one in ks.call("GET", "sites").json()["items"]] == [ks.id]
    assert ks.call("GET", "sites/8f6081a3-80fb-11e8-a892-000d3a221c5b").status_code == 404


def test_added_person_has_two_ids_takes_a_seat_and_is_invited(ks: Ks) -> None:
    ana = ks.add(email="Ana@example.org")
    assert ana["id"] != ana["user"]["id"]
    assert ana["subscription_state"] == "subscribed"
    assert ana["user"]["has_profile"] is False
    assert [role["code"] for role in ana["roles"]] == ["site_user"]
    assert ks.ok("GET")["active_user_amount"] == 3
    assert [(one["to"], one["what"]) for one in ks.of_site("GET", "mails")["mails"]] == [
        ("Ana@example.org", "invitation")
    ]


def test_person_is_found_by_email_whatever_its_case_and_with_an_apostrophe(ks: Ks) -> None:
    ks.add(email="Sean.O'Neil@example.org")
    found = ks.every("users", **{"$filter": "user/email eq 'sean.o''neil@EXAMPLE.org'"})
    assert [one["user"]["first_name"] for one in found] == ["Ana"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"email": ""}, 1101),
        ({"email": "nonsense"}, 1101),
        ({"first_name": None}, 1100),
        ({"role_ids": []}, 1100),
        ({"role_ids": "x"}, 1101),
        ({"blocked": "yes"}, 1101),
    ],
)
def test_adding_wrongly_is_refused(ks: Ks, change: dict[str, object], code: int) -> None:
    body = {"first_name": "Ana", "last_name": "Ruiz", "role_ids": [ks.role()], **change}
    assert ks.error("POST", "users", body) == (400, code)
    assert ks.ok("GET")["active_user_amount"] == 2


def test_roles_are_checked(ks: Ks) -> None:
    def refused(*roles: str) -> tuple[int, int]:
        return ks.error("POST", "users", {"first_name": "A", "last_name": "B", "role_ids": list(roles)})

    assert refused(ks.role("site_mobile_user")) == (400, 1101)
    assert refused(ks.role("site_admin")) == (403, 2203)
    assert refused("8f6081a3-80fb-11e8-a892-000d3a221c5b") == (404, 2202)
    assert ks.add("Max", role_ids=[ks.role(), ks.role("site_mobile_user")])["remote_access"] is True


def test_state_in_the_body_of_a_new_person_is_ignored(ks: Ks) -> None:
    assert ks.add(subscription_state="suspended")["subscription_state"] == "subscribed"


def test_body_must_be_json(ks: Ks) -> None:
    headers = {"Authorization": f"Bearer {ks.token['access_token']}", "Content-Type": "text/plain"}
    url = f"http://salto.test/salto/api/v1.2/sites/{ks.id}/users"
    assert ks.session.post(url, data="{}", headers=headers).status_code == 415
    headers["Content-Type"] = "application/json"
    assert ks.session.post(url, data="{", headers=headers).json()["ErrorCode"] == 1100


def test_full_site_says_nothing_and_suspends(ks: Ks) -> None:
    ks.staff("seats", seats=3)
    last, one_more = ks.add("Ana"), ks.add("Ben")
    assert (last["subscription_state"], one_more["subscription_state"]) == ("subscribed", "suspended")
    guest = ks.at("POST", "guests", {"alias": "Visitor"})
    assert (guest.status_code, guest.json()["subscription_state"]) == (201, "suspended")
    answer = ks.subscribe(one_more, "subscribed")
    assert (answer.status_code, answer.content) == (204, b"")
    assert ks.state(one_more) == "suspended"
    ks.settings(when_full="error")
    assert ks.error("PATCH", f"users/{one_more['id']}/subscription", {"state": "subscribed"}) == (403, 2203)
    assert ks.ok("GET")["active_user_amount"] == 3


def test_suspending_frees_a_seat_and_subscribing_takes_it(ks: Ks) -> None:
    ana = ks.add()
    ks.staff("seats", seats=3)
    assert [ks.subscribe(ana, "suspended").status_code for _ in range(2)] == [204, 204]
    assert ks.state(ana) == "suspended"
    ben = ks.add("Ben")
    assert ben["subscription_state"] == "subscribed"
    assert ks.subscribe(ana, "subscribed").status_code == 204
    assert ks.state(ana) == "suspended"
    assert ks.at("DELETE", f"users/{ben['id']}").status_code == 202
    ks.subscribe(ana, "subscribed")
    assert ks.state(ana) == "subscribed"


def test_leaving_all_groups_frees_no_seat(ks: Ks) -> None:
    ana = ks.add()
    ks.change([ana["user"]["id"]])
    ks.change(remove=[ana["user"]["id"]])
    assert ks.ok("GET")["active_user_amount"] == 3


@pytest.mark.parametrize("body", [{"subscription_state": "suspended"}, {"state": "unsubscribed"}, {"state": None}])
def test_subscription_wants_the_right_field_and_word(ks: Ks, body: dict[str, object]) -> None:
    ana = ks.add()
    assert ks.error("PATCH", f"users/{ana['id']}/subscription", body) == (400, 1101)
    assert ks.state(ana) == "subscribed"


def test_platform_id_finds_no_user(ks: Ks) -> None:
    ana = ks.add()
    platform = ana["user"]["id"]
    assert ks.error("GET", f"users/{platform}") == (404, 2202)
    assert ks.error("PATCH", f"users/{platform}/subscription", {"state": "suspended"}) == (404, 2202)
    assert ks.error("DELETE", f"users/{platform}") == (404, 2202)


def test_names_and_email_are_read_only_once_the_profile_is_complete(ks: Ks) -> None:
    ana = ks.add(email="ana@example.org")
    assert ks.ok("PATCH", f"users/{ana['id']}", {"first_name": "Anna"})["user"]["first_name"] == "Anna"
    ks.staff("accept_invitation", ana)
    assert ks.error("PATCH", f"users/{ana['id']}", {"email": "a@example.org"}) == (403, 2203)
    assert ks.ok("PATCH", f"users/{ana['id']}", {"alias": "A", "blocked": True})["blocked"] is True


def test_same_email_again_is_refused_answered_or_doubled(ks: Ks) -> None:
    ana = ks.add(email="ana@example.org")
    body = {"first_name": "Ana", "last_name": "Ruiz", "email": "ANA@example.org", "role_ids": [ks.role()]}
    assert ks.error("POST", "users", body) == (400, 1100)
    ks.settings(same_email="same")
    assert ks.ok("POST", "users", body)["id"] == ana["id"]
    ks.settings(same_email="double")
    assert ks.ok("POST", "users", body)["user"]["id"] != ana["user"]["id"]
    assert ks.ok("GET")["active_user_amount"] == 4


def test_removed_person_is_gone_and_gets_a_new_id_when_added_again(ks: Ks) -> None:
    ana = ks.add(email="ana@example.org")
    ks.staff("accept_invitation", ana)
    ks.change([ana["user"]["id"]])
    assert ks.at("DELETE", f"users/{ana['id']}").status_code == 202
    assert ks.members() == []
    assert ks.error("GET", f"users/{ana['id']}") == (404, 2202)
    again = ks.add(email="ana@example.org")
    assert again["id"] != ana["id"]
    assert again["user"]["id"] == ana["user"]["id"]
    assert ks.members() == []


def test_person_of_two_sites_has_one_profile_and_a_seat_at_each(ks: Ks) -> None:
    ana = ks.add(email="ana@example.org")
    service = {"email": ks.site["service"]["email"]}
    annex = Ks(ks.box, ks.session, name="Annex", service=service)
    annex.ok("POST", "users/existing", {"id": ana["user"]["id"], "role_ids": [annex.role()]}, version="v1.1")
    assert annex.error(
        "POST", "users/existing", {"id": ana["user"]["id"], "role_ids": [annex.role()]}, version="v1.1"
    ) == (400, 1100)
    assert annex.ok("GET")["active_user_amount"] == 3
    assert len(ks.call("GET", "sites").json()["items"]) == 2
    annex.staff("suspend", {"id": "ana@example.org"})
    assert ks.state(ana) == "subscribed"


def test_pin_is_a_bare_text_and_asking_again_changes_it(ks: Ks) -> None:
    ana = ks.add()
    path = f"users/{ana['id']}/pin"
    pins = [ks.ok("PUT", path, {}) for _ in range(4)]
    assert all(isinstance(one, str) and len(one) == 6 for one in pins)
    assert len(set(pins)) > 1
    keys = ks.ok("GET", f"users/{ana['id']}/keys")["items"]
    assert [(key["type"], key["offline_access"]) for key in keys] == [("pin", False)]
    ks.at("PATCH", f"users/{ana['id']}", {"use_pin": False})
    assert ks.error("PUT", path, {}) == (403, 2203)


def test_tag_of_the_drawer_is_given_at_creation(ks: Ks) -> None:
    tag = ks.staff("add_tag", tag="02300042")["tag_id"]
    assert ks.add(tag_id=tag)["user"]["tag_number"] == "02300042"
    assert ks.error("POST", "users", {"first_name": "A", "last_name": "B", "role_ids": [ks.role()],
                                      "tag_id": ks.id}) == (404, 2202)  # fmt: skip


def test_pod_member_is_not_touched(ks: Ks) -> None:
    ana = ks.add()
    ks.staff("pod", ana)
    assert ks.error("PATCH", f"users/{ana['id']}", {"alias": "x"}) == (403, 2220)
    assert ks.error("PATCH", f"users/{ana['id']}/subscription", {"state": "suspended"}) == (403, 2220)
    assert ks.error("DELETE", f"users/{ana['id']}") == (403, 2220)
    assert ks.change([ana["user"]["id"]]).json()["ErrorCode"] == 2220
    assert ks.ok("GET", f"users/{ana['id']}")["roles"][0]["code"] == "site_pod_member"


def test_new_person_may_lag(ks: Ks, clock: Clock) -> None:
    ks.fault("new_user_lag", seconds=60)
    ana = ks.add()
    assert ana["roles"] == []
    one = {"user_id": ana["user"]["id"]}
    into = f"access_groups/{ks.group()}/users"
    assert ks.error("POST", into, one) == (404, 2202)
    assert ks.change([ana["user"]["id"]]).json()["ErrorCode"] == 2202
    assert ks.error("PUT", f"users/{ana['id']}/pin", {}) == (403, 2203)
    clock.advance(60)
    assert ks.at("POST", into, one).status_code == 200
    assert ks.ok("GET", f"users/{ana['id']}")["roles"] != []
    assert ks.add("Ben")["roles"] != []


@pytest.mark.parametrize("deed", ["suspend", "block", "make_user"])
def test_integration_user_without_rights_changes_nothing(ks: Ks, deed: str) -> None:
    ana = ks.add()
    ks.staff(deed, {"id": ks.site["service"]["user_id"]})
    assert ks.subscribe(ana, "suspended").status_code == 403
    assert ks.change([ana["user"]["id"]]).status_code == 403
    assert ks.ok("GET", "me")["id"] == ks.site["service"]["user_id"]
    assert ks.at("GET", "users").status_code == (403 if deed == "make_user" else 200)


def test_removed_integration_user_sees_nothing(ks: Ks) -> None:
    ks.staff("remove", {"id": ks.site["service"]["user_id"]})
    assert ks.error("GET") == (403, 2203)
    assert ks.call("GET", "sites").json()["items"] == []


def test_expired_site_suspends_everybody_and_renewing_brings_them_back(ks: Ks) -> None:
    ana = ks.add()
    ks.staff("expire")
    assert {one["subscription_state"] for one in ks.every("users")} == {"suspended"}
    assert ks.ok("GET")["subscription_valid"] is False
    assert ks.ok("GET")["active_user_amount"] == 0
    assert ks.error("PATCH", f"users/{ana['id']}/subscription", {"state": "subscribed"}) == (403, 2212)
    ks.staff("renew")
    assert ks.state(ana) == "subscribed"


def test_site_that_is_not_released_is_shut(ks: Ks) -> None:
    ks.staff("unrelease")
    assert ks.ok("GET")["installation_state"] == "installing"
    assert ks.error("GET", "users") == (400, 2210)


def test_owner_can_be_suspended_and_not_removed(ks: Ks) -> None:
    owner = ks.site["owner_user_id"]
    assert ks.error("DELETE", f"users/{owner}") == (403, 2203)
    assert ks.subscribe({"id": owner}, "suspended").status_code == 204
