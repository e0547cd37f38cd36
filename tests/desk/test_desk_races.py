"""Twenty desks at one moment, on PostgreSQL: sales, sign-ups and payments that want the same rows."""

import threading
import time
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from django.db import connections, transaction

from billing.enums import PaymentMethod
from billing.models import Invoice, Sale
from billing.services import invoicing, sales, signups
from billing.services.payments import record_payment
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.money import Money
from members.models import CapacityDay, DayPassEntry, Membership
from members.services import capacity, check_ins, memberships
from members.services.memberships import change_plan
from tests.factories.members import make_member
from tests.factories.memberships import make_plan
from tests.factories.passes import make_pass, make_product
from tests.members.test_pass_races import names
from tests.races import THREADS, at_once, both, row_locks

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
BY = Actor.job("test")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
NUMBER = count(1)
DAYS = [TODAY + timedelta(days=number) for number in range(4)]


def refusals(results):
    return [one for one in results if isinstance(one, Exception) and not isinstance(one, DomainError)]


def bought_today(place, member):
    """Return the day pass that the member paid today and has not used."""
    sale = sales.open_sale(by=BY, location=place, payer=member, now=NOW)
    sales.add(by=BY, sale=sale, product=make_product(place), day=TODAY, now=NOW)
    pay(sales.issue(by=BY, sale=sale, now=NOW))
    found = signups.pass_paid_today(member, place, now=NOW)
    assert found is not None
    return found


def pay(*invoices):
    """Book one payment of all that is open on the invoices."""
    parts = [(row.pk, row.open_amount) for row in invoices]
    amount = Money(sum(part for _pk, part in parts), "EUR")
    return record_payment(
        by=Actor.stripe(), location=invoices[0].location, member=invoices[0].member, company=None, amount=amount,
        method=PaymentMethod.CARD_READER, reference=f"pi_{next(NUMBER)}", allocations=parts, received_at=NOW, now=NOW,
    ).pk  # fmt: skip


def signed_up(place, member, plan, paid=None):
    """Return a sale of the plan's first days, to which a pass counts when it was ``paid``."""
    sale = sales.open_sale(by=BY, location=place, payer=member, now=NOW)
    first = signups.first_line(plan=plan, person=None, starts_on=TODAY)
    sales.add_line(by=BY, sale=sale, line=first, now=NOW)
    if paid:
        sales.add_line(by=BY, sale=sale, line=signups.credit_line(first, paid, place=place), now=NOW)
    return sale


@both
def test_one_pass_counts_toward_one_of_twenty_memberships(hafen, on):
    lena = make_member(hafen)
    paid = bought_today(hafen, lena)
    found = [signed_up(hafen, lena, make_plan(hafen, price=29900), paid) for _ in range(THREADS)]
    with row_locks(on=on):
        results = at_once(lambda number: sales.issue(by=BY, sale=found[number], now=NOW).pk)
    applied = DayPassEntry.objects.filter(kind="applied").count()
    if on:
        refused = {str(one) for one in results if isinstance(one, Exception)}
        assert (applied, names(results)) == (1, ["Conflict"])
        assert refused == {"Day pass counts toward another membership already. Take it out of this sale."}
        issued = Invoice.objects.filter(sale__in=found).exclude(number=None)
        assert (issued.count(), issued.get().pk) == (1, next(one for one in results if isinstance(one, int)))
    else:
        assert applied > 1


def test_sign_ups_are_issued_and_paid_at_one_moment(hafen):
    """Issuing asks about a person and takes a pass; paying begins a membership and checks in by a pass."""
    hafen.day_pass_capacity = 500
    hafen.save()
    day = make_product(hafen)
    for _ in range(4):
        lena = make_member(hafen)
        make_pass(lena, count=THREADS)
        paid = bought_today(hafen, lena)
        ready = []
        for number in range(THREADS):
            sale = signed_up(hafen, lena, make_plan(hafen, price=29900), None if number % 2 else paid)
            sales.add(by=BY, sale=sale, product=day, day=TODAY, now=NOW)
            if number % 2:
                Sale.objects.filter(pk=sale.pk).update(check_in=True)
                sales.issue(by=BY, sale=sale, now=NOW)
            ready.append(sale)

        def deed(number, ready=ready):
            if number % 2:
                return pay(Invoice.objects.get(pk=ready[number].invoice_id))
            return sales.issue(by=BY, sale=ready[number], now=NOW).pk

        assert refusals(at_once(deed)) == []
    assert Membership.objects.count() == 4 * THREADS / 2


