"""API tokens: who may call the API, since when it was used last, and the end of it."""

from datetime import timedelta
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from flexspace.core.actors import Actor
from flexspace.core.api_tokens import create_token, revoke_token
from flexspace.core.errors import DomainError
from flexspace.core.forms import FreeTextField, PageForm
from flexspace.core.models import ApiToken, Location
from flexspace.core.one_use import AlreadyUsed, claim_token
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission

SCOPE_CHOICES = [
    ("read", "Read: members, invoices, payments, readers"),
    ("charge", "Charge: read, and take payments on readers"),
    ("refund", "Refund: read, and give money back, up to your own limit"),
    ("health", "Health: whether everything runs, for a monitor; nothing else"),
]
DAYS = [("30", "30 days"), ("90", "90 days"), ("365", "One year")]


class TokenForm(PageForm):
    """A new token."""

    name = FreeTextField(max_length=80, help_text="What it is for, such as “Booking website”.")
    scope = forms.ChoiceField(label="May", choices=SCOPE_CHOICES, initial="read", widget=forms.RadioSelect)
    locations = forms.ModelMultipleChoiceField(
        queryset=Location.objects.all(), widget=forms.CheckboxSelectMultiple, label="At"
    )
    days = forms.ChoiceField(label="Ends after", choices=DAYS, initial="90", widget=forms.RadioSelect)
    form_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


@require(Permission.TOKENS)
@require_http_methods(["GET", "POST"])
def token_list(request: StaffRequest) -> TemplateResponse:
    """Show the tokens; a POST makes one and shows it, this once."""
    form = TokenForm(request.POST or None)
    made, secret = None, ""
    if request.method == "POST" and form.is_valid():
        try:
            made, secret = _make(request, form)
            form = TokenForm()
        except AlreadyUsed:
            form.add_error(None, "This form was sent before. If its token is lost, revoke it and make another.")
        except DomainError as error:
            form.add_error(None, error.message)
    rows = ApiToken.objects.select_related("created_by").prefetch_related("locations").order_by("-pk")
    context = {"form": form, "tokens": rows[:200], "made": made, "secret": secret, "now": timezone.now()}
    return TemplateResponse(request, "portal/tokens.html", context, status=422 if form.errors else 200)


@require(Permission.TOKENS)
@require_POST
def token_revoke(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """End a token at once."""
    token = get_object_or_404(ApiToken, uuid=uuid)
    try:
        revoke_token(by=Actor.of(request.user), token=token, now=timezone.now())
    except DomainError as error:
        messages.info(request, error.message)
    else:
        messages.success(request, f"“{token}” was revoked. Nothing can use it any more.")
    return redirect("api_tokens")


@transaction.atomic
def _make(request: StaffRequest, form: TokenForm) -> tuple[ApiToken, str]:
    """Make the token once for this form; raises AlreadyUsed for a repeated one."""
    data, now = form.cleaned_data, timezone.now()
    claim_token(data["form_token"], by=Actor.of(request.user), purpose="api_token")
    return create_token(
        by=request.user,
        name=data["name"],
        scopes=[data["scope"]],
        locations=list(data["locations"]),
        expires_at=now + timedelta(days=int(data["days"])),
        now=now,
    )
