"""What people read about memberships: their state, and what happened to them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flexspace.core.badges import Badge
from flexspace.core.models import AuditEvent
from flexspace.core.sentences import says
from members.calendars import ONE_DAY
from members.enums import MembershipState
from members.explain.costs import day_words, every, percent
from members.explain.sold import day_of, money_of
from members.terms import Terms


def state_badge(terms: Terms, today: date, *, cancelled: bool = False) -> Badge:
    """Return a membership's state on ``today`` in a few words; one that was ``cancelled`` says so first."""
    badge = _state_badge(terms, today)
    if not cancelled:
        return badge
    over = terms.state(today) in (MembershipState.ENDED, MembershipState.NEVER_BEGAN)
    if not over and terms.ends_on and terms.state(today) is not MembershipState.ENDING:
        return Badge(f"Cancelled to {day_words(terms.ends_on)}, {_lower(badge.label)}", "bad")
    return Badge(f"Cancelled, {_lower(badge.label)}", badge.tone if over else "bad")


def _lower(label: str) -> str:
    return label[:1].lower() + label[1:]


def _state_badge(terms: Terms, today: date) -> Badge:
    state = terms.state(today)
    last = day_words(terms.ends_on) if terms.ends_on else ""
    if state is MembershipState.PAUSED:
        until = next(pause.until for pause in terms.pauses if pause.covers(today))
        return Badge(f"Paused until {day_words(until - ONE_DAY)}" if until else "Paused", "warn")
    return {
        MembershipState.UPCOMING: Badge(f"From {day_words(terms.starts_on)}", "info"),
        MembershipState.ACTIVE: Badge("Active", "ok"),
        MembershipState.ENDING: Badge(f"Until {last}", "warn"),
        MembershipState.ENDED: Badge(f"Ended {last}", "idle"),
        MembershipState.NEVER_BEGAN: Badge("Never began", "void"),
    }[state]


@says("members.membership.started", tone="ok", icon="badge-check")
def started(event: AuditEvent) -> str:
    """Tell plan, first day and price."""
    facts = event.after
    price = f"{money_of(facts)} {every(int(facts.get('interval_months') or 1))}"
    elsewhere = f", billed elsewhere until {day_of(facts, 'billed_until')}" if facts.get("billed_until") else ""
    return f"{_plan(facts)} from {day_of(facts, 'starts_on')} at {price}{elsewhere}"


@says("members.usage.put", icon="circle-plus")
def usage_put(event: AuditEvent) -> str:
    """Tell what was put on the next bill, and what it costs."""
    return f"{_used(event.after)} put on the next bill: {money_of(event.after)}"


@says("members.usage.dropped", tone="warn", icon="circle-minus")
def usage_dropped(event: AuditEvent) -> str:
    """Tell what was taken off it."""
    return f"{_used(event.after)} taken off the next bill"


@says("members.usage.free", icon="circle-check")
def usage_free(event: AuditEvent) -> str:
    """Tell why it is on no bill."""
    return f"{_used(event.after)} cost nothing, so it is on no bill"


def _used(facts: Mapping[str, Any]) -> str:
    count = facts.get("quantity") or 1
    return f"{count} × {facts.get('what')}" if count != 1 else str(facts.get("what"))


@says("members.membership.plan_changed", icon="arrow-right-left")
def plan_changed(event: AuditEvent) -> str:
    """Tell the old and the new plan, and from when."""
    before, after = event.before, event.after
    price = f"{money_of(after)} {every(int(after.get('interval_months') or 1))}"
    return f"{before.get('plan')} becomes {_plan(after)} from {day_of(after, 'from_date')}, at {price}"


@says("members.membership.billed_elsewhere", icon="calendar-check")
def billed_elsewhere(event: AuditEvent) -> str:
    """Tell the last day that another system billed, and which one it was before."""
    if not event.after.get("billed_until"):
        return f"{_plan(event.after)} is billed here from its first day"
    was = f", not {day_of(event.before, 'billed_until')}" if event.before.get("billed_until") else ""
    return f"{_plan(event.after)} is billed elsewhere until {day_of(event.after, 'billed_until')}{was}"


@says("members.membership.cancelled", tone="warn", icon="calendar-x")
def cancelled(event: AuditEvent) -> str:
    """Tell the last day."""
    facts = event.after
    return (
        f"{_plan(facts)} never begins" if facts.get("never") else f"{_plan(facts)} ends on {day_of(facts, 'ends_on')}"
    )


@says("members.membership.goes_on", tone="ok", icon="undo-2")
def goes_on(event: AuditEvent) -> str:
    """Tell that it goes on after all."""
    return f"{_plan(event.after)} goes on"


@says("members.membership.paused", tone="warn", icon="pause")
def paused(event: AuditEvent) -> str:
    """Tell the days."""
    return f"{_plan(event.after)} paused from {day_of(event.after, 'from_date')} {_until(event.after)}"


@says("members.membership.resumed", tone="ok", icon="play")
def resumed(event: AuditEvent) -> str:
    """Tell from when it counts again."""
    return f"{_plan(event.after)} counts again from {day_of(event.after, 'on')}"


@says("members.membership.discounted", icon="percent")
def discounted(event: AuditEvent) -> str:
    """Tell how much comes off, and when."""
    facts = event.after
    return f"{_less(facts)} off {_plan(facts)} from {day_of(facts, 'from_date')} {_until(facts)}"


@says("members.membership.discount_ended", icon="percent")
def discount_ended(event: AuditEvent) -> str:
    """Tell the last day of what came off."""
    return f"{_less(event.after)} off {_plan(event.after)} {_until(event.after)}"


def _plan(facts: Mapping[str, Any]) -> str:
    return f"{facts.get('plan')} for {facts['for']}" if facts.get("for") else f"{facts.get('plan')}"


def _until(facts: Mapping[str, Any]) -> str:
    if not facts.get("until"):
        return "until further notice"
    return f"to {day_words(date.fromisoformat(str(facts['until'])) - ONE_DAY)}"


def _less(facts: Mapping[str, Any]) -> str:
    return percent(int(facts["basis_points"])) if facts.get("basis_points") else money_of(facts)
