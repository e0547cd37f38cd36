"""Forms of the charge flow: an amount on a reader, a card that is kept."""

from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError

from billing.enums import ConsentPurpose
from billing.models import Invoice
from billing.services.consents import wording_texts
from billing.wording import digest
from flexspace.core.forms import PageForm
from flexspace.core.models import Location, User
from flexspace.core.money import Money, MoneyError
from members.models import Company, Member
from terminal.models import Reader


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
    keep = forms.BooleanField(required=False)
    language = forms.CharField(max_length=10, required=False)
    shown = forms.CharField(max_length=16, required=False)

    def __init__(self, *args: Any, invoices: list[Invoice], user: User, proposed: str = "", **kwargs: Any) -> None:
        """Take the invoices, who charges, and the amount that a link proposes."""
        super().__init__(*args, **kwargs)
        self.invoices = invoices
        first = invoices[0]
        self.owed = Money.sum((invoice.open for invoice in invoices), first.currency)
        self.proposed = self.owed.or_part(proposed or str(self.data.get("amount", "")))
        self.fields["amount"].initial = self.proposed.plain()
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

    def wording_texts(self) -> dict[str, str]:
        """Return what the payer agrees to when the card is kept, by language."""
        first = self.invoices[0]
        return wording_texts(ConsentPurpose.DUES, payer=first.payer, location=first.location)

    def clean(self) -> dict[str, Any]:
        """Refuse to keep a card by other words than those that were shown."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("keep") and data.get("shown") != digest(self.wording_texts()):
            raise ValidationError("The words to agree to have changed. Read them out again, then charge.")
        return data

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


class ReaderForm(PageForm):
    """On which reader something is asked for."""

    reader = forms.ModelChoiceField(
        queryset=Reader.objects.none(),
        error_messages={"required": "Choose a reader.", "invalid_choice": "Choose a reader."},
    )
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, location: Location, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reader = self.fields["reader"]
        assert isinstance(reader, forms.ModelChoiceField)
        readers = Reader.objects.for_user(user).filter(config__locations__location=location)
        reader.queryset = readers.select_related("config", "stripe_location__location")


class CaptureForm(ReaderForm):
    """Whose card is kept, for what, and that they agree to the words that were shown."""

    payer = forms.ChoiceField(choices=[("member", "member"), ("company", "company")])
    purpose = forms.ChoiceField(choices=ConsentPurpose.choices())
    language = forms.CharField(max_length=10)
    shown = forms.CharField(max_length=16)
    agreed = forms.BooleanField(error_messages={"required": "Read the words out, and tick that they agree."})

    def __init__(self, *args: Any, payers: dict[str, Member | Company], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.payers = payers

    def clean_payer(self) -> Member | Company:
        """Return who pays; only those that the page offered."""
        payer = self.payers.get(self.cleaned_data["payer"])
        if payer is None:
            raise ValidationError("Choose whose card it is.")
        return payer

    def clean(self) -> dict[str, Any]:
        """Refuse an agreement to other words than those that were shown."""
        data: dict[str, Any] = super().clean() or {}
        if {"payer", "purpose", "shown"} <= data.keys():
            payer, purpose = data["payer"], ConsentPurpose(data["purpose"])
            texts = wording_texts(purpose, payer=payer, location=payer.location)
            if data["shown"] != digest(texts):
                raise ValidationError("The words have changed with your choice. Read them out, then tick again.")
        return data
