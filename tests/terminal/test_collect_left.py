"""What the schedule leaves alone: nobody could be charged, and looking again writes nothing."""

import pytest
from django.db import transaction
from django.utils import timezone

from billing.enums import CollectionReason
from billing.models import Collection, Invoice, SavedCard
from billing.services import collecting
from flexspace.core.errors import DomainError
from terminal.models import Attempt, LocationAccount
from terminal.services.collect_due import charge_now, collect_one
from tests.terminal import saved
from tests.terminal.desk import ADMIN
from tests.terminal.saved import collection_of, keep_card, night, owing, paid

pytestmark = pytest.mark.django_db(transaction=True)
DAY = 86400


def test_expired_card_that_was_never_tried_is_looked_at_once(desk):
    invoice = owing(desk, card=None)
    keep_card(desk, invoice.member, exp_year=2026, exp_month=10)
    night(desk)
    before = Collection.objects.filter(invoice=invoice).values().get()
    desk.clock.shift(120)
    assert (before["state"], night(desk).charged) == ("needs_card", 0)
    assert Collection.objects.filter(invoice=invoice).values().get() == before


def test_location_without_an_account_is_staffs_to_put_right_and_its_payers_hear_nothing(desk):
    invoice = owing(desk)
    places = LocationAccount.objects.filter(location=desk.location)
    kept = places.values().get()
    places.delete()
    night(desk)
    row = collection_of(invoice)
    assert (row.state, row.stop_reason, row.next_try_on) == ("scheduled", "no_account", invoice.due_date)
    assert (saved.mails_of_trouble().count(), desk.books()) == (0, [])
    with pytest.raises(DomainError, match="has no Stripe account to charge through"):
        charge_now(by=ADMIN, invoice=invoice, now=timezone.now())
    LocationAccount.objects.create(**kept)
    assert (night(desk).charged, paid(invoice)) == (1, 14500)


@pytest.mark.parametrize(
    ("why", "says"),
    [
        ("card_refused", {"code": "card_declined", "advice": "do_not_try_again"}),
        ("card_refused", {"code": "card_declined", "decline_code": "lost_card"}),
        ("card_data", {"code": "card_declined", "advice": "confirm_card_data"}),
        ("card_data", {"code": "card_declined", "decline_code": "incorrect_number"}),
        ("card_data", {"code": "expired_card", "decline_code": "expired_card"}),
        ("card_gone", None),
    ],
    ids=str,
)
def test_card_that_is_no_good_for_one_invoice_is_charged_for_none(desk, why, says):
    first = owing(desk, card=None)
    card = keep_card(desk, first.member)
    second, next_month = owing(desk, payer=first.member), owing(desk, payer=first.member, due_in=30)
    if says:
        desk.dashboard("decline_next", card.payment_method_id, **says)
    else:
        SavedCard.objects.filter(pk=card.pk).update(payment_method_id="pm_unknown")
    assert night(desk).charged == 1
    card.refresh_from_db()
    assert (card.refused_on, card.refused) == (desk.location.today(timezone.now()), why)
    row = collection_of(second)
    assert (row.state, row.stop_reason, row.tries) == ("needs_card", why, 0)
    with pytest.raises(DomainError):
        charge_now(by=ADMIN, invoice=second, now=timezone.now())
    assert collection_of(next_month).state == "scheduled"
    keep_card(desk, first.member, saved.OK)
    assert (night(desk).charged, paid(first), paid(second)) == (2, 14500, 14500)


def test_invoice_that_asked_for_the_money_is_charged_to_another_card_only_when_a_person_says_so(desk):
    """Its payer may be on the way to the bank: promise 6."""
    first = owing(desk, card=None)
    card = keep_card(desk, first.member)
    desk.dashboard("decline_next", card.payment_method_id, code="card_declined", decline_code="lost_card")
    night(desk)
    second = owing(desk, payer=first.member)
    Collection.objects.filter(invoice=second).delete()
    Invoice.objects.filter(pk=second.pk).update(auto_collect=False)
    second.refresh_from_db()
    why = {second.pk: CollectionReason.CARD_REFUSED}
    with transaction.atomic():
        collecting.open_condemned(by=ADMIN, location=desk.location, invoices=[second], why=why)
    keep_card(desk, first.member, saved.OK)
    assert (night(desk).charged, paid(first), paid(second)) == (1, 14500, 0)
    assert collect_one(collection_of(second).pk, now=timezone.now()) is None
    saved.pressed(desk, charge_now(by=ADMIN, invoice=second, now=timezone.now()))
    desk.settle(Attempt.objects.latest("pk"), 10)
    assert (paid(second), collection_of(second).state) == (14500, "collected")


def test_card_that_waits_for_its_next_day_is_not_charged_once_it_is_no_good(desk):
    first = owing(desk, card=None)
    card = keep_card(desk, first.member)
    desk.dashboard("decline_next", card.payment_method_id, code="card_declined", decline_code="insufficient_funds")
    night(desk)
    second = owing(desk, payer=first.member)
    desk.dashboard("decline_next", card.payment_method_id, code="card_declined", decline_code="incorrect_number")
    night(desk)
    assert (collection_of(first).state, collection_of(second).state) == ("retry", "needs_card")
    desk.clock.shift(4 * DAY)
    assert night(desk).charged == 0
    assert (collection_of(first).state, collection_of(first).stop_reason) == ("needs_card", "card_data")
