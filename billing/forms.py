"""Forms of the ledger: a line, a payment by hand, the reason of a void."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError

from billing.enums import BY_HAND, PaymentMethod, RefundMethod, RefundOutcome
from billing.models import Invoice, Payment
from billing.pdf.days import day
from billing.queries.money_moved import Wanted
from billing.queries.refunds import Given, Refundable
from billing.services.invoicing import MAX_DESCRIPTION, NewLine
from billing.services.refunds import Wish, method_of
from flexspace.core.forms import DayField, FreeTextField, MoneyField, PageForm
from flexspace.core.models import Location
from flexspace.core.money import Money
from members.models import TaxRate


class LineForm(PageForm):
    """A line to be added to a draft."""

    description = FreeTextField(label="What", max_length=MAX_DESCRIPTION)
    quantity = forms.IntegerField(min_value=1, max_value=10_000, initial=1)
    unit = MoneyField(label="Price of one")
    tax_rate = forms.ModelChoiceField(
        label="Tax", queryset=TaxRate.objects.none(), required=False, empty_label="No tax"
    )

    def __init__(self, *args: Any, location: Location, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unit, rate = self.fields["unit"], self.fields["tax_rate"]
        assert isinstance(unit, MoneyField)
        assert isinstance(rate, forms.ModelChoiceField)
        unit.currency = location.currency
        unit.help_text = "With tax in it." if location.tax_included else "Tax comes on top."
        rate.queryset = TaxRate.objects.filter(country=location.country, is_active=True)
        rate.initial = rate.queryset.first()  # the standard rate; an invoice without tax is the rare one

    def line(self) -> NewLine:
        """Return what the service takes."""
        data = self.cleaned_data
        return NewLine(data["description"], data["unit"], data["quantity"], data["tax_rate"])


class PaymentForm(PageForm):
    """Money that did not go through a reader."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    method = forms.ChoiceField(
        choices=[(method.value, method.label) for method in BY_HAND], widget=forms.RadioSelect, initial="cash"
    )
    amount = MoneyField()
    received_on = DayField()
    reason = FreeTextField(
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Where the money came from, such as a receipt’s number. Kept in the timeline, with your name.",
        error_messages={"required": "Say where the money came from, such as “Paid at the desk”."},
    )

    def __init__(self, *args: Any, location: Location, owing: Money, now: datetime, **kwargs: Any) -> None:
        start = {"token": uuid4(), "amount": owing.plain(), "received_on": location.today(now)}
        super().__init__(*args, initial=start, **kwargs)
        self.location, self.now = location, now
        amount = self.fields["amount"]
        assert isinstance(amount, MoneyField)
        amount.currency = owing.currency
        amount.widget.attrs["class"] = "amount__input"

    def clean_received_on(self) -> date:
        """Refuse a day that has not come at the location."""
        day: date = self.cleaned_data["received_on"]
        if day > self.location.today(self.now):
            raise ValidationError("Money cannot be received in the future.")
        return day

    def facts(self) -> dict[str, Any]:
        """Return what ``record_by_hand`` takes: today means now, an earlier day its noon at the location."""
        data = self.cleaned_data
        day = data["received_on"]
        noon = datetime.combine(day, time(12), tzinfo=self.location.zone)
        return {
            "amount": data["amount"],
            "method": PaymentMethod(data["method"]),
            "reason": data["reason"],
            "received_at": self.now if day == self.location.today(self.now) else noon,
            "now": self.now,
            "token": data["token"],
        }


