"""A restored backup: nothing is sent to Stripe, what it knows is read and booked, and a manager ends it."""

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing.enums import PaymentMethod
from billing.models import Notice, Refund
from billing.services.payments import record_by_hand
from billing.services.refunds import ask_amount
from flexspace.core import restored
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.levels import Level
from flexspace.core.models import AuditEvent, Restore
from flexspace.core.money import Money
from flexspace.portal.health.looking import look_at_all
from flexspace.portal.restored import confirm, declare, found_since, still_missing
from terminal.models import Attempt, WebhookEvent
from terminal.services.collect_due import charge_now, collect_due
from terminal.services.pay_links import open_page, pay_url
from terminal.stripe_client import StripeGateway, StripeRefused
from terminal.tasks import compare_after_restore
from tests.factories.refunds import BOSS
from tests.terminal.desk import ADMIN
from tests.terminal.money_back import paid_by_card, to_card, work
from tests.terminal.saved import collection_of, in_doubt, owing, reserve

pytestmark = pytest.mark.django_db


def restore():
    """Declare that the database is a restored one."""
    return declare(by=Actor.job("restored"), now=timezone.now())[0]


def end(row, user, **more):
    facts = {"reason": "Looked", "seal": found_since(row).seal, "now": timezone.now(), **more}
    confirm(by=Actor.of(user), user=user, restore=row, **facts)


def writes(desk):
    """Return the calls that Stripe got which may change something."""
    return [call["path"] for call in desk.calls() if call["method"] != "GET"]


def test_gateway_refuses_every_writing_call_and_reads(desk):
    attempt = desk.waiting()
    row, sent = restore(), len(writes(desk))
    gateway = StripeGateway.of(desk.config)
    for call in (
        lambda: gateway.cancel_intent(attempt.remote_id, key="k", timeout=5),
        lambda: gateway.refund(key="k", intent=attempt.remote_id, amount=1, metadata={}, timeout=5),
        lambda: gateway.cancel_action(desk.reader.stripe_id, timeout=5),
        lambda: gateway.create_customer(key="k", metadata={}, timeout=5),
    ):
        with pytest.raises(StripeRefused) as said:
            call()
        assert (said.value.code, said.value.permanent) == ("restored", False)
    assert gateway.intent(attempt.remote_id).id == attempt.remote_id
    assert len(writes(desk)) == sent
    assert row.held


def test_people_and_schedule_move_no_money(desk, mia):
    payment, due = paid_by_card(desk), owing(desk)
    invoice = desk.invoice()
    restore()
    sent = len(writes(desk))
    euro, now = Money(100, "EUR"), timezone.now()
    cash = {"method": PaymentMethod.CASH, "reason": "Cash", "received_at": now, "now": now}
    for deed in (
        lambda: desk.start(invoice),
        lambda: charge_now(by=ADMIN, invoice=due, now=now),
        lambda: ask_amount(by=ADMIN, asker=BOSS, payment=payment, amount=euro, reason="No", outcome="credit", now=now),
        lambda: record_by_hand(by=ADMIN, invoices=[invoice], amount=euro, **cash),
        lambda: desk.invoice(4500),  # which issues one
    ):
        with pytest.raises(Conflict) as said:
            deed()
        assert said.value.message == restored.SENTENCE
    assert collect_due().charged == 0
    assert open_page(pay_url(invoice, now=now).rstrip("/").rsplit("/", 1)[-1], now=now).page == "not_opened"
    assert (len(writes(desk)), Refund.objects.count(), collection_of(due).state) == (sent, 0, "scheduled")


def test_what_waited_on_a_reader_is_booked_by_reading_and_nothing_is_cancelled(desk):
    paid, left = desk.waiting(), None
    desk.tap()
    row = restore()
    sent = len(writes(desk))
    desk.sweep(10)
    paid.refresh_from_db()
    assert (paid.state, found_since(row).booked) == ("succeeded", [paid])
    assert not Notice.objects.filter(kind="receipt").exists()
    left = Attempt.objects.create(
        **{name: getattr(paid, name) for name in ("config", "location", "currency", "livemode", "reader")},
        actor_label="Ben", amount=100, deadline_at=timezone.now(), next_check_at=timezone.now(),
    )  # fmt: skip
    desk.sweep(300, every=20)
    left.refresh_from_db()
    assert (left.state, len(writes(desk))) == ("reserved", sent)


def test_a_saved_card_charge_that_the_backup_had_not_sent_is_looked_for_and_not_sent_again(desk):
    invoice = owing(desk)
    attempt = in_doubt(desk, invoice)
    Attempt.objects.filter(pk=attempt.pk).update(
        sent_at=None, unanswered=0, dispatch_seq=0, next_check_at=timezone.now()
    )
    restore()
    desk.settle(attempt, 20)
    assert (attempt.state, desk.received()) == ("succeeded", 14500)


def test_one_that_was_never_sent_ends_unpaid_after_ten_minutes(desk):
    attempt = reserve(owing(desk))
    restore()
    desk.sweep_coarsely(attempt, 800)
    assert (attempt.state, attempt.last_code, desk.received()) == ("failed", "absent_at_stripe", 0)


