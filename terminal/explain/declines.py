"""Declines in plain words: what happened, and what to say. Lost and stolen cards are shown neutrally.

Codes: https://docs.stripe.com/declines/codes
"""

ASK_ANOTHER = "Ask for another card."
NEUTRAL = ("The bank refused the card.", ASK_ANOTHER)

DECLINES: dict[str, tuple[str, str]] = {
    "insufficient_funds": ("The bank says: not enough funds.", ASK_ANOTHER),
    "expired_card": ("The card has expired.", ASK_ANOTHER),
    "incorrect_pin": ("The PIN was wrong.", "Ask them to try once more, slowly."),
    "invalid_pin": ("The PIN was wrong.", "Ask them to try once more, slowly."),
    "offline_pin_required": ("The card wants its PIN.", "Ask them to insert the card and type the PIN."),
    "online_or_offline_pin_required": ("The card wants its PIN.", "Ask them to insert the card and type the PIN."),
    "pin_try_exceeded": ("The PIN was wrong too often; the card is blocked.", ASK_ANOTHER),
    "withdrawal_count_limit_exceeded": ("The card is over its limit.", ASK_ANOTHER),
    "card_velocity_exceeded": ("The card is over its limit.", ASK_ANOTHER),
    "call_issuer": ("The bank wants to talk to its customer.", f"{ASK_ANOTHER} They may call their bank."),
    "currency_not_supported": ("The card does not take this currency.", ASK_ANOTHER),
    "card_not_supported": ("The card cannot be used for this.", ASK_ANOTHER),
    "processing_error": ("The bank had a hiccup.", "Try the same card once more."),
    "try_again_later": ("The bank had a hiccup.", "Try the same card once more."),
    "issuer_not_available": ("The bank could not be reached.", "Try the same card once more."),
    "reenter_transaction": ("The bank had a hiccup.", "Try the same card once more."),
    "customer_canceled": ("The customer pressed cancel on the reader.", "Ask whether they want to pay another way."),
}


def decline(code: str, decline_code: str) -> tuple[str, str]:
    """Return (what happened, what to say) for a failed card; unknown and delicate codes read neutrally."""
    return DECLINES.get(decline_code) or DECLINES.get(code) or NEUTRAL
