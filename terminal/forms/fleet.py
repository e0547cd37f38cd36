"""Forms that make Stripe Locations and register, name and move readers."""

from typing import Any
from uuid import uuid4

from django import forms

from flexspace.core.forms import PageForm
from flexspace.core.models import Location
from terminal.countries import BOTH_SCRIPTS, BY_CODE
from terminal.models import StripeConfig, StripeLocation

LABELS = {"line1": "Street", "city": "City", "state": "State", "postal_code": "Postal code", "town": "Town (chō)"}
_JAPANESE = ("postal_code", "state", "city", "town", "line1")
_SCRIPTS = {"kanji": "in kanji", "kana": "in kana"}
_OFF = {"autocomplete": "off"}


class PlaceForm(PageForm):
    """The address of a Stripe Location, with the fields that its country needs."""

    config = forms.ModelChoiceField(label="Stripe account", queryset=StripeConfig.objects.none(), empty_label=None)
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, location: Location, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        config = self.fields["config"]
        assert isinstance(config, forms.ModelChoiceField)
        config.queryset = StripeConfig.objects.filter(country=location.country)
        self.wanted = BY_CODE[location.country].address if location.country in BY_CODE else ()
        self.japanese = self.wanted == BOTH_SCRIPTS
        if self.japanese:
            self._ask_in_both_scripts(location)
        else:
            self._ask("name", "Name at Stripe", location.name)
            for name in self.wanted:
                self._ask(name, LABELS[name], getattr(location, name))
        self._dress()

    def _ask(self, name: str, label: str, initial: str = "") -> None:
        self.fields[name] = forms.CharField(
            label=label, max_length=200, initial=initial, error_messages={"required": f"Stripe wants it: {label}."}
        )

    def _ask_in_both_scripts(self, location: Location) -> None:
        for script, said in _SCRIPTS.items():
            self._ask(f"name_{script}", f"Name {said}", location.name if script == "kanji" else "")
            for name in _JAPANESE:
                start = getattr(location, name, "") if script == "kanji" or name == "postal_code" else ""
                self._ask(f"{script}_{name}", f"{LABELS[name]} {said}", start)
        self._ask("phone", "Phone, as +81…")

    def _dress(self) -> None:
        for field in self.fields.values():
            field.widget.attrs.setdefault("class", "input")

    def asked(self, country: str) -> dict[str, Any]:
        """Return what ``create_place`` is to be given."""
        data = self.cleaned_data
        name = data["name_kanji" if self.japanese else "name"]
        return {"config": data["config"], "name": name, "address": self._address(country), "token": data["token"]}

    def _address(self, country: str) -> dict[str, Any]:
        data = self.cleaned_data
        if not self.japanese:
            return {"address": {"country": country, **{name: data[name] for name in self.wanted}}}
        both = {
            f"address_{script}": {"country": country, **{name: data[f"{script}_{name}"] for name in _JAPANESE}}
            for script in _SCRIPTS
        }
        names = {f"display_name_{script}": data[f"name_{script}"] for script in _SCRIPTS}
        return {**both, **names, "phone": data["phone"]}


class RegisterForm(PageForm):
    """A reader by the code on its screen."""

    code = forms.CharField(
        label="Code on the reader's screen",
        max_length=120,
        widget=forms.TextInput(attrs={**_OFF, "autocapitalize": "none", "spellcheck": "false", "autofocus": True}),
        help_text=(
            "Three words. On the reader: swipe from the left edge, Settings, passcode 07139, Generate pairing code."
        ),
        error_messages={"required": "Type the three words on the reader's screen."},
    )
    label = forms.CharField(
        label="Name",
        max_length=60,
        widget=forms.TextInput(attrs=_OFF),
        help_text="Where it stands, as staff say it: Front desk.",
        error_messages={"required": "Give it a name that tells staff where it stands."},
    )
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class RenameForm(PageForm):
    """A reader's name."""

    label = forms.CharField(
        label="Name", max_length=60, widget=forms.TextInput(attrs=_OFF), error_messages={"required": "Type a name."}
    )


class MoveForm(PageForm):
    """Where a reader goes, and the new code on its screen."""

    place = forms.ModelChoiceField(
        label="To", queryset=StripeLocation.objects.none(), error_messages={"required": "Choose where it goes."}
    )
    code = forms.CharField(
        label="New code on its screen",
        max_length=120,
        widget=forms.TextInput(attrs=_OFF),
        error_messages={"required": "Type the three words on the reader's screen."},
    )
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, places: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place = self.fields["place"]
        assert isinstance(place, forms.ModelChoiceField)
        place.queryset = places
