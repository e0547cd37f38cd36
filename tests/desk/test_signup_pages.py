"""A plan at the counter: what is said before, one tap that pays and keeps the card, and what is left without money."""

from datetime import date

import pytest
from django.urls import reverse

from billing.models import BilledPeriod, Consent, InvoiceLine, Payment, Sale, SavedCard
from billing.services import sales
from members.models import Membership
from members.services import memberships
from terminal.models import Attempt
from tests.desk.counter import fields, open_person, pick, sell, text
from tests.factories.billing import make_tax_rate
from tests.factories.members import make_company, make_member
from tests.factories.memberships import make_plan
from tests.terminal.desk import ADMIN

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]
SAID = "To pay now €79.73: 8 of 30 days (23–30 Nov) at €299.00 a month."


@pytest.fixture
def lena(hafen):
    return make_member(hafen)


@pytest.fixture
def plan(hafen):
    return make_plan(hafen, name="Hot desk", price=29900)


def url(payer, sale=None, name="desk:sign_up"):
    kind = "company" if hasattr(payer, "tax_id") else "member"
    return reverse(name, args=[kind, payer.uuid]) + (f"?sale={sale.uuid}" if sale else "")


def sign_up(client, payer, plan, *, sale=None, **more):
    page = client.get(url(payer, sale))
    today = plan.location.today(page.context["now"])
    data = {"plan": plan.pk, "starts_on": str(today), "token": str(page.context["token"]), **more}
    return client.post(url(payer, sale), data, follow=True)


def charge(client, page, reader, **more):
    sent = fields(page, reader=reader.pk, **more)
    return client.post(reverse("desk:charge", args=[page.context["sale"].uuid]), sent, follow=True)


def keep(page):
    return {"keep": "on", "shown": page.context["shown"], "language": "en"}


def now_page(client):
    return client.get(f"/desk/{Sale.objects.get().uuid}/")


def paid(desk, **how):
    attempt = desk.advance(Attempt.objects.get())
    desk.tap(**how)
    return desk.settle(attempt)


def test_what_it_costs_now_and_then_is_said_before(till, lena, plan):
    page = till.get(url(lena, name="desk:sign_up_preview"), {"plan": plan.pk, "starts_on": "2026-11-23"})
    assert SAID in text(page)
    assert "First full bill €299.00 a month, from 1 Dec 2026 on." in text(page)


def test_the_first_days_are_a_line_and_no_membership_exists_before_the_money(till, lena, plan):
    page = sign_up(till, lena, plan)
    [line] = InvoiceLine.objects.all()
    assert (line.description, line.gross_amount, line.period_end) == ("Hot desk, 23–30 Nov", 7973, date(2026, 12, 1))
    assert (page.context["stage"], Membership.objects.count(), BilledPeriod.objects.count()) == ("open", 0, 0)
    assert "Keep this card for monthly dues" in text(page)


def test_a_plan_that_costs_nothing_is_sold_without_money(till, lena, hafen):
    free = make_plan(hafen, name="Community", price=0)
    assert "Community, €0.00 a month" in text(till.get(url(lena)))
    page = sign_up(till, lena, free)
    assert (page.context["stage"], page.context["total"].amount) == ("open", 0)
    done = reverse("desk:complete", args=[page.context["sale"].uuid])
    assert f'formaction="{done}"' in text(page)
    answer = till.post(done, fields(page), follow=True)
    assert answer.context["outcome"].sentence == "Done · membership since today"
    assert (Membership.objects.get().plan, Payment.objects.count()) == (free, 0)


def test_one_tap_pays_begins_the_membership_and_keeps_the_card(till, desk, lena, plan):
    page = sign_up(till, lena, plan)
    charge(till, page, desk.reader, **keep(page))
    assert Membership.objects.count() == 0
    paid(desk)
    [row], [period] = Membership.objects.all(), BilledPeriod.objects.all()
    assert (row.member, row.plan, row.starts_on, row.ends_on) == (lena, plan, date(2026, 11, 23), None)
    assert (period.membership, period.period_start, period.period_end) == (row, row.starts_on, date(2026, 12, 1))
    assert (InvoiceLine.objects.get().membership, Payment.objects.get().amount) == (row, 7973)
    assert (SavedCard.objects.get().member, Consent.objects.get().channel) == (lena, "pay_and_keep")
    assert now_page(till).context["outcome"].sentence == "Paid · membership since today · card kept"


