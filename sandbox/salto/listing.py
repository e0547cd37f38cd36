"""Lists: an envelope with a page of elements and the absolute address of the next one."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from sandbox.salto import odata
from sandbox.salto.calls import Answer, Call
from sandbox.salto.errors import invalid_query
from sandbox.salto.space import Body, Space

Render = Callable[[Body], Any]
_KNOWN = ("$filter", "$orderby", "$skip", "$top", "$count", "$inlinecount", "excluded")


def listed(
    call: Call,
    space: Space,
    kind: str,
    fields: odata.Fields,
    render: Render,
    within: str = "",
    values: tuple[str, ...] = (),
) -> Answer:
    """Answer with a page of the objects of a kind that meet the SQL condition `within` and the query."""
    found = odata.condition(call.query["$filter"], fields) if call.query.get("$filter") else odata.Condition()
    where = " AND ".join(f"({part})" for part in (within, found.sql) if part)
    given = (*values, *found.values)
    # "+": when few are left, sorting them is quicker than walking through all in order.
    order = odata.order(call.query["$orderby"], fields) if call.query.get("$orderby") else f"{where and '+'}o.seq"
    top, skip = page_of(call)
    rows = space.store.query(space.account, kind, where, given, order, limit=top + 1, offset=skip)
    total = space.store.count(space.account, kind, where, given) if counted(call) else None
    return envelope(call, rows, render, total)


def envelope(call: Call, rows: list[Body], render: Render, total: int | None) -> Answer:
    """Answer with a page; `rows` holds one element too many when there is another page."""
    top, skip = page_of(call)
    shown, link = rows[:top], None
    if len(rows) > top:
        query = {**call.query, "$top": str(top), "$skip": str(skip + top)}
        link = f"{call.address}?{urlencode(query, safe='$')}"
    if call.short:  # mischief: a page that was cut off and does not say so
        shown, link = shown[: len(shown) // 2], None
    return Answer(200, {"items": [render(one) for one in shown], "next_page_link": link, "count": total})


def page_of(call: Call) -> tuple[int, int]:
    """Return how many elements are wanted and how many are left out. Raises the 400 1102 of nonsense."""
    unknown = [name for name in call.query if name not in _KNOWN]
    if any(name.startswith("$") for name in unknown):
        raise invalid_query(f"The query parameter '{unknown[0]}' is not supported.")
    most = int(call.site.setting("page_max")) if call.place else 100
    usual = int(call.site.setting("page_size")) if call.place else 20
    return min(_number(call, "$top", usual, least=1), most), _number(call, "$skip", 0, least=0)


def page_number(query: dict[str, str]) -> int:
    """Return which page of a list a query asks for, 1 the first; what is wrong counts as the first."""
    skip, top = query.get("$skip", ""), query.get("$top", "")
    if not skip.isdigit():
        return 1
    return int(skip) // max(int(top) if top.isdigit() else 20, 1) + 1


def counted(call: Call) -> bool:
    """Tell whether the caller wants the number of all elements."""
    return call.query.get("$count", "").lower() == "true" or call.query.get("$inlinecount") == "allpages"


def _number(call: Call, name: str, usual: int, least: int) -> int:
    text = call.query.get(name)
    if text is None:
        return usual
    if not text.isdigit() or int(text) < least:
        raise invalid_query(f"The value of {name} is not a number from {least}.")
    return int(text)
