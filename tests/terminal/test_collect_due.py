"""The schedule of saved cards: what is due is charged on its own day, in order, once, and nothing else is."""

import datetime as dt
from contextlib import suppress
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from billing.enums import CollectionReason
from billing.models import Collection, Consent, Payment
from billing.services import collecting
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.locks import only_one
from flexspace.core.models import Location
from terminal import tasks
from terminal.models import Attempt, AttemptFlag
from terminal.services.collect import BeingTaken
from terminal.services.collect_due import charge_now, collect_due
from tests.factories.members import make_member
from tests.terminal import saved
from tests.terminal.desk import ADMIN
from tests.terminal.saved import CREATE, collection_of, keep_card, night, owing, paid

pytestmark = pytest.mark.django_db(transaction=True)
DAY = 86400
# Where it is, and the local day that is due: beyond the date line both ways, and where clocks change on that day.
DAYS = [
    ("Etc/GMT+12", "2026-12-01"),
    ("Etc/GMT-12", "2026-12-01"),
    ("Pacific/Kiritimati", "2027-01-01"),
    ("Europe/Berlin", "2027-03-28"),
    ("Europe/Berlin", "2026-10-25"),
    ("America/New_York", "2026-11-01"),
    ("Asia/Beirut", "2027-03-28"),  # the day begins at one o'clock
    ("Africa/Cairo", "2026-10-29"),  # midnight comes twice
    ("Australia/Lord_Howe", "2027-04-04"),  # by half an hour
]


def put_off_due_date(invoice, day):
    type(invoice).objects.filter(pk=invoice.pk).update(due_date=day)
    Collection.objects.filter(invoice=invoice).update(next_try_on=day)


@pytest.mark.parametrize(("zone", "day"), DAYS)
def test_card_is_charged_in_the_first_run_of_the_due_date_where_the_location_is(desk, zone, day):
    Location.objects.filter(pk=desk.location.pk).update(time_zone=zone)
    due_on = dt.date.fromisoformat(day)
    desk.clock.move_to(
        dt.datetime(due_on.year, due_on.month, due_on.day, 0, 17, tzinfo=dt.UTC) - dt.timedelta(hours=27)
    )
    invoice = owing(desk)
    put_off_due_date(invoice, due_on)
    charged = []
    for _ in range(57):
        if night(desk).charged:
            charged.append(timezone.now().astimezone(ZoneInfo(zone)))
        desk.clock.shift(60 * 60)
    assert [(moment.date(), moment.hour < 2) for moment in charged] == [(due_on, True)]
    assert (paid(invoice), len(desk.books())) == (14500, 1)


@pytest.mark.parametrize(("zone", "day"), DAYS)
def test_next_try_keeps_its_days_through_a_change_of_clocks(desk, zone, day):
    Location.objects.filter(pk=desk.location.pk).update(time_zone=zone)
    due_on = dt.date.fromisoformat(day) - dt.timedelta(days=2)  # the clocks change between the tries
    desk.clock.move_to(dt.datetime(due_on.year, due_on.month, due_on.day, 23, 30, tzinfo=ZoneInfo(zone)))
    invoice = owing(desk, card=saved.NO_MONEY)
    put_off_due_date(invoice, due_on)
    tried = []
    for _ in range(17 * 4):
        if night(desk).charged:
            tried.append((timezone.now().astimezone(ZoneInfo(zone)).date() - due_on).days)
        desk.clock.shift(6 * 60 * 60)
    assert tried == [0, 3, 7, 14]


def test_missed_days_are_caught_up_once_and_in_order(desk):
    late = owing(desk, 2000)
    desk.clock.shift(DAY)
    later = owing(desk, 3000)
    poor = owing(desk, 1000, card=saved.NO_MONEY)
    desk.clock.shift(6 * DAY)  # nothing ran for a week
    assert (night(desk).charged, night(desk).charged) == (3, 0)
    order = [attempt.amount for attempt in Attempt.objects.order_by("pk")]
    assert (order, paid(late), paid(later), collection_of(poor).tries) == ([2000, 3000, 1000], 2000, 3000, 1)


def test_two_beats_for_one_night_charge_once(desk):
    invoices = [owing(desk, card=card) for card in (saved.OK, saved.NO_MONEY)]
    tasks.collect_due_invoices()
    tasks.collect_due_invoices()
    assert (Attempt.objects.count(), paid(invoices[0]), collection_of(invoices[1]).tries) == (2, 14500, 1)


def test_run_beside_another_run_leaves_it_alone(desk):
    owing(desk)
    with only_one("terminal.collect", seconds=60):
        tasks.collect_due_invoices()
    assert Attempt.objects.count() == 0


