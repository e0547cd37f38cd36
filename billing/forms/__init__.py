"""Forms of the ledger: a line, a payment by hand, the reason of a void."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError

from billing.enums import BY_HAND, PaymentMethod
from billing.models import Invoice
from billing.queries.money_moved import Wanted
from billing.services.invoicing import MAX_DESCRIPTION, NewLine
from flexspace.core.errors import DomainError
from flexspace.core.forms import DayField, FreeTextField, MoneyField, PageForm
from flexspace.core.models import Location
from flexspace.core.money import Money
from members.models import TaxRate

A_YEAR = timedelta(days=366)


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
    """Money that did not go through a reader.

    ``beyond`` is what was typed beyond what is open: it is kept as the payer's balance once somebody has read that sum
    and ticked it.
    """

    beyond: Money | None = None
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
    keep = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)  # minor units that were ticked

    def __init__(
        self, *args: Any, invoices: Sequence[Invoice], now: datetime, proposed: str = "", **kwargs: Any
    ) -> None:
        """Take what is paid, of one location and currency, and the amount that a link proposes."""
        first = invoices[0]
        self.location, self.now, today = first.location, now, first.location.today(now)
        self.owing = owing = Money.sum([invoice.open for invoice in invoices], first.currency)
        # An old debt may be written down late, but money from years before the invoice is a slip of the keyboard.
        self.earliest = min(invoice.issue_date or today for invoice in invoices) - A_YEAR
        start = {"token": uuid4(), "amount": owing.or_part(proposed).plain(), "received_on": today}
        super().__init__(*args, initial=start, **kwargs)
        amount = self.fields["amount"]
        assert isinstance(amount, MoneyField)
        amount.currency = owing.currency
        amount.widget.attrs["class"] = "amount__input"

    def clean_received_on(self) -> date:
        """Refuse a day that has not come at the location, and one from which no money can be for these invoices."""
        day: date = self.cleaned_data["received_on"]
        if day > self.location.today(self.now):
            raise ValidationError("Money cannot be received in the future.")
        if day < self.earliest:
            raise ValidationError(f"That is before {self.earliest:%-d %B %Y}. Check the year.")
        return day

    def blame(self, error: DomainError, field: str | None = None) -> None:
        """Show what was refused; ask about what is more than is open: a typing error, or the payer's balance."""
        if error.code != "more_than_open":
            super().blame(error, field)
            return
        self.beyond = self.cleaned_data["amount"] - self.owing
        self.add_error("amount", f"Only {self.owing} is open: {self.beyond} would be too much.")

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
            "beyond": data["keep"] or 0,
        }


class PaymentFilter(PageForm):
    """Days, location, method, and a payer's name or an invoice's number. ``problems`` say what cannot be read."""

    q = forms.CharField(max_length=200, strip=True, required=False)
    first = DayField(required=False, label="From")
    last = DayField(required=False, label="To")
    location = forms.CharField(max_length=6, required=False, label="Location")
    method = forms.ChoiceField(choices=PaymentMethod.choices(), required=False, label="How it came")

    def clean(self) -> dict[str, Any]:
        """Refuse days the wrong way round: nothing is between them."""
        asked = self.cleaned_data
        if asked.get("first") and asked.get("last") and asked["last"] < asked["first"]:
            self.add_error("last", "This day is before the other one.")
        return asked

    @property
    def problems(self) -> list[str]:
        """Return a sentence for each filter that cannot be read; nothing is narrowed by those."""
        return [f"{self.fields[name].label}: {said}" for name, rows in self.errors.items() for said in rows]

    def wanted(self) -> Wanted:
        """Return what was asked for."""
        self.is_valid()
        asked = self.cleaned_data
        return Wanted(
            asked.get("first"), asked.get("last"), asked.get("location", ""), asked.get("method", ""),
            asked.get("q", ""),
        )  # fmt: skip


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
