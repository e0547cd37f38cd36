"""Tells of an attempt on a timeline why a card did not pay: in the words of the charge screen."""

from flexspace.core import audit_words
from flexspace.core.models import AuditEvent
from flexspace.core.sentences import says
from terminal.enums import AttemptKind
from terminal.explain.declines import CUSTOMER_CANCELED, decline


@says("terminal.attempt.declined", tone="bad", icon="circle-x")
def not_paid(event: AuditEvent) -> str:
    """Return "€1.50 not paid on Front desk S700: the bank said not enough funds"; lost and stolen cards read neutrally.

    A refused command, and a row from before the bank's answer was kept, tell no reason.
    """
    happened, _tone, _icon = audit_words.words(event)
    why = _why(event.after) if "decline_code" in event.after else ""
    return f"{happened}: {why}" if why else happened


def _why(facts: dict[str, object]) -> str:
    code = str(facts.get("code", ""))
    if facts.get("kind") == AttemptKind.READER_REFUND and code != CUSTOMER_CANCELED:
        return f"only {facts.get('card') or 'the card that paid'} can get this money"
    said = decline(code, str(facts["decline_code"]))[0].rstrip(".")
    return f"{said[0].lower()}{said[1:]}".replace("the bank says: ", "the bank said ")
