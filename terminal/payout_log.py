"""Reads of payouts: which somebody may see, and what of ours each line is: payment, payer, invoices, reader."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery
from django.urls import reverse

from billing.models import Allocation, CreditNote, Dispute, Payment, Refund, RefundAllocation
from flexspace.core.csv_file import moment
from flexspace.core.models import User
from flexspace.core.money import Money
from terminal.enums import UNBOOKED, MoneyKind, PayoutSection
from terminal.explain.payouts import CLOSED, ELSEWHERE, NOT_COMPARED, NOT_HERE, what_moved
from terminal.models import Comparison, Difference, LocationAccount, Payout, PayoutLine, StripeMoney
from terminal.queries import accounts_of

AT_ONCE = 500  # lines that are read at once for a file


@dataclass(frozen=True, slots=True)
class Paper:
    """An invoice or a credit note: its number, and where it is."""

    number: str
    url: str


@dataclass(frozen=True, slots=True)
class ToldLine:
    """A line with what of ours it belongs to; ``missing`` says in words why nothing is told.

    ``differs`` says which differences tell more of it, "open" or "closed". ``charged`` is what the customer paid when
    that was another currency. ``reference`` is our payment's, ``zone`` where it was made, or where the account's first
    location is.
    """

    line: PayoutLine
    what: str
    zone: str
    missing: str = ""
    differs: str = ""
    who: str = ""
    url: str = ""
    reference: str = ""
    papers: tuple[Paper, ...] = ()
    place: str = ""
    reader: str = ""
    charged: Money | None = None


def payouts_for(user: User) -> "QuerySet[Payout]":
    """Return the payouts of the accounts that the person's locations charge through."""
    rows = Payout.objects.filter(config__in=accounts_of(user)).select_related("config")
    return rows.prefetch_related("config__locations__location")


def payout_of_payment(payment: Payment) -> PayoutLine | None:
    """Return the line by which a payment was paid out, with its payout; None as long as it was not."""
    charges = StripeMoney.objects.filter(intent_id=payment.reference, kind=MoneyKind.CHARGE)
    found = list(charges.values_list("config", "stripe_id"))  # read first: each index is walked by what is known
    configs, sources = {config for config, _id in found}, {stripe_id for _config, stripe_id in found}
    lines = PayoutLine.objects.filter(config__in=configs, source_id__in=sources, section=PayoutSection.PAYMENTS)
    return lines.select_related("payout").first() if found else None


def told_lines(user: User, payout: Payout, lines: Sequence[PayoutLine]) -> list[ToldLine]:
    """Return what of ours each line is; the same few queries, however many lines."""
    return _Teller(user, payout, lines).told()


HEAD = (
    "Payout", "Arrives", "Part", "What", "At", "Amount", "Fee", "Net", "Currency", "Charged", "Charged in",
    "Exchange rate", "Payer", "Invoices and credit notes", "Location", "Reader", "Payment", "Stripe object",
    "Balance transaction", "Description", "Note",
)  # fmt: skip


def payout_table(user: User, payout: Payout) -> Iterator[tuple[object, ...]]:
    """Yield the lines of a payout as rows under HEAD; read in parts, so any number costs no memory."""
    done = (0, 0)
    while True:
        beyond = Q(section__gt=done[0]) | Q(section=done[0], pk__gt=done[1])
        lines = list(payout.lines.filter(beyond).order_by("section", "pk")[:AT_ONCE])
        yield from (_row(payout, told) for told in told_lines(user, payout, lines))
        if len(lines) < AT_ONCE:
            return
        done = (lines[-1].section, lines[-1].pk)


def _row(payout: Payout, told: ToldLine) -> tuple[object, ...]:
    line, charged = told.line, told.charged
    kept = told.missing in (ELSEWHERE, NOT_COMPARED)  # whose it is: a description names invoices of any location
    return (
        payout.stripe_id, payout.arrival_on, PayoutSection(line.section).label, told.what,
        moment(line.created_at, ZoneInfo(told.zone)),
        line.money.decimal(), line.fee_money.decimal(), line.net_money.decimal(), line.currency,
        charged.decimal() if charged else None, charged.currency if charged else None, line.rate, told.who,
        ", ".join(paper.number for paper in told.papers), told.place, told.reader, told.reference, line.source_id,
        line.stripe_id, "" if kept else line.description, told.missing,
    )  # fmt: skip


