"""Refund limits: how much who may let go back, by location."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_GET, require_http_methods

from billing.forms.refunds import LimitsForm
from billing.services.refund_limits import set_limits
from flexspace.core.actors import Actor
from flexspace.core.models import Location
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission


@require(Permission.REFUND_LIMITS)
@require_http_methods(["GET", "POST"])
def limits(request: StaffRequest) -> HttpResponse:
    """Show the limits of every location in one form, and set them: all, or none when one cannot be."""
    typed = request.POST if request.method == "POST" else None
    forms = [LimitsForm(typed, location=row) for row in Location.objects.for_user(request.user)]
    if typed is None:
        return TemplateResponse(request, "billing/refund_limits.html", {"forms": forms})
    wrong = [form for form in forms if not form.is_valid()]
    if wrong:
        wrong[0].fields[next(iter(wrong[0].errors))].widget.attrs["autofocus"] = True
        return TemplateResponse(request, "billing/refund_limits.html", {"forms": forms}, status=422)
    changed = set_limits(by=Actor.of(request.user), wanted=[form.cleaned_data["limits"] for form in forms])
    if changed:
        messages.success(request, f"Saved for {', '.join(str(row) for row in changed)}.")
    else:
        messages.info(request, "Nothing was changed.")
    return redirect("billing:refund_limits")


@require(Permission.REFUND_LIMITS)
@require_GET
def limits_of(request: StaffRequest, pk: int) -> HttpResponse:
    """Lead from the address that a location's own form had to the page."""
    return redirect("billing:refund_limits")
