"""The filters of the payments list, and the CSV file of what they show."""

import csv
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing.enums import PaymentMethod, RefundMethod
from flexspace.core.models import AuditEvent
from tests.factories.billing import make_issued_invoice, make_payment
from tests.factories.members import make_company, make_member
from tests.factories.refunds import give_back
from tests.terminal.money_back import paid_by_card

pytestmark = pytest.mark.django_db
NIGHT = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # half past midnight of the 24th in Berlin, half past eight in Tokyo


def paid(place, total=14500, *, at=NIGHT, **more):
    method = more.pop("method", PaymentMethod.CASH)
    return make_payment(make_issued_invoice(place, total, **more), received_at=at, method=method)


def read(client, query=""):
    """Return the rows of the file as dictionaries."""
    answer = client.get(reverse("terminal:payment_file") + query)
    body = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(body.splitlines()))


def listed(client, query=""):
    return [row.amount for row in client.get(reverse("billing:payment_list") + query).context["page"].rows]


def test_file_has_payments_and_refunds_with_sign_in_local_time(client, mia, hafen):
    lena = make_member(hafen, name="=HYPERLINK(1)")
    payment = paid(hafen, member=lena, method=PaymentMethod.CARD_READER)
    give_back(payment, 4500, method=RefundMethod.CASH, reason="-5 was said", now=NIGHT + timedelta(days=1))
    paid(hafen, 500, company=make_company(hafen), at=NIGHT - timedelta(hours=1))
    client.force_login(mia)
    refund, first, second = read(client)
    assert {key: refund[key] for key in ("Time", "Type", "Amount", "Currency", "Method", "Payer", "Invoices",
                                         "Stripe id", "Reason")} == {
        "Time": "2026-11-25T00:30:00+01:00", "Type": "Refund", "Amount": "-45.00", "Currency": "EUR",
        "Method": "Cash", "Payer": "'=HYPERLINK(1)", "Invoices": "HFN-000001", "Stripe id": "",
        "Reason": "'-5 was said",
    }  # fmt: skip
    assert (first["Time"], first["Amount"], first["Method"], first["Stripe id"], first["Payment id"]) == (
        "2026-11-24T00:30:00+01:00", "145.00", "Card on reader", payment.reference, str(payment.uuid),
    )  # fmt: skip
    assert (second["Amount"], second["Payer"], second["Location"]) == ("5.00", "Studio Tiefgang GmbH", "Hafenplatz")


def test_days_are_each_locations_own(client, ada, hafen, kiyosumi):
    for place, total in ((hafen, 100), (kiyosumi, 200)):
        paid(place, total)  # the 24th at both
        paid(place, total + 1, at=NIGHT - timedelta(hours=9))  # the 23rd at both: 15:30 and 23:30
    paid(hafen, 150, at=NIGHT - timedelta(hours=1))  # the 23rd in Berlin, by then the 24th in Tokyo
    client.force_login(ada)
    assert sorted(listed(client, "?first=2026-11-24")) == [100, 200]
    assert sorted(listed(client, "?last=2026-11-23")) == [101, 150, 201]
    assert sorted(listed(client, "?first=2026-11-24&last=2026-11-24&location=HFN")) == [100]
    assert [row["Amount"] for row in read(client, "?first=2026-11-24&location=KYS")] == ["200"]


def test_method_payer_and_invoice_narrow_the_list_and_the_file(client, mia, hafen):
    lena = make_member(hafen, name="Anna Berg")
    cash, card = paid(hafen, 100, member=lena), paid(hafen, 200, member=lena, method=PaymentMethod.CARD_READER)
    other = paid(hafen, 300)
    give_back(card, 150, method=RefundMethod.CASH, now=NIGHT + timedelta(days=1))
    give_back(other, 20, now=NIGHT + timedelta(days=2))
    client.force_login(mia)
    for query, amounts, filed in (
        ("?method=card_reader", [200], ["2.00"]),
        ("?method=cash", [300, 100], ["-0.20", "-1.50", "3.00", "1.00"]),  # what went in cash, whatever way it came
        ("?q=berg", [200, 100], ["-1.50", "2.00", "1.00"]),
        (f"?q={cash.allocations.get().invoice}", [100], ["1.00"]),
        ("?q=nobody", [], []),
        ("?last=2026-11-25&q=berg", [200, 100], ["-1.50", "2.00", "1.00"]),
    ):
        assert (listed(client, query), [row["Amount"] for row in read(client, query)]) == (amounts, filed), query
    assert "No payment is like that" in client.get(reverse("billing:payment_list") + "?q=nobody").content.decode()


