"""Twenty threads run a month at one moment, on PostgreSQL. Each race is run without its guard too: it goes wrong."""

from collections import Counter
from contextlib import nullcontext
from datetime import date, timedelta

import pytest

from billing.enums import RunState
from billing.models import BilledPeriod, BillingRun, BillingRunItem, Invoice, Notice
from billing.services.billing_runs import drive
from billing.services.run_decisions import approve, hold
from billing.services.run_drafts import draft_batch
from billing.services.run_issuing import issue_batch, start_issuing
from members.models import UsageCharge
from tests.factories.members import make_member
from tests.factories.memberships import NOVEMBER, make_membership, make_usage
from tests.factories.runs import BY, LONG_AGO, NOW, make_run
from tests.races import at_once, both, guard, row_locks

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
TODAY = date(2026, 11, 28)
MEMBERS = 12


@pytest.fixture
def payers(hafen):
    """Return members who joined in November and printed something."""
    members = [make_member(hafen, name=f"Member {number}") for number in range(MEMBERS)]
    for member in members:
        make_membership(member, starts_on=NOVEMBER)
        make_usage(member)
    return members


def whole(run, **how):
    while draft_batch(by=BY, run=run, today=TODAY, **how):
        pass


def claims():
    """Return how often the most billed period, and the most billed payer, are billed."""
    periods = Counter(BilledPeriod.objects.values_list("membership", "period_start"))
    payers = Counter(BillingRunItem.objects.values_list("run", "member"))
    return max(periods.values()), max(payers.values())


@both
def test_one_run_drafted_by_twenty_workers(hafen, payers, on):
    run = make_run(hafen, drive_to_end=False)
    with (
        guard(BillingRunItem, "run_item_member_once", on=on),
        guard(BilledPeriod, "billed_period_once", on=on),
        no_usage_guard(on=on),
    ):
        results = at_once(lambda _: whole(BillingRun.objects.get(pk=run.pk), limit=5))
        found, bills = claims(), Invoice.objects.count()
    if on:
        assert [result for result in results if result] == []
        assert (found, bills) == ((1, 1), MEMBERS)
        assert BillingRun.objects.get(pk=run.pk).state == RunState.REVIEW
        assert BillingRunItem.objects.exclude(state="draft").count() == 0
        assert UsageCharge.objects.filter(billed_line=None).count() == 0
    else:
        assert (found[0] > 1, found[1] > 1, bills > MEMBERS) == (True, True, True)


@both
def test_two_months_drafted_at_once_bill_no_day_twice(hafen, payers, on):
    UsageCharge.objects.all().delete()
    runs = [make_run(hafen, month, drive_to_end=False) for month in ("2026-11-01", "2026-12-01")]
    with guard(BilledPeriod, "billed_period_once", on=on):
        at_once(lambda number: whole(BillingRun.objects.get(pk=runs[number % 2].pk), limit=5))
        periods = Counter(BilledPeriod.objects.values_list("membership", "period_start"))
    if on:
        assert (set(periods.values()), len(periods)) == ({1}, 2 * MEMBERS)
    else:
        assert max(periods.values()) > 1


def no_usage_guard(*, on):
    """Usage is claimed by an update that counts; without periods and items it must not save the day."""
    if not on:
        UsageCharge.objects.all().delete()
    return nullcontext()


@both
def test_one_run_issued_by_twenty_workers(hafen, payers, on):
    run = make_run(hafen)
    approve(by=BY, run=run)
    start_issuing(by=BY, run=run, now=NOW)
    with row_locks(on=on):
        at_once(lambda _: issue_batch(by=BY, run=BillingRun.objects.get(pk=run.pk), now=NOW, limit=5))
    numbers = sorted(Invoice.objects.exclude(number=None).values_list("number", flat=True))
    audited = Invoice.objects.filter(state="issued").count()
    gapless = [f"HFN-{number:06}" for number in range(1, MEMBERS + 1)]
    if on:
        assert (numbers, audited) == (gapless, MEMBERS)
        assert Notice.objects.count() == MEMBERS
        assert BillingRun.objects.get(pk=run.pk).state == RunState.DONE
    else:
        assert numbers != gapless  # somebody issued what another one had, and numbers were lost


def test_twenty_drivers_take_turns_by_the_lease(hafen, payers):
    run = make_run(hafen, drive_to_end=False)
    at_once(lambda _: drive(run.pk, now=NOW, limit=5))
    while drive(run.pk, now=NOW, limit=5):
        pass
    assert claims() == (1, 1)


def test_two_people_start_the_same_month(hafen, payers):
    results = at_once(lambda _: make_run(hafen, drive_to_end=False, bills_from=LONG_AGO, now=NOW + timedelta(0)))
    assert BillingRun.objects.count() == 1
    assert sorted({type(result).__name__ for result in results}) == ["BillingRun", "Conflict"]


def test_months_started_at_one_moment_take_from_each_other_in_one_order(hafen, payers):
    months = ["2026-11-01", "2026-12-01"]
    for _ in range(5):
        for run in [make_run(hafen, month) for month in months]:
            hold(by=BY, run=run, items=list(run.items.filter(state="draft").values_list("pk", flat=True))[:2])
        results = at_once(lambda number: make_run(hafen, months[number % 2], drive_to_end=False))
        assert {type(result).__name__ for result in results} <= {"BillingRun", "Conflict"}
        for run in BillingRun.objects.filter(state="drafting"):
            drive(run.pk, now=NOW)
