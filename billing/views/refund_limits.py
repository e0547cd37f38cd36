"""Refund limits: how much who may let go back, by location."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_GET, require_POST

from billing.forms.refunds import LimitsForm
from billing.services.refund_limits import set_limits
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.models import Location
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission


@require(Permission.REFUND_LIMITS)
@require_GET
def limits(request: StaffRequest) -> TemplateResponse:
    """Show the limits of every location, each a form of its own."""
    return _page(request, [LimitsForm(location=row) for row in Location.objects.for_user(request.user)])


@require(Permission.REFUND_LIMITS)
@require_POST
def limits_set(request: StaffRequest, pk: int) -> HttpResponse:
    """Set both limits of a location; what cannot be is said beside it, and the others stand as they are."""
    rows = list(Location.objects.for_user(request.user))
    location = get_object_or_404(Location.objects.for_user(request.user), pk=pk)
    form = LimitsForm(request.POST, location=location)
    if form.is_valid():
        desk, manager = form.cleaned_data["desk"], form.cleaned_data["manager"]
        try:
            set_limits(by=Actor.of(request.user), location=location, desk=desk, manager=manager)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"Saved for {location}.")
            return redirect("billing:refund_limits")
    return _page(request, [form if row.pk == pk else LimitsForm(location=row) for row in rows], status=422)


def _page(request: StaffRequest, forms: Sequence[LimitsForm], *, status: int = 200) -> TemplateResponse:
    return TemplateResponse(request, "billing/refund_limits.html", {"forms": forms}, status=status)