def test_a_refund_that_the_backup_had_not_sent_is_found_and_not_sent_again(desk):
    refund = to_card(paid_by_card(desk))
    desk.fault("answer_lost", "POST /v1/refunds")
    work(desk, 1)
    Refund.objects.filter(pk=refund.pk).update(
        state="reserved", sent_at=None, unanswered=0, calls=0, last_call_at=None, next_check_at=timezone.now()
    )
    restore()
    sent = len(writes(desk))
    work(desk, 10)
    refund.refresh_from_db()
    assert (refund.state, len(writes(desk))) == ("succeeded", sent)


def test_confirming_waits_for_the_comparison_and_names_money_nobody_knows(desk, mia):
    invoice = owing(desk)
    tags = {"metadata[installation]": settings.INSTALLATION, "metadata[invoices]": invoice.number}
    made = desk.api("payment_intents", {"amount": 14500, "currency": "eur", **tags})  # after the backup was made
    desk.dashboard("pay_intent", made["id"])
    row = restore()
    assert len(still_missing(row, timezone.now())) == 1
    with pytest.raises(DomainError, match="Not everything"):
        end(row, mia)
    desk.fault("error_before", "GET /v1/payment_intents", times=10)
    compare_after_restore()
    assert len(still_missing(row, timezone.now())) == 1
    desk.control(f"accounts/{desk.key}/faults", method="DELETE")
    seal = found_since(row).seal
    compare_after_restore()
    assert still_missing(row, timezone.now()) == []
    row.refresh_from_db()
    [unknown] = found_since(row).unknown
    assert (unknown.id, unknown.money, unknown.ours, unknown.invoices) == (
        made["id"], Money(14500, "EUR"), True, invoice.number,
    )  # fmt: skip
    with pytest.raises(Conflict, match="Something was found"):
        end(row, mia, seal=seal)
    desk.clock.shift(16 * 60)  # an old payment page may have been paid meanwhile
    assert len(still_missing(row, timezone.now())) == 1
    compare_after_restore()
    end(row, mia)
    with pytest.raises(Conflict):
        end(row, mia)
    assert restored.held() is None
    assert list(AuditEvent.objects.filter(action__startswith="core.restore").values_list("action", flat=True)) == [
        "core.restore.confirmed", "core.restore.declared",
    ]  # fmt: skip
    desk.waiting()


def test_an_invoice_that_unknown_money_paid_is_collected_by_nobody_but_a_person(desk, mia):
    invoice = owing(desk)
    row = restore()
    fact = {"id": "pi_1", "amount": 14500, "currency": "EUR", "created": timezone.now().isoformat(),
            "installation": "x", "invoices": f"{invoice.number}, HFN-9"}  # fmt: skip
    restored.note_found(row.pk, "stripe", str(desk.config.pk), {"at": timezone.now().isoformat(), "unknown": [fact]})
    row.refresh_from_db()
    end(row, mia)
    assert collection_of(invoice).state == "stopped"
    assert collect_due().charged == 0


def test_command_holds_mails_back_once_and_receipts_of_old_payments_are_not_mailed(desk, capsys, mia):
    owing(desk, mailed=False)
    assert Notice.objects.filter(state="queued").exists()
    for _ in range(2):
        call_command("restored", by="Ada")
    said = capsys.readouterr().out
    assert "1 mails are held back" in said
    assert "Declared already" in said
    assert set(Notice.objects.values_list("state", flat=True)) == {"failed"}
    assert Restore.objects.count() == 1


def test_webhooks_are_stored_and_read(desk):
    desk.listen()
    attempt = desk.waiting()
    desk.tap()
    restore()
    desk.deliver()
    attempt.refresh_from_db()
    assert (attempt.state, WebhookEvent.objects.filter(state="received").count()) == ("succeeded", 0)


def test_pages_say_so_and_only_managers_confirm(desk, mia, ben):
    row, page = restore(), reverse("portal:restored")
    at = {}
    for user in (mia, ben):
        at[user] = Client()
        at[user].force_login(user)
        assert "A backup was restored" in at[user].get(reverse("portal:home")).content.decode()
    assert at[ben].get(page).status_code == 403
    before = at[mia].get(page).content.decode()
    assert "were not compared lately" in before
    assert "agrees with Stripe." not in before
    [check] = [one for one in look_at_all(timezone.now()) if one.name == "restored"]
    assert check.level is Level.RED
    compare_after_restore()
    assert "Let money and doors move again" in at[mia].get(page).content.decode()
    sent = {"reason": "Looked at all of it", "seal": found_since(Restore.objects.get()).seal}
    assert at[ben].post(reverse("portal:restored_confirm"), sent).status_code == 403
    at[mia].post(reverse("portal:restored_confirm"), sent)
    row.refresh_from_db()
    assert (row.held, row.confirmed_by) == (False, mia)
    assert "A backup was restored" not in at[mia].get(reverse("portal:home")).content.decode()
    assert "Confirmed" in at[mia].get(page).content.decode()