def test_nothing_is_left_out_of_a_file_without_a_word(client, mia, hafen, monkeypatch):
    monkeypatch.setattr("billing.queries.money_moved.MOST", 2)
    for total in (100, 200, 300):
        give_back(paid(hafen, total, member=make_member(hafen, name="Anna Berg")), 10)
    client.force_login(mia)
    assert len(read(client, "?q=hfn-0000")) == 6
    there, listing = reverse("terminal:payment_file"), reverse("billing:payment_list")
    answer = client.get(there + "?q=berg", follow=True)
    assert answer.redirect_chain == [(listing + "?q=berg", 302)]
    text = answer.content.decode()
    assert "a file would leave some out" in text
    assert "only payments of some are shown" in text
    assert there not in text
    assert AuditEvent.objects.filter(action="billing.payments.exported").count() == 1  # the one that was given


@pytest.mark.parametrize(
    "query",
    ["?first=xx", "?last=9999-12-31", "?first=2026-11-24&last=2026-11-23", "?first=nonsense&method=gold&q=anna"],
)
def test_filter_that_cannot_be_read_is_named_and_makes_no_file(client, mia, hafen, query):
    paid(hafen, 300, member=make_member(hafen, name="Anna Berg"))
    client.force_login(mia)
    there, listing = reverse("terminal:payment_file"), reverse("billing:payment_list")
    if "&last" not in query:
        assert listed(client, query) == [300]  # the filters that can be read still narrow it
    text = client.get(listing + query).content.decode()
    assert "until it is right there is no CSV file" in text
    assert there not in text
    answer = client.get(there + query, follow=True)
    assert len(answer.redirect_chain) == 1
    assert "No file was made." in answer.content.decode()
    assert not AuditEvent.objects.filter(action="billing.payments.exported").exists()


@pytest.mark.parametrize("count", [1, 3])
def test_file_takes_the_same_queries_however_long_it_is(client, mia, hafen, count):
    for _ in range(count):
        give_back(paid(hafen, member=make_member(hafen)), 100)
    client.force_login(mia)
    with CaptureQueriesContext(connection) as asked:
        assert len(read(client)) == count * 2
    assert len(asked) == 12  # session, user, locations; the audit; payments, what they paid; refunds, and from what


def test_others_get_nothing_of_this_place(client, yuki, hafen):
    paid(hafen)
    assert client.get(reverse("terminal:payment_file")).status_code == 302
    yuki.role = "manager"
    yuki.save()
    client.force_login(yuki)
    assert read(client) == []


def test_file_is_for_managers_and_every_file_is_written_down(client, vic, ben, mia, hafen):
    paid(hafen)
    there, listing = reverse("terminal:payment_file"), reverse("billing:payment_list")
    for user in (vic, ben):
        client.force_login(user)
        assert client.get(there).status_code == 403
        assert there not in client.get(listing).content.decode()
    assert not AuditEvent.objects.filter(action="billing.payments.exported").exists()
    client.force_login(mia)
    assert there in client.get(listing).content.decode()
    client.get(there + "?first=2026-11-24&method=cash&q=berg")  # taken once it is asked for, though nothing is read yet
    event = AuditEvent.objects.get(action="billing.payments.exported")
    assert (event.actor_id, event.location, event.after) == (
        str(mia.pk), hafen, {"first": "2026-11-24", "method": "cash", "about": "berg"},
    )  # fmt: skip


def test_staff_of_a_card_payment_is_whoever_charged(client, mia, desk):
    payment = paid_by_card(desk)
    client.force_login(mia)
    [row] = read(client)
    assert (row["Staff"], row["Stripe id"], row["Card"], row["Last four"]) == (
        payment.attempt.actor_label, payment.reference, "visa", "4242",
    )  # fmt: skip
    assert row["Staff"] != "Stripe"
