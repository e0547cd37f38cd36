"""Our copy of Stripe's payouts: a row a payout, a row a movement of money that it holds, and what does not fit."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from terminal.enums import DifferenceKind, PayoutSection, PayoutStatus
from terminal.models import Difference, Payout, PayoutLine, StripeConfig
from terminal.services.differences import Found, note
from terminal.stripe_client.payout_calls import BalanceObject, PayoutObject

D, S = DifferenceKind, PayoutSection
CHANGES = ["amount", "status", "reconciled", "arrival_on", "failure_code", "failure_message", "trace_id", "read_at"]
MOVES = ["payout", "section", "type", "source_id", "amount", "fee", "net", "exchange_rate", "description", "round"]
SUMS = ["line_count", "gross", "back", "other", "fees", "lines_net"]


@transaction.atomic
def keep_payouts(config: StripeConfig, seen: Sequence[PayoutObject], *, now: datetime) -> list[Payout]:
    """Save payouts as Stripe showed them when it was asked, ``now``: the time before the call, not after it.

    What was read later already stays as it is. Opens or closes what is said of those the bank sent back. Locks the
    payouts in the order in which they were made.
    """
    if not seen:
        return []
    rows = [
        Payout(
            config=config, stripe_id=one.id, amount=one.amount, currency=one.currency, status=one.status,
            automatic=one.automatic, reconciled=one.reconciled, method=one.method[:20], arrival_on=one.arrival_on,
            created_at=one.created, failure_code=one.failure_code[:80], failure_message=one.failure_message[:300],
            statement_descriptor=one.statement_descriptor[:80], trace_id=one.trace_id[:80], read_at=now,
        )
        for one in sorted(seen, key=lambda one: (one.created, one.id))  # one order: two runs at once wait, not deadlock
    ]  # fmt: skip
    Payout.objects.bulk_create(rows, ignore_conflicts=True)
    ids = [row.stripe_id for row in rows]
    stored = Payout.objects.filter(config=config, stripe_id__in=ids).order_by("created_at", "stripe_id")
    kept = list(stored.select_for_update(no_key=True))
    _renew(config, kept, {row.stripe_id: row for row in rows})
    told = Difference.objects.filter(config=config, stripe_id__in=ids, kind=D.PAYOUT_FAILED)
    known = set(told.values_list("stripe_id", flat=True))
    for row in kept:
        failed = row.status == PayoutStatus.FAILED
        if failed or row.stripe_id in known:
            why = row.failure_message or row.failure_code or "Stripe gave no reason."
            found = Found(D.PAYOUT_FAILED, theirs=row.money, detail=why) if failed else None
            note(config, row.stripe_id, found, of=(D.PAYOUT_FAILED,), now=now)
    return kept


def _renew(config: StripeConfig, kept: Sequence[Payout], read: Mapping[str, Payout]) -> None:
    """Put what was read into the stored rows, but into none that was read later."""
    changed = []
    for row in kept:
        row.config, news = config, read[row.stripe_id]
        differs = any(getattr(row, name) != getattr(news, name) for name in CHANGES)
        if differs and row.read_at <= news.read_at:
            for name in CHANGES:
                setattr(row, name, getattr(news, name))
            changed.append(row)
    Payout.objects.bulk_update(changed, CHANGES)


@transaction.atomic
def keep_lines(payout: Payout, seen: Sequence[BalanceObject], *, more: bool, now: datetime) -> None:
    """Save a page of what a payout holds with the place to go on; after the last page the sums, and whether they fit.

    The payout's own row is among them at Stripe and is left out here. A first page begins a round; lines that no page
    of it had go after the last one. Where another run went on meanwhile, the page is dropped and ``payout`` is where
    that run is.
    """
    stored = Payout.objects.select_for_update().get(pk=payout.pk)
    if (stored.lines_after, stored.lines_complete) != (payout.lines_after, payout.lines_complete):
        payout.refresh_from_db(fields=["lines_after", "lines_complete", "lines_at", *SUMS])
        return
    payout.lines_round = stored.lines_round + (0 if stored.lines_after else 1)
    rows = [
        PayoutLine(
            config=payout.config, payout=payout, stripe_id=one.id, section=PayoutSection.of(one.type),
            type=one.type[:60], source_id=one.source_id[:80], amount=one.amount, fee=one.fee, net=one.net,
            currency=one.currency, exchange_rate=one.rate, description=one.note[:200], created_at=one.created,
            round=payout.lines_round,
        )
        for one in seen
        if (one.type, one.source_id) != ("payout", payout.stripe_id)
    ]  # fmt: skip
    PayoutLine.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["config", "stripe_id"], update_fields=MOVES
    )
    payout.lines_after = seen[-1].id if seen and more else ""
    if not payout.lines_after:
        payout.lines.exclude(round=payout.lines_round).delete()
        _add_up(payout)
        payout.lines_complete, payout.lines_at = True, now
        found = None if payout.adds_up else Found(D.PAYOUT_SUM, theirs=payout.money, ours=payout.lines_money)
        note(payout.config, payout.stripe_id, found, of=(D.PAYOUT_SUM,), now=now)
    payout.save(update_fields=["lines_after", "lines_complete", "lines_at", "lines_round", *SUMS])


def unfold_again(payout: Payout) -> None:
    """Have a payout's lines read from the first one; until then the old ones stay."""
    payout.lines_complete, payout.lines_after, payout.lines_at = False, "", None
    payout.save(update_fields=["lines_complete", "lines_after", "lines_at"])


def _add_up(payout: Payout) -> None:
    """Put the sums of the stored lines into the row, all in minor units."""
    parts = payout.lines.order_by().values_list("section")
    sums = {section: (amount, fee, net) for section, amount, fee, net in
            parts.annotate(a=Sum("amount"), f=Sum("fee"), n=Sum("net"))}  # fmt: skip
    payout.line_count = payout.lines.count()
    payout.gross, payout.back, payout.other = (sums.get(part, (0,))[0] for part in (S.PAYMENTS, S.REFUNDS, S.OTHER))
    kept = sum(fee for part, (_amount, fee, _net) in sums.items() if part != S.FEES)
    payout.fees = kept - sums.get(S.FEES, (0, 0, 0))[2]
    payout.lines_net = sum(net for _amount, _fee, net in sums.values())