class RefundForm(PageForm):
    """How much goes back of each invoice of a payment, how, and what becomes of them. ``focus`` is an invoice's id."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    method = forms.ChoiceField(label="How", widget=forms.RadioSelect)
    reason = FreeTextField(
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept in the timeline with your name, and printed on the credit note.",
        error_messages={"required": "Say why, such as “Did not come” or “Charged twice”."},
    )
    outcome = forms.ChoiceField(
        label="The invoice",
        choices=[(one.value, one.label) for one in (RefundOutcome.CREDIT, RefundOutcome.REOPEN)],
        widget=forms.RadioSelect,
        initial=RefundOutcome.CREDIT,
    )

    def __init__(
        self,
        *args: Any,
        payment: Payment,
        left: Refundable,
        invoices: Iterable[Invoice],
        given: Iterable[Given],
        focus: int | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, initial={"token": uuid4(), "method": method_of(payment)}, **kwargs)
        self._offer_mail(payment)
        by_card = method_of(payment) is RefundMethod.CARD
        method = self.fields["method"]
        assert isinstance(method, forms.ChoiceField)
        method.choices = [(one.value, one.label) for one in RefundMethod if by_card or one is not RefundMethod.CARD]
        self.parts = [
            self._amount(
                f"part_{row.pk}", f"Back from {row}", Money(left.parts[row.pk], row.currency),
                filled=focus in (None, row.pk),
            )
            for row in invoices
            if left.parts.get(row.pk)
        ]  # fmt: skip
        if left.loose > 0:
            loose = Money(left.loose, payment.currency)
            self.parts.append(self._amount("loose", "Back of what paid no invoice", loose, filled=focus is None))
        self.passes = list(given)
        if any(one.left > 0 for one in self.passes):
            self.fields["take_back"] = forms.MultipleChoiceField(
                label="Take back",
                choices=[(one.line.pk, one.label) for one in self.passes if one.left > 0],
                initial=[one.line.pk for one in self.passes if one.unused and focus in (None, one.line.invoice_id)],
                required=False,
                widget=forms.CheckboxSelectMultiple,
                help_text="Untick what they keep. It opens no door any more once the money has gone back.",
            )

    def _offer_mail(self, payment: Payment) -> None:
        """Offer to mail the payer, where there is somebody with an address."""
        payer = payment.member or payment.company
        if payer and payer.email:
            self.fields["tell"] = forms.BooleanField(
                label="Mail the customer", required=False, initial=payment.location.send_receipts,
                help_text=f"To {payer.email}, once the money has gone; with the credit note, if there is one.",
            )  # fmt: skip

    def _amount(self, name: str, label: str, most: Money, *, filled: bool) -> str:
        hint = f"{most} of it can go back."
        field = MoneyField(label=label, currency=most.currency, required=False, help_text=hint,
                           initial=most.plain() if filled else "")  # fmt: skip
        field.widget.attrs["class"] = "amount__input"
        self.fields[name] = field
        return name

    @property
    def amounts(self) -> list[forms.BoundField]:
        """Return the fields of the amounts."""
        return [self[name] for name in self.parts]

    def wish(self) -> Wish:
        """Return what the service takes."""
        data = self.cleaned_data
        each = {name: data[name].amount if data.get(name) else 0 for name in self.parts}
        loose = each.pop("loose", 0)
        return Wish(
            parts={int(name.removeprefix("part_")): amount for name, amount in each.items()},
            loose=loose,
            method=RefundMethod(data["method"]),
            reason=data["reason"],
            outcome=RefundOutcome(data["outcome"]),
            take_back=[int(pk) for pk in data.get("take_back") or ()],
            tell=bool(data.get("tell")),
        )


class PaymentFilter(PageForm):
    """Days, location, method, and a payer's name or an invoice's number; what is typed wrong is passed over."""

    q = forms.CharField(max_length=200, strip=True, required=False)
    first = DayField(required=False)
    last = DayField(required=False)
    location = forms.CharField(max_length=6, required=False)
    method = forms.ChoiceField(choices=PaymentMethod.choices(), required=False)

    def wanted(self) -> Wanted:
        """Return what was asked for."""
        self.is_valid()
        asked = self.cleaned_data
        return Wanted(
            asked.get("first"), asked.get("last"), asked.get("location", ""), asked.get("method", ""),
            asked.get("q", ""),
        )  # fmt: skip


class SurplusForm(PageForm):
    """Which open invoice is paid with what was too much on another."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    invoice = forms.ChoiceField(label="Use it for", widget=forms.RadioSelect)

    def __init__(self, *args: Any, invoices: Iterable[Invoice], **kwargs: Any) -> None:
        self.invoices = {str(row.uuid): row for row in invoices}
        super().__init__(*args, initial={"token": uuid4(), "invoice": next(iter(self.invoices), "")}, **kwargs)
        field = self.fields["invoice"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (key, f"{row}: {row.open} open" + (f", due {day(row.due_date)}" if row.due_date else ""))
            for key, row in self.invoices.items()
        ]


class VoidForm(PageForm):
    """Why an invoice is void."""

    reason = FreeTextField(max_length=300, help_text="Kept with the invoice, with your name.")


class MailForm(PageForm):
    """Where an invoice or a receipt is mailed."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    to = forms.EmailField(
        label="To",
        help_text="For this mail only; the address kept with the person stays as it is.",
        error_messages={
            "required": "Type the address the mail goes to.",
            "invalid": "That is not a mail address. Write it like name@example.org.",
        },
    )

    def __init__(self, *args: Any, to: str, **kwargs: Any) -> None:
        super().__init__(*args, initial={"token": uuid4(), "to": to}, **kwargs)
        self.fields["to"].widget.attrs.update({"autocomplete": "off", "autofocus": True})


class StartRunForm(PageForm):
    """Which month of which location is billed; ``bills_from`` only for a location's first run."""

    location = forms.ChoiceField()
    month = DayField()
    bills_from = DayField(required=False)

    def __init__(self, *args: Any, locations: Iterable[Location], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = {place.code: place for place in locations}
        field = self.fields["location"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(code, place.name) for code, place in self.places.items()]

    def facts(self) -> dict[str, Any]:
        """Return what ``start_run`` takes."""
        data = self.cleaned_data
        return {
            "location": self.places[data["location"]],
            "month": data["month"],
            "bills_from": data["bills_from"],
        }


class StopForm(PageForm):
    """Why an invoice is not charged to the saved card any more."""

    reason = FreeTextField(
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": "Such as: pays in cash from now on"}),
        error_messages={"required": "Say why; it is kept with the invoice."},
    )


class WaitForm(PageForm):
    """The day until which a charge waits."""

    until = DayField(label="Charge on", error_messages={"required": "Choose a day."})
