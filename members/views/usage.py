"""What is on a payer's next bill: shown in their page, put there, taken off."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.one_use import AlreadyUsed, claim_token
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from members.forms.usage import UsageForm
from members.models import UsageCharge
from members.queries.usage import waiting
from members.services import usage
from members.views.memberships import the_payer


@require(Permission.VIEW)
def payer_usage(request: StaffRequest, kind: str, uuid: UUID) -> HttpResponse:
    """Show what is on the next bill; loaded into a member's or company's page."""
    payer = the_payer(request.user, kind, uuid)
    return _card(request, kind, payer, _form(request, payer))


@require(Permission.SELL)
@require_http_methods(["POST"])
def usage_put(request: StaffRequest, kind: str, uuid: UUID) -> HttpResponse:
    """Put something on the next bill."""
    payer = the_payer(request.user, kind, uuid)
    form = _form(request, payer, request.POST)
    if not form.is_valid():
        return _card(request, kind, payer, form)
    facts, today = dict(form.cleaned_data), payer.location.today(timezone.now())
    try:
        with transaction.atomic():
            by = Actor.of(request.user)
            claim_token(facts.pop("token"), by=by, purpose="usage.put")
            usage.put(by=by, payer=payer, today=today, **facts)
    except AlreadyUsed:
        pass
    except DomainError as error:
        form.add_error(None, error.message)
        return _card(request, kind, payer, form)
    return _card(request, kind, payer, _form(request, payer))


@require(Permission.SELL)
@require_POST
def usage_drop(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Take something off the next bill."""
    rows = UsageCharge.objects.for_user(request.user).select_related("member__location", "company__location")
    row = get_object_or_404(rows, uuid=uuid)
    said = ""
    try:
        usage.drop(by=Actor.of(request.user), charge=row, now=timezone.now())
    except DomainError as error:
        said = error.message
    payer, kind = (row.member, "member") if row.member else (row.company, "company")
    return _card(request, kind, payer, _form(request, payer), said=said)


def _form(request: StaffRequest, payer: Any, data: Any = None) -> UsageForm:
    priced = request.user.may(Permission.DISCOUNT)
    return UsageForm(data, payer=payer, today=payer.location.today(timezone.now()), priced=priced)


def _card(request: StaffRequest, kind: str, payer: Any, form: UsageForm, *, said: str = "") -> TemplateResponse:
    context = {
        "kind": kind,
        "payer": payer,
        "form": form,
        "said": said,
        "waiting": waiting(payer, user=request.user),
        "archived": getattr(payer, "archived_at", None) is not None,
    }
    return TemplateResponse(request, "members/payer_usage.html", context)
