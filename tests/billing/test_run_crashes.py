"""A process that dies at any statement of a month's billing: whoever goes on finds everything billed exactly once."""

from collections import Counter
from datetime import date

import pytest
from django.db import connection, transaction

from billing.models import BilledPeriod, BillingRun, Invoice, Notice
from billing.services.billing_runs import BUSY, drive, start_run
from billing.services.run_decisions import approve
from billing.services.run_issuing import start_issuing
from flexspace.core.models import AuditEvent, JobLease
from members.models import UsageCharge
from tests.factories.members import make_company, make_member
from tests.factories.memberships import DECEMBER, make_membership, make_plan, make_usage
from tests.factories.runs import BY, NOW

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """The process is gone."""


class Killer:
    """Lets ``after`` statements through, then none until it is revived; a database rolls back what was open."""

    def __init__(self, after):
        self.left = after

    def __call__(self, execute, sql, params, many, context):
        if self.left <= 0 and not sql.startswith(("ROLLBACK", "RELEASE")):
            raise Killed
        self.left -= 1
        return execute(sql, params, many, context)


def go_on(location):
    """Do what a person and the schedule do until the month is billed, from wherever it stands."""
    run = BillingRun.objects.select_related("location").filter(location=location).first()
    run = run or start_run(by=BY, location=location, month=DECEMBER, now=NOW, bills_from=DECEMBER)
    while run.state != "done":
        if run.state in BUSY:
            drive(run.pk, now=NOW, limit=2)
        elif run.items.filter(state="draft").exists():
            approve(by=BY, run=run)
        else:
            start_issuing(by=BY, run=run, now=NOW)
        run.refresh_from_db()


def make_payers(hafen):
    for name in ("Anna", "Bert", "Carl"):
        make_usage(make_membership(make_member(hafen, name=name)).holder)
    make_membership(make_company(hafen, email="a@example.com"), make_plan(hafen, name="Office", price=90000))


def outcome():
    """Return everything that must not depend on crashes."""
    invoices = Invoice.objects.order_by("pk")
    return {
        "bills": sorted((row.payer.name, row.total_amount, row.state) for row in invoices),
        "numbers": sorted(invoices.values_list("number", flat=True)),
        "periods": Counter(BilledPeriod.objects.values_list("membership__pk", "period_start", "released_at")),
        "usage": UsageCharge.objects.filter(billed_line=None).count(),
        "mails": Counter(row.cause.split(":")[0] for row in Notice.objects.all()),
        "audit": Counter(AuditEvent.objects.values_list("action", flat=True)),
    }


def dies_at(hafen, after):
    """Kill the first try after so many statements, go on, and return the outcome; all is rolled back again."""
    killer, finished = Killer(after), False
    with transaction.atomic():
        try:
            with connection.execute_wrapper(killer):
                go_on(hafen)
            finished = True
        except Killed:
            JobLease.objects.update(leased_until=None)  # two minutes later
            go_on(hafen)
        found = outcome()
        transaction.set_rollback(True)
    return found, finished


@pytest.mark.parametrize("step", [6, pytest.param(1, marks=pytest.mark.proof)])
def test_month_is_the_same_wherever_the_process_dies(hafen, step):
    make_payers(hafen)
    expected, finished = dies_at(hafen, 10_000)
    assert finished
    assert expected["numbers"] == [f"HFN-{number:06}" for number in range(1, 5)]
    assert expected["bills"][0] == ("Anna", 30500, "issued")
    assert set(expected["periods"].values()) == {1}
    assert (expected["usage"], expected["mails"]) == (0, {"invoice": 4})
    after, differing = 0, []
    while True:
        found, finished = dies_at(hafen, after)
        if finished:
            break
        if found != expected:
            differing.append((after, found))
        after += step
    assert differing == []
    assert after > 100


def test_every_batch_is_a_place_to_stop(hafen):
    """Drive one batch at a time, as pages do without a worker: the end is the same."""
    make_payers(hafen)
    expected, _finished = dies_at(hafen, 10_000)
    run = start_run(by=BY, location=hafen, month=date(2026, 12, 1), now=NOW, bills_from=DECEMBER)
    steps = 0
    while run.state != "done":
        steps += 1
        if run.state in BUSY:
            drive(run.pk, now=NOW, batches=1, limit=1)
        elif run.items.filter(state="draft").exists():
            approve(by=BY, run=run)
        else:
            start_issuing(by=BY, run=run, now=NOW)
        run.refresh_from_db()
    assert steps > 10
    assert outcome() == expected
