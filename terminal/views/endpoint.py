"""The webhook endpoint of an account: made at Stripe, tested, renewed."""

from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from terminal.explain.hearing import hearing
from terminal.models import StripeConfig
from terminal.queries import accounts_of
from terminal.services.endpoint import make_endpoint, prove_endpoint, webhook_address


@require(Permission.STRIPE_CONFIG)
@require_POST
def endpoint_make(request: StaffRequest, pk: int) -> HttpResponse:
    """Make the endpoint, or a second one with a new secret, and test it at once."""
    config = get_object_or_404(StripeConfig, pk=pk)
    try:
        make_endpoint(by=Actor.of(request.user), config=config, token=_token(request))
        prove_endpoint(by=Actor.of(request.user), config=config, now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("terminal:config")


@require(Permission.STRIPE_CONFIG)
@require_POST
def endpoint_test(request: StaffRequest, pk: int) -> HttpResponse:
    """Give Stripe something to post."""
    try:
        config = get_object_or_404(StripeConfig, pk=pk)
        prove_endpoint(by=Actor.of(request.user), config=config, now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("terminal:config")


@require(Permission.STRIPE_CONFIG_VIEW)
@require_GET
def endpoint_state(request: StaffRequest, pk: int) -> TemplateResponse:
    """Show whether the event came."""
    account = get_object_or_404(accounts_of(request.user), pk=pk)
    context = {"account": with_hearing(account), "site_url": settings.SITE_URL, "token": uuid4()}
    return TemplateResponse(request, "terminal/endpoint_state.html", context)


def with_hearing(account: StripeConfig) -> StripeConfig:
    """Return the account with what its page says of the endpoint."""
    account.hearing = hearing(account, address=webhook_address(account), now=timezone.now())  # type: ignore[attr-defined]
    return account


def _token(request: StaffRequest) -> UUID:
    try:
        return UUID(request.POST.get("token", ""))
    except ValueError:
        return uuid4()
