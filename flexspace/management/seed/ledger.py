"""Members, companies and last month’s invoices: paid ones, overdue ones, open ones, a draft and a void one."""

from datetime import datetime, timedelta
from random import Random

from billing.enums import PaymentMethod
from billing.models import Invoice
from billing.services.invoicing import NewLine, create_draft, issue, void
from billing.services.payments import record_by_hand
from flexspace.core.actors import Actor
from flexspace.core.models import Location
from flexspace.core.money import Money
from flexspace.management.seed.data import Place
from members.models import Company, Member, TaxRate
from members.services.members import create_company, create_member

OFFICE = Actor.job("seed_demo")
MONTHS = 1


class Ledger:
    """Writes one location's past, always the same way: the choices come from a seeded dice."""

    def __init__(self, place: Place, location: Location, now: datetime) -> None:
        self.place, self.location, self.now = place, location, now
        self.dice = Random(place.code)  # noqa: S311  (made-up data, not a secret)
        self.tax = TaxRate.objects.filter(country=place.country).order_by("-basis_points")[0]

    def write(self) -> list[Invoice]:
        """Make everything; return the invoices that are open at the end."""
        companies = {
            name: create_company(
                by=OFFICE, location=self.location, name=name, email=email, tax_id=tax_id, address=address
            )
            for name, email, tax_id, address in self.place.companies
        }
        members = [
            create_member(
                by=OFFICE, location=self.location, name=name, email=email, phone=phone, company=companies.get(company)
            )
            for name, email, phone, company in self.place.people
        ]
        for back in range(MONTHS, 0, -1):
            self._month(members, companies, days_ago=30 * back)
        self._this_week(members)
        return list(Invoice.objects.filter(location=self.location).open().order_by("due_date", "pk"))

    def _month(self, members: list[Member], companies: dict[str, Company], *, days_ago: int) -> None:
        """Issue a month's invoices; most are paid some days later, a few are not."""
        issued_at = self.now - timedelta(days=days_ago)
        for company in companies.values():
            self._settle(self._issue(None, company, ["Team office, monthly"], issued_at), issued_at, paid=0.9)
        for member in members:
            if member.company_id is None:
                plan = self.dice.choice(["Hot desk, monthly", "Fixed desk, monthly"])
                extra = self.dice.sample(
                    ["Locker, monthly", "Printing", "Meeting room, 2 hours"], self.dice.randint(0, 2)
                )
                self._settle(self._issue(member, None, [plan, *extra], issued_at), issued_at, paid=0.85)

    def _this_week(self, members: list[Member]) -> None:
        """Issue what is fresh: small things paid at the counter, some that are open, one draft and one void."""
        for day in range(1, 7):
            for member in self.dice.sample(members, self.dice.randint(1, 3)):
                at = self.now - timedelta(days=day, minutes=self.dice.randint(0, 240))
                what = self.dice.choice(["Day pass", "Meeting room, 2 hours", "Locker, monthly"])
                self._pay_at_counter(self._issue(member, None, [what], at), at + timedelta(minutes=4))
        for back, member in enumerate(self.dice.sample(members, min(7, len(members)))):
            at = self.now - timedelta(days=back % 6, hours=back)
            what = self.dice.choice(["Day pass", "Meeting room, 2 hours", "Printing"])
            self._issue(member, None, [what], at)
        create_draft(by=OFFICE, location=self.location, member=members[0], lines=[self._line("Locker, monthly")])
        wrong = self._issue(members[1], None, ["Day pass"], self.now - timedelta(days=2))
        void(by=OFFICE, invoice=wrong, reason="Booked for the wrong person", now=self.now - timedelta(days=2))

    def _line(self, name: str) -> NewLine:
        return NewLine(name, Money(self.place.prices[name], self.place.currency), 1, self.tax)

    def _issue(self, member: Member | None, company: Company | None, names: list[str], at: datetime) -> Invoice:
        lines = [self._line(name) for name in names]
        draft = create_draft(by=OFFICE, location=self.location, member=member, company=company, lines=lines)
        return issue(by=OFFICE, invoice=draft, now=at)

    def _pay_at_counter(self, invoice: Invoice, at: datetime) -> None:
        record_by_hand(
            by=OFFICE,
            invoices=[invoice],
            amount=invoice.open,
            method=PaymentMethod.CASH,
            reason="Paid at the front desk",
            received_at=at,
            now=self.now,
        )

    def _settle(self, invoice: Invoice, issued_at: datetime, *, paid: float) -> None:
        """Let most payers pay by transfer, some in cash, some only a part."""
        if self.dice.random() > paid:
            return
        at = min(issued_at + timedelta(days=self.dice.randint(1, 20), hours=self.dice.randint(0, 8)), self.now)
        cash = invoice.company_id is None and self.dice.random() < 0.3
        part = self.dice.random() < 0.06
        amount = Money(invoice.open_amount // 2 // 100 * 100, invoice.currency) if part else invoice.open
        record_by_hand(
            by=OFFICE,
            invoices=[invoice],
            amount=amount,
            method=PaymentMethod.CASH if cash else PaymentMethod.TRANSFER,
            reason="Paid at the front desk" if cash else f"Bank statement, {invoice.number}",
            received_at=at,
            now=self.now,
        )
