"""Tax rates of a country. A rate never changes; from a date another one takes its place on what is billed then."""

from datetime import date

from django.db import IntegrityError, transaction

from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from members.models import TaxRate

MAX_BASIS_POINTS = 10_000


@transaction.atomic
def create_rate(*, by: Actor, country: str, name: str, basis_points: int) -> TaxRate:
    """Store a rate; 1900 basis points are 19 %. DomainError without a name, for a known name, and above 100 %."""
    cleaned = " ".join(name.split())
    if not cleaned:
        raise DomainError("Enter the rate’s name as invoices print it, such as VAT 19 %.", code="name_missing")
    if not 0 <= basis_points <= MAX_BASIS_POINTS:
        raise DomainError("A tax is between 0 and 100 %.", code="tax_rate")
    try:
        with transaction.atomic():
            rate = TaxRate.objects.create(country=country, name=cleaned, basis_points=basis_points)
    except IntegrityError as error:
        raise DomainError(f"{country} has a tax called “{cleaned}” already.", code="taken") from error
    after = {"name": cleaned, "country": country, "basis_points": basis_points}
    audit.record("members.tax_rate.created", by=by, about=[rate], after=after)
    return rate


@transaction.atomic
def replace_rate(*, by: Actor, rate: TaxRate, successor: TaxRate, from_date: date, today: date) -> TaxRate:
    """Let ``successor`` take the place of ``rate`` on everything billed for days from ``from_date``, today or later.

    Raises DomainError for a rate of another country or itself, and Conflict when the chain would come back to
    ``rate`` or a change is in force already.
    """
    if successor.pk == rate.pk or successor.country != rate.country:
        raise DomainError(f"Choose another rate of {rate.country}.", code="tax_country")
    rows = {each.pk: each for each in _locked(rate, successor)}
    row, successor = rows[rate.pk], rows[successor.pk]
    if from_date < today:
        raise DomainError("A rate is replaced today or later; the past is billed already.", code="date_in_past")
    if row.successor_from and row.successor_from <= today:
        raise Conflict(f"{row} was replaced by {row.successor} already.", code="tax_replaced")
    if _comes_back(successor, row):
        raise Conflict(f"{successor} is replaced by {row} later, so it cannot replace it.", code="tax_circle")
    row.successor, row.successor_from = successor, from_date
    row.save(update_fields=["successor", "successor_from"])
    after = {"name": row.name, "successor": successor.name, "from_date": from_date.isoformat()}
    audit.record("members.tax_rate.replaced", by=by, about=[row, successor], after=after)
    return row


@transaction.atomic
def keep_rate(*, by: Actor, rate: TaxRate, today: date) -> TaxRate:
    """Take back a replacement that has not begun; nothing happens without one. Conflict when it is in force."""
    [row] = _locked(rate)
    if not row.successor or not row.successor_from:
        return row
    if row.successor_from <= today:
        raise Conflict(f"{row} was replaced by {row.successor} already.", code="tax_replaced")
    before = {"name": row.name, "successor": row.successor.name, "from_date": row.successor_from.isoformat()}
    about = [row, row.successor]
    row.successor, row.successor_from = None, None
    row.save(update_fields=["successor", "successor_from"])
    audit.record("members.tax_rate.kept", by=by, about=about, before=before, after={"name": row.name})
    return row


@transaction.atomic
def set_rate_active(*, by: Actor, rate: TaxRate, active: bool) -> TaxRate:
    """Offer a rate for new things, or no more; what has it keeps it."""
    row = TaxRate.objects.select_for_update().get(pk=rate.pk)
    if row.is_active != active:
        row.is_active = active
        row.save(update_fields=["is_active"])
        action = "members.tax_rate.offered" if active else "members.tax_rate.withdrawn"
        audit.record(action, by=by, about=[row], after={"name": row.name})
    return row


def _locked(*rates: TaxRate) -> list[TaxRate]:
    rows = TaxRate.objects.filter(pk__in=[rate.pk for rate in rates]).select_related("successor").order_by("pk")
    return list(rows.select_for_update(of=("self",)))


def _comes_back(successor: TaxRate, rate: TaxRate) -> bool:
    seen: set[int] = set()
    next_one: TaxRate | None = successor
    while next_one and next_one.pk not in seen:
        if next_one.pk == rate.pk:
            return True
        seen.add(next_one.pk)
        next_one = next_one.successor
    return False
