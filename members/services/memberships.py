"""Memberships: started, moved to another plan, ended, and taken back. Days are the location's."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.cards import refuse_card_number
from flexspace.core.errors import Conflict, DomainError
from members.calendars import ONE_DAY
from members.explain import day_words
from members.models import Company, Member, Membership, Plan
from members.services.entitlements import people_of, tell_changed

BACK, AHEAD = timedelta(days=366), timedelta(days=2 * 366)  # further away is a mistyped year


@transaction.atomic
def start(
    *,
    by: Actor,
    plan: Plan,
    starts_on: date,
    today: date,
    member: Member | None = None,
    company: Company | None = None,
    person: Member | None = None,
    note: str = "",
    paid: bool = False,
    billed_until: date | None = None,
) -> Membership:
    """Let a member, or a company for all its people or one ``person``, hold ``plan`` from ``starts_on``.

    ``paid``: it was sold before and is paid by now, so the plan may have been withdrawn meanwhile. ``billed_until``
    is the last day that another system has billed; no run bills it again.

    Raises DomainError when plan, holder and person do not go together or the day is out of reach, and Conflict when
    the plan is not sold, the holder was archived, or the same person has the same plan already then.
    """
    row = Membership(location=plan.location, plan=plan, member=member, company=company, person=person)
    row.starts_on, row.note = starts_on, refuse_card_number(note.strip())
    _check_holder(row)
    if not paid:
        _check_sold(row, today)
    _check_overlap(row)
    row.billed_until = elsewhere(row, billed_until, today)
    row.save()
    after = {"starts_on": starts_on.isoformat(), **_price(row, starts_on)}
    record("started", by, row, after={**after, **({"billed_until": billed_until.isoformat()} if billed_until else {})})
    tell_changed(people_of(row))
    return row


@transaction.atomic
def check_start(
    *,
    plan: Plan,
    starts_on: date,
    today: date,
    member: Member | None = None,
    company: Company | None = None,
    person: Member | None = None,
) -> None:
    """Raise what ``start`` would raise; nothing is stored."""
    row = Membership(location=plan.location, plan=plan, member=member, company=company, person=person)
    row.starts_on = starts_on
    _check_holder(row)
    _check_sold(row, today)
    _check_overlap(row)


@transaction.atomic
def take_back(*, by: Actor, membership: Membership, reason: str, now: datetime) -> Membership:
    """Let a membership never have begun, because the bill it began with was voided; a second call changes nothing."""
    row = lock(membership)
    if row.ends_on and row.ends_on < row.starts_on:
        return row
    before = {"ends_on": row.ends_on.isoformat() if row.ends_on else None}
    row.ends_on, row.cancelled_at, row.cancel_reason = row.starts_on - ONE_DAY, now, reason[:300]
    row.save(update_fields=["ends_on", "cancelled_at", "cancel_reason"])
    after = {"ends_on": row.ends_on.isoformat(), "never": True}
    record("cancelled", by, row, before=before, after=after, reason=row.cancel_reason)
    tell_changed(people_of(row))
    return row


@transaction.atomic
def change_plan(
    *, by: Actor, membership: Membership, plan: Plan, from_date: date, today: date, keep_discounts: bool = False
) -> Membership:
    """End ``membership`` the day before ``from_date`` and start ``plan`` then, linked; return the new membership.

    Pauses that go on move along, discounts too when ``keep_discounts``. Raises what ``start`` raises, and Conflict
    when the membership is over before ``from_date``.
    """
    old = lock(membership)
    check_running(old, today)
    if from_date < max(today, old.starts_on) or (old.ends_on and old.ends_on < from_date):
        raise DomainError("The plan can change from today on, while the membership holds.", code="date_out_of_reach")
    if plan.pk == old.plan_id:
        raise DomainError(f"{old.holder} has {plan} already. Choose another plan.", code="same_plan")
    new = Membership(location=plan.location, plan=plan, member=old.member, company=old.company, person=old.person)
    new.starts_on, new.ends_on, new.previous, new.note = from_date, old.ends_on, old, old.note
    new.cancelled_at, new.cancel_reason = old.cancelled_at, old.cancel_reason
    if plan.location_id != old.location_id:
        raise DomainError(f"{plan} belongs to another location.", code="other_location")
    _check_holder(new)
    _check_sold(new, today)
    _check_overlap(new)
    new.save()
    _carry_over(old, new, from_date, keep_discounts=keep_discounts)
    old.ends_on = from_date - ONE_DAY
    old.save(update_fields=["ends_on"])
    before = {"plan": old.plan.name, **_price(old, from_date)}
    after = {"plan": plan.name, "from_date": from_date.isoformat(), **_price(new, from_date)}
    record("plan_changed", by, new, before=before, after=after)
    tell_changed(people_of(new))
    return new


@transaction.atomic
def cancel(*, by: Actor, membership: Membership, ends_on: date, reason: str, now: datetime) -> Membership:
    """Let ``ends_on`` be the last day, today or later; the day before its start, so that it never begins.

    Raises DomainError for an earlier day and without a reason, Conflict when it is over or ends sooner already.
    """
    row = lock(membership)
    today = row.location.today(now)
    check_running(row, today)
    if not reason.strip():
        raise DomainError("Say why; it is kept with the membership.", code="reason_missing")
    earliest = today if row.starts_on <= today else row.starts_on - ONE_DAY
    if ends_on < earliest:
        raise DomainError("The last day is today or later; what is over stays as it was.", code="date_in_past")
    if row.ends_on and row.ends_on <= ends_on:
        raise Conflict(f"{row.plan} ends on {day_words(row.ends_on)} already.", code="membership_ends")
    before = {"ends_on": row.ends_on.isoformat() if row.ends_on else None}
    row.ends_on, row.cancelled_at, row.cancel_reason = ends_on, now, refuse_card_number(reason.strip())
    row.save(update_fields=["ends_on", "cancelled_at", "cancel_reason"])
    after = {"ends_on": ends_on.isoformat(), "never": ends_on < row.starts_on}
    record("cancelled", by, row, before=before, after=after, reason=row.cancel_reason)
    tell_changed(people_of(row))
    return row


@transaction.atomic
def undo_end(*, by: Actor, membership: Membership, today: date) -> Membership:
    """Let a membership go on that has an end which is not over; it holds until further notice again.

    Raises Conflict when it has no end, when the end is over, when another plan follows, and when the same person
    has the same plan afterwards.
    """
    row = lock(membership)
    if row.ends_on is None:
        raise Conflict(f"{row.plan} has no end to take back.", code="membership_goes_on")
    if row.ends_on < today:
        raise Conflict(f"{row.plan} is over. Start a new one.", code="membership_over")
    follower = row.next_ones.select_related("plan").that_begin().first()
    if follower:
        raise Conflict(f"{follower.plan} follows it. Cancel that first.", code="membership_followed")
    before = {"ends_on": row.ends_on.isoformat()}
    row.ends_on, row.cancelled_at, row.cancel_reason = None, None, ""
    _check_holder(row)
    _check_overlap(row)
    row.save(update_fields=["ends_on", "cancelled_at", "cancel_reason"])
    record("goes_on", by, row, before=before, after={"ends_on": None})
    tell_changed(people_of(row))
    return row


def lock_people(people: Iterable[int]) -> dict[int, Member]:
    """Lock members (ids) by ascending id until the transaction ends; return them as they are now.

    Two who start the same for somebody, or archive them meanwhile, wait here. After invoices and memberships, before
    days of seats.
    """
    rows = Member.objects.filter(pk__in=people).order_by("pk").select_for_update(no_key=True)
    return {one.pk: one for one in rows}


def lock(membership: Membership) -> Membership:
    """Return the row of ``membership`` with its terms, locked until the transaction ends."""
    rows = Membership.objects.with_terms().select_for_update(of=("self",), no_key=True)
    row: Membership = rows.get(pk=membership.pk)
    return row


def lock_all(ids: Iterable[int]) -> None:
    """Lock memberships (ids) by ascending id until the transaction ends: after invoices, before people and days."""
    list(Membership.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True))


def check_running(row: Membership, today: date) -> None:
    """Raise Conflict when the membership is over on ``today`` or never begins."""
    if row.ends_on and row.ends_on < row.starts_on:
        raise Conflict(f"{row.plan} never began. Start a new one.", code="membership_over")
    if row.ends_on and row.ends_on < today:
        raise Conflict(f"{row.plan} ended on {day_words(row.ends_on)}. Start a new one.", code="membership_over")


def record(
    what: str,
    by: Actor,
    row: Membership,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Write the audit row of a change: about the membership, the one before it, who holds it and whom it is for."""
    about = [row, *(other for other in (row.previous, row.member, row.company, row.person) if other)]
    facts = {"plan": row.plan.name, "for": row.person.name if row.person else "", "currency": row.location.currency}
    audit.record(
        f"members.membership.{what}",
        by=by,
        about=about,
        location=row.location,
        before=before,
        after={**facts, **(after or {})},
        reason=reason,
    )


