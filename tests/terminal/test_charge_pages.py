"""The charge pages with what nobody would type into them: foreign readers, mixed invoices, edited addresses."""

import pytest
from django.urls import reverse

from flexspace.core.models import Location
from terminal.models import Attempt, Reader, StripeLocation, WebhookEvent
from tests.factories.billing import make_issued_invoice
from tests.factories.members import make_member

pytestmark = pytest.mark.django_db(transaction=True)
CHARGE = "/charge/"


@pytest.fixture
def lounge(desk):
    """Return a reader of the same account that stands at another location."""
    place = Location.objects.create(
        name="Secret lounge", code="SLG", time_zone="Europe/Berlin", currency="EUR", country="DE"
    )
    spot = StripeLocation.objects.create(config=desk.config, stripe_id="tml_x", country="DE", location=place)
    return Reader.objects.create(
        config=desk.config, stripe_id="tmr_x", stripe_location=spot, label="Hidden S700", device_type="stripe_s700"
    )


def form_for(client, invoice, **fields):
    page = client.get(CHARGE, {"invoice": str(invoice.uuid)})
    return {
        "invoice": str(invoice.uuid),
        "amount": "145.00",
        "token": str(page.context["form"]["token"].value()),
        **fields,
    }


def test_reader_of_another_location_is_not_named(client, ben, desk, lounge):
    client.force_login(ben)
    answer = client.post(CHARGE, form_for(client, desk.invoice(), reader=lounge.pk))
    assert answer.status_code == 422
    assert "Hidden S700" not in answer.content.decode()
    assert "Secret lounge" not in answer.content.decode()
    assert not Attempt.objects.exists()


def test_reader_of_another_location_is_explained_to_who_works_there(client, ben, desk, lounge):
    ben.locations.add(lounge.location)
    client.force_login(ben)
    answer = client.post(CHARGE, form_for(client, desk.invoice(), reader=lounge.pk))
    assert "Hidden S700 stands at Secret lounge" in answer.content.decode()


def test_invoices_of_two_currencies_are_a_sentence_and_no_error(client, ada, desk, kiyosumi):
    client.force_login(ada)
    mixed = [str(desk.invoice().uuid), str(make_issued_invoice(kiyosumi, 1000).uuid)]
    answer = client.get(CHARGE, {"invoice": mixed}, follow=True)
    assert answer.status_code == 200
    assert "one by one" in answer.content.decode()


def test_invoices_of_two_payers_are_not_one_payment(client, ada, desk):
    client.force_login(ada)
    two = [str(desk.invoice(member=make_member(desk.location)).uuid) for _ in range(2)]
    answer = client.get(CHARGE, {"invoice": two}, follow=True)
    assert "different payers" in answer.content.decode()


@pytest.mark.parametrize("reader", ["abc", "", "9" * 30, "1\x00"])
def test_elsewhere_to_no_reader_is_not_found(client, ben, desk, reader):
    client.force_login(ben)
    attempt = desk.waiting()
    url = reverse("terminal:attempt_elsewhere", args=[attempt.uuid])
    assert client.post(url, {"reader": reader}).status_code == 404
    attempt.refresh_from_db()
    assert attempt.state == "waiting"


def test_page_follows_to_the_reader_that_goes_on_and_stays_when_that_is_over(client, ben, two_readers):
    desk, (front, lounge) = two_readers, two_readers.readers
    attempt = desk.waiting(desk.invoice(14500), reader=front)
    client.force_login(ben)
    here, step = (reverse(f"terminal:{name}", args=[attempt.uuid]) for name in ("attempt", "attempt_step"))
    desk.again(attempt, reader=lounge)
    assert client.get(here).status_code == 200  # the first is being ended: nothing goes on yet
    desk.advance(attempt)
    there = reverse("terminal:attempt", args=[attempt.next_attempts.get().uuid])
    assert client.get(here).url == there
    assert client.get(step, {"seen": "x"}, headers={"HX-Request": "true"})["HX-Redirect"] == there
    assert client.get(here, {"back": "/desk/"}).status_code == 200  # a sale's page shows the newest by itself
    desk.settle(attempt.next_attempts.get(), 2)
    desk.tap(reader=lounge)
    desk.settle(attempt.next_attempts.get(), 2)
    assert "Go on with" in client.get(here).content.decode()


def test_events_of_another_locations_account_are_not_shown(client, mia, ada, desk, yen_desk):
    for config, name in ((desk.config, "evt_euro"), (yen_desk.config, "evt_yen")):
        WebhookEvent.objects.create(config=config, event_id=name, type="charge.failed", object_id=name, body="{}")
    for who, seen in ((mia, ["evt_euro"]), (ada, ["evt_yen", "evt_euro"])):
        client.force_login(who)
        assert [row.event_id for row in client.get("/stripe/events/").context["page"].rows] == seen


@pytest.mark.parametrize("path", ["/stripe/", "/stripe/terminal/"])
def test_set_up_of_another_location_is_not_shown(client, mia, ada, desk, yen_desk, path):
    for who, shown in ((mia, False), (ada, True)):
        client.force_login(who)
        text = client.get(path).content.decode()
        assert "Hafenplatz" in text
        assert ("Kiyosumi" in text) is shown
