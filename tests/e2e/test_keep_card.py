"""A card is kept at the desk: alone, with a payment, and after a phone was tapped; and it is let go again."""

import re
import time

import pytest
from playwright.sync_api import expect

from billing.models import Consent, Payment, SavedCard
from terminal import tasks
from terminal.models import Attempt
from tests.e2e.counter import within
from tests.e2e.look import walk
from tests.e2e.outside import NO_FUNDS
from tests.factories.members import make_company, make_member

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_once")]
PLASTIC = "5555555555554444"


@pytest.fixture
def anna(hafen):
    return make_member(hafen, name="Anna Keller", company=make_company(hafen, name="Nordlicht GmbH"))


def open_capture(counter, anna):
    """Go from Member Details to the page that asks for the card, by keys."""
    counter.go("members:member_detail", anna.uuid)
    expect(counter.page.get_by_role("heading", name="Payment details")).to_be_visible()
    counter.press("k")
    expect(counter.page.get_by_role("link", name="Add via Terminal")).to_be_focused()
    counter.press("Enter")
    expect(counter.page.get_by_role("heading", level=1)).to_have_text("Keep a card of Anna Keller")


def ask(counter, anna):
    """Agree and ask for the card, by keys."""
    open_capture(counter, anna)
    counter.press("a")
    expect(counter.page.get_by_role("checkbox", name=re.compile("agrees"))).to_be_checked()
    counter.press("Enter")
    counter.picture("waiting")


def test_card_is_kept_by_keys_alone_and_shown_on_the_members_page(counter, outside, anna):
    ask(counter, anna)
    counter.says("Nothing is charged.")
    outside.tap(outside.reader)
    counter.picture("kept")
    counter.says("Visa •••• 4242 is kept for monthly dues.")
    expect(counter.page.locator(".lamp--on")).to_have_count(5)
    expect(counter.page).to_have_title("Card of Anna Keller · Card kept · Flexspace")
    counter.press("Enter")
    details = counter.page.get_by_role("region", name="Payment details")
    expect(details).to_contain_text("Visa •••• 4242")
    expect(details).to_contain_text("Default")
    expect(details).to_contain_text("taken by Ben at Front desk S700")
    card = SavedCard.objects.get()
    assert (card.member, card.consent.channel, outside.received(), Payment.objects.count()) == (anna, "reader", 0, 0)


def test_company_pays_and_the_words_follow_the_choice_and_the_language(counter, outside, anna):
    open_capture(counter, anna)
    page = counter.page
    page.get_by_text("Nordlicht GmbH").last.click()
    expect(page.get_by_role("group", name="What they agree to, English")).to_contain_text("Nordlicht GmbH owes")
    page.get_by_text("Dues and other purchases").click()
    expect(page.get_by_role("group", name="What they agree to, English")).to_contain_text("day passes and bookings")
    page.get_by_text("Deutsch").click()
    expect(page.get_by_role("group", name="What they agree to, Deutsch")).to_be_visible()
    expect(page.get_by_role("group", name="What they agree to, English")).to_be_hidden()
    page.get_by_role("checkbox", name=re.compile("agree for Nordlicht")).check()
    page.get_by_role("button", name="Ask for the card").click()
    counter.picture("waiting")
    outside.tap(outside.reader)
    counter.picture("kept")
    counter.says("is kept for dues and other purchases")
    consent = Consent.objects.get()
    assert (consent.company, consent.purpose, consent.language) == (anna.company, "purchases", "de")


def test_reader_is_not_asked_without_the_tick(counter, outside, anna):
    open_capture(counter, anna)
    counter.press("Enter")
    expect(counter.page.get_by_role("checkbox", name=re.compile("agrees"))).to_be_focused()
    assert Attempt.objects.count() == 0


def test_refused_card_another_card_and_one_that_cannot_be_kept(counter, outside, anna):
    ask(counter, anna)
    outside.tap(outside.reader, NO_FUNDS)
    counter.picture("declined")
    counter.says("The bank says: not enough funds. No card was kept.")
    counter.press("r")
    counter.picture("waiting")
    outside.tap(outside.reader, "4711009900000316877")
    counter.picture("not_kept")
    counter.says("The card has only girocard on it")
    counter.press("k")
    counter.picture("waiting")
    outside.tap(outside.reader, PLASTIC)
    counter.picture("kept")
    assert (SavedCard.objects.get().last4, Consent.objects.count(), Attempt.objects.count()) == ("4444", 1, 2)


def test_customer_walks_off_and_is_asked_again_with_one_key(counter, outside, anna):
    ask(counter, anna)
    counter.press("Escape")
    counter.picture("canceled")
    counter.says("No card was kept.")
    counter.press("k")
    counter.picture("waiting")
    outside.tap(outside.reader)
    counter.picture("kept")


def test_pay_and_keep_in_one_tap(counter, outside, invoice):
    page = counter.go("terminal:take_payment", query=f"?invoice={invoice.uuid}")
    words = page.get_by_role("group", name="What they agree to, English")
    expect(words).to_be_hidden()
    counter.press("k")
    expect(words).to_contain_text(f"what {invoice.member.name} owes at Hafenplatz")
    counter.press("Enter")
    counter.picture("waiting")
    counter.says("a phone cannot be kept for later")
    outside.tap(outside.reader)
    counter.picture("paid")
    counter.says("€145.00 is booked. Visa •••• 4242 is kept for monthly dues.")
    card = SavedCard.objects.get()
    facts = (card.member, card.consent.channel, card.consent.taken_by, outside.received())
    assert facts == (invoice.member, "pay_and_keep", "Ben", 14500)


