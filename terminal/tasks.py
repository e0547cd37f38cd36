"""Work in the background: ids in, load, call a service. Every task may run twice, at once, or late."""

import structlog
from celery import shared_task
from django.utils import timezone

from flexspace.core.enqueue import enqueue
from flexspace.core.errors import DomainError
from flexspace.core.locks import only_one
from flexspace.core.restored import held
from terminal.event_handlers import due_events, process_event
from terminal.models import StripeConfig
from terminal.services import endpoint, stripe_receipts
from terminal.services.after_restore import compare_everything
from terminal.services.card_link_page import due_card_links, step_card_link
from terminal.services.card_sync import check_customer, customers_to_check
from terminal.services.catch_up import fetch_lost
from terminal.services.collect_due import collect_due
from terminal.services.compare import compare
from terminal.services.detach import detach, due_detaches
from terminal.services.dispute_seen import find_everywhere as find_disputes
from terminal.services.payouts import read_payouts
from terminal.services.purge import purge_bodies
from terminal.services.reader_screen import clear_carts
from terminal.services.readers import sync_account
from terminal.services.recheck import closed_to_recheck, recheck
from terminal.services.refund_step import due_refunds, step_refund
from terminal.services.step import advance, due_attempts
from terminal.stripe_client import StripeProblem
from terminal.wake import Watch

log = structlog.get_logger(__name__)
MANY_EVENTS = 1000  # that one look hands out; a larger backlog is the schedule's
MANY_CUSTOMERS = 200  # whose cards are looked at in one round
watch = Watch()


@shared_task
def advance_attempt(attempt_id: int) -> None:
    """Take an attempt's steps as long as one is due."""
    advance(attempt_id, now=timezone.now())


@shared_task
def step_due_attempts() -> None:
    """Every five seconds: hand every due attempt to a worker thread of its own."""
    for attempt_id in due_attempts(timezone.now()):
        enqueue(advance_attempt, attempt_id)


@shared_task
def advance_refund(refund_id: int) -> None:
    """Take a refund's step when one is due."""
    step_refund(refund_id, now=timezone.now())


@shared_task
def step_due_refunds() -> None:
    """Every five seconds: hand every due refund to a worker thread of its own."""
    for refund_id in due_refunds(timezone.now()):
        enqueue(advance_refund, refund_id)


@shared_task
def compare_books() -> None:
    """Compare every account's books with the ledger: what moved since the last time, once a day the last 30 days."""
    for config_id in StripeConfig.objects.order_by("pk").values_list("pk", flat=True):
        compare_account(config_id)


@shared_task
def compare_account(config_id: int, month: int = 0) -> None:
    """Compare one account's books; a second run at the same time has nothing to do."""
    with only_one(f"terminal.compare:{config_id}", seconds=600) as lease:
        config = StripeConfig.objects.filter(pk=config_id).first()
        if lease and config:
            compare(config, now=timezone.now(), month=bool(month), go_on=lease.renew)


@shared_task
def read_all_payouts() -> None:
    """Read the payouts of every account: what is new, and what was not final."""
    for config_id in StripeConfig.objects.order_by("pk").values_list("pk", flat=True):
        read_payouts_of(config_id)


@shared_task
def read_payouts_of(config_id: int) -> None:
    """Read one account's payouts; a second run at the same time has nothing to do."""
    with only_one(f"terminal.payouts:{config_id}", seconds=600) as lease:
        config = StripeConfig.objects.filter(pk=config_id).first()
        if lease and config:
            read_payouts(config, now=timezone.now(), go_on=lease.renew)


@shared_task
def fetch_lost_events(config_id: int = 0, whole: int = 0) -> None:
    """Fetch what Stripe could not deliver: since the last look, or (``whole``) of the 30 days that it keeps."""
    accounts = StripeConfig.objects.filter(pk=config_id) if config_id else StripeConfig.objects.order_by("pk")
    for config in accounts:
        with only_one(f"terminal.events:{config.pk}", seconds=600) as lease:
            if lease:
                fetch_lost(config, now=timezone.now(), whole=bool(whole), go_on=lease.renew)


@shared_task
def find_disputes_at_stripe() -> None:
    """Read the disputes of the last day at every account, once a day those of the last month and all open ones."""
    with only_one("terminal.disputes", seconds=600) as lease:
        if lease:
            find_disputes(now=timezone.now(), go_on=lease.renew)


