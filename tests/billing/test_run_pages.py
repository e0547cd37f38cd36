"""The pages of the month's billing."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import BillingRun, Invoice
from billing.queries.runs import TABS
from billing.services.billing_runs import drive
from billing.services.run_decisions import approve, hold
from tests.factories.members import make_company, make_member
from tests.factories.memberships import make_membership, make_plan, make_usage
from tests.factories.runs import BY, LONG_AGO, issue_all, make_run

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def recorded_tasks(settings):
    """Let the queue be in memory."""
    settings.CELERY_BROKER_URL = "memory://"


@pytest.fixture
def month():
    """Return the first day of this month: pages go by the real clock."""
    return timezone.now().date().replace(day=1)


@pytest.fixture
def run(hafen, month):
    """Return this month's run with three bills; there was one last month."""
    before = (month - timedelta(days=1)).replace(day=1)
    for name in ("Anna", "Bert"):
        make_membership(make_member(hafen, name=name), starts_on=before)
    issue_all(make_run(hafen, before.isoformat(), now=timezone.now(), bills_from=before), now=timezone.now())
    make_membership(make_member(hafen, name="Carl", email=""), starts_on=month)
    return make_run(hafen, month.isoformat(), now=timezone.now())


def get(client, user, view, *args, query="", **headers):
    client.force_login(user)
    return client.get(reverse(f"billing:{view}", args=args) + query, **headers)


def post(client, user, view, *args, **data):
    client.force_login(user)
    return client.post(reverse(f"billing:{view}", args=args), data)


def test_pages_keep_to_the_roles(client, hafen, run, vic, ben, mia, yuki):
    item = run.items.first()
    for view, args in (("run_list", []), ("run_detail", [run.uuid]), ("run_item", [run.uuid, item.pk])):
        assert [get(client, who, view, *args).status_code for who in (vic, ben, mia)] == [403, 403, 200]
    yuki.role = "manager"
    yuki.save()
    assert [get(client, yuki, "run_detail", run.uuid).status_code, get(client, yuki, "run_list").status_code] == [
        404,
        200,
    ]
    for view in ("run_step", "run_decide", "run_issue", "run_finish"):
        assert post(client, yuki, view, run.uuid).status_code == 404
    post(client, yuki, "run_start", location="HFN", month="2026-12-01")
    assert BillingRun.objects.count() == 2


def test_navigation_shows_billing_to_managers_only(client, ben, mia):
    url = reverse("billing:run_list")
    texts = []
    for who in (ben, mia):
        client.force_login(who)
        texts.append(client.get("/").content.decode())
    assert [f'href="{url}"' in text for text in texts] == [False, True]


def test_first_run_asks_from_which_day_on(client, hafen, mia, month):
    make_membership(make_member(hafen), starts_on=LONG_AGO)
    text = get(client, mia, "run_list").content.decode()
    assert "Bill days from" in text
    answer = post(client, mia, "run_start", location="HFN", month=month.isoformat(), bills_from=month.isoformat())
    run = BillingRun.objects.get()
    assert (answer.url, run.bills_from, run.state) == (
        reverse("billing:run_detail", args=[run.uuid]),
        month,
        "drafting",
    )


@pytest.mark.parametrize(
    "data",
    [
        {"location": "HFN", "month": "soon"},
        {"location": "XXX", "month": "2026-11-01"},
        {"location": "HFN", "month": "1999-01-01"},
        {"location": "HFN", "month": "2026-11-01", "bills_from": "x\x00"},
        {},
    ],
)
def test_start_with_nonsense_says_what_to_do(client, hafen, mia, data):
    answer = post(client, mia, "run_start", **data)
    assert (answer.url, BillingRun.objects.count()) == (reverse("billing:run_list"), 0)


def test_run_page_tells_sums_reasons_and_warnings(client, mia, run):
    text = get(client, mia, "run_detail", run.uuid).content.decode()
    for words in ("€900.00", "€600.00 last time", "joined on", "No e-mail address", "Approve all 3", "+€300.00"):
        assert words in text, words
    assert "Issue" not in text.split("<main", 1)[1].split("</table>")[0]


