"""Access groups, schedules, locks and doors: who gets in, and what the lock writes down."""

import pytest

from tests.sandbox.desk import Clock
from tests.sandbox.ks import Ks


def inside(ks: Ks, name: str = "Members") -> dict:
    """Somebody with a tag, in a group."""
    return ks.staff("add_cleaner", group=name)


def test_group_wants_the_platform_id(ks: Ks) -> None:
    ana = ks.add()
    path = f"access_groups/{ks.group()}/users"
    assert ks.error("POST", path, {"user_id": ana["id"]}) == (404, 2202)
    answer = ks.at("POST", path, {"user_id": ana["user"]["id"]})
    assert (answer.status_code, answer.content) == (200, b"")
    assert ks.at("POST", path, {"user_id": ana["user"]["id"]}).status_code == 200
    assert ks.members() == [ana["user"]["id"]]
    assert ks.at("DELETE", f"{path}/{ana['user']['id']}").status_code == 204
    assert ks.error("DELETE", f"{path}/{ana['user']['id']}") == (404, 2202)
    assert ks.error("POST", path, {}) == (400, 1100)


def test_bulk_change_is_all_or_nothing(ks: Ks) -> None:
    ana, ben = ks.add(), ks.add("Ben")
    answer = ks.change([ana["user"]["id"], ben["id"]])
    assert (answer.status_code, answer.json()["ErrorCode"]) == (404, 2202)
    assert ks.members() == []
    assert ks.change([ana["user"]["id"]]).status_code == 204
    assert ks.change([ben["user"]["id"]], [ana["user"]["id"]]).status_code == 204
    assert ks.members() == [ben["user"]["id"]]
    assert ks.change(remove=[ana["user"]["id"]]).status_code == 204
    assert ks.change().json()["ErrorCode"] == 1100


def test_bulk_change_may_ignore_unknown_ids_and_limit_their_number(ks: Ks) -> None:
    ana = ks.add()
    ks.settings(unknown_in_bulk="ignore", bulk_max=2)
    assert ks.change([ana["user"]["id"], ks.id]).status_code == 204
    assert ks.members() == [ana["user"]["id"]]
    assert ks.change([ana["user"]["id"]] * 3).json()["ErrorCode"] == 1101


def test_group_is_created_found_and_deleted(ks: Ks) -> None:
    made = ks.ok("POST", "access_groups", {"customer_reference": "Floor 2"})
    assert set(made) == {"id", "customer_reference"}
    assert ks.every("access_groups", **{"$filter": "customer_reference eq 'Floor 2'"}) == [made]
    assert ks.error("POST", "access_groups", {}) == (400, 1100)
    assert ks.error("POST", "access_groups", {"customer_reference": ""}) == (400, 1101)
    assert ks.at("DELETE", f"access_groups/{made['id']}").status_code == 204
    assert ks.error("DELETE", f"access_groups/{made['id']}") == (404, 2202)


