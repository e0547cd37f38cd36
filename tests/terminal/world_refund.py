"""The desk's game with money that goes back: asked for here, made in the Dashboard, coming back days later."""

from collections import Counter

from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from billing.enums import PaymentMethod, RefundMethod, RefundOutcome
from billing.models import Allocation, Payment, Refund
from billing.queries.refunds import refundable
from billing.services.refunds import decide_outcome
from terminal.models import Attempt, AttemptAllocation
from terminal.services.refund_step import due_refunds, step_refund
from tests.factories.refunds import give_back
from tests.terminal import invariants
from tests.terminal.desk import ADMIN
from tests.terminal.flows import mails
from tests.terminal.money_back import FAILS_LATER, listing, work
from tests.terminal.world import BY_CARD, World, picks

OUTCOMES = [RefundOutcome.CREDIT, RefundOutcome.REOPEN]
CALLS = ["POST /v1/refunds", "GET /v1/refunds"]
FAULTS = ["answer_lost", "request_lost", "unavailable", "error_before", "error_after", "status"]


class RefundWorld(World):
    """Three invoices as ever; what was paid goes back in parts, by two desks, the Dashboard and the banks."""

    def __init__(self):
        super().__init__()
        self.reopened = (
            Counter()
        )  # invoice id → what may be paid once more, because it went back to be paid another way

    # What may happen besides.

    def payment(self, pick):
        rows = list(Payment.objects.order_by("pk"))
        return rows[pick % len(rows)] if rows else None

    @rule(invoice=picks, later=st.booleans())
    def customer_pays(self, invoice, later):
        """Take one invoice through, so that there is something to give back."""

        def pay():
            attempt = self.desk.start(self.invoices[invoice % 3])
            self.desk.settle(attempt, 2)
            if attempt.state == "waiting":
                self.desk.tap(FAILS_LATER if later else "4242424242424242", reader=attempt.reader)
                self.desk.settle(attempt, 4)

        self.quietly(pay)

    @rule(pick=picks, share=st.sampled_from([1, 2, 3]), outcome=st.sampled_from(OUTCOMES), card=st.booleans())
    def staff_give_back(self, pick, share, outcome, card):
        payment = self.payment(pick)
        if payment is None or not payment.allocations.exists():
            return
        invoice_id = payment.allocations.order_by("pk")[0].invoice_id
        amount = max(1, refundable(payment).parts.get(invoice_id, 0) // share)
        by_card = card and payment.method in BY_CARD

        def ask():
            give_back(payment, amount, outcome=outcome, now=timezone.now(),
                      method=RefundMethod.CARD if by_card else RefundMethod.CASH)  # fmt: skip
            if outcome == RefundOutcome.REOPEN:
                self.reopened[invoice_id] += amount

        self.quietly(ask)

    @rule(seconds=st.sampled_from([0, 2, 30, 700]))
    def schedule_gives_back(self, seconds):
        self.quietly(lambda: work(self.desk, seconds, every=30.0))

    @rule(pick=picks)
    def page_gives_back(self, pick):
        due = due_refunds(timezone.now())
        if due:
            self.quietly(lambda: step_refund(due[pick % len(due)], now=timezone.now()))

    @rule(pick=picks, amount=st.sampled_from([100, 700, 14500]))
    def somebody_gives_back_in_the_dashboard(self, pick, amount):
        payment = self.payment(pick)
        if payment and payment.method in BY_CARD:
            body = {"do": "refund", "id": payment.reference, "amount": amount}
            self.desk.session.post(f"http://stripe.test/_sandbox/accounts/{self.desk.key}/dashboard", json=body)

    @rule(days=st.sampled_from([0, 0, 1, 6]))
    def schedule_lists_refunds(self, days):
        self.desk.clock.shift(days * 86400)
        self.quietly(listing)

    @rule(pick=picks, outcome=st.sampled_from(OUTCOMES))
    def manager_decides(self, pick, outcome):
        rows = list(Refund.objects.filter(outcome=RefundOutcome.UNDECIDED).order_by("pk"))
        if not rows:
            return
        row = rows[pick % len(rows)]

        def decide():
            decide_outcome(by=ADMIN, refund=row, outcome=outcome, now=timezone.now())
            if outcome == RefundOutcome.REOPEN:
                for part in row.allocations.all():
                    self.reopened[part.invoice_id] += part.amount

        self.quietly(decide)

    @rule(call=st.sampled_from(CALLS), kind=st.sampled_from(FAULTS), times=st.sampled_from([1, 3]))
    def refunds_fail(self, call, kind, times):
        self.desk.fault(kind, call, times=times, status=429)

    @rule(moment=st.sampled_from(["before", "after"]), call=st.sampled_from(CALLS))
    def next_refunder_dies(self, moment, call):
        self.desk.wire.kill(moment, call)

    # What must hold after every move.

    @invariant()
    def nobody_pays_twice(self):
        """What was given back to be paid another way may be paid once more, and nothing else."""
        received = Counter()
        of = dict(AttemptAllocation.objects.values_list("attempt__uuid", "invoice_id"))
        for one in self.desk.books():
            assert len(one["paid_charges"]) <= 1
            received[next(pk for uuid, pk in of.items() if str(uuid) == one["metadata"]["attempt"])] += one[
                "amount_received"
            ]
        for part in Allocation.objects.filter(payment__in=Payment.objects.exclude(method__in=BY_CARD)):
            received[part.invoice_id] += part.amount
        for invoice in self.invoices:
            assert received[invoice.pk] <= invoice.total_amount + self.reopened[invoice.pk]

    @invariant()
    def invoices_are_the_sums_of_their_rows(self):
        invariants.money_is_conserved(self.desk)

    @invariant()
    def no_more_goes_back_than_came(self):
        invariants.no_more_goes_back_than_came(self.desk)

    def teardown(self):
        """Let every refund end, then let every event that ever came come again: nothing moves."""
        self.desk.wire.heal()
        self.desk.control(f"accounts/{self.desk.key}/faults", method="DELETE")
        for every in (5.0, 60.0, 300.0):
            work(self.desk, every * 12, every=every)
        super().teardown()
        self.desk.clock.shift(86400)
        listing()
        self.desk.deliver()
        work(self.desk, 3600, every=300.0)
        assert not Attempt.objects.live().exists()
        mails()
        # What was given back to be paid another way is paid by a second intent: counted above.
        invariants.all_hold_at_rest(self.desk, but=[invariants.nobody_is_charged_twice])
        assert set(Payment.objects.values_list("method", flat=True)) <= {PaymentMethod.CASH, *BY_CARD}
