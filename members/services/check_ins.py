"""Checking people in: by a membership in force, else by the day pass that fits best and expires first."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.models import Location
from members.enums import DayPart, SeatState
from members.explain.passes import no_right_sentence
from members.models import CheckIn, DayPassEntry, Member, SeatHold
from members.passes import still_to_come, which, why_none
from members.queries.memberships import giving_access
from members.queries.passes import Held, newest_passes
from members.services import capacity, day_passes
from members.services.entitlements import tell_changed


@transaction.atomic
def check_in(
    *,
    by: Actor,
    member: Member,
    location: Location,
    now: datetime,
    part: DayPart = DayPart.FULL,
    warnings: Sequence[str] = (),
    anyway: bool = False,
) -> CheckIn:
    """Note that ``member`` is here today; returns the check-in that is there already, if any.

    ``warnings`` are what staff were shown (overdue invoices, say) and are kept. Who is here for one half is checked
    in for the other half only. Raises DomainError when no membership and no pass gives the right, HouseFull when a
    pass of no certain day meets a full house, unless ``anyway``, and Conflict for somebody who was archived.
    """
    if member.archived_at:
        raise Conflict(f"{member} is archived.", code="member_archived")
    today = location.today(now)
    capacity.lock_days(location, [today])
    here = list(CheckIn.objects.filter(member=member, location=location, on_date=today, undone_at=None).order_by("pk"))
    wanted = still_to_come(part, [DayPart(row.part) for row in here])
    if wanted is None:
        return here[-1]
    row = CheckIn(member=member, location=location, on_date=today, part=wanted, at=now, actor_label=by.label)
    row.membership = giving_access(member, location, today).select_related("plan").order_by("pk").first()
    row.warnings = list(warnings)
    held = None if row.membership else _pass_for(row)
    if held:
        row.entry = day_passes.use(by=by, held=held, member=member, on=today, part=wanted, now=now)
    row.save()
    if held:
        _seat(row, held, now, anyway=anyway)
    _record("made", by, row, after={"name": member.name, "part": wanted.value, "right": _right(row, held)})
    tell_changed([member.pk])
    return row


@transaction.atomic
def undo(*, by: Actor, check_in: CheckIn, now: datetime, reason: str = "") -> CheckIn:
    """Take a mistaken check-in back: its credit returns, and its seat is free again, or sold to its line as before.

    A credit that counts toward a membership does not return. Conflict when it was undone before.
    """
    capacity.lock_days(check_in.location, [check_in.on_date])
    rows = CheckIn.objects.select_for_update(of=("self",)).select_related("member", "location")
    row = rows.get(pk=check_in.pk)
    if row.undone_at:
        raise Conflict(f"The check-in of {row.member} was undone before.", code="check_in_undone")
    row.undone_at = now
    row.save(update_fields=["undone_at"])
    entry = DayPassEntry.objects.select_related("day_pass", "used_by").filter(check_in=row).first()
    if entry and not entry.day_pass.revoked_at and not day_passes.is_applied(entry.day_pass):
        day_passes.give_back(by=by, entry=entry, reason=reason or "Check-in undone", now=now)
    SeatHold.objects.filter(check_in=row, source_line=None).update(state=SeatState.RELEASED)
    SeatHold.objects.filter(check_in=row).update(check_in=None)
    _record("undone", by, row, before={"name": row.member.name, "part": row.part}, reason=reason)
    tell_changed([row.member_id])
    return row


def _pass_for(row: CheckIn) -> Held:
    """Return the locked pass that pays for the check-in, or raise DomainError with the reason why there is none."""
    part = DayPart(row.part)
    held = day_passes.lock_usable(row.member, row.location, on=row.on_date)
    found = which(day_passes.views_of(held), on=row.on_date, part=part)
    if not found:
        known = day_passes.views_of(newest_passes(row.member, row.location))
        why = why_none(known, on=row.on_date, part=part)
        raise DomainError(no_right_sentence(row.member.name, why), code="no_right")
    return next(one for one in held if one.row.pk == found.id)


def _seat(row: CheckIn, held: Held, now: datetime, *, anyway: bool) -> None:
    """Give the check-in the seat that was sold with its pass, or a free one."""
    part, line = DayPart(row.part), held.row.source_line
    sold = SeatHold.objects.filter(
        source_line=line, source_line__isnull=False, day__on_date=row.on_date, state=SeatState.SOLD, check_in=None
    )
    seat = sold.filter(part=part).first()
    if not seat:
        sold.update(state=SeatState.RELEASED)  # sold for the other half of the day
        seat = capacity.take(location=row.location, on=row.on_date, part=part, now=now, anyway=anyway)
    seat.check_in = row
    seat.save(update_fields=["check_in"])


def _right(row: CheckIn, held: Held | None) -> str:
    if row.membership:
        return row.membership.plan.name
    assert held is not None
    return day_passes.name_of(held.row)


def _record(what: str, by: Actor, row: CheckIn, *, before=None, after=None, reason: str = "") -> None:  # type: ignore[no-untyped-def]
    audit.record(
        f"members.check_in.{what}", by=by, about=[row, row.member], location=row.location, before=before, after=after,
        reason=reason,
    )  # fmt: skip
