"""What the pages' forms share: the look of their inputs, days, amounts, and texts that refuse card numbers."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from flexspace.core.cards import SENTENCE, holds_card_number
from flexspace.core.days import INVALID, OUT_OF_REACH, in_reach
from flexspace.core.errors import DomainError
from flexspace.core.money import Money, MoneyError

_BARE = (forms.RadioSelect, forms.CheckboxInput, forms.CheckboxSelectMultiple, forms.HiddenInput)


class PageForm(forms.Form):
    """A form of a page: its inputs carry the design's class.

    ``where`` is the page to go on with when what it asked for was refused, "" when there is none.
    """

    where = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if not isinstance(field.widget, _BARE):
                field.widget.attrs.setdefault("class", "input")

    def blame(self, error: DomainError, field: str | None = None) -> None:
        """Show what was refused: at ``field``, unless something elsewhere stands in the way."""
        self.add_error(None if error.where else field, error.message)
        self.where = error.where


class FreeTextField(forms.CharField):
    """A text people type; one that holds a card number is refused."""

    def validate(self, value: str) -> None:
        """Raise ValidationError for a card number."""
        super().validate(value)
        if holds_card_number(value):
            raise ValidationError(SENTENCE, code="card_number")


class DayField(forms.DateField):
    """A calendar day of a location, picked or typed; one that nobody can count from is refused."""

    def __init__(self, **kwargs: Any) -> None:
        said = {"invalid": INVALID, **(kwargs.pop("error_messages", None) or {})}
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(widget=widget, error_messages=said, **kwargs)

    def validate(self, value: date | None) -> None:
        """Raise ValidationError for a day out of reach."""
        super().validate(value)
        if value is not None and not in_reach(value):
            raise ValidationError(OUT_OF_REACH, code="out_of_reach")


class MoneyField(forms.CharField):
    """An amount as people type it; cleans to Money in the field's currency."""

    def __init__(self, *, currency: str = "EUR", **kwargs: Any) -> None:
        super().__init__(max_length=20, **kwargs)
        self.currency = currency
        self.widget.attrs.update({"inputmode": "decimal", "autocomplete": "off"})

    def clean(self, value: Any) -> Any:
        """Return Money, or raise ValidationError with the reason."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return Money.parse(text, self.currency)
        except MoneyError as error:
            raise ValidationError(str(error), code="amount") from error
