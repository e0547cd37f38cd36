"""The page that says how much who may give back, and what a new location starts with."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from flexspace.core.models import AuditEvent, Location
from flexspace.core.money import Money
from tests.factories.billing import make_issued_invoice, make_payment

pytestmark = pytest.mark.django_db
PAGE = "/refunds/limits/"


def save(client, place, desk, manager):
    """Save with these limits of ``place``; those of the others stand as they are."""
    typed = {}
    for row in Location.objects.all():
        now = [str(Money(amount, row.currency).decimal()) for amount in limits(row)]
        typed |= dict(zip((f"limits-{row.pk}-desk", f"limits-{row.pk}-manager"), now, strict=True))
    answer = client.post(PAGE, typed | {f"limits-{place.pk}-desk": desk, f"limits-{place.pk}-manager": manager})
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
    ("desk", "manager", "at", "said"),
    [
        ("-1", "5", "desk", "0 or more"),
        ("0", "-1", "manager", "0 or more"),
        ("6", "5", "manager", "at least as much"),
        ("1.234", "5", "desk", "Too many decimals"),
        ("", "5", "desk", "required"),
    ],
)
def test_limits_that_cannot_be_are_refused_beside_their_field(client, ada, hafen, desk, manager, at, said):
    client.force_login(ada)
    answer = save(client, hafen, desk, manager)
    assert (answer.status_code, limits(hafen)) == (422, (0, 50_000))
    form = next(one for one in answer.context["forms"] if one.location == hafen)
    assert (list(form.errors), said in form.errors[at][0]) == ([at], True)
    assert re.search(f'<input[^>]*name="limits-{hafen.pk}-{at}"[^>]* autofocus', answer.content.decode())


def test_one_save_is_for_all_locations_and_nothing_typed_is_lost(client, ada, hafen, kiyosumi):
    client.force_login(ada)
    typed = {f"limits-{hafen.pk}-desk": "70", f"limits-{hafen.pk}-manager": "600",
             f"limits-{kiyosumi.pk}-desk": "9", f"limits-{kiyosumi.pk}-manager": "5"}  # fmt: skip
    answer = client.post(PAGE, typed)
    assert (answer.status_code, 'value="70"' in answer.content.decode()) == (422, True)
    hafen.refresh_from_db()
    assert limits(hafen) == (0, 50_000)
    client.post(PAGE, typed | {f"limits-{kiyosumi.pk}-manager": "9000"})
    for place in (hafen, kiyosumi):
        place.refresh_from_db()
    assert (limits(hafen), limits(kiyosumi)) == ((7000, 60_000), (9, 9000))
    assert client.get(f"{PAGE}{hafen.pk}/").url == PAGE


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
