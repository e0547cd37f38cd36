"""What people read about collecting from saved cards: why it stands where it stands, and what to do."""

from collections.abc import Callable
from datetime import date

from billing.dunning import MAX_TRIES
from billing.enums import CollectionReason, CollectionState
from billing.models import Collection, Invoice, SavedCard
from flexspace.core.badges import Badge
from flexspace.core.models import AuditEvent
from flexspace.core.sentences import says

R, S = CollectionReason, CollectionState
BANK_WORDS = {
    "insufficient_funds": "The bank says: not enough funds",
    "expired_card": "The bank says: the card has expired",
    "authentication_required": "The bank wants the cardholder to confirm",
    "processing_error": "The bank had a hiccup",
    "issuer_not_available": "The bank could not be reached",
    "card_velocity_exceeded": "The bank says: the card is over its limit",
    "withdrawal_count_limit_exceeded": "The bank says: the card is over its limit",
}

# Why a card is not charged now, as an answer to somebody who wants that. {invoice} and {due} are filled in.
HINDRANCES: dict[CollectionReason, str] = {
    R.NOT_DUE: "{invoice} is due on {due}. A saved card is not charged earlier; take the money at the desk.",
    R.NO_CARD: "There is no card to charge. Keep one on the reader, or send the payer a link.",
    R.CARD_EXPIRED: "The card has expired. Keep another one on the reader, or send the payer a link.",
    R.CARD_REFUSED: "The bank said not to try this card again. Keep another one, or send the payer a link.",
    R.CARD_DATA: "The bank does not know the card by these data any more. Keep it anew, or send the payer a link.",
    R.CARD_GONE: "Stripe does not have this card any more. Keep another one, or send the payer a link.",
    R.AUTHENTICATION: "The bank wants the cardholder to confirm. Send a link, or ask for the card at the desk.",
    R.TRIES_USED: "This card was tried often enough for {invoice}. Keep another one, or ask for the money at the desk.",
    R.CONSENT_WITHDRAWN: "The payer took the consent back: no card may be charged. Ask for the money at the desk.",
    R.PLAN_ENDED: "{invoice} bills time after the membership ended. Void it, or take the money at the desk.",
    R.VOID: "{invoice} is void: nobody owes it.",
    R.PAID: "{invoice} is paid.",
    R.REFUNDED: "Money that was paid on {invoice} went back, so no card is charged by itself. Press “Resume” first.",
    R.MAIL_ON_ITS_WAY: "The mail with {invoice} is still on its way.",
    R.MAIL_NOT_SENT: "The mail with {invoice} did not go out. Send it again, or charge now.",
    R.NO_ACCOUNT: "{invoice}’s location has no Stripe account to charge through. An admin sets it in Stripe Config.",
}


def hindrance_sentence(why: CollectionReason, invoice: Invoice) -> str:
    """Return why the saved card must not be charged for ``invoice`` now, and what to do instead."""
    due = day(invoice.due_date) if invoice.due_date else "its due date"
    return HINDRANCES.get(why, "{invoice} is not charged to a saved card now.").format(invoice=invoice, due=due)


# Where a collection stands, in a row of the worklist. {on} is the day of the next try.
REASONS: dict[CollectionReason, str] = {
    R.NO_CARD: "No card to charge",
    R.CARD_EXPIRED: "The card has expired",
    R.CARD_REFUSED: "The bank says: do not try this card again",
    R.CARD_DATA: "The bank does not know the card any more",
    R.CARD_GONE: "Stripe does not have the card any more",
    R.AUTHENTICATION: "The bank wants the cardholder to confirm",
    R.TRIES_USED: "Tried often enough",
    R.CONSENT_WITHDRAWN: "The consent was taken back",
    R.PLAN_ENDED: "It bills time after the membership ended",
    R.VOID: "The invoice is void",
    R.PAID: "Paid another way",
    R.REFUNDED: "Money that was paid went back",
    R.NOT_ACCEPTED: "Stripe does not accept this charge",
    R.NEEDS_A_LOOK: "Other money came than was asked for",
    R.MAIL_ON_ITS_WAY: "Waits for the invoice’s mail, which is on its way",
    R.MAIL_NOT_SENT: "The invoice’s mail did not go out",
    R.NO_ACCOUNT: "This location has no Stripe account to charge through",
}
CURES: dict[CollectionReason, str] = {
    R.MAIL_NOT_SENT: "Send it again or charge now",
    R.NO_ACCOUNT: "An admin sets one in Stripe Config",
}
BADGES: dict[CollectionState, Badge] = {
    S.SCHEDULED: Badge("Scheduled", "open"),
    S.TRYING: Badge("Charging now", "live"),
    S.RETRY: Badge("Tried again", "due"),
    S.NEEDS_CARD: Badge("Needs a card", "overdue"),
    S.NEEDS_AUTHENTICATION: Badge("Needs the cardholder", "warn"),
    S.STOPPED: Badge("Stopped", "idle"),
    S.COLLECTED: Badge("Collected", "paid"),
}


def collection_badge(collection: Collection, today: date) -> Badge:
    """Return where collecting stands on the day ``today`` of its location, in a word."""
    if collection.held_up_on(today):
        return Badge("Held up", "overdue")
    return BADGES[CollectionState(collection.state)]


