"""Pay links: one page of Stripe's per invoice, one way to pay at a time, and Stripe has the last word."""

import datetime as dt

import pytest
from django.utils import timezone

from billing.enums import PaymentMethod
from billing.models import Invoice, Payment
from billing.services.invoicing import void
from flexspace.core.actors import Actor
from terminal.enums import CancelReason
from terminal.models import Attempt, AttemptFlag, LocationAccount
from terminal.services.dispatch import create_intent
from terminal.services.link_tokens import BadLink, LinkKind, make_token
from terminal.services.pay_links import look, open_page
from terminal.services.recheck import recheck
from tests.factories.billing import make_draft, make_payment

pytestmark = pytest.mark.django_db(transaction=True)
MIA = Actor.job("test")
DECLINED = "4000000000009995"


def token_of(invoice, at=None):
    return make_token(LinkKind.PAY, invoice.uuid, at=at or timezone.now())


def press(invoice):
    """Open the page as the customer does."""
    return open_page(token_of(invoice), now=timezone.now())


def see(invoice):
    """Follow the link, or come back from Stripe's page."""
    return look(token_of(invoice), now=timezone.now())


def opened(desk, invoice):
    """Return the attempt of an open page."""
    link = press(invoice)
    assert link.page == "open", link
    return Attempt.objects.get(kind="pay_link", state="created", allocations__invoice=invoice)


def pay(desk, attempt, **how):
    """Pay on Stripe's page; return what it complains about."""
    return desk.control(f"sessions/{attempt.remote_id}/pay", how)["said"]


def session_of(desk, attempt):
    return desk.api(f"checkout/sessions/{attempt.remote_id}", method="GET")


@pytest.fixture
def invoice(desk):
    return desk.invoice(14500)


def test_link_asks_for_nothing_until_somebody_presses(desk, invoice):
    assert see(invoice).page == "ready"
    assert (desk.calls("checkout"), Attempt.objects.count()) == ([], 0)


def test_page_asks_for_what_is_open_and_names_the_invoice(desk, invoice):
    make_payment(invoice, 4500)
    attempt = opened(desk, invoice)
    session = session_of(desk, attempt)
    assert (session["amount_total"], session["currency"]) == (10000, "eur")
    assert session["metadata"]["attempt"] == str(attempt.uuid)
    assert session["success_url"] == session["cancel_url"] == see_url(attempt)
    assert dt.datetime.fromtimestamp(session["expires_at"], dt.UTC) == attempt.created_at + dt.timedelta(hours=1)


def see_url(attempt):
    part = attempt.allocations.get()
    token = make_token(LinkKind.PAY, part.invoice.uuid, at=attempt.created_at)
    return f"http://testserver/pay/{token}/"


@pytest.fixture(autouse=True)
def site(settings):
    settings.SITE_URL = "http://testserver"


def test_customer_who_comes_back_finds_it_paid(desk, invoice):
    attempt = opened(desk, invoice)
    assert pay(desk, attempt) == ""
    assert see(invoice).page == "paid"
    attempt.refresh_from_db()
    payment = Payment.objects.get()
    assert (attempt.state, attempt.payment, attempt.intent_id) == ("succeeded", payment, payment.reference)
    assert payment.reference.startswith("pi_")
    assert (payment.method, payment.card_last4, payment.reader_label) == (PaymentMethod.CARD_LINK, "4242", "")
    assert (desk.received(), Invoice.objects.get(pk=invoice.pk).open_amount) == (14500, 0)
    assert not AttemptFlag.objects.exists()


def test_customer_who_never_comes_back_is_booked_by_the_event(desk, invoice):
    desk.listen()
    attempt = opened(desk, invoice)
    pay(desk, attempt)
    desk.deliver()
    attempt.refresh_from_db()
    assert attempt.state == "succeeded"
    assert Payment.objects.count() == 1


