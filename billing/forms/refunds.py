"""Forms of money that goes back, or that was too much: how much, how, for what; and who may let how much go."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django import forms

from billing.enums import RefundMethod, RefundOutcome
from billing.models import Invoice, Payment
from billing.pdf.days import day
from billing.queries.back_now import BackNow
from billing.queries.refunds import Given
from billing.services.refund_amounts import LOOSE, TooMuch
from billing.services.refund_limits import Limits
from billing.services.refunds import Wish, method_of
from flexspace.core.cards import holds_card_number
from flexspace.core.errors import DomainError
from flexspace.core.forms import FreeTextField, MoneyField, PageForm
from flexspace.core.models import Location
from flexspace.core.money import Money


@dataclass(frozen=True, slots=True)
class Offer:
    """What a refund form offers of a payment: what may go ``back`` of its ``invoices``, and passes that were ``given``.

    ``focus`` is the invoice whose part is filled in, None for all; with ``over`` nothing but what was paid too much on
    it goes back. ``most`` is what may be filled in; amounts are minor units, ``method`` is chosen until somebody does.
    """

    payment: Payment
    back: BackNow
    invoices: Sequence[Invoice]
    given: Sequence[Given]
    method: RefundMethod
    focus: Invoice | None = None
    over: int | None = None
    most: int = 0


class RefundForm(PageForm):
    """How much goes back of each invoice of a payment, how, and what becomes of them."""

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

    def __init__(self, *args: Any, offer: Offer, typed: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, initial={"method": offer.method, **(typed or {}), "token": uuid4()}, **kwargs)
        self.only_over, self._room = offer.over is not None, offer.most
        self._offer_mail(offer.payment)
        by_card = method_of(offer.payment) is RefundMethod.CARD
        method = self.fields["method"]
        assert isinstance(method, forms.ChoiceField)
        method.choices = [(one.value, one.label) for one in RefundMethod if by_card or one is not RefundMethod.CARD]
        self.parts: list[str] = []
        if self.only_over:
            self._offer_over(offer)
            return
        for row in offer.invoices:
            if offer.back.left.parts.get(row.pk):
                most, filled = Money(offer.back.left.parts[row.pk], row.currency), offer.focus in (None, row)
                self._amount(row.pk, f"Back from {row}", most, filled=filled)
        if offer.back.left.loose > 0:
            loose = Money(offer.back.left.loose, offer.payment.currency)
            self._amount(LOOSE, "Back of what paid no invoice", loose, filled=offer.focus is None)
        self._offer_passes(offer)

    def _offer_over(self, offer: Offer) -> None:
        """Ask for no more than what is over on an invoice, and for nothing that follows from a debt."""
        assert offer.focus is not None
        if offer.over:
            over = Money(offer.over, offer.payment.currency)
            self._amount(offer.focus.pk, f"Back from {offer.focus}", over, filled=True, hint=f"{over} is over.")
        del self.fields["outcome"]
        self.fields["reason"].help_text = "Kept in the timeline with your name."  # no credit note is made
        if "tell" in self.fields:
            self.fields["tell"].help_text = self.fields["tell"].help_text.partition(";")[0] + "."

    def _offer_passes(self, offer: Offer) -> None:
        """Offer to take back the day passes of which something is left."""
        passes = [one for one in offer.given if one.left > 0]
        focus = offer.focus.pk if offer.focus else None
        if passes:
            self.fields["take_back"] = forms.MultipleChoiceField(
                label="Take back",
                choices=[(one.line.pk, one.label) for one in passes],
                initial=[one.line.pk for one in passes if one.unused and focus in (None, one.line.invoice_id)],
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

    def _amount(self, part: int, label: str, most: Money, *, filled: bool, hint: str = "") -> None:
        """Ask how much of a part goes back; filled in is no more than ``most`` and what is left of the room."""
        start = min(most.amount, self._room)
        if filled:
            self._room -= start
        initial = Money(start, most.currency).plain() if filled and start else ""
        field = MoneyField(label=label, currency=most.currency, required=False, initial=initial,
                           help_text=hint or f"{most} of it can go back.")  # fmt: skip
        field.widget.attrs["class"] = "amount__input"
        self.fields[_name(part)] = field
        self.parts.append(_name(part))

    def typed(self) -> dict[str, Any]:
        """Return what was typed as it was, for a form that begins with it; no text that holds a card number."""
        fields = {name: field.widget for name, field in self.fields.items() if name != "token"}
        texts = {name: widget.value_from_datadict(self.data, self.files, name) for name, widget in fields.items()}
        return {name: text for name, text in texts.items() if not (isinstance(text, str) and holds_card_number(text))}

    def blame(self, error: DomainError, field: str | None = None) -> None:
        """Show what was refused, at the amount that is to blame where it is one."""
        part = error.part if isinstance(error, TooMuch) else None
        name = field if part is None else _name(part)
        super().blame(error, name if name in self.fields else None)

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
            outcome=RefundOutcome(data.get("outcome") or RefundOutcome.CREDIT),
            take_back=[int(pk) for pk in data.get("take_back") or ()],
            tell=bool(data.get("tell")),
            only_over=self.only_over,
        )


def _name(part: int) -> str:
    """Return the field of a part: an invoice's id, or LOOSE."""
    return "loose" if part == LOOSE else f"part_{part}"


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
