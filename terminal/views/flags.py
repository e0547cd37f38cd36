"""What a manager should look at: money that came unexpectedly."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from billing.models import Payment
from billing.queries.balance import usable_rests
from billing.queries.surplus import overpaid_with
from flexspace.core.actors import Actor
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from terminal.forms.links import ReasonForm
from terminal.queries import open_flags
from terminal.services.flags import close_flag


@require(Permission.FLAGS)
@require_GET
def flag_list(request: StaffRequest) -> TemplateResponse:
    """Show what is open, the newest first."""
    flags = list(open_flags(request.user)[:100])
    paid = [flag.attempt.payment_id for flag in flags if flag.attempt.payment_id]
    left = {rest.payment.pk: rest.left for rest in usable_rests(Payment.objects.filter(pk__in=paid), most=len(paid))}
    over = overpaid_with(paid)
    rows = [(flag, left.get(flag.attempt.payment_id or 0), over.get(flag.attempt.payment_id or 0)) for flag in flags]
    return TemplateResponse(request, "terminal/flags.html", {"flags": rows})


@require(Permission.FLAGS)
@require_POST
def flag_close(request: StaffRequest, pk: int) -> HttpResponse:
    """Close one with a reason."""
    flag = get_object_or_404(open_flags(request.user), pk=pk)
    form = ReasonForm(request.POST)
    if form.is_valid():
        close_flag(by=Actor.of(request.user), flag=flag, reason=form.cleaned_data["reason"], now=timezone.now())
        messages.success(request, "Closed.")
    else:
        messages.error(request, "Write what was done, so that it can be explained later.")
    return redirect("terminal:flags")
