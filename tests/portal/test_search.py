"""One search box for people, companies, invoices, amounts and cards."""

import datetime as dt

import pytest
from django.urls import reverse

from billing.enums import PaymentMethod
from billing.services.payments import record_payment
from flexspace.core.actors import Actor
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
    with django_assert_num_queries(8):
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
    assert search(ada, "500.50", NOW).amounts == []


def test_number_finds_the_invoice_once(ben, hafen):
    invoice = make_issued_invoice(hafen, 100, now=EARLIER)
    for typed in ("HFN-000001", "hfn-000001", "1"):
        found = search(ben, typed, NOW)
        assert (found.invoices, found.amounts) == ([invoice], [])


def test_four_digits_find_the_card_of_recent_payments(client, ben, hafen):
    recent, old = (booked_by_card(hafen, NOW - dt.timedelta(days=days)) for days in (1, 200))
    assert search(ben, "4242", NOW).payments == [recent]
    assert search(ben, "424", NOW).payments == []
    assert old.card_last4 == "4242"
    client.force_login(ben)
    assert "Visa •••• 4242" in find(client, "4242").content.decode()


def booked_by_card(place, at):
    """Return a payment with a card, at the time ``at``."""
    invoice = make_issued_invoice(place, 4500, now=EARLIER)
    return record_payment(
        by=Actor.stripe(),
        location=place,
        member=invoice.member,
        company=None,
        method=PaymentMethod.CARD_READER,
        amount=invoice.open,
        reference=f"pi_{at:%j}",
        allocations=[(invoice.pk, 4500)],
        received_at=at,
        card_brand="visa",
        card_last4="4242",
    )


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


@pytest.mark.parametrize("typed", ["lena", "works", "HFN-000001", "640"])
def test_the_first_hit_has_the_focus_unless_somebody_is_typing(client, ben, hafen, fill, typed):
    fill(hafen, 2)
    client.force_login(ben)
    assert find(client, typed).content.decode().count(" autofocus") == 1
    assert " autofocus" not in client.get("/search/", {"q": typed}, headers=HTMX).content.decode()
