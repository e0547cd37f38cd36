"""Pages of a long list without COUNT and without OFFSET: page one million costs what page one costs."""

import base64
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models import Q

Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True)
class KeysetPage(Generic[Row]):
    """``rows`` in the list's order; the cursors are texts for a link, empty at the ends."""

    rows: list[Row]
    newer: str
    older: str


def keyset_page(
    queryset: "models.QuerySet[Row]", *, order: tuple[str, ...], cursor: str = "", size: int = 50
) -> "KeysetPage[Row]":
    """Return up to ``size`` rows in ``order`` (field names, "-" for descending, the last one unique).

    All fields must run the same way and hold no NULL. An unreadable ``cursor`` gives the first page.
    """
    fields = [name.removeprefix("-") for name in order]
    backwards, values = _read_cursor(cursor, queryset.model, fields)
    descending = order[0].startswith("-")
    if values:
        queryset = queryset.filter(_beyond(fields, values, greater=descending == backwards))
    flip = descending == backwards  # walking back reverses the order in the database
    rows = list(queryset.order_by(*[name if flip else f"-{name}" for name in fields])[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    has_older = bool(values) if backwards else more
    has_newer = more if backwards else bool(values)
    return KeysetPage(
        rows=rows,
        newer=_cursor("b", rows[0], fields) if rows and has_newer else "",
        older=_cursor("f", rows[-1], fields) if rows and has_older else "",
    )


def _beyond(fields: list[str], values: list[Any], *, greater: bool) -> Q:
    """Return (a, b) > (x, y) spelled out; the first part lets the index find the place."""
    compare = "gt" if greater else "lt"
    where = Q()
    for index, name in enumerate(fields):
        tie = Q(**dict(zip(fields[:index], values[:index], strict=True)))
        where |= tie & Q(**{f"{name}__{compare}": values[index]})
    return Q(**{f"{fields[0]}__{compare}e": values[0]}) & where


def _cursor(direction: str, row: models.Model, fields: list[str]) -> str:
    values = [getattr(row, name) for name in fields]
    text = json.dumps([direction, *[v.isoformat() if isinstance(v, datetime | date) else v for v in values]])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(cursor: str, model: type[models.Model], fields: list[str]) -> tuple[bool, list[Any]]:
    """Return the direction and the values the cursor names; none of it when anything about it is wrong."""
    if not cursor:
        return False, []
    try:
        direction, *texts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        values = [_value(model, name, text) for name, text in zip(fields, texts, strict=True)]
    except (ValueError, TypeError, OverflowError, ValidationError):
        return False, []
    return direction == "b", values


def _value(model: type[models.Model], name: str, text: Any) -> Any:
    """Return ``text`` as a value the column can be compared with; a link may have been edited by hand."""
    if not isinstance(text, str | int) or "\x00" in str(text):
        raise ValueError("Only texts and whole numbers are in a cursor.")
    try:
        field = model._meta.pk if name == "pk" else model._meta.get_field(name)
    except FieldDoesNotExist:  # an annotation, or a column of a related row
        return text
    value = field.to_python(text) if isinstance(field, models.Field) else text
    if value is None or (isinstance(value, int) and abs(value) >= 2**63):
        raise ValueError("No row holds this.")
    return value
