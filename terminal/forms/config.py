"""Forms of the Stripe Config: accounts, what is mapped, the signing secret."""

from typing import Any

from django import forms

from flexspace.core.forms import PageForm
from flexspace.core.models import Location
from terminal.data import TERMINAL_CURRENCIES
from terminal.models import StripeLocation


class MappingForm(PageForm):
    """Which of our locations a Stripe Location is; empty means none."""

    location = forms.ModelChoiceField(queryset=Location.objects.none(), required=False, empty_label="Not mapped")

    def __init__(self, *args: Any, place: StripeLocation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place = place
        location = self.fields["location"]
        assert isinstance(location, forms.ModelChoiceField)
        location.queryset = Location.objects.all()
        location.initial = place.location_id
        location.widget.attrs.update({"class": "input", "aria-label": f"Our location of {place}"})

    @property
    def local_currency(self) -> str:
        """Return the only currency that readers there charge in."""
        return TERMINAL_CURRENCIES.get(self.place.country, "")


class AccountForm(PageForm):
    """A Stripe account by its key."""

    name = forms.CharField(max_length=80, required=False, help_text="How you call the account. Empty: Stripe's name.")
    key = forms.CharField(
        label="Secret or restricted key",
        max_length=255,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="A restricted key (rk_…) is enough and safer. It is stored encrypted and never shown again.",
    )


class WebhookSecretForm(PageForm):
    """The signing secret of an account's webhook endpoint."""

    secret = forms.CharField(
        label="Signing secret",
        max_length=255,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Starts with whsec_. The one before stays accepted, so nothing is lost while you change it.",
    )
