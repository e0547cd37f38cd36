"""Day passes: credited once, used, given back, taken back. What is left is the sum of the entries."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import date, datetime

from django.db import transaction
from django.db.models import Sum

from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.cards import refuse_card_number
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.models import Location
from members.enums import DayPart, PassEntryKind, SeatState
from members.explain.passes import PARTS, on_day
from members.models import Company, DayPass, DayPassEntry, Member, Product, SeatHold
from members.passes import PassView
from members.queries.passes import Held, with_balance, within_reach
from members.services import capacity
from members.services.entitlements import everybody_of, tell_changed


@transaction.atomic
def grant(
    *,
    by: Actor,
    location: Location,
    member: Member | None = None,
    company: Company | None = None,
    product: Product | None = None,
    credits: int = 1,  # noqa: A002  (the word of the field)
    is_half: bool = False,
    valid_from: date,
    valid_until: date | None = None,
    source_line: int | None = None,
    reason: str = "",
) -> DayPass:
    """Credit passes to a member, or to a company for all its people; ``valid_until`` is their last day.

    A second call for the same ``source_line`` returns the pass of the first and changes nothing. Raises DomainError
    when there is not exactly one holder, or nothing to credit.
    """
    if (member is None) == (company is None):
        raise DomainError("A day pass belongs to a member or to a company.", code="one_holder")
    if credits < 1 or (valid_until and valid_until < valid_from):
        raise DomainError("Credit one pass or more, for one day or more.", code="nothing_to_credit")
    facts = {"location": location, "member": member, "company": company, "product": product, "credits": credits,
             "is_half": is_half, "valid_from": valid_from, "valid_until": valid_until}  # fmt: skip
    if source_line is None:
        row = DayPass.objects.create(**facts)
    else:
        row, made = DayPass.objects.get_or_create(source_line=source_line, defaults=facts)
        if not made:
            return row
    _enter(by, row, PassEntryKind.GRANTED, credits, on=valid_from, reason=refuse_card_number(reason.strip()))
    after = {"credits": credits, "pass": name_of(row), "until": valid_until.isoformat() if valid_until else None}
    _record("granted", by, row, after=after, reason=reason.strip())
    _tell(row)
    return row


def lock_usable(member: Member, location: Location, *, on: date) -> list[Held]:
    """Lock the passes that ``member`` could use on ``on`` until the transaction ends; after the day's seats."""
    rows = within_reach(member, location).usable(on).order_by("pk")
    return with_balance(rows.select_for_update(of=("self",), no_key=True).select_related("product", "location"))


def use(*, by: Actor, held: Held, member: Member, on: date, part: DayPart, now: datetime) -> DayPassEntry:
    """Use up ``part`` of the day ``on`` in the caller's transaction, which has locked the pass by ``lock_usable``.

    Raises Conflict when it holds too little, or not on that day.
    """
    if not held.view.pays(on, part):
        raise Conflict(f"{name_of(held.row)} cannot pay for a {PARTS[part]} on {on_day(on)}.", code="pass_not_usable")
    cost = held.view.cost(part)
    entry = _enter(by, held.row, PassEntryKind.USED, -cost, on=on, part=part, used_by=member, at=now)
    after = {"credits": cost, "pass": name_of(held.row), "left": held.left - cost, "part": part.value}
    _record("used", by, held.row, after=after, about=[member])
    return entry


@transaction.atomic
def give_back(*, by: Actor, entry: DayPassEntry, reason: str, now: datetime) -> DayPassEntry:
    """Put back what a use took; the caller sees to it that this happens once. A revoked pass gets nothing back."""
    row = lock(entry.day_pass)
    if entry.kind != PassEntryKind.USED:
        raise DomainError("Only a use can be given back.", code="not_a_use")
    if row.revoked_at:
        raise Conflict(f"{name_of(row)} was taken back, so nothing can be put on it.", code="pass_revoked")
    cost = -entry.credits
    back = _enter(
        by, row, PassEntryKind.GIVEN_BACK, cost, on=entry.on_date, part=DayPart(entry.part), used_by=entry.used_by,
        at=now, reason=refuse_card_number(reason.strip()),
    )  # fmt: skip
    after = {"credits": cost, "pass": name_of(row), "left": balance(row)}
    _record("given_back", by, row, after=after, about=[entry.used_by] if entry.used_by else [], reason=reason.strip())
    return back


@transaction.atomic
def revoke(*, by: Actor, day_pass: DayPass, reason: str, now: datetime) -> DayPass:
    """Take back what is left of a pass, and the seat that was sold with it unless somebody sits there.

    Raises DomainError without a reason, Conflict when it was taken back before.
    """
    if not reason.strip():
        raise DomainError("Say why; it is kept with the pass.", code="reason_missing")
    row = lock(day_pass)
    if row.revoked_at:
        raise Conflict(f"{name_of(row)} was taken back before.", code="pass_revoked")
    left = balance(row)
    if left > 0:
        on = row.location.today(now)
        _enter(by, row, PassEntryKind.REVOKED, -left, on=on, at=now, reason=refuse_card_number(reason.strip()))
    row.revoked_at = now
    row.save(update_fields=["revoked_at"])
    if row.source_line:
        capacity.release(source_lines=[row.source_line])
    _record("revoked", by, row, before={"left": left, "pass": name_of(row)}, after={"left": 0}, reason=reason.strip())
    _tell(row)
    return row


