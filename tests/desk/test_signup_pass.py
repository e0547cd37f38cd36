"""What was paid for a day pass today counts toward the membership bought today: once, whatever becomes of the sale."""

import pytest
from django.urls import reverse

from billing.models import Invoice, InvoiceLine, Sale
from billing.services import sales
from flexspace.core.actors import Actor
from members.enums import DayPart
from members.models import CheckIn, DayPass, DayPassEntry, Membership, SeatHold
from members.services import capacity, check_ins, day_passes
from members.services.day_passes import balance, is_applied
from terminal.models import Attempt
from tests.desk.counter import fields, sell, text
from tests.factories.members import make_member
from tests.factories.memberships import make_plan

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]
BY = Actor.job("test")


@pytest.fixture
def lena(hafen):
    return make_member(hafen)


@pytest.fixture
def plan(hafen):
    return make_plan(hafen, name="Hot desk", price=29900)


@pytest.fixture
def bought(till, lena, shelf):
    """Return the day pass that Lena paid in cash today, and by which she is in."""
    pay(till, sell(till, lena, shelf["D"]))
    return DayPass.objects.get()


def pay(client, page):
    url = reverse("desk:cash", args=[page.context["sale"].uuid])
    total = page.context["total"].amount
    return client.post(url, fields(page, shown=str(total)), follow=True)


def pay_without_coming_in(client, page):
    Sale.objects.update(check_in=False)
    data = fields(page, shown=str(page.context["total"].amount))
    data.pop("check_in", None)
    client.post(reverse("desk:cash", args=[page.context["sale"].uuid]), data, follow=True)


def sign_up(client, member, plan, **more):
    url = reverse("desk:sign_up", args=["member", member.uuid])
    token = str(client.get(url).context["token"])
    data = {"plan": plan.pk, "starts_on": "2026-11-23", "token": token, "with_pass": "on", **more}
    return client.post(url, data, follow=True)


def kinds():
    return [(row.kind, row.credits) for row in DayPassEntry.objects.all()]


USED = [("granted", 1), ("used", -1)]
COUNTS = [*USED, ("given_back", 1), ("applied", -1)]


def test_it_is_offered_with_its_price(till, lena, plan, bought):
    page = till.get(reverse("desk:sign_up", args=["member", lena.uuid]))
    assert "Today’s €25.00 for Day pass, Mon 23 Nov counts toward it" in text(page)
    said = till.get(
        reverse("desk:sign_up_preview", args=["member", lena.uuid]),
        {"plan": plan.pk, "starts_on": "2026-11-23", "with_pass": "on"},
    )
    assert "Today’s pass takes €25.00 off: €54.73 with tax is left to pay now." in text(said)


def test_who_paid_none_is_offered_none(till, lena, plan):
    page = till.get(reverse("desk:sign_up", args=["member", lena.uuid]))
    assert "with_pass" not in page.context["form"].fields


def test_a_used_pass_comes_off_the_first_days(till, lena, plan, bought):
    page = sign_up(till, lena, plan)
    assert (page.context["total"].amount, kinds()) == (7973 - 2500, USED)
    done = pay(till, page)
    assert (done.context["stage"], Membership.objects.get().member, kinds()) == ("paid", lena, COUNTS)
    assert (Invoice.objects.latest("pk").total_amount, balance(bought), is_applied(bought)) == (5473, 0, True)


def test_an_unused_pass_is_used_up(till, lena, plan, bought):
    check_ins.undo(by=BY, check_in=CheckIn.objects.get(), now=CheckIn.objects.get().at)
    pay(till, sign_up(till, lena, plan))
    assert kinds()[-1:] == [("applied", -1)]
    assert (balance(bought), is_applied(bought)) == (0, True)


def test_its_check_in_that_is_undone_gives_nothing_back(till, lena, plan, bought):
    pay(till, sign_up(till, lena, plan))
    check_ins.undo(by=BY, check_in=CheckIn.objects.get(), now=CheckIn.objects.get().at)
    assert balance(bought) == 0


def test_it_counts_once(till, lena, plan, bought, hafen):
    first = sign_up(till, lena, plan)
    second = sign_up(till, lena, make_plan(hafen, name="Other", price=29900))
    pay(till, first)
    answer = pay(till, second)
    assert (answer.context["stage"], Membership.objects.count(), kinds()) == ("open", 1, COUNTS)
    assert "Day pass counts toward another membership already. Take it out of this sale." in text(answer)
    page = till.get(reverse("desk:sign_up", args=["member", lena.uuid]))
    assert "with_pass" not in page.context["form"].fields