def test_payments_of_several_invoices_take_their_days_in_one_order(hafen):
    product = make_product(hafen)
    hafen.day_pass_capacity = 200
    hafen.save()

    def invoices(days):
        lena = make_member(hafen)
        line = [invoicing.NewLine("Day pass", product.price_on(TODAY), product=product, on_date=day) for day in days]
        drafts = [invoicing.create_draft(by=BY, location=hafen, member=lena, lines=[each], now=NOW) for each in line]
        return [invoicing.issue(by=BY, invoice=draft, now=NOW) for draft in drafts]

    found = [invoices(DAYS if number % 2 else DAYS[::-1]) for number in range(THREADS)]

    assert refusals(at_once(lambda number: pay(*found[number]))) == []


def test_sales_that_are_opened_again_for_other_days_meet_arrivals(hafen):
    hafen.day_pass_capacity = 200
    hafen.save()
    product, people = make_product(hafen), [make_member(hafen) for _ in range(THREADS)]
    CapacityDay.objects.bulk_create(CapacityDay(location=hafen, on_date=day) for day in DAYS)
    found = []
    for number, person in enumerate(people):
        make_pass(person, count=3)
        sale = sales.open_sale(by=BY, location=hafen, payer=person, now=NOW)
        for day in DAYS[1:] if number % 2 else DAYS[:-1]:
            sales.add(by=BY, sale=sale, product=product, day=day, now=NOW)
        sales.issue(by=BY, sale=sale, now=NOW)
        found.append(sale)

    def deed(number):
        if number % 4 == 3:
            return check_ins.check_in(by=BY, member=people[number], location=hafen, now=NOW)
        day = DAYS[0] if number % 2 else DAYS[-1]
        return sales.add(by=BY, sale=found[number], product=product, day=day, now=NOW)

    assert refusals(at_once(deed)) == []


@pytest.mark.parametrize("reopened", [False, True], ids=["voided", "changed at the counter"])
def test_void_plan_change_and_payment_take_membership_people_and_day_in_one_order(hafen, reopened):
    """Void had the day and wanted the membership, the change had that and wanted the person, the payment had her."""
    lena, other = make_member(hafen), make_plan(hafen, name="Other", price=29900)
    sale = signed_up(hafen, lena, make_plan(hafen, name="Free", price=0))
    sales.add(by=BY, sale=sale, product=make_product(hafen), day=TODAY, now=NOW)
    invoice = sales.issue(by=BY, sale=sale, now=NOW)
    begun, results = Membership.objects.get(), []

    def change():
        change_plan(by=BY, membership=begun, plan=other, from_date=TODAY + timedelta(days=3), today=TODAY)

    def give_up():
        if reopened:
            sales.add(by=BY, sale=sale, product=make_product(hafen), day=TODAY, now=NOW)
        else:
            invoicing.void(by=BY, invoice=invoice, reason="Wrong", now=NOW)

    def run(deed):
        try:
            results.append(deed())
        except Exception as error:  # noqa: BLE001  (told to the test)
            results.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in (change, give_up)]
    with transaction.atomic():  # as who books money for her
        memberships.lock_people([lena.pk])
        for thread in threads:
            thread.start()
            time.sleep(0.7)
        capacity.lock_days(hafen, [TODAY])
    for thread in threads:
        thread.join(30)
    assert refusals(results) == []
    assert (Membership.objects.count(), Membership.objects.that_begin().count()) == (2, 1)
