"""What is put on the next bill: priced, listed, dropped, billed once."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.models import AuditEvent
from flexspace.core.money import Money
from flexspace.core.sentences import told_timeline
from members.models import UsageCharge
from members.services import usage
from members.services.members import archive_member
from tests.factories.members import make_company, make_member
from tests.factories.passes import make_product

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
BY = Actor.job("test")
TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 11, tzinfo=UTC)


@pytest.fixture
def lena(hafen):
    return make_member(hafen)


@pytest.fixture
def printing(hafen):
    return make_product(hafen, name="Printing", kind="service", price=300)


def put(payer, product, **facts):
    return usage.put(by=BY, payer=payer, product=product, today=TODAY, **{"on_date": TODAY, **facts})


def test_it_costs_what_the_product_costs_that_day(lena, printing):
    printing.prices.create(from_date=TODAY, amount=400)
    assert put(lena, printing, on_date=date(2026, 11, 22)).unit_amount == 300
    assert put(lena, printing, quantity=3).unit_amount == 400
    assert put(lena, printing, unit=Money(0, "EUR")).unit_amount == 0
    assert [
        event.after["amount"] for event in AuditEvent.objects.filter(action="members.usage.put").order_by("pk")
    ] == [300, 1200, 0]


def test_somebody_of_a_company_used_it(hafen, printing):
    acme = make_company(hafen)
    ida = make_member(hafen, name="Ida", company=acme)
    row = put(acme, printing, used_by=ida)
    assert (row.company, row.member, row.used_by) == (acme, None, ida)


@pytest.mark.parametrize(
    ("code", "facts"),
    [
        ("quantity", {"quantity": 0}),
        ("quantity", {"quantity": 10_000}),
        ("date_out_of_reach", {"on_date": date(2026, 11, 24)}),
        ("date_out_of_reach", {"on_date": date(2020, 1, 1)}),
    ],
)
def test_what_cannot_be_billed_is_refused(lena, printing, code, facts):
    with pytest.raises(DomainError) as refused:
        put(lena, printing, **facts)
    assert (refused.value.code, UsageCharge.objects.count()) == (code, 0)


def test_passes_strangers_and_the_archived_are_refused(hafen, kiyosumi, lena, printing):
    with pytest.raises(DomainError, match="Sell it at the counter"):
        put(lena, make_product(hafen))
    with pytest.raises(DomainError, match="is not sold at"):
        put(make_member(kiyosumi), printing)
    with pytest.raises(DomainError, match="does not belong to"):
        put(make_company(hafen), printing, used_by=lena)
    archive_member(by=BY, member=lena, now=NOW)
    lena.refresh_from_db()
    with pytest.raises(Conflict, match="is archived"):
        put(lena, printing)


def test_dropped_once_and_never_after_it_is_billed(lena, printing):
    row = put(lena, printing)
    for _ in range(2):
        usage.drop(by=BY, charge=row, now=NOW)
    assert AuditEvent.objects.filter(action="members.usage.dropped").count() == 1
    billed = put(lena, printing)
    UsageCharge.objects.filter(pk=billed.pk).update(billed_line=1)
    with pytest.raises(Conflict, match="is on a bill already"):
        usage.drop(by=BY, charge=billed, now=NOW)


def test_its_history_is_told(lena, printing):
    usage.drop(by=BY, charge=put(lena, printing, quantity=2), now=NOW)
    told = " ".join(str(line) for line in told_timeline(lena))
    assert "2 × Printing put on the next bill: €6.00" in told
    assert "2 × Printing taken off the next bill" in told


def send(client, lena, printing, **facts):
    shown = client.get(reverse("members:member_usage", args=[lena.uuid]))
    data = {"product": printing.pk, "quantity": "2", "on_date": "2026-11-23", **facts}
    data.setdefault("token", str(shown.context["form"]["token"].value()))
    return client.post(reverse("members:member_usage_put", args=[lena.uuid]), data)


def test_the_front_desk_puts_and_drops_in_the_page(client, ben, lena, printing):
    client.force_login(ben)
    answer = send(client, lena, printing, note="posters", unit="0.01")
    row = UsageCharge.objects.get()
    assert (row.unit_amount, row.note, "€6.00" in answer.content.decode()) == (300, "posters", True)
    answer = client.post(reverse("members:usage_drop", args=[row.uuid]))
    assert "Nothing yet." in answer.content.decode()


def test_who_may_discount_may_say_another_price(client, mia, lena, printing):
    client.force_login(mia)
    send(client, lena, printing, unit="1.50")
    assert UsageCharge.objects.get().unit_amount == 150


def test_the_same_form_twice_puts_it_once(client, ben, lena, printing):
    client.force_login(ben)
    for _ in range(2):
        send(client, lena, printing, token="6" * 32)
    assert UsageCharge.objects.count() == 1


@pytest.mark.parametrize("facts", [{"quantity": "x"}, {"on_date": "soon"}, {"on_date": "2026-12-24"}, {"product": "0"}])
def test_bad_input_keeps_what_was_typed(client, ben, lena, printing, facts):
    client.force_login(ben)
    answer = send(client, lena, printing, note="for the fair", **facts)
    assert (UsageCharge.objects.count(), "for the fair" in answer.content.decode()) == (0, True)


def test_who_only_looks_cannot_put_anything(client, vic, lena, printing):
    client.force_login(vic)
    shown = client.get(reverse("members:member_usage", args=[lena.uuid]))
    assert "Put something on it" not in shown.content.decode()
    assert client.post(reverse("members:member_usage_put", args=[lena.uuid])).status_code == 403