@transaction.atomic
def apply(*, by: Actor, day_pass: DayPass, reason: str, now: datetime) -> None:
    """Let what was paid for a single pass count toward a membership: it is used up, or its use is not given back.

    Its seat is free again unless somebody sits there. Raises Conflict when it counts already, was taken back, or is
    not a single one.
    """
    row = lock(day_pass)
    if is_applied(row):
        said = f"{name_of(row)} counts toward another membership already. Take it out of this sale."
        raise Conflict(said, code="pass_applied")
    if row.revoked_at or row.credits != 1:
        raise Conflict(f"{name_of(row)} cannot count toward a membership. Take it out of this sale.", code="pass_unfit")
    on, used = row.location.today(now), balance(row) < 1
    if used:  # whoever came in by it stays in; its credit goes where the money goes
        _enter(by, row, PassEntryKind.GIVEN_BACK, 1, on=on, at=now, reason=reason)
    elif row.source_line:
        capacity.release(source_lines=[row.source_line])
    _enter(by, row, PassEntryKind.APPLIED, -1, on=on, at=now, reason=reason)
    _record("applied", by, row, after={"credits": 1, "pass": name_of(row)})
    _tell(row)


@transaction.atomic
def take_off_again(*, by: Actor, day_pass: DayPass, reason: str, now: datetime) -> None:
    """Let a pass count toward a membership no longer: it is as it was before. Nothing happens when it does not.

    Its seat is its own again; where the day has filled up meanwhile, or is over, the pass is good without one.
    """
    capacity.lock_days(day_pass.location, seat_days([day_pass]))
    row = lock(day_pass)
    if not is_applied(row):
        return
    on = row.location.today(now)
    _enter(by, row, PassEntryKind.APPLIED, 1, on=on, at=now, reason=reason)
    if row.entries.filter(check_in__undone_at=None, check_in__isnull=False).exists():
        _enter(by, row, PassEntryKind.USED, -1, on=on, at=now, reason=reason)
    elif row.source_line and not row.revoked_at:
        _seat_again(row, row.source_line, now)
    _record("counts_no_more", by, row, after={"credits": 1, "pass": name_of(row)}, reason=reason)
    _tell(row)


def seat_days(passes: Collection[DayPass]) -> list[date]:
    """Return the days of the seats that were sold with ``passes``: to be locked before the passes are."""
    lines = [row.source_line for row in passes if row.source_line]
    return list(SeatHold.objects.filter(source_line__in=lines).values_list("day__on_date", flat=True))


def is_applied(row: DayPass) -> bool:
    """Return whether what was paid for a pass counts toward a membership."""
    applied = row.entries.filter(kind=PassEntryKind.APPLIED).order_by()
    return int(applied.aggregate(sum=Sum("credits"))["sum"] or 0) < 0


def balance(row: DayPass) -> int:
    """Return how many credits are left on a pass."""
    return int(row.entries.order_by().aggregate(left=Sum("credits"))["left"] or 0)


def name_of(row: DayPass) -> str:
    """Return what people call the pass."""
    return row.product.name if row.product else "Half day" if row.is_half else "Day pass"


def lock(day_pass: DayPass) -> DayPass:
    """Return the row of ``day_pass``, locked until the transaction ends."""
    rows = DayPass.objects.select_related("location", "product", "member", "company")
    return rows.select_for_update(of=("self",), no_key=True).get(pk=day_pass.pk)


def views_of(held: Iterable[Held]) -> list[PassView]:
    """Return what the pure rules take."""
    return [one.view for one in held]


def _seat_again(row: DayPass, line: int, now: datetime) -> None:
    """Take the seat back that was let go when the pass counted elsewhere, if its day still has one."""
    seat = SeatHold.objects.filter(source_line=line, state=SeatState.RELEASED).select_related("day").first()
    if seat is None or seat.day.on_date < row.location.today(now):
        return
    with suppress(capacity.HouseFull):
        part = DayPart(seat.part)
        capacity.sell(location=row.location, on=seat.day.on_date, part=part, source_line=line, now=now)


def _enter(
    by: Actor,
    row: DayPass,
    kind: PassEntryKind,
    change: int,
    *,
    on: date,
    part: DayPart = DayPart.FULL,
    used_by: Member | None = None,
    at: datetime | None = None,
    reason: str = "",
) -> DayPassEntry:
    when = {"at": at} if at else {}
    return DayPassEntry.objects.create(
        day_pass=row, kind=kind, credits=change, on_date=on, part=part, used_by=used_by, actor_label=by.label,
        reason=reason[:200], **when,
    )  # fmt: skip


def _record(
    what: str,
    by: Actor,
    row: DayPass,
    *,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
    about: Iterable[Member] = (),
    reason: str = "",
) -> None:
    holder = row.member or row.company
    subjects = [row, *([holder] if holder else []), *about]
    audit.record(
        f"members.pass.{what}", by=by, about=subjects, location=row.location, before=before, after=after, reason=reason
    )


def _tell(row: DayPass) -> None:
    """Say whose rights change: the holder's, or those of all the company's people."""
    tell_changed([row.member_id] if row.member_id else everybody_of(row.company) if row.company else [])