@pytest.mark.parametrize("kind", ["payment_intent.succeeded", "charge.succeeded", "checkout.session.completed"])
def test_each_event_alone_is_enough(desk, invoice, kind):
    desk.listen()
    attempt = opened(desk, invoice)
    pay(desk, attempt)
    for lost in ("payment_intent.", "charge.", "checkout."):
        if not kind.startswith(lost):
            desk.fault("webhook_lost", lost, times=None)
    desk.deliver()
    attempt.refresh_from_db()
    assert attempt.state == "succeeded"


def test_without_any_event_the_schedule_books_it(desk, invoice):
    attempt = opened(desk, invoice)
    pay(desk, attempt)
    assert desk.settle(attempt, 30).state == "succeeded"


def test_two_who_press_get_one_page(desk, invoice):
    first, second = press(invoice), press(invoice)
    assert (first.page, first.url) == (second.page, second.url)
    assert (Attempt.objects.count(), len(desk.calls("checkout/sessions"))) == (1, len(desk.calls("cs_")) + 1)


def test_declined_card_leaves_the_page_open(desk, invoice):
    attempt = opened(desk, invoice)
    assert pay(desk, attempt, card=DECLINED) == "Your card has insufficient funds."
    assert see(invoice).page == "open"
    desk.settle(attempt, 10)
    assert (attempt.state, attempt.card_at is not None, Payment.objects.count()) == ("created", True, 0)
    pay(desk, attempt)
    assert see(invoice).page == "paid"


def test_page_that_nobody_uses_ends_by_itself_and_a_new_one_follows(desk, invoice):
    attempt = opened(desk, invoice)
    desk.sweep_coarsely(attempt, 3700)
    assert (attempt.state, session_of(desk, attempt)["status"]) == ("canceled", "expired")
    assert see(invoice).page == "ready"
    assert opened(desk, invoice).pk != attempt.pk


def test_customer_finds_the_page_expired_before_the_schedule_does(desk, invoice):
    attempt = opened(desk, invoice)
    desk.clock.shift(3601)
    assert see(invoice).page == "ready"
    attempt.refresh_from_db()
    assert attempt.state == "canceled"


def test_reader_takes_over_only_when_the_page_is_closed(desk, invoice):
    attempt = opened(desk, invoice)
    desk.again(attempt, reader=desk.reader)
    assert (attempt.state, attempt.cancel_reason) == ("canceling", CancelReason.OTHER_READER)
    assert see(invoice).page == "closing"
    desk.settle(attempt, 4)
    follower = attempt.next_attempts.get()
    assert (attempt.state, session_of(desk, attempt)["status"]) == ("canceled", "expired")
    assert (follower.kind, follower.reader, desk.settle(follower, 4).state) == ("reader_charge", desk.reader, "waiting")
    assert see(invoice).page == "elsewhere"
    desk.tap()
    assert desk.settle(follower, 4).state == "succeeded"
    assert (desk.received(), see(invoice).page) == (14500, "paid")


def test_page_that_was_paid_first_wins_over_the_reader(desk, invoice):
    attempt = opened(desk, invoice)
    pay(desk, attempt)
    desk.again(attempt, reader=desk.reader)
    desk.settle(attempt, 4)
    assert (attempt.state, attempt.next_attempts.count()) == ("succeeded", 0)
    assert (desk.received(), Payment.objects.count(), desk.screen()["state"]) == (14500, 1, "idle")


def test_payment_on_a_reader_keeps_the_link_out_until_it_is_over(desk, invoice):
    attempt = desk.waiting(invoice)
    assert press(invoice).page == "elsewhere"
    desk.cancel(attempt, reason=CancelReason.BY_LINK)
    assert press(invoice).page == "elsewhere"
    desk.settle(attempt, 4)
    link = opened(desk, invoice)
    assert link.previous == attempt


def test_link_follows_only_what_was_ended_for_it(desk, invoice):
    attempt = desk.waiting(invoice)
    desk.settle(desk.cancel(attempt), 4)
    assert opened(desk, invoice).previous is None