def test_run_whose_lease_is_gone_stops_where_it_is(desk):
    for _ in range(3):
        owing(desk)
    answers = iter([True, False])
    assert collect_due(go_on=lambda: next(answers), pause=lambda _: None).charged == 1
    assert collect_due(pause=lambda _: None, budget=dt.timedelta(0)).charged == 0
    assert night(desk).charged == 2


def test_run_keeps_its_pace(desk):
    for _ in range(3):
        owing(desk)
    waits = []
    collect_due(pause=waits.append)
    assert waits == [0.2] * 3


def test_five_charges_without_an_answer_stop_the_run_and_it_goes_on_when_stripe_answers(desk):
    invoices = [owing(desk) for _ in range(8)]
    desk.fault("request_lost", CREATE, times=5)
    run = night(desk)
    assert (run.charged, list(run.stopped.values())) == (5, ["unreachable"])
    assert night(desk).charged == 0
    desk.sweep(60, every=5.0)
    assert night(desk).charged == 3
    assert [paid(invoice) for invoice in invoices] == [14500] * 8
    assert (Attempt.objects.count(), len(desk.books()), Payment.objects.count()) == (8, 8, 8)


def test_run_that_fails_alike_stops_and_goes_on_after_an_hour(desk):
    invoices = [owing(desk) for _ in range(8)]
    desk.fault("status", CREATE, status=403, code="", times=5)
    run = night(desk)
    assert (run.charged, list(run.stopped.values())) == (5, ["failing_alike"])
    assert (night(desk).charged, list(night(desk).stopped.values())) == (0, ["failing_alike"])
    desk.clock.shift(3601)
    assert night(desk).charged == 3
    desk.clock.shift(DAY)
    assert night(desk).charged == 5
    assert [paid(invoice) for invoice in invoices] == [14500] * 8


def test_cards_that_are_declined_alike_stop_nobody(desk):
    for _ in range(7):
        owing(desk, card=saved.NO_MONEY)
    assert (night(desk).charged, night(desk).stopped) == (7, {})


def test_trouble_of_one_account_does_not_stop_the_other(desk, yen_desk):
    for _ in range(6):
        owing(desk)
    yen = owing(yen_desk, 15000)
    desk.fault("request_lost", CREATE, times=None)
    run = night(desk)
    assert (run.charged, list(run.stopped), paid(yen)) == (6, [desk.config.pk], 15000)


def test_bill_without_a_card_asks_for_one_once(desk):
    invoice = owing(desk, card=None)
    for _ in range(3):
        night(desk)
        desk.clock.shift(DAY)
    collection = collection_of(invoice)
    assert (collection.state, collection.stop_reason, collection.tries) == ("needs_card", "no_card", 0)
    assert list(saved.mails_of_trouble().values_list("kind", "to")) == [("payment_failed", "anna@example.com")]
    assert (collection.at_desk, collection.last_contact_at is not None, desk.books()) == (False, True, [])


def test_payer_without_an_address_is_asked_at_the_desk(desk):
    invoice = owing(desk, card=saved.AUTHENTICATE, payer=make_member(desk.location, email=""))
    saved.pressed(desk, charge_now(by=ADMIN, invoice=invoice, now=timezone.now()))  # nobody could be mailed before
    collection = collection_of(invoice)
    assert (collection.state, collection.at_desk, saved.mails_of_trouble().count()) == ("needs_authentication", True, 0)


def test_consent_that_was_taken_back_stops_the_collection(desk):
    invoice = owing(desk, due_in=1)
    Consent.objects.update(withdrawn_at=timezone.now())
    desk.clock.shift(DAY)
    night(desk)
    collection = collection_of(invoice)
    assert (collection.state, collection.stop_reason, collection.at_desk) == ("stopped", "consent_withdrawn", True)
    assert (desk.books(), Attempt.objects.count()) == ([], 0)


@pytest.mark.parametrize("card", [saved.NO_MONEY, saved.EXPIRED, saved.AUTHENTICATE])
def test_another_card_is_charged_in_the_next_run(desk, card):
    invoice = owing(desk, card=card)
    night(desk)
    assert night(desk).charged == 0
    keep_card(desk, invoice.member, saved.OK)
    assert (night(desk).charged, paid(invoice)) == (1, 14500)
    assert (collection_of(invoice).state, collection_of(invoice).tries) == ("collected", 2)


