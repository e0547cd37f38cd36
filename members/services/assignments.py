"""Desks and offices given to somebody for days. One holder at a time: the resource's row is locked to see to it."""

from datetime import date, datetime, timedelta

from django.db import transaction

from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.cards import refuse_card_number
from flexspace.core.errors import Conflict, DomainError
from members.calendars import ONE_DAY
from members.explain import day_words
from members.explain.resources import end_words
from members.models import Assignment, Company, Member, Resource
from members.services.entitlements import tell_changed
from members.services.resources import check_offered, lock, lock_member, people_behind

BACK, AHEAD = timedelta(days=366), timedelta(days=2 * 366)  # further away is a mistyped year


@transaction.atomic
def assign(
    *,
    by: Actor,
    resource: Resource,
    starts_on: date,
    today: date,
    ends_on: date | None = None,
    member: Member | None = None,
    company: Company | None = None,
    note: str = "",
) -> Assignment:
    """Let a member, or a company for all of its people, hold a desk or office from ``starts_on`` to ``ends_on``.

    ``ends_on`` is the last day; None: until further notice. Raises DomainError when there is not exactly one holder,
    for a room, and for days out of reach; Conflict when somebody has it on one of the days, or it or the member was
    archived.
    """
    row = lock(resource)
    check_offered(row, room=False)
    if (member is None) == (company is None):
        raise DomainError("A desk or office is held by a member or by a company.", code="one_holder")
    if not today - BACK <= starts_on <= today + AHEAD:
        raise DomainError("Start within the last or the next year.", code="date_out_of_reach")
    if ends_on and ends_on < starts_on:
        raise DomainError("The last day is the first day or later.", code="date_out_of_reach")
    made = Assignment(resource=row, member=lock_member(member) if member else None, company=company)
    made.starts_on, made.ends_on, made.note = starts_on, ends_on, refuse_card_number(note.strip())
    _check_free(made)
    made.save()
    _record("assigned", by, made, after={"starts_on": starts_on.isoformat(), "ends_on": _iso(ends_on)})
    tell_changed(people_behind(made.holder))
    return made


@transaction.atomic
def end(*, by: Actor, assignment: Assignment, ends_on: date, reason: str, now: datetime) -> Assignment:
    """Let ``ends_on`` be the last day, today or later; the day before its start, so that it never begins.

    Raises DomainError for an earlier day and without a reason, Conflict when it is over or ends sooner already.
    """
    row = lock_assignment(assignment)
    today = row.resource.location.today(now)
    if row.is_over(today):
        raise Conflict(end_words(row, today), code="assignment_over")
    if not reason.strip():
        raise DomainError("Say why; it is kept with the assignment.", code="reason_missing")
    if ends_on < (today if row.starts_on <= today else row.starts_on - ONE_DAY):
        raise DomainError(_too_early(row, today), code="date_in_past")
    if row.ends_on and row.ends_on <= ends_on:
        raise Conflict(f"{row.resource} is free after {day_words(row.ends_on)} already.", code="assignment_ends")
    before = {"ends_on": _iso(row.ends_on)}
    row.ends_on, row.ended_at, row.end_reason = ends_on, now, refuse_card_number(reason.strip())[:300]
    row.save(update_fields=["ends_on", "ended_at", "end_reason"])
    after = {"ends_on": ends_on.isoformat(), "never": ends_on < row.starts_on}
    _record("ended", by, row, before=before, after=after, reason=row.end_reason)
    tell_changed(people_behind(row.holder))
    return row


def _too_early(row: Assignment, today: date) -> str:
    if row.starts_on <= today:
        return "The last day is today or later; what is over stays as it was."
    first, never = day_words(row.starts_on), day_words(row.starts_on - ONE_DAY)
    return f"It begins on {first}. Enter {never}, and it never begins; or a later day, its last."


def lock_assignment(assignment: Assignment) -> Assignment:
    """Return the row of ``assignment`` after locking its resource, as everybody does who gives it away."""
    lock(assignment.resource)
    row: Assignment = Assignment.objects.select_related("resource__location", "member", "company").get(pk=assignment.pk)
    return row


def _check_free(row: Assignment) -> None:
    others = Assignment.objects.filter(resource=row.resource).that_begin().select_related("member", "company")
    found = (
        others.touching(row.starts_on, row.ends_on + ONE_DAY if row.ends_on else date.max).order_by("starts_on").first()
    )
    if found:
        until = f" until {day_words(found.ends_on)}" if found.ends_on else ""
        raise Conflict(
            f"{found.holder} has {row.resource} from {day_words(found.starts_on)}{until}.", code="resource_taken"
        )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _record(what: str, by: Actor, row: Assignment, *, before=None, after=None, reason: str = "") -> None:  # type: ignore[no-untyped-def]
    facts = {"resource": row.resource.name, "holder": row.holder.name, **(after or {})}
    audit.record(
        f"members.assignment.{what}", by=by, about=[row, row.resource, row.holder], location=row.resource.location,
        before=before, after=facts, reason=reason,
    )  # fmt: skip
