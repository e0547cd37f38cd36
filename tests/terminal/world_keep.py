"""The desk's game with cards that are kept, alone and with a payment, and with everything that may end a kept card."""

from collections import Counter

from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from billing.models import Consent, SavedCard
from billing.services.consents import withdraw_consent
from billing.services.saved_cards import remove_card, set_default
from members.models import Member
from members.services.members import archive_member
from terminal import tasks
from terminal.enums import LIVE, AttemptKind
from terminal.models import Attempt, StripeCustomer
from terminal.services.capture import start_capture
from terminal.services.keeping import capture_after
from tests.factories.cards import make_consent
from tests.factories.members import make_member
from tests.terminal.desk import ADMIN
from tests.terminal.world import World, picks

CALLS = ["POST /v1/customers", "POST /v1/setup_intents", "POST /v1/setup_intents/seti_", "GET /v1/setup_intents",
         "GET /v1/payment_methods", "POST /v1/payment_methods", "POST /v1/terminal/readers"]  # fmt: skip
FAULTS = ["answer_lost", "request_lost", "unavailable", "error_before", "error_after", "status"]


class KeepWorld(World):
    """Three members who pay for themselves; each may agree, take it back, and leave."""

    def __init__(self):
        super().__init__()
        self.members = [make_member(self.desk.location, name=name) for name in ("Anna", "Bert", "Cleo")]
        self.invoices = [
            self.desk.invoice(amount, member=member)
            for amount, member in zip((14500, 9900, 2000), self.members, strict=True)
        ]
        self.removed_by_others: set[str] = set()

    # What may happen besides.

    def member(self, pick):
        return Member.objects.get(pk=self.members[pick % 3].pk)

    def card(self, pick):
        rows = list(SavedCard.objects.order_by("pk"))
        return rows[pick % len(rows)] if rows else None

    @rule(member=picks, reader=picks)
    def somebody_agrees_and_a_card_is_asked_for(self, member, reader):
        who = self.member(member)
        if not who.archived_at:
            consent, now = make_consent(who), timezone.now()
            self.quietly(lambda: start_capture(by=ADMIN, consent=consent, reader=self.reader(reader), now=now))

    @rule(invoice=picks, reader=picks)
    def somebody_pays_and_agrees(self, invoice, reader):
        row = self.invoices[invoice % 3]
        if not self.member(invoice).archived_at:
            consent = make_consent(self.member(invoice))
            self.quietly(lambda: self.desk.start(row, reader=self.reader(reader), consent=consent))

    @rule(pick=picks)
    def staff_ask_again_after_the_end(self, pick):
        over = list(Attempt.objects.exclude(state__in=LIVE).filter(consent__isnull=False).order_by("-pk")[:6])
        if over:
            self.quietly(lambda: capture_after(over[pick % len(over)], by=ADMIN, now=timezone.now()))

    @rule(reader=picks, card=st.sampled_from(["4242424242424242", "5555555555554444", "4711009900000316877"]))
    def customer_offers_another_card(self, reader, card):
        self.desk.tap(card, reader=self.reader(reader))

    @rule(reader=picks)
    def customer_holds_a_phone_there(self, reader):
        self.desk.tap(method="phone", reader=self.reader(reader))

    @rule(pick=picks)
    def somebody_takes_it_back(self, pick):
        given = list(Consent.objects.filter(withdrawn_at=None).order_by("-pk")[:6])
        if given:
            withdraw_consent(by=ADMIN, consent=given[pick % len(given)], now=timezone.now())

    @rule(pick=st.integers(0, 20))
    def somebody_leaves(self, pick):
        if pick < 3 and not self.member(pick).archived_at:
            archive_member(by=ADMIN, member=self.member(pick), now=timezone.now())

    @rule(pick=picks, removed=st.booleans())
    def staff_remove_or_choose_a_card(self, pick, removed):
        card, now = self.card(pick), timezone.now()
        if card and removed:
            remove_card(by=ADMIN, card=card, reason="lost", now=now)
        elif card:
            self.quietly(lambda: set_default(by=ADMIN, card=card))

    @rule(pick=picks, deed=st.sampled_from(["detach", "renew_card", "delete_customer"]))
    def somebody_touches_cards_in_the_dashboard(self, pick, deed):
        card = self.card(pick)
        if card is None:
            return
        if deed == "delete_customer":
            mine = SavedCard.objects.filter(customer_id=card.customer_id)
            self.removed_by_others |= set(mine.values_list("payment_method_id", flat=True))
            self.removed_by_others.add(card.customer_id)
        elif deed == "detach":
            self.removed_by_others.add(card.payment_method_id)
        self.desk.try_dashboard(deed, card.customer_id if deed == "delete_customer" else card.payment_method_id)

    @rule(call=st.sampled_from(CALLS), kind=st.sampled_from(FAULTS))
    def network_fails_for_cards(self, call, kind):
        self.desk.fault(kind, call, status=429)

    @rule(moment=st.sampled_from(["before", "after"]), call=st.sampled_from(CALLS))
    def next_caller_about_cards_dies(self, moment, call):
        self.desk.wire.kill(moment, call)

    @rule()
    def schedule_lets_stripe_forget(self):
        self.quietly(tasks.detach_removed_cards)

    @rule()
    def a_day_passes_and_cards_are_compared(self):
        self.desk.clock.shift(21 * 3600)
        self.quietly(tasks.check_kept_cards)

    # What must hold after every move.

    @invariant()
    def a_card_that_may_be_charged_has_a_consent_that_holds_and_an_owner_who_is_here(self):
        for card in SavedCard.objects.usable().select_related("consent", "member"):
            assert (card.consent.withdrawn_at, card.member.archived_at) == (None, None)
            assert card.consent.member_id == card.member_id
        kept = SavedCard.objects.filter(removed_at=None)
        assert kept.count() == SavedCard.objects.usable().count()

    @invariant()
    def a_kept_card_is_the_generated_one_as_far_as_was_agreed(self):
        for card in SavedCard.objects.usable():
            method = self.desk.method(card)
            assert (method["type"], method["allow_redisplay"]) == ("card", card.redisplay)
            assert method["card"]["generated_from"] is not None
            assert method["customer"] == card.customer_id or card.payment_method_id in self.removed_by_others

    @invariant()
    def one_live_capture_one_default_and_every_plastic_once(self):
        live = Attempt.objects.filter(kind=AttemptKind.CARD_CAPTURE, state__in=LIVE)
        assert max([*Counter(live.values_list("member_id", flat=True)).values(), 0]) <= 1
        cards = list(SavedCard.objects.usable())
        assert (
            max([*Counter((c.member_id, c.fingerprint, bool(c.wallet)) for c in cards if c.fingerprint).values(), 0])
            <= 1
        )
        for owner in {card.member_id for card in cards}:
            assert sum(card.is_default for card in cards if card.member_id == owner) == 1

    @invariant()
    def screen_says_kept_only_when_it_is(self):
        for attempt in Attempt.objects.filter(keep_result="kept"):
            assert (attempt.state, attempt.kept_card is not None) == ("succeeded", True)
        for attempt in Attempt.objects.filter(kind=AttemptKind.CARD_CAPTURE, state="succeeded"):
            assert attempt.keep_result != ""

    def teardown(self):
        """At the end Stripe keeps exactly the cards that we may charge."""
        super().teardown()
        for _ in range(3):
            tasks.detach_removed_cards()
            self.desk.clock.shift(21 * 3600)
            tasks.check_kept_cards()
        usable = set(SavedCard.objects.usable().values_list("payment_method_id", flat=True))
        there = set()
        for customer in StripeCustomer.objects.exclude(customer_id=""):
            answer = self.desk.api(f"customers/{customer.customer_id}/payment_methods?limit=100", method="GET")
            there |= {method["id"] for method in answer["data"]}
        assert there == usable
        assert SavedCard.objects.filter(detach_due_at__isnull=False).count() == 0
        self.a_card_that_may_be_charged_has_a_consent_that_holds_and_an_owner_who_is_here()
