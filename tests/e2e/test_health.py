"""Health and the set-up checklist as an admin meets them: trouble, the way to its cure, and that it is gone."""

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import expect

from flexspace.core.locks import note_start
from terminal.tasks import sync_readers
from tests.e2e.look import at_widths

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_once")]


def everything_begins():
    """Be beat for a moment: every job has begun."""
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        note_start(f"job:{entry['task']}", now=timezone.now())
    sync_readers()


def test_trouble_leads_to_its_cure_and_is_gone_afterwards(counter_of, outside, ada):
    desk = counter_of(ada, has_touch=True)
    page = desk.go("portal:health")
    said, rows = page.locator("main .notice"), page.get_by_role("listitem")
    expect(said).to_contain_text("Something wants a look now.")
    expect(rows.filter(has_text="No job ever began")).to_contain_text("Look whether worker and beat run")
    assert at_widths(page) == {}

    everything_begins()
    page.get_by_role("link", name="Look again").click()
    expect(said).to_contain_text("Something wants a look.")
    hook = rows.filter(has_text=f"Webhook of {outside.config.name}")
    expect(hook).to_contain_text("Not proven yet")
    hook.get_by_role("link", name="Go there").click()
    page.get_by_role("button", name="Test it").click()
    expect(page.get_by_text("Signed event received")).to_be_visible()

    desk.go("portal:health")
    expect(said).to_contain_text("Everything works.")
    expect(hook).to_contain_text("Proven; the last event came")
    expect(rows.filter(has_text="Clock against")).to_contain_text("Less than two seconds off.")
    page.get_by_role("heading", name="Fine").click()
    expect(hook).to_be_hidden()
    assert at_widths(page) == {}
