"""Forms of links and notes."""

from uuid import uuid4

from django import forms

from billing.enums import ConsentPurpose
from flexspace.core.forms import FreeTextField, PageForm


class ReasonForm(PageForm):
    """Why something is closed."""

    reason = FreeTextField(max_length=300, strip=True)


class NoteForm(PageForm):
    """Why a card is removed, or a consent withdrawn; nobody has to say."""

    reason = FreeTextField(
        label="Why",
        max_length=300,
        required=False,
        strip=True,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "e.g. lost, or wants to pay by transfer"}),
    )


class MailLinkForm(PageForm):
    """Whom a link is mailed to."""

    to = forms.EmailField(
        label="E-mail",
        error_messages={"required": "Enter the address to send the link to.", "invalid": "This is no e-mail address."},
    )
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class CardLinkForm(PageForm):
    """What a card that is added by link may be charged for."""

    purpose = forms.TypedChoiceField(
        label="The card may be charged for",
        choices=[
            (ConsentPurpose.DUES.value, "Memberships and what is put on the monthly bill"),
            (ConsentPurpose.PURCHASES.value, "That, and other purchases they ask for"),
        ],
        coerce=ConsentPurpose,
        initial=ConsentPurpose.DUES.value,
        widget=forms.RadioSelect,
    )
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
