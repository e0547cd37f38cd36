"""What the screen says while a card is kept: no money is named, nothing is claimed that is not known, keys are safe."""

import re

import pytest
from django.utils import timezone

from flexspace.core.errors import DomainError
from flexspace.core.models import Location
from flexspace.core.sentences import told_timeline
from terminal.models import Attempt, Reader, StripeLocation
from terminal.services.capture import start_capture
from tests.factories.cards import make_consent
from tests.factories.members import make_member
from tests.terminal.desk import ADMIN, Desk

pytestmark = pytest.mark.django_db(transaction=True)
MONEY = re.compile(r"[€$¥]|\bcharge again\b|\bsecond payment\b|\binvoice\b|\bpaid\b|\bamount\b", re.IGNORECASE)


def names(shown):
    return [lamp.name for lamp in shown.lamps], [lamp.state for lamp in shown.lamps]


def all_words(shown):
    return " ".join(
        [shown.title, shown.sentence, shown.say, shown.warning, shown.what, shown.headline, *names(shown)[0]]
    )


def test_lamps_are_lit_one_by_one_and_the_last_only_for_a_kept_card(desk, anna):
    attempt = desk.capture(anna)
    shown = desk.shown(attempt)
    assert (shown.picture, shown.actions, shown.headline) == (
        "waiting",
        ("cancel", "other_reader"),
        "Keep a card of Anna Keller",
    )
    assert names(shown) == (
        ["Sent", "On the reader", "Card read", "Card checked", "Card kept"], ["done", "done", "now", "off", "off"],
    )  # fmt: skip
    desk.tap()
    desk.settle(attempt)
    shown = desk.shown(attempt)
    assert (shown.picture, shown.tone, shown.actions) == ("kept", "good", ())
    assert shown.sentence == "Visa •••• 4242 is kept for monthly dues."
    assert names(shown)[1] == ["done"] * 5


@pytest.mark.parametrize(
    ("card", "network"),
    [("4711009900000316877", "girocard"), ("6280000360000978", "eftpos"), ("3566002020360505", "")],
)
def test_card_that_cannot_be_kept_is_explained_before_the_customer_leaves(desk, anna, card, network):
    attempt = desk.capture(anna)
    desk.tap(card)
    desk.settle(attempt, 2)
    shown = desk.shown(attempt)
    assert (shown.picture, shown.tone, shown.actions) == ("not_kept", "warn", ("keep", "card_link"))
    assert names(shown) == (
        ["Sent", "On the reader", "Card read", "Card checked", "Not kept"], ["done"] * 4 + ["failed"],
    )  # fmt: skip
    said = f"has only {network} on it" if network else "does not let it be kept"
    assert (said in shown.sentence, MONEY.search(all_words(shown))) == (True, None)


def test_single_brand_interac_is_explained(stripe, clock, hafen):

    hafen.country, hafen.currency = "CA", "CAD"
    hafen.save()
    stripe.add_account("sk_test_toronto", "CA", "cad", "Toronto Inc")
    desk, payer = Desk(stripe, clock, hafen, "sk_test_toronto"), make_member(hafen)
    attempt = desk.start(desk.invoice(14500, member=payer), consent=make_consent(payer))
    desk.advance(attempt)
    desk.tap("4506445006931933", method="insert")
    desk.settle(attempt)
    shown = desk.shown(attempt)
    assert (shown.picture, attempt.keep_result) == ("paid_not_kept", "no_reusable_card")
    assert "has only Interac on it" in shown.warning


def test_phone_that_gave_a_card_says_what_it_can_do(desk, anna):
    attempt = desk.capture(anna)
    desk.tap(method="phone")
    desk.settle(attempt)
    assert "It was a phone or watch" in desk.shown(attempt).sentence


def test_card_kept_again_says_so(desk, anna):
    desk.keep(anna)
    attempt = desk.capture(anna)
    desk.tap()
    desk.settle(attempt)
    assert desk.shown(attempt).sentence.endswith("It was kept before: the older entry is replaced.")


