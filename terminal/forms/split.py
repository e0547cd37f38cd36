"""The form of a split: ways and amounts, row by row."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from billing.models import Invoice
from flexspace.core.forms import MoneyField, PageForm
from terminal.enums import SplitWay
from terminal.services.split import MAX_ROWS, Wanted, sum_fault


class SplitForm(PageForm):
    """Up to four ways to pay. The last one that is chosen takes the rest; an amount beside it has to be just that."""

    def __init__(self, *args: Any, invoice: Invoice, ways: list[SplitWay], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invoice, self.has_card = invoice, SplitWay.CARD in ways
        choices = [("", "–"), *((way.value, way.label) for way in ways)]
        for number in range(1, MAX_ROWS + 1):
            first = ways[number - 1].value if number <= min(2, len(ways)) else ""  # as most people split
            way = forms.ChoiceField(label=f"Row {number}", required=number <= 2, choices=choices, initial=first)
            label = f"Amount of row {number}, {invoice.currency}"
            amount = MoneyField(label=label, required=False, currency=invoice.currency)
            way.widget.attrs["class"] = amount.widget.attrs["class"] = "input"
            self.fields |= {f"way_{number}": way, f"amount_{number}": amount}

    def rows(self) -> list[tuple[Any, Any]]:
        """Return the fields, row by row."""
        return [(self[f"way_{number}"], self[f"amount_{number}"]) for number in range(1, MAX_ROWS + 1)]

    def clean(self) -> dict[str, Any]:
        """Refuse a gap between rows, and amounts that do not add up to what is open."""
        data: dict[str, Any] = super().clean() or {}
        chosen = [bool(data.get(f"way_{number}")) for number in range(1, MAX_ROWS + 1)]
        if chosen != sorted(chosen, reverse=True):
            raise ValidationError("Fill the rows from the top.")
        if not self.errors and (said := sum_fault(self.invoice, self.wanted())):
            self.add_error(f"amount_{sum(chosen)}", said)
        return data

    def wanted(self) -> list[Wanted]:
        """Return the rows that were chosen."""
        data = self.cleaned_data
        ways = [(data[f"way_{number}"], data.get(f"amount_{number}")) for number in range(1, MAX_ROWS + 1)]
        return [Wanted(SplitWay(way), amount) for way, amount in ways if way]
