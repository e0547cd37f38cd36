"""What people read about connections, mappings and Sync Options: states, what a preview would do, what happened."""

from typing import Any

from access.enums import ConnectionState, ProtectionKind, StepKind
from access.explain.alerts import SUBJECTS
from access.explain.problems import problem_sentence
from access.models import SaltoKSConfig, SyncStep
from flexspace.core.badges import Badge
from flexspace.core.models import AuditEvent
from flexspace.core.sentences import says

_WOULD = {
    StepKind.REMOVE: "out of {group}",
    StepKind.UNSUBSCRIBE: "unsubscribed",
    StepKind.LINK: "tied to the SALTO KS user of the same address",
    StepKind.SUBSCRIBE: "subscribed again",
    StepKind.CREATE: "invited by mail",
    StepKind.ADD: "into {group}",
}
_SWITCHES = {
    "enabled": "Let Flexspace change this site",
    "unsubscribe": "Switch unsubscribing on",
    "pause_overdue": "Switch pausing on",
}
_PROTECTED = {
    ProtectionKind.PERSON: "a person",
    ProtectionKind.ROLE: "the role {value}",
    ProtectionKind.DOMAIN: "@{value}",
}
_OPTIONS = {
    "enabled": "changing the site",
    "unsubscribe": "unsubscribing",
    "grace_hours": "the grace period",
    "manual_groups_count": "manual groups",
    "resubscribe": "resubscribing",
    "when_full": "what happens without a free seat",
    "max_unsubscribes": "people per run",
    "max_share_percent": "the largest share per run",
    "pause_overdue": "pausing for overdue invoices",
    "overdue_grace_days": "the days after a due date",
    "adopt_on_match": "taking users of the same address",
    "booking_lead_minutes": "the minutes before a booking",
    "booking_lag_minutes": "the minutes after a booking",
}


def connection_badge(config: SaltoKSConfig) -> Badge:
    """Return how a connection stands, in a word or two."""
    if config.state == ConnectionState.NEW:
        return Badge("Not signed in", "warn")
    if config.state == ConnectionState.CHOOSE_SITE:
        return Badge("Choose a site", "warn")
    if config.state == ConnectionState.BROKEN:
        return Badge("Needs you", "bad")
    if config.problem:
        return Badge("Held up", "warn")
    return Badge("Changes doors", "ok") if config.options.enabled else Badge("Only looks", "info")


def would_words(steps: list[SyncStep]) -> str:
    """Return what a preview would do for one person: "Out of Members, unsubscribed"."""
    parts = [_WOULD[StepKind(step.kind)].format(group=step.group.name if step.group else "a group") for step in steps]
    told = ", ".join(parts)
    return told[:1].upper() + told[1:]


def switch_words(names: list[str]) -> str:
    """Return what the button says that switches these options on; "" for none."""
    return _SWITCHES[names[0]] if len(names) == 1 else "Switch all of this on" if names else ""


@says("access.connection.locations_set", icon="map-pin")
def _locations(event: AuditEvent) -> str:
    return f"Locations: {', '.join(event.after.get('locations', ())) or 'none'}"


@says("access.connection.broken", tone="bad", icon="triangle-alert")
def _broken(event: AuditEvent) -> str:
    return problem_sentence(event.after.get("problem", ""))


@says("access.connection.amber", tone="warn", icon="triangle-alert")
def _amber(event: AuditEvent) -> str:
    return SUBJECTS.get(event.after.get("alert", ""), "Something to look at")


@says("access.options.changed", icon="sliders-horizontal")
def _options(event: AuditEvent) -> str:
    parts = [f"{_OPTIONS.get(name, name)} {_value(value)}" for name, value in event.after.items()]
    return f"Sync Options: {', '.join(parts)}"


@says("access.protection.added", icon="shield-check")
def _protected(event: AuditEvent) -> str:
    return f"Protected {_who(event.after)}"


@says("access.protection.removed", tone="warn", icon="shield-off")
def _unprotected(event: AuditEvent) -> str:
    return f"No longer protects {_who(event.before)}"


def _who(facts: dict[str, Any]) -> str:
    known = facts.get("kind") in set(ProtectionKind)
    value = str(facts.get("value", "")).replace("_", " ")
    return _PROTECTED[ProtectionKind(facts["kind"])].format(value=value) if known else value or "somebody"


def _value(value: object) -> str:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)