def test_decisions_by_tick_by_button_and_for_all(client, mia, run):
    anna, bert, _carl = run.items.order_by("payer_name")
    answer = post(client, mia, "run_decide", run.uuid, do="hold", item=[anna.pk, bert.pk], tab="changed")
    assert answer.url == reverse("billing:run_detail", args=[run.uuid]) + "?tab=changed"
    post(client, mia, "run_decide", run.uuid, do=f"approve:{bert.pk}", item=[anna.pk])
    post(client, mia, "run_decide", run.uuid, do="approve_all")
    assert list(run.items.order_by("payer_name").values_list("state", flat=True)) == ["held", "approved", "approved"]
    post(client, mia, "run_issue", run.uuid)
    run.refresh_from_db()
    assert run.state == "issuing"


@pytest.mark.parametrize(
    "data", [{"do": "approve", "item": "x"}, {"do": "hold"}, {"do": "nothing"}, {}, {"do": "hold:9" * 20}]
)
def test_decisions_without_sense_change_nothing(client, mia, run, data):
    assert post(client, mia, "run_decide", run.uuid, **data).status_code == 302
    assert set(run.items.values_list("state", flat=True)) == {"draft"}


def test_item_of_another_run_is_not_decided_here(client, hafen, kiyosumi, mia, run, month):
    make_membership(make_member(kiyosumi), make_plan(kiyosumi, name="Desk", price=100), starts_on=month)
    other = make_run(kiyosumi, month.isoformat(), now=timezone.now(), bills_from=month).items.get()
    post(client, mia, "run_decide", run.uuid, do="hold", item=[other.pk])
    other.refresh_from_db()
    assert (other.state, get(client, mia, "run_item", run.uuid, other.pk).status_code) == ("draft", 404)


def test_bill_opens_with_the_reason_of_every_line(client, mia, run):
    item = run.items.get(payer_name="Carl")
    text = get(client, mia, "run_item", run.uuid, item.pk).content.decode()
    assert ("at €300.00 a month." in text, f"approve:{item.pk}" in text) == (True, True)
    assert get(client, mia, "run_item", run.uuid, item.pk, query="?close").content.decode().strip() == ""


def test_page_takes_the_steps_where_no_worker_is(client, hafen, mia, run, month, settings):
    make_membership(make_member(hafen, name="Dora"), starts_on=month)
    post(client, mia, "run_start", location="HFN", month=month.isoformat())
    step = reverse("billing:run_step", args=[run.uuid])
    assert "Drafting bills" in client.post(step, headers={"HX-Request": "true"}).content.decode()
    assert run.items.count() == 3  # a worker has its time first
    BillingRun.objects.filter(pk=run.pk).update(stepped_at=timezone.now() - timedelta(minutes=1))
    for _ in range(9):
        BillingRun.objects.filter(pk=run.pk).update(stepped_at=timezone.now() - timedelta(minutes=1))
        text = client.post(step, headers={"HX-Request": "true"}).content.decode()
    assert (run.items.count(), "Drafting bills" in text, "hx-post" in text) == (4, False, False)


def test_finish_says_so(client, mia, run):
    assert post(client, mia, "run_finish", run.uuid).status_code == 302
    text = get(client, mia, "run_detail", run.uuid).content.decode()
    assert ("Finished" in text, Invoice.objects.filter(state="draft").count()) == (True, 0)
    post(client, mia, "run_finish", run.uuid)
    post(client, mia, "run_issue", run.uuid)


@pytest.mark.parametrize("tab", [*TABS, "nonsense"])
def test_every_tab_opens(client, mia, run, tab):
    hold(by=BY, run=run, items=[run.items.first().pk])
    assert get(client, mia, "run_detail", run.uuid, query=f"?tab={tab}&at=x").status_code == 200


def test_tabs_hold_what_they_say(client, hafen, mia, run):
    approve(by=BY, run=run, items=[run.items.get(payer_name="Anna").pk])
    found = {}
    for tab in TABS:
        page = get(client, mia, "run_detail", run.uuid, query=f"?tab={tab}")
        found[tab] = [row.item.payer_name for row in page.context["rows"]]
        assert page.context["summary"].counts[tab] == len(found[tab])
    everybody = ["Anna", "Bert", "Carl"]
    assert found == {
        "all": everybody, "changed": [], "new": ["Carl"], "no_card": everybody, "expiring": [], "warnings": ["Carl"],
        "draft": ["Bert", "Carl"], "approved": ["Anna"], "held": [], "issued": [], "nothing": [], "failed": [],
    }  # fmt: skip


