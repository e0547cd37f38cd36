"""Tags every template has: money, times in a location's zone, the active navigation item."""

from datetime import datetime, timedelta

from django import template
from django.template import Context
from django.templatetags.tz import do_timezone
from django.utils import timezone
from django.utils.timesince import timesince

from flexspace.core.money import Money, minimum_amount

register = template.Library()


@register.filter
def below_smallest(value: Money) -> Money | None:
    """Return Stripe's smallest charge where ``value`` is something but less; None where a card can pay it."""
    smallest = minimum_amount(value.currency)
    return Money(smallest, value.currency) if 0 < value.amount < smallest else None


@register.filter
def smallest(value: Money) -> Money:
    """Return Stripe's smallest charge in the currency of ``value``."""
    return Money(minimum_amount(value.currency), value.currency)


@register.filter
def money(value: Money | None) -> str:
    """Write money for people; a bare number is refused because nobody knows what it counts."""
    if value is None:
        return ""
    if not isinstance(value, Money):
        raise TypeError(f"|money takes Money, not {type(value).__name__}: {value!r}")
    return value.format()


@register.filter
def in_zone(value: datetime | None, zone: str) -> datetime | None:
    """Move an aware time into ``zone`` (a name such as Europe/Berlin) before it is written."""
    # Django's own conversion marks the result; without the mark the date filter would turn it back into UTC.
    return do_timezone(value, zone) if value else None


@register.filter
def ago(value: datetime | None) -> str:
    """Write how long ago an aware time was: "just now", "4 minutes ago", "3 days ago"."""
    if value is None:
        return "never"
    if timezone.now() - value < timedelta(minutes=1):
        return "just now"
    return f"{timesince(value, depth=1)} ago"


@register.filter
def unix_ms(value: datetime | None) -> str:
    """Write an aware time as Unix milliseconds, for clocks that run in the page."""
    return str(int(value.timestamp() * 1000)) if value else ""


@register.simple_tag(takes_context=True)
def active_nav(context: Context, *prefixes: str) -> str:
    """Return ``page`` for ``aria-current`` when the current url name starts with one of ``prefixes``."""
    match = getattr(context.get("request"), "resolver_match", None)
    name = match.view_name if match else ""
    return "page" if any(name.startswith(prefix) for prefix in prefixes) else "false"
