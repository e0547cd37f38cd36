"""What customers are still owed of refunds that did not reach them."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from billing.enums import CANCELED_HERE, REFUND_BACK, REFUND_LIVE, RefundState
from billing.explain.not_arrived import Owed
from billing.models import Allocation, Refund, RefundTransition
from billing.queries.disputes import held_by_banks
from billing.queries.refunds import refundables, surplus_of
from billing.queries.surplus import Over, over_on
from flexspace.core.money import Money

LOOSE = 0  # beside ids of invoices: what paid no invoice


@dataclass(slots=True)
class _Given:
    """What went, or is going, from one payment's part after a refund had failed; ``left`` is counted for none yet."""

    pk: int  # the refund's; 0: it pays another invoice by now
    at: datetime
    left: int
    live: bool


def still_owed(came_back: Collection[Refund], failed: Collection[Refund] = ()) -> dict[int, Owed]:
    """Return by their ids what the payers are owed of refunds (with payments, and allocations with invoices).

    ``came_back`` had gone through: what is over on an invoice is the measure, it is there no more once it was given
    another way, or pays another invoice. ``failed`` never went, so nothing need be over: it is owed until as much went
    back of the same payment, or pays another invoice. No two of an invoice count the same money, the first comes
    first. A constant number of queries.
    """
    invoices = {part.invoice_id: part.invoice for row in (*came_back, *failed) for part in row.allocations.all()}
    over = over_on(invoices.values())
    sums = {
        "here": Counter({pk: one.free for pk, one in over.items()}),
        "going": Counter({pk: surplus_of(invoices[pk]) - one.amount for pk, one in over.items()}),
        "held": Counter({pk: one.amount - one.free for pk, one in over.items()}),
    }
    left = refundables({row.payment for row in (*came_back, *failed)})
    loose = Counter({pk: one.loose for pk, one in left.items()})
    found = {row.pk: _came_back(row, sums, loose) for row in came_back}
    if failed:
        room = {(pk, invoice): part for pk, one in left.items() for invoice, part in one.parts.items()}
        room |= {(pk, LOOSE): part for pk, part in loose.items()}
        more = _Failed(sums, over, room, _given({row.payment_id for row in failed}), _held(failed))
        found |= {row.pk: more.owed(row) for row in sorted(failed, key=lambda row: row.pk)}
    return found


def owed_now(refunds: Collection[Refund]) -> dict[int, Owed]:
    """Return ``still_owed`` for those of ``refunds`` that failed or came back; a constant number of queries.

    What staff cancelled nobody waits for, so it is left out.
    """
    back = [row for row in refunds if row.state in REFUND_BACK and row.failure_code != CANCELED_HERE]
    rows = sorted(back, key=lambda row: row.pk)
    if not rows:
        return {}
    turned = RefundTransition.objects.filter(refund__in=rows, from_state=RefundState.SUCCEEDED)
    had_gone = set(turned.exclude(to_state=RefundState.SUCCEEDED).values_list("refund_id", flat=True))
    return still_owed([row for row in rows if row.pk in had_gone], [row for row in rows if row.pk not in had_gone])


def _take(sums: dict[str, "Counter[int]"], invoice: int, most: int) -> "Counter[str]":
    """Take up to ``most`` off the invoice's sums, and return how much of each."""
    taken = Counter[str]()
    for name, of in sums.items():
        part = max(0, min(most, of[invoice]))
        of[invoice] -= part
        taken[name] += part
        most -= part
    return taken


def _came_back(refund: Refund, sums: dict[str, "Counter[int]"], loose: "Counter[int]") -> Owed:
    """Return what is owed of one that came back, and take that off the sums of its invoices and of its payment."""
    taken, named = Counter[str](), 0
    for part in refund.allocations.all():
        taken += _take(sums, part.invoice_id, part.amount)
        named += part.amount
    unnamed = max(0, min(refund.amount - named, loose[refund.payment_id]))
    loose[refund.payment_id] -= unnamed
    taken["here"] += unnamed
    return _owed(refund, taken)


def _owed(refund: Refund, taken: "Counter[str]") -> Owed:
    return Owed(*(Money(taken[name], refund.currency) for name in ("here", "going", "held")))


@dataclass(slots=True)
class _Failed:
    """What is there for refunds that failed, less what was counted for one: by invoice, or by payment and invoice."""

    sums: dict[str, "Counter[int]"]
    over: dict[int, Over]
    room: dict[tuple[int, int], int]
    given: dict[tuple[int, int], list[_Given]]
    held: "Counter[int]"

    def owed(self, refund: Refund) -> Owed:
        """Return what is owed of one; nothing once it went through after all."""
        taken, named = Counter[str](), 0
        if refund.state not in REFUND_BACK:
            return _owed(refund, taken)
        for part in refund.allocations.all():
            taken += self._of(refund, part.invoice_id, part.amount)
            named += part.amount
        if refund.amount > named:
            taken += self._of(refund, LOOSE, refund.amount - named)
        return _owed(refund, taken)

    def _of(self, refund: Refund, invoice: int, amount: int) -> "Counter[str]":
        """Return what is owed of one part: what is over comes first, as it would have gone back first."""
        one = self.over.get(invoice)
        taken = _take(self.sums, invoice, amount)
        rest = amount - max(0, one.amount if one else 0)  # what is over is counted, for this one or for another
        gone, going = self._given_since(refund, invoice, rest)
        taken["going"] = max(taken["going"], going)
        rest = max(0, min(rest - gone - going, self.room.get((refund.payment_id, invoice), 0)))
        self.room[refund.payment_id, invoice] = self.room.get((refund.payment_id, invoice), 0) - rest
        bank = min(rest, self.held[refund.payment_id])
        self.held[refund.payment_id] -= bank
        taken["held"] += bank
        taken["here"] += rest - bank
        return taken

    def _given_since(self, refund: Refund, invoice: int, most: int) -> tuple[int, int]:
        """Return how much of ``most`` went from that part since it failed, and how much is on its way."""
        since, found = refund.finished_at or refund.asked_at, Counter[bool]()
        for one in self.given.get((refund.payment_id, invoice), []):
            if one.at >= since and (not one.pk or one.pk > refund.pk):
                part = max(0, min(most - found.total(), one.left))
                one.left -= part
                found[one.live] += part
        return found[False], found[True]


def _held(refunds: Collection[Refund]) -> "Counter[int]":
    return Counter(held_by_banks({row.payment_id for row in refunds}))


def _given(payments: Collection[int]) -> dict[tuple[int, int], list[_Given]]:
    """Return by payment and invoice what went back of ``payments``, or pays another invoice; three queries."""
    found: dict[tuple[int, int], list[_Given]] = {}
    for row in Refund.objects.filter(payment__in=payments).kept().order_by("pk").prefetch_related("allocations"):
        parts = {part.invoice_id: part.amount for part in row.allocations.all()}
        for invoice, amount in {**parts, LOOSE: row.amount - sum(parts.values())}.items():
            one = _Given(row.pk, row.asked_at, amount, row.state in REFUND_LIVE)
            found.setdefault((row.payment_id, invoice), []).append(one)
    moved = Allocation.objects.filter(payment__in=payments, amount__lt=0, moved_at__isnull=False)
    for payment, invoice, amount, at in moved.order_by("pk").values_list(
        "payment_id", "invoice_id", -F("amount"), "moved_at"
    ):
        found.setdefault((payment, invoice), []).append(_Given(0, at, amount, live=False))
    return found