def test_group_without_a_schedule_opens_nothing(ks: Ks) -> None:
    group = ks.ok("POST", "access_groups", {"customer_reference": "Floor 2"})["id"]
    lock = next(one["id"] for one in ks.every("locks") if one["customer_reference"] == "Door")
    assert ks.at("POST", f"access_groups/{group}/locks", {"lock_id": lock}).status_code == 200
    assert [one["id"] for one in ks.every(f"access_groups/{group}/locks")] == [lock]
    who = inside(ks, group)
    assert ks.door(who)["detail"] == "no_access"
    always = dict.fromkeys(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"], True)
    path = f"access_groups/{group}/time_schedules"
    made = ks.ok("POST", path, {**always, "start_time": "00:00", "end_time": "23:59"}, version="v1.1")
    assert (made["start_time"], made["end_time"]) == ("00:00:00", "23:59:59")
    assert ks.door(who)["opens"] is True
    assert ks.door(who, "Gate")["opens"] is False
    assert ks.at("DELETE", f"{path}/{made['id']}", version="v1.1").status_code == 204
    assert ks.door(who)["opens"] is False
    assert ks.at("DELETE", f"access_groups/{group}/locks/{lock}").status_code == 204
    assert ks.error("DELETE", f"access_groups/{group}/locks/{lock}") == (404, 2202)


def test_schedule_is_wall_clock_of_the_site(ks: Ks, clock: Clock) -> None:
    # 2026-11-18, a Wednesday, 11:06:40 UTC: 12:06:40 in Amsterdam.
    group = ks.group()
    path = f"access_groups/{group}/time_schedules"
    held = ks.every(path, version="v1.1")[0]
    who = inside(ks)
    change = {"start_time": "12:00", "end_time": "12:10", "start_date": "2026-11-18", "end_date": "2026-11-18"}
    ks.ok("PATCH", f"{path}/{held['id']}", change, version="v1.1")
    assert ks.door(who)["opens"] is True
    clock.advance(5 * 60)
    assert ks.door(who)["opens"] is False


@pytest.mark.parametrize(
    "change",
    [{"monday": False}, {"start_time": "25:00"}, {"end_time": None}, {"start_date": "tomorrow"}, {"days": ["monday"]}],
)
def test_wrong_schedule_is_refused(ks: Ks, change: dict[str, object]) -> None:
    body = {"monday": True, "start_time": "08:00", "end_time": "18:00", **change}
    if "days" in change:
        del body["monday"]
    path = f"access_groups/{ks.group()}/time_schedules"
    assert ks.error("POST", path, body, version="v1.1") == (400, 1101)


def test_suspended_person_keeps_everything_and_stays_out(ks: Ks) -> None:
    who = inside(ks)
    pin = ks.ok("PUT", f"users/{who['id']}/pin", {})
    assert pin
    ks.subscribe(who, "suspended")
    assert ks.members() == [who["user"]["id"]]
    assert ks.ok("GET", f"users/{who['id']}")["user"]["tag_number"] == who["user"]["tag_number"]
    assert len(ks.ok("GET", f"users/{who['id']}/keys")["items"]) == 1
    tried = ks.door(who, by="pin_code")
    assert (tried["opens"], tried["detail"]) == (False, "suspended")
    ks.subscribe(who, "subscribed")
    assert ks.door(who, by="pin_code")["opens"] is True


def test_lock_writes_down_what_happened(ks: Ks) -> None:
    who = inside(ks)
    ks.door(who)
    ks.staff("block", who)
    ks.door(who)
    ks.staff("iq_offline")
    ks.door(who)
    entries = ks.ok("GET", "entries", version="v1.1", **{"$orderby": "utc_date_time desc", "$top": 2})
    assert [(one["event_category"], one["event_detail"]) for one in entries["items"]] == [
        ("lock_rejected", "offline"),
        ("lock_rejected", "blocked"),
    ]
    rest = ks.ok("GET", "entries", version="v1.1", continuation_token=entries["continuation_token"])
    assert [(one["event_category"], one["access_by"], one["user_id"]) for one in rest["items"]] == [
        ("lock_opened", "tag", who["user"]["id"])
    ]
    assert rest["continuation_token"] is None
    assert ks.error("GET", "entries", version="v1.1", **{"$orderby": "date"}) == (400, 1102)
    assert {lock["online"] for lock in ks.every("locks")} == {False}


def test_person_without_a_credential_cannot_try(ks: Ks) -> None:
    ana = ks.add(email="ana@example.org")
    ks.change([ana["user"]["id"]])
    tried = ks.door(ana)
    assert (tried["detail"], tried["entry"]) == ("no_credential", None)
    ks.staff("accept_invitation", ana)
    assert ks.door(ana)["by"] == "mobile_key"
    assert ks.door(ana, by="tag")["detail"] == "no_credential"


def test_lock_hears_of_somebody_new_after_a_while(ks: Ks, clock: Clock) -> None:
    ks.settings(lock_delay_seconds=45)
    who = inside(ks)
    assert ks.door(who)["opens"] is False
    clock.advance(45)
    assert ks.door(who)["opens"] is True


def test_lock_can_be_read(ks: Ks) -> None:
    lock = ks.every("locks")[0]
    assert ks.ok("GET", f"locks/{lock['id']}") == lock
    assert lock["iq"]["id"] == ks.every("iqs")[0]["id"]
    assert "site_id" not in lock
