"""From facts to entitlements: whom each thing that is held lets in, and for as long as they are there."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from members.entitlements.facts import Facts, Holder, Person
from members.entitlements.spans import Span, pass_spans, plan_spans, resource_spans, room_spans
from members.enums import EndReason, EntitlementKind, WhyCode


@dataclass(frozen=True, slots=True)
class Why:
    """Through whom somebody has it: ``source`` is the row's id, ``what`` its name, ``through`` the company's."""

    code: WhyCode
    source: int
    what: str
    through: str = ""


@dataclass(frozen=True, slots=True)
class Entitlement:
    """A reason for ``member`` to be let in; ``subject`` is the id of the plan, the product (0: none) or the resource.

    ``ends_at`` None: until further notice. ``end`` says why it is over then, and is None exactly when that is.
    """

    member: int
    kind: EntitlementKind
    subject: int
    location: int
    floor: int | None
    starts_at: datetime
    ends_at: datetime | None
    end: EndReason | None
    why: Why

    def holds(self, now: datetime) -> bool:
        """Return whether it lets somebody in at ``now``."""
        return self.starts_at <= now and (self.ends_at is None or now < self.ends_at)


def entitlements(facts: Facts, *, since: datetime, until: datetime) -> tuple[Entitlement, ...]:
    """Return what holds, held or will hold: all that ends after ``since`` and starts before ``until``.

    In order of member, start, kind and subject; the same facts always give the same.
    """
    near = (one for one in _all(facts, _Crowd(facts.people)) if one.starts_at < until)
    found = [one for one in near if one.ends_at is None or one.ends_at > since]
    return tuple(sorted(found, key=lambda one: (one.member, one.starts_at, one.kind, one.subject, one.why.source)))


def next_change(found: Iterable[Entitlement], now: datetime) -> datetime | None:
    """Return the first moment after ``now`` at which one of them starts or ends; None when nothing is to come."""
    moments = (moment for one in found for moment in (one.starts_at, one.ends_at))
    return min((moment for moment in moments if moment is not None and moment > now), default=None)


class _Crowd:
    """The people, found by their ids and by the companies they are in or have left."""

    def __init__(self, people: Iterable[Person]) -> None:
        self.by_id = {person.id: person for person in people}
        self.of_company: dict[int, list[Person]] = {}
        self.left_company: dict[int, list[Person]] = {}
        for person in self.by_id.values():
            if person.company is not None:
                self.of_company.setdefault(person.company, []).append(person)
            if person.left is not None and person.left != person.company:
                self.left_company.setdefault(person.left, []).append(person)

    def behind(self, holder: Holder) -> Iterator[tuple[Person, datetime | None]]:
        """Return whom ``holder`` stands for, and when those who left its company did."""
        if holder.member is not None:
            person = self.by_id.get(holder.member)
            if person:
                yield person, None
        elif holder.company is not None:
            yield from ((person, None) for person in self.of_company.get(holder.company, ()))
            yield from ((person, person.left_at) for person in self.left_company.get(holder.company, ()))


def _all(facts: Facts, crowd: _Crowd) -> Iterator[Entitlement]:
    for plan in facts.plans:
        about: _About = (EntitlementKind.MEMBERSHIP, plan.plan, plan.place.id, None)
        yield from _for(crowd, plan.holder, about, plan_spans(plan), plan.id, plan.name)
    for held in facts.resources:
        about = (EntitlementKind.ASSIGNMENT, held.resource, held.place.id, held.floor)
        yield from _for(crowd, held.holder, about, resource_spans(held), held.id, held.name)
    for used in facts.passes:
        about = (EntitlementKind.DAY_PASS, used.product or 0, used.place.id, None)
        yield from _for(crowd, Holder(used.member), about, pass_spans(used), used.id, used.name)
    for room in facts.rooms:
        about = (EntitlementKind.BOOKING, room.resource, room.place.id, room.floor)
        yield from _for(crowd, Holder(room.member), about, room_spans(room), room.id, room.name)


_About = tuple[EntitlementKind, int, int, int | None]


def _for(
    crowd: _Crowd, holder: Holder, about: _About, spans: list[Span], source: int, what: str
) -> Iterator[Entitlement]:
    """Return the spans as entitlements of each person behind ``holder``, for as long as they are there."""
    code = WhyCode.OWN
    if holder.company is not None:
        code = WhyCode.WHOLE_COMPANY if holder.member is None else WhyCode.PAID_BY_COMPANY
    why = Why(code, source, what, holder.name)
    for person, left_at in crowd.behind(holder) if spans else ():
        for whole in spans:
            stayed = whole.until(left_at, EndReason.ENDED)
            span = stayed.until(person.archived_at, EndReason.ARCHIVED) if stayed else None
            if span:
                yield Entitlement(person.id, *about, span.starts_at, span.ends_at, span.end, why)
