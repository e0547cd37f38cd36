"""Forms of a connection: its credentials, its site, its locations."""

from typing import Any

from django import forms

from access.models import SaltoKSConfig
from access.world import Site
from flexspace.core.forms import PageForm
from flexspace.core.models import Location


class CredentialsForm(PageForm):
    """Name, client id and secret. The secret goes in and never comes out."""

    name = forms.CharField(max_length=80, help_text="How you call it; the name of the building, say.")
    client_id = forms.CharField(
        label="Client id", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    )
    client_secret = forms.CharField(
        label="Client secret", max_length=255, required=False, widget=forms.PasswordInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, config: SaltoKSConfig | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = config is not None and bool(config.client_secret)
        self.fields["client_secret"].help_text = (
            "One is stored. Leave this empty to keep it; it is never shown again."
            if stored
            else "It is stored encrypted and never shown again."
        )


class SiteForm(PageForm):
    """Which of the signed-in user's sites the connection is for."""

    site = forms.ChoiceField(
        label="Site",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a site.", "invalid_choice": "Choose a site."},
    )

    def __init__(self, *args: Any, sites: list[Site], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["site"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(site.id, _named(site)) for site in sites]


class LocationsForm(PageForm):
    """Whose doors belong to the site."""

    locations = forms.ModelMultipleChoiceField(
        queryset=Location.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, config: SaltoKSConfig, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["locations"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = Location.objects.exclude(
            salto_place__connection__in=SaltoKSConfig.objects.exclude(pk=config.pk)
        )


def _named(site: Site) -> str:
    seats = f"{site.used} of {site.bought} seats in use"
    return " · ".join([site.name or site.uid, *([site.uid] if site.name and site.uid else []), seats])
