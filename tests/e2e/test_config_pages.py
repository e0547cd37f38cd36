"""The Stripe Config as an admin uses it: mapping, what is missing, what Stripe sent."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from terminal.event_handlers import due_events, process_event
from terminal.models import StripeLocation
from tests.e2e.look import at_widths

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_once")]


@pytest.fixture
def admin(counter_of, outside, ada):
    """Return the admin's browser."""
    return counter_of(ada)


def test_location_is_unmapped_and_mapped_again(admin, outside, counter, invoice):
    row = admin.go("terminal:stripe_terminal").get_by_role("row").filter(has_text="Front desk S700")
    expect(row).to_contain_text("Mapped")
    row.get_by_role("combobox").select_option("Not mapped")
    row.get_by_role("button", name="Save").click()
    expect(admin.page.get_by_role("status")).to_contain_text("was saved")
    expect(row).to_contain_text("Its readers cannot be used until you choose a location.")
    counter.go("terminal:take_payment", query=f"?invoice={invoice.uuid}")
    counter.says("No reader at Hafenplatz")
    expect(counter.page.get_by_role("button", name="Charge via Terminal")).to_be_disabled()
    row.get_by_role("combobox").select_option("Hafenplatz")
    row.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("Mapped")
    counter.charge(invoice)
    counter.picture("waiting")


def test_what_is_not_linked_stays_visible_with_its_reason(admin, outside, kiyosumi):
    StripeLocation.objects.filter(display_name="Old warehouse").update(gone_at=timezone.now())
    page = admin.go("terminal:stripe_terminal")
    expect(page.get_by_role("row", name="Old warehouse")).to_contain_text("Deleted at Stripe")
    expect(page.get_by_role("row", name="Kiyosumi")).to_contain_text("Not linked")


def test_events_that_stripe_posted_are_listed_with_what_came_of_them(admin, counter, outside, invoice):
    counter.charge(invoice)
    counter.picture("waiting")
    outside.tap(outside.reader)
    counter.picture("paid")
    page = admin.go("terminal:events")
    row = page.get_by_role("row", name="payment_intent.succeeded")
    expect(row).to_contain_text("Received")
    for pk in due_events(timezone.now()):
        process_event(pk, now=timezone.now())
    page.get_by_role("link", name="Processed").click()
    expect(row).to_contain_text("Read again: succeeded.")
    row.get_by_role("button", name="Again").click()
    expect(page.get_by_role("status")).to_contain_text("It is being processed again.")


def test_account_page_masks_the_key_and_a_wrong_key_is_refused(admin, outside):
    page = admin.go("terminal:config")
    expect(page.locator("main")).to_contain_text(outside.config.account_id)
    assert outside.key not in page.content()
    page.get_by_role("link", name="Add an account").click()
    page.get_by_label("Secret or restricted key").fill("sk_test_nobody_knows_this")
    page.get_by_role("button", name="Connect").click()
    admin.refused(422)
    admin.says("Stripe does not accept the key.")


def test_front_desk_has_no_way_into_the_config(counter):
    for name in ("config", "stripe_terminal", "events", "flags"):
        counter.go(f"terminal:{name}")
        counter.refused(403)


def test_reader_is_made_the_desks_own_and_its_prompt_is_cleared_by_a_manager(
    counter, counter_of, outside, invoice, mia
):
    page = counter.go("terminal:readers")
    lounge = page.locator(".reader-card").filter(has_text="Lounge WisePOS E")
    lounge.get_by_role("button", name="Use at this desk").click()
    expect(lounge).to_contain_text("This desk's reader")
    counter.go("terminal:take_payment", query=f"?invoice={invoice.uuid}")
    counter.press("Enter")
    counter.picture("waiting")
    assert outside.screen(outside.more_readers[0])["amount"] == 14500
    manager = counter_of(mia)
    card = manager.go("terminal:readers").locator(".reader-card").filter(has_text="Lounge WisePOS E")
    expect(card).to_contain_text("In use")
    manager.follow(card.get_by_role("link", name="Clear it"))
    manager.says("A payment of €145.00, started by Ben, is on it.")
    manager.page.get_by_role("button", name="Clear the reader").click()
    counter.picture("canceled")
    assert outside.intent_states() == ["canceled"]


def test_location_is_made_and_its_reader_registered_named_moved_and_removed(admin, outside, kiyosumi, hafen):
    device = outside.control(f"accounts/{outside.key}/devices", {"model": "stripe_s700"})
    outside.config.stripe_locations.exclude(location=hafen).update(location=hafen)
    page = admin.go("terminal:stripe_terminal")
    page.get_by_role("link", name="Create at Stripe for Kiyosumi").click()
    expect(page.get_by_text("No Stripe account in JP is connected")).to_be_visible()

    page = admin.go("terminal:stripe_place_new", hafen.pk)
    page.get_by_label("Name at Stripe").fill("Annex")
    for label, text in {"Street": "Kai 2", "City": "Berlin", "Postal code": "10999"}.items():
        page.get_by_label(label).fill(text)
    page.get_by_role("button", name="Create and map it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Register a reader at Annex")

    page.get_by_label("Code on the reader's screen").fill("no such code")
    page.get_by_label("Name", exact=True).fill("Bar")
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("alert")).to_contain_text("Stripe does not know this code")
    admin.refused(422)
    page.get_by_label("Code on the reader's screen").fill(device["code"].replace("-", " ").title())
    page.get_by_role("button", name="Register").click()
    row = page.get_by_role("row").filter(has_text="Annex")
    expect(row).to_contain_text("Bar")

    row.get_by_role("link", name="Bar").click()
    page.get_by_label("Name", exact=True).fill("Garden")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Garden")
    page.get_by_label("To").select_option("Hafenplatz")
    page.get_by_label("New code on its screen").fill("simulated-s700")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_role("definition").first).to_contain_text("Hafenplatz")
    assert at_widths(page, touched=False) == {}
    page.get_by_role("button", name="Remove Garden").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Garden")  # the browser asks for the tick
    page.get_by_role("checkbox", name="Yes, take Garden out").check()
    page.get_by_role("button", name="Remove Garden").click()
    expect(page.get_by_role("status")).to_contain_text("was taken out of Stripe")
    expect(page.get_by_role("row").filter(has_text="Garden")).to_have_count(0)
    assert at_widths(page, touched=False) == {}


def test_secret_is_renewed_and_proven_by_a_real_event_while_one_looks(admin, outside):
    page = admin.go("terminal:config")
    page.get_by_role("button", name="Renew the secret").click()
    expect(page.get_by_text("Signed event received ✔")).to_be_visible()
    expect(page.get_by_text("The old secret still works, for an hour at most.")).to_be_visible()
    outside.fault("webhook_paused")
    page.get_by_role("button", name="Test it").click()
    expect(page.get_by_text("Waiting for Stripe’s event …")).to_be_visible()
    assert at_widths(page, touched=False) == {}