@pytest.mark.parametrize(
    ("advice", "charged"),
    [("do_not_try_again", 0), ("confirm_card_data", 1)],
    ids=["refused for good", "data asked for"],
)
def test_same_plastic_kept_anew_is_asked_again_unless_the_bank_advised_against_it(desk, advice, charged):
    invoice = owing(desk, card=None)
    card = keep_card(desk, invoice.member, fingerprint="same")
    desk.dashboard("decline_next", card.payment_method_id, code="card_declined", advice=advice)
    night(desk)
    keep_card(desk, invoice.member, fingerprint="same")
    assert (night(desk).charged, night(desk).charged) == (charged, 0)


def test_no_invoice_is_asked_for_five_times_whatever_staff_press_and_cards_come(desk):
    invoice = owing(desk, card=saved.NO_MONEY)
    for _ in range(12):
        night(desk)
        keep_card(desk, invoice.member, saved.NO_MONEY)
        with suppress(DomainError):
            saved.pressed(desk, charge_now(by=ADMIN, invoice=invoice, now=timezone.now()))
        desk.clock.shift(DAY)
    asked = [call for call in desk.calls() if call["status"] == 402]
    assert (len(asked), collection_of(invoice).state) == (4, "stopped")
    with pytest.raises(DomainError, match="was tried often enough"):
        charge_now(by=ADMIN, invoice=invoice, now=timezone.now())


def test_part_payment_leaves_the_rest_to_the_card(desk):
    invoice = owing(desk)
    saved.cash(invoice, 4500)
    night(desk)
    assert (paid(invoice), desk.received()) == (14500, 10000)


def test_charge_now_is_refused_in_words_before_the_due_date(desk):
    invoice = owing(desk, due_in=2)
    with pytest.raises(DomainError, match=r"is due on 25 Nov 2026\. A saved card is not charged earlier"):
        charge_now(by=ADMIN, invoice=invoice, now=timezone.now())


def test_charge_now_does_not_wait_for_the_plan(desk):
    invoice = owing(desk, card=saved.NO_MONEY)
    night(desk)
    card = invoice.member.saved_cards.get()
    desk.dashboard("decline_next", card.payment_method_id)
    saved.pressed(desk, charge_now(by=ADMIN, invoice=invoice, now=timezone.now()))
    assert collection_of(invoice).tries == 2


def test_charge_now_leads_to_the_attempt_that_lives(desk):
    invoice = owing(desk)
    attempt = charge_now(by=ADMIN, invoice=invoice, now=timezone.now())
    with pytest.raises(BeingTaken) as taken:
        charge_now(by=ADMIN, invoice=invoice, now=timezone.now())
    assert taken.value.attempt == attempt


def test_charge_now_of_what_is_paid_is_refused(desk):
    invoice = owing(desk)
    night(desk)
    with pytest.raises(Conflict, match="is paid"):
        charge_now(by=ADMIN, invoice=invoice, now=timezone.now())


def test_stopped_by_staff_is_not_charged_until_it_is_resumed(desk):
    invoice = owing(desk)
    collecting.stop(by=ADMIN, invoice=invoice, reason="pays in cash", now=timezone.now())
    assert (night(desk).charged, collection_of(invoice).stop_reason) == (0, "by_staff: pays in cash")
    collecting.resume(by=ADMIN, invoice=invoice, now=timezone.now())
    assert (night(desk).charged, paid(invoice)) == (1, 14500)


def test_put_off_is_charged_on_that_day(desk):
    invoice = owing(desk)
    today = desk.location.today(timezone.now())
    collecting.put_off(by=ADMIN, invoice=invoice, until=today + dt.timedelta(days=2), now=timezone.now())
    runs = []
    for _ in range(3):
        runs.append(night(desk).charged)
        desk.clock.shift(DAY)
    assert runs == [0, 0, 1]


def test_stop_while_the_bank_is_asked_is_refused(desk):
    invoice = owing(desk)
    charge_now(by=ADMIN, invoice=invoice, now=timezone.now())
    with pytest.raises(Conflict, match="Being charged by card on file"):
        collecting.stop(by=ADMIN, invoice=invoice, reason="no", now=timezone.now())


def test_other_money_than_was_asked_for_needs_a_look(desk):
    invoice = owing(desk)
    attempt = saved.in_doubt(desk, invoice)
    saved.answers_in_dollars(desk, attempt)
    collection = collection_of(invoice)
    assert (attempt.state, collection.state, collection.stop_reason) == (
        "succeeded", "stopped", CollectionReason.NEEDS_A_LOOK,
    )  # fmt: skip
    assert list(AttemptFlag.objects.values_list("kind", flat=True)) == ["currency_differs"]
