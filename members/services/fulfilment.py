"""What a paid invoice line promises is given: once, in the transaction that paid it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import structlog
from django.db import transaction

from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.models import Location
from members.enums import DayPart, ProductKind
from members.models import Company, DayPass, Member, Product, UsageCharge
from members.passes import validity
from members.services import capacity, check_ins, day_passes

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PaidLine:
    """A line that is paid in full. Its payer is a member or a company; ``on_date`` is the day a pass is for.

    ``check_in``: whoever it is for stands at the counter and comes in with it today.
    """

    id: int
    location: Location
    product: Product
    quantity: int
    paid_on: date
    member: Member | None = None
    company: Company | None = None
    for_member: Member | None = None
    on_date: date | None = None
    part: DayPart = DayPart.FULL
    check_in: bool = False

    @property
    def holder(self) -> Member | Company | None:
        """Return who gets the pass: who it is for, but a company keeps what all its people may use."""
        if self.company and self.product.is_shared:
            return self.company
        return self.for_member or self.member or self.company


@transaction.atomic
def fulfil(*, by: Actor, lines: Sequence[PaidLine], now: datetime) -> list[DayPass]:
    """Credit the passes of ``lines``, sell the seats that were held for them, and check in who waits for it.

    What was used before it was billed gives nothing more, and doing so again changes nothing. It refuses nothing,
    because the money is there: where no seat is left any more the pass is good for another day, and who cannot be
    checked in keeps the pass.
    """
    used = UsageCharge.objects.filter(billed_line__in=[line.id for line in lines]).values_list("billed_line", flat=True)
    before = set(used)
    passes = [line for line in lines if line.product.is_pass and line.id not in before]
    for location in sorted({line.location for line in passes}, key=lambda place: place.pk):
        days = {line.on_date for line in passes if line.location == location and line.on_date}
        capacity.lock_days(location, days)
    return [_give(by, line, now) for line in passes]


@transaction.atomic
def let_go(*, lines: Collection[int]) -> None:
    """Free what was set aside for lines that nobody will pay: seats, and usage, which the next bill finds again."""
    capacity.release(source_lines=lines)
    UsageCharge.objects.filter(billed_line__in=lines).update(billed_line=None)


@transaction.atomic
def take_back(*, by: Actor, lines: Collection[int], reason: str, now: datetime) -> None:
    """Revoke the passes that these lines made, and free what was set aside for them."""
    for row in DayPass.objects.filter(source_line__in=lines, revoked_at=None).order_by("pk"):
        day_passes.revoke(by=by, day_pass=row, reason=reason, now=now)
    let_go(lines=lines)


def _give(by: Actor, line: PaidLine, now: datetime) -> DayPass:
    holder, product, seated = line.holder, line.product, _sell_seat(line, now)
    pack = product.kind == ProductKind.PACK  # good for any day, though its buyer may have a seat on one
    for_day = line.on_date if seated and not pack else None
    first, last = validity(paid_on=line.paid_on, valid_days=product.valid_days, for_day=for_day)
    row = day_passes.grant(
        by=by,
        location=line.location,
        member=holder if isinstance(holder, Member) else None,
        company=holder if isinstance(holder, Company) else None,
        product=product,
        credits=product.credits * line.quantity,
        is_half=product.is_half,
        valid_from=first,
        valid_until=last,
        source_line=line.id,
    )
    if line.check_in and seated and line.on_date == line.location.today(now):
        _check_in(by, line, now)
    return row


def _sell_seat(line: PaidLine, now: datetime) -> bool:
    """Return whether the line has a seat on its day: the one held for it, or a free one when that was let go."""
    if not line.on_date:
        return False
    try:
        capacity.sell(location=line.location, on=line.on_date, part=line.part, source_line=line.id, now=now)
    except capacity.HouseFull as full:
        log.warning("fulfilment.no_seat", line=line.id, day=line.on_date.isoformat(), said=full.message)
        return False
    return True


def _check_in(by: Actor, line: PaidLine, now: datetime) -> None:
    person = line.for_member or line.member
    if person is None:
        return
    try:
        with transaction.atomic():
            check_ins.check_in(by=by, member=person, location=line.location, now=now, part=line.part)
    except DomainError as refused:  # they have paid: nothing of that is lost
        log.warning("fulfilment.not_checked_in", line=line.id, code=refused.code)