def reason_sentence(collection: Collection) -> str:
    """Return in plain words why the money is not there, or is not collected any more; "" when all is well."""
    if collection.state == S.TRYING:
        return "The bank is being asked"
    code, _, words = collection.stop_reason.partition(": ")
    if code == R.BY_STAFF:
        return f"Stopped: {words}"
    if code and code in set(CollectionReason):
        said = _bank_said(collection) if code == R.TRIES_USED else ""
        told = f"{REASONS[R(code)]}{': ' if words else ''}{words}{said}"
        return f"{told.rstrip('.')}. {CURES[R(code)]}" if code in CURES else told
    if collection.state == S.RETRY:
        return _bank_said(collection).removeprefix(". ") or "It could not be tried; Stripe was not ready"
    return ""


def _bank_said(collection: Collection) -> str:
    """Return the bank's last word neutrally: what is wrong with somebody's account is not for every desk."""
    if not collection.tries:
        return ""
    text = BANK_WORDS.get(collection.last_decline_code) or BANK_WORDS.get(collection.last_code, "The bank said no")
    return f". {text}"


def facts_of(collection: Collection, *, card: str) -> list[str]:
    """Return what a row adds to its sentence, in short: the card, the tries, the last mail, the next try."""
    zone, facts = collection.location.zone, []
    if collection.state != S.COLLECTED and collection.stop_reason != R.NO_CARD:
        facts.append(card or "No card")
    if collection.tries:
        facts.append(f"{collection.tries} of {MAX_TRIES} tries")
    if collection.last_contact_at:
        facts.append(f"mailed {_short(collection.last_contact_at.astimezone(zone).date())}")
    if collection.next_try_on and collection.tries:
        facts.append(f"next try {_short(collection.next_try_on)}")
    return facts


def what_will_happen(collection: Collection, *, card: SavedCard | None, today: date) -> str:
    """Return one sentence for Invoice Details: what the saved card ``card`` will be, or was, charged."""
    state = CollectionState(collection.state)
    if state in (S.SCHEDULED, S.RETRY) and collection.next_try_on:
        if collection.stop_reason:
            return f"Not charged yet. {reason_sentence(collection)}."
        when = "today" if collection.next_try_on <= today else f"on {day(collection.next_try_on)}"
        if not card:
            return f"Due to be charged {when}, but there is no card to charge."
        unfit = card.unfit_on(max(collection.next_try_on, today))
        if unfit is not R.NONE:
            return f"Due to be charged {when}, but not to {card}. {REASONS[unfit]}."
        again = "again " if collection.tries else ""
        return f"Will be charged {again}to {card} {when}."
    if state is S.TRYING:
        return f"Being charged to {card or 'the saved card'} right now."
    if state is S.COLLECTED:
        return "Paid another way." if collection.stop_reason == R.PAID else "Paid by the saved card."
    if state is S.NEEDS_AUTHENTICATION:
        how = "A mail shows them how." if collection.last_contact_at else "Ask at the next visit."
        return f"The bank wants the cardholder to confirm. {how}"
    if state is S.NEEDS_CARD:
        return f"Waits for another card. {reason_sentence(collection)}."
    return f"Not charged by itself any more. {reason_sentence(collection)}."


def day(value: date) -> str:
    """Return a day as people read it: 1 Dec 2026."""
    return f"{value.day} {value:%b %Y}"


def _short(value: date) -> str:
    return f"{value.day} {value:%b}"


def _tell(template: str) -> Callable[[AuditEvent], str]:
    """Return what tells an event by ``template``: {on} is its day, {reason} why, {card} the card."""

    def teller(event: AuditEvent) -> str:
        facts = event.after
        on, reason = str(facts.get("on", "")), str(facts.get("reason", ""))
        code, _, words = reason.partition(": ")
        return template.format(
            on=day(date.fromisoformat(on)) if on else "a later day",
            reason=words or (REASONS.get(R(code), "") if code in set(CollectionReason) else reason),
            card=facts.get("card", "the saved card"),
        ).rstrip(": ")

    return teller


for _action, _template, _tone, _icon in (
    ("scheduled", "The saved card is charged on {on}", "", "calendar-clock"),
    ("retry", "The card was not charged; tried again on {on}", "warn", "calendar-clock"),
    ("needs_card", "Another card is needed: {reason}", "bad", "credit-card"),
    ("needs_authentication", "The bank wants the cardholder to confirm", "warn", "user-check"),
    ("stopped", "Not charged by itself any more: {reason}", "warn", "circle-pause"),
    ("collected", "Nothing is left to collect", "ok", "check"),
    ("mail_waived", "Charged although its mail did not go out", "warn", "mail-x"),
    ("resumed", "Charged by itself again from {on}", "", "circle-play"),
    ("put_off", "The saved card is charged on {on} at the earliest", "", "calendar-clock"),
    ("ask_at_visit", "To be asked at the next visit", "", "bell"),
    ("asked_at_visit", "Need not be asked at the next visit any more", "", "bell-off"),
):
    says(f"billing.collection.{_action}", tone=_tone, icon=_icon)(_tell(_template))
