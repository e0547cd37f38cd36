"""The log of what Stripe sent: in words, with what of ours it is about; again, and what could not be delivered."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from flexspace.core.enqueue import enqueue
from flexspace.core.keyset import keyset_page
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from terminal.enums import EventState
from terminal.event_log import about_rows, event_rows
from terminal.forms.events import EventFilter
from terminal.models import WebhookEvent
from terminal.models.webhook_event import WORDS
from terminal.queries import accounts_of
from terminal.tasks import fetch_lost_events, process_webhook_event


@require(Permission.EVENTS)
@require_GET
def events(request: StaffRequest) -> TemplateResponse:
    """Show what Stripe sent and what became of it, the newest first, by state, type, day, and what it is about."""
    form = EventFilter(request.GET)
    rows = event_rows(request.user, form.wanted())
    page = keyset_page(rows, order=("-id",), cursor=request.GET.get("at", ""))
    about = about_rows(request.user, page.rows)
    context = {
        "page": page,
        "form": form,
        "rows": [(event, about.get(event.about_id)) for event in page.rows],
        "states": list(EventState),
        "types": sorted(WORDS.items(), key=lambda one: one[1]),
        "filtered": form.is_set,
        "problems": form.problems,
    }
    return TemplateResponse(request, "terminal/events.html", context)


@require(Permission.STRIPE_CONFIG)
@require_POST
def event_again(request: StaffRequest, pk: int) -> HttpResponse:
    """Process an event again: it only makes us read Stripe."""
    event = get_object_or_404(WebhookEvent, pk=pk)
    if not WebhookEvent.objects.filter(pk=pk).exclude(body="").update(next_try_at=timezone.now()):
        messages.error(request, "It is too old: what it said was deleted. Open the payment and check it there.")
        return _back(request)
    enqueue(process_webhook_event, event.pk)
    messages.success(request, "It is being processed again.")
    return _back(request)


@require(Permission.STRIPE_CONFIG)
@require_POST
def events_fetch(request: StaffRequest) -> HttpResponse:
    """Fetch what Stripe could not deliver in the 30 days that it keeps."""
    for config in accounts_of(request.user):
        enqueue(fetch_lost_events, config.pk, 1)
    messages.success(request, "What Stripe could not deliver is being fetched. Reload the page in a moment.")
    return _back(request)


def _back(request: StaffRequest) -> HttpResponse:
    """Lead to the list as it was filtered, and where somebody was in it."""
    query = request.GET.urlencode()
    return redirect(reverse("terminal:events") + (f"?{query}" if query else ""))
