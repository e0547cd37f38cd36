"""A lock and somebody in front of it: who gets in, and what the lock writes down."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sandbox.salto import people
from sandbox.salto.resources.groups import DAYS, MEMBER, OPENS, schedules_of
from sandbox.salto.space import Body, Site, new_id

TAG, PIN, APP = "tag", "pin_code", "mobile_key"
WAYS = (TAG, PIN, APP)


def credentials(site: Site, user: Body) -> list[str]:
    """Return what a user can hold to a lock: a tag, a PIN, the app of somebody who has completed a profile."""
    held = {
        TAG: bool(user["user"]["tag_number"]),
        PIN: bool(user["pin"]) and site.body["pin_enabled"] and user["use_pin"],
        APP: bool(user["user"]["has_profile"]),
    }
    return [way for way in WAYS if held[way]]


def attempt(site: Site, user: Body, lock: Body, way: str | None = None) -> Body:
    """Let somebody try a lock; return {"opens", "detail", "by", "entry"}.

    Without anything to hold to it nothing happens at the lock: `detail` is then "no_credential" and there
    is no entry.
    """
    held = credentials(site, user)
    by = way or (held[0] if held else None)
    if by not in held:
        return {"opens": False, "detail": "no_credential", "by": by, "entry": None}
    detail = refusal(site, user, lock)
    entry = {
        "id": new_id(),
        "at": site.now,
        "event_category": "lock_opened" if detail is None else "lock_rejected",
        "event_detail": detail,
        "access_by": by,
        "user_id": user["user"]["id"],
        "user_name": f"{user['user']['first_name']} {user['user']['last_name']}".strip() or user["alias"],
        "lock_id": lock["id"],
        "lock_name": lock["customer_reference"],
        "iq_name": (site.peek("salto.iq", lock["iq"]) or {}).get("customer_reference"),
    }
    site.store.write_log(site.account, "salto.entry", entry)
    return {"opens": detail is None, "detail": detail, "by": by, "entry": entry["id"]}


def refusal(site: Site, user: Body, lock: Body) -> str | None:
    """Return why a lock stays shut for somebody, as its event says it; None when it opens."""
    box = site.peek("salto.iq", lock["iq"])
    if box is None or not box["online"]:
        return "offline"
    if people.state(site, user) == people.SUSPENDED:
        return "suspended"
    if user["blocked"]:
        return "blocked"
    opens = {group for group, _ in site.store.linked_to(OPENS, lock["id"])}
    heard = site.now - float(site.setting("lock_delay_seconds"))
    schedules = site.all("salto.schedule")
    for group, since in site.store.linked_to(MEMBER, user["id"]):
        if group in opens and since <= heard and _now(site, schedules_of(schedules, group)):
            return None
    return "no_access"


def _now(site: Site, schedules: list[Body]) -> bool:
    """Tell whether one of a group's schedules holds now, by the clock on the site's wall. None: it opens nothing."""
    local = datetime.fromtimestamp(site.now, ZoneInfo(site.body["time_zone"]))
    return any(holds(one, local) for one in schedules)


def holds(schedule: Body, local: datetime) -> bool:
    """Tell whether a schedule holds at a moment of local time."""
    day, moment = local.date().isoformat(), local.strftime("%H:%M:%S")
    first, last = schedule["start_date"], schedule["end_date"]
    if (first and day < first[:10]) or (last and day > last[:10]):
        return False
    return bool(schedule[DAYS[local.weekday()]]) and schedule["start_time"] <= moment <= schedule["end_time"]
