"""Declines in plain words: what happened, and what to say. Lost and stolen cards are shown neutrally.

Codes: https://docs.stripe.com/declines/codes
"""

from terminal.models import Attempt

CUSTOMER_CANCELED = "customer_canceled"
ASK_ANOTHER = "Could you try another card, please?"
NEUTRAL = ("The bank refused the card.", ASK_ANOTHER)
WRONG_CARD = "The reader did not take it: only {card} can get this money."

DECLINES: dict[str, tuple[str, str]] = {
    "insufficient_funds": ("The bank says: not enough funds.", ASK_ANOTHER),
    "expired_card": ("The card has expired.", ASK_ANOTHER),
    "incorrect_pin": ("The PIN was wrong.", "Could you type the PIN once more, please?"),
    "invalid_pin": ("The PIN was wrong.", "Could you type the PIN once more, please?"),
    "offline_pin_required": ("The card wants its PIN.", "Please insert the card and type your PIN."),
    "online_or_offline_pin_required": ("The card wants its PIN.", "Please insert the card and type your PIN."),
    "pin_try_exceeded": ("The PIN was wrong too often; the card is blocked.", ASK_ANOTHER),
    "withdrawal_count_limit_exceeded": ("The card is over its limit.", ASK_ANOTHER),
    "card_velocity_exceeded": ("The card is over its limit.", ASK_ANOTHER),
    "call_issuer": ("The bank wants to talk to its customer.", f"{ASK_ANOTHER} Your bank can tell you more."),
    "currency_not_supported": ("The card does not take this currency.", ASK_ANOTHER),
    "card_not_supported": ("The card cannot be used for this.", ASK_ANOTHER),
    "processing_error": ("The bank had a hiccup.", "Could you try the same card once more, please?"),
    "try_again_later": ("The bank had a hiccup.", "Could you try the same card once more, please?"),
    "issuer_not_available": ("The bank could not be reached.", "Could you try the same card once more, please?"),
    "reenter_transaction": ("The bank had a hiccup.", "Could you try the same card once more, please?"),
    "authentication_required": (
        "The bank wants the cardholder to confirm the payment.",
        "May I have the card, please?",
    ),
    "requires_action": ("The bank wants the cardholder to confirm the payment.", "May I have the card, please?"),
    CUSTOMER_CANCELED: ("The customer pressed cancel on the reader.", "Would you like to pay another way?"),
}


def decline(code: str, decline_code: str) -> tuple[str, str]:
    """Return (what happened, what to say) for a failed card; unknown and delicate codes read neutrally."""
    return DECLINES.get(decline_code) or DECLINES.get(code) or NEUTRAL


def refund_decline(attempt: Attempt, happened: str) -> tuple[str, str]:
    """Return the same for money that is to go back: mostly it is another card than the one that paid."""
    card = _right_card(attempt)
    if attempt.last_code == CUSTOMER_CANCELED:
        return happened, f"Shall we give it back on {card}?"
    return WRONG_CARD.format(card=card), f"Do you have {card} with you, please?"


def answer_before_the_end(attempt: Attempt) -> str:
    """Return in a sentence why the last card did not do it, of an attempt that was cancelled then; "" without any."""
    code = attempt.last_decline_code
    if code and attempt.refund and code != CUSTOMER_CANCELED:
        return WRONG_CARD.format(card=_right_card(attempt))
    return decline(code, code)[0] if code else ""


def _right_card(attempt: Attempt) -> str:
    return (attempt.refund.payment.card if attempt.refund else "") or "the card that paid"
