"""What another system has billed is corrected later: said before, kept with its reason, and no day is billed twice."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from billing.models import BilledPeriod, BillingRun
from billing.services.billing_runs import drive
from billing.services.run_decisions import redraft
from flexspace.core import audit
from flexspace.core.errors import DomainError
from flexspace.core.sentences import tell
from members.calendars import ONE_DAY
from members.services.adjustments import bill_elsewhere
from tests.factories.members import make_member
from tests.factories.memberships import DECEMBER, make_membership
from tests.factories.runs import BY, NOW, billed, issue_all, lines_of, make_run
from tests.members.test_pages import page, send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("morning")]
TODAY, UNTIL = date(2026, 11, 23), date(2026, 12, 20)


@pytest.fixture
def row(hafen):
    return make_membership(make_member(hafen, name="Lena"), starts_on=date(2026, 11, 1), billed_until=UNTIL)


def correct(row, day, reason="Paid until then"):
    return bill_elsewhere(by=BY, membership=row, billed_until=day, reason=reason, today=TODAY)


def said(client, user, row, day):
    query = f"?billed_until={day}&reason="
    return page(client, user, "members:membership_elsewhere_preview", row.uuid, query=query).context["said"]


def test_the_day_is_corrected_on_the_memberships_page(client, row, ben):
    there = reverse("members:membership_elsewhere", args=[row.uuid])
    assert f'href="{there}"' in page(client, ben, "members:membership_detail", row.uuid).content.decode()
    assert 'value="2026-12-20"' in page(client, ben, "members:membership_elsewhere", row.uuid).content.decode()
    send(client, ben, "members:membership_elsewhere", row.uuid, billed_until="2026-11-30", reason="Paid for November")
    row.refresh_from_db()
    assert row.billed_until == date(2026, 11, 30)
    event = audit.timeline(row)[0]
    assert (tell(event).sentence, event.reason) == (
        "Hot desk is billed elsewhere until 30 Nov 2026, not 20 Dec 2026", "Paid for November",
    )  # fmt: skip
    send(client, ben, "members:membership_elsewhere", row.uuid, billed_until="", reason="Nothing was paid")
    row.refresh_from_db()
    assert (row.billed_until, tell(audit.timeline(row)[0]).sentence) == (
        None, "Hot desk is billed here from its first day",
    )  # fmt: skip


def test_who_may_not_change_memberships_may_not_change_this(client, row, vic):
    assert (
        "Nothing is billed elsewhere" not in page(client, vic, "members:membership_detail", row.uuid).content.decode()
    )
    assert page(client, vic, "members:membership_elsewhere", row.uuid).status_code == 403


@pytest.mark.parametrize(
    ("day", "reason"), [(date(2026, 10, 31), "x"), (date(2029, 1, 1), "x"), (date(2026, 11, 30), " ")], ids=str
)
def test_a_day_that_cannot_be_and_no_reason_are_refused(client, row, ben, day, reason):
    with pytest.raises(DomainError):
        correct(row, day, reason)
    answer = send(client, ben, "members:membership_elsewhere", row.uuid, billed_until=str(day), reason=reason)
    row.refresh_from_db()
    assert (bool(answer.context["form"].errors), row.billed_until) == (True, UNTIL)


def test_what_is_billed_next_and_what_is_on_a_bill_here_is_said_before(client, row, ben, hafen):
    BillingRun.objects.create(location=hafen, month=date(2026, 11, 1), bills_from=date(2026, 11, 1), state="done")
    assert said(client, ben, row, "2026-11-30") == [
        "Billed elsewhere until 30 Nov 2026.", "Next bill €300.00: 1–31 Dec at €300.00 a month.",
    ]  # fmt: skip
    BilledPeriod.objects.create(membership=row, period_start=date(2026, 12, 21), period_end=date(2027, 1, 1))
    assert said(client, ben, row, "2026-12-25")[1].startswith("21–25 Dec is on a bill here too: draft that again")
    assert said(client, ben, row, "2026-10-01") == []


def test_draft_that_bills_days_of_another_system_is_not_issued_and_drafted_again_without_them(hafen, row):
    correct(row, date(2026, 11, 30))
    run = make_run(hafen, bills_from=date(2026, 11, 1))
    assert billed(run) == [("Lena", 30000, "draft")]
    correct(row, UNTIL)
    run = issue_all(run)
    item = run.items.get()
    assert (billed(run), item.warnings[-1]) == ([("Lena", 30000, "draft")], {"code": "changed_since"})
    redrafted(run, item)
    assert [(each.period_start, each.period_end) for each in BilledPeriod.objects.all()] == [
        (UNTIL + ONE_DAY, date(2027, 1, 1))
    ]


def redrafted(run, item):
    redraft(by=BY, run=run, items=[item.pk], now=NOW)
    drive(run.pk, now=NOW)


def test_days_that_are_free_by_it_are_the_next_runs(hafen, row):
    run = issue_all(make_run(hafen, bills_from=DECEMBER))
    assert billed(run) == [("Lena", 10645, "issued")]
    correct(row, date(2026, 12, 15))
    following = make_run(hafen, "2027-01-01", now=NOW + timedelta(days=35))
    assert lines_of(following.items.get()) == [("Hot desk, 16–20 Dec", 4839), ("Hot desk, 1–31 Jan", 30000)]
