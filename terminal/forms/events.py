"""What of the event log is to be seen."""

from django import forms

from flexspace.core.forms import DayField, PageForm
from terminal.enums import EventState
from terminal.event_log import Wanted
from terminal.models.webhook_event import WORDS


class EventFilter(PageForm):
    """State, type, day (UTC), and an id of Stripe's or an invoice's number; what is typed wrong is passed over."""

    state = forms.ChoiceField(choices=EventState.choices(), required=False)
    type = forms.ChoiceField(choices=list(WORDS.items()), required=False)
    day = DayField(required=False)
    q = forms.CharField(max_length=80, strip=True, required=False)

    def wanted(self) -> Wanted:
        """Return what was asked for."""
        self.is_valid()
        asked = self.cleaned_data
        return Wanted(asked.get("state", ""), asked.get("type", ""), asked.get("day"), asked.get("q", ""))

    @property
    def is_set(self) -> bool:
        """Return whether anything but the state was asked for."""
        wanted = self.wanted()
        return bool(wanted.type or wanted.day or wanted.about)
