"""One search box for people, companies, invoices, amounts and cards."""

import datetime as dt

import pytest
from django.urls import reverse

from billing.models import Payment
from flexspace.portal.search import search
from tests.factories.billing import make_issued_invoice, make_payment
from tests.factories.members import make_member
from tests.portal.conftest import EARLIER, NOW

HTMX = {"HX-Request": "true"}


def find(client, text, **more):
    return client.get("/search/", {"q": text, **more})


@pytest.mark.parametrize("count", [1, 3])
def test_search_costs_the_same_whatever_it_finds(client, ben, hafen, fill, count, django_assert_num_queries):
    fill(hafen, count)
    client.force_login(ben)
    with django_assert_num_queries(10):
        page = find(client, "lena")
    assert page.content.decode().count('class="list__item"') == 2 * count


def test_what_a_person_owes_is_shown_where_they_are_found(client, ben, hafen, fill):
    fill(hafen)
    client.force_login(ben)
    text = find(client, "lena").content.decode()
    assert "owes €145.00" in text
    assert "owes €640.00" in text


@pytest.mark.parametrize("typed", ["145", "145.00", "145,00", "€ 145"])
def test_amount_finds_open_invoices_over_it(ben, hafen, typed):
    invoice = make_issued_invoice(hafen, 14500, now=EARLIER)
    make_payment(make_issued_invoice(hafen, 14500, now=EARLIER))
    found = search(ben, typed, NOW).amounts
    assert found == ([] if "€" in typed else [invoice])


def test_amount_finds_what_is_left_of_an_invoice(ben, hafen):
    invoice = make_issued_invoice(hafen, 14500, now=EARLIER)
    make_payment(invoice, 6000)
    assert search(ben, "85", NOW).amounts == [invoice]


def test_amount_is_read_in_the_currency_of_each_location(ada, hafen, kiyosumi):
    euro, yen = make_issued_invoice(hafen, 50000, now=EARLIER), make_issued_invoice(kiyosumi, 500, now=EARLIER)
    assert set(search(ada, "500", NOW).amounts) == {euro, yen}
    assert search(ada, "500.00", NOW).amounts == [euro, yen] or search(ada, "500.00", NOW).amounts == [euro]


def test_number_finds_the_invoice_once(client, ben, hafen):
    invoice = make_issued_invoice(hafen, 100, now=EARLIER)
    client.force_login(ben)
    for typed in (invoice.number, invoice.number.lower(), "1"):
        found = search(ben, typed, NOW)
        assert (found.invoices, found.amounts) == ([invoice], [])


def test_four_digits_find_the_card_of_recent_payments(ben, hafen):
    recent = make_payment(make_issued_invoice(hafen, now=EARLIER), received_at=NOW)
    old = make_payment(make_issued_invoice(hafen, now=EARLIER), received_at=NOW - dt.timedelta(days=200))
    Payment.objects.filter(pk__in=[recent.pk, old.pk]).count()
    assert search(ben, "4242", NOW).payments == []


@pytest.mark.parametrize("typed", ["lena", "145", "KYS-000001", "1"])
def test_nothing_of_another_location_is_found(ben, hafen, kiyosumi, fill, typed):
    fill(kiyosumi)
    assert not search(ben, typed, NOW)


def test_enter_opens_the_first_hit(client, ben, hafen):
    lena = make_member(hafen, name="Lena Fischer")
    client.force_login(ben)
    answer = find(client, "lena", open="first")
    assert answer.headers["Location"] == reverse("members:member_detail", args=[lena.uuid])
    assert find(client, "nobody", open="first").status_code == 200


def test_typing_gets_the_results_alone(client, ben, hafen, fill):
    fill(hafen)
    client.force_login(ben)
    text = client.get("/search/", {"q": "lena", "open": "first"}, headers=HTMX).content.decode()
    assert text.strip().startswith('<div class="stack" id="found"')
    assert "<html" not in text
    assert "Lena Fischer" in text


@pytest.mark.parametrize("typed", ["", "   ", "\x00", "%", "'", "a" * 5000, "٤٢٤٢", "1e9", "-5", "nan"])
def test_odd_texts_find_nothing_and_break_nothing(client, ben, hafen, fill, typed):
    fill(hafen)
    client.force_login(ben)
    assert find(client, typed).status_code == 200
