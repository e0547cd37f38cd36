"""A month's billing from the start to the last invoice."""

from datetime import date, timedelta

import pytest

from billing.models import BilledPeriod, BillingRun, Invoice
from billing.services.billing_runs import start_run
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.models import AuditEvent
from flexspace.core.money import Money
from members.enums import Anchor
from members.models import TaxRate
from tests.factories.billing import make_tax_rate
from tests.factories.members import make_company, make_member
from tests.factories.memberships import DECEMBER, NOVEMBER, make_membership, make_plan, make_usage
from tests.factories.runs import LONG_AGO, NOW, billed, issue_all, lines_of, make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def lena(hafen):
    return make_member(hafen)


@pytest.fixture
def studio(hafen):
    return make_company(hafen, email="office@example.com", tax_id="DE1", address="Kai 1")


def test_run_drafts_a_bill_for_each_payer(hafen, lena, studio):
    make_membership(lena)
    make_membership(
        studio, make_plan(hafen, name="Team office", price=90000), person=make_member(hafen, company=studio)
    )
    make_usage(lena, quantity=3, note="posters")
    make_member(hafen, name="Nobody")
    run = make_run(hafen)
    assert billed(run) == [("Lena Fischer", 31500, "draft"), ("Studio Tiefgang GmbH", 90000, "draft")]
    assert (run.state, run.done, run.to_do) == ("review", 2, 2)
    mine, theirs = run.items.order_by("payer_name")
    assert lines_of(mine) == [("Hot desk, 1–31 Dec", 30000), ("Printing, 20 Nov: posters", 1500)]
    assert lines_of(theirs) == [("Team office for Lena Fischer, 1–31 Dec", 90000)]
    assert [event.action for event in AuditEvent.objects.filter(action="billing.invoice.drafted")] != []


def test_started_again_it_changes_nothing(hafen, lena):
    make_membership(lena)
    run = make_run(hafen)
    before = list(Invoice.objects.values_list("pk", "total_amount"))
    again = make_run(hafen)
    assert (again.pk, billed(again)) == (run.pk, [("Lena Fischer", 30000, "draft")])
    assert list(Invoice.objects.values_list("pk", "total_amount")) == before


def test_started_again_it_finds_who_joined_meanwhile(hafen, lena):
    make_membership(lena)
    make_run(hafen)
    make_membership(make_member(hafen, name="Zoe"), starts_on=date(2026, 12, 17))
    assert billed(make_run(hafen)) == [("Lena Fischer", 30000, "draft"), ("Zoe", 14516, "draft")]


def test_run_at_work_is_not_started_twice(hafen):
    make_run(hafen, drive_to_end=False)
    with pytest.raises(Conflict):
        make_run(hafen)


@pytest.mark.parametrize("month", ["2025-10-01", "2027-01-01"])
def test_month_out_of_reach_is_refused(hafen, month):
    with pytest.raises(DomainError):
        make_run(hafen, month)
    assert BillingRun.objects.count() == 0


def test_first_run_bills_from_its_month_unless_told_otherwise(hafen, lena):
    make_membership(lena, starts_on=date(2026, 3, 1))
    assert billed(make_run(hafen, bills_from=None)) == [("Lena Fischer", 30000, "draft")]
    with pytest.raises(DomainError, match="1 Dec"):
        make_run(hafen, "2026-11-01")


@pytest.mark.parametrize("anchor", list(Anchor))
@pytest.mark.parametrize("interval", [1, 3, 12])
def test_days_that_another_system_billed_are_not_billed_again_at_any_interval(hafen, lena, interval, anchor):
    plan = make_plan(hafen, interval_months=interval, anchor=anchor)
    row = make_membership(lena, plan, starts_on=date(2026, 3, 15), billed_until=date(2027, 1, 9))
    december = make_run(hafen, bills_from=DECEMBER)
    assert (billed(december), BilledPeriod.objects.count()) == ([], 0)
    make_run(hafen, "2027-01-01", now=NOW + timedelta(days=40))
    first = BilledPeriod.objects.filter(membership=row).earliest("period_start")
    cycle = row.terms().cycle.period_containing(date(2027, 1, 10))
    assert (first.period_start, first.period_end) == (date(2027, 1, 10), cycle.end)


def test_tax_on_top_is_added_once_per_rate(hafen, lena):
    hafen.tax_included = False
    hafen.save()
    make_membership(lena, make_plan(hafen, name="Desk", price=10001, tax_rate=make_tax_rate(hafen)))
    run = make_run(hafen)
    [line] = run.items.get().invoice.lines.all()
    assert (line.net_amount, line.tax_amount, line.gross_amount) == (10001, 1900, 11901)
    assert run.items.get().total_amount == 11901


