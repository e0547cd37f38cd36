"""Looks at a site: everything, or what concerns some people. A page that does not come is said, never guessed."""

from collections.abc import Collection, Iterable
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from access.models import SaltoKSConfig, SaltoUser, SeatDay
from access.salto_client import SaltoClient, SaltoProblem, SaltoRefused
from access.services.mapping import mirror_groups
from access.world import Person, Site, Snapshot

log = structlog.get_logger(__name__)
_FIELDS = (
    "platform_id", "name", "email", "subscription_state", "blocked", "has_profile", "roles", "gone_at",
    "unsubscribed_by_us_at", "last_unsubscribed_at",
)  # fmt: skip


def look(client: SaltoClient) -> Snapshot:
    """Read the whole site: 2 calls, and one for each page of users, of groups and of each group's members.

    Raises SaltoProblem when the site, the users or the list of groups cannot be read. A group whose members cannot
    be read is left out, and the snapshot is incomplete.
    """
    site, me = client.site(), client.me()
    if not site.valid:  # everybody is suspended now: nothing more is worth knowing
        return Snapshot(site, me, (), {}, {}, timezone.now(), complete=False, skew=client.skew)
    people = tuple(person for page in client.users() for person in page)
    groups = client.groups()
    members, complete = _members(client, groups)
    return Snapshot(site, me, people, groups, members, timezone.now(), complete=complete, skew=client.skew)


def look_at(client: SaltoClient, config: SaltoKSConfig, site_users: Iterable[str], emails: Iterable[str],
            groups: Collection[str]) -> Snapshot:  # fmt: skip
    """Read some users, those of some addresses, and the members of some groups."""
    site, me = client.site(), client.me()
    found: dict[str, Person] = {}
    for site_user in site_users:
        try:
            person = client.user(site_user)
        except SaltoRefused as problem:
            if problem.status != 404:
                raise
        else:
            found[person.site_user] = person
    for email in emails:
        found.update({person.site_user: person for person in client.users_of(email)})
    known = dict(config.groups.filter(gone_at=None, group_id__in=groups).values_list("group_id", "name"))
    members, complete = _members(client, known)
    return Snapshot(
        site, me, tuple(found.values()), known, members, timezone.now(), complete, whole=False, skew=client.skew
    )


def _members(client: SaltoClient, groups: Iterable[str]) -> tuple[dict[str, frozenset[str]], bool]:
    members, complete = {}, True
    for group in groups:
        try:
            members[group] = client.members(group)
        except SaltoProblem as problem:
            if isinstance(problem, SaltoRefused) and problem.is_about_all:
                raise
            log.warning("salto.group_not_read", group=group, code=problem.code)
            complete = False
    return members, complete


def mirror(config: SaltoKSConfig, seen: Snapshot, now: datetime) -> None:
    """Store what was seen: users and groups for the pages, seats of the day. Call it in a transaction."""
    _mirror_people(config, seen, now)
    if not seen.site.valid:
        return
    facts: dict[str, object] = {"owner_platform_id": seen.site.owner}
    if seen.whole:
        mirror_groups(config, dict(seen.groups), now=now)
        if seen.complete:
            facts["users_seen"] = len(seen.people)
    SaltoKSConfig.objects.filter(pk=config.pk).update(**facts)
    seats_read(config, seen.site, now)


def seats_read(config: SaltoKSConfig, site: Site, now: datetime) -> None:
    """Store the seats as the site tells them."""
    SaltoKSConfig.objects.filter(pk=config.pk).update(seats_used=site.used, seats_bought=site.bought)
    count_seats(config, site.used, site.bought, now)


def count_seats(config: SaltoKSConfig, used: int, bought: int, now: datetime, *, freed: int = 0) -> None:
    """Write down the seats of today (UTC)."""
    with transaction.atomic():
        row, _ = SeatDay.objects.select_for_update().get_or_create(
            connection=config, day=now.date(), defaults={"bought": bought, "used": used, "peak": used}
        )
        row.bought, row.used, row.peak, row.freed = bought, used, max(row.peak, used), row.freed + freed
        row.save()


def seat_taken(config_id: int, now: datetime) -> None:
    """Count a seat that we took since the site was read."""
    _seat_changed(config_id, 1, now)


def seat_freed(config_id: int, now: datetime) -> None:
    """Count a seat that we freed since the site was read."""
    _seat_changed(config_id, -1, now)


def _seat_changed(config_id: int, change: int, now: datetime) -> None:
    with transaction.atomic():
        config = SaltoKSConfig.objects.select_for_update().get(pk=config_id)
        config.seats_used = max(0, (config.seats_used or 0) + change)
        config.save(update_fields=["seats_used"])
        count_seats(config, config.seats_used, config.seats_bought or 0, now, freed=1 if change < 0 else 0)


def seat_kept(config_id: int, since: datetime) -> None:
    """Let a seat that we freed on the day of ``since`` and took back not count as freed."""
    SeatDay.objects.filter(connection=config_id, day=since.date(), freed__gt=0).update(freed=F("freed") - 1)


def _mirror_people(config: SaltoKSConfig, seen: Snapshot, now: datetime) -> None:
    rows = SaltoUser.objects.filter(connection=config).exclude(site_user_id="")
    if not seen.whole:
        rows = rows.filter(site_user_id__in=[person.site_user for person in seen.people])
    known = {row.site_user_id: row for row in rows}
    changed = []
    for person in seen.people:
        row = known.get(person.site_user)
        if row and take_in(row, person):
            changed.append(row)
    here = {person.site_user for person in seen.people}
    if seen.whole and seen.site.valid:
        for site_user, row in known.items():
            if site_user not in here and row.gone_at is None:
                row.gone_at = now
                changed.append(row)
    SaltoUser.objects.bulk_update(changed, _FIELDS, batch_size=500)
    if seen.whole:
        new = [person for person in seen.people if person.site_user not in known]
        made = [SaltoUser(connection=config, site_user_id=person.site_user) for person in new]
        for row, person in zip(made, new, strict=True):
            take_in(row, person)
        SaltoUser.objects.bulk_create(made, batch_size=500)


def take_in(row: SaltoUser, person: Person) -> bool:
    """Copy what SALTO KS says of a user onto our row; return whether anything differs."""
    facts = {
        "platform_id": person.platform,
        "name": person.name[:200],
        "email": person.email[:254],
        "subscription_state": person.state,
        "blocked": person.blocked,
        "has_profile": person.has_profile,
        "roles": sorted(person.roles),
        "gone_at": None,
        **_marks(row, person),
    }
    differs = any(getattr(row, name) != value for name, value in facts.items())
    for name, value in facts.items():
        setattr(row, name, value)
    return differs


def _marks(row: SaltoUser, person: Person) -> dict[str, datetime | None]:
    """Settle our mark of an unsubscribing by what is seen: it was obeyed, or staff have subscribed them again."""
    marked, confirmed = row.unsubscribed_by_us_at, row.last_unsubscribed_at
    if marked and not person.subscribed and (confirmed is None or confirmed < marked):
        confirmed = marked  # the answer was lost, the call was not
    elif marked and person.subscribed and confirmed is not None and confirmed >= marked:
        marked = None
    return {"unsubscribed_by_us_at": marked, "last_unsubscribed_at": confirmed}
