"""Forms of the charge flow and the Stripe Config."""

from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError

from billing.models import Invoice
from flexspace.core.forms import PageForm
from flexspace.core.models import Location, User
from flexspace.core.money import Money, MoneyError
from terminal.data import TERMINAL_CURRENCIES
from terminal.models import Reader, StripeLocation


class ChargeForm(PageForm):
    """How much is charged, and on which reader. The invoices come from the server's own rows."""

    amount = forms.CharField(
        max_length=20, widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    )
    reader = forms.ModelChoiceField(
        queryset=Reader.objects.none(),
        error_messages={"required": "Choose a reader.", "invalid_choice": "Choose a reader."},
    )
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, invoices: list[Invoice], user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invoices = invoices
        first = invoices[0]
        self.owed = Money.sum((invoice.open for invoice in invoices), first.currency)
        self.fields["amount"].initial = self.owed.plain()
        reader = self.fields["reader"]
        assert isinstance(reader, forms.ModelChoiceField)
        # Wider than the picker, so that a reader that moved is explained; a foreign location's is never named.
        readers = Reader.objects.for_user(user).filter(config__locations__location=first.location)
        reader.queryset = readers.select_related("config", "stripe_location__location")

    def clean_amount(self) -> Money:
        """Return the amount as Money; a part is fine, more than is owed is not."""
        try:
            amount = Money.parse(self.cleaned_data["amount"], self.owed.currency)
        except MoneyError as error:
            raise ValidationError(str(error)) from error
        if not 0 < amount.amount <= self.owed.amount:
            raise ValidationError(f"Enter an amount above zero, up to the {self.owed} that is owed.")
        return amount

    def parts(self) -> list[tuple[Invoice, Money]]:
        """Return how much of each invoice is charged: oldest due date first, the last one in part."""
        left: Money = self.cleaned_data["amount"]
        parts = []
        for invoice in sorted(self.invoices, key=lambda row: (row.due_date, row.pk)):
            part = min(left, invoice.open)
            if part:
                parts.append((invoice, part))
            left = left - part
        return parts


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


class ReasonForm(PageForm):
    """Why something is closed."""

    reason = forms.CharField(max_length=300, strip=True)
