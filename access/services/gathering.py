"""Reads our own rows into the plain values that the planner takes."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from sys import intern

from django.db.models import Max, Q, QuerySet

from access.enums import ProtectionKind, RunKind
from access.models import AccessGrant, GroupMapping, SaltoKSConfig, SaltoUser, SyncOptions
from access.policy import Rights, Terms, rights_of
from access.rules import NOT_SEATED
from access.world import Grant, Link, Ours, Rules
from billing.models import Invoice
from flexspace.core import restored
from members.queries.entitlements import entitlements_of

BACK = timedelta(days=366)  # why something was lost is still known after the longest grace
# A link's facts, and the columns that hold them.
_COLUMNS = {
    "member": "member", "site_user": "site_user_id", "platform": "platform_id", "managed": "managed",
    "email": "member__email", "email_at_link": "email_at_link", "invited_at": "invited_at",
    "unsubscribed_by_us_at": "unsubscribed_by_us_at", "last_unsubscribed_at": "last_unsubscribed_at",
    "last_flip_at": "last_flip_at", "hold_until": "hold_until", "waiting_since": "waiting_since",
}  # fmt: skip
REMEMBERED_STOPS = ("many_removals", "many_unsubscribes", "no_mappings", "shrunk")


@dataclass(frozen=True, slots=True)
class Ground:
    """What a plan stands on, but for the snapshot. ``rows`` are the ids of the links' rows by member."""

    ours: Ours
    rights: dict[int, Rights]
    rules: Rules
    rows: dict[int, int]


def terms_of(config: SaltoKSConfig, options: SyncOptions | None = None) -> Terms:
    """Return how the connection reads entitlements. ``options``, here and below: by these, not the stored ones."""
    options = options or SyncOptions.objects.get(connection=config)
    mappings: dict[tuple[str, int], list[str]] = {}
    rows = GroupMapping.objects.filter(group__connection=config).order_by("pk")
    for source, subject, group in rows.values_list("source", "subject_id", "group__group_id"):
        mappings.setdefault((source, subject), []).append(group)
    return Terms(
        mappings=mappings,
        places=frozenset(config.places.values_list("location", flat=True)),
        lead=timedelta(minutes=options.booking_lead_minutes),
        lag=timedelta(minutes=options.booking_lag_minutes),
    )


def rights_at(
    config: SaltoKSConfig,
    members: Collection[int] | None,
    now: datetime,
    terms: Terms | None = None,
    options: SyncOptions | None = None,
) -> dict[int, Rights]:
    """Return what these members (None: everybody) have a right to at the connection."""
    terms = terms or terms_of(config)
    held = entitlements_of(members, at=now, locations=terms.places, back=BACK)
    return rights_of(held, terms, now, withheld=withheld_at(config, members, now, options))


def withheld_at(
    config: SaltoKSConfig, members: Collection[int] | None, now: datetime, options: SyncOptions | None = None
) -> frozenset[int]:
    """Return the members whose doors are paused because an invoice of theirs has been overdue too long.

    A company's invoices pause nobody: its people did not leave them unpaid.
    """
    options = options or SyncOptions.objects.get(connection=config)
    if not options.pause_overdue:
        return frozenset()
    late = Q(pk=None)
    for place in config.places.select_related("location"):
        until = place.location.today(now) - timedelta(days=options.overdue_grace_days)
        late |= Q(location=place.location, due_date__lt=until)
    rows = Invoice.objects.open().filter(late, member__isnull=False)
    if members is not None:
        rows = rows.filter(member__in=members)
    return frozenset(rows.order_by().values_list("member", flat=True))


def rules_of(config: SaltoKSConfig, options: SyncOptions | None = None) -> Rules:
    """Return the Sync Options as the planner needs them."""
    options = options or SyncOptions.objects.get(connection=config)
    protected: dict[str, set[str]] = {}
    for kind, value in config.protections.values_list("kind", "value"):
        protected.setdefault(kind, set()).add(value)
    return Rules(
        unsubscribe=options.unsubscribe,
        unsubscribe_since=options.unsubscribe_since,
        grace=timedelta(hours=options.grace_hours),
        manual_groups_count=options.manual_groups_count,
        resubscribe=options.resubscribe,
        wait_when_full=options.when_full == "wait",
        max_unsubscribes=options.max_unsubscribes,
        max_share=options.max_share_percent / 100,
        adopt_on_match=options.adopt_on_match,
        people=frozenset(protected.get(ProtectionKind.PERSON, ())),
        roles=frozenset(protected.get(ProtectionKind.ROLE, ())),
        domains=frozenset(protected.get(ProtectionKind.DOMAIN, ())),
    )


