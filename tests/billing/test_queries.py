"""Reads of the ledger."""

from datetime import UTC, date, datetime, timedelta

import pytest

from billing import queries
from billing.explain import badge
from flexspace.core.money import Money
from tests.factories.billing import NOW, make_draft, make_issued_invoice, make_payment
from tests.factories.members import make_company, make_member

pytestmark = pytest.mark.django_db


def eur(amount):
    return Money(amount, "EUR")


def test_debts_add_up_per_payer_and_currency_in_one_query(hafen, kiyosumi, ada, django_assert_num_queries):
    member, company = make_member(hafen), make_company(hafen)
    make_issued_invoice(hafen, 1000, member=member, now=NOW - timedelta(days=30))
    make_issued_invoice(hafen, 500, member=member)
    make_issued_invoice(kiyosumi, 700, member=member)
    make_issued_invoice(hafen, 200, company=company)
    make_draft(hafen, member=member)
    make_payment(make_issued_invoice(hafen, 900, member=member))
    with django_assert_num_queries(1):
        found = queries.debts(user=ada, member_ids=[member.pk], company_ids=[company.pk])
    assert found == {
        ("member", member.pk): [
            queries.Debt(eur(1500), date(2026, 11, 7), eur(0), 0),
            queries.Debt(Money(700, "JPY"), date(2026, 12, 7), Money(0, "JPY"), 0),
        ],
        ("company", company.pk): [queries.Debt(eur(200), date(2026, 12, 7), eur(0), 0)],
    }
    assert queries.owed(user=ada, company_ids=[company.pk]) == {("company", company.pk): [eur(200)]}


def test_debts_of_nobody_ask_nothing(hafen, ben, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert queries.debts(user=ben) == {}


def test_debts_leave_other_locations_out(hafen, ben, yuki):
    member = make_issued_invoice(hafen).payer
    assert queries.owed(user=yuki, member_ids=[member.pk]) == {}
    assert queries.owed(user=ben, member_ids=[member.pk]) == {("member", member.pk): [eur(14500)]}


def test_overdue_goes_by_each_locations_own_day(hafen, kiyosumi, ada):
    euro, yen = (make_issued_invoice(place, 1000, now=NOW) for place in (hafen, kiyosumi))
    assert euro.due_date == yen.due_date == date(2026, 12, 7)
    late_in_tokyo_only = datetime(2026, 12, 7, 16, 0, tzinfo=UTC)
    rows, _order = queries.invoice_list(ada, tab="overdue", now=late_in_tokyo_only)
    assert list(rows) == [yen]
    assert (badge(euro, late_in_tokyo_only).label, badge(yen, late_in_tokyo_only).label) == ("Due today", "1 day late")


def test_open_invoices_come_oldest_due_first(hafen):
    member = make_member(hafen)
    newer = make_issued_invoice(hafen, member=member)
    older = make_issued_invoice(hafen, member=member, now=NOW - timedelta(days=3))
    assert list(queries.open_invoices(member)) == [older, newer]


def test_find_invoices_by_number_stays_inside_own_locations(hafen, kiyosumi, ben, ada):
    euro, yen = make_issued_invoice(hafen), make_issued_invoice(kiyosumi, 1000)
    assert queries.find_invoices(ben, "1") == [euro]
    assert queries.find_invoices(ada, "1") == [yen, euro]
    assert queries.find_invoices(ben, "kys") == []
    assert queries.find_invoices(ada, " ") == []


def test_lock_invoices_come_by_ascending_id(hafen):
    first, second = make_issued_invoice(hafen), make_issued_invoice(hafen)
    assert queries.lock_invoices([second.pk, first.pk, 0]) == [first, second]