@pytest.mark.parametrize("count", [1, 30])
def test_run_page_takes_the_same_queries_for_any_number(client, hafen, mia, month, count, django_assert_num_queries):
    for number in range(count):
        member = make_member(hafen, name=f"Member {number:02}")
        make_membership(member, starts_on=month)
        make_usage(member, on=month)
    run = make_run(hafen, month.isoformat(), now=timezone.now(), bills_from=month)
    client.force_login(mia)
    with django_assert_num_queries(15):
        answer = client.get(reverse("billing:run_detail", args=[run.uuid]))
    assert len(answer.context["rows"]) == count
    with django_assert_num_queries(6):
        client.get(reverse("billing:run_list"))


def test_rows_are_paged_without_counting(client, hafen, mia, month):
    for number in range(51):
        make_membership(make_member(hafen, name=f"Member {number:02}"), starts_on=month)
    run = make_run(hafen, month.isoformat(), now=timezone.now(), bills_from=month)
    first = get(client, mia, "run_detail", run.uuid)
    second = get(client, mia, "run_detail", run.uuid, query=f"?at={first.context['page'].older}")
    assert [row.item.payer_name for row in second.context["rows"]] == ["Member 50"]


def test_list_shows_what_was_billed_and_paid(client, hafen, mia, run, month):
    company = make_company(hafen)
    make_membership(company, make_plan(hafen, name="Office"), starts_on=date(2026, 1, 1))
    text = get(client, mia, "run_list").content.decode()
    assert ("€600.00" in text, "To review" in text, "Go on with" in text) == (True, True, True)


def test_draft_leads_back_to_its_run(client, mia, ben, run):
    draft = run.items.get(payer_name="Carl").invoice
    words, back = f"Part of the run of {run.month:%B %Y}", reverse("billing:run_detail", args=[run.uuid])
    text = get(client, mia, "invoice_detail", draft.uuid).content.decode()
    assert f'<a href="{back}">{words}</a>' in text
    assert ("<h1>Invoice for Carl</h1>" in text, text.count(">Draft<")) == (True, 1)  # once, as its state
    text = get(client, ben, "invoice_detail", draft.uuid).content.decode()
    assert (words in text, back in text) == (True, False)


def late(client, mia, run):
    text = get(client, mia, "run_detail", run.uuid).content.decode()
    said = text.split("</p><form", 1)[0].rsplit(">", 1)[1]
    return said if "Add their bills" in text else ""


def test_who_came_after_the_drafts_is_told_and_added(client, hafen, mia, run, month):
    assert late(client, mia, run) == ""
    make_membership(make_member(hafen, name="Dora"), starts_on=month)
    assert late(client, mia, run) == "1 person with a membership is not among these bills."
    make_membership(make_company(hafen, name="Ltd"), make_plan(hafen, for_company=True), starts_on=month)
    make_usage(make_member(hafen, name="Emil"), on=month)
    make_usage(run.items.get(payer_name="Anna").member, on=month)  # is in it: the next run's
    both = "2 people with a membership are not among these bills, and 1 more has something new to bill."
    assert late(client, mia, run) == both
    elsewhere = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    make_membership(make_member(hafen), starts_on=month, billed_until=elsewhere)
    make_membership(make_member(hafen), starts_on=month, ends_on=month - timedelta(days=1))
    assert late(client, mia, run) == both
    post(client, mia, "run_start", location="HFN", month=month.isoformat())
    drive(run.pk, now=timezone.now())
    assert (late(client, mia, run), run.items.count()) == ("", 6)
    issue_all(run, now=timezone.now())
    assert late(client, mia, run) == ""
    make_membership(make_member(hafen, name="Fred"), starts_on=month)
    assert late(client, mia, run) == "1 person with a membership is not among these bills."
