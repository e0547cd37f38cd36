"""Forms of what is on offer: plans, products, prices, tax rates."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q

from flexspace.core.forms import DayField, FreeTextField, MoneyField, PageForm
from flexspace.core.models import Location
from members.enums import Anchor, ProductKind
from members.models import Plan, Product, TaxRate
from members.services.catalogue import PlanFacts, ProductFacts

_INTERVALS = [("1", "Month"), ("3", "Quarter"), ("12", "Year")]
_ANCHORS = [(Anchor.CALENDAR.value, "From the 1st, prorated"), (Anchor.ANNIVERSARY.value, "From the start day")]


class PriceForm(PageForm):
    """A price from a day on."""

    price = MoneyField()
    from_date = DayField(label="From")

    def __init__(self, *args: Any, location: Location, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from_date"].initial = today
        price = self.fields["price"]
        assert isinstance(price, MoneyField)
        price.currency = location.currency
        price.label = f"Price in {location.currency}"
        price.help_text = "With tax in it." if location.tax_included else "Tax comes on top."


class _OfferForm(PageForm):
    """What plans and products share; a new one has its first price, too."""

    name = FreeTextField(max_length=80)
    tax_rate = forms.ModelChoiceField(
        label="Tax", queryset=TaxRate.objects.none(), required=False, empty_label="No tax"
    )

    def __init__(self, *args: Any, location: Location, item: Plan | Product | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rate = self.fields["tax_rate"]
        assert isinstance(rate, forms.ModelChoiceField)
        kept = Q(pk=item.tax_rate_id) if item and item.tax_rate_id else Q()
        rate.queryset = TaxRate.objects.filter(Q(is_active=True) | kept, country=location.country)
        if not item:
            rate.initial = rate.queryset.first()


class PlanForm(_OfferForm):
    """A plan."""

    description = FreeTextField(required=False, max_length=200, help_text="What it includes, in a line.")
    interval_months = forms.ChoiceField(label="Billed each", choices=_INTERVALS, widget=forms.RadioSelect, initial="1")
    anchor = forms.ChoiceField(label="Billed", choices=_ANCHORS, widget=forms.RadioSelect, initial="calendar")
    for_company = forms.BooleanField(
        label="For companies only",
        required=False,
        help_text="Held by a company, for all of its people or for one.",
    )

    lets_in = forms.BooleanField(
        label="Its holders may come in",
        required=False,
        initial=True,
        help_text="Not for a locker or a letterbox: who holds only that needs a day pass.",
    )

    field_order = ["name", "description", "interval_months", "anchor", "for_company", "lets_in", "tax_rate"]

    def facts(self) -> PlanFacts:
        """Return what the services take."""
        data = self.cleaned_data
        return PlanFacts(
            name=data["name"],
            description=data["description"],
            tax_rate=data["tax_rate"],
            interval_months=int(data["interval_months"]),
            anchor=data["anchor"],
            for_company=data["for_company"],
            lets_in=data["lets_in"],
        )


class ProductForm(_OfferForm):
    """A product. What it gives is chosen once; afterwards only name, tax and key change."""

    kind = forms.ChoiceField(choices=ProductKind.choices(), widget=forms.RadioSelect, initial="day_pass")
    credits = forms.IntegerField(label="Passes in the pack", min_value=1, max_value=500, initial=5)
    is_half = forms.BooleanField(label="They are half days", required=False)
    valid_days = forms.IntegerField(
        label="Valid for days", min_value=1, max_value=3650, required=False, help_text="Empty: for ever."
    )
    is_shared = forms.BooleanField(label="Everybody of the paying company may use them", required=False)
    shortcut = forms.RegexField(
        r"^[A-Za-z]\Z",
        label="Key at the desk",
        required=False,
        error_messages={"invalid": "One letter, such as D."},
        help_text="One letter.",
    )

    field_order = ["name", "kind", "credits", "is_half", "valid_days", "is_shared", "tax_rate", "shortcut"]
    promise = ("kind", "credits", "is_half", "valid_days", "is_shared")

    def __init__(self, *args: Any, item: Plan | Product | None = None, **kwargs: Any) -> None:
        super().__init__(*args, item=item, **kwargs)
        if item:
            for name in self.promise:
                self.fields[name].disabled = True  # it keeps its initial value, whatever is sent

    def facts(self) -> ProductFacts:
        """Return what the services take."""
        return ProductFacts(**{name: self.cleaned_data[name] for name in self.fields})


class RateForm(PageForm):
    """A new tax rate."""

    name = FreeTextField(max_length=40, help_text="As invoices print it, such as VAT 19 %.")
    percent = forms.DecimalField(label="Per cent", min_value=Decimal(0), max_value=Decimal(100), decimal_places=2)
    country = forms.ChoiceField()

    def __init__(self, *args: Any, countries: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        country = self.fields["country"]
        assert isinstance(country, forms.ChoiceField)
        country.choices = [(code, code) for code in countries]

    def facts(self) -> dict[str, Any]:
        """Return what ``create_rate`` takes."""
        data = self.cleaned_data
        basis_points = int(data["percent"].scaleb(2))
        return {"name": data["name"], "country": data["country"], "basis_points": basis_points}


class ReplaceRateForm(PageForm):
    """What takes the place of a rate, and from when."""

    successor = forms.ModelChoiceField(label="Becomes", queryset=TaxRate.objects.none())
    from_date = DayField(label="From")

    def __init__(self, *args: Any, rate: TaxRate, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        successor = self.fields["successor"]
        assert isinstance(successor, forms.ModelChoiceField)
        successor.queryset = TaxRate.objects.filter(country=rate.country, is_active=True).exclude(pk=rate.pk)
