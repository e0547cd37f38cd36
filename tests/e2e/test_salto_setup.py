"""SALTO KS set up as an admin does it: connect, choose, map by keyboard, look at the preview, switch it on."""

import pytest
import requests
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from access.enums import ConnectionState
from access.models import GroupMapping, SaltoKSConfig, SyncOptions
from tests.e2e.look import walk
from tests.factories.members import make_member
from tests.factories.memberships import make_membership, make_plan

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def site(product, sandbox_process, settings):
    """Return a site of SALTO KS, and let SALTO's office know our address."""
    settings.SALTO_API_BASE = f"{sandbox_process.url}/salto/api"
    settings.SALTO_IDENTITY_BASE = f"{sandbox_process.url}/salto/identity"

    def control(path, body):
        answer = requests.post(f"{sandbox_process.url}/_sandbox/salto/{path}", json=body, timeout=10)
        assert answer.status_code < 300, answer.text
        return answer.json()

    callback = f"{product}{reverse('access:connection_callback')}"
    control("clients", {"client_id": "flexspace", "client_secret": "s3cret", "redirect_uris": [callback]})
    return control("sites", {"name": "Harbour Works", "seats": 10, "groups": ["Members", "Floor 1"], "locks": ["Door"]})


@pytest.fixture
def admin(counter_of, site, ada):
    """Return the admin's browser."""
    return counter_of(ada)


def connect(admin, site):
    """Go from nothing to a site with a location."""
    page = admin.go("access:connections")
    page.get_by_role("link", name="Connect SALTO KS").click()
    page.get_by_label("Name").fill("Harbour")
    page.get_by_label("Client id").fill("flexspace")
    page.get_by_label("Client secret").fill("s3cret")
    page.get_by_role("button", name="Store and go on").click()
    page.get_by_role("button", name="Sign in at SALTO KS").click()
    page.get_by_label("E-mail").fill(site["service"]["email"])
    page.get_by_label("Password").fill(site["service"]["password"])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Harbour Works").check()
    page.get_by_role("button", name="Choose this site").click()
    page.get_by_label("Hafenplatz").check()
    page.get_by_role("button", name="Save locations").click()
    expect(page.get_by_text("Our user is an admin of the site")).to_be_visible()
    return page


def test_connect_map_preview_and_switch_on(admin, site, hafen):
    plan = make_plan(hafen, name="Flex")
    make_membership(make_member(hafen, name="Lena Fischer"), plan, starts_on=timezone.now().date().replace(day=1))
    page = connect(admin, site)
    page.get_by_role("link", name="Plans", exact=True).click()
    page.locator("summary", has_text="Flex").focus()
    for key in ("Enter", "Tab", "Tab", "Space", "Enter"):  # open, past the first group, tick the second, save
        page.keyboard.press(key)
    expect(page.locator("summary", has_text="Flex")).to_contain_text("Members")
    assert GroupMapping.objects.get().subject_id == plan.pk
    page.get_by_role("link", name="Sync Options").click()
    page.get_by_label("Let Flexspace change this site").check()
    page.get_by_label("Unsubscribe users who have lost all access").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name="Lena Fischer")).to_contain_text("Invited by mail, into Members")
    assert not SyncOptions.objects.get().enabled
    page.get_by_role("button", name="Switch all of this on").click()
    expect(page.get_by_role("status")).to_contain_text("Switched on")
    assert (SyncOptions.objects.get().enabled, SyncOptions.objects.get().unsubscribe) == (True, True)


def test_cancelled_sign_in_comes_back_with_a_sentence(admin, site):
    page = admin.go("access:connection_add")
    page.get_by_label("Name").fill("Harbour")
    page.get_by_label("Client id").fill("flexspace")
    page.get_by_role("button", name="Store and go on").click()
    page.get_by_role("button", name="Sign in at SALTO KS").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("The sign-in at SALTO KS was cancelled.")).to_be_visible()
    assert SaltoKSConfig.objects.get().state == ConnectionState.NEW


def test_names_headings_widths_and_targets(admin, site, hafen):
    make_plan(hafen, name="Flex")
    connect(admin, site)
    uuid = SaltoKSConfig.objects.get().uuid
    pages = [("connections", []), ("connection_add", []), ("connection", [uuid]), ("connection_disconnect", [uuid])]
    pages += [("mapping", [uuid, "plans"]), ("mapping", [uuid, "places"]), ("options", [uuid])]
    assert walk(admin, [(f"access:{name}", args) for name, args in pages], touched=False) == {}
