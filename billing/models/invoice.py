"""Invoices: drafts change, issued ones do not; what is paid follows from the allocations."""

import uuid
from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from billing.enums import FAILED_STATES, CollectionState, InvoiceState, InvoiceStatus
from flexspace.core.fields import CurrencyField, MoneyAmountField
from flexspace.core.models import Location, PlacedQuerySet
from flexspace.core.money import Money
from members.models import Company, Member

ISSUED = InvoiceState.ISSUED.value


class InvoiceQuerySet(PlacedQuerySet):
    """Invoices."""

    def open(self) -> Self:
        """Return issued invoices with something left to pay."""
        return self.filter(state=ISSUED, open_amount__gt=0)

    def overdue(self, on: date) -> Self:
        """Return open invoices whose due date was before ``on``."""
        return self.open().filter(due_date__lt=on)


class Invoice(models.Model):
    """What somebody owes. Exactly one of ``member`` and ``company`` pays it.

    Amounts are minor units of ``currency``, kept under the invoice's lock by ``services.balances``. ``paid_amount``
    is the sum of the allocations less what went back; ``credited_amount`` the sum of the credit notes; ``held_amount``
    went back in Stripe's Dashboard, and a manager has yet to say whether it is owed; ``open_amount`` is what is left,
    never below zero.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.PROTECT, related_name="invoices")
    company = models.ForeignKey(Company, null=True, blank=True, on_delete=models.PROTECT, related_name="invoices")
    state = models.CharField(max_length=8, choices=InvoiceState.choices(), default=InvoiceState.DRAFT)
    number = models.CharField(max_length=20, null=True, blank=True, unique=True, editable=False)
    currency = CurrencyField()
    tax_included = models.BooleanField(default=True)
    net_amount = MoneyAmountField(default=0)
    tax_amount = MoneyAmountField(default=0)
    total_amount = MoneyAmountField(default=0)
    paid_amount = MoneyAmountField(default=0)
    credited_amount = MoneyAmountField(default=0)
    held_amount = MoneyAmountField(default=0)
    open_amount = MoneyAmountField(default=0)
    buyer_name = models.CharField(max_length=160, blank=True)  # copied when issued, like everything printed
    buyer_address = models.TextField(blank=True)
    buyer_tax_id = models.CharField(max_length=40, blank=True)
    seller_name = models.CharField(max_length=160, blank=True)
    seller_address = models.TextField(blank=True)
    seller_tax_id = models.CharField(max_length=40, blank=True)
    supply_from = models.DateField(null=True, blank=True)  # when what is billed was or is provided
    supply_until = models.DateField(null=True, blank=True)  # inclusive
    auto_collect = models.BooleanField(default=False)  # the saved card is charged on the due date
    reopened_at = models.DateTimeField(null=True, blank=True)  # money went back: only a person has it charged again
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    issued_at = models.DateTimeField(null=True, blank=True, editable=False)
    issue_date = models.DateField(null=True, blank=True)
    due_date = models.DateField(null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True, editable=False)
    void_reason = models.CharField(max_length=300, blank=True)

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["location", "-id"], name="invoice_location"),
            models.Index(fields=["state", "-id"], name="invoice_state"),
            models.Index(fields=["location", "state", "-id"], name="invoice_location_state"),
            models.Index(fields=["due_date", "id"], name="invoice_open", condition=Q(state=ISSUED, open_amount__gt=0)),
            models.Index(
                fields=["location", "due_date", "id"],
                name="invoice_location_open",
                condition=Q(state=ISSUED, open_amount__gt=0),
            ),
            models.Index(fields=["member", "-id"], name="invoice_member"),
            models.Index(fields=["company", "-id"], name="invoice_company"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(member__isnull=False, company=None) | Q(member=None, company__isnull=False),
                name="invoice_one_payer",
            ),
            models.CheckConstraint(condition=Q(total_amount=F("net_amount") + F("tax_amount")), name="invoice_adds_up"),
            models.CheckConstraint(condition=Q(total_amount__gte=0, open_amount__gte=0), name="invoice_not_negative"),
            models.CheckConstraint(
                condition=Q(
                    paid_amount__gte=0,
                    held_amount__gte=0,
                    credited_amount__gte=0,
                    credited_amount__lte=F("total_amount"),
                ),
                name="invoice_refunds_in_bounds",
            ),
            models.CheckConstraint(
                condition=Q(state="draft", number=None)
                | ~Q(state="draft") & (Q(number__isnull=False) | Q(state="void")),
                name="invoice_number_when_issued",
            ),
            models.CheckConstraint(
                condition=Q(open_amount=F("total_amount") - F("credited_amount") - F("held_amount") - F("paid_amount"))
                | Q(open_amount=0),
                name="invoice_open_is_rest",
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"Draft {self.pk}"

    @property
    def total(self) -> Money:
        """Return what was asked for."""
        return Money(self.total_amount, self.currency)

    @property
    def net(self) -> Money:
        """Return the total without tax."""
        return Money(self.net_amount, self.currency)

    @property
    def tax(self) -> Money:
        """Return the tax inside the total."""
        return Money(self.tax_amount, self.currency)

    @property
    def paid(self) -> Money:
        """Return what was allocated to it so far, less what went back."""
        return Money(self.paid_amount, self.currency)

    @property
    def open(self) -> Money:
        """Return what is left to pay."""
        return Money(self.open_amount, self.currency)

    @property
    def credited(self) -> Money:
        """Return what the credit notes take off."""
        return Money(self.credited_amount, self.currency)

    @property
    def held(self) -> Money:
        """Return what went back and waits for a manager's word whether it is owed."""
        return Money(self.held_amount, self.currency)

    @property
    def surplus(self) -> Money:
        """Return what was paid beyond the total and its credit notes."""
        return Money(max(0, self.paid_amount + self.credited_amount - self.total_amount), self.currency)

    @property
    def payer(self) -> Member | Company:
        """Return who pays."""
        payer = self.member or self.company
        assert payer is not None  # a database constraint
        return payer

    def status(self, on: date) -> InvoiceStatus:
        """Return what people read on the day ``on`` (in the location's zone).

        An invoice that is collected from a saved card needs its ``collection``: lists select it along.
        """
        if self.state != ISSUED:
            return InvoiceStatus(self.state)
        if self.surplus:
            return InvoiceStatus.OVERPAID
        if not self.open_amount:
            return self._settled
        if self.auto_collect and not self.reopened_at and hasattr(self, "collection"):
            if self.collection.state == CollectionState.TRYING:
                return InvoiceStatus.AWAITING
            if self.collection.state in FAILED_STATES and self.collection.tries:
                return InvoiceStatus.FAILED
        if self.due_date and self.due_date < on:
            return InvoiceStatus.OVERDUE
        return InvoiceStatus.PARTLY_PAID if self.paid_amount else InvoiceStatus.PENDING

    @property
    def _settled(self) -> InvoiceStatus:
        """Return how it came that nothing is open: money, a credit note, or a refund that waits for a word."""
        if self.held_amount:
            return InvoiceStatus.REFUND_UNDECIDED
        if not self.credited_amount:
            return InvoiceStatus.PAID
        whole = self.credited_amount == self.total_amount
        return InvoiceStatus.REFUNDED if whole else InvoiceStatus.PARTLY_REFUNDED


class InvoiceSequence(models.Model):
    """The next numbers of a location; locked as the last statement of issuing, so numbers have no gaps."""

    location = models.OneToOneField(Location, primary_key=True, on_delete=models.PROTECT, related_name="+")
    next_number = models.PositiveIntegerField(default=1)
    next_credit_note = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"{self.location} {self.next_number}"
