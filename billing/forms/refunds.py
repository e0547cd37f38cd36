"""Forms of money that goes back, or that was too much: how much, how, for what; and who may let how much go."""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from django import forms

from billing.enums import RefundMethod, RefundOutcome
from billing.models import Invoice, Payment
from billing.pdf.days import day
from billing.queries.refunds import Given, Refundable
from billing.services.refund_limits import Limits
from billing.services.refunds import Wish, method_of
from flexspace.core.errors import DomainError
from flexspace.core.forms import FreeTextField, MoneyField, PageForm
from flexspace.core.models import Location
from flexspace.core.money import Money


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


class LimitsForm(PageForm):
    """What the front desk and managers of a location may give back of a payment, in its currency.

    Once it is valid, ``cleaned_data`` holds ``limits``.
    """

    desk = MoneyField(label="Front desk", help_text="On the day of the payment. 0: nothing.")
    manager = MoneyField(label="Manager", help_text="Above it only an admin may, after typing the password again.")

    def __init__(self, *args: Any, location: Location, **kwargs: Any) -> None:
        now = {"desk": location.refund_limit_desk, "manager": location.refund_limit_manager}
        start = {name: Money(amount, location.currency).plain() for name, amount in now.items()}
        super().__init__(*args, initial=start, prefix=f"limits-{location.pk}", **kwargs)
        self.location = location
        for field in self.fields.values():
            assert isinstance(field, MoneyField)
            field.currency = location.currency
            field.widget.attrs["class"] = "amount__input"

    def clean(self) -> dict[str, Any]:
        """Say what cannot be at the field it is about."""
        data = self.cleaned_data
        if "desk" in data and "manager" in data:
            try:
                data["limits"] = Limits(self.location, data["desk"], data["manager"])
            except DomainError as error:
                self.add_error("desk" if error.code == "desk_below_zero" else "manager", error.message)
        return data
