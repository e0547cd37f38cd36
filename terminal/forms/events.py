"""What of the event log is to be seen."""

from django import forms

from flexspace.core.forms import DayField, PageForm
from terminal.enums import EventState
from terminal.event_log import Wanted
from terminal.models.webhook_event import WORDS


class EventFilter(PageForm):
    """State, type, day (UTC), and an id of Stripe's or an invoice's number.

    What is typed wrong is passed over, and named in ``problems``.
    """

    state = forms.ChoiceField(
        label="State", choices=EventState.choices(), required=False,
        error_messages={"invalid_choice": "there is none called “%(value)s”."},
    )  # fmt: skip
    type = forms.ChoiceField(
        label="What Stripe said", choices=list(WORDS.items()), required=False,
        error_messages={"invalid_choice": "“%(value)s” is not known here."},
    )  # fmt: skip
    day = DayField(label="Day", required=False)
    q = forms.CharField(label="Invoice or id", max_length=80, strip=True, required=False)

    def wanted(self) -> Wanted:
        """Return what was asked for."""
        self.is_valid()
        asked = self.cleaned_data
        return Wanted(asked.get("state", ""), asked.get("type", ""), asked.get("day"), asked.get("q", ""))

    @property
    def problems(self) -> list[str]:
        """Return a sentence for each filter that cannot be read; nothing is narrowed by those."""
        return [f"{self.fields[name].label}: {said}" for name, rows in self.errors.items() for said in rows]

    @property
    def is_set(self) -> bool:
        """Return whether anything but a state was asked for, or something that cannot be read."""
        wanted = self.wanted()
        return bool(wanted.type or wanted.day or wanted.about or self.errors)
