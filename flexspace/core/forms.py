"""What the pages' forms share: the look of their inputs, and texts that refuse card numbers."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from flexspace.core.cards import SENTENCE, holds_card_number

_BARE = (forms.RadioSelect, forms.CheckboxInput, forms.CheckboxSelectMultiple, forms.HiddenInput)


class PageForm(forms.Form):
    """A form of a page: its inputs carry the design's class."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if not isinstance(field.widget, _BARE):
                field.widget.attrs.setdefault("class", "input")


class FreeTextField(forms.CharField):
    """A text people type; one that holds a card number is refused."""

    def validate(self, value: str) -> None:
        """Raise ValidationError for a card number."""
        super().validate(value)
        if holds_card_number(value):
            raise ValidationError(SENTENCE, code="card_number")
