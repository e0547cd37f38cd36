"""The pages on which money goes back on a reader: from the payment to the card and back."""

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import Refund
from flexspace.core.actors import Actor
from flexspace.portal.restored import declare
from terminal.models import Attempt, Difference, StripeMoney
from terminal.services.compare import compare
from terminal.services.step import advance
from tests.terminal.interac import TWO, begun, in_canada, insert, paid, pass_time, waiting, wanted

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(stripe, clock):
    return in_canada(stripe, clock)


@pytest.fixture
def at(client, ada, desk):
    """The browser of the admin."""
    client.force_login(ada)
    return client


def text_of(answer):
    return answer.content.decode()


def reader_page(refund):
    return reverse("terminal:refund_reader", args=[refund.uuid])


def choose(client, refund, **changed):
    page = client.get(reader_page(refund))
    given = {"reader": page.context["choices"][0].reader.pk, "token": str(page.context["form"]["token"].value())}
    return client.post(reader_page(refund), {**given, **changed})


def test_form_says_that_the_card_has_to_be_here_and_leads_to_the_reader(at, desk):
    payment = paid(desk)
    page = at.get(reverse("billing:refund_new", args=[payment.uuid]))
    assert "has to be here, because only a reader gives this money back" in text_of(page)
    form = page.context["form"]
    given = {name: form[name].value() for name in form.fields if form[name].value()}
    answer = at.post(reverse("billing:refund_new", args=[payment.uuid]), {**given, "reason": "Did not come"})
    refund = Refund.objects.get()
    assert answer.url == reader_page(refund)
    assert "Interac •••• 1933" in text_of(at.get(answer.url))


def test_chosen_reader_asks_and_the_screen_tells_how_it_goes(at, desk):
    refund = wanted(paid(desk))
    answer = choose(at, refund)
    attempt = Attempt.objects.get(refund=refund)
    assert answer.url == reverse("terminal:attempt", args=[attempt.uuid])
    advance(attempt.pk, now=timezone.now())
    screen = text_of(at.get(answer.url))
    assert "CA$145.00 back to" in screen
    assert "asks for Interac •••• 1933, to give CA$145.00 back." in screen
    assert ("Ask for the card that paid" in screen, "Refund: insert card" in screen) == (True, True)
    assert "Cash instead" not in screen
    insert(desk)
    desk.settle(attempt)
    screen = text_of(at.get(answer.url))
    assert "CA$145.00 went back to Interac •••• 1933." in screen
    assert reverse("billing:payment_detail", args=[refund.payment.uuid]) in screen


def test_payment_leads_to_the_reader_as_long_as_it_waits(at, desk):
    refund = wanted(paid(desk))
    detail = reverse("billing:payment_detail", args=[refund.payment.uuid])
    assert reader_page(refund) in text_of(at.get(detail))
    _answer = choose(at, refund)
    attempt = Attempt.objects.get(refund=refund)
    assert at.get(reader_page(refund)).url == reverse("terminal:attempt", args=[attempt.uuid])
    advance(attempt.pk, now=timezone.now())
    insert(desk)
    desk.settle(attempt)
    assert reader_page(refund) not in text_of(at.get(detail))
    assert at.get(reader_page(refund)).url == detail


def test_form_sent_twice_asks_once(at, desk):
    refund = wanted(paid(desk))
    page = at.get(reader_page(refund))
    given = {"reader": desk.reader.pk, "token": str(page.context["form"]["token"].value())}
    first, second = (at.post(reader_page(refund), given) for _ in range(2))
    assert (first.url, Attempt.objects.filter(refund=refund).count()) == (second.url, 1)


def test_reader_that_is_busy_is_said_and_nothing_is_lost(at, desk):
    refund = wanted(paid(desk))
    desk.waiting(desk.invoice(2000))
    answer = choose(at, refund, reader=desk.reader.pk)
    assert answer.status_code == 422
    assert "is busy" in text_of(answer)
    assert Refund.objects.get().state == "reserved"


def test_refund_is_no_payment_where_payments_are_shown(at, desk):
    refund, attempt = waiting(desk)
    payer = refund.payment.member
    panel = text_of(at.get(reverse("terminal:payer_panel", args=["member", payer.uuid])))
    assert "CA$145.00" in panel
    desk.cancel(attempt)
    desk.settle(attempt, 10)
    panel = text_of(at.get(reverse("terminal:payer_panel", args=["member", payer.uuid])))
    assert "Not given back" in panel
    for name in ("attempt_cash", "attempt_link"):
        answer = at.post(reverse(f"terminal:{name}", args=[attempt.uuid]))
        assert answer.url == reverse("terminal:attempt", args=[attempt.uuid])


def test_readers_pages_say_that_money_goes_back(stripe, clock, client, ada):
    desk = in_canada(stripe, clock, **TWO)
    client.force_login(ada)
    _refund, attempt = waiting(desk)
    pick = reverse("terminal:take_payment") + f"?invoice={desk.invoice(2000).uuid}"
    pages = {
        "so that the money goes back once": reverse("terminal:attempt_elsewhere", args=[attempt.uuid]),
        "giving money back": pick,
        "A refund of CA$145.00, started by": reverse("terminal:reader_reset", args=[attempt.reader_id]),
    }
    for said, url in pages.items():
        assert said in text_of(client.get(url))
    insert(desk)
    desk.settle(attempt)
    page = text_of(client.get(reverse("terminal:stripe_reader", args=[attempt.reader_id])))
    assert "CA$145.00 back" in page
    assert "Given back" in page
    there = client.get(reverse("terminal:attempt_receipt", args=[attempt.uuid]))
    assert there.url == reverse("terminal:attempt", args=[attempt.uuid])


def test_restored_backup_lists_what_a_reader_gave_back_meanwhile(at, desk):
    refund, attempt = waiting(desk)
    insert(desk)
    desk.clock.shift(2)
    declare(by=Actor.job("restored"), now=timezone.now())
    pass_time(desk, attempt, 6)
    assert attempt.state == "succeeded"
    page = at.get(reverse("portal:restored"))
    assert page.status_code == 200
    assert list(page.context["found"].refunds) == [refund]


def test_strangers_money_leads_to_the_reader_and_is_told_when_nobody_presents_the_card(at, desk):
    desk.dashboard("take_payment", "", amount=2500, currency="cad")
    compare(desk.config, now=timezone.now())
    StripeMoney.objects.filter(kind="charge").update(card_brand="interac", card_last4="1933")
    difference = Difference.objects.latest("pk")
    url = reverse("terminal:difference_refund", args=[difference.pk])
    answer = at.post(url, {"reason": "Not ours", "place": desk.location.pk})
    refund = Refund.objects.get()
    assert answer.url == reader_page(refund)
    attempt = begun(desk, refund)
    screen = text_of(at.get(reverse("terminal:attempt", args=[attempt.uuid])))
    assert "CA$25.00 back to Interac •••• 1933" in screen
    desk.cancel(attempt)
    pass_time(desk, attempt, 10)
    assert Refund.objects.get().state == "failed"
    assert Difference.objects.filter(closed_at=None, kind="refund_trouble").count() == 1
