"""Many customers, desks and clocks on one link at the same moment, on PostgreSQL."""

import pytest
from django.utils import timezone

from billing.enums import ConsentPurpose
from billing.models import Consent, Payment, SavedCard
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict
from terminal.models import Attempt, AttemptAllocation, StripeCustomer
from terminal.services.card_link_page import check_card_link
from terminal.services.card_links import look as look_at_card_page
from terminal.services.card_links import make_card_link, withdraw_card_link
from terminal.services.card_links import open_page as open_card_page
from terminal.services.link_tokens import LinkKind, make_token
from terminal.services.pay_links import look, open_page
from terminal.services.step import advance
from tests.factories.members import make_member
from tests.races import at_once, guard

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def invoice(desk):
    return desk.invoice(14500)


def token_of(invoice):
    return make_token(LinkKind.PAY, invoice.uuid, at=timezone.now())


def sessions(desk):
    return desk.api("checkout/sessions", method="GET")["data"]


def test_twenty_presses_open_one_page(desk, invoice):
    token, now = token_of(invoice), timezone.now()
    results = at_once(lambda _number: open_page(token, now=now))
    pages = {link.page for link in results}
    assert pages <= {"open", "opening", "checking"}
    assert (len(sessions(desk)), Attempt.objects.count()) == (1, 1)
    assert {link.url for link in results if link.url} == {sessions(desk)[0]["url"]}


def test_twenty_presses_without_the_guard_are_still_one_page_by_the_lock(desk, invoice):
    """The invoice's lock comes before the constraint: each alone is enough."""
    token, now = token_of(invoice), timezone.now()
    with guard(AttemptAllocation, "one_live_attempt_per_invoice", on=False):
        at_once(lambda _number: open_page(token, now=now))
        assert len(sessions(desk)) == 1


def test_link_and_reader_at_once_are_one_payment(desk, invoice):
    token, now = token_of(invoice), timezone.now()

    def deed(number):
        if number % 2:
            return open_page(token, now=now)
        try:
            return desk.start(invoice, by=Actor.job(f"desk {number}"))
        except Conflict as error:
            return error.code

    at_once(deed)
    live = Attempt.objects.live()
    assert live.count() == 1
    winner = live.get()
    if winner.kind == "pay_link":
        desk.control(f"sessions/{winner.remote_id}/pay", {})
    else:
        desk.settle(winner, 4)
        desk.tap()
    assert desk.settle(winner, 30).state == "succeeded"
    assert (desk.received(), Payment.objects.count()) == (14500, 1)


def test_customers_schedule_and_desk_read_one_paid_page_and_book_once(desk, invoice):
    token, now = token_of(invoice), timezone.now()
    open_page(token, now=now)
    attempt = Attempt.objects.get()
    desk.control(f"sessions/{attempt.remote_id}/pay", {})

    def deed(number):
        if number % 3 == 0:
            return look(token, now=now).page
        if number % 3 == 1:
            return advance(attempt.pk, now=timezone.now())
        try:
            return desk.cancel(attempt)
        except Conflict as error:
            return error.code

    results = at_once(deed)
    assert [row for row in results if isinstance(row, Exception)] == []
    assert desk.settle(attempt, 10).state == "succeeded"
    assert (desk.received(), Payment.objects.count()) == (14500, 1)


def test_payment_and_cancel_at_once_end_either_way_but_never_both(desk, invoice):
    token, now = token_of(invoice), timezone.now()
    open_page(token, now=now)
    attempt = Attempt.objects.get()

    def deed(number):
        if number == 0:
            return desk.control(f"sessions/{attempt.remote_id}/pay", {})["said"]
        if number == 1:
            try:
                return desk.cancel(attempt)
            except Conflict as error:
                return error.code
        return advance(attempt.pk, now=timezone.now())

    at_once(deed)
    desk.settle(attempt, 30)
    paid = desk.received()
    assert (attempt.state, paid) in {("succeeded", 14500), ("canceled", 0), ("created", 0)}
    assert Payment.objects.count() == (paid > 0)


def test_twenty_agreements_are_one_consent_one_page_and_one_card(desk, hafen):
    link = make_card_link(
        by=Actor.job("test"), payer=make_member(hafen), location=hafen, purpose=ConsentPurpose.DUES, now=timezone.now()
    )
    token, now = make_token(LinkKind.CARD, link.uuid, at=link.created_at), timezone.now()
    results = at_once(lambda _number: open_card_page(token, version="dues-2", language="en", now=now))
    assert {visit.page for visit in results} <= {"open", "checking"}
    assert (len(sessions(desk)), Consent.objects.count(), StripeCustomer.objects.count()) == (1, 1, 1)
    link.refresh_from_db()
    desk.control(f"sessions/{link.session_id}/pay", {})

    def deed(number):
        if number % 3 == 0:
            return look_at_card_page(token, now=now).page
        if number % 3 == 1:
            return withdraw_card_link(by=Actor.job("test"), link=link, now=now)
        return check_card_link(link.pk, now=now)

    assert [row for row in at_once(deed) if isinstance(row, Exception)] == []
    check_card_link(link.pk, now=now)
    link.refresh_from_db()
    assert (link.state, SavedCard.objects.count()) == ("done", 1)
