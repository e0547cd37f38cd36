"""A sale says before the payment that no seat is free for whom it would let in."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from access.enums import Source
from billing.services import sales
from flexspace.core.actors import Actor
from tests.factories.members import make_member
from tests.factories.passes import make_product

pytestmark = pytest.mark.django_db(transaction=True)
SAID = "The door would stay shut for Nina Roth"


@pytest.fixture
def till(doors, ben):
    """Return what puts a pass for Nina into a sale, and what its page says."""
    nina = make_member(doors.location, name="Nina Roth")
    browser = Client()
    browser.force_login(ben)

    def page(*, mapped=True, in_days=0):
        product, now, by = make_product(doors.location), timezone.now(), Actor.of(ben)
        if mapped:
            doors.map(product, source=Source.DAY_PASS)
        sale = sales.open_sale(by=by, location=doors.location, payer=nina, now=now)
        day = doors.location.today(now) + timezone.timedelta(days=in_days)
        sales.add(by=by, sale=sale, product=product, day=day, now=now)
        return browser.get(reverse("desk:sale", args=[sale.uuid])).content.decode()

    page.nina = nina
    return page


def full(doors, seats=2):
    doors.staff("seats", seats=seats)
    doors.run()


def test_a_full_site_is_said_before_anybody_pays(doors, till):
    full(doors)
    assert SAID in till()


@pytest.mark.parametrize("sale", [{"mapped": False}, {"in_days": 1}])
def test_what_opens_no_door_today_is_sold_without_a_word(doors, till, sale):
    full(doors)
    assert SAID not in till(**sale)


def test_a_free_seat_is_not_worth_a_word(doors, till):
    full(doors, seats=3)
    assert SAID not in till()


def test_whoever_has_a_seat_needs_none(doors, till):
    doors.staff("add_user", email=till.nina.email)
    full(doors, seats=3)
    assert SAID not in till()
