"""Many rows, quickly: COPY on PostgreSQL, one prepared INSERT on SQLite. No services, so no audit rows.

Three locations hold 70, 29 and 1 percent. Of the invoices five percent are open (half of them overdue), two percent
drafts, three void, the rest paid. The dice are seeded, so every run makes the same rows but for their ids.
"""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models, transaction

from billing.models import Invoice, InvoiceLine, InvoiceSequence
from flexspace.core.models import Location
from members.models import Member, SearchTerm
from members.rules import search_terms, sort_name

PLACES = (("Nordkai", "NRD", 70), ("Südtor", "SUD", 29), ("Ostend", "OST", 1))
FIRST = ("Lena", "Jonas", "Øyvind", "Aiko", "Zoë", "Mehmet", "Ana", "Piotr", "Chiara", "Noah", "Ines", "Tom", "Mia")
START, MIDDLE = ("Fi", "Mül", "Ha", "Schnei", "Ro", "Ke", "Wal", "Bre", "Ta", "No"), ("sch", "l", "nn", "d", "ss")
END = ("er", "ova", "mann", "sson", "ini", "ato", "ez", "ski")
LAST = [f"{start}{middle}{end}" for start in START for middle in MIDDLE for end in END]
SHARES = (("paid", 90), ("open", 5), ("draft", 2), ("void", 3))
TOTAL = 14500


def make(*, members: int, invoices: int, now: datetime) -> None:
    """Write everything in one transaction."""
    with transaction.atomic():
        places = [
            Location.objects.create(name=name, code=code, time_zone="Europe/Berlin", currency="EUR", country="DE")
            for name, code, _ in PLACES
        ]
        home = [places[index].pk for index in _spread([share for _, _, share in PLACES], members)]
        write(Member, MEMBER, people(home, now))
        write(SearchTerm, ("term", "location_id", "member_id"), _terms(home))
        codes = {place.pk: place.code for place in places}
        write(Invoice, _INVOICE, _invoices(invoices, home, codes, now))
        write(InvoiceLine, _LINE, _lines(invoices))
        InvoiceSequence.objects.bulk_create(
            InvoiceSequence(location=place, next_number=invoices + 1) for place in places
        )
        continue_ids(Member, Invoice)


def _spread(shares: Sequence[int], count: int) -> list[int]:
    return Random(len(shares)).choices(range(len(shares)), weights=shares, k=count)  # noqa: S311  (made-up data)


def _name(number: int) -> str:
    return f"{FIRST[number % len(FIRST)]} {LAST[number * 7 % len(LAST)]}"


def _email(number: int) -> str:
    return f"{sort_name(_name(number)).replace(' ', '.')}{number}@example.com"


MEMBER = ("id", "uuid", "location_id", "name", "sort_name", "email", "phone", "note", "created_at")


def people(home: Sequence[int], now: datetime) -> Iterator[tuple[Any, ...]]:
    """Yield a member for each of ``home``, the ids of their locations."""
    for index, place in enumerate(home):
        name = _name(index)
        yield index + 1, made_uuid(index, 1), place, name, sort_name(name), _email(index), "", "", now


def _terms(home: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    for index, place in enumerate(home):
        for term in search_terms(_name(index), _email(index), ""):
            yield term, place, index + 1


_INVOICE = (
    "id", "uuid", "location_id", "member_id", "state", "number", "currency", "tax_included", "net_amount", "tax_amount",
    "total_amount", "paid_amount", "open_amount", "buyer_name", "buyer_address", "buyer_tax_id", "note", "created_at",
    "issued_at", "issue_date", "due_date", "void_reason",
)  # fmt: skip
_LINE = (
    "invoice_id", "position", "description", "quantity", "unit_amount", "tax_name", "tax_basis_points", "net_amount",
    "tax_amount", "gross_amount",
)  # fmt: skip


def _invoices(count: int, home: Sequence[int], codes: dict[int, str], now: datetime) -> Iterator[tuple[Any, ...]]:
    kinds = _spread([share for _, share in SHARES], count)
    for index in range(count):
        kind, member = SHARES[kinds[index]][0], index % len(home)
        place, issued = home[member], kind != "draft"
        day = (now - timedelta(days=28 if index % 2 else 2)).date()
        due = day + timedelta(days=14)
        state = kind if kind in ("draft", "void") else "issued"
        paid, left = (TOTAL if kind == "paid" else 0), (TOTAL if kind == "open" else 0)
        number = f"{codes[place]}-{index + 1:06}" if issued else None
        dates = (now, day, due) if issued else (None, None, None)
        yield (
            index + 1, made_uuid(index, 2), place, member + 1, state, number, "EUR", True, TOTAL, 0, TOTAL, paid, left,
            _name(member) if issued else "", "", "", "", now, *dates, "",
        )  # fmt: skip


def _lines(count: int) -> Iterator[tuple[Any, ...]]:
    for index in range(count):
        yield index + 1, 1, "Hot desk, monthly", 1, TOTAL, "", 0, TOTAL, 0, TOTAL


def made_uuid(index: int, kind: int) -> uuid.UUID:
    """Return an id that is scattered like a random one, the same in every run."""
    return uuid.UUID(int=Random(index * 4 + kind).getrandbits(128), version=4)  # noqa: S311  (made-up data)


def write(model: type[models.Model], columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Write ``rows`` into the table of ``model``. ``columns`` are names in the database; others get their default."""
    given = set(columns)
    rest = [one for one in model._meta.concrete_fields if not (one.primary_key or one.null or one.column in given)]
    same = tuple(field.get_db_prep_save(field.get_default(), connection) for field in rest)
    all_columns = [*columns, *(field.column for field in rest)]
    table, names = model._meta.db_table, ", ".join(f'"{name}"' for name in all_columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row((*row, *same))
            return
        marks = ", ".join("%s" for _ in all_columns)
        insert = f'INSERT INTO "{table}" ({names}) VALUES ({marks})'  # noqa: S608  (own names)
        plain = ((*map(_plain, row), *same) for row in rows)
        while batch := list(islice(plain, 10_000)):
            cursor.executemany(insert, batch)


def _plain(value: Any) -> Any:
    """Return ``value`` as Django stores it on SQLite."""
    if isinstance(value, uuid.UUID):
        return value.hex
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ")
    return value.isoformat() if isinstance(value, date) else value


def continue_ids(*tables: type[models.Model]) -> None:
    """Let the next row's id follow the ones that were written."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(tables)):
            cursor.execute(statement)
