"""For any number of runs, in any order, stopped anywhere: a day of a membership is billed exactly once."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.models import BilledPeriod, BillingRun, Invoice
from billing.services.billing_runs import drive, finish, start_run
from billing.services.invoicing import void
from billing.services.run_decisions import approve, hold, redraft
from billing.services.run_issuing import start_issuing
from flexspace.core.errors import DomainError
from members.models import Membership
from tests.factories.members import make_member
from tests.factories.memberships import make_membership, make_plan
from tests.factories.runs import BY, LONG_AGO, NOW

pytestmark = pytest.mark.django_db
MONTHS = [date(2026, month, 1) for month in (8, 9, 10, 11, 12)]
JANUARY, LATER, LAST = date(2027, 1, 1), NOW + timedelta(days=30), date(2027, 1, 31)
STARTS = [date(2026, 8, 1), date(2026, 9, 17), date(2026, 11, 30)]
ACTIONS = st.one_of(
    st.tuples(st.just("start"), st.sampled_from(MONTHS)),
    st.tuples(st.just("drive"), st.integers(1, 4)),
    st.tuples(st.sampled_from(["approve", "issue", "hold", "redraft", "finish", "void"]), st.just(None)),
    st.tuples(st.just("end"), st.tuples(st.integers(0, 2), st.sampled_from([None, *MONTHS, date(2026, 12, 15)]))),
)


def take(action, what, hafen):
    """Do one thing; what cannot be done now is refused, and nothing happens."""
    runs = list(BillingRun.objects.order_by("-pk"))
    if action == "start":
        start_run(by=BY, location=hafen, month=what, now=NOW, bills_from=LONG_AGO)
    elif action == "drive":
        [drive(run.pk, now=NOW, batches=what, limit=1) for run in runs]
    elif action == "end":
        number, ends_on = what
        Membership.objects.filter(pk=Membership.objects.order_by("pk")[number].pk).update(ends_on=ends_on)
    elif action == "void":
        void(by=BY, invoice=Invoice.objects.exclude(state="void").latest("pk"), reason="x", now=NOW)
    elif runs:
        ids = list(runs[0].items.values_list("pk", flat=True)[:1])
        {
            "approve": lambda: approve(by=BY, run=runs[0]),
            "issue": lambda: start_issuing(by=BY, run=runs[0], now=NOW),
            "hold": lambda: hold(by=BY, run=runs[0], items=ids),
            "redraft": lambda: redraft(by=BY, run=runs[0], items=ids, now=NOW),
            "finish": lambda: finish(by=BY, run=runs[0], now=NOW),
        }[action]()


def billed_days(membership):
    """Return every day that is billed, as often as it is."""
    periods = membership.billed_periods.filter(released_at=None).values_list("period_start", "period_end")
    return sorted(start + timedelta(days=number) for start, end in periods for number in range((end - start).days))


def bill_the_rest(hafen):
    """Bring everything to an end, and run January: whoever was billed for an earlier month already waits for it."""
    for run in BillingRun.objects.order_by("pk"):
        drive(run.pk, now=NOW)
        run.refresh_from_db()
        if run.state == "review":
            finish(by=BY, run=run, now=NOW)
    for _ in range(2):  # the second time there is nothing left
        run = start_run(by=BY, location=hafen, month=JANUARY, now=LATER, bills_from=LONG_AGO)
        drive(run.pk, now=LATER)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])  # rolled back each time
@given(st.lists(ACTIONS, max_size=14))
def test_every_day_is_billed_once_for_any_number_of_runs_and_stops(hafen, actions):
    with transaction.atomic():
        plan = make_plan(hafen, name="Desk", price=31000)
        members = [make_member(hafen, name=f"Member {number}") for number in range(3)]
        held = [make_membership(member, plan, starts_on=start) for member, start in zip(members, STARTS, strict=True)]
        for action, what in actions:
            try:
                take(action, what, hafen)
            except (DomainError, Invoice.DoesNotExist):
                continue
            assert all(len(days) == len(set(days)) for days in map(billed_days, held))
        bill_the_rest(hafen)
        for membership in held:
            check(membership)
        transaction.set_rollback(True)


def check(membership):
    membership.refresh_from_db()
    days = billed_days(membership)
    last = min(membership.ends_on or LAST, LAST)
    length = max(0, (last - membership.starts_on).days + 1)
    assert len(days) == len(set(days))
    assert {membership.starts_on + timedelta(days=number) for number in range(length)} <= set(days)
    lines = [row.line for row in BilledPeriod.objects.filter(membership=membership, released_at=None)]
    assert all(line and line.invoice.state != "void" for line in lines)
