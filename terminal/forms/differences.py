"""What a manager does about a difference between Stripe's books and ours."""

from collections.abc import Sequence
from typing import Any

from django import forms

from flexspace.core.errors import DomainError
from flexspace.core.forms import FreeTextField, PageForm
from flexspace.core.models import Location


class RepairForm(PageForm):
    """Why, and for which invoice or at which location, about the difference with the id ``pk``.

    ``agreed`` is what was asked about a surplus, word for word: it was seen by whoever sends it back.
    """

    reason = FreeTextField(
        label="Why",
        max_length=300,
        strip=True,
        widget=forms.TextInput(attrs={"placeholder": "Why, e.g. typed in on Saturday", "autocomplete": "off"}),
        error_messages={"required": "Write why, so that it can be explained later."},
    )
    invoice = forms.CharField(
        label="Invoice",
        max_length=30,
        strip=True,
        required=False,
        widget=forms.TextInput(
            attrs={"class": "input grow", "placeholder": "Invoice, e.g. HFN-000012", "autocomplete": "off"}
        ),
    )
    place = forms.IntegerField(
        label="Location", required=False, widget=forms.Select(attrs={"class": "input grow"}),
        error_messages={"invalid": "Choose the location whose customer it was."},
    )  # fmt: skip
    agreed = forms.CharField(max_length=100, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, pk: int, places: Sequence[Location], **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"difference-{pk}-%s", **kwargs)
        self.fields["invoice"].widget.attrs["list"] = f"difference-{pk}-fits"
        choice = self.fields["place"].widget
        assert isinstance(choice, forms.Select)
        choice.choices = [(row.pk, row.name) for row in places]
        self.asks_place = len(places) > 1

    def blame(self, error: DomainError, field: str | None = None) -> None:
        """Show what was refused, at the field to blame (None, or one that is not shown: at the row itself)."""
        super().blame(error, None if field == "place" and not self.asks_place else field)

    def point_out(self) -> None:
        """Let the first field with an error be the one the page opens at."""
        for name in ("reason", "invoice", "place"):
            if name in self.errors:
                self.fields[name].widget.attrs["autofocus"] = True
                return
