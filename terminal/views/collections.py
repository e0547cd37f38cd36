"""Charging a saved card now, because staff say so."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from billing.models import Invoice
from flexspace.core.actors import Actor
from flexspace.core.enqueue import enqueue
from flexspace.core.errors import DomainError
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from terminal.services.collect import BeingTaken
from terminal.services.collect_due import charge_now
from terminal.tasks import advance_attempt


@require(Permission.COLLECTIONS)
@require_POST
def collection_charge(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Charge the invoice's saved card and lead to what becomes of it; the rules hold for people too."""
    invoice = get_object_or_404(Invoice.objects.for_user(request.user), uuid=uuid)
    try:
        attempt = charge_now(by=Actor.of(request.user), invoice=invoice, now=timezone.now())
    except BeingTaken as taken:
        messages.info(request, taken.message)
        return redirect("terminal:attempt", taken.attempt.uuid)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("billing:collection", uuid)
    enqueue(advance_attempt, attempt.pk)
    return redirect("terminal:attempt", attempt.uuid)