def test_a_dropped_sale_leaves_the_pass_as_it_was(till, desk, lena, plan, bought):
    page = sign_up(till, lena, plan)
    sale, now = page.context["sale"], page.context["now"]
    sales.issue(by=BY, sale=sale, now=now)
    assert (is_applied(bought), balance(bought)) == (True, 0)
    sales.drop(by=BY, sale=sale, reason="Walked off", now=now)
    assert (is_applied(bought), balance(bought), Membership.objects.count()) == (False, 0, 0)
    check_ins.undo(by=BY, check_in=CheckIn.objects.get(), now=now)
    assert balance(bought) == 1


@pytest.mark.parametrize("full", [False, True])
def test_a_dropped_sale_gives_an_unused_pass_its_seat_again_if_it_can(till, desk, hafen, lena, plan, shelf, full):
    hafen.day_pass_capacity = 1
    hafen.save()
    page = sell(till, lena, shelf["D"])
    pay_without_coming_in(till, page)
    bought, seat = DayPass.objects.get(), SeatHold.objects.get()
    page = sign_up(till, lena, plan)
    sale, now = page.context["sale"], page.context["now"]
    sales.issue(by=BY, sale=sale, now=now)
    seat.refresh_from_db()
    assert (seat.state, is_applied(bought)) == ("released", True)
    if full:
        capacity.take(location=hafen, on=seat.day.on_date, part=DayPart.FULL, now=now)
    sales.drop(by=BY, sale=sale, reason="Walked off", now=now)
    seat.refresh_from_db()
    assert (seat.state, balance(bought)) == ("released" if full else "sold", 1)


def test_a_dropped_draft_takes_no_credit_from_another_sale(till, lena, plan, bought):
    first, second = (sign_up(till, lena, plan) for _ in range(2))
    pay(till, first)
    sales.drop(by=BY, sale=second.context["sale"], reason="Twice", now=second.context["now"])
    assert (is_applied(bought), balance(bought)) == (True, 0)


def test_a_pass_dearer_than_the_first_days_makes_them_free_and_voiding_undoes_it(till, lena, hafen, bought):
    cheap = make_plan(hafen, name="Cheap", price=3000)
    page = sign_up(till, lena, cheap)
    sale = page.context["sale"]
    assert (sale.invoice.total_amount, page.context["total"].amount) == (0, 0)
    till.post(reverse("desk:complete", args=[sale.uuid]))
    row = Membership.objects.get()
    assert (row.ends_on, is_applied(bought), row.billed_periods.get().released_at) == (None, True, None)
    sales.drop(by=BY, sale=sale, reason="Changed their mind", now=page.context["now"])
    row.refresh_from_db()
    assert (row.ends_on < row.starts_on, is_applied(bought)) == (True, False)
    assert row.billed_periods.get().released_at is not None


def test_taking_the_plan_out_takes_the_credit_out(till, lena, plan, bought):
    page = sign_up(till, lena, plan)
    sale = page.context["sale"]
    line = sale.invoice.lines.order_by("position").first()
    till.post(reverse("desk:remove", args=[sale.uuid, line.pk]), fields(page))
    assert sale.invoice.lines.count() == 0


def test_the_credit_alone_is_refused(till, lena, plan, bought, shelf):
    page = sign_up(till, lena, plan)
    sale = page.context["sale"]
    InvoiceLine.objects.filter(invoice=sale.invoice, period_start__isnull=False).update(why=[])
    answer = pay(till, page)
    assert "A day pass counts toward a membership." in text(answer)
    assert kinds() == USED


def test_a_reader_takes_what_is_left(till, desk, lena, plan, bought):
    page = sign_up(till, lena, plan)
    url = reverse("desk:charge", args=[page.context["sale"].uuid])
    till.post(url, fields(page, reader=desk.reader.pk))
    attempt = desk.advance(Attempt.objects.get())
    desk.tap()
    desk.settle(attempt)
    assert (attempt.amount, Membership.objects.count(), kinds()) == (5473, 1, COUNTS)


def test_a_pass_taken_back_or_of_several_days_does_not_count(till, lena, plan, bought, shelf):
    day_passes.revoke(by=BY, day_pass=bought, reason="Refunded", now=CheckIn.objects.get().at)
    pay(till, sell(till, lena, shelf["T"], day=""))
    page = till.get(reverse("desk:sign_up", args=["member", lena.uuid]))
    assert "with_pass" not in page.context["form"].fields
