"""How an attempt ended, in words: what was booked, which card was kept, and what to do before the customer leaves."""

from billing.enums import RefundState
from billing.models import Refund
from terminal.enums import AttemptKind, AttemptState, CancelReason, KeepResult
from terminal.explain.declines import answer_before_the_end
from terminal.explain.parts import still_open
from terminal.explain.picture import CARD_LINK, CASH, KEEP, LINK, NEW, Picture
from terminal.explain.problems import code_sentence
from terminal.explain.words import kept_for, words_of
from terminal.models import Attempt
from terminal.rules import NOT_AT_STRIPE

S = AttemptState
# Networks whose cards can be kept only when another one is on the card too.
# https://docs.stripe.com/terminal/features/saving-payment-details/overview
ALONE = {"interac": "Interac", "eftpos_au": "eftpos", "girocard": "girocard"}


def over(attempt: Attempt) -> Picture:
    """Return the picture of an attempt in a final state."""
    state = S(attempt.state)
    if attempt.refund:
        return _gave_back(attempt, attempt.refund)
    if state is S.SUCCEEDED:
        return _kept_or_not(attempt) if attempt.kind == AttemptKind.CARD_CAPTURE else _paid(attempt)
    words = words_of(attempt)
    again = _ways_to_keep(attempt) if attempt.kind == AttemptKind.CARD_CAPTURE else (NEW, LINK, CASH)
    if state is S.CANCELED:
        walked = attempt.cancel_reason == CancelReason.DEADLINE
        text = _and_before(attempt, f"Nobody tapped in time. {words.nothing}" if walked else words.nothing)
        not_done = "No card kept" if attempt.kind == AttemptKind.CARD_CAPTURE else "Not paid"
        title = "Cancelled" if attempt.cancel_reason == CancelReason.STAFF else not_done
        return Picture("canceled", "quiet", title, text, "", again)
    return Picture("failed", "bad", "Not started", f"{_why_failed(attempt)} {words.nothing}", "", again)


def _gave_back(attempt: Attempt, refund: Refund) -> Picture:
    """Return how a refund on a reader ended. It is asked for anew from the payment, which knows what can go back."""
    if attempt.state == S.SUCCEEDED:
        text, say = f"{refund.money} went back to {refund.payment.card}.", "Your money is on its way back."
        after_all = bool(attempt.cancel_reason)
        title = "Given back after all" if after_all else "Given back"
        return Picture("given_back", "warn" if after_all else "good", title, text, say, ())
    if attempt.state == S.FAILED:
        return Picture("failed", "bad", "Not started", f"{_why_failed(attempt)} Nothing went back.", "", ())
    walked = attempt.cancel_reason == CancelReason.DEADLINE
    text = "Nobody presented the card in time. Nothing went back." if walked else "Nothing went back."
    text = _and_before(attempt, text)
    if refund.state == RefundState.SUCCEEDED:
        text = f"{refund.money} went back on another reader."
    title = "Cancelled" if attempt.cancel_reason == CancelReason.STAFF else "Not given back"
    return Picture("canceled", "quiet", title, text, "", ())


def _and_before(attempt: Attempt, text: str) -> str:
    """Return ``text`` after what the bank or the reader had said of the last card."""
    return f"{answer_before_the_end(attempt)} {text}".strip()


def _why_failed(attempt: Attempt) -> str:
    if not attempt.last_code:
        return "It was ended before anything was sent."
    no_customer = attempt.customer_id and attempt.last_code == NOT_AT_STRIPE
    return code_sentence("customer_missing" if no_customer else attempt.last_code)


def _paid(attempt: Attempt) -> Picture:
    late, rest = attempt.needs_a_look, still_open(attempt)
    if late or attempt.cancel_reason:
        text = f"The payment had already gone through, so it was booked. {rest}".strip()
        return Picture("paid_late", "warn", "Paid after all", text, "Your payment went through.", ())
    booked = f"{attempt.money} is booked. {rest}".strip()
    thanks = f"Thank you, {attempt.money} is paid." if rest else "Thank you, that's paid."
    if attempt.keep_result in (KeepResult.NOT_ASKED, KeepResult.KEPT):
        text = f"{booked} {_kept_words(attempt)}".strip()
        say = "" if attempt.kind == AttemptKind.PAY_LINK else thanks
        return Picture("paid", "good", "Paid", text, say, ())
    say = f"{thanks} May we keep your plastic card for the dues?"
    actions = _ways_to_keep(attempt)
    return Picture("paid_not_kept", "good", "Paid", booked, say if actions else "", actions, _why_not(attempt))


def _kept_or_not(attempt: Attempt) -> Picture:
    if attempt.keep_result == KeepResult.KEPT:
        return Picture("kept", "good", "Card kept", _kept_words(attempt), "Thank you, your card is kept.", ())
    actions = _ways_to_keep(attempt)
    say = "Do you have another card, please? This one cannot be kept." if actions else ""
    title = "Not kept" if attempt.keep_result == KeepResult.DROPPED else "Checked, but cannot be kept"
    return Picture("not_kept", "warn", title, _why_not(attempt), say, actions)


def _kept_words(attempt: Attempt) -> str:
    """Say which card was kept and for what; empty when none was."""
    card = attempt.kept_card
    if card is None or attempt.consent is None:
        return ""
    text = f"{card} is kept for {kept_for(attempt.consent.purpose)}."
    if card.wallet:
        text += " It was a phone or watch: it pays the monthly bills by itself, but nothing at the counter."
    return f"{text} It was kept before: the older entry is replaced." if card.replaced.all() else text


def _why_not(attempt: Attempt) -> str:
    """Say why no card was kept, so that it is said before the customer leaves."""
    if attempt.keep_result == KeepResult.WALLET:
        return "A phone or watch was tapped, and that cannot be kept. Ask for the plastic card, or send a link."
    if attempt.keep_result == KeepResult.DROPPED:
        return "The consent was withdrawn meanwhile, or they were archived, so the card was removed again."
    network = ALONE.get(attempt.card_brand)
    if network:
        return (
            f"The card has only {network} on it, and such cards cannot be charged while nobody is present. "
            "One that also shows Visa or Mastercard can be kept; with a chip, insert it."
        )
    return "This card's bank does not let it be kept. Another card usually works, or send a link."


def _ways_to_keep(attempt: Attempt) -> tuple[str, ...]:
    """Return the keys that ask for a card once more, while the consent still allows that."""
    gone = attempt.member is not None and attempt.member.archived_at is not None
    return (KEEP, CARD_LINK) if attempt.consent and attempt.consent.holds and not gone else ()