def test_phone_pays_but_cannot_be_kept_and_one_key_asks_for_the_plastic(counter, outside, invoice):
    counter.go("terminal:take_payment", query=f"?invoice={invoice.uuid}")
    counter.press("k")
    counter.press("Enter")
    counter.picture("waiting")
    outside.tap(outside.reader, method="phone")
    tapped = time.monotonic()
    counter.picture("paid_not_kept")
    assert time.monotonic() - tapped < within(5)
    expect(counter.page.get_by_role("alert")).to_contain_text("No card was kept.")
    counter.says("Ask for the plastic card, or send a link.")
    assert (outside.received(), SavedCard.objects.count()) == (14500, 0)
    counter.press("k")
    counter.picture("waiting")
    outside.tap(outside.reader, PLASTIC)
    counter.picture("kept")
    card = SavedCard.objects.get()
    assert (card.last4, card.consent.channel, outside.received()) == ("4444", "pay_and_keep", 14500)


def test_phone_pays_and_the_link_is_one_key_away(counter, outside, invoice):
    counter.go("terminal:take_payment", query=f"?invoice={invoice.uuid}")
    counter.press("k")
    counter.press("Enter")
    counter.picture("waiting")
    outside.tap(outside.reader, method="phone")
    counter.picture("paid_not_kept")
    counter.press("l")
    counter.page.wait_for_url(re.compile(f"card-links/new/member/{invoice.member.uuid}"))


def test_withdrawn_consent_takes_the_card_here_and_at_stripe(counter, outside, anna):
    ask(counter, anna)
    outside.tap(outside.reader)
    counter.picture("kept")
    counter.press("Enter")
    page = counter.page
    page.get_by_role("link", name=re.compile("^agreed")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What Anna Keller agreed to")
    page.get_by_label("Why").fill("4242 4242 4242 4242")
    page.get_by_role("button", name="Withdraw the consent").click()
    counter.refused(422)
    expect(page.get_by_text("Card numbers may not be stored")).to_be_visible()
    page.get_by_label("Why").fill("Pays by transfer from now on")
    page.get_by_role("button", name="Withdraw the consent").click()
    expect(page.get_by_text("Withdrawn", exact=True).first).to_be_visible()
    expect(page.get_by_role("button", name="Withdraw the consent")).to_have_count(0)
    assert SavedCard.objects.usable().count() == 0
    tasks.detach_removed_cards()
    assert SavedCard.objects.get().detach_due_at is None
    page.get_by_role("link", name="← Anna Keller").click()
    expect(page.get_by_role("region", name="Payment details")).to_contain_text("No card is kept")


def test_default_is_chosen_and_a_card_removed(counter, outside, anna):
    for card in ("4242424242424242", PLASTIC):
        ask(counter, anna)
        outside.tap(outside.reader, card)
        counter.picture("kept")
        counter.press("Enter")
    details = counter.page.get_by_role("region", name="Payment details")
    details.get_by_role("button", name="Make default Visa •••• 4242").click()
    expect(counter.page.get_by_role("status")).to_contain_text("Visa •••• 4242 is charged from now on.")
    details.get_by_role("link", name="Remove Visa •••• 4242").click()
    counter.page.get_by_role("button", name="Remove Visa •••• 4242").click()
    expect(counter.page.get_by_role("status")).to_contain_text("Mastercard •••• 4444 is charged instead.")
    assert SavedCard.objects.usable().get().is_default is True


def test_second_desk_is_led_to_the_capture_and_sees_it_in_its_bar(counter, counter_of, outside, anna, mia):
    ask(counter, anna)
    other = counter_of(mia)
    other.go("portal:home")
    expect(other.page.get_by_role("region", name="On a reader now")).to_contain_text(
        "Card of Anna Keller on Front desk S700"
    )
    other.go("terminal:capture_new", "member", anna.uuid)
    other.picture("waiting")
    outside.tap(outside.reader)
    counter.picture("kept")
    other.picture("kept")


def test_pages_of_cards_have_names_headings_and_widths(counter_of, outside, anna, ada):
    counter = counter_of(ada, has_touch=True)
    ask(counter, anna)
    outside.tap(outside.reader)
    counter.picture("kept")
    card, attempt = SavedCard.objects.get(), Attempt.objects.get()
    SavedCard.objects.update(exp_month=1, exp_year=2026)
    pages = [
        ("members:member_detail", [anna.uuid]),
        ("members:company_detail", [anna.company.uuid]),
        ("terminal:capture_new", ["member", anna.uuid]),
        ("terminal:capture_with", [card.consent.uuid]),
        ("terminal:consent", [card.consent.uuid]),
        ("terminal:card_remove", [card.uuid]),
        ("terminal:cards_expiring", []),
        ("terminal:attempt", [attempt.uuid]),
    ]
    assert walk(counter, pages) == {}
