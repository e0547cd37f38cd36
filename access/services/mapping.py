"""Maps what is sold to access groups, and reads the groups of a site."""

from collections.abc import Collection
from datetime import datetime

from django.db import models, transaction

from access.enums import Source
from access.explain import problem_sentence
from access.models import AccessGroup, GroupMapping, SaltoKSConfig
from access.salto_client import SaltoClient, SaltoProblem
from access.services.tokens import ConnectionTokens
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.models import Location
from members.models import Floor, Plan, Product, Resource

SUBJECTS: dict[Source, type[models.Model]] = {
    Source.PLAN: Plan,
    Source.LOCATION: Location,
    Source.FLOOR: Floor,
    Source.RESOURCE: Resource,
    Source.DAY_PASS: Product,
    Source.BOOKING: Resource,
}


def read_groups(config: SaltoKSConfig, *, now: datetime) -> list[AccessGroup]:
    """Read the site's groups and whether each has a time schedule. Raises DomainError with what to do."""
    client = SaltoClient(ConnectionTokens(config), config.site_id)
    try:
        found = client.groups()
        scheduled = {group: client.has_schedule(group) for group in found}
    except SaltoProblem as problem:
        raise DomainError(problem_sentence(problem.code), code=problem.code) from problem
    with transaction.atomic():
        mirror_groups(config, found, now=now)
        for group, answer in scheduled.items():
            config.groups.filter(group_id=group).update(scheduled=answer)
    return list(config.groups.filter(gone_at=None))


def mirror_groups(config: SaltoKSConfig, found: dict[str, str], *, now: datetime) -> dict[str, AccessGroup]:
    """Store a complete list of groups (id → name); return their rows by SALTO's id. Gone ones stay, marked."""
    rows = {row.group_id: row for row in config.groups.all()}
    AccessGroup.objects.bulk_create(
        AccessGroup(connection=config, group_id=group, name=name[:160])
        for group, name in found.items()
        if group not in rows
    )
    for group, row in rows.items():
        name, gone_at = found.get(group, row.name)[:160], None if group in found else row.gone_at or now
        if (row.name, row.gone_at) != (name, gone_at):
            AccessGroup.objects.filter(pk=row.pk).update(name=name, gone_at=gone_at)
    return {row.group_id: row for row in config.groups.all()}


def subject_of(source: Source, subject_id: int) -> models.Model:
    """Return the plan, location, floor, resource or product of a mapping. Raises DomainError when there is none."""
    row = SUBJECTS[source]._base_manager.filter(pk=subject_id).first()
    if row is None:
        raise DomainError("What was to be mapped is not there any more. Reload the page.", code="gone")
    return row


@transaction.atomic
def add_mapping(*, by: Actor, group: AccessGroup, source: Source, subject_id: int) -> GroupMapping:
    """Let whoever holds ``subject_id`` into ``group``. Doing it twice is doing it once.

    Raises DomainError for a deleted group, and for something of a location that is not the connection's.
    """
    if group.gone_at:
        raise DomainError(f"{group} was deleted in SALTO KS.", code="group_gone")
    subject = subject_of(source, subject_id)
    place = subject.pk if source == Source.LOCATION else getattr(subject, "location_id", None)
    if place is not None and not group.connection.places.filter(location=place).exists():
        raise DomainError(f"{subject} is at a location that does not belong to {group.connection}.", code="elsewhere")
    row, made = GroupMapping.objects.get_or_create(group=group, source=source, subject_id=subject_id)
    if made:
        audit.record("access.mapping.added", by=by, about=[group.connection, subject], after=_facts(row, subject))
    return row


@transaction.atomic
def set_mappings(
    *, by: Actor, config: SaltoKSConfig, source: Source, subject_id: int, groups: Collection[AccessGroup]
) -> None:
    """Let whoever holds ``subject_id`` into these groups of the connection and into no others; as ``add_mapping``."""
    SaltoKSConfig.objects.select_for_update().get(pk=config.pk)  # two ticks at once end as one of the two
    rows = GroupMapping.objects.filter(group__connection=config, source=source, subject_id=subject_id)
    have = {row.group_id: row for row in rows.select_related("group__connection")}
    wanted = {group.pk: group for group in groups if group.connection_id == config.pk}
    for pk, row in have.items():
        if pk not in wanted:
            remove_mapping(by=by, mapping=row)
    for pk, group in wanted.items():
        if pk not in have:
            add_mapping(by=by, group=group, source=source, subject_id=subject_id)


@transaction.atomic
def remove_mapping(*, by: Actor, mapping: GroupMapping) -> None:
    """Take a mapping away. Groups are removed by the next run, and nobody is unsubscribed because of it."""
    subject = SUBJECTS[Source(mapping.source)]._base_manager.filter(pk=mapping.subject_id).first()
    audit.record(
        "access.mapping.removed",
        by=by,
        about=[mapping.group.connection, *([subject] if subject else [])],
        before=_facts(mapping, subject),
    )
    mapping.delete()


def _facts(row: GroupMapping, subject: models.Model | None) -> dict[str, str]:
    return {"source": row.source, "subject": str(subject or row.subject_id), "group": row.group.name}
