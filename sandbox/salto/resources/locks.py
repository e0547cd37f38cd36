"""Locks, the IQs that connect them, and what happened at them."""

import json

from sandbox.salto import shapes
from sandbox.salto.calls import Answer, Call
from sandbox.salto.errors import invalid_query
from sandbox.salto.listing import listed, page_of

_FIELDS = {"id": "id", "customer_reference": "customer_reference"}


def locks(call: Call) -> Answer:
    """List the site's locks."""
    return listed(call, call.site, "salto.lock", _FIELDS, lambda one: shapes.lock(call.site, one))


def read(call: Call, lock_id: str) -> Answer:
    """Return a lock."""
    return Answer(200, shapes.lock(call.site, call.site.find("salto.lock", lock_id, "Lock")))


def iqs(call: Call) -> Answer:
    """List the site's IQs."""
    return listed(call, call.site, "salto.iq", _FIELDS, shapes.iq)


def entries(call: Call) -> Answer:
    """List what happened at the locks, with a token that carries on where it ended."""
    order = call.query.get("$orderby", "utc_date_time desc").split()
    if order[:1] != ["utc_date_time"] or order[1:] not in ([], ["asc"], ["desc"]):
        raise invalid_query("Could not find a property to order by.")
    token = call.query.pop("continuation_token", "")
    lines = call.site.store.read_log(call.site.account, "salto.entry")
    if order[1:] == ["desc"]:
        lines.reverse()
    top, skip = page_of(call)
    if token:
        skip = _place(token)
    shown = [{name: value for name, value in one.items() if name != "seq"} for one in lines[skip : skip + top]]
    further = json.dumps({"next": skip + top}) if skip + top < len(lines) else None
    return Answer(200, {"items": [shapes.entry(one) for one in shown], "continuation_token": further})


def _place(token: str) -> int:
    try:
        return int(json.loads(token)["next"])
    except (ValueError, KeyError, TypeError):
        raise invalid_query("The continuation token is not ours.") from None
