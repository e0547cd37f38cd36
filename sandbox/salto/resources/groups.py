"""Access groups: who is in them, which locks they open, and when."""

import re
from typing import Any

from sandbox.salto import people, shapes
from sandbox.salto.calls import Answer, Call
from sandbox.salto.errors import invalid, invalid_value, missing
from sandbox.salto.listing import counted, envelope, listed, page_of
from sandbox.salto.space import Body, Site

MEMBER, OPENS = "member", "opens"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FIELDS = {"id": "id", "customer_reference": "customer_reference"}
_PLATFORM_FIELDS = {name: f"user.{name}" for name in ("id", "email", "first_name", "last_name", "tag_number")}
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(T.*)?")


def groups(call: Call) -> Answer:
    """List the site's access groups."""
    return listed(call, call.site, "salto.group", _FIELDS, shapes.group)


def create(call: Call) -> Answer:
    """Create a group. Without a time schedule it opens nothing."""
    return Answer(200, shapes.group(call.site.make("salto.group", customer_reference=call.text("customer_reference"))))


def delete(call: Call, group_id: str) -> Answer:
    """Delete a group."""
    drop(call.site, _group(call, group_id))
    return Answer(204)


def drop(site: Site, group: Body) -> None:
    """Forget a group, its schedules, and who was in it."""
    for one in schedules_of(site.all("salto.schedule"), group["id"]):
        site.store.remove(one["id"])
    site.store.unlink_all(group["id"])
    site.store.remove(group["id"])


def _group(call: Call, group_id: str) -> Body:
    return call.site.find("salto.group", group_id, "Access group")


def schedules_of(schedules: list[Body], group_id: str) -> list[Body]:
    """Return the schedules of a group."""
    return [one for one in schedules if one["group"] == group_id]


def members(call: Call, group_id: str) -> Answer:
    """List who is in a group, or with `excluded=true` who is not, as people of the platform."""
    group = _group(call, group_id)["id"]
    store, excluded = call.site.store, call.query.get("excluded", "").lower() == "true"
    if not excluded and not call.query.get("$filter") and not call.query.get("$orderby"):
        top, skip = page_of(call)
        found = store.linked_from(MEMBER, group, limit=top + 1, offset=skip)
        rows = [one for user_id, _ in found if (one := call.site.peek("salto.user", user_id)) is not None]
        total = store.count_links(MEMBER, group) if counted(call) else None
        return envelope(call, rows, _person, total)
    within = f"o.id {'NOT ' if excluded else ''}IN (SELECT other FROM links WHERE kind = '{MEMBER}' AND one = ?)"
    return listed(call, call.site, "salto.user", _PLATFORM_FIELDS, _person, within, (group,))


def _person(user: Body) -> Any:
    return shapes.platform_user(user["user"])


def _member(call: Call, platform_id: str) -> Body:
    """Return the user to put into a group: by the platform's id only, and not too soon after they were added."""
    user = people.by_platform(call.site, platform_id)
    if user is None or people.lags(call.site, user):
        raise missing("User")
    people.touchable(call.site, user)
    return user


def add_member(call: Call, group_id: str) -> Answer:
    """Put one person into a group."""
    group = _group(call, group_id)
    user = _member(call, call.text("user_id") or "")
    call.site.store.link(call.site.account, MEMBER, group["id"], user["id"], call.site.now)
    return Answer(200)


def remove_member(call: Call, group_id: str, platform_id: str) -> Answer:
    """Take one person out of a group; 404 for somebody who is not in it."""
    group = _group(call, group_id)
    user = _member(call, platform_id)
    if not call.site.store.unlink(MEMBER, group["id"], user["id"]):
        raise missing("User")
    return Answer(204)


