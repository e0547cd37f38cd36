"""Forms for members and companies."""

from typing import Any

from django import forms

from flexspace.core.forms import FreeTextField, PageForm
from flexspace.core.models import Location, User
from members.models import Company, Member
from members.queries import company_list, same_email
from members.rules import sort_name

_EMAIL_ERROR = {"invalid": "Enter an e-mail address like name@example.com."}


class PlacedForm(PageForm):
    """A form whose new row belongs to one of the person's locations; the location of a stored row is fixed."""

    location = forms.ModelChoiceField(queryset=Location.objects.none(), empty_label=None)

    def __init__(self, *args: Any, user: User, at: Location | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.at = user, at
        if at:
            del self.fields["location"]
        else:
            field = self.fields["location"]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = Location.objects.for_user(user)

    def place(self) -> Location | None:
        """Return the row's location; None while the form's choice is not valid."""
        return self.at or self.cleaned_data.get("location")


class MemberForm(PlacedForm):
    """A person. An address that somebody has already needs a second look, not a second person."""

    name = FreeTextField(max_length=160)
    email = forms.EmailField(label="E-mail", required=False, max_length=254, error_messages=_EMAIL_ERROR)
    phone = FreeTextField(required=False, max_length=40, help_text="With the country’s code, such as +49 176 …")
    company = forms.CharField(required=False, max_length=160, help_text="Type its name; leave empty for none.")
    note = FreeTextField(required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))
    same_email = forms.BooleanField(label="Both share this address", required=False)

    field_order = ["location", "name", "email", "phone", "company", "note", "same_email"]

    def __init__(self, *args: Any, member: Member | None = None, **kwargs: Any) -> None:
        self.member = member
        self.twins: list[Member] = []
        super().__init__(*args, at=member.location if member else None, **kwargs)
        self.fields["company"].widget.attrs.update({"list": "companies", "autocomplete": "off"})

    def clean(self) -> dict[str, Any]:
        """Find the company by its name, and who else has the address."""
        data = super().clean() or self.cleaned_data
        place = self.place()
        if not place:
            return data
        if data.get("company"):
            data["company"] = self._company(place, data["company"])
        if data.get("email"):
            self.twins = same_email(place, data["email"], but=self.member)
        if self.twins and not data.get("same_email"):
            self.add_error("email", f"{self.twins[0]} has this address already. Open that person, or confirm below.")
        return data

    def _company(self, place: Location, name: str) -> Company | None:
        alike = list(company_list(self.user).filter(location=place, sort_name=sort_name(name)).order_by("pk")[:5])
        if not alike:
            self.add_error("company", f"No company called “{name}” at {place}. Add the company first.")
            return None
        return next((company for company in alike if company.name == name), alike[0])

    def facts(self) -> dict[str, Any]:
        """Return what the services take, without the location."""
        data = self.cleaned_data
        return {key: data[key] for key in ("name", "email", "phone", "note")} | {"company": data["company"] or None}


class CompanyForm(PlacedForm):
    """An organisation."""

    name = FreeTextField(max_length=160)
    email = forms.EmailField(label="E-mail for invoices", required=False, max_length=254, error_messages=_EMAIL_ERROR)
    phone = FreeTextField(required=False, max_length=40)
    address = FreeTextField(
        required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3}), help_text="Printed on invoices."
    )
    tax_id = FreeTextField(label="Tax id", required=False, max_length=40)

    field_order = ["location", "name", "email", "phone", "address", "tax_id"]

    def facts(self) -> dict[str, Any]:
        """Return what the services take, without the location."""
        return {key: self.cleaned_data[key] for key in ("name", "email", "phone", "address", "tax_id")}
