"""The desk's game with money that goes back: asked for here, made in the Dashboard, coming back days later.

What is over on an invoice, because somebody brought too much or a refund came back, may pay another one.
"""

from collections import Counter

from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from billing.enums import PaymentMethod, RefundMethod, RefundOutcome
from billing.models import Allocation, Invoice, Payment, Refund
from billing.queries.refunds import refundable
from billing.services.attaching import use_rest
from billing.services.payments import record_by_hand
from billing.services.refunds import decide_outcome
from billing.services.surplus import move_surplus
from billing.signals import about_to_change
from flexspace.core.money import Money
from terminal.models import Attempt, AttemptAllocation
from terminal.services.refund_step import due_refunds, step_refund
from tests.factories.billing import make_payment
from tests.factories.members import make_member
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
    """Three invoices of one member; what was paid goes back in parts, by two desks, the Dashboard and the banks."""

    def __init__(self):
        super().__init__()
        payer = make_member(self.desk.location)
        self.invoices = [self.desk.invoice(amount, member=payer) for amount in (14500, 9900, 2000)]
        # Invoice id → what may come besides its total: it went back to be paid another way, or too much was brought.
        self.besides = Counter()

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
                self.desk.tap(reader=attempt.reader, **self.presented(later))
                self.desk.settle(attempt, 4)

        self.quietly(pay)

    def presented(self, later):
        """Return the card, and how it is presented; ``later``: what goes back to it fails later."""
        return {"card": FAILS_LATER if later else "4242424242424242"}

    @rule(invoice=picks, amount=st.sampled_from([300, 2500, 20000]), other=st.sampled_from([None, 1, 2]))
    def customer_brings_too_much(self, invoice, amount, other):
        """Book more than is open; staff may use it for another invoice at once."""
        row = self.invoices[invoice % 3]
        row.refresh_from_db()

        def take():
            about_to_change.send(sender=Invoice, invoice_ids=[row.pk])
            make_payment(row, row.open_amount + amount, method=PaymentMethod.CASH, received_at=timezone.now())
            self.besides[row.pk] += amount

        self.quietly(take)
        if other:
            self.quietly(lambda: self.use(row, self.invoices[(invoice + other) % 3]))

    @rule(invoice=picks, beyond=st.sampled_from([300, 2500]), other=st.sampled_from([None, 1, 2]))
    def customer_leaves_too_much(self, invoice, beyond, other):
        """Keep what is over as the payer's balance; staff may let it pay another invoice at once."""
        row, now, made = self.invoices[invoice % 3], timezone.now(), []
        row.refresh_from_db()
        amount = row.open + Money(beyond, row.currency)
        self.quietly(lambda: made.append(
            record_by_hand(by=ADMIN, invoices=[row], amount=amount, method=PaymentMethod.CASH, beyond=beyond,
                           reason="bank", received_at=now, now=now)))  # fmt: skip
        if made and other:
            target = self.invoices[(invoice + other) % 3]
            self.quietly(lambda: use_rest(by=ADMIN, payment=made[0], invoice=target, reason="balance", now=now))

    def use(self, source, target):
        move_surplus(by=ADMIN, source=source, target=target, now=timezone.now())

    @rule(pick=picks, other=st.sampled_from([1, 2]))
    def staff_use_what_is_over(self, pick, other):
        """Let what is over pay another invoice, which may be open, paid, or about to be."""
        numbers = {invoice.pk: number for number, invoice in enumerate(self.invoices)}
        over = [row for row in Invoice.objects.filter(pk__in=numbers).order_by("pk") if row.surplus.amount]
        if over:
            source = over[pick % len(over)]
            target = self.invoices[(numbers[source.pk] + other) % 3]
            self.quietly(lambda: self.use(source, target))

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
                self.besides[invoice_id] += amount

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
                    self.besides[part.invoice_id] += part.amount

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
        """What was given back to be paid another way may be paid once more, and what was too much is known."""
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
            assert received[invoice.pk] <= invoice.total_amount + self.besides[invoice.pk]

    @invariant()
    def invoices_are_the_sums_of_their_rows(self):
        invariants.money_is_conserved(self.desk)

    @invariant()
    def no_more_goes_back_than_came(self):
        invariants.no_more_goes_back_than_came(self.desk)

    @invariant()
    def nothing_is_paid_with_more_than_came(self):
        invariants.nothing_is_paid_with_more_than_came(self.desk)

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
