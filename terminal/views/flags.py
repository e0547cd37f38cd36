"""What a manager should look at: money that came unexpectedly."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.refusals import say_refused
from flexspace.core.roles import Permission
from terminal.explain.flags import told_flags
from terminal.forms.links import ReasonForm
from terminal.queries import open_flags
from terminal.services.flags import close_flag


@require(Permission.FLAGS)
@require_GET
def flag_list(request: StaffRequest) -> TemplateResponse:
    """Show what is open, the newest first."""
    rows = open_flags(request.user).prefetch_related(
        "refund__allocations__invoice", "dispute__payment__allocations__invoice"
    )
    flags = told_flags(list(rows[:100]), now=timezone.now())
    return TemplateResponse(request, "terminal/flags.html", {"flags": flags})


@require(Permission.FLAGS)
@require_POST
def flag_close(request: StaffRequest, pk: int) -> HttpResponse:
    """Close one with a reason."""
    flag = get_object_or_404(open_flags(request.user), pk=pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Write what was done, so that it can be explained later.")
        return redirect("terminal:flags")
    try:
        close_flag(by=Actor.of(request.user), flag=flag, reason=form.cleaned_data["reason"], now=timezone.now())
    except DomainError as error:
        say_refused(request, error)
    else:
        messages.success(request, "Closed.")
    return redirect("terminal:flags")
