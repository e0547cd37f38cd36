"""Who may let money go back, what is refused, and what of it can never be changed afterwards."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from billing.enums import PaymentMethod, RefundMethod, RefundOutcome
from billing.explain.refunds import refund_badge
from billing.models import CreditNote, Refund, RefundTransition
from billing.services.payments import record_payment
from billing.services.refunds import Asker
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError, NotAllowed
from flexspace.core.models import Location
from flexspace.core.money import Money
from flexspace.core.one_use import AlreadyUsed
from tests.factories.billing import make_issued_invoice, make_payment
from tests.factories.members import make_member
from tests.factories.refunds import BY, NOW, give_back

pytestmark = pytest.mark.django_db


def pay(invoice):
    return make_payment(invoice, method=PaymentMethod.CASH)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reason": "  "}, "Say why"),
        ({"reason": "4242 4242 4242 4242"}, "Card numbers may not be stored"),
        ({"amount": 0}, "above zero"),
        ({"amount": -1}, "above zero"),
        ({"method": RefundMethod.CARD}, "No card paid this"),
        ({"outcome": RefundOutcome.UNDECIDED}, "still to be paid"),
        ({"asker": Asker("viewer")}, "Your role gives no money back"),
    ],
)
def test_refund_that_cannot_be_leaves_nothing(hafen, change, said):
    payment = pay(make_issued_invoice(hafen))
    with pytest.raises(DomainError, match=said):
        give_back(payment, **change)
    assert Refund.objects.count() == 0


def test_limit_holds_for_all_parts_together_and_names_who_may(hafen, ben, mia, ada):
    Location.objects.filter(pk=hafen.pk).update(refund_limit_desk=5000, refund_limit_manager=10000)
    invoice = make_issued_invoice(hafen)
    payment = pay(invoice)
    desk, manager = Asker("front_desk"), Asker("manager")
    give_back(payment, 5000, asker=desk)
    with pytest.raises(NotAllowed, match=r"€50\.00 of a payment\. For more, ask Mia"):
        give_back(payment, 1, asker=desk)
    give_back(payment, 5000, asker=manager)
    with pytest.raises(NotAllowed, match=r"€100\.00 of a payment\. For more, ask Ada"):
        give_back(payment, 1, asker=manager)
    with pytest.raises(NotAllowed, match="type your password again"):
        give_back(payment, 1, asker=Asker("admin"))
    give_back(payment, 1, asker=Asker("admin", confirmed=True))


def test_front_desk_gives_back_on_the_same_day_of_the_location_only(hafen, mia):
    Location.objects.filter(pk=hafen.pk).update(refund_limit_desk=20000)
    payment = pay(make_issued_invoice(hafen))
    with pytest.raises(NotAllowed, match=r"came the same day\. Ask Mia"):
        give_back(payment, 1, asker=Asker("front_desk"), now=NOW + timedelta(hours=15))  # past midnight in Berlin
    give_back(payment, 1, asker=Asker("front_desk"), now=NOW + timedelta(hours=13))


def test_interac_waits_for_a_reader_and_holds_what_it_takes(hafen):
    payment = record_payment(
        by=BY, location=hafen, member=make_member(hafen), company=None, method=PaymentMethod.CARD_READER,
        amount=Money(3000, "EUR"), reference="pi_interac", allocations=[], received_at=NOW, card_brand="interac",
        card_last4="1933",
    )  # fmt: skip
    refund = give_back(payment, loose=2000, method=RefundMethod.CARD)
    assert (refund.state, refund.on_reader, refund_badge(refund).label) == ("reserved", True, "Waits for the card")
    with pytest.raises(Conflict, match=r"Enter €10\.00 or less"):
        give_back(payment, loose=2000)
    assert give_back(payment, loose=1000).on_reader is False


def test_form_sent_twice_refunds_once(hafen, ben):
    payment, token, by = pay(make_issued_invoice(hafen)), uuid4(), Actor.of(ben)
    refund = give_back(payment, 5000, by=by, token=token)
    with pytest.raises(AlreadyUsed) as used:
        give_back(payment, 5000, by=by, token=token)
    assert (used.value.result, Refund.objects.count()) == (str(refund.uuid), 1)


def test_history_cannot_be_rewritten_and_one_audit_row_tells_each_change(hafen, ben):
    invoice = make_issued_invoice(hafen)
    refund = give_back(pay(invoice), by=Actor.of(ben))
    log = list(refund.transitions.values_list("version", "from_state", "to_state"))
    assert log == [(1, "", "reserved"), (2, "reserved", "succeeded")]
    told = [event.action for event in audit.timeline(refund)]
    assert sorted(told) == ["billing.refund.asked", "billing.refund.succeeded"]
    assert "billing.credit_note.issued" in [event.action for event in audit.timeline(invoice)]
    for rows in (RefundTransition.objects, CreditNote.objects, refund.allocations):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(id=99)


@pytest.mark.parametrize("change", [{"unanswered": 1}, {"state": "sent"}, {"finished_at": None}])
def test_database_keeps_states_possible(hafen, change):
    refund = give_back(pay(make_issued_invoice(hafen)))
    with pytest.raises(IntegrityError), transaction.atomic():
        Refund.objects.filter(pk=refund.pk).update(**change)


@pytest.mark.parametrize("change", [{"amount": 1}, {"currency": "JPY"}, {"method": "card"}, {"origin": "dashboard"}])
def test_database_lets_nobody_change_what_goes_back(hafen, change):
    refund = give_back(pay(make_issued_invoice(hafen)))
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        Refund.objects.filter(pk=refund.pk).update(**change)
