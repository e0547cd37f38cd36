"""What tests of keeping a card share: two kinds of it, what people go on doing, and what must hold at the end."""

from contextlib import suppress

from django.utils import timezone

from billing.models import Payment, SavedCard
from flexspace.core.errors import Conflict
from terminal.models import StripeCustomer
from terminal.services.capture import start_capture
from tests.factories.cards import make_consent
from tests.terminal.desk import ADMIN
from tests.terminal.wire import Killed

KINDS = ("capture", "pay_and_keep")
CALLS = {
    "c2_customer": "POST /v1/customers",
    "c2_name": "POST /v1/customers/cus_",
    "c3_intent": {"capture": "POST /v1/setup_intents", "pay_and_keep": "POST /v1/payment_intents"},
    "c4_process": "POST /v1/terminal/readers",
    "c5_reader": "GET /v1/terminal/readers",
    "c5_intent": {"capture": "GET /v1/setup_intents", "pay_and_keep": "GET /v1/payment_intents"},
    "c6_card": "GET /v1/payment_methods",
}
# What a charge has in common with one that keeps no card is in the tests of charges.
CELLS = [*((step, "capture") for step in CALLS), ("c2_customer", "pay_and_keep"), ("c6_card", "pay_and_keep")]
NETWORK = {
    "f3_answer_lost": {"kind": "answer_lost"},
    "f5_error_before": {"kind": "error_before"},
    "f5_error_after": {"kind": "error_after"},
    "f5_unavailable": {"kind": "unavailable"},
    "f6_too_many": {"kind": "status", "status": 429},
    "f7_reset": {"kind": "request_lost"},
}
READER = {
    "f8a_offline": {"offline": True},
    "f8b_busy": {"busy": True},
    "f8c_frozen": {"frozen": True},
    "f8c_timeout_lost": {"ack_timeout": "lost"},
    "f8c_timeout_delivered": {"ack_timeout": "delivered"},
    "f8c_slow_and_lost": {"slow": {"seconds": 40, "answer": "lost"}},
}


def begin(desk, kind, anna, consent=None):
    """Reserve; nothing is sent yet."""
    consent = consent or make_consent(anna)
    if kind == "capture":
        return start_capture(by=ADMIN, consent=consent, reader=desk.reader, now=timezone.now())
    return desk.start(desk.invoice(14500, member=anna), consent=consent)


def path_of(step, kind):
    return CALLS[step] if isinstance(CALLS[step], str) else CALLS[step][kind]


def go_on(desk, attempt, *, taps=True, rounds=40):
    """Let schedule and people do what they would: tap when asked, press again when that is offered."""
    for _ in range(rounds):
        with suppress(Killed):
            desk.settle(attempt, 4)
        attempt.refresh_from_db()
        if not attempt.is_live:
            return attempt
        if taps and desk.screen()["state"] in ("save_card", "amount"):
            desk.tap()
        elif attempt.state in ("created", "declined", "unknown"):
            with suppress(Conflict):
                desk.again(attempt)
    return attempt


def kept_once(desk, kind, anna, attempt):
    """Check that everything agrees on one card that is kept, and on the money where there was any."""
    card = SavedCard.objects.get()
    facts = (attempt.state, attempt.keep_result, attempt.kept_card, card.removed_at)
    assert facts == ("succeeded", "kept", card, None), (facts, attempt.last_code)
    assert StripeCustomer.objects.get().customer_id == card.customer_id == attempt.customer_id
    listed = desk.api(f"customers/{card.customer_id}/payment_methods", method="GET")["data"]
    assert [method["id"] for method in listed] == [card.payment_method_id]
    assert listed[0]["allow_redisplay"] == "limited"
    paid = [(one["status"], len(one["paid_charges"])) for one in desk.books()]
    assert paid == ([] if kind == "capture" else [("succeeded", 1)])
    assert Payment.objects.count() == len(paid)


def nothing_kept(desk, attempt, state="canceled"):
    """Check that nothing was kept and nothing can be any more."""
    attempt.refresh_from_db()
    assert (attempt.state, attempt.holds_reader, SavedCard.objects.usable().count()) == (state, False, 0)
    if attempt.remote_id:
        kind = "setup_intents" if attempt.amount is None else "payment_intents"
        assert desk.api(f"{kind}/{attempt.remote_id}", method="GET")["status"] == "canceled"


def next_try(desk, kind, anna, attempt):
    """Start anew what ended."""
    if kind == "capture":
        return begin(desk, kind, anna)
    return desk.start(attempt.allocations.get().invoice, consent=attempt.consent)
