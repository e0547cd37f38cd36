"""What a timeline says of the card that is charged by default, and which one it takes the place of."""

from flexspace.core.models import AuditEvent
from flexspace.core.sentences import says


@says("billing.card.kept", tone="ok", icon="credit-card")
def kept(event: AuditEvent) -> str:
    """Return that a card was kept; the newest is the one that is charged."""
    return f"{_card(event)} kept for {event.after.get('purpose', 'later')}{_instead(event)}"


@says("billing.card.default", icon="star")
def default(event: AuditEvent) -> str:
    """Return which card is charged from now on."""
    return f"{_card(event)} is charged by default{_instead(event)}"


def _card(event: AuditEvent) -> str:
    return str(event.after.get("card", "The card"))


def _instead(event: AuditEvent) -> str:
    before = event.after.get("instead_of")
    return f", in place of {before}" if before else ""