def test_decline_is_said_in_plain_words_without_money(desk, anna):
    attempt = desk.capture(anna)
    desk.tap("4000000000009995")
    desk.settle(attempt, 2)
    shown = desk.shown(attempt)
    assert (shown.picture, shown.actions) == ("declined", ("retry", "other_reader", "cancel"))
    assert shown.sentence == "The bank says: not enough funds. No card was kept."
    assert names(shown)[0][3] == "Card refused"


def test_third_decline_advises_a_link(desk, anna):
    attempt = desk.capture(anna)
    for _ in range(3):
        desk.tap("4000000000000002")
        desk.settle(attempt, 2)
        last = desk.shown(attempt)
        desk.again(attempt)
        desk.settle(attempt, 2)
    assert last.sentence.endswith("That was try 3: a link to their own phone may be better.")


@pytest.mark.parametrize("state", ["reserved", "created", "waiting", "declined", "unknown", "canceling"])
def test_no_state_of_a_capture_speaks_of_money_or_offers_cash(desk, anna, state):
    attempt = desk.capture(anna) if state in ("waiting", "declined", "canceling") else None
    if state == "declined":
        desk.customer_cancels()
    elif state == "canceling":
        desk.cancel(attempt)
    elif attempt is None:
        attempt = _on_the_way(desk, anna, state)
    if state == "declined":
        desk.settle(attempt, 2)
    assert attempt.state == state
    shown = desk.shown(attempt)
    assert MONEY.search(all_words(shown)) is None, all_words(shown)
    assert set(shown.actions) & {"cash", "new", "link"} == set()


def _on_the_way(desk, anna, state):

    attempt = start_capture(by=ADMIN, consent=make_consent(anna), reader=desk.reader, now=timezone.now())
    if state == "reserved":
        return attempt
    if state == "created":
        desk.reader_fault(offline=True)
    else:
        desk.fault("answer_lost", "POST /v1/terminal/readers")
    return desk.advance(attempt)


@pytest.mark.parametrize(("reason", "title"), [("staff", "Cancelled"), ("deadline", "No card kept")])
def test_ended_capture_can_be_asked_for_again(desk, anna, reason, title):
    attempt = desk.capture(anna)
    desk.cancel(attempt, reason=reason)
    desk.settle(attempt)
    shown = desk.shown(attempt)
    assert (shown.picture, shown.title, shown.actions) == ("canceled", title, ("keep", "card_link"))
    assert names(shown)[1] == ["done", "done", "off", "off", "off"]


def test_capture_goes_on_on_another_reader(two_readers):
    desk = two_readers
    attempt = desk.capture(make_member(desk.location))
    other = next(reader for reader in desk.readers if reader != attempt.reader)
    desk.again(attempt, reader=other)
    desk.settle(attempt, 4)
    after = Attempt.objects.get(previous=attempt)
    desk.settle(after, 4)
    assert (attempt.state, after.reader, after.consent, after.state) == ("canceled", other, attempt.consent, "waiting")


def test_timeline_of_a_capture_names_no_money(desk, anna):
    desk.keep(anna)
    told = [line.sentence for line in told_timeline(anna)]
    assert "Card checked on Front desk S700" in told
    assert "Keeping a card on Front desk S700 started" in told
    assert [line for line in told if "amount" in line or "paid" in line] == []


def test_reader_of_another_location_keeps_no_card(desk, anna):

    place = Location.objects.create(name="Lounge", code="LNG", time_zone="Europe/Berlin", currency="EUR", country="DE")
    spot = StripeLocation.objects.create(config=desk.config, stripe_id="tml_x", country="DE", location=place)
    reader = Reader.objects.create(
        config=desk.config, stripe_id="tmr_x", stripe_location=spot, label="Far S700", device_type="stripe_s700"
    )
    with pytest.raises(DomainError, match="stands at Lounge"):
        start_capture(by=ADMIN, consent=make_consent(anna), reader=reader, now=timezone.now())
