"""The page that says how much who may give back, and what a new location starts with."""

import pytest
from django.urls import reverse
from django.utils import timezone

from flexspace.core.models import AuditEvent, Location
from tests.factories.billing import make_issued_invoice, make_payment

pytestmark = pytest.mark.django_db
PAGE = "/refunds/limits/"


def save(client, place, desk, manager):
    data = {f"limits-{place.pk}-desk": desk, f"limits-{place.pk}-manager": manager}
    answer = client.post(reverse("billing:refund_limits_set", args=[place.pk]), data)
    place.refresh_from_db()
    return answer


def limits(place):
    return place.refund_limit_desk, place.refund_limit_manager


@pytest.mark.parametrize(
    ("currency", "usual"),
    [("EUR", 50_000), ("JPY", 50_000), ("GBP", 30_000), ("SEK", 300_000), ("KWD", 500_000), ("KRW", 50_000)],
)
def test_new_location_starts_with_what_is_usual_in_its_currency(db, currency, usual):
    made = [
        Location.objects.create(name="One", code="ONE", time_zone="UTC", currency=currency, country="DE"),
        *Location.objects.bulk_create(
            [Location(name="Two", code="TWO", time_zone="UTC", currency=currency, country="DE")]
        ),
    ]
    assert [limits(Location.objects.get(pk=place.pk)) for place in made] == [(0, usual)] * 2


def test_admin_types_whole_units_of_each_currency(client, ada, hafen, kiyosumi):
    client.force_login(ada)
    save(client, hafen, "50", "1,000.00")
    save(client, kiyosumi, "8000", "120000")
    assert (limits(hafen), limits(kiyosumi)) == ((5000, 100_000), (8000, 120_000))
    shown = {form.location.code: (form["desk"].initial, form["manager"].initial)
             for form in client.get(PAGE).context["forms"]}  # fmt: skip
    assert (shown["HFN"], shown["KYS"]) == (("50.00", "1000.00"), ("8000", "120000"))
    save(client, hafen, "50.00", "1000")  # the same again is no change
    told = AuditEvent.objects.filter(action="billing.refund.limits").order_by("pk")
    assert [(row.location, row.before, row.after) for row in told] == [
        (hafen, {"desk": "€0.00", "manager": "€500.00"}, {"desk": "€50.00", "manager": "€1,000.00"}),
        (kiyosumi, {"desk": "¥0", "manager": "¥50,000"}, {"desk": "¥8,000", "manager": "¥120,000"}),
    ]


@pytest.mark.parametrize(
    ("desk", "manager", "said"),
    [
        ("-1", "5", "0 or more"),
        ("6", "5", "at least as much"),
        ("1.234", "5", "Too many decimals"),
        ("", "5", "required"),
    ],
)
def test_limits_that_cannot_be_are_refused_beside_their_location(client, ada, hafen, desk, manager, said):
    client.force_login(ada)
    answer = save(client, hafen, desk, manager)
    assert (answer.status_code, limits(hafen)) == (422, (0, 50_000))
    assert said in answer.content.decode()


def test_only_admins_set_limits(client, mia, ben, hafen):
    for user in (mia, ben):
        client.force_login(user)
        assert (client.get(PAGE).status_code, save(client, hafen, "9", "9").status_code) == (403, 403)
    assert limits(hafen) == (0, 50_000)


def test_limit_that_was_set_is_the_one_that_holds(client, ada, ben, hafen):
    client.force_login(ada)
    save(client, hafen, "20", "500")
    payment = make_payment(make_issued_invoice(hafen), method="cash", received_at=timezone.now())
    client.force_login(ben)
    there = reverse("billing:refund_new", args=[payment.uuid])
    assert "You may give back €20.00 of a payment." in client.get(there).content.decode()
