"""Where a receipt goes is said until its sender begins; nobody is mailed twice, and none means neither sender."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from billing.enums import PaymentMethod
from billing.models import Notice
from billing.queries.notices import own_receipts
from billing.services.notices import claim, due_notices
from billing.services.receipts import send_receipt, stop_receipt
from billing.tasks import send_notice
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict
from flexspace.core.models import AuditEvent
from flexspace.core.sentences import told_timeline
from tests.factories.billing import make_issued_invoice, make_payment
from tests.factories.members import make_member

pytestmark = pytest.mark.django_db
BEN = Actor("user", "1", "Ben")


@pytest.fixture
def both(hafen):
    """Return Hafenplatz with both switches on: the worst case."""
    hafen.send_receipts = hafen.stripe_receipts = True
    hafen.save()
    return hafen


def paid(location, email="lena@example.com", **more):
    invoice = make_issued_invoice(location, member=make_member(location, email=email))
    return make_payment(invoice, received_at=timezone.now(), **more)


def rows(payment):
    return [(row.kind, row.to, row.state) for row in own_receipts(payment)]


def send(payment, to="otto@example.com", token=None):
    return send_receipt(by=BEN, payment=payment, to=to, token=token or uuid4(), now=timezone.now())


def everything_due():
    """Let our mail server take all that is due once nobody can choose any more."""
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        for pk in due_notices(timezone.now()):
            send_notice(pk)
    return [sent.to for sent in mail.outbox]


def test_each_sender_has_one_row_a_payment(both):
    assert rows(paid(both)) == [
        ("receipt", "lena@example.com", "queued"),
        ("stripe_receipt", "lena@example.com", "queued"),
    ]
    assert rows(paid(both, method=PaymentMethod.CASH)) == [("receipt", "lena@example.com", "queued")]


def test_none_stops_both_and_is_written_down_once(both):
    payment = paid(both)
    for _ in range(2):
        stop_receipt(by=BEN, payment=payment)
    assert ([state for *_, state in rows(payment)], everything_due()) == (["dropped", "dropped"], [])
    assert due_notices(timezone.now() + timedelta(minutes=1), stripes=True) == []
    assert [line.sentence for line in told_timeline(payment) if line.by == "Ben"] == ["No receipt wanted"]


def test_other_address_takes_the_place_of_the_first_one(both):
    payment, token = paid(both), uuid4()
    assert send(payment, token=token) == send(payment, token=token)
    assert {to for _kind, to, _state in rows(payment)} == {"otto@example.com"}
    assert everything_due() == [["otto@example.com"]]
    assert send(payment, token=token).to == "otto@example.com"  # the same form once more, after it went out
    assert Notice.objects.filter(payment=payment).count() == 2
    [event] = AuditEvent.objects.filter(action="billing.receipt.chosen")
    assert (event.before, event.after) == ({"to": "lena@example.com"}, {"to": "otto@example.com"})


def test_what_has_begun_is_neither_stopped_nor_sent_elsewhere(both):
    payment = paid(both)
    Notice.objects.filter(payment=payment).update(state="sending", tries=1)
    with pytest.raises(Conflict, match="on its way to lena@example"):
        stop_receipt(by=BEN, payment=payment)
    more = send(payment)
    assert (more.kind, more.cause == f"payment:{payment.uuid}") == ("receipt", False)
    assert {to for _kind, to, _state in rows(payment)} == {"lena@example.com"}


def test_none_and_then_an_address_after_all(both):
    payment = paid(both)
    stop_receipt(by=BEN, payment=payment)
    send(payment)
    assert everything_due() == [["otto@example.com"]]


def test_address_of_somebody_without_one_goes_to_the_locations_sender(hafen):
    hafen.send_receipts, hafen.stripe_receipts = False, True
    hafen.save()
    by_card, in_cash = paid(hafen, ""), paid(hafen, "", method=PaymentMethod.CASH)
    assert Notice.objects.count() == 0
    assert [send(payment).kind for payment in (by_card, in_cash)] == ["stripe_receipt", "receipt"]


@pytest.mark.parametrize(("stripes", "taken"), [(True, "stripe_receipt"), (False, "receipt")])
def test_our_mail_server_and_stripe_take_their_own_only(both, stripes, taken):
    payment, later = paid(both), timezone.now() + timedelta(minutes=1)
    pks = [row.pk for row in own_receipts(payment)]
    claimed = [claim(pk, now=later, stripes=stripes) for pk in pks]
    assert [row.kind for row in claimed if row] == [taken]


def test_page_asks_where_to_and_offers_none_while_it_may(client, both, ben):
    payment, back = paid(both), reverse("desk:sell")
    client.force_login(ben)
    url = reverse("billing:payment_receipt_mail", args=[payment.uuid])
    asked = client.get(f"{url}?back={back}").content.decode()
    assert ('value="lena@example.com"' in asked, 'name="none"' in asked) == (True, True)
    answer = client.post(url, {"none": "1", "back": back})
    assert (answer.url, rows(payment)[0][2]) == (back, "dropped")
    state = client.get(reverse("billing:receipt_state", args=[payment.uuid]))
    assert (state.status_code, "No receipt is mailed, as chosen." in state.content.decode()) == (286, True)
    assert 'name="none"' not in client.get(url).content.decode()
    client.post(url, {"to": "otto@example.com", "token": uuid4()})
    assert rows(payment)[0][1:] == ("otto@example.com", "queued")
    assert client.get(reverse("billing:receipt_state", args=[payment.uuid])).status_code == 200
