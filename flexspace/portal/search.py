"""One search box: people, companies, invoices, amounts, the last four digits of a card."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q
from django.urls import reverse

from billing.models import Invoice, Payment
from billing.queries import PayerKey, find_invoices, owed
from flexspace.core.models import User
from flexspace.core.money import Money, MoneyError
from members.models import Company, Member
from members.queries import search as find_people

LIMIT = 8
CARD_DAYS = 120  # a card's last digits are looked for among the payments of these days
MAX_TEXT = 100


@dataclass(frozen=True, slots=True)
class Hit:
    """A person or company with what they owe."""

    payer: Member | Company
    owes: list[Money]


@dataclass(slots=True)
class Results:
    """What was found, by kind, in the order the page shows it."""

    members: list[Hit] = field(default_factory=list)
    companies: list[Hit] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)
    amounts: list[Invoice] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)

    def __bool__(self) -> bool:
        return any((self.members, self.companies, self.invoices, self.amounts, self.payments))

    @property
    def alone(self) -> bool:
        """Return whether exactly one thing was found, so that there is nothing to choose."""
        people = len(self.members) + len(self.companies)
        return people + len(self.invoices) + len(self.amounts) + len(self.payments) == 1

    @property
    def first_kind(self) -> str:
        """Return the name of the first kind with a hit, or nothing."""
        kinds = ("members", "companies", "invoices", "amounts", "payments")
        return next((kind for kind in kinds if getattr(self, kind)), "")

    @property
    def first_url(self) -> str:
        """Return the address of the first hit, or nothing."""
        targets = (
            *[("members:member_detail", hit.payer.uuid) for hit in self.members[:1]],
            *[("members:company_detail", hit.payer.uuid) for hit in self.companies[:1]],
            *[("billing:invoice_detail", row.uuid) for row in (self.invoices + self.amounts)[:1]],
            *[("billing:payment_detail", row.uuid) for row in self.payments[:1]],
        )
        return reverse(targets[0][0], args=[targets[0][1]]) if targets else ""


def search(user: User, text: str, now: datetime) -> Results:
    """Return up to LIMIT hits of each kind in the locations of ``user``. At most eight queries; nothing for nothing."""
    wanted = " ".join(text.replace("\x00", " ").split())[:MAX_TEXT]  # PostgreSQL has no NUL in a text
    if not wanted:
        return Results()
    found = find_people(user, wanted, limit=LIMIT)
    sums = owed(
        user=user, member_ids=[row.pk for row in found.members], company_ids=[row.pk for row in found.companies]
    )
    invoices = find_invoices(user, wanted, limit=LIMIT)
    return Results(
        members=[Hit(row, _of(sums, "member", row.pk)) for row in found.members],
        companies=[Hit(row, _of(sums, "company", row.pk)) for row in found.companies],
        invoices=invoices,
        amounts=_by_amount(user, wanted, {row.pk for row in invoices}),
        payments=_by_card(user, wanted, now),
    )


def _of(sums: dict[PayerKey, list[Money]], kind: str, pk: int) -> list[Money]:
    return sums.get((kind, pk), [])


def _by_amount(user: User, text: str, but: set[int]) -> list[Invoice]:
    """Return open invoices over, or with a rest of, exactly this amount of their currency; the oldest due first."""
    where = Q(pk=None)
    for currency in {place.currency for place in user.own_locations}:
        try:
            amount = Money.parse(text, currency).amount
        except MoneyError:
            continue
        if amount > 0:
            where |= Q(currency=currency, open_amount=amount) | Q(currency=currency, total_amount=amount)
    rows = Invoice.objects.for_user(user).open().filter(where).exclude(pk__in=but)
    return list(rows.select_related("location", "member", "company").order_by("due_date", "pk")[:LIMIT])


def _by_card(user: User, text: str, now: datetime) -> list[Payment]:
    """Return the newest card payments that end in the four typed digits."""
    digits = text.removeprefix("••••").strip()
    if len(digits) != 4 or not (digits.isascii() and digits.isdigit()):
        return []
    since = now - timedelta(days=CARD_DAYS)
    rows = Payment.objects.for_user(user).filter(received_at__gte=since, card_last4=digits)
    return list(rows.select_related("location", "member", "company").order_by("-received_at", "-pk")[:LIMIT])
