"""The desk's game with saved cards joined: the schedule, staff and banks play on the same three invoices."""

from collections import Counter
from contextlib import suppress

from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from billing.dunning import MAX_TRIES
from billing.enums import DUE_STATES, CollectionState
from billing.models import Allocation, Collection, Payment
from billing.services import collecting
from flexspace.core.errors import DomainError
from terminal.enums import LIVE, AttemptKind
from terminal.models import Attempt, AttemptAllocation
from terminal.services.collect_due import charge_now
from terminal.services.step import advance
from tests.terminal.desk import ADMIN
from tests.terminal.saved import keep_card, night, owing
from tests.terminal.world import BY_CARD, OPEN, World, picks

ANSWERS = [None, ("card_declined", "insufficient_funds"), ("card_declined", "stolen_card"),
           ("authentication_required", "authentication_required")]  # fmt: skip


class CollectWorld(World):
    """Three members with a saved card each; all their invoices are due today."""

    def __init__(self):
        super().__init__()
        self.invoices = [owing(self.desk, amount) for amount in (14500, 9900, 2000)]

    # What may happen besides.

    @rule()
    def schedule_charges(self):
        self.quietly(lambda: night(self.desk))

    @rule(kind=st.sampled_from(["answer_lost", "request_lost", "error_before", "error_after"]), canceled=st.booleans())
    def schedule_charges_into_trouble(self, kind, canceled):
        """The bank's answer gets lost, and staff may want out before anybody knows."""
        self.desk.fault(kind, "POST /v1/payment_intents")
        self.quietly(lambda: night(self.desk))
        doubt = self.charging().filter(unanswered__gt=0).first()
        if canceled and doubt:
            self.quietly(lambda: self.desk.cancel(doubt))

    @rule(invoice=picks)
    def staff_charge_now(self, invoice):
        def press():
            attempt = charge_now(by=ADMIN, invoice=self.invoices[invoice % 3], now=timezone.now())
            advance(attempt.pk, now=timezone.now())

        self.quietly(press)

    @rule(invoice=picks, answer=st.sampled_from(ANSWERS))
    def bank_makes_up_its_mind(self, invoice, answer):
        card = self.invoices[invoice % 3].member.saved_cards.filter(is_default=True).first()
        code, decline_code = answer or ("", "")
        self.desk.dashboard("decline_next", card.payment_method_id, code=code, decline_code=decline_code)

    @rule(invoice=picks)
    def another_card_is_kept(self, invoice):
        keep_card(self.desk, self.invoices[invoice % 3].member)

    @rule(invoice=picks, resumed=st.booleans())
    def staff_stop_or_resume(self, invoice, resumed):
        row, now = self.invoices[invoice % 3], timezone.now()
        if resumed:
            self.quietly(lambda: collecting.resume(by=ADMIN, invoice=row, now=now))
        else:
            self.quietly(lambda: collecting.stop(by=ADMIN, invoice=row, reason="asked to", now=now))

    @rule(days=st.sampled_from([1, 3, 7]))
    def days_pass(self, days):
        self.desk.clock.shift(days * 86400)

    # What must hold after every move.

    def charging(self):
        return Attempt.objects.filter(kind=AttemptKind.OFF_SESSION, state__in=LIVE)

    def intents_of(self):
        """Return invoice id → Stripe's intents for it, found by what each says of itself."""
        books = self.desk.books()
        rows = AttemptAllocation.objects.filter(attempt__uuid__in=[one["metadata"]["attempt"] for one in books])
        of = {str(uuid): invoice for uuid, invoice in rows.values_list("attempt__uuid", "invoice_id")}
        found = {invoice.pk: [] for invoice in self.invoices}
        for one in books:
            found[of[one["metadata"]["attempt"]]].append(one)
        return found

    @invariant()
    def nobody_pays_twice(self):
        received = Counter({pk: sum(one["amount_received"] for one in its) for pk, its in self.intents_of().items()})
        for part in Allocation.objects.filter(payment__in=Payment.objects.exclude(method__in=BY_CARD)):
            received[part.invoice_id] += part.amount
        for invoice in self.invoices:
            assert received[invoice.pk] <= invoice.total_amount

    @invariant()
    def one_intent_that_may_charge_a_card_for_an_invoice(self):
        shown = {call["params"]["payment_intent"] for call in self.desk.calls("process_payment_intent")
                 if call.get("params")}  # fmt: skip
        for its in self.intents_of().values():
            armed = [one for one in its if one["status"] in OPEN and (one["customer"] or one["id"] in shown)]
            assert len(armed) <= 1

    @invariant()
    def no_bank_is_asked_five_times(self):
        for its in self.intents_of().values():
            asked = [one for one in its if one["customer"] and one["charges"]]
            assert len(asked) <= MAX_TRIES
            assert all(len(one["charges"]) == 1 for one in asked)

    @invariant()
    def collection_says_what_is(self):
        trying = set(self.charging().values_list("allocations__invoice", flat=True))
        rows = Collection.objects.filter(invoice__in=self.invoices)
        said = rows.values_list("invoice_id", "state", "next_try_on", "invoice__open_amount")
        assert len(said) == len(self.invoices)
        for invoice_id, state, next_try_on, owed in said:
            assert (state == CollectionState.TRYING) == (invoice_id in trying)
            assert (state == CollectionState.COLLECTED) == (owed == 0)
            assert (state in DUE_STATES) == (next_try_on is not None)

    def teardown(self):
        """Let doubts end first: by the same key at once, by the list within a quarter of an hour."""
        self.desk.wire.heal()
        self.desk.control(f"accounts/{self.desk.key}/faults", method="DELETE")
        for _ in range(50):
            if not self.charging().exists():
                break
            with suppress(DomainError):
                self.desk.sweep(60, every=15.0)
        assert not self.charging().exists()
        super().teardown()
        tries = Collection.objects.values_list("invoice_id", "tries")
        asked = {
            pk: sum(1 for one in its if one["customer"] and one["charges"]) for pk, its in self.intents_of().items()
        }
        assert dict(tries) == asked
