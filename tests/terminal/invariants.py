"""What holds at rest, whatever happened: our rows against the sandbox's books. Numbers are those of docs/proofs.md."""

from collections import Counter

from django.core import mail
from django.db.models import Sum
from django.utils import timezone

from billing.enums import BY_CARD, REFUND_BACK, RefundState
from billing.models import Allocation, CreditNote, Invoice, Notice, Payment, Refund, RefundAllocation
from flexspace.core.models import AuditEvent
from terminal.enums import FINAL
from terminal.event_handlers import process_event
from terminal.models import Attempt, AttemptAllocation, WebhookEvent

OPEN = ("requires_payment_method", "requires_confirmation", "requires_action", "processing", "requires_capture")


def total(rows, what="amount"):
    return rows.aggregate(sum=Sum(what))["sum"] or 0


def intents(desk):
    return {one["id"]: one for one in desk.books()}


def money_is_conserved(desk):
    """I1: every invoice is the sum of its rows, and all rows together are Stripe's money to the cent."""
    for row in Invoice.objects.exclude(state="draft"):
        came = total(Allocation.objects.filter(invoice=row))
        went = total(RefundAllocation.objects.filter(invoice=row, refund__state=RefundState.SUCCEEDED))
        credited = total(CreditNote.objects.filter(invoice=row))
        assert (row.paid_amount, row.credited_amount) == (came - went, credited), row
        owed = max(0, row.total_amount - row.paid_amount - row.credited_amount - row.held_amount)
        assert row.open_amount == (owed if row.state == "issued" else 0), row
        assert row.surplus.amount == max(0, row.paid_amount + row.credited_amount - row.total_amount), row


def nothing_is_paid_with_more_than_came(desk):
    """I1, after moves too: a payment pays no invoice less than nothing, and all of them no more than it is."""
    for payment in Payment.objects.all():
        sums = Counter()
        for invoice, amount in payment.allocations.values_list("invoice_id", "amount"):
            sums[invoice] += amount
        assert min([*sums.values(), 0]) == 0, payment
        assert sum(sums.values()) <= payment.amount, payment


def books_are_equal(desk):
    """I1 and I7, at rest: what came by card less what went back to cards, here and there."""
    ours = total(Payment.objects.filter(method__in=BY_CARD))
    back = total(Refund.objects.filter(method="card", state=RefundState.SUCCEEDED))
    books = desk.books()
    assert ours == sum(one["amount_received"] for one in books)
    assert back == sum(one["amount_refunded"] for one in books)


def one_of_each_at_a_time(desk):
    """I2: one live attempt an invoice, one lease a reader, one intent an invoice that a card could still pay."""
    live = Counter(AttemptAllocation.objects.filter(live=True).values_list("invoice_id", flat=True))
    leases = Counter(Attempt.objects.filter(holds_reader=True).values_list("reader_id", flat=True))
    captures = Counter(Attempt.objects.live().filter(kind="card_capture").values_list("member_id", flat=True))
    assert max([*live.values(), *leases.values(), *captures.values(), 0]) <= 1
    calls = desk.calls("process_payment_intent")
    shown = {call["params"]["payment_intent"] for call in calls if call.get("params")}
    payable = {key for key, one in intents(desk).items() if one["status"] in OPEN and (one["customer"] or key in shown)}
    rows = AttemptAllocation.objects.filter(attempt__remote_id__in=payable)
    assert max([*Counter(rows.values_list("invoice_id", flat=True)).values(), 0]) <= 1


def nobody_is_charged_twice(desk):
    """I3: an intent has one paid charge, and an invoice one paid intent."""
    of = dict(Attempt.objects.filter(allocations__isnull=False).values_list("uuid", "allocations__invoice_id"))
    of = {str(uuid): invoice for uuid, invoice in of.items()}
    paid = [one for one in desk.books() if one["paid_charges"]]
    assert all(len(one["paid_charges"]) == 1 for one in paid)
    invoices = Counter(of[one["metadata"]["attempt"]] for one in paid if "attempt" in one["metadata"])
    assert max([*invoices.values(), 0]) <= 1


def logs_only_go_on(desk):
    """I4: final states stay, but for money that came late; versions count up by one and the last is the row's."""
    for row in [*Attempt.objects.all(), *Refund.objects.all()]:
        log = list(row.transitions.order_by("version").values_list("version", "from_state", "to_state"))
        assert [line[0] for line in log] == list(range(1, row.version + 1)), row
        assert [line[1] for line in log] == ["", *(line[2] for line in log[:-1])], row
        assert log[-1][2] == row.state, row
        if isinstance(row, Attempt):
            left = {(one, to) for _, one, to in log if one in FINAL and one != to}
            assert left <= {("canceled", "succeeded"), ("failed", "succeeded")}, row


