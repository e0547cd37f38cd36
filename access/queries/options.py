"""Reads for the Sync Options: whom they protect, and what a preview says of each person."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from access.enums import FindingKind, ProtectionKind, StepKind, StepState
from access.models import Protection, SaltoKSConfig, SaltoUser, SyncRun, SyncStep

SHOWN = 300  # people of a preview; the others are counted
TAKES = (StepKind.REMOVE, StepKind.UNSUBSCRIBE)


@dataclass(frozen=True, slots=True)
class Protected:
    """A protection and the name of whom it protects."""

    row: Protection
    name: str


@dataclass(slots=True)
class Change:
    """What a preview would do for one person, in the order in which it would be done."""

    name: str
    steps: list[SyncStep] = field(default_factory=list)

    @property
    def why(self) -> str:
        """Return the codes of its reasons, each once: of what is lost where anything is."""
        takes = [step for step in self.steps if step.kind in TAKES]
        return ", ".join(dict.fromkeys(str(step.why.get("code", "")) for step in takes or self.steps))

    @property
    def loser(self) -> SaltoUser | None:
        """Return whose place or seat it would take; None where it takes nothing."""
        return next((step.user for step in self.steps if step.kind in TAKES), None)


@dataclass(slots=True)
class Preview:
    """What a preview comes to. Seats are of the site; ``already`` lost all access before, and may be opted in."""

    run: SyncRun
    changes: list[Change] = field(default_factory=list)
    already: list[SyncStep] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    seats_after: int = 0

    @property
    def seats_least(self) -> int:
        """Return the seats in use when everybody is opted in."""
        return self.seats_after - len(self.already)

    @property
    def more(self) -> int:
        """Return how many people are not shown."""
        return max(0, len(self.changes) - SHOWN)

    @property
    def shown(self) -> list[Change]:
        """Return the people who are shown."""
        return self.changes[:SHOWN]

    @property
    def to_adopt(self) -> int:
        """Return how many members share an address with a user whom nobody has adopted yet."""
        return int(self.run.finding_counts.get(FindingKind.MATCH, 0))

    @property
    def waiting(self) -> int:
        """Return for how many no seat is free."""
        return int(self.run.finding_counts.get(FindingKind.WAITING, 0))


def preview_told(run: SyncRun) -> Preview:
    """Return what the preview ``run`` comes to; one query."""
    told = Preview(run, seats_after=run.seats_used or 0)
    rows = list(run.steps.exclude(kind=StepKind.FORGET).select_related("member", "user", "group"))
    leaving = {row.member_id for row in rows if row.kind == StepKind.REMOVE}
    by_person: dict[int | None, Change] = {}
    for row in rows:
        told.counts[row.kind] = told.counts.get(row.kind, 0) + 1
        if row.kind == StepKind.UNSUBSCRIBE and row.member_id not in leaving:
            told.already.append(row)
            continue
        if row.kind == StepKind.UNSUBSCRIBE:
            told.seats_after -= 1
        elif row.kind in (StepKind.SUBSCRIBE, StepKind.CREATE) and row.state == StepState.PLANNED:
            told.seats_after += 1
        person = by_person.setdefault(row.member_id, Change(str(row.member or row.user or "")))
        person.steps.append(row)
    told.changes = sorted(by_person.values(), key=_who_loses_first)
    return told


def _who_loses_first(change: Change) -> tuple[bool, str]:
    return not any(step.kind in TAKES for step in change.steps), change.name


def protections_told(config: SaltoKSConfig) -> list[Protected]:
    """Return the protections with names; two queries."""
    rows = list(config.protections.all())
    people = [row.value for row in rows if row.kind == ProtectionKind.PERSON]
    names = {user.platform_id: str(user) for user in _users(config).filter(platform_id__in=people)}
    return [Protected(row, _called(row, names)) for row in rows]


def people_called(config: SaltoKSConfig, said: str) -> list[SaltoUser]:
    """Return the users of the site with this name or e-mail address: two at most."""
    rows = _users(config).filter(Q(name__iexact=said) | Q(email__iexact=said)).exclude(platform_id="")
    return list(rows[:2])


def known_roles(config: SaltoKSConfig) -> list[str]:
    """Return the codes of the roles that anybody at the site had at the last look."""
    found: Iterable[list[str]] = _users(config).order_by().values_list("roles", flat=True).distinct()
    return sorted({code for roles in found for code in roles})


def role_words(code: str) -> str:
    """Return a role's code as people read it."""
    return code.replace("_", " ").capitalize()


def _users(config: SaltoKSConfig) -> "QuerySet[SaltoUser]":
    return SaltoUser.objects.filter(connection=config, gone_at=None)


def _called(row: Protection, names: dict[str, str]) -> str:
    if row.kind == ProtectionKind.PERSON:
        return names.get(row.value, "Somebody who is not at the site any more")
    return role_words(row.value) if row.kind == ProtectionKind.ROLE else f"@{row.value}"
