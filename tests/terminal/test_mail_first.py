"""An invoice announces itself before its card is charged: what happens while that mail waits, or does not go out."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing.explain.collecting import reason_sentence, what_will_happen
from billing.models import Collection, Notice
from billing.services.notices import send_again
from flexspace.core.models import AuditEvent
from terminal.services.collect_due import charge_now
from tests.terminal import saved
from tests.terminal.desk import ADMIN
from tests.terminal.saved import collection_of, night, owing, paid

pytestmark = pytest.mark.django_db(transaction=True)
DAY = 86400
REFUSED = "The mail server said 550 no such mailbox"


def mail_is(invoice, state, **more):
    Notice.objects.filter(invoice=invoice, kind="invoice").update(state=state, **more)


def stands(invoice):
    row = collection_of(invoice)
    return row.state, row.stop_reason.partition(": ")[0], row.next_try_on == invoice.due_date


def test_charge_waits_for_the_mail_of_the_same_day_and_follows_it(desk):
    invoice = owing(desk, mailed=False)
    assert (night(desk).charged, stands(invoice)) == (0, ("scheduled", "mail_on_its_way", True))
    mail_is(invoice, "sent")
    assert (night(desk).charged, paid(invoice)) == (1, 14500)


def test_mail_that_failed_is_put_before_staff_and_the_card_is_not_charged(desk):
    invoice = owing(desk, mailed=False)
    mail_is(invoice, "failed", error=REFUSED, next_try_at=None)
    assert (night(desk).charged, stands(invoice)) == (0, ("scheduled", "mail_not_sent", True))
    row = collection_of(invoice)
    words = f"The invoice’s mail did not go out: {REFUSED}. Send it again or charge now"
    assert reason_sentence(row) == words
    assert (
        what_will_happen(row, card=invoice.member.saved_cards.get(), today=invoice.due_date)
        == f"Not charged yet. {words}."
    )
    assert (desk.books(), saved.mails_of_trouble().count(), row.tries) == ([], 0, 0)


def test_mail_that_waits_for_two_days_is_put_before_staff(desk):
    invoice = owing(desk, mailed=False)
    desk.clock.shift(DAY)
    night(desk)
    assert stands(invoice)[1] == "mail_on_its_way"
    desk.clock.shift(DAY)
    night(desk)
    assert stands(invoice)[1] == "mail_not_sent"


def test_invoice_that_nobody_was_mailed_is_put_before_staff(desk):
    invoice = owing(desk)
    Notice.objects.filter(invoice=invoice).delete()
    type(invoice.member).objects.filter(pk=invoice.member_id).update(email="")
    night(desk)
    assert "The payer has no mail address. Send it again or charge now" in reason_sentence(collection_of(invoice))


def test_mail_sent_again_lets_the_charge_go_on_by_itself(desk):
    invoice = owing(desk, mailed=False)
    mail_is(invoice, "failed", error=REFUSED, next_try_at=None)
    night(desk)
    send_again(by=ADMIN, notice=Notice.objects.get(invoice=invoice), now=timezone.now())
    assert (night(desk).charged, stands(invoice)[1]) == (0, "mail_on_its_way")
    mail_is(invoice, "sent")
    assert (night(desk).charged, paid(invoice)) == (1, 14500)


def test_waiting_writes_nothing_a_second_time(desk):
    invoice = owing(desk, mailed=False)
    night(desk)
    before = Collection.objects.filter(invoice=invoice).values().get()
    desk.clock.shift(120)
    night(desk)
    assert Collection.objects.filter(invoice=invoice).values().get() == before


def test_person_may_charge_without_the_mail_and_that_is_written_down(desk):
    invoice = owing(desk, mailed=False)
    mail_is(invoice, "failed", error=REFUSED, next_try_at=None)
    night(desk)
    saved.pressed(desk, charge_now(by=ADMIN, invoice=invoice, now=timezone.now()))
    assert (paid(invoice), collection_of(invoice).mail_waived) == (14500, True)
    assert AuditEvent.objects.filter(action="billing.collection.mail_waived", actor_label=ADMIN.label).count() == 1


def test_what_a_person_charged_without_the_mail_is_tried_again_by_the_plan(desk):
    invoice = owing(desk, card=saved.NO_MONEY, mailed=False)
    saved.pressed(desk, charge_now(by=ADMIN, invoice=invoice, now=timezone.now()))
    desk.clock.shift(timedelta(days=3).total_seconds())
    assert (night(desk).charged, collection_of(invoice).tries) == (1, 2)


def test_charge_of_an_invoice_that_was_mailed_waives_nothing(desk):
    invoice = owing(desk)
    saved.pressed(desk, charge_now(by=ADMIN, invoice=invoice, now=timezone.now()))
    assert collection_of(invoice).mail_waived is False