def _price(row: Membership, day: date) -> dict[str, Any]:
    price = row.plan.price_on(day)
    return {"amount": price.amount if price is not None else None, "interval_months": row.plan.interval_months}


def _check_sold(row: Membership, today: date) -> None:
    plan, day = row.plan, row.starts_on
    if not plan.is_active:
        raise Conflict(f"{plan} is not sold any more. Choose another plan.", code="plan_withdrawn")
    if not today - BACK <= day <= today + AHEAD:
        raise DomainError("Start within the last or the next year.", code="date_out_of_reach")
    if plan.price_on(day) is None:
        raise DomainError(f"{plan} has no price on {day_words(day)} yet. Give it one first.", code="no_price")


def elsewhere(row: Membership, day: date | None, today: date) -> date | None:
    """Return the last day that was billed elsewhere; DomainError when it cannot be one."""
    if day and not row.starts_on <= day <= today + AHEAD:
        raise DomainError("What is billed elsewhere are days of the membership.", code="date_out_of_reach")
    return day


def _check_holder(row: Membership) -> None:
    """Lock the member and the person, and refuse what does not go together."""
    if (row.member is None) == (row.company is None):
        raise DomainError("A membership is held by a member or by a company.", code="one_holder")
    found = lock_people(pk for pk in (row.member_id, row.person_id) if pk)
    row.member, row.person = found.get(row.member_id or 0), found.get(row.person_id or 0)
    if row.holder.location_id != row.location_id:
        raise DomainError(f"{row.holder} belongs to another location than {row.plan}.", code="other_location")
    if row.person and row.person.company_id != row.company_id:
        raise DomainError(f"{row.person} does not belong to {row.company}.", code="not_of_company")
    for one in (row.member, row.person):
        if one and one.archived_at:
            raise Conflict(f"{one} is archived.", code="member_archived")
    if row.plan.for_company and not row.company:
        raise DomainError(f"{row.plan} is for companies. Start it on the company’s page.", code="plan_for_company")
    if row.company and not row.person and not row.plan.for_company:
        raise DomainError(f"{row.plan} is for one person. Say who it is for.", code="person_missing")


