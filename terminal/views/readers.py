"""The readers of one's locations: what they are, where they stand, what they do."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from terminal import explain
from terminal.models import Attempt, Reader
from terminal.queries import accounts_of, cares_of, holders_of
from terminal.services.readers import reset_reader, sync_account
from terminal.stripe_client import StripeGateway, StripeProblem
from terminal.views.desk_reader import remember, remembered


@require(Permission.VIEW)
@require_GET
def reader_list(request: StaffRequest) -> TemplateResponse:
    """Show the readers of the person's locations."""
    readers = list(
        Reader.objects.for_user(request.user)
        .filter(gone_at=None, stripe_location__location__isnull=False)
        .select_related("config", "stripe_location__location")
        .order_by("stripe_location__location__name", "label")
    )
    cares = cares_of(readers, timezone.now())
    context = {
        "rows": [(reader, cares[reader.pk]) for reader in readers],
        "holders": holders_of(readers),
        "mine": remembered(request),
    }
    return TemplateResponse(request, "terminal/readers.html", context)


@require(Permission.READER_SYNC)
@require_POST
def readers_read(request: StaffRequest) -> HttpResponse:
    """Read the readers of the person's accounts from Stripe now."""
    for config in accounts_of(request.user):
        try:
            sync_account(config, now=timezone.now())
        except StripeProblem as problem:
            messages.error(request, f"{config}: {explain.problem_sentence(problem)}")
        else:
            messages.success(request, f"{config}: readers were read from Stripe.")
    return redirect("terminal:stripe_terminal" if request.POST.get("back") == "config" else "terminal:readers")


@require(Permission.CHARGE)
@require_POST
def reader_mine(request: StaffRequest, pk: int) -> HttpResponse:
    """Make a reader this browser's own."""
    reader = get_object_or_404(Reader.objects.for_user(request.user), pk=pk)
    response = redirect("terminal:readers")
    remember(response, reader)
    messages.success(request, f"{reader} is this desk's reader now.")
    return response


@require(Permission.READER_RESET)
@require_http_methods(["GET", "POST"])
def reader_reset(request: StaffRequest, pk: int) -> HttpResponse:
    """Show what a reader shows, and clear exactly that."""
    reader = get_object_or_404(Reader.objects.for_user(request.user).select_related("config"), pk=pk)
    try:
        if request.method == "POST":
            expected = request.POST.get("intent", "")
            by = Actor.of(request.user)
            messages.success(request, reset_reader(by=by, reader=reader, expected_intent=expected, now=timezone.now()))
            return redirect("terminal:readers")
        shown = StripeGateway.of(reader.config).reader(reader.stripe_id)
    except StripeProblem as problem:
        messages.error(request, explain.problem_sentence(problem))
        return redirect("terminal:readers")
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("terminal:reader_reset", reader.pk)
    context = {"reader": reader, "shown": shown, "holder": holders_of([reader]).get(reader.pk)}
    if shown.action_intent and not context["holder"]:
        left = Attempt.objects.filter(remote_id=shown.action_intent, config=reader.config).for_user(request.user)
        context["left"] = left.first()
    return TemplateResponse(request, "terminal/reader_reset.html", context)
