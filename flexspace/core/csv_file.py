"""Tables as CSV files: streamed, so that a long one costs no memory, and safe to open in a spreadsheet."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.db import models
from django.http import StreamingHttpResponse

from flexspace.core.keyset import keyset_page

Row = TypeVar("Row", bound=models.Model)
BATCH = 500  # rows that are read at once
# What a spreadsheet takes for the start of a formula. https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_MARK = "\ufeff"  # spreadsheets take a file for UTF-8 by it


def cell(value: object) -> str:
    """Return ``value`` as a cell: numbers bare, None as nothing, and no text that a spreadsheet would calculate."""
    if value is None:
        return ""
    text = str(value).replace("\x00", "")
    if isinstance(value, int | Decimal):
        return text
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def moment(at: datetime | None, zone: ZoneInfo) -> str:
    """Return an aware time in ``zone`` with its offset: "2026-12-02T09:14:05+01:00"; "" for None."""
    return at.astimezone(zone).isoformat(timespec="seconds") if at else ""


def in_batches(queryset: "models.QuerySet[Row]", *, order: tuple[str, ...], size: int = BATCH) -> "Iterator[Row]":
    """Walk all rows in ``order`` (as ``keyset_page`` takes it), ``size`` in memory at a time."""
    cursor = ""
    while True:
        page = keyset_page(queryset, order=order, cursor=cursor, size=size)
        yield from page.rows
        cursor = page.older
        if not cursor:
            return


def csv_download(name: str, head: Sequence[str], rows: "Iterable[Sequence[object]]") -> StreamingHttpResponse:
    """Answer with ``rows`` under ``head`` as the file ``name`` (plain letters), written while it is sent."""
    return StreamingHttpResponse(
        _lines(head, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"},
    )


class _Echo:
    """What the csv module writes to: it gives every line back."""

    def write(self, line: str) -> str:
        return line


def _lines(head: Sequence[str], rows: "Iterable[Sequence[object]]") -> Iterator[str]:
    writer: Any = csv.writer(_Echo())
    yield _MARK + writer.writerow([cell(one) for one in head])
    for row in rows:
        yield writer.writerow([cell(one) for one in row])