def _check_overlap(row: Membership) -> None:
    """Refuse the same plan for the same person twice on a day, whoever pays it; other plans may be held beside it."""
    who = row.person_id or row.member_id
    if not who:
        return
    same = Membership.objects.filter(Q(member=who) | Q(person=who), plan=row.plan).exclude(pk=row.pk).that_begin()
    found = same.touching(row.starts_on, row.ends_on + ONE_DAY if row.ends_on else date.max).first()
    if found:
        until = f" until {day_words(found.ends_on)}" if found.ends_on else ""
        name = row.person or row.member
        raise Conflict(f"{name} has {row.plan} from {day_words(found.starts_on)}{until} already.", code="overlap")


def _carry_over(old: Membership, new: Membership, from_date: date, *, keep_discounts: bool) -> None:
    """Let what reaches beyond the change go on with the new membership."""
    for pause in old.pauses.all():
        if pause.until is None or pause.until > from_date:
            new.pauses.create(from_date=max(pause.from_date, from_date), until=pause.until, reason=pause.reason)
    for less in old.discounts.all() if keep_discounts else ():
        if less.until is None or less.until > from_date:
            new.discounts.create(
                from_date=max(less.from_date, from_date),
                until=less.until,
                basis_points=less.basis_points,
                amount=less.amount,
                reason=less.reason,
            )
