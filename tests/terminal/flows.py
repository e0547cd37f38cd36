"""The flows that move money or keep a card, each as a process runs it, for tests that let it die anywhere."""

from collections.abc import Callable
from contextlib import suppress

from django.utils import timezone

from billing.models import Refund
from billing.services.notices import due_notices
from billing.tasks import send_notice
from flexspace.core.errors import DomainError
from terminal.models import Attempt
from terminal.services.card_link_page import due_card_links, step_card_link
from terminal.services.detach import detach, due_detaches
from terminal.services.link_tokens import LinkKind, make_token
from terminal.services.pay_links import look, open_page
from tests.factories.members import make_member
from tests.terminal import saved
from tests.terminal.money_back import FAILS_LATER, listing, paid_by_card, to_card, work

Flow = Callable[[], None]
UNSURE = 20 * 60  # beyond which nobody waits for a sender who is gone
LAST = 90 * 60  # beyond every deadline, a page's of an hour included


def payer(desk):
    return make_member(desk.location, name="Anna Keller", email="anna@example.com")


def mails():
    """Send what is due, as the schedule does."""
    for pk in due_notices(timezone.now()):
        send_notice(pk)


def charge(desk) -> Flow:
    invoice = desk.invoice(member=payer(desk))

    def go():
        attempt = desk.start(invoice)
        desk.settle(attempt, 2)
        desk.tap()
        desk.settle(attempt, 4)
        mails()

    return go


def cancel(desk) -> Flow:
    invoice = desk.invoice()

    def go():
        attempt = desk.waiting(invoice)
        desk.cancel(attempt)
        desk.settle(attempt, 4)

    return go


def capture(desk) -> Flow:
    member = payer(desk)

    def go():
        attempt = desk.capture(member)
        desk.tap()
        desk.settle(attempt, 4)

    return go


def off_session(desk) -> Flow:
    saved.owing(desk)

    def go():
        saved.night(desk)
        desk.sweep(4)
        mails()

    return go


def pay_link(desk) -> Flow:
    invoice = desk.invoice(member=payer(desk))

    def go():
        token = make_token(LinkKind.PAY, invoice.uuid, at=timezone.now())
        open_page(token, now=timezone.now())
        for attempt in Attempt.objects.filter(kind="pay_link", state="created"):
            desk.control(f"sessions/{attempt.remote_id}/pay", {})
        look(token, now=timezone.now())
        mails()

    return go


def refund(desk) -> Flow:
    payment = paid_by_card(desk, desk.invoice(member=payer(desk)))

    def go():
        to_card(payment, 4500)
        work(desk, 10)
        mails()

    return go


def refund_that_fails(desk) -> Flow:
    payment = paid_by_card(desk, card=FAILS_LATER)

    def go():
        to_card(payment)
        work(desk, 5)
        desk.clock.shift(5)
        listing()

    return go


def webhook(desk) -> Flow:
    """Nothing polls here: events alone bring the payment and the refund somebody made in the Dashboard."""
    if not desk.config_now().webhook_secret:
        desk.listen()
    attempt = desk.waiting(desk.invoice(member=payer(desk)))

    def go():
        desk.tap()
        desk.deliver()
        desk.dashboard("refund", attempt.remote_id, amount=500)
        desk.deliver()

    return go


FLOWS = (charge, cancel, capture, off_session, pay_link, refund, refund_that_fails, webhook)


def sweep_until_quiet(desk):
    """Let a customer who is asked to tap, and otherwise the schedule alone bring everything to its end."""
    desk.wire.heal()
    if desk.screen()["state"] in ("amount", "save_card"):
        desk.tap()
    for seconds, every in ((30, 5.0), (150, 15.0), (LAST, 600.0)):
        desk.sweep(seconds, every=every)
        work(desk)
        with suppress(DomainError):
            saved.night(desk)
        desk.deliver()
        if not Attempt.objects.live().exists() and not any(row.is_live for row in Refund.objects.all()):
            break
    desk.sweep(120, every=15.0)
    work(desk, 120, every=15.0)
    listing()
    desk.deliver()
    for pk in due_detaches(timezone.now()):
        detach(pk, now=timezone.now())
    for pk in due_card_links(timezone.now()):
        step_card_link(pk, now=timezone.now())
    mails()
    desk.clock.shift(UNSURE)
    mails()