def change_members(call: Call, group_id: str) -> Answer:
    """Put several people into a group and take others out, all of them or none."""
    group, site = _group(call, group_id), call.site
    adds, removes = call.ids("add_ids"), call.ids("remove_ids")
    if not adds and not removes:
        raise invalid("The add_ids or remove_ids field is required.")
    most = int(site.setting("bulk_max"))
    if most and len(adds) + len(removes) > most:
        raise invalid_value(f"At most {most} users at once.")
    wanted = [(one, _known(call, one)) for one in (*adds, *removes)]
    for place, (_, user) in enumerate(wanted):
        if user is not None and place < len(adds):
            site.store.link(site.account, MEMBER, group["id"], user["id"], site.now)
        elif user is not None:
            site.store.unlink(MEMBER, group["id"], user["id"])
    return Answer(204)


def _known(call: Call, platform_id: str) -> Body | None:
    if call.site.setting("unknown_in_bulk") == "ignore" and people.by_platform(call.site, platform_id) is None:
        return None
    return _member(call, platform_id)


def locks(call: Call, group_id: str) -> Answer:
    """List the locks a group opens."""
    within = f"o.id IN (SELECT other FROM links WHERE kind = '{OPENS}' AND one = ?)"
    group = _group(call, group_id)["id"]
    return listed(call, call.site, "salto.lock", _FIELDS, lambda one: shapes.lock(call.site, one), within, (group,))


def add_lock(call: Call, group_id: str) -> Answer:
    """Let a group open a lock."""
    group = _group(call, group_id)
    lock = call.site.find("salto.lock", call.text("lock_id") or "", "Lock")
    call.site.store.link(call.site.account, OPENS, group["id"], lock["id"], call.site.now)
    return Answer(200)


def remove_lock(call: Call, group_id: str, lock_id: str) -> Answer:
    """Let a group open a lock no longer."""
    if not call.site.store.unlink(OPENS, _group(call, group_id)["id"], lock_id):
        raise missing("Lock")
    return Answer(204)


def schedules(call: Call, group_id: str) -> Answer:
    """List when a group opens its locks."""
    group = _group(call, group_id)["id"]
    return listed(call, call.site, "salto.schedule", {"id": "id"}, shapes.schedule,
                  "json_extract(o.body, '$.group') = ?", (group,))  # fmt: skip


def add_schedule(call: Call, group_id: str) -> Answer:
    """Say when a group opens its locks, by the clock on the site's wall."""
    group = _group(call, group_id)["id"]
    made = call.site.make("salto.schedule", group=group, **schedule_fields(call.body, {}))
    return Answer(200, shapes.schedule(made))


def change_schedule(call: Call, group_id: str, schedule_id: str) -> Answer:
    """Change when a group opens its locks."""
    one = _schedule(call, group_id, schedule_id)
    one.update(schedule_fields(call.body, one))
    return Answer(200, shapes.schedule(call.site.save(one)))


def delete_schedule(call: Call, group_id: str, schedule_id: str) -> Answer:
    """Forget a schedule."""
    call.site.store.remove(_schedule(call, group_id, schedule_id)["id"])
    return Answer(204)


def _schedule(call: Call, group_id: str, schedule_id: str) -> Body:
    one = call.site.find("salto.schedule", schedule_id, "Time schedule")
    if one["group"] != _group(call, group_id)["id"]:
        raise missing("Time schedule")
    return one


def schedule_fields(given: Body, before: Body) -> Body:
    """Return a schedule's fields. Raises the 400 1101 of one without a weekday, or with odd times."""
    days = {day: given.get(day, before.get(day, False)) for day in DAYS}
    if not any(value is True for value in days.values()):
        raise invalid_value("At least one day of the week is needed.")
    times = {name: given.get(name, before.get(name)) for name in ("start_time", "end_time")}
    dates = {name: given.get(name, before.get(name)) for name in ("start_date", "end_date")}
    if not all(isinstance(one, str) and _TIME.fullmatch(one) for one in times.values()):
        raise invalid_value("The value of start_time or end_time is invalid.")
    if not all(one is None or (isinstance(one, str) and _DATE.fullmatch(one)) for one in dates.values()):
        raise invalid_value("The value of start_date or end_date is invalid.")
    start, end = str(times["start_time"]), str(times["end_time"])
    whole = {"start_time": start if len(start) > 5 else f"{start}:00", "end_time": end if len(end) > 5 else f"{end}:59"}
    return {**{day: value is True for day, value in days.items()}, **whole, **dates}