@shared_task
def compare_after_restore() -> None:
    """While a restored database is not confirmed: compare it with Stripe. Otherwise one small query."""
    restore = held()
    if restore is None:
        return
    with only_one("terminal.after_restore", seconds=600) as lease:
        if lease:
            compare_everything(restore, now=timezone.now(), go_on=lease.renew)


@shared_task
def step_due_card_links() -> None:
    """Read the pages on which cards are added, should an event be lost, and close those of withdrawn links."""
    for link_id in due_card_links(timezone.now()):
        step_card_link(link_id, now=timezone.now())


@shared_task
def process_received_events() -> None:
    """Hand every received event to a worker thread of its own, and stay for those that come without a message."""
    handed: set[int] = set()

    def look() -> None:
        due = due_events(timezone.now(), limit=MANY_EVENTS)
        for event_pk in due:
            if event_pk not in handed:
                enqueue(process_webhook_event, event_pk)
        handed.clear()
        handed.update(due)  # until a thread takes it, it stays due; handed out twice it would be processed once

    watch.keep(look)


@shared_task
def process_webhook_event(event_pk: int) -> None:
    """Do what a stored event hints at."""
    process_event(event_pk, now=timezone.now())


@shared_task
def retry_webhook_events() -> None:
    """Process events that were not processed when they came."""
    for event_pk in due_events(timezone.now()):
        process_event(event_pk, now=timezone.now())


@shared_task
def sync_readers() -> None:
    """Read the readers of every account: state, software, what was added in the Dashboard."""
    with only_one("terminal.sync_readers", seconds=120) as lease:
        for config in StripeConfig.objects.all() if lease else ():
            try:
                sync_account(config, now=timezone.now())
            except (StripeProblem, DomainError) as problem:  # one account's trouble is not the next one's
                log.warning("readers.not_read", account=config.account_id, code=problem.code)
        if lease:
            clear_carts(timezone.now())


@shared_task
def end_previous_endpoints() -> None:
    """Delete the webhook endpoints that others took the place of."""
    with only_one("terminal.endpoints", seconds=300) as lease:
        if lease:
            endpoint.end_previous_endpoints(now=timezone.now())


@shared_task
def recheck_closed_attempts() -> None:
    """Read attempts of the last week that ended unpaid once more a day: late money is found and booked."""
    with only_one("terminal.recheck", seconds=600) as lease:
        for attempt_id in closed_to_recheck(timezone.now()) if lease else ():
            recheck(attempt_id, now=timezone.now())


@shared_task
def purge_webhook_bodies() -> None:
    """Empty the bodies of old events."""
    with only_one("terminal.purge", seconds=300) as lease:
        if lease:
            log.info("purge.terminal", webhook_bodies=purge_bodies(timezone.now(), lease))


@shared_task
def detach_card(card_id: int) -> None:
    """Let Stripe forget one removed card."""
    detach(card_id, now=timezone.now())


@shared_task
def detach_removed_cards() -> None:
    """Let Stripe forget every removed card that it still has."""
    for card_id in due_detaches(timezone.now()):
        detach(card_id, now=timezone.now())


@shared_task
def check_kept_cards() -> None:
    """Look at a part of the kept cards at Stripe, every one once a day: events about them may have been lost."""
    with only_one("terminal.check_kept_cards", seconds=600) as lease:
        for config, customer_id in customers_to_check(timezone.now(), limit=MANY_CUSTOMERS) if lease else ():
            if lease is None or not lease.renew():
                return
            check_customer(config, customer_id, now=timezone.now())


@shared_task
def let_stripe_mail_receipt(notice_id: int) -> None:
    """Let Stripe mail one receipt."""
    stripe_receipts.let_stripe_mail(notice_id, now=timezone.now())


@shared_task
def let_stripe_mail_receipts() -> None:
    """Every ten seconds: hand every receipt that Stripe is to mail to a worker thread of its own."""
    for notice_id in stripe_receipts.due_receipts(timezone.now()):
        enqueue(let_stripe_mail_receipt, notice_id)


@shared_task
def collect_due_invoices() -> None:
    """Charge the saved cards of what is due, wherever the day has begun."""
    with only_one("terminal.collect", seconds=300) as lease:
        if lease:
            collect_due(go_on=lease.renew)
