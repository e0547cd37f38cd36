"""The admin’s month in a browser, by keys: start, look, hold, approve all, issue. Without a worker the page drives."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from billing.models import Invoice
from tests.e2e.look import at_widths, walk
from tests.factories.members import make_company, make_member
from tests.factories.memberships import make_membership, make_plan, make_usage
from tests.factories.runs import issue_all, make_run

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def month():
    """Return the first day of this month."""
    return timezone.now().date().replace(day=1)


@pytest.fixture
def people(hafen, month, monkeypatch):
    """Let the page take the steps at once; make three payers, two of whom were billed last month."""
    monkeypatch.setattr("billing.views.runs.WORKER_FIRST", timedelta(0))
    before = (month - timedelta(days=1)).replace(day=1)
    anna, bert = (make_member(hafen, name=name) for name in ("Anna Adler", "Bert Braun"))
    for member in (anna, bert):
        make_membership(member, starts_on=before)
    issue_all(make_run(hafen, before.isoformat(), now=timezone.now(), bills_from=before), now=timezone.now())
    make_usage(anna, on=month, unit=1250)
    make_membership(
        make_company(hafen, name="Carlsen KG"), make_plan(hafen, name="Office", price=90000), starts_on=month
    )
    return anna, bert


@pytest.fixture
def desk(counter_of, mia, people):
    """Return the manager's browser."""
    return counter_of(mia)


def test_month_is_billed_by_keys(desk, month, people):
    page = desk.go("billing:run_list")
    expect(page.get_by_text(f"{month:%B} is not billed")).to_be_visible()
    desk.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{month:%B %Y}")
    expect(page.get_by_role("button", name="Approve all 3")).to_be_visible(timeout=30_000)
    desk.says("€1,512.50")
    desk.says("Office: joined on")

    page.locator("main").focus()
    for _ in range(2):
        desk.press("ArrowDown")  # to the second bill
    desk.press("Enter")
    desk.says("at €300.00 a month.")
    page.get_by_label("Tick Bert Braun").check()
    expect(page.locator("[data-total]")).to_have_text("€300.00")
    desk.press("h")
    desk.says("Held")
    desk.press("a")
    desk.says("2 approved, €1,212.50 together")
    desk.press("i")
    expect(page.get_by_text("Only held bills are left.")).to_be_visible(timeout=30_000)
    issued = Invoice.objects.filter(state="issued", run_item__run__month=month).order_by("pk")
    assert [(row.payer.name, row.total_amount) for row in issued] == [("Anna Adler", 31250), ("Carlsen KG", 90000)]

    desk.press("f")
    desk.says("Finished")
    assert Invoice.objects.filter(state="draft").count() == 0


def test_line_says_why_it_is_on_the_bill(desk, hafen, month, people):
    invoice = Invoice.objects.filter(member=people[0]).get()
    page = desk.open_invoice(invoice)
    page.get_by_text("Hot desk, 1–").click()
    desk.says("at €300.00 a month.")


def test_pages_are_named_and_fit_a_phone(counter_of, hafen, mia, month, people):
    run = make_run(hafen, month.isoformat(), now=timezone.now())
    touched = counter_of(mia, color_scheme="dark", has_touch=True)
    assert walk(touched, [("billing:run_list", []), ("billing:run_detail", [run.uuid])]) == {}
    touched.page.locator("tr[data-row] a").first.click()
    expect(touched.page.locator(".preview")).to_be_visible()
    assert at_widths(touched.page) == {}
