"""Pages of plans, products and tax rates, as manager, front desk, viewer and stranger."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from flexspace.core.models import AuditEvent
from flexspace.core.money import Money
from members.models import Plan, Product, TaxRate
from members.services.prices import set_price
from members.services.tax_rates import replace_rate
from tests.factories.billing import make_tax_rate
from tests.factories.sold import BY, make_membership, make_plan, make_product
from tests.members.test_pages import page, send

pytestmark = pytest.mark.django_db
PLAN = {
    "name": "Hot desk",
    "description": "",
    "interval_months": "1",
    "anchor": "calendar",
    "lets_in": "on",
    "tax_rate": "",
}
PRODUCT = {"name": "Day pass", "kind": "day_pass", "credits": "1", "valid_days": "30", "tax_rate": "", "shortcut": "d"}


def today(place):
    return place.today(timezone.now())


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("name", "expected"), [("plan_list", 6), ("product_list", 5), ("tax_rate_list", 4)])
def test_list_takes_the_same_queries_at_one_and_three_rows(
    client, hafen, ben, name, expected, count, django_assert_num_queries
):
    for number in range(count):
        rate = make_tax_rate(hafen, name=f"VAT {number}")
        plan = make_plan(hafen, name=f"Plan {number}", tax_rate=rate)
        make_product(hafen, name=f"Product {number}", tax_rate=rate)
        make_membership(hafen, plan=plan, starts_on=today(hafen), today=today(hafen))
    client.force_login(ben)
    with django_assert_num_queries(expected):  # session, user, locations, rows, prices, (held)
        answer = client.get(reverse(f"members:{name}"))
    assert len(answer.context["rows" if name != "tax_rate_list" else "rates"]) == count


def test_plan_list_says_price_next_price_and_how_many_hold_it(client, hafen, ben):
    plan = make_plan(hafen)
    coming = today(hafen) + timedelta(days=40)
    set_price(by=BY, item=plan, price=Money(33_000, "EUR"), from_date=coming, today=today(hafen))
    for _ in range(2):
        make_membership(hafen, plan=plan, starts_on=today(hafen), today=today(hafen))
    make_membership(hafen, plan=plan, starts_on=coming, today=today(hafen))
    answer = page(client, ben, "members:plan_list")
    [line] = answer.context["rows"]
    assert (line["price"], line["coming"].price, line["count"]) == ("€300.00 a month", Money(33_000, "EUR"), 2)
    assert f"€330.00 from {coming.day}" in answer.content.decode()


def test_plan_and_product_that_cost_nothing_have_a_price(client, hafen, ben):
    plan, product = make_plan(hafen, price=0), make_product(hafen, kind="service", name="Coffee", price=0)
    assert [line["price"] for line in page(client, ben, "members:plan_list").context["rows"]] == ["€0.00 a month"]
    assert [line["price"] for line in page(client, ben, "members:product_list").context["rows"]] == ["€0.00"]
    make_membership(hafen, plan=plan, starts_on=today(hafen), today=today(hafen))
    for item in (plan, product):
        set_price(by=BY, item=item, price=Money(500, "EUR"), from_date=today(hafen), today=today(hafen))
    said = {event.action: event.after["amount"] for event in AuditEvent.objects.filter(action__endswith="started")}
    assert said == {"members.membership.started": 0}
    befores = [
        event.before["amount"] for event in AuditEvent.objects.filter(action__endswith=".priced").order_by("-pk")
    ]
    assert befores[:2] == [0, 0]


def test_product_list_says_what_they_give_and_how_many_a_day(client, hafen, kiyosumi, ada):
    hafen.day_pass_capacity = 12
    hafen.save()
    make_product(hafen, kind="pack", name="5 days", credits=5, valid_days=90, is_shared=True)
    text = page(client, ada, "members:product_list").content.decode()
    for words in ("5 days, valid 90 days, shared in the company", "Hafenplatz 12 at most, Kiyosumi without a limit."):
        assert words in text


def test_list_pages_by_location_and_name(client, hafen, kiyosumi, ada):
    for number in range(51):
        make_product(hafen, name=f"Product {number:02}")
    make_product(kiyosumi, name="Alpha")
    first = page(client, ada, "members:product_list")
    second = page(client, ada, "members:product_list", query=f"?at={first.context['page'].older}")
    assert [line["item"].name for line in second.context["rows"]] == ["Product 50", "Alpha"]


@pytest.mark.parametrize("kind", ["plan", "product"])
def test_another_locations_offer_is_not_there(client, hafen, ada, mia, yuki, kind):
    yuki.role = "manager"
    yuki.save()
    item = make_plan(hafen) if kind == "plan" else make_product(hafen)
    for view in ("detail", "edit"):
        assert page(client, yuki, f"members:{kind}_{view}", item.uuid).status_code == 404
        assert page(client, mia, f"members:{kind}_{view}", item.uuid).status_code == 200
    for view in ("price", "price_drop", "withdraw", "offer"):
        assert send(client, yuki, f"members:{kind}_{view}", item.uuid).status_code == 404
    assert page(client, yuki, f"members:{kind}_new", query="?at=HFN").status_code == 404
    assert str(item) not in page(client, yuki, f"members:{kind}_list").content.decode()


@pytest.mark.parametrize(("view", "allowed"), [("plan_new", [403, 403, 200]), ("tax_rate_new", [403, 403, 200])])
def test_pages_keep_to_the_roles(client, hafen, vic, ben, mia, view, allowed):
    assert [page(client, user, f"members:{view}").status_code for user in (vic, ben, mia)] == allowed


def test_front_desk_reads_prices_and_changes_none(client, hafen, ben):
    plan = make_plan(hafen)
    text = page(client, ben, "members:plan_detail", plan.uuid).content.decode()
    assert ("€300.00 a month" in text, reverse("members:plan_price", args=[plan.uuid]) in text) == (True, False)
    assert send(client, ben, "members:plan_price", plan.uuid).status_code == 403


def test_plan_new_offers_a_plan_with_its_price(client, hafen, mia):
    rate, day = make_tax_rate(hafen), today(hafen)
    answer = send(client, mia, "members:plan_new", **PLAN | {"tax_rate": rate.pk, "price": "189", "from_date": day})
    plan = Plan.objects.get()
    assert answer.url == reverse("members:plan_detail", args=[plan.uuid])
    assert (plan.location, plan.tax_rate, plan.price_on(day)) == (hafen, rate, Money(18_900, "EUR"))


def test_product_new_in_yen_has_no_decimals(client, kiyosumi, ada):
    url = reverse("members:product_new") + "?at=KYS"
    client.force_login(ada)
    wrong = client.post(url, PRODUCT | {"price": "28.50", "from_date": today(kiyosumi)})
    assert "Too many decimals" in wrong.content.decode()
    client.post(url, PRODUCT | {"price": "2800", "from_date": today(kiyosumi)})
    product = Product.objects.get()
    assert (product.price_on(today(kiyosumi)), product.shortcut) == (Money(2800, "JPY"), "D")


@pytest.mark.parametrize(
    "change", [{"name": ""}, {"price": "x"}, {"from_date": ""}, {"interval_months": "2"}, {"anchor": "x"}]
)
def test_plan_that_cannot_be_comes_back_with_what_was_typed(client, hafen, mia, change):
    facts = PLAN | {"price": "189", "from_date": today(hafen), "description": "By the window"}
    answer = send(client, mia, "members:plan_new", **facts | change)
    errors = [*answer.context["form"].errors, *answer.context["price"].errors]
    assert (errors, Plan.objects.count()) == ([*change], 0)
    assert "By the window" in answer.content.decode()


def test_taken_name_is_said_on_the_form(client, hafen, mia):
    make_plan(hafen, name="Hot desk")
    answer = send(client, mia, "members:plan_new", **PLAN | {"price": "1", "from_date": today(hafen)})
    assert "the name “Hot desk”" in answer.content.decode()


def test_product_edit_keeps_what_it_gives_whatever_is_sent(client, hafen, mia):
    product = make_product(hafen, kind="pack", name="5 days", credits=5, valid_days=60)
    assert page(client, mia, "members:product_edit", product.uuid).status_code == 200
    send(client, mia, "members:product_edit", product.uuid, **PRODUCT | {"name": "Five days", "credits": "50"})
    product.refresh_from_db()
    assert (product.name, product.kind, product.credits, product.valid_days) == ("Five days", "pack", 5, 60)


def test_plan_edit_of_a_held_plan_says_why_not(client, hafen, mia):
    plan = make_plan(hafen)
    make_membership(hafen, plan=plan)
    answer = send(client, mia, "members:plan_edit", plan.uuid, **PLAN | {"interval_months": "12"})
    assert "Make another plan" in answer.content.decode()
    send(client, mia, "members:plan_edit", plan.uuid, **PLAN)
    plan.refresh_from_db()
    assert plan.name == "Hot desk"


def test_price_is_set_shown_as_steps_and_taken_back(client, hafen, mia):
    plan, coming = make_plan(hafen), today(hafen) + timedelta(days=30)
    assert page(client, mia, "members:plan_detail", plan.uuid).context["picture"] is None
    send(client, mia, "members:plan_price", plan.uuid, price="330", from_date=coming)
    answer = page(client, mia, "members:plan_detail", plan.uuid)
    assert [step.state for step in answer.context["steps"]] == ["coming", "now"]
    assert '<path class="steps__line" d="M0 31H' in answer.content.decode()
    send(client, mia, "members:plan_price_drop", plan.uuid, from_date=coming)
    assert plan.prices.count() == 1


def test_price_of_the_past_is_refused_on_the_page(client, hafen, mia):
    plan = make_plan(hafen)
    answer = send(client, mia, "members:plan_price", plan.uuid, price="1", from_date="2026-01-01")
    assert "begins today or later" in answer.content.decode()
    for day in ("2025-01-01", "nonsense", "2026-13-45"):
        assert send(client, mia, "members:plan_price_drop", plan.uuid, from_date=day).status_code == 302
    assert plan.prices.count() == 1


def test_withdrawn_plan_is_sold_again(client, hafen, mia):
    plan = make_plan(hafen)
    for view, active in (("withdraw", False), ("offer", True)):
        send(client, mia, f"members:plan_{view}", plan.uuid)
        plan.refresh_from_db()
        assert plan.is_active is active


@pytest.mark.parametrize("view", ["plan_price", "plan_price_drop", "plan_withdraw", "plan_offer"])
def test_changes_are_posts(client, hafen, mia, view):
    assert page(client, mia, f"members:{view}", make_plan(hafen).uuid).status_code == 405


def test_names_are_escaped(client, hafen, mia):
    plan = make_plan(hafen, name="<script>alert(1)</script>", description="<b>bold</b>")
    for answer in (page(client, mia, "members:plan_list"), page(client, mia, "members:plan_detail", plan.uuid)):
        text = answer.content.decode()
        assert ("<script>alert" in text, "<b>bold" in text) == (False, False)


def test_tax_rate_is_added_replaced_and_kept(client, hafen, mia):
    old = make_tax_rate(hafen)
    send(client, mia, "members:tax_rate_new", name="VAT 20 %", percent="20", country="DE")
    new = TaxRate.objects.get(name="VAT 20 %")
    assert new.basis_points == 2000
    from_date = today(hafen) + timedelta(days=30)
    send(client, mia, "members:tax_rate_replace", old.pk, successor=new.pk, from_date=from_date)
    old.refresh_from_db()
    assert (old.successor, old.successor_from) == (new, from_date)
    assert "VAT 20 % takes its place from" in page(client, mia, "members:tax_rate_detail", old.pk).content.decode()
    send(client, mia, "members:tax_rate_keep", old.pk)
    old.refresh_from_db()
    assert old.successor is None


def test_tax_rate_that_was_replaced_offers_no_change(client, hafen, mia):
    old, new = make_tax_rate(hafen), make_tax_rate(hafen, name="VAT 20 %", basis_points=2000)
    replace_rate(by=BY, rate=old, successor=new, from_date=today(hafen), today=today(hafen))
    text = page(client, mia, "members:tax_rate_detail", old.pk).content.decode()
    assert ("has taken its place since" in text, "<form" in text.split("What replaces it")[1]) == (True, False)
    assert send(client, mia, "members:tax_rate_keep", old.pk).status_code == 302


@pytest.mark.parametrize("change", [{"percent": "101"}, {"percent": "1.234"}, {"country": "FR"}, {"name": ""}])
def test_tax_rate_that_cannot_be_is_refused(client, hafen, mia, change):
    facts = {"name": "VAT 20 %", "percent": "20", "country": "DE"}
    answer = send(client, mia, "members:tax_rate_new", **facts | change)
    assert (list(answer.context["form"].errors), TaxRate.objects.count()) == ([*change], 0)


def test_tax_rates_of_another_country_are_not_there(client, hafen, kiyosumi, mia):
    rate = make_tax_rate(kiyosumi, name="10 %")
    assert page(client, mia, "members:tax_rate_list").context["rates"] == []
    for view in ("tax_rate_replace", "tax_rate_keep", "tax_rate_withdraw", "tax_rate_offer"):
        assert send(client, mia, f"members:{view}", rate.pk).status_code == 404
    assert page(client, mia, "members:tax_rate_detail", rate.pk).status_code == 404


def test_tax_rate_offered_no_more_stays_with_what_has_it(client, hafen, mia):
    rate = make_tax_rate(hafen)
    plan = make_plan(hafen, tax_rate=rate)
    send(client, mia, "members:tax_rate_withdraw", rate.pk)
    assert rate in page(client, mia, "members:plan_edit", plan.uuid).context["form"].fields["tax_rate"].queryset
    assert rate not in page(client, mia, "members:plan_new").context["form"].fields["tax_rate"].queryset
