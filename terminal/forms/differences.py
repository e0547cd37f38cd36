"""What a manager does about a difference between Stripe's books and ours."""

from django import forms

from flexspace.core.forms import FreeTextField, PageForm


class RepairForm(PageForm):
    """Why, and for which invoice or at which location."""

    reason = FreeTextField(max_length=300, strip=True)
    invoice = forms.CharField(max_length=30, strip=True, required=False)
    place = forms.IntegerField(required=False)
