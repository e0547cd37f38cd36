"""The desk as a game: everything people, readers, networks and processes may do, and what must hold after each move."""

from collections import Counter, defaultdict
from contextlib import suppress

from django.core.management import call_command
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from billing.enums import PaymentMethod
from billing.models import Allocation, Payment
from billing.services.payments import record_by_hand
from flexspace.core.errors import DomainError
from flexspace.core.models import Location
from terminal.enums import LIVE
from terminal.models import Attempt, AttemptAllocation, AttemptTransition
from terminal.services.step import advance
from tests.terminal.desk import ADMIN, Desk
from tests.terminal.wire import Killed

CREATE, PROCESS = "POST /v1/payment_intents", "POST /v1/terminal/readers"
CALLS = [CREATE, "POST /v1/payment_intents/", PROCESS, "GET /v1/payment_intents", "GET /v1/terminal/readers"]
OPEN = ("requires_payment_method", "requires_confirmation", "requires_action", "processing", "requires_capture")
ENDS = ("canceling", "canceled", "failed", "succeeded")
CARDS = ["4242424242424242", "4000000000000002", "4000000000009995"]
BY_CARD = (PaymentMethod.CARD_READER, PaymentMethod.SAVED_CARD)
picks = st.integers(0, 5)


class World(RuleBasedStateMachine):
    """Two readers, three invoices, two desks. ``build`` is set by the test: it makes an empty sandbox."""

    build = None

    def __init__(self):
        super().__init__()
        call_command("flush", interactive=False, verbosity=0)
        self.desk = self.opened(*type(self).build())
        self.desk.listen()
        self.invoices = [self.desk.invoice(amount) for amount in (14500, 9900, 2000)]
        self.seen: dict[int, tuple[str, int, int]] = {}
        self.touched = 0
        self.by_others: set[str] = set()  # intents that somebody touched in the Dashboard

    def opened(self, sandbox, clock):
        """Return the desk that is played at."""
        place = Location.objects.create(
            name="Hafenplatz", code="HFN", time_zone="Europe/Berlin", currency="EUR", country="DE", city="Berlin"
        )
        return Desk(sandbox, clock, place, "sk_test_hafenplatz", readers=("Front", "Lounge"),
                    codes=("simulated-s700", "simulated-wpe"))  # fmt: skip

    # What may happen.

    def attempt(self, pick):
        live = list(Attempt.objects.filter(state__in=LIVE).order_by("pk"))
        return live[pick % len(live)] if live else None

    def reader(self, pick):
        return self.desk.readers[pick % 2]

    @rule(invoice=picks, reader=picks)
    def starts(self, invoice, reader):
        self.quietly(lambda: self.desk.start(self.invoices[invoice % 3], reader=self.reader(reader)))

    @rule(seconds=st.sampled_from([0, 2, 2, 6, 30, 100]))
    def schedule_works(self, seconds):
        self.quietly(lambda: self.desk.sweep(seconds, every=5.0))

    @rule(seconds=st.sampled_from([1, 5, 25, 80]))
    def nobody_works(self, seconds):
        self.desk.clock.shift(seconds)

    @rule(pick=picks)
    def page_looks(self, pick):
        attempt = self.attempt(pick)
        if attempt:
            self.quietly(lambda: advance(attempt.pk, now=timezone.now(), on_page=True))

    @rule(reader=picks, card=st.sampled_from(CARDS))
    def customer_taps(self, reader, card):
        self.desk.tap(card, reader=self.reader(reader))

    @rule(reader=picks)
    def customer_presses_cancel(self, reader):
        self.desk.customer_cancels(self.reader(reader))

    @rule(pick=picks)
    def staff_cancel(self, pick):
        attempt = self.attempt(pick)
        if attempt:
            self.quietly(lambda: self.desk.cancel(attempt))

    @rule(pick=picks, other=st.booleans())
    def staff_retry(self, pick, other):
        attempt = self.attempt(pick)
        if attempt:
            here = self.desk.readers.index(attempt.reader) if attempt.reader else 0
            reader = self.reader(here + 1) if other else None
            self.quietly(lambda: self.desk.again(attempt, reader=reader))

    @rule(invoice=picks)
    def cash_comes_in(self, invoice):
        row, now = self.invoices[invoice % 3], timezone.now()
        row.refresh_from_db()
        self.quietly(lambda: record_by_hand(by=ADMIN, invoices=[row], amount=row.open, method=PaymentMethod.CASH,
                                            reason="till", received_at=now, now=now))  # fmt: skip

    @rule(call=st.sampled_from(CALLS), kind=st.sampled_from(
        ["answer_lost", "request_lost", "unavailable", "error_before", "error_after", "status", "slow"]))  # fmt: skip
    def network_fails(self, call, kind):
        self.desk.fault(kind, call, seconds=8, status=429)

    @rule(reader=picks, fault=st.sampled_from(
        [{"ack_timeout": "lost"}, {"ack_timeout": "delivered"}, {"ack_timeout": {"kind": "delivered", "seconds": 30}},
         {"slow": {"seconds": 40, "answer": "lost"}}, {"slow": {"seconds": 10, "answer": "late"}},
         {"dies_after_tap": True}, {"dies_after_tap": "silent"}, {"connection_error": "charged"},
         {"connection_error": "not_charged"}, {"offline": True}, {"busy": True}, {"frozen": True}]))  # fmt: skip
    def reader_fails(self, reader, fault):
        self.desk.reader_fault(self.reader(reader), **fault)

    @rule(reader=picks)
    def reader_is_well(self, reader):
        self.desk.heal_reader(self.reader(reader))

    @rule(moment=st.sampled_from(["before", "after"]), call=st.sampled_from(CALLS))
    def next_caller_dies(self, moment, call):
        self.desk.wire.kill(moment, call)

    @rule(fault=st.sampled_from([None, "webhook_lost", "webhook_doubled", "webhook_late", "webhook_wrong_signature"]))
    def events_come(self, fault):
        if fault:
            self.desk.fault(fault, times=2, seconds=20)
        self.quietly(self.desk.deliver)

    @rule(pick=picks, deed=st.sampled_from(["cancel_intent", "cancel_action"]))
    def somebody_uses_the_dashboard(self, pick, deed):
        attempt = self.attempt(pick)
        if attempt and attempt.remote_id and attempt.reader_stripe_id:
            self.by_others.add(attempt.remote_id)
            target = attempt.remote_id if deed == "cancel_intent" else attempt.reader_stripe_id
            self.desk.try_dashboard(deed, target)

    def status_of(self, intent_id):
        """Return how a PaymentIntent or a SetupIntent stands at Stripe."""
        kind = "setup_intents" if intent_id.startswith("seti_") else "payment_intents"
        return self.desk.api(f"{kind}/{intent_id}", method="GET")["status"]

    def quietly(self, deed):
        """Do something of the product's; it may be refused in words, and its process may be killed."""
        with suppress(DomainError, Killed):
            deed()

    # What must hold after every move.

    @invariant()
    def card_payments_are_succeeded_intents_to_the_cent(self):
        books = {intent["id"]: intent for intent in self.desk.books()}
        for payment in Payment.objects.filter(method__in=BY_CARD):
            intent = books[payment.reference]
            assert (intent["status"], intent["amount_received"]) == ("succeeded", payment.amount)
            assert intent["currency"].upper() == payment.currency

    @invariant()
    def nobody_pays_twice(self):
        received = Counter()
        charges = Attempt.objects.filter(remote_id__isnull=False, amount__isnull=False)
        for attempt in charges.prefetch_related("allocations"):
            intent = next(one for one in self.desk.books() if one["id"] == attempt.remote_id)
            assert len(intent["paid_charges"]) <= 1
            received[attempt.allocations.all()[0].invoice_id] += intent["amount_received"]
        by_hand = Payment.objects.exclude(method__in=BY_CARD)
        for part in Allocation.objects.filter(payment__in=by_hand):
            received[part.invoice_id] += part.amount
        for invoice in self.invoices:
            assert received[invoice.pk] <= invoice.total_amount

    @invariant()
    def one_attempt_an_invoice_one_lease_a_reader_one_open_intent(self):
        live = Counter(AttemptAllocation.objects.filter(live=True).values_list("invoice_id", flat=True))
        leases = Counter(Attempt.objects.filter(holds_reader=True).values_list("reader_id", flat=True))
        assert max([*live.values(), *leases.values(), 0]) <= 1
        shown = {call["params"]["payment_intent"] for call in self.desk.calls("process_payment_intent")
                 if call.get("params")}  # fmt: skip
        open_now = {one["id"] for one in self.desk.books() if one["status"] in OPEN} & shown
        rows = AttemptAllocation.objects.filter(attempt__remote_id__in=open_now)
        assert max([*Counter(rows.values_list("invoice_id", flat=True)).values(), 0]) <= 1

    @invariant()
    def states_and_versions_only_go_on(self):
        logs = defaultdict(list)
        lines = AttemptTransition.objects.order_by("pk").values_list("attempt_id", "version", "to_state")
        for attempt_id, *line in lines:
            logs[attempt_id].append(line)
        for pk, state, version, amount in Attempt.objects.values_list("pk", "state", "version", "amount"):
            before, at_least, same = self.seen.get(pk, (state, 0, amount))
            assert (version >= at_least, amount) == (True, same)
            if before == "succeeded":
                assert state == "succeeded"
            if before in ("canceled", "failed"):
                assert state in (before, "succeeded")
            self.seen[pk] = (state, version, amount)
            assert [line[0] for line in logs[pk]] == list(range(1, version + 1))
            assert logs[pk][-1][1] == state

    @invariant()
    def nobodys_prompt_is_taken_by_another_attempt(self):
        touches = self.desk.touches()
        for touch in touches[self.touched :]:
            victim = touch["victim"]
            if victim in self.by_others or self.status_of(victim) not in OPEN:
                continue
            attempt = Attempt.objects.get(remote_id=victim)
            assert touch["by"] == victim or (touch["by"] is None and attempt.state in ENDS), touch
        self.touched = len(touches)

    def teardown(self):
        """Let everything work again and time pass: all must end, and all books must agree."""
        self.desk.wire.heal()
        self.desk.control(f"accounts/{self.desk.key}/faults", method="DELETE")
        for reader in self.desk.readers:
            self.desk.heal_reader(reader)
        self.desk.sweep(60, every=5.0)
        for attempt in Attempt.objects.filter(state__in=LIVE):
            left = (attempt.deadline_at - timezone.now()).total_seconds()
            self.desk.sweep(max(0.0, left) + 60, every=15.0)
        assert list(Attempt.objects.filter(state__in=LIVE)) == []
        for _ in range(3):
            self.desk.deliver()
            self.desk.clock.shift(30)
        self.card_payments_are_succeeded_intents_to_the_cent()
        self.nobody_pays_twice()
        self.states_and_versions_only_go_on()
        self.nobodys_prompt_is_taken_by_another_attempt()
        booked = Payment.objects.filter(method__in=BY_CARD).values_list("amount", flat=True)
        assert sum(booked) == self.desk.received()
        bodies: dict[str, set] = {}
        for call in self.desk.calls():
            if call["idempotency_key"] and "params" in call:
                bodies.setdefault(call["idempotency_key"], set()).add((call["path"], str(call["params"])))
        assert {key: body for key, body in bodies.items() if len(body) > 1} == {}