def test_answer_that_was_lost_leads_to_the_same_page(desk, invoice):
    desk.fault("answer_lost", "POST /v1/checkout/sessions")
    assert press(invoice).page == "opening"
    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.last_code) == ("reserved", "unreachable")
    assert press(invoice).page == "opening"
    desk.settle(attempt, 6)
    link = see(invoice)
    assert (attempt.state, link.page) == ("created", "open")
    assert len(desk.api("checkout/sessions", method="GET")["data"]) == 1


def test_refusal_by_stripe_ends_the_try_and_charges_nothing(desk, invoice):
    desk.wire.answer("POST /v1/checkout/sessions", 400, '{"error": {"type": "invalid_request_error", "message": "No"}}')
    assert press(invoice).page == "not_opened"
    assert Attempt.objects.get().state == "failed"
    assert see(invoice).page == "ready"


def given_up(desk, invoice):
    """Return an attempt that staff ended while Stripe's answer was lost, and the id of the page Stripe had made."""
    desk.fault("answer_lost", "POST /v1/checkout/sessions")
    press(invoice)
    attempt = Attempt.objects.get()
    desk.cancel(attempt)
    assert attempt.state == "failed"
    return attempt, desk.api("checkout/sessions", method="GET")["data"][0]["id"]


def test_page_that_came_after_the_try_was_given_up_is_closed(desk, invoice):
    attempt, made = given_up(desk, invoice)
    create_intent(attempt.pk, now=timezone.now(), timeout=20)  # a worker that was on its way
    attempt.refresh_from_db()
    assert (attempt.remote_id, session_of(desk, attempt)["status"]) == (made, "expired")


def test_late_completion_is_booked_and_put_before_a_manager(desk, invoice):
    attempt, made = given_up(desk, invoice)
    desk.control(f"sessions/{made}/pay", {})
    create_intent(attempt.pk, now=timezone.now(), timeout=20)  # a worker that was on its way
    recheck(attempt.pk, now=timezone.now())
    attempt.refresh_from_db()
    assert (attempt.state, attempt.payment.reference) == ("succeeded", attempt.intent_id)
    assert [flag.kind for flag in attempt.flags.all()] == ["late_success"]
    assert (desk.received(), Invoice.objects.get(pk=invoice.pk).open_amount) == (14500, 0)


def test_stripe_that_does_not_answer_is_told_and_nothing_is_lost(desk, invoice):
    attempt = opened(desk, invoice)
    desk.fault("unavailable", "GET /v1/checkout/sessions", times=3)
    assert see(invoice).page == "checking"
    assert see(invoice).page == "open"
    attempt.refresh_from_db()
    assert attempt.state == "created"


def test_page_closed_in_the_dashboard_is_found_out(desk, invoice):
    attempt = opened(desk, invoice)
    desk.dashboard("expire_session", attempt.remote_id)
    assert see(invoice).page == "ready"
    attempt.refresh_from_db()
    assert attempt.state == "canceled"


def test_refused_links(desk, invoice, hafen):
    now = timezone.now()
    assert look(token_of(invoice, now - dt.timedelta(days=91)), now=now).page == "too_old"
    assert open_page(token_of(invoice, now - dt.timedelta(days=91)), now=now).page == "too_old"
    small = desk.invoice(49)
    assert press(small).page == "no_cards"
    void(by=MIA, invoice=invoice, reason="Wrong", now=now)
    assert press(invoice).page == "void"
    with pytest.raises(Invoice.DoesNotExist):
        press(make_draft(hafen))
    with pytest.raises(BadLink):
        look(make_token(LinkKind.CARD, small.uuid, at=now), now=now)
    LocationAccount.objects.all().delete()
    assert press(desk.invoice(5000)).page == "no_cards"
    assert Attempt.objects.count() == 0


def test_paid_invoice_has_nothing_to_pay(desk, invoice):
    make_payment(invoice)
    assert press(invoice).page == "paid"


def test_yen_are_asked_for_as_they_are(yen_desk):
    invoice = yen_desk.invoice(1500)
    attempt = opened(yen_desk, invoice)
    assert (session_of(yen_desk, attempt)["amount_total"], session_of(yen_desk, attempt)["currency"]) == (1500, "jpy")
    pay(yen_desk, attempt)
    assert see(invoice).page == "paid"
