"""The month’s billing of the made-up operator: last month and this month went out, the next one is to be made."""

from datetime import datetime, time
from random import Random

from billing.dues.facts import Month
from billing.enums import NoticeKind, NoticeState, PaymentMethod
from billing.models import BillingRun, Invoice, Notice
from billing.services.billing_runs import drive, start_run
from billing.services.payments import record_by_hand
from billing.services.run_decisions import approve
from billing.services.run_issuing import start_issuing
from flexspace.core.actors import Actor
from flexspace.core.models import Location
from members.models import Member, Product, UsageCharge

OFFICE = Actor.job("seed_demo")
SPENT = 4  # people who have something on the next bill


class Billed:
    """Writes one location's runs, always the same way."""

    def __init__(self, location: Location, now: datetime) -> None:
        self.location, self.now, self.today = location, now, location.today(now)
        self.dice = Random(location.code)  # noqa: S311  (made-up data, not a secret)

    def write(self) -> None:
        """Bill two months, let most pay, and put something on the next bill."""
        here = Month.of(self.today)
        for month in (here.plus(-1), here):
            at = min(datetime.combine(month.start, time(9), tzinfo=self.location.zone), self.now)
            first = here.plus(-1).start
            run = start_run(by=OFFICE, location=self.location, month=month.start, now=at, bills_from=first)
            self._issue(run, at)
        self._spend()

    def _spend(self) -> None:
        """Put some printing on the next bill."""
        printing = Product.objects.get(location=self.location, name="Printing")
        for member in Member.objects.filter(location=self.location, memberships__isnull=False).distinct()[:SPENT]:
            price = printing.price_on(self.today)
            assert price is not None  # made with it
            UsageCharge.objects.create(
                location=self.location,
                member=member,
                product=printing,
                quantity=self.dice.randint(4, 30),
                unit_amount=price.amount,
                on_date=self.today,
            )

    def _issue(self, run: BillingRun, at: datetime) -> None:
        drive(run.pk, now=at)
        if run.items.filter(state="draft").exists():
            approve(by=OFFICE, run=run)
            start_issuing(by=OFFICE, run=run, now=at)
            drive(run.pk, now=at)
            mails = Notice.objects.filter(invoice__run_item__run=run, kind=NoticeKind.INVOICE)
            mails.update(state=NoticeState.SENT, sent_at=at, created_at=at, next_try_at=None)  # too old to go out now
        for invoice in Invoice.objects.filter(run_item__run=run).open().order_by("pk"):
            if self.dice.random() < 0.85:
                record_by_hand(
                    by=OFFICE,
                    invoices=[invoice],
                    amount=invoice.open,
                    method=PaymentMethod.TRANSFER,
                    reason=f"Bank statement, {invoice.number}",
                    received_at=at,
                    now=self.now,
                )
