"""A refund under way: the page that shows it takes its next step, so that it works with no worker."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from billing.models import Refund
from flexspace.core.htmx import nothing_new
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from terminal.services.refund_step import step_refund


@require(Permission.VIEW)
@require_POST
def refund_step(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Take the step that is due; 204 while nothing has changed, else the page reads itself anew."""
    refund = get_object_or_404(Refund.objects.for_user(request.user), uuid=uuid)
    if refund.is_live and step_refund(refund.pk, now=timezone.now()):
        refund.refresh_from_db(fields=["state", "version"])
    return nothing_new() if request.POST.get("seen") == refund.state else HttpResponseClientRefresh()
