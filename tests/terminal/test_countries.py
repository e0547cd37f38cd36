"""Where Stripe has readers: one dated file, and the page that shows it before anything is bought."""

import pytest
from django.urls import reverse

from flexspace.core.money import MINIMUM_AMOUNTS
from terminal.countries import BY_CODE, COUNTRIES
from terminal.data import TERMINAL_CURRENCIES


def test_every_country_is_named_once_and_its_currency_has_a_smallest_amount():
    assert len(BY_CODE) == len(COUNTRIES) == len({country.name for country in COUNTRIES})
    assert {country.currency for country in COUNTRIES} == set(MINIMUM_AMOUNTS)
    assert TERMINAL_CURRENCIES["JP"] == "JPY"
    assert BY_CODE["JP"].readers == ("Stripe Reader S700",)


@pytest.mark.django_db
def test_own_countries_come_first_and_one_without_readers_is_said(client, ada, hafen, kiyosumi):
    kiyosumi.country = "HR"
    kiyosumi.save()
    client.force_login(ada)
    page = client.get(reverse("terminal:stripe_countries")).content.decode()
    assert "Stripe has no card readers in HR" in page
    assert page.index("Germany") < page.index("Australia")
    assert "0.50" in page
    assert "999,999.99" in page
