"""The form that puts something on the next bill."""

from datetime import date
from typing import Any
from uuid import uuid4

from django import forms

from flexspace.core.forms import DayField, FreeTextField, MoneyField, PageForm
from members.enums import ProductKind
from members.models import Company, Member, Product

ERROR = "Enter a whole number from 1 on."


class UsageForm(PageForm):
    """What was used, how often, when; ``priced``: whoever fills it in may say another price."""

    product = forms.ModelChoiceField(label="What", queryset=Product.objects.none(), empty_label=None)
    quantity = forms.IntegerField(
        min_value=1, max_value=9999, initial=1, error_messages={"invalid": ERROR, "min_value": ERROR}
    )
    on_date = DayField(label="Used on")
    used_by = forms.ModelChoiceField(
        label="By", queryset=Member.objects.none(), required=False, empty_label="Nobody by name"
    )
    unit = MoneyField(label="Price of one", required=False)
    note = FreeTextField(required=False, max_length=200)
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, payer: Member | Company, today: date, priced: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        product, used_by, unit = self.fields["product"], self.fields["used_by"], self.fields["unit"]
        assert isinstance(product, forms.ModelChoiceField)
        assert isinstance(used_by, forms.ModelChoiceField)
        assert isinstance(unit, MoneyField)
        rows = Product.objects.active().filter(location=payer.location_id, kind=ProductKind.SERVICE)
        product.queryset = rows.select_related("location").prefetch_related("prices")
        self.fields["on_date"].initial = today
        self.fields["on_date"].widget.attrs["max"] = today.isoformat()
        unit.currency = payer.location.currency
        unit.help_text = "Empty: as in the price list."
        if isinstance(payer, Company):
            used_by.queryset = Member.objects.active().filter(company=payer)
        else:
            del self.fields["used_by"]
        if not priced:
            del self.fields["unit"]