def test_new_tax_rate_counts_from_its_day(hafen, lena):
    old = make_tax_rate(hafen)
    new = TaxRate.objects.create(country="DE", name="VAT 20 %", basis_points=2000)
    old.successor, old.successor_from = new, DECEMBER
    old.save()
    make_membership(lena, make_plan(hafen, name="Desk", tax_rate=old), starts_on=NOVEMBER)
    run = make_run(hafen)
    rates = run.items.get().invoice.lines.values_list("period_start", "tax_name", "tax_basis_points")
    assert list(rates) == [(NOVEMBER, "VAT 19 %", 1900), (DECEMBER, "VAT 20 %", 2000)]


def test_yen_has_no_decimals(kiyosumi):
    make_membership(make_member(kiyosumi), make_plan(kiyosumi, name="Desk", price=22000), starts_on=date(2026, 12, 10))
    assert billed(make_run(kiyosumi)) == [("Lena Fischer", 15613, "draft")]


def test_paused_month_is_nothing_to_bill_until_the_pause_is_taken_back(hafen, lena):
    membership = make_membership(lena, starts_on=NOVEMBER)
    issue_all(make_run(hafen, "2026-11-01"))
    membership.pauses.create(from_date=DECEMBER, until=date(2027, 1, 1))
    run = make_run(hafen)
    [item] = run.items.all()
    assert (item.state, item.invoice, item.total_amount, item.last_amount) == ("nothing", None, 0, 30000)
    assert [(each["code"], each["amount"]) for each in item.changes] == [("paused", -30000)]
    assert billed(make_run(hafen)) == [("Lena Fischer", 0, "nothing")]
    assert BilledPeriod.objects.filter(membership=membership, line=None).count() == 1
    membership.pauses.all().delete()
    assert billed(make_run(hafen)) == [("Lena Fischer", 30000, "draft")]
    assert BilledPeriod.objects.filter(membership=membership, line=None).count() == 0


def test_whoever_left_is_told_with_the_month(hafen, lena):
    make_membership(lena, starts_on=NOVEMBER, ends_on=date(2026, 11, 30))
    issue_all(make_run(hafen, "2026-11-01"))
    [item] = make_run(hafen).items.all()
    assert (item.state, item.difference) == ("nothing", Money(-30000, "EUR"))
    assert [each["code"] for each in item.changes] == ["left"]


def test_missing_price_fails_alone_and_is_drafted_again(hafen, lena):
    make_membership(make_member(hafen, name="Zoe"))
    plan = make_plan(hafen, name="New plan", prices={date(2027, 1, 1): 100})
    make_membership(lena, plan)
    run = make_run(hafen)
    assert billed(run) == [("Lena Fischer", 0, "failed"), ("Zoe", 30000, "draft")]
    assert run.items.get(state="failed").error == "New plan has no price on 1 Dec 2026. Give it one, then draft again."
    plan.prices.create(from_date=NOVEMBER, amount=100)
    assert billed(make_run(hafen))[0] == ("Lena Fischer", 100, "draft")


def test_warnings_are_kept_with_the_bill(hafen, studio):
    make_membership(studio, make_plan(hafen, name="Team office"))
    make_membership(make_member(hafen, name="Anna", email=""))
    found = {item.payer_name: [each["code"] for each in item.warnings] for item in make_run(hafen).items.all()}
    assert found == {"Anna": ["no_card", "no_email"], "Studio Tiefgang GmbH": ["no_card"]}


def test_runs_of_two_locations_know_nothing_of_each_other(hafen, kiyosumi, lena):
    make_membership(lena)
    make_membership(make_member(kiyosumi, name="Aoi"), make_plan(kiyosumi, name="Desk", price=100))
    assert billed(make_run(hafen)) == [("Lena Fischer", 30000, "draft")]
    assert billed(make_run(kiyosumi)) == [("Aoi", 100, "draft")]


def test_three_missed_months_are_caught_up_once_each_in_order(hafen, lena):
    make_membership(lena, starts_on=date(2026, 9, 1))
    issue_all(make_run(hafen, "2026-09-01", bills_from=LONG_AGO))
    run = issue_all(make_run(hafen, "2026-12-01"))
    assert lines_of(run.items.get()) == [
        ("Hot desk, 1–31 Oct", 30000),
        ("Hot desk, 1–30 Nov", 30000),
        ("Hot desk, 1–31 Dec", 30000),
    ]
    [late] = make_run(hafen, "2026-10-01").items.all()
    assert (late.state, late.changes[0]["code"], Invoice.objects.count()) == ("nothing", "already", 2)


def test_start_writes_one_audit_row(hafen, mia):
    start_run(by=Actor.of(mia), location=hafen, month=DECEMBER, now=NOW)
    event = AuditEvent.objects.get(action="billing.run.started")
    assert (event.actor_label, event.after) == ("Mia", {"month": "2026-12-01"})