def ensure_rows(config: SaltoKSConfig, rights: dict[int, Rights]) -> None:
    """Make a row for every member with a right, now or soon, so that what comes due finds them."""
    wanted = {member for member, right in rights.items() if right.groups or right.next_start}
    known = set(SaltoUser.objects.filter(connection=config, member__isnull=False).values_list("member", flat=True))
    new = [SaltoUser(connection=config, member_id=member, managed=True) for member in sorted(wanted - known)]
    SaltoUser.objects.bulk_create(new, batch_size=500, ignore_conflicts=True)


def ground(
    config: SaltoKSConfig,
    now: datetime,
    *,
    members: Collection[int] | None = None,
    approved: Iterable[str] = (),
    options: SyncOptions | None = None,
) -> Ground:
    """Return what a plan for these members (None: everybody) stands on, in a constant number of queries."""
    terms = terms_of(config, options)
    rights = rights_at(config, members, now, terms, options)
    ensure_rows(config, rights)
    users = SaltoUser.objects.filter(connection=config, member__isnull=False)
    grants = AccessGrant.objects.filter(user__connection=config, user__member__isnull=False)
    if members is not None:
        users, grants = users.filter(member__in=members), grants.filter(user__member__in=members)
    held = grants.filter(removed_at=None).order_by().values_list("user__member", "group__group_id", "confirmed_at")
    rows: dict[int, int] = {}
    ours = Ours(
        links=_links(users, _last_access(grants), rows),
        grants=tuple(
            Grant(member, intern(group), at is not None) for member, group, at in held.iterator(chunk_size=2000)
        ),
        mapped=frozenset(group for groups in terms.mappings.values() for group in groups),
        expected_site=config.site_id,
        users_before=config.users_seen,
        approved=frozenset(approved),
        carried=frozenset() if members is None else _carried(config),
        restored=restored.held() is not None,
        all_grants=AccessGrant.objects.filter(user__connection=config, removed_at=None).count(),
    )
    return Ground(ours, rights, rules_of(config, options), rows)


def _last_access(grants: "QuerySet[AccessGrant]") -> dict[int, datetime]:
    """Return, by row, when the last group of ours that had let somebody in was taken away."""
    over = grants.filter(confirmed_at__isnull=False, removed_at__isnull=False)
    return dict(over.order_by().values_list("user").annotate(Max("removed_at")))


def _links(users: "QuerySet[SaltoUser]", last_access: dict[int, datetime], rows: dict[int, int]) -> tuple[Link, ...]:
    """Return the links, and write into ``rows`` which row is whose.

    Read as plain values and piece by piece: whole rows of a hundred thousand people take more than the plan itself.
    """
    found = []
    read = users.order_by("pk").values_list("pk", "opted_in_at", "problem", *_COLUMNS.values())
    for pk, opted_in_at, problem, *facts in read.iterator(chunk_size=2000):
        link = Link(
            **dict(zip(_COLUMNS, facts, strict=True)),
            last_access_at=last_access.get(pk),
            opted_in=opted_in_at is not None,
            not_seated=problem == NOT_SEATED,
            pod=problem == "pod",
        )
        rows[link.member] = pk
        found.append(link)
    return tuple(found)


def _carried(config: SaltoKSConfig) -> frozenset[str]:
    """Return the stops of the last full run that nobody has let go on: they hold for some people's runs too."""
    last = config.runs.filter(kind=RunKind.FULL).exclude(finished_at=None).first()
    if last is None or last.approved_by:
        return frozenset()
    return frozenset(stop["code"] for stop in last.stops if stop["code"] in REMEMBERED_STOPS)