def test_a_phone_pays_and_the_page_says_that_it_is_not_kept(till, desk, lena, plan):
    page = sign_up(till, lena, plan)
    charge(till, page, desk.reader, **keep(page))
    paid(desk, method="phone")
    answer = now_page(till)
    assert answer.context["outcome"].sentence == "Paid · membership since today"
    assert "A phone or watch was tapped, and that cannot be kept." in text(answer)
    assert reverse("terminal:attempt_keep", args=[Attempt.objects.get().uuid]) in text(answer)


def test_without_the_tick_no_card_is_kept(till, desk, lena, plan):
    page = sign_up(till, lena, plan)
    charge(till, page, desk.reader)
    paid(desk)
    assert (Consent.objects.count(), Membership.objects.count()) == (0, 1)


def test_words_that_were_not_shown_are_not_agreed_to(till, desk, lena, plan):
    page = sign_up(till, lena, plan)
    answer = charge(till, page, desk.reader, **{**keep(page), "shown": "x" * 16})
    assert (answer.context["stage"], Attempt.objects.count(), Consent.objects.count()) == ("open", 0, 0)
    assert "The words to agree to have changed." in text(answer)


def test_a_sale_that_is_dropped_leaves_no_membership(till, desk, lena, plan):
    page = sign_up(till, lena, plan)
    sales.issue(by=ADMIN, sale=page.context["sale"], now=page.context["now"])
    till.post(reverse("desk:drop", args=[page.context["sale"].uuid]))
    assert (Membership.objects.count(), BilledPeriod.objects.count()) == (0, 0)
    assert sign_up(till, lena, plan).context["stage"] == "open"


def test_another_product_after_issuing_keeps_the_plan_in_the_sale(till, desk, lena, plan, shelf):
    page = sign_up(till, lena, plan)
    sale = page.context["sale"]
    sales.issue(by=ADMIN, sale=sale, now=page.context["now"])
    sales.add(by=ADMIN, sale=sale, product=shelf["P"], now=page.context["now"])
    charge(till, now_page(till), desk.reader)
    paid(desk)
    assert (Membership.objects.count(), Payment.objects.get().amount) == (1, 8273)


def test_who_has_the_plan_by_now_is_told_before_the_money(till, desk, lena, plan):
    page = sign_up(till, lena, plan)
    today = date(2026, 11, 23)
    memberships.start(by=ADMIN, plan=plan, starts_on=today, today=today, member=lena)
    answer = charge(till, page, desk.reader)
    assert (answer.context["stage"], Attempt.objects.count()) == ("open", 0)
    assert "Lena Fischer has Hot desk from 23 Nov 2026 already." in text(answer)


def test_money_for_a_plan_they_got_meanwhile_is_booked_and_said(till, desk, lena, plan):
    page = sign_up(till, lena, plan)
    charge(till, page, desk.reader)
    today = date(2026, 11, 23)
    memberships.start(by=ADMIN, plan=plan, starts_on=today, today=today, member=lena)
    assert paid(desk).state == "succeeded"
    assert (Membership.objects.count(), Payment.objects.get().amount, BilledPeriod.objects.count()) == (1, 7973, 0)
    assert "The membership did not begin." in text(now_page(till))


def test_a_plan_that_was_withdrawn_after_the_charge_began_still_begins(till, desk, lena, plan):
    charge(till, sign_up(till, lena, plan), desk.reader)
    plan.is_active = False
    plan.save()
    paid(desk)
    assert Membership.objects.get().plan == plan


def test_a_first_day_later_is_paid_now_and_begins_then(till, desk, lena, plan):
    page = sign_up(till, lena, plan, starts_on="2026-12-01")
    charge(till, page, desk.reader)
    paid(desk)
    assert (Membership.objects.get().starts_on, Payment.objects.get().amount) == (date(2026, 12, 1), 29900)
    assert now_page(till).context["outcome"].sentence == "Paid · membership from 1 Dec 2026"


@pytest.mark.parametrize("day", ["2026-11-22", "2020-01-01", "2029-01-01", "", "x"])
def test_a_day_that_cannot_be_adds_nothing(till, lena, plan, day):
    answer = sign_up(till, lena, plan, starts_on=day)
    assert (answer.status_code, InvoiceLine.objects.count(), Sale.objects.count()) == (422, 0, 0)


def test_the_same_form_twice_adds_one_line(till, lena, plan):
    page = till.get(url(lena))
    data = {"plan": plan.pk, "starts_on": "2026-11-23", "token": str(page.context["token"])}
    assert till.post(url(lena), data).url == till.post(url(lena), data).url
    assert InvoiceLine.objects.count() == 1


