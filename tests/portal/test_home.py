"""The start page: what is owed, what came in, what needs a look."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing.enums import PaymentMethod, RefundMethod
from billing.queries import debts, due_by
from billing.services.payments import record_payment
from flexspace.core.actors import Actor
from flexspace.core.money import Money
from flexspace.portal import chart, queries
from terminal.models import Attempt, Reader
from tests.factories.billing import make_issued_invoice, make_payment
from tests.factories.members import make_member
from tests.factories.refunds import give_back
from tests.portal.conftest import EARLIER, NOW, add_readers

HOME = "/"


@pytest.mark.parametrize("count", [1, 3])
def test_home_costs_the_same_whatever_it_shows(client, ben, hafen, fill, run, count, django_assert_num_queries):
    fill(hafen, count)
    run(hafen, count)
    client.force_login(ben)
    with django_assert_num_queries(15):
        page = client.get(HOME)
    assert page.status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_home_of_an_admin_costs_the_same(client, ada, hafen, kiyosumi, fill, run, count, django_assert_num_queries):
    run(hafen, count)
    fill(hafen, count)
    fill(kiyosumi, count)
    client.force_login(ada)
    with django_assert_num_queries(29):
        page = client.get(HOME)
    assert page.status_code == 200


def test_home_greets_and_shows_what_is_late_and_what_came_in(client, ben, hafen, fill):
    fill(hafen)
    client.force_login(ben)
    text = client.get(HOME).content.decode()
    assert "Good morning, Ben" in text
    assert "Monday 23 November · Hafenplatz 10:00" in text
    assert "Lena Fischer 0" in text
    assert "26 days late" in text
    assert "€145.00" in text
    assert "€785.00" in text
    assert "1 payment: cash<" in text


def test_home_tells_what_is_due_apart_from_what_is_owed_in_all(client, ben, hafen):
    lena, anna = make_member(hafen, name="Lena"), make_member(hafen, name="Anna")
    for member, total, when in ((lena, 14500, EARLIER), (lena, 30000, NOW), (anna, 2000, EARLIER)):
        make_issued_invoice(hafen, total, member=member, now=when)
    client.force_login(ben)
    text = client.get(HOME).content.decode().split("Who owes", 1)[1]
    lena_row, anna_row = text.split("<strong>Lena</strong>")[1].split("<strong>Anna</strong>")
    assert "<strong>€145.00</strong>" in lena_row
    assert "€445.00 owed in all" in lena_row
    assert ("<strong>€20.00</strong>" in anna_row, "owed in all" in anna_row) == (True, False)


def test_who_owes_counts_all_that_is_due_and_adds_up_as_the_ledger_does(ben, hafen):
    lena = make_member(hafen, name="Lena")
    for _ in range(queries.SHOWN * 10 + 1):
        make_issued_invoice(hafen, 100, member=lena, now=EARLIER)
    make_issued_invoice(hafen, 5000, member=lena, now=NOW)
    [one] = queries.who_owes(ben, [hafen], NOW)
    [debt] = debts(user=ben, member_ids=[lena.pk], due=due_by([hafen], NOW))[("member", lena.pk)]
    assert (one.more, one.due, one.owes) == (60, [Money(6100, "EUR")], [Money(11100, "EUR")])
    assert ([debt.due], [debt.money]) == (one.due, one.owes)


def test_home_shows_nothing_of_another_location(client, ben, hafen, kiyosumi, fill):
    fill(kiyosumi, name="Haruto Sato")
    client.force_login(ben)
    text = client.get(HOME).content.decode()
    assert "Haruto" not in text
    assert "Kiyosumi" not in text
    assert "¥" not in text


def test_home_of_several_locations_can_be_narrowed(client, ada, hafen, kiyosumi, fill):
    fill(hafen, name="Lena Fischer")
    fill(kiyosumi, name="Haruto Sato")
    client.force_login(ada)
    both = client.get(HOME).content.decode()
    one = client.get(HOME, {"at": "KYS"}).content.decode()
    assert "Haruto" in both
    assert "Lena" in both
    assert "Haruto" in one
    assert "Lena" not in one


def test_home_ignores_a_location_that_is_not_the_persons(client, ben, kiyosumi, fill):
    fill(kiyosumi, name="Haruto Sato")
    client.force_login(ben)
    assert "Haruto" not in client.get(HOME, {"at": "KYS"}).content.decode()


def test_home_without_a_location_says_what_to_do(client, ben):
    ben.locations.clear()
    client.force_login(ben)
    assert "You have no location yet" in client.get(HOME).content.decode()


def test_a_name_is_text_and_never_markup(client, mia, hafen, fill):
    fill(hafen, name="<script>alert(1)</script>")
    client.force_login(mia)
    for path in (HOME, "/search/?q=script", "/activity/"):
        text = client.get(path).content.decode()
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)" in text


def test_days_of_takings_are_the_locations_own(hafen, kiyosumi, fill):
    late_in_tokyo = dt.datetime(2026, 11, 22, 15, 30, tzinfo=dt.UTC)  # already Monday there, still Sunday in Berlin
    for place in (hafen, kiyosumi):
        make_payment(make_issued_invoice(place, 1000, now=EARLIER), received_at=late_in_tokyo)
    berlin, tokyo = queries.takings([hafen, kiyosumi], NOW)
    assert berlin.taken == Money(0, "EUR")
    assert berlin.days[dt.date(2026, 11, 22)] == 1000
    assert tokyo.taken == Money(1000, "JPY")
    assert tokyo.by_method == [("card on reader", Money(1000, "JPY"))]


def test_money_of_another_currency_is_not_added_to_the_locations_own(hafen):
    make_payment(make_issued_invoice(hafen, 1000, now=EARLIER), received_at=NOW)
    yen = Money(12_000, "JPY")
    record_payment(
        by=Actor.stripe(), location=hafen, member=None, company=None, method=PaymentMethod.CARD_READER, amount=yen,
        reference="pi_of_another_currency", allocations=[], received_at=NOW,
    )  # fmt: skip
    (berlin,) = queries.takings([hafen], NOW)
    assert (berlin.taken, berlin.payments) == (Money(1000, "EUR"), 1)


def test_cash_that_was_given_back_today_is_named(client, mia, hafen):
    payment = make_payment(make_issued_invoice(hafen, 1000, now=EARLIER), method=PaymentMethod.CASH, received_at=NOW)
    for days, amount in ((0, 300), (1, 200)):  # yesterday's is not of today's drawer
        give_back(payment, amount, method=RefundMethod.CASH, now=NOW - dt.timedelta(days=days))
    give_back(payment, 100, method=RefundMethod.TRANSFER, now=NOW)
    (berlin,) = queries.takings([hafen], NOW)
    assert (berlin.taken, berlin.given_back) == (Money(1000, "EUR"), Money(300, "EUR"))
    client.force_login(mia)
    assert "€3.00 given back in cash" in client.get(HOME).content.decode()


def test_bars_stand_on_the_axis_and_the_best_day_fills_the_height(hafen):
    for days, amount in ((0, 5000), (1, 10000)):
        invoice = make_issued_invoice(hafen, amount, now=EARLIER)
        make_payment(invoice, method=PaymentMethod.CASH, received_at=NOW - dt.timedelta(days=days))
    made = chart.bars(queries.takings([hafen], NOW)[0])
    assert [bar.label for bar in made] == ["Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Today"]
    assert [bar.height for bar in made] == ["0.0"] * 5 + ["100.0", "50.0"]
    assert all(float(bar.y) + float(bar.height) == chart.BASE for bar in made)


def test_takings_of_no_location_are_none(db):
    assert queries.takings([], NOW) == []


def test_only_a_manager_sees_what_needs_a_look(client, flagged, ben, mia):
    client.force_login(ben)
    assert "Needs a look" not in client.get(HOME).content.decode()
    client.force_login(mia)
    text = client.get(HOME).content.decode()
    assert "Paid after cancel" in text
    assert reverse("terminal:flags") in text


def test_payments_that_run_are_on_the_page(client, ben, hafen, run):
    (attempt,) = run(hafen)
    client.force_login(ben)
    text = client.get(HOME).content.decode()
    assert "Running now" in text
    assert reverse("terminal:attempt", args=[attempt.uuid]) in text


def test_readers_stand_as_they_are(hafen, run):
    run(hafen)
    add_readers(hafen, "Lounge")
    Reader.objects.filter(label="Lounge").update(status="offline")
    assert {row.reader.label: row.state for row in queries.readers([hafen])} == {"Desk 0": "ready", "Lounge": "offline"}
    Attempt.objects.update(holds_reader=True, state="waiting", remote_id="pi_1")
    assert queries.readers([hafen])[0].state == "busy"


@pytest.mark.parametrize("path", [HOME, "/search/?q=lena", "/activity/", "/no-such-page/", "/sign-in/"])
def test_looking_writes_nothing(client, ada, hafen, fill, path):
    fill(hafen)
    client.force_login(ada)
    with CaptureQueriesContext(connection) as ran:
        client.get(path)
    assert [one["sql"] for one in ran if one["sql"].split()[0] in ("INSERT", "UPDATE", "DELETE")] == []


@pytest.mark.parametrize("path", [HOME, "/search/", "/activity/"])
def test_pages_need_a_sign_in_and_take_no_forms(client, ada, path):
    assert client.get(path).headers["Location"].startswith("/sign-in/?next=")
    client.force_login(ada)
    assert client.post(path).status_code == 405
