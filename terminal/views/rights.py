"""What an account's key may do."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods

from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from terminal.models import StripeConfig
from terminal.services.key_rights import check_rights, rights_of


@require(Permission.STRIPE_CONFIG)
@require_http_methods(["GET", "POST"])
def key_rights(request: StaffRequest, pk: int) -> HttpResponse:
    """Show each permission with what it is for and whether it is proven; POST tries every read."""
    config = get_object_or_404(StripeConfig, pk=pk)
    if request.method == "POST":
        try:
            check_rights(by=Actor.of(request.user), config=config)
            messages.success(request, "Every read was tried.")
        except DomainError as error:
            messages.error(request, error.message)
        return redirect("terminal:stripe_rights", pk)
    rows = rights_of(config)
    counts = {state: sum(row.state == state for row in rows) for state in ("proven", "missing", "untried")}
    return TemplateResponse(request, "terminal/key_rights.html", {"config": config, "rows": rows, "counts": counts})
