"""Forms of the counter: a new drop-in, what is put into the cart, and cash."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django import forms

from flexspace.core.days import read_day
from flexspace.core.forms import DayField, FreeTextField, MoneyField, PageForm
from flexspace.core.models import Location
from flexspace.core.money import Money
from members.enums import DayPart
from members.models import Member, Product
from members.queries import same_email

_EMAIL_ERROR = {"invalid": "Enter an e-mail address like name@example.com."}


class DropInForm(PageForm):
    """A person who has just walked in. An address that somebody has already offers that person."""

    name = FreeTextField(max_length=160, error_messages={"required": "Enter a name."})
    email = forms.EmailField(label="E-mail", required=False, max_length=254, error_messages=_EMAIL_ERROR)
    phone = FreeTextField(required=False, max_length=40)
    same_email = forms.BooleanField(label="They share this address", required=False)
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, place: Location, typed: str = "", **kwargs: Any) -> None:
        super().__init__(*args, initial=_started(typed), **kwargs)
        self.place = place
        self.twins: list[Member] = []
        for name in ("name", "email", "phone"):
            self.fields[name].widget.attrs["autocomplete"] = "off"
        first = "email" if self.initial.get("name") else "name"
        self.fields[first].widget.attrs["autofocus"] = True

    def clean(self) -> dict[str, Any]:
        """Find who has the address already."""
        data = super().clean() or self.cleaned_data
        if data.get("email"):
            self.twins = same_email(self.place, data["email"])
        if self.twins and not data.get("same_email"):
            self.add_error("email", f"{self.twins[0]} has this address already.")
        return data

    @property
    def one_use(self) -> UUID:
        """Return the form's token, before anything else is looked at; a form without one gets another."""
        try:
            return UUID(self.data.get("token", ""))
        except ValueError:
            return uuid4()

    def facts(self) -> dict[str, Any]:
        """Return what the service takes."""
        return {name: self.cleaned_data[name] for name in ("name", "email", "phone")}


def _started(typed: str) -> dict[str, str]:
    """Return which field the words from the search go into."""
    if "@" in typed:
        return {"email": typed}
    digits = sum(char.isdigit() for char in typed)
    return {"phone": typed} if digits > 3 and digits * 2 > len(typed) else {"name": typed}


class AddForm(forms.Form):
    """A product for the cart: ``pick`` is its id, its day (empty: no certain one) and the part of the day."""

    token = forms.UUIDField()
    pick = forms.RegexField(r"^\d{1,18}\|(\d{4}-\d{2}-\d{2})?\|(full|morning|afternoon)\Z")
    for_member = forms.ModelChoiceField(queryset=Member.objects.none(), required=False, to_field_name="uuid")

    def __init__(self, *args: Any, place: Location, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place = place
        person = self.fields["for_member"]
        assert isinstance(person, forms.ModelChoiceField)
        person.queryset = people

    def clean(self) -> dict[str, Any]:
        """Find the product on the shelf, and read the day."""
        data = super().clean() or self.cleaned_data
        pk, day, part = (data.get("pick") or "0||full").split("|")
        rows = Product.objects.active().filter(location=self.place, pk=int(pk))
        data["product"] = rows.select_related("location", "tax_rate__successor").prefetch_related("prices").first()
        data["day"], data["part"] = read_day(day), DayPart(part)
        if data["product"] is None or (day and data["day"] is None):
            raise forms.ValidationError("That is not on the shelf any more. Choose again.")
        return data


class MoveForm(forms.Form):
    """Another day or half for a pass in the cart."""

    day = DayField(required=False)
    part = forms.ChoiceField(choices=DayPart.choices(), required=False)

    def chosen(self, line: Any) -> tuple[date | None, DayPart]:
        """Return day and part; what was not sent stays as it is on ``line``."""
        part = self.cleaned_data["part"] or line.part or DayPart.FULL
        return self.cleaned_data["day"], DayPart(part)


class CashForm(PageForm):
    """Cash for the whole sale; what was given more is change."""

    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    shown = forms.IntegerField(widget=forms.HiddenInput)  # the sum on the button, in minor units
    given = MoneyField(required=False)

    def __init__(self, *args: Any, total: Money, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.total = total
        given = self.fields["given"]
        assert isinstance(given, MoneyField)
        given.currency = total.currency
        given.widget.attrs.update({"class": "amount__input", "placeholder": total.plain(), "autofocus": True})

    def clean_given(self) -> Money | None:
        """Refuse less than the total: a part is recorded on the invoice."""
        given: Money | None = self.cleaned_data["given"]
        if given is not None and given < self.total:
            raise forms.ValidationError(f"That is less than {self.total}. Record a part payment on the invoice.")
        return given

    @property
    def change(self) -> Money:
        """Return what goes back to the customer."""
        given: Money | None = self.cleaned_data.get("given")
        return given - self.total if given else Money.zero(self.total.currency)