class _Teller:
    """What is known here of the sources of some lines, read once."""

    def __init__(self, user: User, payout: Payout, lines: Sequence[PayoutLine]) -> None:
        self.lines, self.sees = lines, None if user.sees_all_locations else set(user.location_ids)
        sources = {line.source_id for line in lines if line.source_id}
        self.payout = payout
        compared = Comparison.objects.filter(config=payout.config_id).values_list("charges_at", flat=True).first()
        self.compared: datetime | None = compared
        money = StripeMoney.objects.filter(config=payout.config_id, stripe_id__in=sources)
        self.money = {row.stripe_id: row for row in money}
        self.payments = _payments({row.intent_id for row in self.money.values()})
        self.closed = _closed(payout, {row.intent_id for row in self.money.values()} - set(self.payments))
        self.refunds = _refunds(sources)
        held = Dispute.objects.filter(reference__in=sources)
        self.disputes = {row.reference: row for row in held.select_related(*_of("payment")).prefetch_related(_PARTS)}
        places = LocationAccount.objects.filter(config=payout.config_id).order_by("pk")
        self.zone = places.values_list("location__time_zone", flat=True).first() or "UTC"
        others = Payout.objects.filter(config=payout.config_id, stripe_id__in=sources)
        self.payouts = {row.stripe_id: row for row in others}

    def told(self) -> list[ToldLine]:
        return [self._told(line) for line in self.lines]

    def _told(self, line: PayoutLine) -> ToldLine:
        what = what_moved(line.type, disputed=line.source_id in self.disputes)
        if line.source_id in self.payouts:
            payout = self.payouts[line.source_id]
            url = reverse("terminal:payout", args=[payout.pk])
            return ToldLine(line, what, self.zone, who=payout.stripe_id, url=url)
        seen = self.money.get(line.source_id)
        charged = seen.money if seen and seen.currency != line.currency else None
        refund, dispute = self.refunds.get(line.source_id), self.disputes.get(line.source_id)
        row = refund or dispute
        payment = row.payment if row else self.payments.get(seen.intent_id) if seen else None
        if payment is None:
            reason = self.closed.get(seen.intent_id) if seen else None
            missing = CLOSED.format(reason=reason) if reason else self._missing(line, known=seen is not None)
            differs = "closed" if reason else "open" if missing == NOT_HERE else ""
            return ToldLine(line, what, self.zone, missing, differs, charged=charged)
        if self.sees is not None and payment.location_id not in self.sees:
            return ToldLine(line, what, self.zone, missing=ELSEWHERE, charged=charged)
        payer = payment.member or payment.company
        return ToldLine(
            line=line,
            what=what,
            who=payer.name if payer else "Nobody yet",
            url=reverse("billing:payment_detail", args=[payment.uuid]),
            reference=payment.reference,
            papers=_papers(refund or payment),
            place=payment.location.name,
            zone=payment.location.time_zone,
            reader=payment.reader_label,
            charged=charged,
        )

    def _missing(self, line: PayoutLine, *, known: bool) -> str:
        if line.section == PayoutSection.FEES or not line.source_id:
            return ""
        late = self.compared is None or line.created_at > self.compared
        return NOT_COMPARED if late and not known else NOT_HERE


def _of(path: str) -> list[str]:
    return [f"{path}__member", f"{path}__company", f"{path}__location"]


_PARTS = Prefetch("payment__allocations", Allocation.objects.select_related("invoice").order_by("pk"))


def _payments(references: Collection[str]) -> dict[str, Payment]:
    parts = Prefetch("allocations", Allocation.objects.select_related("invoice").order_by("pk"))
    rows = Payment.objects.filter(reference__in=references).select_related("member", "company", "location")
    return {row.reference: row for row in rows.prefetch_related(parts)}


def _closed(payout: Payout, intents: Collection[str]) -> dict[str, str]:
    """Return by intent why a person closed a charge that is booked nowhere, so that its refunds are told too."""
    rows = Difference.objects.filter(config=payout.config_id, stripe_id=OuterRef("stripe_id"), kind__in=UNBOOKED)
    reason = Subquery(rows.filter(closed_by__isnull=False).values("close_reason")[:1])
    charges = StripeMoney.objects.filter(config=payout.config_id, kind=MoneyKind.CHARGE, intent_id__in=intents)
    return {intent: why for intent, why in charges.annotate(why=reason).values_list("intent_id", "why") if why}


def _refunds(references: Collection[str]) -> dict[str, Refund]:
    parts = Prefetch("allocations", RefundAllocation.objects.select_related("invoice"))
    notes = Prefetch("credit_notes", CreditNote.objects.order_by("pk"))
    rows = Refund.objects.filter(reference__in=references).select_related(*_of("payment"))
    return {str(row.reference): row for row in rows.prefetch_related(parts, notes)}


def _papers(row: Payment | Refund) -> tuple[Paper, ...]:
    """Return the invoices that a payment pays by now, or those a refund was taken from with their credit notes."""
    invoices = [part.invoice for part in (row.parts if isinstance(row, Payment) else row.allocations.all())]
    papers = [Paper(str(one), reverse("billing:invoice_detail", args=[one.uuid])) for one in invoices]
    if isinstance(row, Refund):
        notes = row.credit_notes.all()
        papers += [Paper(one.number, reverse("billing:credit_note_file", args=[one.uuid])) for one in notes]
    return tuple(papers)
