"""A batch takes as many queries for sixty members as for twenty."""

from datetime import date
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import Invoice
from billing.services.run_decisions import approve
from billing.services.run_drafts import draft_batch
from billing.services.run_issuing import issue_batch, start_issuing
from tests.factories.billing import make_tax_rate
from tests.factories.cards import make_saved_card
from tests.factories.members import make_member
from tests.factories.memberships import NOVEMBER, make_membership, make_plan, make_usage
from tests.factories.runs import BY, NOW, issue_all, make_run

pytestmark = pytest.mark.django_db
ACCOUNT = SimpleNamespace(account_id="acct_1", livemode=False)
TODAY = date(2026, 11, 28)


def make_people(hafen, count):
    """Make members with everything a batch reads: prices, discounts, pauses, usage, cards, last month's bill."""
    plan = make_plan(hafen, name="Desk", tax_rate=make_tax_rate(hafen))
    members = [make_member(hafen, name=f"Member {number:03}") for number in range(count)]
    for number, member in enumerate(members):
        membership = make_membership(member, plan, starts_on=NOVEMBER)
        if number % 3 == 0:
            membership.discounts.create(from_date=NOVEMBER, basis_points=1000, reason="x")
        if number % 4 == 0:
            membership.pauses.create(from_date=date(2026, 12, 24), until=date(2027, 1, 1))
        if number % 2:
            make_saved_card(member, ACCOUNT)
        make_usage(member, on=date(2026, 11, 30))
    issue_all(make_run(hafen, "2026-11-01"))
    for member in members:
        make_usage(member, on=date(2026, 12, 1))


@pytest.mark.parametrize("count", [20, 60])
def test_batch_takes_the_same_queries_for_any_number(hafen, count):
    make_people(hafen, count)
    run = make_run(hafen, drive_to_end=False)
    assert run.location.code == "HFN"  # read before it is counted
    with CaptureQueriesContext(connection) as drafting:
        assert draft_batch(by=BY, run=run, today=TODAY)
    assert run.items.filter(last_amount__gt=0, state="draft").count() == count
    while draft_batch(by=BY, run=run, today=TODAY):
        pass
    approve(by=BY, run=run)
    start_issuing(by=BY, run=run, now=NOW)
    with CaptureQueriesContext(connection) as issuing:
        assert issue_batch(by=BY, run=run, now=NOW)
    assert Invoice.objects.filter(run_item__run=run, state="issued").count() == count
    assert (len(drafting), len(issuing)) == (27, 31)