def test_a_company_pays_for_one_of_its_people(till, desk, hafen, plan):
    acme = make_company(hafen)
    ida = make_member(hafen, name="Ida", company=acme)
    charge(till, sign_up(till, acme, plan, person=ida.pk), desk.reader)
    paid(desk)
    row = Membership.objects.get()
    assert (row.company, row.person) == (acme, ida)


def test_a_company_says_for_whom(till, hafen, plan):
    answer = sign_up(till, make_company(hafen), plan)
    assert (answer.status_code, InvoiceLine.objects.count()) == (422, 0)
    assert "Hot desk is for one person. Say who it is for." in text(answer)


def test_somebody_of_another_location_is_sold_no_plan(till, kiyosumi, plan):
    stranger = make_member(kiyosumi)
    assert till.get(url(stranger)).status_code == 404


def test_the_key_stands_with_the_products(till, lena, plan, shelf):
    assert url(lena) in text(open_person(till, lena))
    page = sell(till, lena, shelf["D"])
    assert url(lena, page.context["sale"]) in text(page)
    both = sign_up(till, lena, plan, sale=page.context["sale"])
    assert both.context["total"].amount == 2500 + 7973


def test_plans_are_offered_with_what_they_cost_with_tax(till, lena, hafen):
    hafen.tax_included = False
    hafen.save()
    make_plan(hafen, name="Hot desk", price=10000, tax_rate=make_tax_rate(hafen))
    make_plan(hafen, name="Letterbox", price=12000, interval_months=12)
    make_plan(hafen, name="New one", prices={date(2027, 1, 1): 5000})
    options = till.get(url(lena)).context["form"]["plan"]
    assert [str(label) for _value, label in options.field.choices] == [
        "Hot desk, €119.00 a month", "Letterbox, €120.00 a year", "New one, no price yet",
    ]  # fmt: skip


@pytest.mark.parametrize("count", [1, 4])
def test_offering_plans_takes_the_same_queries_for_any_number(till, lena, hafen, count, django_assert_max_num_queries):
    for number in range(count):
        make_plan(hafen, tax_rate=make_tax_rate(hafen, name=f"VAT {number}"))
    with django_assert_max_num_queries(16):
        till.get(url(lena))


def test_the_tick_to_keep_the_card_outlives_changes_of_the_cart(till, desk, lena, plan, shelf):
    page = sign_up(till, lena, plan)
    sale = page.context["sale"]
    ticked = 'name="keep" data-key="k" checked'
    assert ticked not in text(page)
    add = reverse("desk:add", args=[sale.uuid])
    page = till.post(add, fields(page, pick=pick(shelf["P"], day=""), **{**keep(page), "language": "de"}), follow=True)
    assert (ticked in text(page), page.context["language"]) == (True, "de")
    line = sale.invoice.lines.get(product=shelf["P"])
    page = till.post(reverse("desk:remove", args=[sale.uuid, line.pk]), fields(page, **keep(page)), follow=True)
    assert ticked in text(page)
    till.post(reverse("desk:choose", args=[sale.uuid]), fields(page, language="en"))
    assert ticked not in text(till.get(f"/desk/{sale.uuid}/"))


def test_the_tick_to_keep_the_card_goes_with_the_plan_it_was_for(till, desk, lena, plan):
    page = sign_up(till, lena, plan)
    sale = page.context["sale"]
    remove = reverse("desk:remove", args=[sale.uuid, sale.invoice.lines.get().pk])
    assert "may_keep" not in till.post(remove, fields(page, **keep(page)), follow=True).context
    page = sign_up(till, lena, plan, sale=sale)
    assert (page.context["sale"], page.context["keeps"]) == (sale, False)


def test_the_tick_is_not_another_sales_and_not_for_other_words(till, lena, plan, hafen):
    page = sign_up(till, lena, plan)
    choose = reverse("desk:choose", args=[page.context["sale"].uuid])
    other = sign_up(till, make_member(hafen), plan)
    till.post(choose, fields(page, **{**keep(page), "shown": "other words"}))
    till_page = till.get(f"/desk/{page.context['sale'].uuid}/")
    assert till_page.context["keeps"] is False
    till.post(choose, fields(page, **keep(page)))
    assert till.get(f"/desk/{other.context['sale'].uuid}/").context["keeps"] is False
