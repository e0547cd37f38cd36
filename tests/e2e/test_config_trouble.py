"""Everything an admin can get wrong at Stripe: a sentence with the cure, and nothing changed."""

from uuid import uuid4

import pytest
from playwright.sync_api import expect

from terminal.models import Reader, StripeConfig

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LIVE = "sk_" + "live_of_somebody"


@pytest.fixture
def admin(counter_of, outside, ada):
    """Return the admin's browser."""
    return counter_of(ada)


def enter(admin, key, outside=None):
    """Type a key: of a new account, or in place of the one that is there."""
    page = admin.go("terminal:account_key", outside.config.pk) if outside else admin.go("terminal:account_add")
    page.get_by_label("Secret or restricted key").fill(key)
    page.get_by_role("button", name="Replace the key" if outside else "Connect").click()
    return page


def says(admin, text):
    """Wait for the sentence of a refused form."""
    expect(admin.page.locator("main")).to_contain_text(text)
    admin.refused(422)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("pk_test_publishable", "A publishable key (pk_) cannot charge."),
        ("sk_test_nobody_knows", "Stripe does not accept the key."),
        (LIVE, "A live Stripe key is refused here"),
    ],
)
def test_wrong_key_is_explained_and_not_kept(admin, outside, key, said):
    before = list(StripeConfig.objects.values_list("pk", flat=True))
    enter(admin, key)
    says(admin, said)
    assert list(StripeConfig.objects.values_list("pk", flat=True)) == before


def test_key_of_another_account_never_takes_the_place_of_this_one(admin, outside, tokyo):
    key = outside.config.secret_key
    enter(admin, tokyo.key, outside)
    says(admin, "This key belongs to another account or mode.")
    assert StripeConfig.objects.get(pk=outside.config.pk).secret_key == key


def test_key_without_a_permission_is_named_on_its_page(admin, outside):
    key = f"rk_test_{uuid4().hex}"
    outside.control("accounts", {"key": key, "account": outside.config.account_id, "restricted": ["charge_read"]})
    enter(admin, key, outside)
    page = admin.go("terminal:stripe_rights", outside.config.pk)
    page.get_by_role("button", name="Try the reads").click()
    expect(page.get_by_role("row").filter(has_text="charge_read")).to_contain_text("Missing")
    expect(page.get_by_role("row").filter(has_text="terminal_reader_read")).to_contain_text("Proven")
    expect(page.get_by_role("row").filter(has_text="setup_intent_write")).to_contain_text("Not tried yet")


def test_revoked_key_is_told_where_it_is_met(admin, outside):
    StripeConfig.objects.filter(pk=outside.config.pk).update(secret_key="rk_test_revoked")
    page = admin.go("terminal:config")
    page.get_by_role("button", name="Read from Stripe").click()
    expect(page.locator(".toast").first).to_contain_text("Stripe does not accept the key.")
    admin.go("terminal:config")
    expect(page.locator("main")).to_contain_text("Stripe could not be read")


def test_stripe_that_cannot_be_reached_changes_nothing(admin, outside, settings):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    enter(admin, "rk_test_any")
    says(admin, "Stripe cannot be reached at the moment.")
    page = admin.go("terminal:stripe_reader", outside.reader.pk)
    page.get_by_role("checkbox", name="Yes, take Front desk S700 out").check()
    page.get_by_role("button", name="Remove Front desk S700").click()
    expect(page.locator(".toast").first).to_contain_text("Stripe cannot be reached")
    assert Reader.objects.get(pk=outside.reader.pk).gone_at is None


def test_deleted_location_and_foreign_reader_stay_visible_with_the_cure(admin, outside, tokyo):
    place = outside.config.stripe_locations.get(location__isnull=False)
    outside.dashboard("delete_location", place.stripe_id)
    page = admin.go("terminal:stripe_terminal")
    page.get_by_role("button", name="Read from Stripe").click()
    row = page.get_by_role("row").filter(has_text="Deleted at Stripe")
    expect(row).to_contain_text("Create one for Hafenplatz again, then move its readers there.")

    Reader.objects.filter(pk=outside.reader.pk).update(stripe_id=tokyo.reader.stripe_id + "x")
    page = admin.go("terminal:stripe_reader", outside.reader.pk)
    page.get_by_label("Name", exact=True).fill("Bar")
    page.get_by_role("button", name="Rename").click()
    says(admin, "Stripe no longer knows the reader")


def test_country_without_readers_is_said_before_anything_is_asked(admin, outside, hafen):
    type(hafen).objects.filter(pk=hafen.pk).update(country="HR")
    page = admin.go("terminal:stripe_place_new", hafen.pk)
    expect(page.get_by_text("Stripe has no card readers in HR")).to_be_visible()
    expect(page.get_by_role("button", name="Create and map it")).to_have_count(0)
