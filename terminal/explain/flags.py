"""What stands on Needs a look beside the frozen words of a flag: whose money it is, and what is still owed of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from billing.explain.disputes import what_to_do, why_disputed
from billing.explain.not_arrived import owed_words
from billing.models import Invoice, Payment, Refund
from billing.queries.balance import usable_rests
from billing.queries.still_owed import still_owed
from billing.queries.surplus import open_elsewhere, overpaid_with
from flexspace.core.money import Money
from terminal.enums import FlagKind
from terminal.models import AttemptFlag

NOT_ARRIVED = (FlagKind.REFUND_CAME_BACK, FlagKind.REFUND_FAILED)


@dataclass(frozen=True, slots=True)
class ToldFlag:
    """A flag as its page shows it.

    ``detail`` says what happened, ``owed`` what is owed by now of a refund that did not arrive ("" for all else).
    ``left`` is what of the payment paid no invoice, ``over`` what is too much on one; both only where another invoice
    is open.
    """

    flag: AttemptFlag
    invoices: list[Invoice]
    detail: str
    owed: str
    left: Money | None
    over: tuple[Invoice, Money] | None


def told_flags(flags: Sequence[AttemptFlag], *, now: datetime) -> list[ToldFlag]:
    """Return flags, with refunds' and disputes' invoices prefetched, for the page; a constant number of queries."""
    paid = [flag.attempt.payment_id for flag in flags if flag.attempt.payment_id]
    rests = usable_rests(Payment.objects.filter(pk__in=paid), most=len(paid))
    takes = open_elsewhere(rest.payment for rest in rests)
    left = {rest.payment.pk: rest.left for rest in rests if rest.payment.pk in takes}
    over = overpaid_with(paid)
    return [
        ToldFlag(
            flag, _invoices(flag), detail, owed,
            left.get(flag.attempt.payment_id or 0), over.get(flag.attempt.payment_id or 0),
        )
        for flag, detail, owed in flag_words(flags, now=now)
    ]  # fmt: skip


def flag_words(flags: Sequence[AttemptFlag], *, now: datetime) -> list[tuple[AttemptFlag, str, str]]:
    """Return each flag with what happened, and with what is still owed by now ("" where that is not the question).

    Refunds have their allocations' invoices prefetched; a constant number of queries.
    """
    owed = owed_lines((flag.refund, flag.kind) for flag in flags if flag.refund)
    return [(flag, _detail(flag, now), owed.get((flag.refund_id or 0, flag.kind), "")) for flag in flags]


def owed_lines(told: Iterable[tuple[Refund, str]]) -> dict[tuple[int, str], str]:
    """Return for refunds (their ids) and kinds of flags what is still owed, where the money did not arrive.

    Refunds come with payments, and with allocations and invoices. A constant number of queries.
    """
    pairs = list(told)
    back = {row.pk: row for row, kind in pairs if kind == FlagKind.REFUND_CAME_BACK}
    failed = [row for row, kind in pairs if kind == FlagKind.REFUND_FAILED and row.pk not in back]
    owed = {
        pk: owed_words(row) or "Nothing is owed any more: close it."
        for pk, row in still_owed(back.values(), failed).items()
    }
    return {(row.pk, kind): owed[row.pk] for row, kind in pairs if row.pk in owed and kind in NOT_ARRIVED}


def _invoices(flag: AttemptFlag) -> list[Invoice]:
    if flag.refund:
        return [part.invoice for part in flag.refund.allocations.all()]
    return [part.invoice for part in flag.dispute.payment.parts] if flag.dispute else []


def _detail(flag: AttemptFlag, now: datetime) -> str:
    """Return what happened; of a dispute as it stands now, because its deadline moves."""
    dispute = flag.dispute
    return f"{why_disputed(dispute)} {what_to_do(dispute, now)}".strip() if dispute else flag.detail