def keys_name_one_body(desk):
    """I5: every POST that moves something has a key, and a key has one body for ever."""
    bodies: dict[str, set[str]] = {}
    for call in desk.calls():
        if call["idempotency_key"] and "params" in call:
            bodies.setdefault(call["idempotency_key"], set()).add(f"{call['path']} {call['params']}")
    assert {key: body for key, body in bodies.items() if len(body) > 1} == {}


def claims_have_evidence(desk):
    """I6: a payment by card is a succeeded intent, in its amount and currency, at every moment."""
    books = intents(desk)
    for payment in Payment.objects.filter(method__in=BY_CARD):
        one = books[payment.reference]
        said = (one["status"], one["amount_received"], one["currency"].upper())
        assert said == ("succeeded", payment.amount, payment.currency)


def no_more_goes_back_than_came(desk):
    """I8, here before each call and there after it. Refunds in the Dashboard are evidence, and count on both sides."""
    for payment in Payment.objects.all():
        here = Refund.objects.filter(payment=payment).exclude(state__in=REFUND_BACK)
        assert total(here.filter(origin="here")) <= payment.amount, payment
        ids = [reference for reference in here.values_list("reference", flat=True) if reference]
        assert len(ids) == len(set(ids))
    assert all(one["amount_refunded"] <= one["amount_received"] for one in desk.books())


def changes_are_audited_once(desk):
    """I13, without the chain: one row for each change of the state of an attempt or a refund."""
    for row, name in [*((a, "terminal.attempt.") for a in Attempt.objects.all()),
                      *((r, "billing.refund.") for r in Refund.objects.all())]:  # fmt: skip
        moved = [to for one, to in row.transitions.order_by("version").values_list("from_state", "to_state")
                 if one and one != to]  # fmt: skip
        about = AuditEvent.objects.filter(
            action__startswith=name, subjects__kind=row._meta.label_lower, subjects__subject_id=row.pk
        )
        told = [action.removeprefix(name) for action in about.order_by("pk").values_list("action", flat=True)]
        assert [one for one in told if one in {str(state) for state in moved}] == moved, (row, told)


def effects_are_single(desk, *, at_rest=False):
    """I20: one receipt a payment, mailed once. At rest it was sent, or people were told that nobody knows."""
    receipts = Counter(Notice.objects.filter(kind="receipt").values_list("payment_id", flat=True))
    mailed = Counter(name for message in mail.outbox for name, *_rest in message.attachments if "receipt" in name)
    assert max([*receipts.values(), *mailed.values(), 0]) <= 1
    if at_rest:
        assert not Notice.objects.filter(kind="receipt").exclude(state__in=["sent", "failed"]).exists()
        mailed = Payment.objects.filter(member__email__gt="", method__in=BY_CARD)
        assert set(mailed.values_list("pk", flat=True)) <= set(receipts)


def nothing_is_left_hanging(desk):
    """I21, at rest."""
    assert [(row.kind, row.state, row.last_code) for row in Attempt.objects.live()] == []
    assert [(row.state, row.failure_code) for row in Refund.objects.all() if row.is_live] == []
    assert not Attempt.objects.filter(holds_reader=True).exists()


ALWAYS = (money_is_conserved, nothing_is_paid_with_more_than_came, one_of_each_at_a_time, nobody_is_charged_twice,
          logs_only_go_on, keys_name_one_body, claims_have_evidence, no_more_goes_back_than_came,
          changes_are_audited_once, effects_are_single)  # fmt: skip
AT_REST = (books_are_equal, nothing_is_left_hanging)


def picture():
    """Return what events may not change once everything is at rest (I14)."""
    return (
        sorted(Attempt.objects.values_list("pk", "state", "version")),
        sorted(Refund.objects.values_list("pk", "state", "version")),
        sorted(Invoice.objects.values_list("pk", "open_amount", "paid_amount", "credited_amount", "held_amount")),
        Payment.objects.count(),
        Notice.objects.count(),
    )


def process_all_again(since=None):
    """Let every event that came (since then) be new, the last first."""
    rows = WebhookEvent.objects.filter(received_at__gte=since) if since else WebhookEvent.objects.all()
    rows.update(state="received", next_try_at=timezone.now())
    for pk in rows.order_by("-pk").values_list("pk", flat=True):
        process_event(pk, now=timezone.now())


def all_hold(desk, *, but=()):
    """Check everything that holds at every moment."""
    for invariant in ALWAYS:
        if invariant not in but:
            invariant(desk)


def all_hold_at_rest(desk, since=None, *, but=()):
    """Check everything, and that no event (of those since then) that comes again changes anything: I14."""
    all_hold(desk, but=but)
    for invariant in AT_REST:
        invariant(desk)
    effects_are_single(desk, at_rest=True)
    before = picture()
    process_all_again(since)
    assert picture() == before
